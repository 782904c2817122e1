"""Security groups of AWS: inline entries, `vpc.SecurityGroup*Rule`, legacy `ec2.SecurityGroupRule`, default groups."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pulumi_policy import PolicyResource

from ..known import UNKNOWN, given, items, kind, read, say, walk
from ..topology import SECURITY_GROUPS
from .way import Way, ports_of, said_ports, spelt

if TYPE_CHECKING:
    from ..scope import Scope
    from ..stack import Stack

INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
LEGACY_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
PREFIX_LIST = "aws:ec2/managedPrefixList:ManagedPrefixList"
_DIRECTIONS = {INGRESS_RULE: True, EGRESS_RULE: False}
_CIDRS = ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6")
_OTHERS = {
    "prefixListIds": "prefix list {}",
    "securityGroups": "security group {}",
    "prefixListId": "prefix list {}",
    "referencedSecurityGroupId": "security group {}",
    "sourceSecurityGroupId": "security group {}",
}


def ways(stack: "Stack") -> Iterator[Way]:
    """Every entry of every group that is, or may be, a Connector host's."""
    scope = stack.scope("aws")
    for group in stack.of(*SECURITY_GROUPS):
        yield from _inline(scope, group, "ingress", inbound=True)
        yield from _inline(scope, group, "egress", inbound=False)
    for rule in stack.of(INGRESS_RULE, EGRESS_RULE, LEGACY_RULE):
        yield _separate(scope, rule)


def _listed(entry: Any, key: str) -> list[Any]:
    value = read(entry, key)
    return [value] if isinstance(value, str) else items(value)


def _of_lists(scope: "Scope", holder: PolicyResource, key: str, entry: Any) -> list[Any]:
    """The blocks of the prefix lists of this stack that an entry names; `key` is the property of its resource."""
    told = [ref for name in ("prefixListIds", "prefixListId") for ref in _listed(entry, name)]
    near = [r for r in holder.property_dependencies.get(key, ()) if kind(r) == PREFIX_LIST and UNKNOWN in told]
    near += [r for ref in told if isinstance(ref, str) for r in scope.index.called((PREFIX_LIST,), ref)]
    return [cidr for r in near for cidr in walk(r.props, "entries.*.cidr")]


def _facts(entry: Any, more: list[Any]) -> dict[str, Any]:
    cidrs = [cidr for key in _CIDRS for cidr in _listed(entry, key)] + more
    others = [words.format(say(other)) for key, words in _OTHERS.items() for other in _listed(entry, key)]
    if read(entry, "self") in (True, UNKNOWN):
        others.append("the group itself")
    protocol = spelt(read(entry, "protocol", default=read(entry, "ipProtocol")))
    ends = ", ".join([*map(say, cidrs), *others]) or "a source that is not named"
    return {
        "protocol": protocol,
        "ports": () if protocol == "all" else ports_of(entry),  # "all" is often written with ports 0 to 0
        "cidrs": tuple(cidrs),
        "others": tuple(others),
        "said": f"{said_ports(protocol, read(entry, 'fromPort'), read(entry, 'toPort'))} {{}} {ends}",
    }


def _way(entry: Any, *, inbound: Any, listed: list[Any], **more: Any) -> Way:
    facts = _facts(entry, listed)
    facts["said"] = facts["said"].replace("{}", "to" if inbound is False else "from", 1)
    return Way(inbound=inbound, **facts, **more)


def _inline(scope: "Scope", group: PolicyResource, key: str, *, inbound: bool) -> Iterator[Way]:
    if not given(group, key):
        return
    sure, title = scope.owns(group), f"Security group '{group.name}'"
    entries = read(group.props, key)
    for index, entry in enumerate(items(entries)):
        fix = f"Remove `{key}[{index}]`"
        if entry is not UNKNOWN:
            listed = _of_lists(scope, group, key, entry)
            yield _way(
                entry, inbound=inbound, listed=listed, resource=group, title=title, fix=fix, sure=sure, group=group
            )
            continue
        yield Way(
            resource=group,
            title=title,
            fix=fix,
            inbound=inbound,
            protocol=UNKNOWN,
            ports=((UNKNOWN, UNKNOWN),),
            cidrs=(UNKNOWN,),
            said=UNKNOWN.value,
            group=group,
            sure=sure,
            opaque=key if entries is UNKNOWN else "",
        )


def _separate(scope: "Scope", rule: PolicyResource) -> Way:
    direction = read(rule.props, "type")
    legacy = UNKNOWN if direction is UNKNOWN else direction != "egress"
    groups = scope.groups_of(rule, "securityGroupId")
    return _way(
        rule.props,
        inbound=_DIRECTIONS.get(kind(rule), legacy),
        listed=[cidr for key in ("prefixListId", "prefixListIds") for cidr in _of_lists(scope, rule, key, rule.props)],
        resource=rule,
        title=f"Security group rule '{rule.name}'",
        fix="Remove the rule",
        sure=scope.owns_target(rule, "securityGroupId"),
        group=groups[0] if groups else None,
    )
