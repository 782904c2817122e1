"""Answers of AWS in the shape of Pulumi's resources: one table per type, property to what the answer calls it."""

from collections.abc import Callable, Mapping
from typing import Any

from gatepost_policies import topology
from gatepost_policies.judge import UNKNOWN, Described
from gatepost_policies.ways.aws import EGRESS_RULE, INGRESS_RULE

from .find import Host

Source = str | Callable[[Any], Any]
"""A dotted path in the answer, or what makes the value of it."""
PROFILE = "aws:iam/instanceProfile:InstanceProfile"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
POLICY = "aws:iam/policy:Policy"
GROUP = topology.SECURITY_GROUPS[0]
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
_RULE: Mapping[str, Source] = {
    "id": "SecurityGroupRuleId",
    "securityGroupId": "GroupId",
    "ipProtocol": "IpProtocol",
    "fromPort": "FromPort",
    "toPort": "ToPort",
    "cidrIpv4": "CidrIpv4",
    "cidrIpv6": "CidrIpv6",
    "prefixListId": "PrefixListId",
    "referencedSecurityGroupId": "ReferencedGroupInfo.GroupId",
    "description": "Description",
}


def _tags(answer: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in answer.get("Tags", ())}


def _zonal(nat: Any) -> list[dict[str, Any]] | None:
    """The addresses of a regional NAT gateway that does not take new ones of AWS by itself."""
    if nat.get("AvailabilityMode") != "regional" or nat.get("AutoProvisionZones") == "enabled":
        return None
    told = [(a.get("AvailabilityZone"), a.get("AllocationId")) for a in nat.get("NatGatewayAddresses", ())]
    return [{"availabilityZone": zone, "allocationIds": [id]} for zone, id in told if id]


SHAPES: Mapping[str, Mapping[str, Source]] = {
    topology.INSTANCE: {
        "id": "InstanceId",
        "ami": "ImageId",
        "instanceType": "InstanceType",
        "keyName": "KeyName",
        "subnetId": "SubnetId",
        "availabilityZone": "Placement.AvailabilityZone",
        "privateIp": "PrivateIpAddress",
        "publicIp": "PublicIpAddress",
        "associatePublicIpAddress": lambda told: bool(told.get("PublicIpAddress")),
        "metadataOptions": lambda told: {
            "httpEndpoint": (told.get("MetadataOptions") or {}).get("HttpEndpoint"),
            "httpTokens": (told.get("MetadataOptions") or {}).get("HttpTokens"),
            "httpPutResponseHopLimit": (told.get("MetadataOptions") or {}).get("HttpPutResponseHopLimit"),
        },
        "tags": _tags,
    },
    GROUP: {"id": "GroupId", "name": "GroupName", "description": "Description", "vpcId": "VpcId", "tags": _tags},
    INGRESS_RULE: _RULE,
    EGRESS_RULE: _RULE,
    topology.SUBNET: {
        "id": "SubnetId",
        "vpcId": "VpcId",
        "availabilityZone": "AvailabilityZone",
        "cidrBlock": "CidrBlock",
        "mapPublicIpOnLaunch": "MapPublicIpOnLaunch",
        "tags": _tags,
    },
    topology.EIP: {
        "id": "AllocationId",
        "publicIp": "PublicIp",
        "instance": "InstanceId",
        "networkInterface": "NetworkInterfaceId",
        "associationId": "AssociationId",
        "tags": _tags,
    },
    topology.AWS_NAT: {
        "id": "NatGatewayId",
        "subnetId": "SubnetId",
        "vpcId": "VpcId",
        "connectivityType": "ConnectivityType",
        "availabilityMode": "AvailabilityMode",
        "availabilityZoneAddresses": _zonal,
        "allocationId": lambda told: next((a.get("AllocationId") for a in told.get("NatGatewayAddresses", ())), None),
        "secondaryAllocationIds": lambda told: [
            a["AllocationId"] for a in told.get("NatGatewayAddresses", ())[1:] if a.get("AllocationId")
        ],
        "publicIp": lambda told: next((a.get("PublicIp") for a in told.get("NatGatewayAddresses", ())), None),
        "tags": _tags,
    },
    ROUTE_TABLE: {"id": "RouteTableId", "vpcId": "VpcId", "tags": _tags},
    PROFILE: {"name": "InstanceProfileName", "role": lambda told: next((r["RoleName"] for r in told["Roles"]), None)},
    ROLE: {"name": "RoleName"},
    ROLE_POLICY: {"role": "RoleName", "name": "PolicyName", "policy": "PolicyDocument"},
    ATTACHMENT: {"role": "RoleName", "policyArn": "PolicyArn"},
    POLICY: {"id": "Arn", "policy": "Document"},
}


def shape(type: str, id: str, answer: Any, *, region: str = "", name: str = "", **more: Any) -> Described:
    """Return a description of one resource; `more` are properties that other answers tell."""
    props = {key: _value(answer, source) for key, source in SHAPES[type].items()}
    place = {"region": region} if region else {}
    return Described(type=type, id=id, name=name, props={**props, **place, **more})


def _value(answer: Any, source: Source) -> Any:
    if not isinstance(source, str):
        return source(answer)
    for step in source.split("."):
        answer = (answer or {}).get(step)
    return None if answer == "" else answer


def host_props(host: Host, volumes: list[Any] | None) -> dict[str, Any]:
    """Return what the answer about the instance itself does not tell: groups, disks, user data, profile."""
    disks = {v["VolumeId"]: bool(v.get("Encrypted")) for v in volumes or ()}
    mapped = {m["DeviceName"]: m["Ebs"]["VolumeId"] for m in host.raw.get("BlockDeviceMappings", ()) if m.get("Ebs")}
    root = mapped.pop(host.raw.get("RootDeviceName"), None)
    found = [{"deviceName": d, "encrypted": disks.get(v, UNKNOWN)} for d, v in sorted(mapped.items())]
    return {
        "vpcSecurityGroupIds": host.groups,
        "rootBlockDevice": {"encrypted": disks.get(root, UNKNOWN)},
        "ebsBlockDevices": found or None,
        "userData": host.user_data,
        "iamInstanceProfile": host.profile or None,
    }
