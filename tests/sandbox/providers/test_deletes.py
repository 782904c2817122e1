"""What is free to go and what is not, in AWS's order; and how the provider waits and what it says."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from botocore.exceptions import ClientError
from sandbox.providers.engine import Engine, Made
from sandbox.providers.place import IMAGE, Place

from gatepost_sandbox.providers.aws import client

GROUP = "aws:ec2/securityGroup:SecurityGroup"
INSTANCE = "aws:ec2/instance:Instance"


@pytest.fixture
def hasty(aws: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The provider, not waiting for anything."""
    monkeypatch.setattr(aws.servicer.api, "patience", 0.0)
    return aws


def refusal(call: Callable[..., Any], *args: Any) -> str:
    with pytest.raises(grpc.RpcError) as refused:
        call(*args)
    error: Any = refused.value
    return error.details()


def names(p: Place, one: str, other: str) -> None:
    """A rule of the first group names the second."""
    pairs = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": other}]}]
    p.ec2.authorize_security_group_ingress(GroupId=one, IpPermissions=pairs)


# --- the API


def test_a_group_that_names_itself_may_go_but_not_one_that_another_names(place: Place) -> None:
    names(place, place.group, place.group)
    names(place, place.group, place.other_group)
    with pytest.raises(ClientError, match=f"resource {place.other_group} has a dependent object"):
        place.ec2.delete_security_group(GroupId=place.other_group)
    place.ec2.delete_security_group(GroupId=place.group)
    place.ec2.delete_security_group(GroupId=place.other_group)


@pytest.mark.parametrize("how", ["instance", "interface"])
def test_a_group_is_free_once_its_instance_has_another(place: Place, how: str) -> None:
    params = {"ImageId": IMAGE, "InstanceType": "t3a.micro", "MinCount": 1, "MaxCount": 1, "SubnetId": place.subnet}
    host = place.ec2.run_instances(SecurityGroupIds=[place.group], **params)["Instances"][0]["InstanceId"]
    with pytest.raises(ClientError, match=f"resource {place.group} has a dependent object"):
        place.ec2.delete_security_group(GroupId=place.group)
    if how == "instance":
        place.ec2.modify_instance_attribute(InstanceId=host, Groups=[place.other_group])
    else:
        found = place.ec2.describe_instances(InstanceIds=[host])["Reservations"][0]["Instances"][0]
        nic = found["NetworkInterfaces"][0]["NetworkInterfaceId"]
        place.ec2.modify_network_interface_attribute(NetworkInterfaceId=nic, Groups=[place.other_group])
    place.ec2.delete_security_group(GroupId=place.group)


CONTENTS: dict[str, Callable[[Place], Any]] = {
    "a subnet": lambda p: p.subnet,
    "an internet gateway": lambda p: p.gateway,
    "a route table": lambda p: p.table,
    "a network ACL": lambda p: p.acl,
    "a VPN gateway": lambda p: p.ec2.attach_vpn_gateway(VpcId=p.vpc, VpnGatewayId=p.vpn_gateway),
}


@pytest.mark.parametrize("what", CONTENTS)
def test_a_vpc_with_anything_in_it_stays(place: Place, what: str) -> None:
    assert place.vpc
    CONTENTS[what](place)
    with pytest.raises(ClientError, match=f"The vpc '{place.vpc}' has dependencies and cannot be deleted."):
        place.ec2.delete_vpc(VpcId=place.vpc)


def test_an_empty_vpc_goes(place: Place) -> None:
    place.ec2.attach_vpn_gateway(VpcId=place.vpc, VpnGatewayId=place.vpn_gateway)
    place.ec2.detach_vpn_gateway(VpcId=place.vpc, VpnGatewayId=place.vpn_gateway)
    place.ec2.delete_vpc(VpcId=place.vpc)
    assert place.ec2.describe_vpcs(Filters=[{"Name": "vpc-id", "Values": [place.vpc]}])["Vpcs"] == []


def test_a_subnet_on_a_transit_gateway_stays(place: Place) -> None:
    assert place.transit_gateway
    with pytest.raises(ClientError, match=f"The subnet '{place.other_subnet}' has dependencies and cannot be deleted."):
        place.ec2.delete_subnet(SubnetId=place.other_subnet)


def test_a_subnet_that_goes_leaves_its_table_and_its_acl(place: Place) -> None:
    place.ec2.associate_route_table(RouteTableId=place.table, SubnetId=place.subnet)
    wanted = [{"Name": "association.subnet-id", "Values": [place.subnet]}]
    (held,) = place.ec2.describe_network_acls(Filters=wanted)["NetworkAcls"]
    (association,) = [a for a in held["Associations"] if a["SubnetId"] == place.subnet]
    place.ec2.replace_network_acl_association(
        AssociationId=association["NetworkAclAssociationId"], NetworkAclId=place.acl
    )
    place.ec2.delete_subnet(SubnetId=place.subnet)
    place.ec2.delete_route_table(RouteTableId=place.table)
    place.ec2.delete_network_acl(NetworkAclId=place.acl)


def test_a_gateway_goes_once_no_address_is_mapped(place: Place) -> None:
    assert place.gateway
    place.ec2.delete_nat_gateway(NatGatewayId=place.nat)
    place.ec2.detach_internet_gateway(InternetGatewayId=place.gateway, VpcId=place.vpc)


def test_protection_that_is_asked_for_at_launch_protects(place: Place) -> None:
    params = {"ImageId": IMAGE, "InstanceType": "t3a.micro", "MinCount": 1, "MaxCount": 1, "SubnetId": place.subnet}
    host = place.ec2.run_instances(DisableApiTermination=True, **params)["Instances"][0]["InstanceId"]
    with pytest.raises(ClientError) as refused:
        place.ec2.terminate_instances(InstanceIds=[host])
    assert refused.value.response["Error"]["Code"] == "OperationNotPermitted"
    place.ec2.modify_instance_attribute(InstanceId=host, DisableApiTermination={"Value": False})
    place.ec2.terminate_instances(InstanceIds=[host])


# --- the provider


def test_a_protected_instance_goes_only_by_force(aws: Engine, place: Place) -> None:
    inputs = {"ami": IMAGE, "instanceType": "t3a.micro", "subnetId": place.subnet, "disableApiTermination": True}
    made = aws.create(INSTANCE, inputs, "host")
    assert made.state["disableApiTermination"] is True
    assert refusal(aws.delete, made) == (
        f"deleting {made.id}: TerminateInstances: OperationNotPermitted: The instance '{made.id}' may not be "
        "terminated. Modify its 'disableApiTermination' instance attribute and try again."
    )
    forced = aws.update(made, {**inputs, "forceDestroy": True})
    aws.delete(forced)
    assert aws.read(forced) is None


def used_group(aws: Engine, place: Place, **more: Any) -> tuple[Made, str]:
    """A group of the provider's, and an interface that has it."""
    made = aws.create(GROUP, {"vpcId": place.vpc, **more}, "wall")
    nic = place.ec2.create_network_interface(SubnetId=place.subnet, Groups=[made.id])["NetworkInterface"]
    return made, nic["NetworkInterfaceId"]


def test_a_group_in_use_is_a_sentence(hasty: Engine, place: Place) -> None:
    made, _ = used_group(hasty, place)
    assert refusal(hasty.delete, made) == (
        f"deleting {made.id}: DeleteSecurityGroup: DependencyViolation: resource {made.id} has a dependent object"
    )


def test_the_provider_waits_until_a_group_is_free(aws: Engine, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    made, nic = used_group(aws, place)
    pauses: list[float] = []

    def meanwhile(seconds: float) -> None:
        pauses.append(seconds)
        place.ec2.delete_network_interface(NetworkInterfaceId=nic)

    monkeypatch.setattr(client, "sleep", meanwhile)
    aws.delete(made)
    assert len(pauses) == 1
    assert aws.read(made) is None


def test_the_provider_waits_until_a_gateway_is_free(aws: Engine, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    made = aws.create("aws:ec2/internetGateway:InternetGateway", {"vpcId": place.vpc})
    pauses: list[float] = []

    def meanwhile(seconds: float) -> None:
        pauses.append(seconds)
        place.ec2.delete_nat_gateway(NatGatewayId=place.nat)

    assert place.nat
    monkeypatch.setattr(client, "sleep", meanwhile)
    aws.delete(made)
    assert len(pauses) == 1


@pytest.mark.parametrize(("revoke", "free"), [(True, True), (False, False)])
def test_a_group_revokes_its_rules_first_when_told_to(hasty: Engine, place: Place, revoke: bool, free: bool) -> None:
    made, _ = used_group(hasty, place, revokeRulesOnDelete=revoke)
    names(place, made.id, place.other_group)
    refusal(hasty.delete, made)
    (kept,) = place.ec2.describe_security_groups(GroupIds=[made.id])["SecurityGroups"]
    assert (kept["IpPermissions"] == []) is free


def test_an_address_in_use_is_a_sentence(aws: Engine, place: Place) -> None:
    made = aws.create("aws:ec2/eip:Eip", {})
    place.ec2.create_nat_gateway(SubnetId=place.subnet, AllocationId=made.id)
    assert refusal(aws.delete, made) == (
        f"deleting {made.id}: ReleaseAddress: AuthFailure: You do not have permission to access the specified resource."
    )
