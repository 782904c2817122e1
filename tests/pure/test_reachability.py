"""Reachability: the verdict is that of a model that asks for every address and port one by one."""

from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.egress import Reach, egress_rules
from gatepost.reachability import Place, Target, gaps
from gatepost.rule import Rule, allows, is_private

PORTS = range(1, 9)
"""Ports that rules and Resources of the model name; 9 stands for all others."""
BLOCKS = st.builds(
    lambda base, at, length: str(IPv4Network((f"{base}.{at}", length), strict=False)),
    st.sampled_from(["10.0.0", "198.51.100"]),
    st.integers(0, 15),
    st.integers(28, 32),
)
RANGES = st.tuples(st.sampled_from(PORTS), st.sampled_from(PORTS)).map(sorted)


@st.composite
def rule(draw):
    protocol = draw(st.sampled_from(["tcp", "udp", "icmp", "all"]))
    first, last = draw(RANGES) if protocol in ("tcp", "udp") else (0, 0)
    last = 65535 if protocol == "udp" and draw(st.booleans()) else last
    return Rule(
        protocol=protocol,
        destination=draw(BLOCKS),
        kind="reach",
        reason="model",
        first_port=first,
        last_port=last,
    )


@st.composite
def target(draw):
    block = draw(BLOCKS)
    protocol = draw(st.sampled_from(["tcp", "udp", "all", *(["icmp"] if is_private(block) else [])]))
    ports = None
    if protocol in ("tcp", "udp") and draw(st.booleans()):
        first, last = draw(RANGES)
        ports = f"{first}-{last}"
    return Target(address=block, protocol=protocol, ports=ports)


def asked(one):
    """Every address, protocol and port of a Resource."""
    protocols = [one.protocol]
    if one.protocol == "all":
        protocols = ["tcp", "udp", "icmp"] if is_private(one.address) else ["tcp", "udp"]
    first, last = map(int, one.ports.split("-")) if one.ports else (1, 9)
    for address in IPv4Network(one.address):
        for protocol in protocols:
            for port in [0] if protocol == "icmp" else range(first, last + 1):
                yield str(address), protocol, port


def holds(missing, address, protocol, port):
    """Whether a line such as ``tcp 1-4 10.0.0.0/30`` names this."""
    kind, *ports, block = missing.split()
    first, _, last = (ports or ["0"])[0].partition("-")
    return (
        kind == protocol
        and IPv4Network(address).subnet_of(IPv4Network(block))
        and int(first) <= port <= int(last or first)
    )


@given(st.lists(rule(), max_size=6), st.lists(BLOCKS, max_size=3), target())
def test_the_verdict_is_that_of_a_model_that_asks_one_by_one(rules, ranges, one):
    found = {gap.step: gap for gap in gaps(Place(name="p", rules=rules, ranges=ranges), one)}
    lost = set(found["allow"].missing) if "allow" in found else set()
    for address, protocol, port in asked(one):
        allowed = allows(rules, address, port, protocol) is not None
        assert any(holds(line, address, protocol, port) for line in lost) is not allowed
    addresses = [str(address) for address in IPv4Network(one.address)]
    routed = [not is_private(a) or any(IPv4Network(a).subnet_of(IPv4Network(r)) for r in ranges) for a in addresses]
    unrouted = found["route"].missing if "route" in found else ()
    assert [not any(IPv4Network(a).subnet_of(IPv4Network(b)) for b in unrouted) for a in addresses] == routed
    assert all(gap.known for gap in found.values())


def place(**kinds: Any) -> Place:
    reaches = [Reach(cidr="10.40.0.0/22", protocol="tcp", ports=[443, 5432])]
    rules = egress_rules(cloud="gcp", reaches=reaches, dns=kinds.get("dns", ()), strict=True)
    given: dict[str, Any] = {"name": "payments/frankfurt", "rules": rules, "ranges": ["10.40.0.0/22"], **kinds}
    return Place(**given)


DB = {"protocol": "tcp", "ports": 5432}
LAN = {"address": "x.lan", "blocks": ["10.40.0.20"], **DB}
NO_ZONE = (
    "resolve",
    True,
    "Public DNS does not answer for this name, and the site has no DNS server of its own and no private zone for it.",
)


@pytest.mark.parametrize(
    ("where", "what", "found"),
    [
        ({}, {"address": "10.40.0.20", **DB}, []),
        ({}, {"address": "198.51.100.7", "protocol": "tcp", "ports": 443}, []),
        (
            {},
            {"address": "10.40.0.20", "protocol": "tcp", "ports": 22},
            [("allow", True, "No rule allows tcp 22 10.40.0.20/32.")],
        ),
        (
            {},
            {"address": "10.41.0.0/24", **DB},
            [
                ("route", True, "No route leads to 10.41.0.0/24."),
                ("allow", True, "No rule allows tcp 5432 10.41.0.0/24."),
            ],
        ),
        (
            {"ranges": None},
            {"address": "10.40.0.20", **DB},
            [("route", False, "Whether a route leads to 10.40.0.20/32 is not known.")],
        ),
        (
            {"internet": False},
            {"address": "198.51.100.7", "protocol": "tcp", "ports": 443},
            [("route", True, "There is no way to public addresses such as 198.51.100.7/32.")],
        ),
        (
            {},
            {"address": "10.40.0.20"},
            [
                (
                    "allow",
                    True,
                    "No rule allows tcp 1-442 10.40.0.20/32, tcp 444-5431 10.40.0.20/32, tcp 5433-65535 10.40.0.20/32 "
                    "and 2 more.",
                )
            ],
        ),
        ({"dns": ["10.40.0.2"]}, {"address": "db.acme.internal", "blocks": ["10.40.0.20"], **DB}, []),
        ({"dns": ["10.40.0.2", "10.9.0.2"]}, {"address": "db.acme.internal", "blocks": ["10.40.0.20"], **DB}, []),
        (
            {"dns": ["10.9.0.2"]},
            {"address": "db.acme.internal", "blocks": ["10.40.0.20"], **DB},
            [("resolve", True, "No DNS server can be asked: 10.9.0.2 cannot be reached.")],
        ),
        (
            {"dns": ["10.40.0.2"], "rules": egress_rules(cloud="gcp", strict=True)},
            {"address": "shop.example.com", "protocol": "tcp", "ports": 443, "blocks": ["198.51.100.7"]},
            [("resolve", True, "No DNS server can be asked: 10.40.0.2 cannot be reached.")],
        ),
        (
            {"dns": ["10.40.0.2"], "ranges": None},
            {"address": "shop.example.com", "protocol": "tcp", "ports": 443, "blocks": ["198.51.100.7"]},
            [("resolve", False, "Whether a route leads to the DNS servers (10.40.0.2) is not known.")],
        ),
        (
            {"dns": ["169.254.169.253"], "ranges": None},
            {"address": "x.example.com", "blocks": ["10.40.0.2"], **DB},
            [("route", False, "Whether a route leads to 10.40.0.2/32 is not known.")],
        ),
        ({"dns": ["169.254.169.253"]}, LAN, [NO_ZONE]),
        ({"dns": ["168.63.129.16"]}, LAN, [NO_ZONE]),
        ({"dns": ["10.40.0.2"], "resolver": "10.40.0.2"}, LAN, [NO_ZONE]),
        ({"dns": ["10.40.0.2", "10.40.0.3"], "resolver": "10.40.0.2"}, LAN, [NO_ZONE]),
        ({"dns": ["10.40.0.3", "10.40.0.2"], "resolver": "10.40.0.2"}, LAN, []),
        (
            {"dns": ["198.51.100.53"]},
            LAN,
            [
                (
                    "resolve",
                    False,
                    "Public DNS does not answer for this name; whether the DNS server 198.51.100.53 does is not known.",
                )
            ],
        ),
        ({"dns": ["198.51.100.53"]}, {"address": "a.example", "blocks": ["10.40.0.20"], **DB}, []),
        ({"zones": ["c.*.internal"]}, {"address": "vm.us-a.c.acme.internal", "blocks": ["10.40.0.20"], **DB}, []),
        ({"zones": ["c.*.internal"]}, {"address": "c.internal", "blocks": ["10.40.0.20"], **DB}, [NO_ZONE]),
        ({}, {"address": "db*", "blocks": ["10.40.0.20"], **DB}, []),
        (
            {},
            {"address": "*.acme.internal", "blocks": ["10.40.0.20"], **DB},
            [
                (
                    "resolve",
                    True,
                    "Public DNS does not answer for this name, and the site has no DNS server of its own and no "
                    "private zone for it.",
                )
            ],
        ),
        ({"zones": ["Acme.Internal."]}, {"address": "*.acme.internal", "blocks": ["10.40.0.20"], **DB}, []),
        (
            {"zones": None},
            {"address": "intranet", "blocks": ["10.40.0.20"], **DB},
            [
                (
                    "resolve",
                    False,
                    "Public DNS does not answer for this name, and the site has no DNS server of its own; whether a "
                    "private zone of its network answers is not known.",
                )
            ],
        ),
        (
            {},
            {"address": "shop.example.com", "protocol": "tcp", "ports": [80, 443]},
            [
                ("route", False, "Where this name leads from here is not known, so routes and rules are not checked."),
                ("allow", True, "No rule allows tcp 80 to any address."),
            ],
        ),
    ],
)
def test_gaps(where, what, found):
    told = gaps(place(**where), Target(**what))
    assert [(gap.step, gap.known, gap.text) for gap in told] == found
    assert {gap.place for gap in told} <= {"payments/frankfurt"}


@pytest.mark.parametrize(
    ("what", "problem"),
    [
        ({"address": "10.40.0.1/22"}, "The address 10.40.0.1/22 does not start at its block's first address."),
        ({"address": "169.254.169.254"}, "The address 169.254.169.254 cannot be used: it is link-local"),
        ({"address": "fd00::1"}, "The address fd00::1 is IPv6."),
        ({"address": "10.0.0.300"}, "The address '10.0.0.300' is not an IPv4 block"),
        ({"address": "https://db"}, "The address 'https://db' is"),
        ({"address": "-db.acme"}, "The address '-db.acme' is none of a Resource."),
        ({"address": "10.0.0.1-10.0.0.9"}, "The address '10.0.0.1-10.0.0.9' is none of a Resource."),
        ({"address": "10.0.0.*"}, "The address '10.0.0.*' is none of a Resource."),
        ({"address": "\u212aube.acme"}, "The address '\u212aube.acme' is none of a Resource."),
        ({"address": "a.example", "blocks": []}, "The name 'a.example' resolves to an empty list."),
        ({"address": "a.example", "blocks": ["10.0.0.0/33"]}, "The address '10.0.0.0/33' is not an IPv4 block"),
        ({"address": "198.51.100.7", "protocol": "icmp"}, "The address 198.51.100.7 asks for icmp to public addresses"),
    ],
)
def test_what_is_no_resource(what, problem):
    with pytest.raises(ValueError) as told:
        Target(**what)
    assert str(told.value).startswith(problem)


def test_a_resource_as_messages_show_it():
    shown = [Target(address="10.0.0.0/8"), Target(address="x.lan", protocol="tcp", ports=["80", "8000-8100"])]
    assert [one.shown for one in shown] == ["10.0.0.0/8", "x.lan tcp 80, 8000-8100"]
