"""What the pack's rules say of described hosts, and what the audit leaves out of it."""

from typing import Any

import pytest
from cli.test_audit_pure import connector, host, place, rule, to

from gatepost.audit.find import Host
from gatepost.audit.pairs import Pairs, match
from gatepost.audit.report import AuditError, NotChecked
from gatepost.audit.run import LEFT_OUT, _judged, chosen_rules
from gatepost.audit.stack import described
from gatepost_policies.judge import Described, judge
from gatepost_policies.registry import all_rules
from gatepost_policies.topology import INSTANCE

DNS = "I2Nsb3VkLWNvbmZpZwpUV0lOR0FURV9ETlM9MTAuMC4wLjIK"  # TWINGATE_DNS=10.0.0.2
KNOWN: dict[str, Any] = {"images": [], "volumes": [], "groups": [], "rules": [], "subnets": [], "addresses": []}


def found(*hosts: Host, pairs: Pairs | None = None, **known: Any) -> tuple[list[tuple[str, str]], list[NotChecked]]:
    """Findings (rule, resource) of the rules that are about several hosts or what they dial, and the notes."""
    where = place(to("nat-1"), hosts=hosts, **{**KNOWN, **known})
    names = ("connector-failure-domains", "connector-interchangeable", "aws-ec2-egress", "aws-ec2-encrypted-disks")
    rules = [one for one in all_rules() if one.name in names]
    pairs = pairs or Pairs()
    notes: list[NotChecked] = []
    told = _judged(described([where], pairs, []), rules, {}, [where], pairs, notes)
    return [(one.rule, one.resource) for one in told], notes


def tagged(number: int, **more: Any) -> Host:
    return host(number, Tags=[{"Key": "gatepost-network", "Value": "payments"}], **more)


def in_zone_b(number: int) -> dict[str, Any]:
    return {"Placement": {"AvailabilityZone": "r-1b"}, "PrivateIpAddress": f"10.0.1.{number}"}


def test_hosts_of_one_network_are_alike_and_others_need_not_be() -> None:
    one, other = tagged(1), tagged(2, **in_zone_b(2))
    one.user_data = DNS
    assert found(one, other)[0] == [("connector-interchangeable", "i-2")]
    one, other = host(1), host(2, **in_zone_b(2))
    one.user_data = DNS
    assert found(one, other)[0] == []


def test_one_zone_is_said_unless_connectors_run_elsewhere() -> None:
    one, other = host(1), host(2)
    where = place(to("nat-1"), hosts=(one, other))
    told = [connector("x", "10.0.0.1"), connector("y", "10.0.0.2")]
    assert found(one, other, pairs=match([where], told))[0] == [("connector-failure-domains", "payments")]
    more = match([where], [*told, connector("in Google Cloud")])
    assert found(one, other, pairs=more)[0] == []
    assert found(one, other)[0] == [("connector-failure-domains", "unknown, in vpc-1")]


def test_a_network_of_type_exit_reaches_nothing_private() -> None:
    one = host(1)
    private = {**rule("10.9.0.0/16"), "SecurityGroupRuleId": "sgr-1"}
    assert found(one, rules=[private])[0] == []
    pairs = match([place(to("nat-1"), hosts=(one,))], [connector("x", "10.0.0.1", network_type="EXIT")])
    assert found(one, pairs=pairs, rules=[private])[0] == [("aws-ec2-egress", "sgr-1")]


def test_a_rule_that_cannot_tell_is_a_note() -> None:
    told, (note,) = found(host(1))
    assert (told, note.what) == ([], "a part of the rule aws-ec2-encrypted-disks")
    assert note.reason.startswith("Instance 'i-1' sets `rootBlockDevice.encrypted` to a value known only after ")


def test_which_rules_are_asked() -> None:
    names = {one.name for one in chosen_rules({"aws-ec2-size": {"enforcementLevel": "disabled"}})}
    assert {name for name in names if name.startswith(("gcp-", "azure-"))} == set()
    assert {"twingate-tokens-not-in-text", "twingate-api-token-not-in-text", "connector-vendor-ports"} <= names
    every = {one.name for one in all_rules() if "aws" in one.clouds}
    assert every - names == {*LEFT_OUT, "aws-ec2-size"}
    assert chosen_rules({"all": {"enforcementLevel": "mandatory"}, "pack-exemptions": {}}) == chosen_rules({})
    only = {"all": {"enforcementLevel": "disabled"}, "aws-ec2-size": {"enforcementLevel": "advisory"}}
    assert [one.name for one in chosen_rules(only)] == ["aws-ec2-size"]
    with pytest.raises(AuditError, match="the rule 'x' is not known"):
        chosen_rules({"x": {}})


def test_what_holds_the_id_of_another_refers_to_it() -> None:
    group = Described(type="aws:ec2/securityGroup:SecurityGroup", id="sg-1", props={"id": "sg-1"})
    entry = {"id": "sgr-1", "securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 22, "toPort": 22}
    kind = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    ingress = Described(type=kind, id="sgr-1", name="ssh", props={**entry, "cidrIpv4": "10.0.0.0/8"})
    machine = Described(type=INSTANCE, id="i-1", props={"vpcSecurityGroupIds": ["sg-1"], "userData": "TWINGATE_X"})
    (rule_of_pack,) = [one for one in all_rules() if one.name == "aws-ec2-no-ingress"]
    settings = {"aws-ec2-no-ingress": {"scope": "hosts"}}
    assert [one.urn for one in judge([group, ingress, machine], [rule_of_pack], settings)] == [ingress.urn]
    assert judge([group, ingress], [rule_of_pack], settings) == []
    (told,) = judge([group, ingress], [rule_of_pack])
    assert told.text.startswith("Security group rule 'ssh' lets in tcp 22 from 10.0.0.0/8. ")
    (ports,) = [one for one in all_rules() if one.name == "connector-vendor-ports"]
    egress = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    way_out = Described(type=egress, id="sgr-2", props={**entry, "id": "sgr-2", "cidrIpv4": "0.0.0.0/0"})
    assert {one.urn for one in judge([group, way_out, machine], [ports])} == {group.urn}
