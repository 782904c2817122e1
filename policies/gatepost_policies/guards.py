"""The firewalls between each Connector host and what users reach through it, as `gatepost.reachability` takes them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from typing import Any

from pulumi_policy import PolicyResource

from gatepost.reachability import Gap, Place, Target, gaps
from gatepost.rule import Rule

from .known import UNKNOWN, Answer, kind, read
from .scope import Host
from .stack import Stack
from .topology import CLOUDS, HOSTS
from .ways import Way
from .weigh import ANYWHERE, Front, front, fronts, minus, missing, spans


@dataclass(frozen=True, kw_only=True)
class Guard:
    """One firewall that all traffic of a host passes. Groups of AWS add up to one, those of Azure are one each."""

    cloud: str
    host: PolicyResource
    front: Front
    networks: frozenset[Any]
    """Remote Networks of the host's Connectors: URNs, ids of what is made elsewhere, perhaps UNKNOWN."""
    key: tuple[int, ...]
    """The same for hosts with the same entries."""


def guards(stack: Stack) -> list[Guard]:
    """Return the firewalls of the hosts that a pair of this stack reaches, as far as their entries are in this stack.

    Left out are hosts without an outbound entry here, and those on AWS with a group that is made elsewhere.
    """
    found = [
        Guard(
            cloud=cloud,
            host=host.resource,
            front=replace(one, ways=tuple(map(_widened, one.ways))),
            networks=networks,
            key=tuple(map(id, one.ways[:-1] if cloud == "gcp" else one.ways)),  # each host of gcp has an implied rule
        )
        for cloud in CLOUDS
        for host, one in _fronts(stack, cloud)
        if (networks := frozenset(n for c in stack.pairs.connectors(host.resource) for n in remote(stack, c)))
    ]
    return sorted(found, key=lambda guard: guard.host.urn)  # the engine's order is another in every run


def remote(stack: Stack, resource: PolicyResource) -> set[Any]:
    """Return the Remote Network of a Connector or a Resource: its URN, its id if it is made elsewhere, or UNKNOWN."""
    near = {network.urn for network in stack.pairs.network_of(resource)}
    told = read(resource.props, "remoteNetworkId")
    return near or ({told} if told is UNKNOWN or isinstance(told, str) else set())


def _fronts(stack: Stack, cloud: str) -> Iterator[tuple[Host, Front]]:
    hosts = [host for host in stack.scope(cloud).hosts if kind(host.resource) in HOSTS]
    if cloud == "gcp":
        by_host = {one.resource.urn: one for one in fronts(stack, cloud)}
        yield from ((host, by_host[host.resource.urn]) for host in hosts if host.resource.urn in by_host)
        return
    ways = [way for way in stack.ways(cloud) if way.inbound is not True]
    loose = [way for way in ways if way.group is None and way.sure is UNKNOWN]
    by_group = {one.resource.urn: one.ways for one in fronts(stack, cloud)} if cloud == "azure" else _by_group(ways)
    for host in hosts:
        groups, sure = _groups(stack, cloud, host, by_group)
        several = [groups] if cloud == "aws" and groups else [[urn] for urn in groups]
        for urns in several:
            rows = [way for urn in urns for way in by_group[urn]]
            yield host, front(stack.index.by_urn[urns[0]], sure, [*rows, *loose])


def _by_group(ways: Iterable[Way]) -> dict[str, tuple[Way, ...]]:
    found: dict[str, tuple[Way, ...]] = {}
    for way in ways:
        if way.group:
            found[way.group.urn] = (*found.get(way.group.urn, ()), way)
    return found


def _groups(stack: Stack, cloud: str, host: Host, known: Iterable[str]) -> tuple[list[str], Answer]:
    """The groups of a host that have entries here, and how sure it is that these decide. None: another may."""
    kinds = (*CLOUDS[cloud].leads, *CLOUDS[cloud].groups)
    called = {ref: stack.index.called(kinds, ref) for ref in host.reached if isinstance(ref, str)}
    if cloud == "aws" and not all(called.values()):
        return [], False
    found = {part.urn for parts in called.values() for part in parts} & set(known)
    if UNKNOWN not in host.reached:
        return sorted(found), host.sure
    return sorted(found or known), host.sure if found and cloud == "azure" else UNKNOWN


def _widened(way: Way) -> Way:
    """An entry as it counts here: one for ICMP has no ports, and of some nobody knows to which addresses they let out.

    These are entries with groups, lists or tags at the far end, and those whose direction is unknown.
    """
    loose = way.inbound is UNKNOWN or (way.others and way.allows is not False)
    cidrs = (*way.cidrs, ANYWHERE) if loose else way.cidrs
    return replace(way, cidrs=cidrs, ports=() if way.protocol == "icmp" else way.ports)


def lost(guard: Guard, target: Target, *, doubtful: bool) -> list[str]:
    """Return what a firewall does not let out of what a Resource takes, such as `tcp 5432 10.9.0.0/16`.

    `doubtful`: what a preview cannot say opens and does not close; else the other way round. Routes are not judged.
    """
    rules = [rule for demand in target.demands() for rule in _rules(guard.front, demand, doubtful=doubtful)]
    found: list[Gap] = gaps(Place(name=guard.host.name, rules=rules, ranges=None), target)
    return [word for gap in found if gap.step == "allow" for word in gap.missing]


def _rules(front: Front, demand: Rule, *, doubtful: bool) -> Iterator[Rule]:
    """What a firewall lets out of a demand, once priorities and denials are weighed."""
    whole = IPv4Network(demand.destination)
    for first, last in spans(front, demand) if demand.first_port else [(1, 65535)]:
        left = [whole]
        for shut in missing(front, demand.protocol, (first, last), [whole], doubtful=doubtful):
            left = minus(left, shut)
        ports = (first, last) if demand.first_port else (0, 0)
        for block in left:
            yield replace(demand, destination=str(block), first_port=ports[0], last_port=ports[1])
