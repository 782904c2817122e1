"""Firewalls in front of Connector hosts let out what the Resources of their Remote Network take.

The check is that of `gatepost plan`, by IPv4 addresses and blocks alone: names, routes and DNS are the plan's. A group
or a list of addresses at the far end of an entry may hold any address, so it is never called too narrow.
"""

from collections.abc import Iterator
from ipaddress import IPv4Network, ip_network
from typing import Any

from pulumi_policy import PolicyResource, Severity

from gatepost.reachability import Target
from gatepost.rule import Protocol

from ..checks import label
from ..frame import Finding, Rule
from ..guards import Guard, guards, lost, remote
from ..known import UNKNOWN, Answer, both, given, items, read, say
from ..stack import Stack
from ..topology import RESOURCE

_SHOWN = 3
_FIXES = {
    "aws": "Add a `SecurityGroupEgressRule` with `ipProtocol`, `fromPort`, `toPort` and `cidrIpv4`",
    "gcp": "Add a `Firewall` of `direction` EGRESS with `allows` and `destinationRanges`, ahead of what denies it",
    "azure": "Add an outbound `SecurityRule` with `destinationAddressPrefix` and `destinationPortRange`, ahead of what "
    "denies it",
}
_SHUT = {"isActive": False, "routingMode": "BYPASS_TWINGATE"}
"""Values of properties with which no traffic passes a Connector."""
Asked = dict[Protocol, list[str]]
"""Ports by protocol; none for a protocol that is not let through, 1-65535 for all."""
_ALL = ["1-65535"]


def _judge(resource: PolicyResource, stack: Stack) -> Iterator[Finding]:
    address = read(resource.props, "address")
    block = address if address is UNKNOWN else _block(address)
    through = both(*(_other(resource, key, shut) for key, shut in _SHUT.items()))
    if block is None or through is False:
        return
    done: set[Any] = set()
    networks = remote(stack, resource)
    for guard in stack.once(guards):
        here = _shared(networks, guard.networks)
        if here is False or (guard.key, here) in done:
            continue
        done.add((guard.key, here))
        if block is UNKNOWN:
            text = f"{label(resource)} must be reached from {label(guard.host)}, and its `address` is {UNKNOWN.value}."
            yield Finding(resource, text, UNKNOWN)
            return
        yield from _gap(resource, guard, str(block), both(here, through, guard.front.sure))


def _other(resource: PolicyResource, key: str, shut: Any) -> Answer:
    value = read(resource.props, key) if given(resource, key) else None
    return UNKNOWN if value is UNKNOWN else value != shut


def _block(address: Any) -> IPv4Network | None:
    """The IPv4 block that an address is; None for a name, for IPv6 and for what is neither."""
    try:
        found = ip_network(address, strict=False) if isinstance(address, str) else None
    except ValueError:
        return None
    return found if isinstance(found, IPv4Network) else None


def _shared(one: set[Any], other: frozenset[Any]) -> Answer:
    return True if (one & other) - {UNKNOWN} else UNKNOWN if UNKNOWN in one | other else False


def _gap(resource: PolicyResource, guard: Guard, block: str, sure: Answer) -> Iterator[Finding]:
    for answer, doubtful in ((True, True), (UNKNOWN, False)):
        asked = _asked(resource, sure=answer is True)
        found = [word for target in _targets(block, asked) for word in lost(guard, target, doubtful=doubtful)]
        if found:
            several = list(dict.fromkeys(found))
            more = f" and {len(several) - _SHOWN} more" if len(several) > _SHOWN else ""
            what = f"{label(guard.front.resource)} lets out no {', '.join(several[:_SHOWN])}{more}"
            via = "" if guard.front.resource is guard.host else f" by {label(guard.host)}"
            text = f"{label(resource)} ({block}) cannot be reached{via}: {what}. {_FIXES[guard.cloud]}, or narrow "
            yield Finding(resource, f"{text}`protocols` of the Resource.", both(answer, sure))
            return


def _targets(block: str, asked: Asked) -> Iterator[Target]:
    for protocol, ports in asked.items():
        if ports:
            every = ports == _ALL or protocol == "icmp"
            try:
                yield Target(address=block, protocol=protocol, ports=None if every else tuple(ports))
            except ValueError:
                continue  # no address of a Resource, no ports, or icmp to public addresses, which not every NAT passes


def _asked(resource: PolicyResource, *, sure: bool) -> Asked:
    """What a Resource lets through: for sure, or at most. Without `protocols` it lets all through, as Twingate's own.

    https://www.pulumi.com/registry/packages/twingate/api-docs/twingateresource/
    """
    props = resource.props if given(resource, "protocols") else {}
    kinds: tuple[Protocol, ...] = ("tcp", "udp")
    found: Asked = {protocol: _ports(props, protocol, sure=sure) for protocol in kinds}
    icmp = read(props, "protocols", "allowIcmp", default=True)
    found["icmp"] = _ALL if icmp is True or (icmp is UNKNOWN and not sure) else []
    return found


def _ports(props: Any, protocol: str, *, sure: bool) -> list[str]:
    policy = read(props, "protocols", protocol, "policy", default="ALLOW_ALL")
    ports = items(read(props, "protocols", protocol, "ports"))
    if policy is UNKNOWN or (policy == "RESTRICTED" and UNKNOWN in ports and not sure):
        return [] if sure else _ALL
    if policy == "RESTRICTED":
        return [say(port) for port in ports if port is not UNKNOWN]
    return _ALL if policy == "ALLOW_ALL" else []


rule = Rule(
    name="connector-reaches-resources",
    description="Firewalls of Connector hosts let out what the Resources of their Remote Network take.",
    practice="BP13",
    remediation="Add outbound entries for the Resource's `address` and `protocols` (gatepost: `reach` of the site), or "
    "narrow `protocols` of the Resource.",
    severity=Severity.MEDIUM,
    clouds=("aws", "gcp", "azure"),
    tags=("network", "egress"),
    types=(RESOURCE,),
    each=_judge,
)
