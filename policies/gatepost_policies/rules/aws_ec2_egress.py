"""AWS: hosts dial what Twingate and the platform need and the declared reaches, nothing else.

On a network of type EXIT they dial every public address and no private one. Whether a host is on one is read from its
token pair: TwingateConnectorTokens, TwingateConnector, TwingateRemoteNetwork. A host that names no group at all has the
default group of its VPC, which AWS makes so that it lets everything out.
"""

from collections.abc import Iterator

from pulumi_policy import PolicyResource

from ..checks import label, template_of
from ..egress_rule import egress
from ..frame import Finding
from ..known import given, kind, read
from ..stack import Stack
from ..topology import (
    AUTOSCALING_GROUP,
    ECS_SERVICE,
    GROUP_ATTACHMENT,
    INSTANCE,
    INTERFACE_ATTACHMENT,
    LAUNCH_CONFIGURATION,
    LAUNCH_TEMPLATE,
    NETWORK_INTERFACE,
    SECURITY_GROUPS,
    SPOT,
)

_MACHINES = (INSTANCE, SPOT, AUTOSCALING_GROUP, ECS_SERVICE)
_NAMING = (
    "vpcSecurityGroupIds",
    "securityGroups",
    "securityGroupNames",
    "networkInterfaces",
    "primaryNetworkInterface",
)
_FIX = "Set `vpcSecurityGroupIds` to a group of its own."
_FIXES = {
    AUTOSCALING_GROUP: "Set `vpcSecurityGroupIds` of its launch template to a group of its own.",
    ECS_SERVICE: "Set `networkConfiguration.securityGroups` to a group of its own.",
}
_PARTS = (NETWORK_INTERFACE, INTERFACE_ATTACHMENT, GROUP_ATTACHMENT, *SECURITY_GROUPS)


def _default_group(stack: Stack) -> Iterator[Finding]:
    if stack.of(SECURITY_GROUPS[1]):
        return  # what the default group lets out is written in this stack, and judged
    for host, sure in stack.hosts():
        if kind(host) in _MACHINES and _names_none(host, stack):
            text = f"{label(host)} names no security group, so it has the default group of its VPC, which lets all out "
            yield Finding(host, f"{text}unless somebody changed it. {_FIXES.get(kind(host), _FIX)}", sure)


def _names_none(host: PolicyResource, stack: Stack) -> bool:
    if kind(host) == ECS_SERVICE:
        network = read(host.props, "networkConfiguration")
        return read(network, "subnets") is not None and read(network, "securityGroups") is None
    near = [stack.index.by_urn[ref] for ref in stack.reached(host) if ref in stack.index.by_urn]
    templates = [r for r in near if kind(r) in (LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION)]
    elsewhere = not templates and (kind(host) == AUTOSCALING_GROUP or template_of(host, stack) is not False)
    named = any(given(r, key) for r in (host, *templates) for key in _NAMING)
    return not elsewhere and not named and not any(kind(r) in _PARTS for r in near)


rule = egress(
    cloud="aws",
    name="aws-ec2-egress",
    description="Security groups of Connector hosts let out only what Connectors need.",
    remediation="Replace the entry by SecurityGroupEgressRule for TCP 443, TCP 30000-31000, UDP 1-65535, TCP 80 of the "
    "image's mirrors and the blocks that users reach; list those in the setting `reaches`.",
    more=_default_group,
)
