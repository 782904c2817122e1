"""The AWS provider of the sandbox: every resource type as calls of boto3 against moto."""

from ..kind import Kind, Provider, with_schemas
from . import acl_rules, acls, addresses, attachments, groups, identity, instance, keys, links, network, parameter
from .client import Aws
from .functions import FUNCTIONS

SDK = "pulumi_aws"
UPSTREAM = "hashicorp/terraform-provider-aws"
"""The provider that the vendor's Pulumi provider bridges; the kinds' ``source`` files are in this repository."""
KINDS: tuple[type[Kind], ...] = (
    network.Vpc,
    network.Subnet,
    network.InternetGateway,
    network.RouteTable,
    network.NatGateway,
    network.DhcpOptions,
    links.Route,
    links.RouteTableAssociation,
    links.DhcpAssociation,
    acls.NetworkAcl,
    acl_rules.NetworkAclRule,
    acls.NetworkAclAssociation,
    attachments.TransitGatewayAttachment,
    attachments.VpnGatewayAttachment,
    addresses.Eip,
    addresses.EipAssociation,
    groups.SecurityGroup,
    groups.EgressRule,
    groups.IngressRule,
    identity.Role,
    identity.RolePolicy,
    identity.RolePolicyAttachment,
    identity.InstanceProfile,
    keys.Key,
    parameter.Parameter,
    instance.Instance,
)


def provider() -> Provider:
    """The provider with every kind it knows."""
    return Provider(
        name="aws",
        kinds=with_schemas("aws", KINDS),
        functions=FUNCTIONS,
        config=frozenset({"region", "defaultTags", "skipCredentialsValidation", "skipRegionValidation"}),
        connect=Aws.connect,
    )
