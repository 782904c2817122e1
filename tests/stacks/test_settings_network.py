"""What each mistake in the network of a site reads like."""

import pytest
from stacks.settings_data import ADOPTED, OTHER, PUBLIC, SITE, VPC, ZONE, adopted, at_site, created, of_site, slots

ROUTED = "10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, 192.168.0.0/16"
BLOCK = (
    f"an IPv4 block within {ROUTED} that starts at its first address, such as 10.0.0.0/8; a single address ends in /32."
)
VIA = (
    "the id of a transit gateway such as tgw-0123abcd, of a peering connection (pcx-...), VPN gateway (vgw-...) or "
    "network interface (eni-...)."
)
ROUTE = {"cidr": "10.0.0.0/8", "via": "tgw-0123abcd"}
LOCAL = ["us-west-2-lax-1a", "us-west-2-lax-1b"]
PARTS = "cidr, zones, routes, acl, protect, replace"


ODD = ["8.8.8.0/24", "10.0.0.1/8", "10.0.0.1", "10.0.0.0/255.0.0.0", "169.254.0.0/24", "0.0.0.0/0", "fd00::/8", "10"]


def routes(*routes):
    return created(routes=[{"cidr": cidr, "via": via} for cidr, via in routes])


NETWORKS = [
    ({"network": None}, ["network: Found nothing. Allowed: a map of the settings create, adopt."]),
    (
        {"network": {}},
        ["network: Found neither of create and adopt. Allowed: exactly one, such as create: {cidr: ..., zones: ...}."],
    ),
    (
        {"network": SITE["network"] | ADOPTED["network"]},
        ["network: Found both of create and adopt. Allowed: exactly one, such as create: {cidr: ..., zones: ...}."],
    ),
    (
        created(cidr="10.40.0.1/22", zones=[ZONE, "1"]),
        [
            "network.create.cidr: The network '10.40.0.1/22' is not an IPv4 block like 10.40.0.0/22 that starts at its "
            "first address.",
            "network.create.zones[1]: '1' is not the name of a zone on aws. A zone looks like 'eu-central-1a'.",
        ],
    ),
    (
        created(cidr="10.40.0.0/255.255.252.0"),
        ["network.create.cidr: The network '10.40.0.0/255.255.252.0' must be spelt '10.40.0.0/22'."],
    ),
    (
        created(cidr="10.40.0.0/25"),
        [
            "network.create.cidr: The network 10.40.0.0/25 is not within /16 and /24, the sizes that a VPC with 16 "
            "subnets can have."
        ],
    ),
    (
        created(cidr="127.0.0.0/16"),
        [
            "network.create.cidr: The network 127.0.0.0/16 cannot be used: it is the Connector's own host. Take a "
            f"range within {ROUTED}."
        ],
    ),
    (created(zones=[ZONE] * 2), ["network.create.zones: The zone 'eu-central-1a' is listed twice. Remove one."]),
    (
        created(zones=[f"eu-central-1-{'x' * 19}a"]),
        [
            f"network.create.zones[0]: The zone key 'eu-central-1-{'x' * 19}a' has 33 characters. Allowed: 1 to 32 "
            "lower-case letters, digits and inner hyphens, the first one a lower-case letter or a digit. "
            "Keys become part of names in every cloud."
        ],
    ),
    (
        slots("abcdefgh", zone=ZONE) | created(cidr="10.40.0.0/24"),
        [
            "network.create.cidr: The network 10.40.0.0/24 is too small: 8 Connectors in eu-central-1a need 3 "
            "addresses each while they roll, and the zone's part has room for 3. Take a larger range, or spread them "
            "over more zones."
        ],
    ),
    (
        created(acl="yes", protect=1, replace=None, route=[]),
        [
            "network.create.acl: Found 'yes'. Allowed: true or false.",
            "network.create.protect: Found 1. Allowed: true or false.",
            "network.create.replace: Found nothing. Allowed: true or false.",
            f"network.create.route: There is no such setting. Allowed here: {PARTS}. Did you mean 'routes'?",
        ],
    ),
    (
        created(routes=ROUTE),
        ["network.create.routes: Found a map. Allowed: a list, such as [{cidr: 10.0.0.0/8, via: tgw-0123abcd}]."],
    ),
    (
        created(routes=["10.0.0.0/8", {}]),
        [
            "network.create.routes[0]: Found '10.0.0.0/8'. Allowed: a map of the settings cidr, via.",
            "network.create.routes[1].cidr: This setting is needed and missing. Write for example cidr: 10.0.0.0/8",
            "network.create.routes[1].via: This setting is needed and missing. Write for example via: tgw-0123abcd",
        ],
    ),
    (
        routes(*((cidr, "vgw-0123456789abcdef0") for cidr in ODD)),
        [f"network.create.routes[{n}].cidr: Found {cidr!r}. Allowed: {BLOCK}" for n, cidr in enumerate(ODD)],
    ),
    (
        routes(("10.0.0.0/8", "nat-0123abcd"), ("10.0.0.0/8", "tgw-0123abcd4"), ("10.0.0.0/8", "eni-0123ABCD")),
        [
            f"network.create.routes[{index}].via: Found {via!r}. Allowed: {VIA}"
            for index, via in enumerate(["nat-0123abcd", "tgw-0123abcd4", "eni-0123ABCD"])
        ],
    ),
    (
        routes(("10.40.0.0/22", "tgw-0123abcd"), ("10.40.1.0/24", "tgw-0123abcd"), ("10.40.0.0/21", "tgw-0123abcd")),
        [
            "network.create.routes[0].cidr: The route to 10.40.0.0/22 is for a range inside the network "
            "(10.40.0.0/22). Remove it.",
            "network.create.routes[1].cidr: The route to 10.40.1.0/24 is for a range inside the network "
            "(10.40.0.0/22). Remove it.",
        ],
    ),
    (
        routes(("10.0.0.0/8", "tgw-0123abcd"), ("172.16.0.0/12", "tgw-0123abcd"), ("10.0.0.0/8", "pcx-0123abcd")),
        ["network.create.routes[2].cidr: There is already a route to 10.0.0.0/8, routes[0]. Remove one."],
    ),
    (
        routes(("10.0.0.0/8", "tgw-0123abcd"), ("172.16.0.0/12", "vgw-0123abcd"), ("192.168.0.0/16", "vgw-4567abcd")),
        [
            "network.create.routes[2].via: A VPC has one VPN gateway, and routes[1] names another, vgw-0123abcd. "
            "Keep one."
        ],
    ),
    (
        {"region": "us-west-2"} | slots("ab") | created(zones=LOCAL[:1], routes=[ROUTE]),
        [
            "network.create.routes[0].via: AWS attaches no transit gateway in a local zone (us-west-2-lax-1a). Add a "
            "zone of the region, such as us-west-2a."
        ],
    ),
    (
        adopted(vpc="vpc-1", subnets={}),
        [
            "network.adopt.vpc: There is no such setting. Allowed here: vpc_id, subnets, public_subnets. "
            "Did you mean 'vpc_id'?"
        ],
    ),
    (
        {"network": {"adopt": {"vpc_id": "vpc-1", "subnets": {}}}},
        ["network.adopt.vpc_id: Found 'vpc-1'. Allowed: a VPC id such as vpc-0123abcd."],
    ),
    (
        adopted(subnets={"a": "subnet-x"}, public_subnets={ZONE: "subnet-0123abcd4"}),
        [
            "network.adopt.subnets.a: 'a' is not the name of a zone on aws. A zone looks like 'eu-central-1a'.",
            "network.adopt.subnets.a: Found 'subnet-x'. Allowed: a subnet id such as subnet-0123abcd.",
            "network.adopt.public_subnets.eu-central-1a: Found 'subnet-0123abcd4'. Allowed: a subnet id such as "
            "subnet-0123abcd.",
        ],
    ),
    (
        adopted(subnets={ZONE: "subnet-0123abcd", OTHER: "subnet-0123abcd"}),
        [
            "network.adopt.subnets.eu-central-1b: The subnet subnet-0123abcd is already the one of eu-central-1a, and "
            "a subnet is in one zone only. Change one."
        ],
    ),
    (
        adopted(subnets={ZONE: "subnet-0123abcd"}, public_subnets={OTHER: "subnet-0123abcd"}),
        [
            "network.adopt.public_subnets.eu-central-1b: The subnet subnet-0123abcd is already the one of "
            "eu-central-1a, and a subnet is in one zone only. Change one."
        ],
    ),
    (
        adopted(subnets={ZONE: "subnet-0123abcd"}, public_subnets={ZONE: "subnet-0123abcd"}),
        [
            "network.adopt.public_subnets.eu-central-1a: The subnet subnet-0123abcd is already under subnets, and "
            "traffic leaves either through NAT or through an internet gateway. Remove one."
        ],
    ),
    (
        ADOPTED | adopted(subnets={ZONE: "subnet-0123abcd"}, public_subnets={"eu-west-1a": "subnet-4567abcd"}),
        ["region: The zone 'eu-west-1a' is in the region 'eu-west-1', but the site is in 'eu-central-1'. Change one."],
    ),
]


@pytest.mark.parametrize(("change", "expected"), NETWORKS)
def test_a_network(change, expected):
    assert of_site(SITE | change) == at_site(expected)


@pytest.mark.parametrize(
    "site",
    [
        SITE,
        ADOPTED,
        PUBLIC,
        SITE | created(acl=True, protect=True, replace=True, routes=[ROUTE]),
        SITE | routes(("10.0.0.0/8", "tgw-0123abcd"), ("10.1.0.0/16", "tgw-4567abcd"), ("10.2.0.3/32", "pcx-0123abcd")),
        SITE
        | routes(("10.0.0.0/8", "vgw-0123abcd"), ("100.64.0.0/10", "vgw-0123abcd"), ("192.168.0.0/16", "eni-0123abcd")),
        SITE | {"region": "us-west-2"} | slots("ab") | created(zones=["us-west-2a", LOCAL[1]], routes=[ROUTE]),
        SITE | slots("abcdef") | created(cidr="10.40.0.0/24"),
        ADOPTED | adopted(subnets={ZONE: "subnet-0123abcd"}, public_subnets={ZONE: "subnet-0123456789abcdef0"}),
    ],
)
def test_good_networks(site):
    assert of_site(site) == []


def test_the_room_of_a_zone_is_counted_where_slots_are_placed():
    """A /24 has room for three Connectors in each zone, pinned or not."""
    small = SITE | created(cidr="10.40.0.0/24")
    assert of_site(small | slots("abc", zone=ZONE)) == []
    assert len(of_site(small | slots("abcd", zone=ZONE))) == 1
    assert len(of_site(small | slots("abcdefg"))) == 1
    assert of_site(small | created(cidr="10.40.0.0/23") | slots("abcdefg")) == []


def test_only_an_adopted_network_has_an_id():
    assert of_site(ADOPTED | {"network": {"adopt": {"vpc_id": VPC, "zones": [ZONE]}}}) == at_site(
        ["network.adopt.zones: There is no such setting. Allowed here: vpc_id, subnets, public_subnets."]
    )
