"""Which addresses firewall entries really open, once their priorities and the entries that deny are weighed. IPv4."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, ip_network
from typing import Any

from pulumi_policy import PolicyResource

from gatepost.rule import Rule

from .known import UNKNOWN, Answer, both, either, kind
from .stack import Stack
from .topology import GCP_NETWORK, HOSTS, SECURITY_GROUPS
from .ways import Way

ANYWHERE = "0.0.0.0/0"
Blocks = Sequence[IPv4Network]
_IMPLIED: Mapping[str, tuple[int, str]] = {
    "azure": (65001, "Azure's rule AllowInternetOutBound"),
    "gcp": (65535, "Google's implied rule"),
}
"""What lets everything out where nothing denies it: priority, and what it is called.
https://cloud.google.com/firewall/docs/firewalls
https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview"""


@dataclass(frozen=True, kw_only=True)
class Front:
    """The outbound entries that decide together what some hosts may dial, in the order in which they count."""

    resource: PolicyResource
    """The group or the host that findings name."""
    sure: Answer
    """Whether the hosts are Connector hosts."""
    ways: tuple[Way, ...]
    """Lowest priority number first; of two that are equal the one that denies."""


def fronts(stack: Stack, cloud: str) -> list[Front]:
    """What is in front of the hosts of a cloud, with what the cloud itself lets out.

    Hosts without any outbound entry of this stack are left out: their entries may be elsewhere.
    """
    ways = [way for way in stack.ways(cloud) if way.inbound is not True]
    if cloud == "gcp":
        return list(_of_hosts(stack, ways))
    found: dict[str, list[Way]] = {}
    for way in ways:
        if way.group:
            found.setdefault(way.group.urn, []).append(way)
    if cloud == "azure":
        groups = {urn: stack.index.by_urn[urn] for urn in found}
        return [
            front(group, scope.owns(group), [*found[urn], _implied(cloud, group, True, {}, group)])
            for scope in [stack.scope(cloud)]
            for urn, group in groups.items()
        ]
    return list(_of_groups(stack, found))


def _of_groups(stack: Stack, by_group: Mapping[str, list[Way]]) -> Iterator[Front]:
    """Of AWS: a host may have several groups, whose entries add up. Each set of groups counts once.

    A host that has a group of another stack as well is left out, and one with a group that is not known yet is unclear.
    """
    done: set[frozenset[str]] = set()
    for host in stack.scope("aws").hosts:
        refs = {ref: stack.index.called(SECURITY_GROUPS, ref) for ref in host.reached if isinstance(ref, str)}
        groups = frozenset(r.urn for found in refs.values() for r in found if r.urn in by_group)
        elsewhere = any(ref.startswith("sg-") and not found for ref, found in refs.items())
        if kind(host.resource) in HOSTS and groups and not elsewhere and groups not in done:
            done.add(groups)
            rows = [way for urn in sorted(groups) for way in by_group[urn]]
            sure = both(host.sure, UNKNOWN not in host.reached or UNKNOWN)
            yield front(stack.index.by_urn[min(groups)], sure, rows)


def _of_hosts(stack: Stack, ways: Sequence[Way]) -> Iterator[Front]:
    for host in stack.scope("gcp").hosts:
        rows = [way for way in ways if host.resource.urn in way.hosts]
        if rows:
            yield front(host.resource, host.sure, [*rows, _implied("gcp", host.resource, True, {}, None)])


def front(resource: PolicyResource, sure: Answer, ways: Iterable[Way]) -> Front:
    """Put entries in the order in which they count."""
    return Front(resource=resource, sure=sure, ways=tuple(sorted(ways, key=_order)))


def _order(way: Way) -> tuple[int, bool]:
    return (way.priority if isinstance(way.priority, int) else 0, way.allows is not False)


def implied(stack: Stack, cloud: str) -> Iterator[Way]:
    """Yield what the cloud itself lets out of hosts: of networks and groups of this stack only, which hold all rules.

    Each host of Google Cloud and each group of Azure has one; AWS has none.
    """
    if cloud == "azure":
        groups = {way.group.urn: way.group for way in stack.ways(cloud) if way.group}
        for group in groups.values():
            yield _implied(cloud, group, stack.scope(cloud).owns(group), {}, group)
    if cloud == "gcp":
        networks = {network.urn for network in stack.of(GCP_NETWORK)}
        for host in stack.scope(cloud).hosts:
            if kind(host.resource) in HOSTS and networks & host.reached:
                yield _implied(cloud, host.resource, host.sure, {host.resource.urn: host.sure}, None)


def _implied(
    cloud: str, resource: PolicyResource, sure: Answer, hosts: Mapping[str, Answer], group: PolicyResource | None
) -> Way:
    priority, words = _IMPLIED[cloud]
    return Way(
        resource=resource,
        title=f"{words}, at priority {priority},",
        fix=f"Deny all that goes out of '{resource.name}' by a rule of the lowest priority",
        inbound=False,
        protocol="all",
        cidrs=(ANYWHERE,),
        said=f"all traffic to {ANYWHERE}",
        group=group,
        hosts=hosts,
        priority=priority,
        sure=sure,
    )


def opened(way: Way, ways: Iterable[Way], *, doubtful: bool) -> tuple[Any, ...]:
    """Return the blocks of an entry that no entry ahead of it denies; UNKNOWN ones and IPv6 stay as they are.

    `doubtful`: entries that deny, or may, count as well where a preview cannot say.
    """
    if way.priority is None:
        return way.cidrs
    plain = [cidr for cidr in way.cidrs if cidr is UNKNOWN or _block(cidr) is None]
    left = [block for cidr in way.cidrs if (block := _block(cidr))]
    for other in ways:
        if other is not way and _denies(other, way) in ((True, UNKNOWN) if doubtful else (True,)):
            for cidr in other.cidrs if doubtful else [cidr for cidr in other.cidrs if cidr is not UNKNOWN]:
                left = minus(left, _block(ANYWHERE if cidr is UNKNOWN else cidr))
    return (*plain, *map(str, left))


def _denies(other: Way, way: Way) -> Answer:
    """Tell whether an entry takes from another one, as far as its blocks go."""
    if other.allows is True or other.inbound is True:
        return False
    priority: Answer = (
        UNKNOWN
        if UNKNOWN in (other.priority, way.priority)
        else isinstance(other.priority, int) and other.priority <= way.priority
    )
    denies: Answer = UNKNOWN if UNKNOWN in (other.allows, other.inbound) or other.opaque else True
    spans = way.ports or ((1, 65535),)
    return both(denies, priority, _same_hosts(other, way), *(covers(other, way.protocol, span) for span in spans))


def _same_hosts(other: Way, way: Way) -> Answer:
    if way.group or other.group:
        return way.group is other.group
    return both(*(other.hosts.get(urn, False) for urn in way.hosts))


def covers(way: Way, protocol: Any, span: tuple[Any, Any]) -> Answer:
    """Tell whether an entry is for a protocol and for a whole range of ports."""
    same: Answer = way.protocol == protocol
    if way.protocol == "all":
        same = True
    elif UNKNOWN in (way.protocol, protocol):
        same = UNKNOWN
    ports: Answer = either(
        UNKNOWN if UNKNOWN in (*one, *span) else None not in (*one, *span) and one[0] <= span[0] <= span[1] <= one[1]
        for one in way.ports or ((0, 65535),)
    )
    return both(same, ports)


def missing(front: Front, protocol: str, span: tuple[int, int], blocks: Blocks, *, doubtful: bool) -> Blocks:
    """Return those of `blocks` that no entry opens, or that one closes before, for a protocol and a range of ports.

    `doubtful`: what a preview cannot say opens and does not close; else the other way round.
    """
    left, shut = list(blocks), list[IPv4Network]()
    for way in front.ways:
        ours: Answer = way.hosts.get(front.resource.urn, way.sure) if front.sure is True else True
        yes = both(not way.opaque or UNKNOWN, ours, covers(way, protocol, span))
        allows: Answer = both(way.allows, way.inbound is False or UNKNOWN)
        opens = allows is True or (allows is UNKNOWN and doubtful)
        if yes is False or (yes is UNKNOWN and opens != doubtful):
            continue
        for cidr in (ANYWHERE,) if way.opaque and doubtful else way.cidrs:
            block = _block(ANYWHERE if cidr is UNKNOWN else cidr)
            if cidr is UNKNOWN and opens != doubtful:
                continue
            if block and not opens:
                shut += [max(part, block, key=lambda one: one.prefixlen) for part in left if part.overlaps(block)]
            left = minus(left, block)
    return [*shut, *left]


def spans(front: Front, row: Rule) -> Iterator[tuple[int, int]]:
    """Split the ports of a row where an entry begins or ends, so that entries side by side add up."""
    starts = {row.first_port}
    for way in front.ways:
        if way.protocol in ("all", row.protocol):
            for first, last in way.ports:
                starts |= {
                    port for port in (first, last + 1 if isinstance(last, int) else None) if isinstance(port, int)
                }
    rising = sorted(port for port in starts if row.first_port <= port <= row.last_port)
    yield from zip(rising, [port - 1 for port in rising[1:]] + [row.last_port], strict=True)


def minus(blocks: Iterable[IPv4Network], taken: IPv4Network | None) -> list[IPv4Network]:
    """Return blocks without a part of them."""
    left: list[IPv4Network] = []
    for block in blocks:
        if taken is None or not taken.overlaps(block):
            left.append(block)
        elif taken.prefixlen > block.prefixlen:
            left += block.address_exclude(taken)
    return left


def _block(cidr: Any) -> IPv4Network | None:
    return _parsed(cidr) if isinstance(cidr, str) else None


@lru_cache(maxsize=4096)
def _parsed(cidr: str) -> IPv4Network | None:
    try:
        found = ip_network(cidr, strict=False)
    except ValueError:
        return None
    return found if isinstance(found, IPv4Network) else None
