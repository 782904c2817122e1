"""Network ACLs and their rules: what counts as a change, and what is refused."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from sandbox.providers.engine import UNKNOWN, Engine, Props
from sandbox.providers.place import Place

ACL = "aws:ec2/networkAcl:NetworkAcl"
ASSOCIATION = "aws:ec2/networkAclAssociation:NetworkAclAssociation"
RULE = "aws:ec2/networkAclRule:NetworkAclRule"
INLINE = {"ruleNo": 100, "protocol": "tcp", "action": "Allow", "cidrBlock": "10.1.0.0/16", "fromPort": 1, "toPort": 2}
ALL = {"ruleNo": 200, "protocol": "-1", "action": "deny", "cidrBlock": "0.0.0.0/0", "fromPort": 0, "toPort": 0}


def own(place: Place, **more: Any) -> Props:
    rule = {"networkAclId": place.acl, "ruleNumber": 100, "protocol": "tcp", "ruleAction": "Allow"}
    return {**rule, "cidrBlock": "10.1.0.0/16", "fromPort": 443, "toPort": 443, **more}


def refusal(call: Callable[..., Any], *args: Any) -> str:
    with pytest.raises(grpc.RpcError) as refused:
        call(*args)
    error: Any = refused.value
    return error.details()


def entries(place: Place, rid: str) -> list[tuple[Any, ...]]:
    (acl,) = place.ec2.describe_network_acls(NetworkAclIds=[rid])["NetworkAcls"]
    return [(e["RuleNumber"], e["Egress"], e["Protocol"], e["RuleAction"], e["CidrBlock"]) for e in acl["Entries"]]


@pytest.mark.parametrize(
    "same",
    [
        [ALL, INLINE],
        [{**INLINE, "protocol": "6"}, ALL],
        [INLINE, {**ALL, "protocol": "all", "action": "DENY"}],
    ],
)
def test_order_and_spelling_of_inline_rules_mean_nothing(aws: Engine, place: Place, same: list[Props]) -> None:
    made = aws.create(ACL, {"vpcId": place.vpc, "egress": [INLINE, ALL]})
    assert entries(place, made.id) == [
        (100, True, "6", "allow", "10.1.0.0/16"),
        (200, True, "-1", "deny", "0.0.0.0/0"),
    ]
    found = aws.read(made)
    assert found is not None
    assert found.inputs["egress"] == [INLINE, ALL]
    assert list(aws.diff(made, {"vpcId": place.vpc, "egress": same}).diffs) == []


def test_an_inline_rule_for_icmp_keeps_its_type(aws: Engine, place: Place) -> None:
    rule = {**INLINE, "protocol": "icmp", "icmpType": 8, "icmpCode": 0, "fromPort": 0, "toPort": 0}
    made = aws.create(ACL, {"vpcId": place.vpc, "ingress": [rule]})
    found = aws.read(made)
    assert found is not None
    assert found.state["ingress"] == [rule]
    other = aws.diff(made, {"vpcId": place.vpc, "ingress": [{**rule, "icmpType": 3}]})
    assert list(other.diffs) == ["ingress"]


def test_order_of_subnets_means_nothing(aws: Engine, place: Place) -> None:
    made = aws.create(ACL, {"vpcId": place.vpc, "subnetIds": [place.subnet, place.other_subnet]})
    turned = {"vpcId": place.vpc, "subnetIds": [place.other_subnet, place.subnet]}
    assert list(aws.diff(made, turned).diffs) == []


def test_rules_of_their_own_do_not_disturb_an_acl_without_inline_rules(aws: Engine, place: Place) -> None:
    made = aws.create(ACL, {"vpcId": place.vpc})
    aws.create(RULE, own(place, networkAclId=made.id))
    found = aws.read(made)
    assert found is not None
    assert [rule["ruleNo"] for rule in found.state["ingress"]] == [100]
    assert list(aws.diff(found, {"vpcId": place.vpc}).diffs) == []


def test_an_acl_that_goes_gives_its_subnets_back_to_the_default(aws: Engine, place: Place) -> None:
    made = aws.create(ACL, {"vpcId": place.vpc, "subnetIds": [place.subnet]})
    aws.delete(made)
    wanted = [{"Name": "association.subnet-id", "Values": [place.subnet]}]
    (held,) = place.ec2.describe_network_acls(Filters=wanted)["NetworkAcls"]
    assert (held["IsDefault"], held["VpcId"]) == (True, place.vpc)


def test_a_second_association_takes_the_place_of_the_first(aws: Engine, place: Place) -> None:
    first = aws.create(ASSOCIATION, {"networkAclId": place.acl, "subnetId": place.subnet})
    second = aws.create(ASSOCIATION, {"networkAclId": place.other_acl, "subnetId": place.subnet})
    assert aws.read(first) is None
    aws.delete(first)
    found = aws.read(second)
    assert found is not None
    assert found.state["networkAclId"] == place.other_acl


@pytest.mark.parametrize("same", [{"protocol": "6"}, {"protocol": "TCP"}, {"ruleAction": "allow"}])
def test_the_spelling_of_a_rule_means_nothing(aws: Engine, place: Place, same: Props) -> None:
    made = aws.create(RULE, own(place))
    found = aws.read(made)
    assert found is not None
    assert found.inputs == made.inputs
    assert list(aws.diff(made, own(place, **same)).diffs) == []


def test_a_rule_with_another_kind_of_range_is_a_new_one(aws: Engine, place: Place) -> None:
    made = aws.create(RULE, own(place))
    new = {k: v for k, v in own(place, ipv6CidrBlock="2001:db8::/32").items() if k != "cidrBlock"}
    assert sorted(aws.diff(made, new).replaces) == ["cidrBlock", "ipv6CidrBlock"]


def test_a_rule_for_icmp_has_a_type_and_no_ports(aws: Engine, place: Place) -> None:
    rule = {k: v for k, v in own(place, protocol="icmp", icmpType=8, icmpCode=0).items() if "Port" not in k}
    made = aws.create(RULE, rule)
    (acl,) = place.ec2.describe_network_acls(NetworkAclIds=[place.acl])["NetworkAcls"]
    assert [e["IcmpTypeCode"] for e in acl["Entries"]] == [{"Code": 0, "Type": 8}]
    assert list(aws.diff(made, rule).diffs) == []


def test_a_rule_for_everything_has_no_ports(aws: Engine, place: Place) -> None:
    rule = {k: v for k, v in own(place, protocol="-1").items() if "Port" not in k}
    made = aws.create(RULE, rule)
    assert "fromPort" not in made.state
    assert list(aws.diff(made, rule).diffs) == []


def test_a_number_is_used_once_for_each_direction(aws: Engine, place: Place) -> None:
    aws.create(RULE, own(place))
    assert refusal(aws.create, RULE, own(place), "second") == (
        f"creating second: Network ACL {place.acl} has an ingress rule with the number 100 already."
    )
    assert aws.create(RULE, own(place, egress=True)).state["egress"] is True


@pytest.mark.parametrize(
    ("token", "inputs", "failures"),
    [
        (
            RULE,
            {"networkAclId": "acl-1", "ruleNumber": 1, "protocol": "quic", "ruleAction": "allow"},
            {
                "cidrBlock": "A rule of a network ACL needs either cidrBlock or ipv6CidrBlock, got none.",
                "protocol": "A network ACL knows no protocol 'quic'; "
                "allowed: all, icmp, tcp, udp, icmpv6 or a number.",
            },
        ),
        (
            RULE,
            {"networkAclId": "acl-1", "ruleNumber": 1, "protocol": UNKNOWN, "ruleAction": "allow", "cidrBlock": "x",
             "ipv6CidrBlock": "y"},
            {
                "cidrBlock": "A rule of a network ACL needs either cidrBlock or ipv6CidrBlock, "
                "got cidrBlock and ipv6CidrBlock."
            },
        ),
        (
            ACL,
            {"vpcId": "vpc-1", "ingress": [INLINE, {**INLINE, "protocol": "quic"}]},
            {
                "ingress[1].protocol": "A network ACL knows no protocol 'quic'; "
                "allowed: all, icmp, tcp, udp, icmpv6 or a number."
            },
        ),
    ],
)  # fmt: skip
def test_rules_are_refused_by_name(aws: Engine, token: str, inputs: Props, failures: Props) -> None:
    assert aws.check(token, inputs)[1] == failures


def test_a_rule_is_imported_by_its_four_parts(aws: Engine) -> None:
    assert refusal(aws.find, RULE, "acl-1:100:tcp") == (
        "reading acl-1:100:tcp: A rule is imported as NETWORK_ACL_ID:RULE_NUMBER:PROTOCOL:EGRESS, got 'acl-1:100:tcp'."
    )
