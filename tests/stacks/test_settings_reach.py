"""What each mistake in the reaches and DNS servers of a site reads like."""

import pytest
from stacks.settings_data import ADOPTED, AT, NEEDED, SITE, at_site, created, of_network, of_site

TGW = "tgw-0123abcd"
GOOD_PORTS = "1-65535, a rising range like '8000-8100', or a list of both"
ROUTE_HINT = "The network has 10.40.0.0/22. Add a route there under network.create.routes, or remove this."


def to(*cidrs):
    """A network to create with routes."""
    return created(routes=[{"cidr": cidr, "via": TGW} for cidr in cidrs])


REACHES = [
    ({"dns": "10.40.0.2"}, ["dns: Found '10.40.0.2'. Allowed: a list, such as [10.40.0.2]."]),
    ({"dns": ["10.40.0"]}, ["dns: The DNS server '10.40.0' is not an IPv4 address like 10.0.0.2."]),
    ({"dns": ["10.40.0.2"] * 2}, ["dns: The DNS server '10.40.0.2' is listed twice. Remove one."]),
    (
        {"dns": ["127.0.0.1"]},
        ["dns: The DNS server '127.0.0.1' is not the IPv4 address of a server, such as '10.40.0.2'."],
    ),
    (
        {"dns": [f"10.40.0.{n}" for n in range(2, 7)]},
        ["dns: Found 5 servers. Allowed: one to 4 in a network to create."],
    ),
    (
        {"dns": ["10.40.0.2", "10.0.0.2", "9.9.9.9", "10.40.4.2"]},
        [f"dns[1]: No route leads to 10.0.0.2. {ROUTE_HINT}", f"dns[3]: No route leads to 10.40.4.2. {ROUTE_HINT}"],
    ),
    (
        to("10.0.0.0/24") | {"dns": ["10.0.0.2", "10.0.1.2"]},
        [f"dns[1]: No route leads to 10.0.1.2. {ROUTE_HINT}"],
    ),
    ({"reach": {"cidr": "10.0.0.0/8"}}, ["reach: Found a map. Allowed: a list, such as [{cidr: 10.0.0.0/8}]."]),
    (
        {"reach": ["10.0.0.0/8", {"ports": 22, "protocol": "ssh"}]},
        [
            "reach[0]: Found '10.0.0.0/8'. Allowed: a map of the settings cidr, protocol, ports.",
            f"reach[1].cidr: {NEEDED} Write for example cidr: 10.0.0.0/8",
            "reach[1].protocol: Found 'ssh'. Allowed: tcp, udp, icmp, all.",
        ],
    ),
    (
        {"reach": [{"cidr": "10.0.0.0/8", "protocol": "tcp", "ports": [True, 65536, "9-8", 443.5, 10**5000]}]},
        [
            f"reach[0].ports: Found {odd}. Allowed: {GOOD_PORTS}."
            for odd in ("true", "65536", "443.5", "a very large number")
        ],
    ),
    (
        {"reach": [{"cidr": "10.0.0.0/8", "protocol": "tcp", "ports": "9-8"}]},
        [
            "reach[0].ports: The port '9-8' is not allowed. Write 1-65535, a rising range like 8000-8100, or a list of "
            "both."
        ],
    ),
    (
        {"reach": [{"cidr": "10.0.0.0/8", "ports": []}]},
        [f"reach[0].ports: Found an empty list. Allowed: {GOOD_PORTS}."],
    ),
    (
        {"reach": [{"cidr": "10.0.0.0/8", "ports": 22}]},
        ["reach[0].ports: The reach 10.0.0.0/8 has ports but protocol 'all'. Set protocol tcp or udp."],
    ),
    (
        {"reach": [{"cidr": "8.8.8.8", "protocol": "icmp"}]},
        ["reach[0].protocol: The reach 8.8.8.8 asks for icmp to public addresses, which not every NAT passes."],
    ),
    (
        {"reach": [{"cidr": f"198.51.{n}.0/24"} for n in range(57)]},
        [
            "reach: The site needs 61 egress rules, but a firewall on aws holds 60. Join reaches into "
            "larger blocks, turn strict off, or have the quota raised."
        ],
    ),
    (
        {"reach": [{"cidr": "10.40.0.0/24"}, {"cidr": "172.16.0.0/12"}, {"cidr": "10.41.0.7", "protocol": "icmp"}]},
        [
            f"reach[1].cidr: No route leads to 172.16.0.0/12. {ROUTE_HINT}",
            f"reach[2].cidr: No route leads to 10.41.0.7/32. {ROUTE_HINT}",
        ],
    ),
    (
        to("172.16.0.0/16") | {"reach": [{"cidr": "172.16.9.0/24"}, {"cidr": "172.17.0.0/16"}]},
        [f"reach[1].cidr: No route leads to 172.17.0.0/16. {ROUTE_HINT}"],
    ),
]


@pytest.mark.parametrize(("change", "expected"), REACHES)
def test_reaches_and_dns(change, expected):
    assert of_site(SITE | change) == at_site(expected)


@pytest.mark.parametrize(
    "site",
    [
        SITE | {"dns": ["10.40.0.2"] + [f"10.40.1.{n}" for n in range(3)]},
        ADOPTED | {"dns": [f"10.40.0.{n}" for n in range(2, 8)]},
        SITE | {"dns": ["9.9.9.9"], "reach": [{"cidr": "8.8.8.0/24"}, {"cidr": "0.0.0.0/0"}]},
        # A part of it can be reached.
        SITE | {"reach": [{"cidr": "10.0.0.0/8"}]},
        SITE | to("172.16.0.0/16") | {"reach": [{"cidr": "172.16.0.0/12"}], "dns": ["172.16.0.2"]},
        # Nobody but its owner knows where the routes of an adopted network lead.
        ADOPTED | {"reach": [{"cidr": "192.168.0.0/16"}], "dns": ["192.168.0.2"]},
    ],
)
def test_good_reaches_and_dns(site):
    assert of_site(site) == []


def test_an_exit_network_reaches_nothing_private():
    site = SITE | {"reach": [{"cidr": "8.8.8.8"}, {"cidr": "10.0.0.0/8"}], "dns": ["10.40.0.2", "9.9.9.9"]}
    told = "An EXIT network dials no private address."
    assert of_network(type="EXIT", relay_only="a lab", sites={"frankfurt": site}) == [
        f"{AT}.reach[1]: {told} The reach 10.0.0.0/8 holds private ones. Put it into a REGULAR network.",
        f"{AT}.dns: {told} The DNS server 10.40.0.2 is private. Leave it out to use the cloud's own resolver.",
    ]
    assert of_network(type="REGULAR", sites={"frankfurt": site}) == []
