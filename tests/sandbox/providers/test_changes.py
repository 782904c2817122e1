"""Changes that depend on more than one input, on the state, or on the provider's settings."""

from collections.abc import Iterator
from typing import Any

import pytest
from sandbox.providers.engine import UNKNOWN, Engine, Made, Props
from sandbox.providers.place import IMAGE, TRUST, Place

from gatepost_sandbox.providers import aws as aws_provider

EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INSTANCE = "aws:ec2/instance:Instance"
PARAMETER = "aws:ssm/parameter:Parameter"
ROLE = "aws:iam/role:Role"
VPC = "aws:ec2/vpc:Vpc"


def replaced(engine: Engine, made: Made, inputs: Props) -> list[str]:
    return sorted(engine.diff(made, inputs).replaces)


def machine(place: Place, **more: Any) -> Props:
    return {"ami": IMAGE, "instanceType": "t3a.micro", "subnetId": place.subnet, **more}


# --- replace rules that look at values


def test_a_rule_with_another_kind_of_destination_is_replaced(aws: Engine, place: Place) -> None:
    rule = {"securityGroupId": place.group, "ipProtocol": "-1"}
    made = aws.create(EGRESS, {**rule, "cidrIpv4": "10.1.0.0/16"})
    other = {**rule, "referencedSecurityGroupId": place.other_group}
    assert replaced(aws, made, other) == ["cidrIpv4", "referencedSecurityGroupId"]
    assert replaced(aws, made, {**rule, "cidrIpv4": "10.2.0.0/16"}) == []


def test_a_rule_for_every_protocol_changes_its_range_in_place(aws: Engine, place: Place) -> None:
    rule = {"securityGroupId": place.group, "ipProtocol": "-1", "description": "why"}
    made = aws.create(EGRESS, {**rule, "cidrIpv4": "10.1.0.0/16"})
    after = aws.update(made, {**rule, "cidrIpv4": "10.2.0.0/16"})
    (group,) = place.ec2.describe_security_groups(GroupIds=[place.group])["SecurityGroups"]
    ranges = [r["CidrIp"] for p in group["IpPermissionsEgress"] for r in p["IpRanges"]]
    assert ranges == ["0.0.0.0/0", "10.2.0.0/16"]
    found = aws.read(after)
    assert found is not None
    assert found.state == after.state
    assert "fromPort" not in after.state


@pytest.mark.parametrize("end", ["cidrIpv6", "referencedSecurityGroupId", "prefixListId"])
def test_a_rule_leads_to_each_kind_of_end(aws: Engine, place: Place, end: str) -> None:
    prefixes = {"PrefixListName": place.name, "MaxEntries": 1, "AddressFamily": "IPv4"}
    ends = {
        "cidrIpv6": lambda: "2001:db8::/32",
        "referencedSecurityGroupId": lambda: place.other_group,
        "prefixListId": lambda: place.ec2.create_managed_prefix_list(**prefixes)["PrefixList"]["PrefixListId"],
    }
    made = aws.create(EGRESS, {"securityGroupId": place.group, "ipProtocol": "-1", end: ends[end]()})
    assert made.state[end] == made.inputs[end]
    aws.delete(made)
    assert aws.read(made) is None


def test_a_vpc_may_become_shared_but_not_dedicated(aws: Engine) -> None:
    dedicated = aws.create(VPC, {"cidrBlock": "10.0.0.0/16", "instanceTenancy": "dedicated"})
    assert replaced(aws, dedicated, {"cidrBlock": "10.0.0.0/16"}) == []
    after = aws.update(dedicated, {"cidrBlock": "10.0.0.0/16"})
    assert after.state["instanceTenancy"] == "default"
    assert replaced(aws, after, {"cidrBlock": "10.0.0.0/16", "instanceTenancy": "dedicated"}) == ["instanceTenancy"]


def test_a_public_address_that_the_subnet_gave_can_only_go_with_the_instance(aws: Engine, place: Place) -> None:
    place.ec2.modify_subnet_attribute(SubnetId=place.subnet, MapPublicIpOnLaunch={"Value": True})
    made = aws.create(INSTANCE, machine(place))
    assert made.state["associatePublicIpAddress"] is True
    assert replaced(aws, made, machine(place, associatePublicIpAddress=False)) == ["associatePublicIpAddress"]
    assert list(aws.diff(made, machine(place, associatePublicIpAddress=True)).diffs) == []


def test_a_stated_public_address_is_given_or_not(aws: Engine, place: Place) -> None:
    groups = {"vpcSecurityGroupIds": [place.group]}
    public = aws.create(INSTANCE, machine(place, associatePublicIpAddress=True, **groups))
    private = aws.create(INSTANCE, machine(place, associatePublicIpAddress=False, **groups))
    assert (bool(public.state.get("publicIp")), public.state["vpcSecurityGroupIds"]) == (True, [place.group])
    assert (bool(private.state.get("publicIp")), private.state["vpcSecurityGroupIds"]) == (False, [place.group])


def test_an_input_that_the_api_computes_stays_when_the_program_drops_it(aws: Engine, place: Place) -> None:
    made = aws.create(
        INSTANCE, machine(place, vpcSecurityGroupIds=[place.group], metadataOptions={"httpTokens": "required"})
    )
    assert list(aws.diff(made, machine(place)).diffs) == []


def test_members_of_an_object_change_one_by_one(aws: Engine, place: Place) -> None:
    options = {"httpTokens": "required", "httpPutResponseHopLimit": 1}
    made = aws.create(INSTANCE, machine(place, metadataOptions=options))
    for same in ({"httpTokens": "required"}, {**options, "httpEndpoint": "enabled"}):  # dropped; AWS's own default
        assert list(aws.diff(made, machine(place, metadataOptions=same)).diffs) == []
    other = {**options, "httpEndpoint": "disabled"}
    assert list(aws.diff(made, machine(place, metadataOptions=other)).diffs) == ["metadataOptions"]


def test_an_input_without_a_computed_value_goes_when_the_program_drops_it(aws: Engine) -> None:
    made = aws.create(ROLE, {"assumeRolePolicy": TRUST, "description": "what"})
    assert list(aws.diff(made, {"assumeRolePolicy": TRUST}).diffs) == ["description"]
    assert "description" not in aws.update(made, {"assumeRolePolicy": TRUST}).state


def test_policies_that_say_the_same_are_no_change(aws: Engine) -> None:
    made = aws.create(ROLE, {"assumeRolePolicy": TRUST})
    assert list(aws.diff(made, {"assumeRolePolicy": TRUST.replace(" ", "")}).diffs) == []


def test_empty_and_absent_are_the_same(aws: Engine) -> None:
    made = aws.create(VPC, {"cidrBlock": "10.0.0.0/16", "tags": {}})
    found = aws.read(made)
    assert found is not None
    assert list(aws.diff(found, {"cidrBlock": "10.0.0.0/16", "tags": {}}).diffs) == []


def test_ignored_changes_are_none(aws: Engine) -> None:
    made = aws.create(VPC, {"cidrBlock": "10.0.0.0/16"})
    news = {"cidrBlock": "10.1.0.0/16"}
    assert list(aws.diff(made, news, ignore=("cidrBlock",)).diffs) == []
    # Inside a property the engine itself puts the old value back; the rest of the property still counts.
    assert list(aws.diff(made, {"cidrBlock": "10.0.0.0/16", "tags": {"a": "1"}}, ignore=("tags.b",)).diffs) == [
        "tags",
        "tagsAll",
    ]


# --- which comes first


@pytest.mark.parametrize(
    ("token", "old", "new", "first"),
    [
        (ROLE, {"assumeRolePolicy": TRUST}, {"path": "/else/"}, False),
        (ROLE, {"assumeRolePolicy": TRUST, "name": "by-hand-1"}, {"path": "/else/"}, True),
        (ROLE, {"assumeRolePolicy": TRUST, "name": "by-hand-2"}, {"name": "by-hand-3"}, False),
        (VPC, {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.1.0.0/16"}, False),
    ],
)
def test_a_name_by_hand_is_free_before_it_is_taken_again(
    aws: Engine, token: str, old: Props, new: Props, first: bool
) -> None:
    assert aws.diff(aws.create(token, old), {**old, **new}).deleteBeforeReplace is first


def test_a_change_in_place_deletes_nothing(aws: Engine) -> None:
    old = {"assumeRolePolicy": TRUST, "name": "by-hand-4"}
    assert aws.diff(aws.create(ROLE, old), {**old, "description": "new"}).deleteBeforeReplace is False


def test_an_attachment_is_deleted_first(aws: Engine, place: Place) -> None:
    policy = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    made = aws.create("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"role": place.role, "policyArn": policy})
    assert aws.diff(made, {"role": place.other_role, "policyArn": policy}).deleteBeforeReplace is True


# --- previews of changes


def test_a_preview_shows_what_a_change_will_renew(aws: Engine, place: Place) -> None:
    parameter = aws.create(PARAMETER, {"type": "String", "value": "1"})
    assert aws.update(parameter, {"type": "String", "value": "2"}, preview=True).state["version"] == UNKNOWN
    described = {"type": "String", "value": "1", "description": "what"}
    assert aws.update(parameter, described, preview=True).state["version"] == 1
    instance = aws.create(INSTANCE, machine(place, associatePublicIpAddress=True))
    larger = aws.update(instance, machine(place, associatePublicIpAddress=True, instanceType="t3a.small"), preview=True)
    assert (larger.state["publicIp"], larger.state["publicDns"]) == (UNKNOWN, UNKNOWN)
    assert larger.state["privateIp"] == instance.state["privateIp"]
    tagged = aws.update(instance, machine(place, associatePublicIpAddress=True, tags={"a": "1"}), preview=True)
    assert (tagged.state["publicIp"], tagged.state["tagsAll"]) == (instance.state["publicIp"], UNKNOWN)


def test_a_preview_of_a_change_drops_what_the_program_drops(aws: Engine) -> None:
    made = aws.create(ROLE, {"assumeRolePolicy": TRUST, "description": "what"})
    assert "description" not in aws.update(made, {"assumeRolePolicy": TRUST}, preview=True).state


def test_a_preview_changes_nothing(aws: Engine) -> None:
    made = aws.create(VPC, {"cidrBlock": "10.0.0.0/16"})
    aws.update(made, {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True}, preview=True)
    found = aws.read(made)
    assert found is not None
    assert found.state == made.state


# --- what changed behind the engine's back


def retag(place: Place, rid: str) -> None:
    place.ec2.create_tags(Resources=[rid], Tags=[{"Key": "by", "Value": "hand"}])


def other_value(place: Place, rid: str) -> None:
    place.ssm.put_parameter(Name=rid, Value="by hand", Type="String", Overwrite=True)


def other_group(place: Place, rid: str) -> None:
    place.ec2.modify_instance_attribute(InstanceId=rid, Groups=[place.other_group])


def other_trust(place: Place, rid: str) -> None:
    place.iam.update_assume_role_policy(RoleName=rid, PolicyDocument=TRUST.replace("ec2.", "lambda."))


@pytest.mark.parametrize(
    ("token", "inputs", "meddle", "seen"),
    [
        (VPC, lambda p: {"cidrBlock": "10.0.0.0/16", "tags": {"a": "1"}}, retag, {"tags": {"a": "1", "by": "hand"}}),
        (PARAMETER, lambda p: {"type": "String", "value": "1"}, other_value, {"value": "by hand"}),
        (
            INSTANCE,
            lambda p: machine(p, vpcSecurityGroupIds=[p.group]),
            other_group,
            lambda p: {"vpcSecurityGroupIds": [p.other_group]},
        ),
        (
            ROLE,
            lambda p: {"assumeRolePolicy": TRUST},
            other_trust,
            {"assumeRolePolicy": TRUST.replace("ec2.", "lambda.")},
        ),
    ],
)
def test_a_refresh_sees_changes_by_hand(
    aws: Engine, place: Place, token: str, inputs: Any, meddle: Any, seen: Any
) -> None:
    made = aws.create(token, inputs(place))
    meddle(place, made.id)
    found = aws.read(made)
    expected = seen(place) if callable(seen) else seen
    assert found is not None
    assert {k: found.inputs[k] for k in expected} == expected
    diff = aws.diff(found, inputs(place))
    assert set(diff.diffs) - {"tagsAll"} == expected.keys()
    restored = aws.update(found, inputs(place))
    assert {k: v for k, v in restored.state.items() if k != "version"} == {
        k: v for k, v in made.state.items() if k != "version"
    }


def test_tags_that_the_program_never_set_are_taken_away_again(aws: Engine, place: Place) -> None:
    made = aws.create(VPC, {"cidrBlock": "10.0.0.0/16"})
    retag(place, made.id)
    found = aws.read(made)
    assert found is not None
    assert list(aws.diff(found, {"cidrBlock": "10.0.0.0/16"}).diffs) == ["tagsAll"]
    aws.update(found, {"cidrBlock": "10.0.0.0/16"})
    assert place.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [made.id]}])["Tags"] == []


# --- the provider's settings


@pytest.fixture
def settled(in_sandbox: None) -> Iterator[Engine]:
    """A provider of its own, configured as ``aws.Provider`` does it: objects are JSON text."""
    with Engine(aws_provider.provider()) as engine:
        engine.configure(region="eu-west-1", defaultTags='{"tags": {"owner": "team", "kept": "default"}}')
        yield engine


def test_default_tags_are_added_and_do_not_show_as_own(settled: Engine) -> None:
    made = settled.create(VPC, {"cidrBlock": "10.0.0.0/16", "tags": {"kept": "own"}})
    assert made.state["tags"] == {"kept": "own"}
    assert made.state["tagsAll"] == {"owner": "team", "kept": "own"}
    assert list(settled.diff(made, {"cidrBlock": "10.0.0.0/16", "tags": {"kept": "own"}}).diffs) == []


def test_new_default_tags_reach_what_exists(settled: Engine, aws: Engine) -> None:
    inputs = {"cidrBlock": "10.0.0.0/16", "region": "eu-west-1"}
    made = settled.create(VPC, inputs)
    assert list(aws.diff(made, inputs).diffs) == ["tagsAll"]
    after = aws.update(made, inputs)
    assert (after.state["tags"], after.state["tagsAll"]) == ({}, {})


def test_the_region_of_a_resource_goes_before_the_providers(settled: Engine, place: Place) -> None:
    here = settled.create(GROUP, {"vpcId": place.vpc, "region": "eu-central-1"})
    there = settled.create(VPC, {"cidrBlock": "10.0.0.0/16"})
    assert (here.state["region"], there.state["region"]) == ("eu-central-1", "eu-west-1")
    assert ":eu-west-1:" in there.state["arn"]
    found = place.ec2.describe_security_groups(GroupIds=[here.id])["SecurityGroups"]
    assert [g["GroupName"] for g in found] == [here.state["name"]]


def test_a_resource_without_a_region_moves_with_the_provider(settled: Engine, aws: Engine) -> None:
    inputs = {"cidrBlock": "10.0.0.0/16"}
    assert replaced(aws, settled.create(VPC, inputs), inputs) == ["region"]
    stated = settled.create(VPC, {**inputs, "region": "eu-west-1"})
    assert replaced(aws, stated, inputs) == ["region"]
    assert replaced(settled, stated, inputs) == []


def test_a_role_leaves_its_profiles_when_it_goes(aws: Engine, place: Place) -> None:
    role = aws.create(ROLE, {"assumeRolePolicy": TRUST})
    profile = aws.create("aws:iam/instanceProfile:InstanceProfile", {"role": role.inputs["name"]})
    aws.delete(role)
    assert place.iam.get_instance_profile(InstanceProfileName=profile.id)["InstanceProfile"]["Roles"] == []


def test_a_new_group_lets_nothing_out(aws: Engine, place: Place) -> None:
    made = aws.create(GROUP, {"vpcId": place.vpc})
    (group,) = place.ec2.describe_security_groups(GroupIds=[made.id])["SecurityGroups"]
    assert (group["IpPermissionsEgress"], group["IpPermissions"]) == ([], [])
    assert made.state["description"] == "Managed by Pulumi"
