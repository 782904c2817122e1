from typing import Any

import pulumi
import pytest
from recorder import unknown

from gatepost.aws import Firewall, FirewallArgs
from gatepost.egress import Reach
from gatepost.labels import Labels

GROUP = "aws:ec2/securityGroup:SecurityGroup"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
LABELS = Labels(environment="dev", network="payments", site="frankfurt", extra={"owner": "platform"})


def args(**over):
    given: dict[str, Any] = {"region": "eu-central-1", "vpc_id": "vpc-1", "labels": LABELS}
    return FirewallArgs(**(given | over))


def opened(seen):
    return {
        (rule["ipProtocol"], rule.get("fromPort"), rule.get("toPort"), rule["cidrIpv4"])
        for rule in seen.of(EGRESS).values()
    }


VENDOR = {("tcp", 443, 443, "0.0.0.0/0"), ("tcp", 30000, 31000, "0.0.0.0/0"), ("udp", 1, 65535, "0.0.0.0/0")}
PLATFORM = {("tcp", 80, 80, "0.0.0.0/0")}


def test_opens_the_vendors_rules_and_the_mirrors_and_nothing_else(deploy):
    seen = deploy(lambda: Firewall("fw", args()))
    assert opened(seen) == VENDOR | PLATFORM
    assert {r.type for r in seen.requests} == {"gatepost:aws:Firewall", GROUP, EGRESS}  # no ingress of any spelling
    group = seen.only(GROUP)
    assert "ingress" not in group
    assert "egress" not in group  # not even []: that would revoke the separate rules


def test_adds_the_reaches_and_tcp_to_custom_dns(deploy):
    reaches = [Reach(cidr="10.0.0.0/8", protocol="tcp", ports=5432), Reach(cidr="10.9.0.0/16", protocol="icmp")]
    seen = deploy(lambda: Firewall("fw", args(reaches=reaches, dns=["10.40.0.2"])))
    assert opened(seen) - VENDOR - PLATFORM == {
        ("tcp", 5432, 5432, "10.0.0.0/8"),
        ("icmp", -1, -1, "10.9.0.0/16"),
        ("tcp", 53, 53, "10.40.0.2/32"),
    }


def test_an_exit_network_reaches_every_public_address_and_no_private_one(deploy):
    seen = deploy(lambda: Firewall("fw", args(network_type="EXIT")))
    blocks = {(protocol, first, last) for protocol, first, last, _ in opened(seen)}
    assert blocks == {("-1", None, None)}
    destinations = {cidr for *_, cidr in opened(seen)}
    assert "0.0.0.0/0" not in destinations
    assert not any(cidr.startswith(("10.", "192.168.", "172.16.", "169.254.")) for cidr in destinations)


def test_rules_are_named_by_what_they_open_so_that_a_change_opens_before_it_closes(deploy):
    one = deploy(lambda: Firewall("fw", args(reaches=[Reach(cidr="10.0.0.0/8", protocol="tcp", ports=5432)])))
    two = deploy(lambda: Firewall("fw", args(reaches=[Reach(cidr="10.0.0.0/8", protocol="tcp", ports=5433)])))
    assert set(one.of(EGRESS)) ^ set(two.of(EGRESS)) == {"fw-rule-tcp-5432-10-0-0-0-8", "fw-rule-tcp-5433-10-0-0-0-8"}


def test_children_belong_to_the_component_and_carry_its_tags(deploy):
    seen = deploy(lambda: Firewall("fw", args()))
    assert seen.tree() == {
        ("gatepost:aws:Firewall", "fw", "test-dev"),
        (GROUP, "fw-group", "fw"),
        (EGRESS, "fw-rule-tcp-443-0-0-0-0-0", "fw"),
        (EGRESS, "fw-rule-tcp-30000-31000-0-0-0-0-0", "fw"),
        (EGRESS, "fw-rule-tcp-80-0-0-0-0-0", "fw"),
        (EGRESS, "fw-rule-udp-1-65535-0-0-0-0-0", "fw"),
    }
    own = {
        "owner": "platform",
        "managed-by": "gatepost",
        "gatepost-environment": "dev",
        "gatepost-network": "payments",
        "gatepost-site": "frankfurt",
    }
    assert seen.only(GROUP)["tags"] == own | {"Name": "dev-payments-frankfurt-connectors"}
    assert all(rule["tags"] == own for rule in seen.of(EGRESS).values())
    assert {i["region"] for i in [seen.only(GROUP), *seen.of(EGRESS).values()]} == {"eu-central-1"}
    assert [urn.rpartition("::")[2] for urn in seen.completed] == ["fw"]


def test_is_the_same_tree_while_the_vpc_is_unknown(deploy):
    known = deploy(lambda: Firewall("fw", args()))
    preview = deploy(lambda: Firewall("fw", args(vpc_id=unknown())), preview=True)
    assert known.tree() == preview.tree()


def test_refuses_more_rules_than_a_group_holds():
    reaches = [Reach(cidr=f"10.{i}.0.0/16", protocol="tcp", ports=5432) for i in range(60)]
    with pytest.raises(ValueError, match=r"The site needs 64 egress rules, but a firewall on aws holds 60\."):
        args(reaches=reaches)


def test_refuses_an_output_where_a_rule_is_decided(event_loop_per_test):
    with pytest.raises(ValueError, match=r"FirewallArgs.reaches must be a plain value.*got an Output"):
        args(reaches=pulumi.Output.from_input([]))


def test_reports_every_problem_of_the_rules_together():
    with pytest.raises(ValueError) as refused:
        args(dns=["10.0.0.1", "ns1"], network_type="EXITS")
    message = str(refused.value)
    assert "'ns1' is not an IPv4 address" in message
    assert "'EXITS' is not known. Allowed: REGULAR, EXIT. Did you mean 'EXIT'?" in message
