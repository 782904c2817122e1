"""Network security groups of Azure: inline `securityRules` and separate `SecurityRule`, in every API version."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pulumi_policy import PolicyResource

from gatepost.egress import PRIVATE_RANGES, public_complement
from gatepost.rule import LINK_LOCAL

from ..known import UNKNOWN, Answer, given, items, read, say
from ..topology import AZURE_GROUP
from .way import Way, number, span_of

if TYPE_CHECKING:
    from ..scope import Scope
    from ..stack import Stack

RULE = "azure-native:network:SecurityRule"
SOURCES = ("sourceAddressPrefix", "sourceAddressPrefixes", "sourceApplicationSecurityGroups")
DESTINATIONS = ("destinationAddressPrefix", "destinationAddressPrefixes", "destinationApplicationSecurityGroups")
_NETWORK = tuple(block for block in PRIVATE_RANGES if block != LINK_LOCAL)
_ANY, _VNET = ("*", "any", "0.0.0.0/0"), "virtualnetwork"
PORTS = ("destinationPortRange", "destinationPortRanges")


def ways(stack: "Stack") -> Iterator[Way]:
    """Every rule of every group that is, or may be, a Connector host's, in both directions."""
    scope = stack.scope("azure")
    for group in stack.of(AZURE_GROUP):
        if given(group, "securityRules"):
            yield from _inline(scope, group)
    for rule in stack.of(RULE):
        groups = scope.groups_of(rule, "networkSecurityGroupName")
        yield _way(
            rule.props,
            resource=rule,
            title=f"Security rule '{rule.name}'",
            fix="Remove the rule or set `access` to Deny",
            sure=scope.owns_target(rule, "networkSecurityGroupName"),
            group=groups[0] if groups else None,
        )


def listed(rule: Any, keys: tuple[str, ...]) -> list[Any]:
    """Return the texts under the keys, of which each is a text or a list; application groups by their id."""
    found = []
    for key in keys:
        value = read(rule, key)
        found += [value] if isinstance(value, str) else items(value)
    return [read(value, "id", default=value) if not isinstance(value, str) else value for value in found]


def _is(rule: Any, key: str, word: str) -> Answer:
    value = read(rule, key)
    return UNKNOWN if value is UNKNOWN else str(value).casefold() != word


def _said(rule: Any, *, inbound: bool) -> str:
    protocol = read(rule, "protocol", default="*")
    protocol = "all protocols" if protocol == "*" else say(protocol)
    ports = ", ".join("all ports" if port == "*" else say(port) for port in listed(rule, PORTS))
    any_end, keys = ("any source", SOURCES) if inbound else ("any destination", DESTINATIONS)
    ends = ", ".join(any_end if end == "*" else say(end) for end in listed(rule, keys))
    word = "from" if inbound else "to"
    return f"{protocol} {ports or 'all ports'} {word} {ends or f'a {any_end[4:]} that is not named'}"


def _way(rule: Any, **more: Any) -> Way:
    inbound = _is(rule, "direction", "outbound")
    protocol = read(rule, "protocol", default="*")
    ports = listed(rule, PORTS)
    ends = listed(rule, DESTINATIONS if inbound is False else SOURCES)
    return Way(
        inbound=inbound,
        allows=_is(rule, "access", "deny"),
        protocol=protocol if protocol is UNKNOWN else "all" if protocol == "*" else str(protocol).casefold(),
        ports=() if "*" in ports else tuple(map(span_of, ports)),
        cidrs=tuple(block for end in ends for block in _blocks(end, tags=inbound is False)),
        others=tuple(end for end in ends if not _blocks(end, tags=inbound is False)),
        said=_said(rule, inbound=inbound is not False),
        priority=number(read(rule, "priority")),
        **more,
    )


def _blocks(end: Any, *, tags: bool) -> tuple[Any, ...]:
    """Return the blocks of one end; empty for what is none.

    `tags`: service tags too. VirtualNetwork is every private block, because it holds peered and on-premises networks;
    all others are public addresses, of which `Internet` is all.
    https://learn.microsoft.com/azure/virtual-network/service-tags-overview
    """
    if end is UNKNOWN:
        return (UNKNOWN,)
    if not isinstance(end, str) or "/subscriptions/" in end:
        return ()
    if end.casefold() in _ANY:
        return ("0.0.0.0/0",)
    if end[:1].isdigit() or ":" in end:
        return (end,)
    if not tags:
        return ()
    return _NETWORK if end.casefold() == _VNET else public_complement()


def _inline(scope: "Scope", group: PolicyResource) -> Iterator[Way]:
    sure, rules = scope.owns(group), read(group.props, "securityRules")
    what = f"Network security group '{group.name}'"
    for index, rule in enumerate(items(rules)):
        yield _way(
            rule,
            resource=group,
            title=what if rules is UNKNOWN else f"Rule '{say(read(rule, 'name', default=index))}' of n{what[1:]}",
            fix=f"Remove `securityRules[{index}]` or set its `access` to Deny",
            sure=sure,
            group=group,
            opaque="securityRules" if rules is UNKNOWN else "",
        )
