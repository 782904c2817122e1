"""What a row of the table in rows.py is made of, and how the API is asked what it holds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.providers.engine import Props
from sandbox.providers.place import Place

REPLACES, IN_PLACE = "replaces", "in place"
See = Callable[[Place, str], Any]
"""What the API says of the input, given the place and the resource's id."""


@dataclass(frozen=True)
class Change:
    """The input ``key`` gets the value ``to``; a change in place is looked for with ``see``.

    ``shows`` is what ``see`` must find, where that is not ``to`` itself; ``drops`` is an input that goes at the same
    time; ``also`` is what the diff names beside ``key``.
    """

    key: str
    to: Callable[[Place], Any]
    effect: str
    see: See | None = None
    shows: Any = None
    drops: str = ""
    also: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Row:
    """``found_by`` is the id for an import, where it is not the resource's own; ``importable`` whether one can be."""

    token: str
    inputs: Callable[[Place], Props]
    changes: tuple[Change, ...]
    found_by: Callable[[Place], str] | None = None
    importable: bool = True


def replaces(key: str, to: Any, **more: Any) -> Change:
    return Change(key, to if callable(to) else lambda _: to, REPLACES, **more)


def in_place(key: str, to: Any, see: See | None, shows: Any = None, **more: Any) -> Change:
    return Change(key, to if callable(to) else lambda _: to, IN_PLACE, see, shows, **more)


def tags(see: See) -> Change:
    """Every tag changes: one goes, one stays with another value, one comes."""
    return in_place("tags", {"kept": "new", "came": "here"}, see, also=frozenset({"tagsAll"}))


def ec2_tags(place: Place, rid: str) -> Props:
    return pairs(place.ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [rid]}])["Tags"])


def pairs(found: list[dict[str, str]]) -> Props:
    return {t["Key"]: t["Value"] for t in found}


EC2_TAGS = tags(ec2_tags)
REGION = replaces("region", "eu-west-1")
TAGS = {"Name": "thing", "kept": "old"}


def vpc_attribute(name: str) -> See:
    member = name[0].upper() + name[1:]
    return lambda p, rid: p.ec2.describe_vpc_attribute(VpcId=rid, Attribute=name)[member]["Value"]


def subnet(p: Place, rid: str) -> Any:
    return p.ec2.describe_subnets(SubnetIds=[rid])["Subnets"][0]


def route(member: str) -> See:
    def see(p: Place, rid: str) -> Any:
        routes = p.ec2.describe_route_tables(RouteTableIds=[p.table])["RouteTables"][0]["Routes"]
        return next(r for r in routes if r["DestinationCidrBlock"] == "0.0.0.0/0").get(member)

    return see


def association(p: Place, rid: str) -> Any:
    filters = [{"Name": "association.subnet-id", "Values": [p.subnet]}]
    (table,) = p.ec2.describe_route_tables(Filters=filters)["RouteTables"]
    return table["RouteTableId"]


def acl(p: Place, rid: str) -> Any:
    return p.ec2.describe_network_acls(NetworkAclIds=[rid])["NetworkAcls"][0]


def acl_ranges(*, egress: bool) -> See:
    """The ranges of the rules for one direction, by number."""
    return lambda p, rid: {e["RuleNumber"]: e["CidrBlock"] for e in acl(p, rid)["Entries"] if e["Egress"] is egress}


def transit_attachment(p: Place, rid: str) -> Any:
    found = p.ec2.describe_transit_gateway_vpc_attachments(TransitGatewayAttachmentIds=[rid])
    return found["TransitGatewayVpcAttachments"][0]


def transit_option(member: str) -> See:
    return lambda p, rid: transit_attachment(p, rid)["Options"][member]


def key(p: Place, rid: str) -> Any:
    return p.kms.describe_key(KeyId=rid)["KeyMetadata"]


def rule(member: str) -> See:
    return lambda p, rid: p.ec2.describe_security_group_rules(SecurityGroupRuleIds=[rid])["SecurityGroupRules"][0][
        member
    ]


def role(p: Place, rid: str) -> Any:
    return p.iam.get_role(RoleName=rid)["Role"]


def profile(p: Place, rid: str) -> Any:
    return p.iam.get_instance_profile(InstanceProfileName=rid)["InstanceProfile"]


def parameter(p: Place, rid: str) -> Any:
    return p.ssm.get_parameter(Name=rid, WithDecryption=True)["Parameter"]


def described_parameter(p: Place, rid: str) -> Any:
    return p.ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [rid]}])["Parameters"][0]


def machine(p: Place, rid: str) -> Any:
    return p.ec2.describe_instances(InstanceIds=[rid])["Reservations"][0]["Instances"][0]


def attribute(name: str) -> See:
    member = name[0].upper() + name[1:]
    return lambda p, rid: p.ec2.describe_instance_attribute(InstanceId=rid, Attribute=name)[member]["Value"]


def volume_size(p: Place, rid: str) -> Any:
    volume = machine(p, rid)["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    return p.ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["Size"]


def remote_network(member: str) -> See:
    return lambda p, rid: p.graphql(f"query($id: ID!) {{ remoteNetwork(id: $id) {{ {member} }} }}", id=rid)[member]


def connector(member: str) -> See:
    return lambda p, rid: p.graphql(f"query($id: ID!) {{ connector(id: $id) {{ {member} }} }}", id=rid)[member]


def rule_row(token: str) -> Row:
    return Row(
        token,
        lambda p: {"securityGroupId": p.group, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443,
                   "cidrIpv4": "10.1.0.0/16", "description": "why", "tags": TAGS},
        (
            replaces("securityGroupId", lambda p: p.other_group),
            REGION,
            in_place("fromPort", 440, rule("FromPort")),
            in_place("toPort", 450, rule("ToPort")),
            in_place("ipProtocol", "udp", rule("IpProtocol")),
            in_place("description", "because", rule("Description")),
            EC2_TAGS,
        ),
    )  # fmt: skip
