"""AWS: no security group of a Connector host lets traffic in.

A stack policy, because a rule names its group only by id: the rule counts if its group is gatepost's or attached to a
host of gatepost. Judged are inline `ingress` entries that the program set, and both kinds of separate rule. An entry
counts whatever its source is, known or not. Network ACLs are not judged: they must let replies in.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ..known import UNKNOWN, given, items, read, say
from ..nothing_in import Finding, nothing_in
from ..scope import Scope, both, kind

GROUPS = ("aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
LEGACY_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
NETWORK_INTERFACE = "aws:ec2/networkInterface:NetworkInterface"
ATTACHMENT = "aws:ec2/networkInterfaceAttachment:NetworkInterfaceAttachment"
GROUP_ATTACHMENT = "aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment"

_INSTANCE = (
    "vpcSecurityGroupIds.*",
    "securityGroups.*",
    "networkInterfaces.*.networkInterfaceId",
    "primaryNetworkInterface.networkInterfaceId",
    "launchTemplate.id",
    "launchTemplate.name",
)
LEADS = {
    "aws:ec2/instance:Instance": _INSTANCE,
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": _INSTANCE,
    "aws:ec2/launchTemplate:LaunchTemplate": (
        "vpcSecurityGroupIds.*",
        "securityGroupNames.*",
        "networkInterfaces.*.securityGroups.*",
        "networkInterfaces.*.networkInterfaceId",
    ),
    "aws:ec2/launchConfiguration:LaunchConfiguration": ("securityGroups.*",),
    "aws:autoscaling/group:Group": (
        "launchConfiguration",
        "launchTemplate.id",
        "launchTemplate.name",
        "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateId",
    ),
    "aws:ecs/service:Service": ("networkConfiguration.securityGroups.*",),
    NETWORK_INTERFACE: ("securityGroups.*",),
    ATTACHMENT: ("networkInterfaceId",),
    GROUP_ATTACHMENT: ("securityGroupId",),
}
JOINS = {
    NETWORK_INTERFACE: ("attachments.*.instance",),
    ATTACHMENT: ("instanceId",),
    GROUP_ATTACHMENT: ("networkInterfaceId",),
}
_SOURCES = {
    "cidrBlocks": "{}",
    "ipv6CidrBlocks": "{}",
    "prefixListIds": "prefix list {}",
    "securityGroups": "security group {}",
    "cidrIpv4": "{}",
    "cidrIpv6": "{}",
    "prefixListId": "prefix list {}",
    "referencedSecurityGroupId": "security group {}",
    "sourceSecurityGroupId": "security group {}",
}


def _ports(rule: Any) -> str:
    protocol = read(rule, "protocol", default=read(rule, "ipProtocol"))
    first, last = read(rule, "fromPort"), read(rule, "toPort")
    if protocol in ("-1", -1, "all"):
        return "all traffic"
    if first is None:
        return say(protocol)
    return f"{say(protocol)} {say(first)}" if first in (last, UNKNOWN) else f"{say(protocol)} {say(first)}-{say(last)}"


def _sources(rule: Any) -> str:
    found = []
    for key, wording in _SOURCES.items():
        value = read(rule, key)
        several = [value] if isinstance(value, str) else items(value)
        found += [wording.format(say(source)) for source in several]
    if read(rule, "self") in (True, UNKNOWN):
        found.append("the group itself")
    return ", ".join(found) or "a source that is not named"


def _judge(scope: Scope, _config: Mapping[str, Any]) -> Iterator[Finding]:
    for resource in scope.resources:
        match kind(resource):
            case group if group in GROUPS:
                yield from _inline(scope, resource)
            case group if group == RULE or (group == LEGACY_RULE and read(resource.props, "type") != "egress"):
                sure = scope.owns_target(resource, "securityGroupId")
                if group == LEGACY_RULE and read(resource.props, "type") is UNKNOWN:
                    sure = both(sure, UNKNOWN)
                rule = resource.props
                yield Finding(
                    resource,
                    sure,
                    f"Security group rule '{resource.name}' lets in {_ports(rule)} from {_sources(rule)}. "
                    "Remove the rule: a Connector only dials out.",
                )


def _inline(scope: Scope, group: Any) -> Iterator[Finding]:
    if not given(group, "ingress"):
        return
    sure = scope.owns(group)
    entries = read(group.props, "ingress")
    if entries is UNKNOWN:
        text = f"Security group '{group.name}' may let traffic in by its property `ingress`. Write it out or drop it."
        yield Finding(group, both(sure, UNKNOWN), text)
        return
    for index, entry in enumerate(items(entries)):
        what = UNKNOWN.value if entry is UNKNOWN else f"{_ports(entry)} from {_sources(entry)}"
        text = f"Security group '{group.name}' lets in {what}. Remove `ingress[{index}]`: a Connector only dials out."
        yield Finding(group, sure, text)


policy = nothing_in(
    name="aws-ec2-no-ingress",
    description="Security groups of Connector hosts let nothing in.",
    remediation="Remove `ingress` from the security group, and every SecurityGroupIngressRule and ingress "
    "SecurityGroupRule of it. Replies need no rule.",
    cloud="aws",
    leads=LEADS,
    joins=JOINS,
    groups=GROUPS,
    judge=_judge,
)
