import re
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.rule import (
    PRIVATE_RANGES,
    Rule,
    allows,
    is_private,
    public_complement,
    touches_private,
    without_covered,
)


def rule(protocol="tcp", first=443, last=None, to="10.0.0.0/8", kind="reach", reason="test"):
    ports = {"first_port": first, "last_port": first if last is None else last} if protocol in ("tcp", "udp") else {}
    return Rule(protocol=protocol, destination=to, kind=kind, reason=reason, **ports)


BLOCKS = st.builds(
    lambda address, length: str(IPv4Network((address, length), strict=False)),
    st.sampled_from([0, 0x0A000000, 0x0A800001, 0x08080808, 0xAC100000, 0xC0A80101, 0xFFFFFFFF]),
    st.sampled_from([0, 1, 7, 8, 9, 16, 31, 32]),
)
PORTS = st.sampled_from([1, 53, 80, 443, 8000, 31000, 65535])
RULES = st.builds(
    lambda protocol, ports, to, kind: rule(protocol, min(ports), max(ports), to, kind),
    st.sampled_from(["tcp", "udp", "icmp", "all"]),
    st.tuples(PORTS, PORTS),
    BLOCKS,
    st.sampled_from(["vendor", "platform", "reach", "exit"]),
)
ADDRESSES = st.one_of(
    st.integers(0, 2**32 - 1),
    st.sampled_from([IPv4Network(r)[i] for r in PRIVATE_RANGES for i in (0, -1)]).map(int),
    st.sampled_from([IPv4Network(r)[i] for r in PRIVATE_RANGES for i in (0, -1)]).flatmap(
        lambda edge: st.sampled_from([int(edge) - 1, int(edge) + 1])
    ),
).map(lambda number: str(IPv4Address(number)))


V6 = st.sampled_from(["::/0", "1::/16", "2:1::/32", "443::/16", "1:443::/32", "::1/128", "2001:db8::/32"])


def by_hand(rules, ip, port, protocol):
    """Whether any rule lets this out, by numbers alone."""
    number = int(IPv4Address(ip))
    for r in rules:
        start, length = r.destination.split("/")
        low = int(IPv4Address(start))
        inside = low <= number < low + 2 ** (32 - int(length))
        if inside and r.protocol in (protocol, "all") and (not r.first_port or r.first_port <= port <= r.last_port):
            return True
    return False


def test_the_public_blocks_are_as_many_as_the_choice_of_private_ranges_says():
    assert len(public_complement()) == 47
    assert public_complement()[0] == "0.0.0.0/5"
    assert public_complement()[-1] == "224.0.0.0/3"


def test_public_and_private_blocks_partition_the_whole_space():
    blocks = sorted(IPv4Network(b) for b in (*public_complement(), *PRIVATE_RANGES))
    assert int(blocks[0][0]) == 0
    assert int(blocks[-1][-1]) == 2**32 - 1
    assert [int(a[-1]) + 1 for a in blocks[:-1]] == [int(b[0]) for b in blocks[1:]]


def test_no_two_public_blocks_could_be_one():
    public = [IPv4Network(b) for b in public_complement()]
    parents = [b.supernet() for b in public]
    assert [p for p in parents if all(half in public for half in p.subnets())] == []


@given(ADDRESSES)
def test_an_address_is_in_a_public_block_exactly_when_it_is_not_private(ip):
    public = [b for b in public_complement() if IPv4Address(ip) in IPv4Network(b)]
    assert len(public) == (0 if is_private(ip) else 1)


@pytest.mark.parametrize(
    ("cidr", "private", "touches"),
    [
        ("10.1.0.0/16", True, True),
        ("172.31.255.255", True, True),
        ("172.32.0.0/16", False, False),
        ("100.64.0.1/32", True, True),
        ("100.128.0.0/16", False, False),
        ("169.254.169.254", True, True),
        ("192.168.0.0/15", False, True),
        ("0.0.0.0/0", False, True),
        ("8.8.8.8/32", False, False),
    ],
)
def test_private(cidr, private, touches):
    assert (is_private(cidr), touches_private(cidr)) == (private, touches)


@pytest.mark.parametrize(
    ("given_rule", "key", "ports"),
    [
        (rule(to="0.0.0.0/0"), "tcp-443-0-0-0-0-0", "443"),
        (rule("udp", 1, 65535), "udp-1-65535-10-0-0-0-8", "1-65535"),
        (rule("icmp"), "icmp-10-0-0-0-8", ""),
        (rule("all", to="1.2.3.4/32"), "all-1-2-3-4-32", ""),
        (rule(to="2001:db8::/32"), "tcp-443-v6-2001-db8---32", "443"),
    ],
)
def test_keys_and_ports(given_rule, key, ports):
    assert (given_rule.key, given_rule.ports) == (key, ports)


def test_reason_and_kind_are_no_part_of_the_key():
    assert rule(kind="reach", reason="a").key == rule(kind="vendor", reason="b").key


@given(st.lists(st.builds(lambda p, t: rule("tcp", min(p), max(p), t), st.tuples(PORTS, PORTS), BLOCKS | V6)))
def test_equal_keys_mean_equal_content(rules):
    content = {(r.protocol, r.first_port, r.last_port, r.destination) for r in rules}
    assert len({r.key for r in rules}) == len(content)
    assert all(re.fullmatch(r"[a-z0-9-]{1,60}", r.key) for r in rules)


@pytest.mark.parametrize(
    ("over", "problem"),
    [
        ({"protocol": "tpc"}, "The protocol 'tpc' is not known. Allowed: tcp, udp, icmp, all. Did you mean 'tcp'?"),
        ({"kind": "vender"}, "The kind of rule 'vender' is not known."),
        ({"first_port": 0}, "The ports 0-443 of a rule must rise within 1-65535."),
        ({"first_port": 444}, "The ports 444-443 of a rule must rise within 1-65535."),
        ({"last_port": 65536}, "The ports 443-65536 of a rule must rise within 1-65535."),
        ({"protocol": "icmp"}, "The protocol 'icmp' has no ports. Leave them out."),
        ({"destination": "10.0.0.1/8"}, "The destination '10.0.0.1/8' of a rule must be spelt '10.0.0.0/8'."),
        ({"destination": "10.0.0.1"}, "The destination '10.0.0.1' of a rule must be spelt '10.0.0.1/32'."),
        ({"destination": "host"}, "The destination 'host' of a rule is not a CIDR block like 10.0.0.0/8."),
        ({"reason": "user's"}, 'The reason "user\'s" must be 1 to 128 letters'),
        ({"reason": "x" * 129}, "must be 1 to 128 letters"),
        ({"reason": ""}, "The reason '' must be 1 to 128 letters"),
    ],
)
def test_a_rule_refuses(over, problem):
    base = {"protocol": "tcp", "first_port": 443, "last_port": 443, "destination": "10.0.0.0/8", "kind": "reach"}
    with pytest.raises(ValueError, match=r"\.") as caught:
        Rule(**({**base, "reason": "test"} | over))
    assert problem in str(caught.value)


def test_a_rule_reports_all_problems_at_once():
    with pytest.raises(ValueError, match="protocol") as caught:
        Rule(protocol="x", destination="x", kind="x", reason="", first_port=1)  # ty: ignore[invalid-argument-type]
    assert len(str(caught.value).splitlines()) == 5


def test_a_rule_that_two_kinds_ask_for_keeps_the_first_kind():
    rules = without_covered([rule(kind="reach"), rule(kind="platform")])
    assert [(r.key, r.kind) for r in rules] == [("tcp-443-10-0-0-0-8", "platform")]


@pytest.mark.parametrize(
    ("outer", "inner", "covered"),
    [
        (rule("tcp", 10, 20), rule("tcp", 10, 20), True),
        (rule("tcp", 10, 20), rule("tcp", 12, 13, "10.1.0.0/16"), True),
        (rule("tcp", 10, 20), rule("tcp", 15, 21), False),
        (rule("tcp", 10, 20), rule("tcp", 9, 15), False),
        (rule("tcp", 10, 20), rule("udp", 10, 20), False),
        (rule("tcp", 10, 20), rule("all"), False),
        (rule("tcp", 1, 65535), rule("icmp"), False),
        (rule("all"), rule("tcp", 1, 65535), True),
        (rule("all"), rule("icmp"), True),
        (rule("all", to="10.1.0.0/16"), rule("icmp"), False),
    ],
)
def test_covers(outer, inner, covered):
    assert outer.covers(inner) is covered


def test_blocks_of_different_versions_never_cover_each_other():
    assert not rule("all", to="::/0").covers(rule(to="10.0.0.0/8"))
    assert not rule("all", to="0.0.0.0/0").covers(rule(to="2001:db8::/32"))
    assert rule("all", to="::/0").covers(rule(to="2001:db8::/32"))
    assert allows([rule("all", to="0.0.0.0/0")], "2001:db8::1", 443, "tcp") is None


@given(st.lists(RULES, max_size=8), ADDRESSES, PORTS, st.sampled_from(["tcp", "udp", "icmp"]))
def test_allows_agrees_with_counting_by_hand_before_and_after_the_covered_rules_go(rules, ip, port, protocol):
    expected = by_hand(rules, ip, port, protocol)
    assert (allows(rules, ip, port, protocol) is not None) is expected
    assert (allows(without_covered(rules), ip, port, protocol) is not None) is expected


@given(st.lists(RULES, max_size=8))
def test_no_rule_that_is_left_covers_another(rules):
    left = without_covered(rules)
    assert [(a.key, b.key) for a in left for b in left if a is not b and a.covers(b)] == []


@given(st.lists(RULES, max_size=8).flatmap(lambda rules: st.tuples(st.just(rules), st.permutations(rules))))
def test_the_order_of_what_is_asked_changes_nothing(both):
    rules, shuffled = both
    assert without_covered(rules) == without_covered(shuffled)
