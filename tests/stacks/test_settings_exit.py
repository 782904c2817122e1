"""What each mistake in the exit of a site reads like."""

import pytest
from stacks.settings_data import (
    ADOPTED,
    AT,
    NEEDED,
    OTHER,
    PUBLIC,
    QUOTES,
    SITE,
    VPC,
    ZONE,
    adopted,
    at_site,
    lines_of,
    of_site,
)

ALLOCATION = "eipalloc-0123abcd"
GIVEN = {"adopt": {"vpc_id": VPC}}

EXITS = [
    (
        {"exit": "nat"},
        [
            "exit: Found 'nat'. Allowed: a map of the settings kind, per, zone, adopt, protect, retain; "
            "{} takes the defaults."
        ],
    ),
    ({"exit": {"kind": "natt"}}, ["exit.kind: Found 'natt'. Allowed: nat, direct, adopt. Did you mean 'nat'?"]),
    ({"exit": {"kind": ["nat"]}}, ["exit.kind: Found a list. Allowed: nat, direct, adopt."]),
    ({"exit": {"kind": None}}, ["exit.kind: Found nothing. Allowed: nat, direct, adopt."]),
    ({"exit": {"per": "zones"}}, ["exit.per: Found 'zones'. Allowed: zone, site. Did you mean 'zone'?"]),
    ({"exit": {"protect": "yes"}}, ["exit.protect: Found 'yes'. Allowed: true or false."]),
    (
        {"exit": {"kind": "direct", "per": "site", "retain": 1}},
        [
            "exit.retain: Found 1. Allowed: true or false.",
            "exit.per: There is no such setting. Allowed here: kind, adopt, protect, retain.",
        ],
    ),
    (
        {"exit": {"adopt": {"eu-central-1c": ALLOCATION}}},
        [
            "exit.adopt.eu-central-1c: The zone 'eu-central-1c' is no zone of the network. "
            "Allowed: eu-central-1a, eu-central-1b."
        ],
    ),
    (
        {"exit": {"per": "site", "adopt": {OTHER: ALLOCATION}}},
        [
            "exit.adopt.eu-central-1b: The zone 'eu-central-1b' is not where the only NAT gateway stands. "
            "Allowed: eu-central-1a, or set per: zone."
        ],
    ),
    (
        {"exit": {"per": "site", "zone": OTHER, "adopt": {ZONE: ALLOCATION}}},
        [
            "exit.adopt.eu-central-1a: The zone 'eu-central-1a' is not where the only NAT gateway stands. "
            "Allowed: eu-central-1b, or set per: zone."
        ],
    ),
    (
        {"exit": {"zone": OTHER}},
        ["exit.zone: With per: zone each zone has a NAT gateway. Remove zone, or set per: site."],
    ),
    (
        {"exit": {"per": "site", "zone": "eu-central-1c"}},
        ["exit.zone: The zone 'eu-central-1c' is no zone of the network. Allowed: eu-central-1a, eu-central-1b."],
    ),
    (
        {"exit": {"kind": "direct", "zone": ZONE}},
        ["exit.zone: There is no such setting. Allowed here: kind, adopt, protect, retain."],
    ),
    (
        {"exit": {"adopt": {ZONE: "eip-1", OTHER: "eipalloc-0123abcd4"}}},
        [
            "exit.adopt.eu-central-1a: Found 'eip-1'. Allowed: an allocation id such as eipalloc-0123abcd.",
            "exit.adopt.eu-central-1b: Found 'eipalloc-0123abcd4'. Allowed: an allocation id such as "
            "eipalloc-0123abcd.",
        ],
    ),
    (
        {"exit": {"kind": "direct", "adopt": {"c": ALLOCATION}}},
        ["exit.adopt.c: The slot 'c' is no Connector of the site. Allowed: a, b."],
    ),
    (
        {"exit": {"kind": "direct", "adopt": {ZONE: ALLOCATION}}},
        [
            "exit.adopt.eu-central-1a: The slot key 'eu-central-1a' has 13 characters. Allowed: 1 to 8 lower-case "
            "letters, digits and inner hyphens, the first one a lower-case letter. "
            "Keys become part of names in every cloud."
        ],
    ),
    (
        {"exit": {"kind": "adopt", "addresses": ["203.0.113.7"]}},
        ["exit.kind: A network to create needs exit kind nat or direct; kind adopt is for networks that exist."],
    ),
    ({"exit": {"kind": "adopt"}}, [f"exit.addresses: {NEEDED} Write for example addresses: [203.0.113.7]"]),
    (
        {"exit": {"kind": "adopt", "addresses": ["10.0.0.1", "300.0.0.1", 5], "adopt": {}}},
        [
            "exit.addresses[0]: Found '10.0.0.1'. Allowed: a public IPv4 address such as 203.0.113.7.",
            "exit.addresses[1]: Found '300.0.0.1'. Allowed: a public IPv4 address such as 203.0.113.7.",
            f"exit.addresses[2]: Found 5. Allowed: text. {QUOTES}",
            "exit.adopt: There is no such setting. Allowed here: kind, addresses.",
        ],
    ),
    (
        ADOPTED | {"network": GIVEN},
        ["network.adopt: Exit kind adopt needs subnets, such as subnets: {eu-central-1a: subnet-0123abcd}."],
    ),
    (
        ADOPTED | {"exit": {"kind": "direct"}},
        [
            "network.adopt: Exit kind direct needs public_subnets, such as public_subnets: "
            "{eu-central-1a: subnet-0123abcd}."
        ],
    ),
    (
        PUBLIC | {"exit": ADOPTED["exit"]},
        ["network.adopt: Exit kind adopt needs subnets, such as subnets: {eu-central-1a: subnet-0123abcd}."],
    ),
    (
        PUBLIC | {"connectors": {"a": {}, "b": {"zone": OTHER}}},
        [
            "connectors.b.zone: Slot 'b' names the zone 'eu-central-1b'. Allowed: eu-central-1a. "
            "Did you mean 'eu-central-1a'?"
        ],
    ),
]


@pytest.mark.parametrize(("change", "expected"), EXITS)
def test_an_exit(change, expected):
    assert of_site(SITE | change) == at_site(expected)


@pytest.mark.parametrize("exit_", [{"kind": "nat"}, {"kind": "nat", "per": "site", "adopt": {OTHER: ALLOCATION}}, None])
def test_an_adopted_network_has_its_own_exit(exit_):
    told = (
        "An adopted network has its own way out. Set exit: {kind: adopt, addresses: [...]} with the static addresses "
        "that its traffic leaves from, or {kind: direct} with public_subnets."
    )
    without = {key: value for key, value in ADOPTED.items() if key != "exit"}
    assert of_site(without | ({"exit": exit_} if exit_ else {})) == [f"{AT}.exit: {told}"]


@pytest.mark.parametrize(
    "site",
    [
        SITE | {"exit": {}},
        SITE | {"exit": {"adopt": {ZONE: ALLOCATION, OTHER: "eipalloc-0123456789abcdef0"}}},
        SITE | {"exit": {"per": "site", "adopt": {ZONE: ALLOCATION}, "protect": True, "retain": True}},
        SITE | {"exit": {"per": "site", "zone": OTHER, "adopt": {OTHER: ALLOCATION}}},
        SITE | {"exit": {"kind": "direct"}},
        SITE | {"exit": {"kind": "direct", "adopt": {"b": ALLOCATION}, "protect": True, "retain": True}},
        PUBLIC,
        PUBLIC | {"exit": {"kind": "direct", "adopt": {"a": ALLOCATION, "b": "eipalloc-4567abcd"}}},
        PUBLIC | adopted(public_subnets={ZONE: "subnet-4567abcd"}, subnets={OTHER: "subnet-0123abcd"}),
    ],
)
def test_good_exits(site):
    assert of_site(site) == []


def test_an_address_serves_one_gateway_or_host_in_the_whole_fleet_and_a_subnet_many_sites():
    site = SITE | {"exit": {"adopt": {OTHER: ALLOCATION}}}
    direct = PUBLIC | {"exit": {"kind": "direct", "adopt": {"a": ALLOCATION}}}
    for second, key in ((site, OTHER), (direct, "a")):
        assert lines_of({"payments": {"sites": {"x": site}}, "core": {"sites": {"y": second}}}) == [
            f"gatepost:fleet.remote_networks.core.sites.y.exit.adopt.{key}: The address 'eipalloc-0123abcd' is already "
            "adopted at remote_networks.payments.sites.x.exit.adopt.eu-central-1b, and an address can serve one NAT "
            "gateway or host only. Adopt another one, or leave this line out to get a new address."
        ]
    assert lines_of({"payments": {"sites": {"x": ADOPTED, "z": ADOPTED}}, "core": {"sites": {"y": ADOPTED}}}) == []
    assert lines_of({"payments": {"sites": {"x": PUBLIC, "z": PUBLIC}}}) == []
