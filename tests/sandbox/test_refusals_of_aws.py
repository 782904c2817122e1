"""One case for each row of the refusals: the call with boto3, and AWS's code and words as they come back.

The cases about deletes and addresses are in providers/refused.py.
"""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sandbox.helpers import Sandbox
from sandbox.providers.place import IMAGE, REGION, Place
from sandbox.providers.refused import CASES, refuses

from gatepost_sandbox.refusals.row import Refusal
from gatepost_sandbox.refusals.table import ROWS

NUMBERS = itertools.count(1)
SET_IN_TEST_QUOTAS = {("AllocateAddress", "quota `elastic_ips`"), ("RunInstances", "quota `vcpus`")}


@pytest.fixture
def place(sandbox: Sandbox) -> Place:
    return Place(sandbox, f"refusals-{next(NUMBERS)}")


def refusal(call: Callable[[], Any]) -> tuple[str, str, str]:
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response["Error"]
    return refused.value.operation_name, error["Code"], error["Message"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.operation}: {row.when}")
def test_aws_refuses(row: Refusal, place: Place) -> None:
    if (row.operation, row.when) in SET_IN_TEST_QUOTAS:
        return
    call, words = CASES[row.operation, row.when](place)
    assert refusal(call) == (row.operation, row.code, words)


def test_each_case_is_a_row() -> None:
    rows = {(row.operation, row.when) for row in ROWS}
    assert len(rows) == len(ROWS)
    assert CASES.keys() | SET_IN_TEST_QUOTAS == rows


def test_each_row_names_its_source() -> None:
    assert [row.operation for row in ROWS if not row.source.startswith("https://")] == []


# --- launches


def launch(p: Place, **more: Any) -> Callable[[], Any]:
    wanted = {"ImageId": IMAGE, "InstanceType": "t3a.micro", "SubnetId": p.subnet, "MinCount": 1, "MaxCount": 1}
    return lambda: p.ec2.run_instances(**{k: v for k, v in {**wanted, **more}.items() if v is not None})


@refuses("CreateSubnet", "the region does not have the zone")
def zone_of_another_region(p: Place) -> Any:
    zone = "eu-west-1a"
    words = (
        f"Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the "
        "following availability zones: eu-central-1a, eu-central-1b, eu-central-1c."
    )
    return lambda: p.ec2.create_subnet(VpcId=p.vpc, CidrBlock="10.0.3.0/24", AvailabilityZone=zone), words


@refuses("RunInstances", "the zone does not offer the instance type")
def type_that_the_zone_lacks(p: Place) -> Any:
    ec2 = p.sandbox.client("ec2", "us-east-1")
    wanted = {"ImageId": IMAGE, "InstanceType": "t3a.micro", "Placement": {"AvailabilityZone": "us-east-1e"}}
    words = (
        "Your requested instance type (t3a.micro) is not supported in your requested Availability Zone (us-east-1e). "
        "Please retry your request by not specifying an Availability Zone or choosing us-east-1a, us-east-1b, "
        "us-east-1c, us-east-1d, us-east-1f."
    )
    return lambda: ec2.run_instances(MinCount=1, MaxCount=1, **wanted), words


@refuses("RunInstances", "a security group is of another VPC")
def group_of_another_vpc(p: Place) -> Any:
    made = p.ec2.create_security_group(GroupName=p.name, Description="x", VpcId=p.other_vpc)["GroupId"]
    return (
        launch(p, SecurityGroupIds=[made]),
        f"Security group {made} and subnet {p.subnet} belong to different networks.",
    )


@refuses("RunInstances", "the private address is outside of the subnet (moto fails)")
def private_address_outside(p: Place) -> Any:
    words = "Address 10.0.2.9 does not fall within the subnet's address range"
    return launch(p, PrivateIpAddress="10.0.2.9"), words


@refuses("RunInstances", "AWS keeps the private address")
def private_address_that_aws_keeps(p: Place) -> Any:
    return launch(p, PrivateIpAddress="10.0.1.3"), "Address 10.0.1.3 is in subnet's reserved address range"


@refuses("RunInstances", "another interface has the private address (moto fails)")
def private_address_in_use(p: Place) -> Any:
    p.ec2.create_network_interface(SubnetId=p.subnet, PrivateIpAddress="10.0.1.9")
    return launch(p, PrivateIpAddress="10.0.1.9"), "Address 10.0.1.9 is in use."


@refuses("RunInstances", "user data has more than 16 KiB")
def long_user_data(p: Place) -> Any:
    launch(p, UserData="x" * 16384)()
    return launch(p, UserData="x" * 16385), "User data is limited to 16384 bytes"


@refuses(
    "RunInstances",
    "KMS does not have the key of a disk, or it cannot be used "
    "(AWS terminates the instance with this reason; the sandbox refuses the launch)",
)
def disk_with_an_unknown_key(p: Place) -> Any:
    key = f"arn:aws:kms:{REGION}:123456789012:key/0"
    disk = {"DeviceName": "/dev/sda1", "Ebs": {"Encrypted": True, "KmsKeyId": key, "VolumeSize": 8}}
    return launch(p, BlockDeviceMappings=[disk]), f"Client error on launch: Key '{key}' does not exist"


@refuses(
    "CreateVolume",
    "KMS does not have the key, or it cannot be used (AWS lets the volume fail later; the sandbox refuses the call)",
)
def volume_with_a_disabled_key(p: Place) -> Any:
    p.kms.disable_key(KeyId=p.key.rpartition("/")[2])  # moto wants the bare id
    volume = {"AvailabilityZone": f"{REGION}a", "Size": 8, "Encrypted": True, "KmsKeyId": p.key}
    return lambda: p.ec2.create_volume(**volume), f"The KMS key of the volume cannot be used: {p.key} is disabled."


# --- routes


@refuses("AssociateRouteTable", "the subnet is associated with another route table")
def second_route_table(p: Place) -> Any:
    held = p.ec2.associate_route_table(RouteTableId=p.table, SubnetId=p.subnet)["AssociationId"]
    again = p.ec2.associate_route_table(RouteTableId=p.table, SubnetId=p.subnet)["AssociationId"]
    assert again == held
    return (
        lambda: p.ec2.associate_route_table(RouteTableId=p.other_table, SubnetId=p.subnet),
        f"the specified association for route table {p.other_table} conflicts with an existing association",
    )


def to_nowhere(p: Place, call: str, target: str, gone: str) -> Callable[[], Any]:
    route = {"RouteTableId": p.table, "DestinationCidrBlock": "10.7.0.0/16"}
    p.ec2.create_route(**route, NetworkInterfaceId=p.interface)
    if call == "create_route":
        route["DestinationCidrBlock"] = "10.8.0.0/16"
    return lambda: getattr(p.ec2, call)(**route, **{target: gone})


@refuses("CreateRoute", "the NAT gateway does not exist")
def route_to_a_deleted_nat_gateway(p: Place) -> Any:
    p.ec2.delete_nat_gateway(NatGatewayId=p.nat)
    return to_nowhere(p, "create_route", "NatGatewayId", p.nat), f"The natGateway ID '{p.nat}' does not exist"


@refuses("ReplaceRoute", "the NAT gateway does not exist")
def route_changed_to_no_nat_gateway(p: Place) -> Any:
    gone = "nat-0123456789abcdef0"
    return to_nowhere(p, "replace_route", "NatGatewayId", gone), f"The natGateway ID '{gone}' does not exist"


@refuses("CreateRoute", "the transit gateway is not attached to the VPC")
def route_to_a_free_transit_gateway(p: Place) -> Any:
    free = p.free_transit_gateway
    return to_nowhere(p, "create_route", "TransitGatewayId", free), f"The transitGateway ID '{free}' does not exist."


@refuses("ReplaceRoute", "the transit gateway is not attached to the VPC")
def route_changed_to_a_free_transit_gateway(p: Place) -> Any:
    free = p.free_transit_gateway
    return to_nowhere(p, "replace_route", "TransitGatewayId", free), f"The transitGateway ID '{free}' does not exist."


# --- parameters


def put(p: Place, **more: Any) -> Callable[[], Any]:
    return lambda: p.ssm.put_parameter(**{"Name": f"/{p.name}", "Value": "x", "Type": "SecureString", **more})


@refuses("PutParameter", "KMS does not have the key, or it cannot be used")
def parameter_with_an_unknown_alias(p: Place) -> Any:
    alias = "alias/gatepost-none"
    words = f"Alias arn:aws:kms:{REGION}:123456789012:{alias} is not found."
    put(p, Type="String", KeyId=alias)()  # nothing is encrypted
    return put(p, KeyId=alias, Name=f"/{p.name}/secret"), words


@refuses("PutParameter", "the value has more than 4096 characters in the standard tier")
def long_value(p: Place) -> Any:
    put(p, Value="x" * 4096)()
    put(p, Value="x" * 4097, Tier="Advanced", Name=f"/{p.name}/advanced")()
    words = (
        "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter "
        "value, upgrade the parameter to use the advanced-parameter tier."
    )
    return put(p, Value="x" * 4097, Name=f"/{p.name}/long"), words


# --- quotas, as they are by default; test_quotas.py sets them

RULES = "The maximum number of rules per security group has been reached."


def ranges(count: int, first: int = 1) -> list[dict[str, Any]]:
    found = [{"CidrIp": f"10.{i // 250}.{i % 250}.0/24"} for i in range(first, first + count)]
    return [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": found}]


@refuses("AuthorizeSecurityGroupEgress", "quota `rules_per_group`")
def too_many_egress_rules(p: Place) -> Any:
    p.ec2.authorize_security_group_egress(GroupId=p.group, IpPermissions=ranges(59))  # and the one that AWS makes
    six = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}]}]
    p.ec2.authorize_security_group_egress(GroupId=p.group, IpPermissions=six)  # counts by itself
    return lambda: p.ec2.authorize_security_group_egress(GroupId=p.group, IpPermissions=ranges(1, 100)), RULES


@refuses("AuthorizeSecurityGroupIngress", "quota `rules_per_group`")
def too_many_ingress_rules(p: Place) -> Any:
    pair = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": p.other_group}]}]
    p.ec2.authorize_security_group_ingress(GroupId=p.group, IpPermissions=pair)
    return lambda: p.ec2.authorize_security_group_ingress(GroupId=p.group, IpPermissions=ranges(60)), RULES


@refuses("CreateRoute", "quota `routes_per_table`")
def too_many_routes(p: Place) -> Any:
    def route(number: int) -> Any:
        cidr = f"172.16.{number}.0/24"
        return p.ec2.create_route(RouteTableId=p.table, DestinationCidrBlock=cidr, NetworkInterfaceId=p.interface)

    for number in range(50):
        route(number)
    return lambda: route(50), "The maximum number of routes has been reached."


@refuses("CreateNetworkAclEntry", "quota `rules_per_acl`")
def too_many_acl_rules(p: Place) -> Any:
    def entry(number: int, *, egress: bool = True) -> Any:
        rule = {"Protocol": "-1", "RuleAction": "allow", "Egress": egress, "CidrBlock": f"10.{number}.0.0/16"}
        return p.ec2.create_network_acl_entry(NetworkAclId=p.acl, RuleNumber=number, **rule)

    for number in range(1, 20):
        entry(number)
    entry(1, egress=False)
    return lambda: entry(20), "The maximum number of network acl entries has been reached."
