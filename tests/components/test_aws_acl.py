from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorder import unknown

from gatepost import acl_rules as module
from gatepost.aws import Acl, AclArgs
from gatepost.boot.aws import AwsBoot
from gatepost.egress import Reach
from gatepost.labels import Labels
from gatepost.rule import within

LABELS = Labels(environment="dev", network="payments", site="frankfurt")
ACL = "aws:ec2/networkAcl:NetworkAcl"
RULE = "aws:ec2/networkAclRule:NetworkAclRule"
LINK = "aws:ec2/networkAclAssociation:NetworkAclAssociation"
A, B = "eu-central-1a", "eu-central-1b"
DATABASE = Reach(cidr="10.1.0.0/16", protocol="tcp", ports=5432)


def args(**over):
    given: dict[str, Any] = {"region": "eu-central-1", "labels": LABELS, "vpc_id": "vpc-1"}
    given["subnets"] = {A: "subnet-a", B: "subnet-b"}
    return AclArgs(**(given | over))


def refusal(**over):
    with pytest.raises(ValueError) as refused:
        args(**over)
    return str(refused.value)


def passes(args_, way, protocol, ip, port=0, icmp=(8, 0)):
    """What AWS decides: the first rule in order of number that matches, or its own last one, which denies."""
    for entry in sorted(args_.entries(), key=lambda e: e.number):
        ports = entry.first_port is None or entry.first_port <= port <= entry.last_port
        kinds = entry.icmp == (-1, -1) or entry.icmp == icmp or protocol != "icmp"
        fits = entry.egress == (way == "out") and entry.protocol in ("all", protocol)
        if fits and ports and kinds and within(f"{ip}/32", entry.cidr):
            return entry.allow
    return False


@pytest.mark.parametrize(
    ("to", "allowed"),
    [
        (("tcp", "10.1.2.3", 5432), True),  # a reach
        (("tcp", "10.1.2.3", 5433), False),
        (("tcp", "10.2.2.3", 443), False),  # private, which the security group leaves open
        (("udp", "192.168.1.1", 443), False),
        (("udp", "172.16.0.1", 53), False),
        (("tcp", "100.64.0.1", 80), False),
        (("tcp", "8.8.8.8", 443), True),  # vendor
        (("tcp", "8.8.8.8", 30500), True),
        (("udp", "8.8.8.8", 3478), True),
        (("tcp", "8.8.8.8", 80), True),  # platform
        (("tcp", "8.8.8.8", 22), False),
        (("icmp", "8.8.8.8"), False),
        (("icmp", "10.9.0.1"), True),  # a reach
        (("udp", "10.40.0.9", 53), True),  # private DNS
        (("tcp", "10.40.0.9", 53), True),
        (("tcp", "10.40.0.9", 443), False),
        (("tcp", "9.9.9.9", 53), True),  # public DNS
        (("tcp", "203.0.113.7", 8443), True),  # a public reach
    ],
)
def test_private_addresses_other_than_the_reaches_are_closed(to, allowed):
    reaches = [
        DATABASE,
        Reach(cidr="10.9.0.0/16", protocol="icmp"),
        Reach(cidr="203.0.113.0/24", protocol="tcp", ports=8443),
    ]
    assert passes(args(reaches=reaches, dns=["10.40.0.9", "9.9.9.9"]), "out", *to) is allowed


@pytest.mark.parametrize(
    ("source", "allowed"),
    [
        (("tcp", "8.8.8.8", 10240), True),
        (("udp", "8.8.8.8", 65535), True),
        (("tcp", "8.8.8.8", 10239), False),
        (("tcp", "10.1.2.3", 22), False),
        (("icmp", "10.9.0.1", 0, (0, 0)), True),  # an answer to a ping of a reach
        (("icmp", "10.8.0.1", 0, (0, 0)), False),
        (("icmp", "8.8.8.8", 0, (3, 4)), True),  # fragmentation needed
        (("icmp", "8.8.8.8", 0, (3, 3)), False),
    ],
)
def test_only_answers_come_in(source, allowed):
    assert passes(args(reaches=[DATABASE, Reach(cidr="10.9.0.0/16", protocol="all")]), "in", *source) is allowed


def test_an_exit_network_reaches_every_public_address_and_no_private_one():
    exit_ = args(network_type="EXIT", dns=["9.9.9.9"])
    assert passes(exit_, "out", "tcp", "8.8.8.8", 25)
    assert passes(exit_, "out", "icmp", "8.8.8.8")
    assert passes(exit_, "in", "icmp", "8.8.8.8", icmp=(0, 0))
    assert not passes(exit_, "out", "tcp", "10.1.2.3", 443)
    assert [(e.allow, e.cidr) for e in exit_.entries() if e.egress and e.allow] == [(True, "0.0.0.0/0")]


def test_answers_come_to_the_ports_that_hosts_dial_from():
    assert args().local_ports == AwsBoot.local_ports
    narrow = args(local_ports=(20000, 30000))
    assert [passes(narrow, "in", "udp", "8.8.8.8", port) for port in (19999, 20000, 30000, 30001)] == [
        False,
        True,
        True,
        False,
    ]


def test_what_hosts_send_to_a_transit_gateway_in_their_own_subnet_is_let_in_from_them():
    """AWS checks it by the inbound rules too, with the host as its source and the reach's port."""
    assert not passes(args(reaches=[DATABASE]), "in", "tcp", "10.40.0.5", 5432)
    attached = args(reaches=[DATABASE], attachment_ranges=["10.40.0.0/24"])
    assert passes(attached, "in", "tcp", "10.40.0.5", 5432)
    assert not passes(attached, "in", "tcp", "10.40.1.5", 5432)


def test_the_tree_and_what_the_subnets_wait_for(deploy):
    seen = deploy(lambda: Acl("acl", args(reaches=[DATABASE])))
    rules = {
        "acl-out-allow-tcp-5432-10-1-0-0-16",
        "acl-out-deny-all-10-0-0-0-8",
        "acl-out-deny-all-100-64-0-0-10",
        "acl-out-deny-all-169-254-0-0-16",
        "acl-out-deny-all-172-16-0-0-12",
        "acl-out-deny-all-192-168-0-0-16",
        "acl-out-allow-tcp-443-0-0-0-0-0",
        "acl-out-allow-tcp-30000-31000-0-0-0-0-0",
        "acl-out-allow-udp-1-65535-0-0-0-0-0",
        "acl-out-allow-tcp-80-0-0-0-0-0",
        "acl-in-allow-tcp-10240-65535-0-0-0-0-0",
        "acl-in-allow-udp-10240-65535-0-0-0-0-0",
        "acl-in-allow-icmp-3-4-0-0-0-0-0",
    }
    assert seen.tree() == {
        ("gatepost:aws:Acl", "acl", "test-dev"),
        (ACL, "acl-acl", "acl"),
        *((RULE, rule, "acl") for rule in rules),
        (LINK, f"acl-link-{A}", "acl"),
        (LINK, f"acl-link-{B}", "acl"),
    }
    own = {"managed-by": "gatepost", "gatepost-environment": "dev", "gatepost-network": "payments"}
    assert seen.only(ACL) == {
        "vpcId": "vpc-1",
        "region": "eu-central-1",
        "tags": own | {"gatepost-site": "frankfurt", "Name": "dev-payments-frankfurt-hosts"},
    }  # no inline rule and no subnet: they would fight with the resources
    assert {n: i["subnetId"] for n, i in seen.of(LINK).items()} == {
        f"acl-link-{A}": "subnet-a",
        f"acl-link-{B}": "subnet-b",
    }
    for link in seen.of(LINK):  # or hosts would be cut off until the rules are there
        waits = {urn.rpartition("::")[2] for urn in seen.request(link).dependencies}
        assert rules <= waits
    made = [*seen.of(RULE).values(), *seen.of(LINK).values()]
    assert {(i["networkAclId"], i["region"]) for i in made} == {("acl-acl-id", "eu-central-1")}
    assert {urn.rpartition("::")[2] for urn in seen.completed} - {"test-dev"} == {"acl"}


def test_each_kind_of_rule_as_the_api_takes_it(deploy):
    reaches = [DATABASE, Reach(cidr="10.9.0.0/16", protocol="icmp")]
    seen = deploy(lambda: Acl("acl", args(reaches=reaches))).of(RULE)
    names = (
        "egress",
        "ruleAction",
        "protocol",
        "cidrBlock",
        "fromPort",
        "toPort",
        "icmpType",
        "icmpCode",
        "ruleNumber",
    )
    numbers = {f"acl-{e.key}": e.number for e in args(reaches=reaches).entries()}
    everywhere, none = "0.0.0.0/0", (None, None)
    for name, expected in {
        "acl-out-allow-tcp-5432-10-1-0-0-16": (True, "allow", "6", "10.1.0.0/16", 5432, 5432, *none),
        "acl-out-deny-all-10-0-0-0-8": (True, "deny", "-1", "10.0.0.0/8", *none, *none),
        "acl-in-allow-udp-10240-65535-0-0-0-0-0": (False, "allow", "17", everywhere, 10240, 65535, *none),
        "acl-in-allow-icmp-3-4-0-0-0-0-0": (False, "allow", "1", everywhere, *none, 3, 4),
        "acl-out-allow-icmp-10-9-0-0-16": (True, "allow", "1", "10.9.0.0/16", *none, -1, -1),
    }.items():
        assert tuple(seen[name].get(n) for n in names) == (*expected, numbers[name])
    assert numbers["acl-out-deny-all-10-0-0-0-8"] == 24606  # numbers stay what they are in people's states


def test_another_reach_or_zone_touches_no_rule_that_is_there(deploy):
    one = deploy(lambda: Acl("acl", args(reaches=[DATABASE], subnets={A: "subnet-a"})))
    more = deploy(lambda: Acl("acl", args(reaches=[Reach(cidr="10.2.0.0/16", protocol="tcp"), DATABASE])))
    assert {k: more.inputs[k] for k in one.inputs} == one.inputs


def test_is_the_same_tree_while_vpc_and_subnets_are_unknown(deploy):
    known = deploy(lambda: Acl("acl", args()))
    preview = deploy(lambda: Acl("acl", args(vpc_id=unknown(), subnets={A: unknown(), B: unknown()})), preview=True)
    assert preview.tree() == known.tree()


BLOCKS = st.lists(st.integers(0, 255), unique=True, max_size=9)


@given(BLOCKS)
def test_numbers_differ_in_each_direction_and_reaches_come_before_denies_before_the_rest(places):
    entries = args(reaches=[Reach(cidr=f"10.{p}.0.0/16", protocol="icmp") for p in places]).entries()
    for egress in (True, False):
        numbers = [e.number for e in entries if e.egress == egress]
        assert len(set(numbers)) == len(numbers)
        assert all(1 <= n <= 32766 for n in numbers)
    out = [e for e in sorted(entries, key=lambda e: e.number) if e.egress]
    kinds = ["deny" if not e.allow else "reach" if e.cidr.startswith("10.") else "rest" for e in out]
    assert kinds == ["reach"] * len(places) + ["deny"] * 5 + ["rest"] * 4


def clashing() -> Iterator[tuple[module.AclEntry, module.AclEntry]]:
    """Pairs of rules that would take one number of a band of 50."""
    rules = [module.AclEntry(True, True, "tcp", f"10.{i}.0.0/16", 443, 443) for i in range(40)]
    alone = {rule: module._numbered([rule], (1, 50))[0].number for rule in rules}
    return ((a, b) for a in rules for b in rules if a.cidr < b.cidr and alone[a] == alone[b])


def test_two_rules_that_want_one_number_both_take_another_so_that_removing_one_frees_it():
    a, b = next(clashing())
    (wanted,) = {module._numbered([rule], (1, 50))[0].number for rule in (a, b)}
    both = module._numbered([a, b], (1, 50))
    assert {e.cidr for e in both} == {a.cidr, b.cidr}
    assert len({wanted, *(e.number for e in both)}) == 3
    assert module._numbered([b, a], (1, 50)) == both


def test_numbers_differ_however_often_rules_clash():
    for start in range(30):
        rules = [module.AclEntry(True, True, "tcp", f"10.{start + i}.0.0/16", 443, 443) for i in range(12)]
        assert len({e.number for e in module._numbered(rules, (1, 100))}) == 12


def test_a_rule_that_a_reach_covers_is_not_there_twice():
    opened = [e.key for e in args(reaches=[Reach(cidr="0.0.0.0/0", protocol="tcp")]).entries() if e.egress and e.allow]
    assert opened == ["out-allow-tcp-1-65535-0-0-0-0-0", "out-allow-udp-1-65535-0-0-0-0-0"]


def test_refuses_more_rules_than_an_acl_holds():
    fits = [Reach(cidr=f"10.{i}.0.0/16", protocol="tcp", ports=5432) for i in range(10)]
    assert sum(e.egress for e in args(reaches=fits).entries()) == 19
    assert refusal(reaches=[*fits, DATABASE, Reach(cidr="10.99.0.0/16", protocol="tcp", ports=1)]) == (
        "The ACL needs 20 outbound rules, but a network ACL holds 19 beside AWS's own, and a change has old and new "
        "ones side by side. Join reaches into larger blocks, or leave the ACL out."
    )
    ranges = [f"10.40.{i}.0/24" for i in range(17)]
    assert "The ACL needs 20 inbound rules" in refusal(attachment_ranges=ranges)


def test_reports_every_problem_together():
    found = refusal(
        subnets={A: "subnet-a", B: "subnet-a", "us-east-1a": ""},
        dns=["ns1"],
        network_type="EXITS",
        local_ports=(1023, 65535),
        attachment_ranges=["10.40.0.1/22", "10.40.0.0/255.255.252.0", "fd00::/8"],
    ).splitlines()
    assert found == [
        "The zone 'us-east-1a' is in the region 'us-east-1', but the site is in 'eu-central-1'. Change one.",
        "AclArgs.subnets['us-east-1a'] is empty. Give the id, or leave the zone out.",
        f"AclArgs.subnets['{A}'] and AclArgs.subnets['{B}'] are one and the same, 'subnet-a'. "
        "Each needs one of its own.",
        "The local ports are 1023 to 65535: both must be 1024 to 65535 and rise.",
        "The attachment range '10.40.0.1/22' is not an IPv4 block like 10.40.0.0/22 in its usual spelling.",
        "The attachment range '10.40.0.0/255.255.252.0' is not an IPv4 block like 10.40.0.0/22 in its usual spelling.",
        "The attachment range 'fd00::/8' is not an IPv4 block like 10.40.0.0/22 in its usual spelling.",
        "The DNS server 'ns1' is not an IPv4 address like 10.0.0.2.",
        "The type of Remote Network 'EXITS' is not known. Allowed: REGULAR, EXIT. Did you mean 'EXIT'?",
    ]


def test_refuses_no_subnet_and_what_an_exit_network_cannot_reach():
    assert refusal(subnets={}) == "AclArgs.subnets is empty. Give at least one, {'eu-central-1a': 'subnet-...'}."
    assert "The local ports are 2000 to 2000: both must be" in refusal(local_ports=(2000, 2000))
    assert "The reach 10.1.0.0/16 holds private ones" in refusal(network_type="EXIT", reaches=[DATABASE])


def test_refuses_what_decides_the_program_as_an_output(event_loop_per_test):
    assert "AclArgs.reaches must be a plain value" in refusal(reaches=pulumi.Output.from_input([]))
