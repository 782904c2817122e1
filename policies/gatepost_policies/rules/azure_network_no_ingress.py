"""Azure: no network security group of a Connector host lets traffic in.

A stack policy, because a separate rule names its group only by name and has no tags: the rule counts if its group is
gatepost's or is attached to the subnet or network interface of a host of gatepost. Types count in every API version.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import PolicyResource

from ..known import UNKNOWN, given, items, read, say
from ..nothing_in import Finding, nothing_in
from ..scope import Answer, Scope, both, kind

GROUP = "azure-native:network:NetworkSecurityGroup"
RULE = "azure-native:network:SecurityRule"
LEADS = {
    "azure-native:containerinstance:ContainerGroup": ("subnetIds.*.id",),
    "azure-native:network:Subnet": ("networkSecurityGroup.id",),
    "azure-native:network:NetworkInterface": ("networkSecurityGroup.id", "ipConfigurations.*.subnet.id"),
    "azure-native:compute:VirtualMachine": ("networkProfile.networkInterfaces.*.id",),
}
_SOURCES = ("sourceAddressPrefix", "sourceAddressPrefixes", "sourceApplicationSecurityGroups")
_PORTS = ("destinationPortRange", "destinationPortRanges")


def _listed(rule: Any, keys: tuple[str, ...]) -> list[Any]:
    found = []
    for key in keys:
        value = read(rule, key)
        found += [value] if isinstance(value, str) else items(value)
    return [read(value, "id", default=value) if not isinstance(value, str) else value for value in found]


def _text(what: str, rule: Any, fix: str) -> str:
    protocol = read(rule, "protocol", default="*")
    protocol = "all protocols" if protocol == "*" else say(protocol)
    ports = ", ".join("all ports" if port == "*" else say(port) for port in _listed(rule, _PORTS))
    sources = ", ".join("any source" if source == "*" else say(source) for source in _listed(rule, _SOURCES))
    sources = sources or "a source that is not named"
    return f"{what} lets in {protocol} {ports or 'all ports'} from {sources}. {fix}: a Connector only dials out."


def _lets_in(rule: Any, config: Mapping[str, Any]) -> Answer:
    direction, access = read(rule, "direction"), read(rule, "access")
    if str(direction).casefold() == "outbound" or str(access).casefold() == "deny":
        return False
    if config.get("allow_container_group_ports") and _is_container_group_port(rule):
        return False
    return UNKNOWN if UNKNOWN in (direction, access) else True


def _is_container_group_port(rule: Any) -> bool:
    """Admit what container groups in a virtual network use for the platform's own access: TCP 19390."""
    tcp = str(read(rule, "protocol")).casefold() == "tcp"
    return tcp and _listed(rule, _PORTS) == ["19390"] and _listed(rule, _SOURCES) == ["VirtualNetwork"]


def _judge(scope: Scope, config: Mapping[str, Any]) -> Iterator[Finding]:
    for resource in scope.resources:
        if kind(resource) == GROUP and given(resource, "securityRules"):
            yield from _inline(scope, resource, config)
        elif kind(resource) == RULE:
            sure = both(_lets_in(resource.props, config), scope.owns_target(resource, "networkSecurityGroupName"))
            text = _text(f"Security rule '{resource.name}'", resource.props, "Remove the rule or set `access` to Deny")
            yield Finding(resource, sure, text)


def _inline(scope: Scope, group: PolicyResource, config: Mapping[str, Any]) -> Iterator[Finding]:
    owned = scope.owns(group)
    rules = read(group.props, "securityRules")
    if rules is UNKNOWN:
        text = f"Network security group '{group.name}' may let traffic in by `securityRules`. Write them out."
        yield Finding(group, both(owned, UNKNOWN), text)
        return
    for index, rule in enumerate(items(rules)):
        what = f"Rule '{say(read(rule, 'name', default=index))}' of network security group '{group.name}'"
        fix = f"Remove `securityRules[{index}]` or set its `access` to Deny"
        yield Finding(group, both(_lets_in(rule, config), owned), _text(what, rule, fix))


policy = nothing_in(
    name="azure-network-no-ingress",
    description="Network security groups of Connector hosts let nothing in.",
    remediation="Remove the rule with `direction` Inbound and `access` Allow from `securityRules`, or the SecurityRule "
    "itself. Replies need no rule.",
    cloud="azure",
    leads=LEADS,
    groups=(GROUP,),
    judge=_judge,
    settings={
        "allow_container_group_ports": {
            "type": "boolean",
            "default": False,
            "description": "Admit TCP 19390 from VirtualNetwork, which Azure uses to reach container groups.",
        }
    },
)
