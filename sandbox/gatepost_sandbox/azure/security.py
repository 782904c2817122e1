"""Network security groups and their rules."""

import re
from collections.abc import Iterator

from .call import Call
from .errors import Refusal, bad, not_modelled
from .networks import block, is_address, subnets_view
from .resources import Row
from .state import Props, State

KIND = "Microsoft.Network/networkSecurityGroups"
TAGS = ("*", "Internet", "VirtualNetwork", "AzureLoadBalancer", "AzurePlatformDNS", "AzurePlatformIMDS")
"""What a rule may name in place of addresses: all of them, or a service tag. The sandbox knows no others:
https://learn.microsoft.com/en-us/azure/virtual-network/service-tags-overview"""
_DEFAULT_RULES = (
    ("AllowVnetInBound", 65000, "Inbound", "Allow", "VirtualNetwork", "VirtualNetwork",
     "Allow inbound traffic from all VMs in VNET"),
    ("AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", "AzureLoadBalancer", "*",
     "Allow inbound traffic from azure load balancer"),
    ("DenyAllInBound", 65500, "Inbound", "Deny", "*", "*", "Deny all inbound traffic"),
    ("AllowVnetOutBound", 65000, "Outbound", "Allow", "VirtualNetwork", "VirtualNetwork",
     "Allow outbound traffic from all VMs to all VMs in VNET"),
    ("AllowInternetOutBound", 65001, "Outbound", "Allow", "*", "Internet",
     "Allow outbound traffic from all VMs to Internet"),
    ("DenyAllOutBound", 65500, "Outbound", "Deny", "*", "*", "Deny all outbound traffic"),
)  # fmt: skip
_PORT = re.compile(r"\*|\d{1,5}(-\d{1,5})?")
_SIDES = ("source", "destination")


def default_rules(group: Props) -> list[Props]:
    """The six rules that every group has: https://learn.microsoft.com/en-us/azure/virtual-network/network-security-groups-overview."""
    return [
        {
            "id": f"{group['id']}/defaultSecurityRules/{name}",
            "name": name,
            "type": f"{KIND}/defaultSecurityRules",
            "properties": {
                "provisioningState": "Succeeded", "description": text, "protocol": "*", "sourcePortRange": "*",
                "destinationPortRange": "*", "sourceAddressPrefix": source, "destinationAddressPrefix": destination,
                "access": access, "priority": priority, "direction": direction, "sourcePortRanges": [],
                "destinationPortRanges": [], "sourceAddressPrefixes": [], "destinationAddressPrefixes": [],
            },
        }
        for name, priority, direction, access, source, destination, text in _DEFAULT_RULES
    ]  # fmt: skip


def rules_of(state: State, group: Props, direction: str) -> list[Props]:
    """The rules of one direction, in the order in which they decide."""
    rules = [*state.below(group["id"], "securityRules"), *default_rules(group)]
    found = [rule for rule in rules if rule["properties"]["direction"].lower() == direction.lower()]
    return sorted(found, key=lambda rule: rule["properties"]["priority"])


def values(rule: Props, side: str, what: str) -> list[str]:
    """The prefixes (``what`` is ``AddressPrefix``) or ports (``PortRange``) of a rule's source or destination."""
    given, plural = rule["properties"], f"{side}{what}{'es' if what.endswith('x') else 's'}"
    return list(given.get(plural) or filter(None, [given.get(f"{side}{what}")]))


def _group(call: Call, group: Props, old: Props) -> None:
    group["properties"].setdefault("flushConnection", False)


def _rule(call: Call, rule: Props, old: Props) -> None:
    given, name = rule["properties"], rule["name"]
    for side in _SIDES:
        if given.get(f"{side}ApplicationSecurityGroups"):
            raise not_modelled("application security groups")
        if not values(rule, side, "AddressPrefix"):
            text = f"Security rule {name} needs {side}AddressPrefix or {side}AddressPrefixes."
            raise bad("SecurityRuleParameterContainsInvalidValue", text)
        for prefix in values(rule, side, "AddressPrefix"):
            _check_prefix(rule, side, prefix)
        if not values(rule, side, "PortRange"):
            text = f"Security rule {name} needs {side}PortRange or {side}PortRanges."
            raise bad("SecurityRuleParameterContainsInvalidValue", text)
        for ports in values(rule, side, "PortRange"):
            _check_ports(ports)
        given.setdefault(f"{side}PortRanges", [])
        given.setdefault(f"{side}AddressPrefixes", [])
    if not 100 <= given["priority"] <= 4096:
        text = f"Security rule has invalid Priority. Value provided: {given['priority']}. Allowed range 100-4096."
        raise bad("SecurityRuleInvalidPriority", text)
    for other in _others(call.state, rule):
        if (other["priority"], other["direction"]) == (given["priority"], given["direction"]):
            text = f"Security rule {name} conflicts with rule {other['name']}. Rules cannot have the same Priority and "
            raise bad("SecurityRuleConflict", f"{text}Direction.")


def _others(state: State, rule: Props) -> Iterator[Props]:
    group = rule["id"].rpartition("/securityRules/")[0]
    for other in state.below(group, "securityRules"):
        if other["id"].lower() != rule["id"].lower():
            yield {**other["properties"], "name": other["name"]}


def _check_prefix(rule: Props, side: str, prefix: str) -> None:
    if prefix in TAGS or is_address(prefix):
        return
    if "/" in prefix:
        block(prefix, rule["id"])
        return
    if prefix[:1].isalpha():
        raise not_modelled(f"the service tag {prefix}; it knows {', '.join(TAGS[1:])}")
    text = f"Security rule has invalid Address prefix. Value provided: {prefix}, for {side}AddressPrefix"
    raise bad("SecurityRuleInvalidAddressPrefix", f"{text} of {rule['name']}.")


def _check_ports(ports: str) -> None:
    first, _, last = ports.partition("-")
    if not _PORT.fullmatch(ports) or (ports != "*" and not 0 <= int(first) <= int(last or first) <= 65535):
        raise bad("SecurityRuleInvalidPortRange", f"Security rule has invalid Port range. Value provided: {ports}.")


def _before_delete(state: State, group: Props) -> None:
    users = [user["id"] for user in state.users(group["id"])]
    if users:
        text = f"Network security group {group['id']} cannot be deleted because it is in use by the following "
        text += f"resources: {', '.join(users)}. In order to delete the Network security group, remove the association "
        raise Refusal(400, "InUseNetworkSecurityGroupCannotBeDeleted", f"{text}with the resource(s).")


def _view(state: State, group: Props) -> Props:
    return {"defaultSecurityRules": default_rules(group), **subnets_view(state, group)}


ROWS = (
    Row(kind=KIND, model="NetworkSecurityGroup", settle=_group, children="securityRules",
        before_delete=_before_delete, view=_view),
    Row(kind=f"{KIND}/securityRules", model="SecurityRule", settle=_rule),
)  # fmt: skip
