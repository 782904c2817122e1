from ipaddress import ip_address, ip_network
from itertools import permutations
from typing import Any

import pulumi
import pytest
import recorder
from components.azure_sites import GUARD, LABELS, RULE
from hypothesis import given
from hypothesis import strategies as st
from recorder import unknown

from gatepost.azure import Firewall, FirewallArgs
from gatepost.azure_rules import Line, lines, priorities
from gatepost.egress import VENDOR_RULES, Reach, is_private, public_complement

FIRST, LAST = 200, 3999


def args(**over: Any) -> FirewallArgs:
    given: dict[str, Any] = {"region": "westeurope", "security_group_id": GUARD, "labels": LABELS}
    return FirewallArgs(**(given | over))


def table(seen: recorder.Deployment) -> list[tuple[Any, ...]]:
    """Direction, access, protocol, ports, source and destinations of each rule."""
    rows = []
    for rule in seen.of(RULE).values():
        to = [rule["destinationAddressPrefix"]] if "destinationAddressPrefix" in rule else None
        to = to or rule["destinationAddressPrefixes"]
        ports = rule["destinationPortRange"]
        rows.append((rule["direction"], rule["access"], rule["protocol"], ports, rule["sourceAddressPrefix"], to))
    return sorted(rows)


NOTHING_IN = ("Inbound", "Deny", "*", "*", "*", ["*"])
VENDOR = [
    ("Outbound", "Allow", "Tcp", "30000-31000", "*", ["Internet"]),
    ("Outbound", "Allow", "Tcp", "443", "*", ["Internet"]),
    ("Outbound", "Allow", "Udp", "1-65535", "*", ["Internet"]),
]
NOTHING_OUT = ("Outbound", "Deny", "*", "*", "*", ["*"])


def lets_out(seen: recorder.Deployment, ip: str, port: int, protocol: str) -> bool:
    """What Azure makes of the rules: the lowest priority decides."""
    for rule in sorted(seen.of(RULE).values(), key=lambda rule: rule["priority"]):
        first, _, last = rule["destinationPortRange"].replace("*", "0-65535").partition("-")
        to = rule.get("destinationAddressPrefixes") or [rule["destinationAddressPrefix"]]
        hit = any(
            to == "*" or (not is_private(f"{ip}/32") if to == "Internet" else ip_address(ip) in ip_network(to))
            for to in to
        )
        kind = rule["protocol"].lower() in ("*", protocol)
        if rule["direction"] == "Outbound" and hit and kind and int(first) <= port <= int(last or first):
            return rule["access"] == "Allow"
    return True


def test_opens_the_vendors_rules_to_public_addresses_and_nothing_else(deploy):
    seen = deploy(lambda: Firewall("fw", args()))
    assert table(seen) == [NOTHING_IN, *VENDOR, NOTHING_OUT]
    assert {r.type for r in seen.requests} == {"gatepost:azure:Firewall", RULE}
    places = {(r["resourceGroupName"], r["networkSecurityGroupName"]) for r in seen.of(RULE).values()}
    assert places == {("acme", "guard")}
    assert {r["sourcePortRange"] for r in seen.of(RULE).values()} == {"*"}
    assert {parent for typ, _, parent in seen.tree() if typ == RULE} == {"fw"}
    assert [urn.rpartition("::")[2] for urn in seen.completed] == ["fw"]


def test_reaches_and_dns_servers_are_opened_beside_them(deploy):
    reaches = [
        Reach(cidr="10.1.0.0/16", protocol="tcp", ports=5432),
        Reach(cidr="10.2.0.0/16", protocol="tcp", ports=5432),
        Reach(cidr="10.9.0.0/16", protocol="icmp"),
        Reach(cidr="10.10.0.0/16"),
        Reach(cidr="198.51.100.0/24", protocol="tcp", ports=22),
    ]
    seen = deploy(lambda: Firewall("fw", args(reaches=reaches, dns=["10.40.0.2", "9.9.9.9"])))
    assert table(seen) == sorted(
        [
            NOTHING_IN,
            *VENDOR,
            ("Outbound", "Allow", "Tcp", "5432", "*", ["10.1.0.0/16", "10.2.0.0/16"]),
            ("Outbound", "Allow", "Icmp", "*", "*", ["10.9.0.0/16"]),
            ("Outbound", "Allow", "*", "*", "*", ["10.10.0.0/16"]),
            ("Outbound", "Allow", "Tcp", "22", "*", ["198.51.100.0/24"]),
            ("Outbound", "Allow", "Tcp", "53", "*", ["9.9.9.9/32", "10.40.0.2/32"]),
            ("Outbound", "Allow", "Udp", "53", "*", ["10.40.0.2/32"]),  # no vendor rule covers it: it is private
            NOTHING_OUT,
        ]
    )


def test_a_private_reach_on_a_port_of_the_vendor_is_open_and_its_neighbours_are_not(deploy):
    seen = deploy(lambda: Firewall("fw", args(reaches=[Reach(cidr="10.1.0.0/16", protocol="tcp", ports=443)])))
    asked = [("10.1.0.5", 443), ("10.2.0.5", 443), ("10.1.0.5", 80), ("9.9.9.9", 443), ("9.9.9.9", 80)]
    assert [lets_out(seen, ip, port, "tcp") for ip, port in asked] == [True, False, False, True, False]
    assert not lets_out(seen, "10.2.0.5", 3478, "udp")
    assert lets_out(seen, "9.9.9.9", 3478, "udp")


def test_a_reach_that_holds_part_of_the_internet_leaves_the_vendors_rules_as_they_are(deploy):
    seen = deploy(lambda: Firewall("fw", args(reaches=[Reach(cidr="64.0.0.0/2", protocol="tcp", ports=443)])))
    reach = ("Outbound", "Allow", "Tcp", "443", "*", ["64.0.0.0/2"])
    assert table(seen) == sorted([NOTHING_IN, reach, *VENDOR, NOTHING_OUT])


def test_a_reach_that_is_a_block_of_the_internet_opens_that_block_alone(deploy):
    block = public_complement()[3]
    seen = deploy(lambda: Firewall("fw", args(reaches=[Reach(cidr=block, protocol="tcp", ports=22)])))
    assert ("Outbound", "Allow", "Tcp", "22", "*", [block]) in table(seen)
    assert len(table(seen)) == 6


def test_an_exit_network_reaches_every_public_address_and_no_private_one(deploy):
    seen = deploy(lambda: Firewall("fw", args(network_type="EXIT")))
    everything = ("Outbound", "Allow", "*", "*", "*", ["Internet"])
    assert table(seen) == [NOTHING_IN, everything, NOTHING_OUT]
    assert [lets_out(seen, ip, 22, "tcp") for ip in ("9.9.9.9", "10.0.0.1")] == [True, False]


def test_the_portal_comes_in_where_asked_from_the_network_alone(deploy):
    seen = deploy(lambda: Firewall("fw", args(portal=True)))
    portal = ("Inbound", "Allow", "Tcp", "19390", "VirtualNetwork", ["*"])
    assert table(seen) == [portal, NOTHING_IN, *VENDOR, NOTHING_OUT]
    order = {r["access"]: r["priority"] for r in seen.of(RULE).values() if r["direction"] == "Inbound"}
    assert order == {"Allow": 110, "Deny": 120}


def test_denials_come_where_they_must(deploy):
    seen = deploy(lambda: Firewall("fw", args(reaches=[Reach(cidr="10.0.0.0/8")])))
    of = {(r["direction"], r["access"]): r["priority"] for r in seen.of(RULE).values()}
    assert (of["Inbound", "Deny"], of["Outbound", "Deny"]) == (120, 4096)
    allowed = [r["priority"] for r in seen.of(RULE).values() if (r["direction"], r["access"]) == ("Outbound", "Allow")]
    assert len(set(allowed)) == 4
    assert FIRST <= min(allowed) <= max(allowed) <= LAST


def test_rules_say_why_they_are_there_within_what_azure_takes(deploy):
    reach = [Reach(cidr="198.51.100.0/24", protocol="tcp", ports=443)]
    seen = deploy(lambda: Firewall("fw", args(reaches=reach)))
    said = {r["description"] for r in seen.of(RULE).values()}
    assert "vendor: peer-to-peer, QUIC (https://www.twingate.com/docs/connector-best-practices)" in said
    assert "nothing comes in" in said
    many = Line("out", "allow", "tcp", "", "*", ("*",), ("a" * 100, "b" * 100))
    assert many.description == f"{'a' * 100}; {'b' * 38}"


# --- names and priorities


def test_a_change_opens_beside_what_it_closes_and_touches_nothing_else(deploy):
    def rules(**over: Any) -> dict[str, Any]:
        return deploy(lambda: Firewall("fw", args(**over))).of(RULE)

    def reach(*blocks: str) -> dict[str, Any]:
        return {"reaches": [Reach(cidr=block, protocol="tcp", ports=5432) for block in blocks]}

    one, other, more = (rules(**reach(*blocks)) for blocks in (["10.1.0.0/16"], ["10.2.0.0/16"], ["10.1.0.0/16"] * 2))
    assert one == more
    (gone,), (new,) = one.keys() - other.keys(), other.keys() - one.keys()
    assert one[gone]["priority"] != other[new]["priority"]  # both stand at once for a while
    assert {key: one[key] for key in one.keys() - {gone}} == {key: other[key] for key in other.keys() - {new}}
    assert one[gone]["securityRuleName"] == gone.removeprefix("fw-")
    assert gone.startswith("fw-out-allow-tcp-5432-")


def test_the_order_of_reaches_changes_nothing(deploy):
    reaches = [Reach(cidr=f"10.{n}.0.0/16", protocol="tcp", ports=port) for n, port in enumerate((1, 2, 2))]
    found = [deploy(lambda r=r: Firewall("fw", args(reaches=list(r)))).of(RULE) for r in permutations(reaches)]
    assert all(rules == found[0] for rules in found)


def line(number: int) -> Line:
    return Line("out", "allow", "tcp", str(number), "*", ("10.0.0.0/8",), ("r",))


@given(st.sets(st.integers(1, 65535), max_size=60))
def test_priorities_differ_and_do_not_depend_on_the_order(numbers):
    rows = [line(number) for number in numbers]
    found = priorities(rows)
    assert len(set(found.values())) == len(rows)
    assert all(FIRST <= priority <= LAST for priority in found.values())
    assert priorities(rows[::-1]) == found


def test_of_two_rules_that_want_one_priority_the_second_by_hash_moves_on():
    alone: dict[int, Line] = {}
    for number in range(1, 5000):
        (wanted,) = priorities([line(number)]).values()
        if (other := alone.setdefault(wanted, line(number))) != line(number):
            break
    first, second = sorted((other, line(number)), key=lambda row: row.mark)
    assert priorities([second, first]) == {first.key: wanted, second.key: wanted + 1}


def test_more_rules_than_priorities_are_refused():
    priorities([line(number) for number in range(1, 3801)])
    with pytest.raises(ValueError, match="has room for 3800 egress rules"):
        priorities([line(number) for number in range(1, 3802)])


def test_the_name_says_what_the_rule_says_and_not_why():
    (row,) = [row for row in lines(VENDOR_RULES[:1], portal=False) if row.access == "allow"]
    assert row._replace(reasons=("other",)).key == row.key
    pair = ("10.0.0.0/8", "172.16.0.0/12")
    assert row._replace(destinations=pair).key == row._replace(destinations=pair[::-1]).key
    others = [
        row._replace(direction="in"),
        row._replace(protocol="udp"),
        row._replace(ports="444"),
        row._replace(source="VirtualNetwork"),
        row._replace(destinations=("10.0.0.0/8",)),
    ]
    assert row.key not in {other.key for other in others}
    assert len({other.mark for other in others}) == 5


def test_rules_of_another_group_are_made_beside_the_old_ones(deploy):
    seen = deploy(lambda: Firewall("fw", args()))
    options = {(r.deleteBeforeReplaceDefined, r.deleteBeforeReplace) for r in seen.requests if r.type == RULE}
    assert options == {(True, False)}


# --- previews and refusals


def test_who_uses_the_group_waits_for_the_rules(deploy):
    told = []

    def program() -> None:
        made = Firewall("fw", args())
        made.security_group_id.apply(told.append)
        pulumi.CustomResource("test:index:Host", "host", {"group": made.security_group_id})

    seen = deploy(program)
    assert told == [GUARD]
    after = {urn.rpartition("::")[2] for urn in seen.request("host").dependencies}
    assert after == set(seen.of(RULE))


def test_is_the_same_tree_while_the_group_is_unknown(deploy):
    known = deploy(lambda: Firewall("fw", args()))
    assert deploy(lambda: Firewall("fw", args(security_group_id=unknown())), preview=True).tree() == known.tree()


@pytest.mark.parametrize(
    ("over", "says"),
    [
        (
            {"security_group_id": "guard"},
            "FirewallArgs.security_group_id must be the id of a network security group like /subscriptions/0000-1111/",
        ),
        ({"dns": ["dns"]}, "The DNS server 'dns' is not an IPv4 address like 10.0.0.2."),
        ({"network_type": "OTHER"}, "The type of Remote Network 'OTHER' is not known. Allowed: REGULAR, EXIT."),
        (
            {"network_type": "EXIT", "reaches": [Reach(cidr="10.0.0.0/8")]},
            "An EXIT network dials no private address. The reach 10.0.0.0/8 holds private ones.",
        ),
        ({"portal": 1}, "FirewallArgs.portal must be of type bool, got 1."),
    ],
)
def test_refuses_what_could_not_work(over, says):
    with pytest.raises(ValueError) as refused:
        args(**over)
    assert str(refused.value).startswith(says)
