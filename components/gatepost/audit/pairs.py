"""Which Connector of Twingate runs on which host, and what follows from it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gatepost_policies.practices import PRACTICES

from .checks import INSTANCE
from .find import Host
from .place import Place
from .report import Finding, NotChecked
from .routes import Exit, way_out
from .twingate import Connector

CONNECTOR = "twingate:index/twingateConnector:TwingateConnector"
NETWORK = "twingate:index/twingateRemoteNetwork:TwingateRemoteNetwork"
_ENOUGH = 2
"""Points that make a pair: a private address or a name, or a public address and a host name together."""
_HEALTHY = 2
"""Live Connectors that a Remote Network needs (practice BP4)."""


@dataclass
class Pairs:
    """The Connectors of Twingate and the hosts of the account."""

    by_host: dict[Host, Connector] = field(default_factory=dict)
    doubtful: set[Host] = field(default_factory=set)
    """Hosts that fit several Connectors, or share one that fits several hosts, equally well."""
    maybe: set[str] = field(default_factory=set)
    """Ids of those Connectors."""
    all: Sequence[Connector] = ()

    def hostless(self) -> list[Connector]:
        """Return the Connectors without a host here."""
        found = {one.id for one in self.by_host.values()} | self.maybe
        return [one for one in self.all if one.id not in found]


def match(places: Sequence[Place], told: Sequence[Connector]) -> Pairs:
    """Pair Connectors with hosts: the best fit first, each of both once. What fits equally well is left open."""
    named: defaultdict[str, set[Connector]] = defaultdict(set)
    for one in told:
        for name in (*one.private_ips, one.hostname, one.name, one.name.rpartition("-")[0]):
            named[name].add(one)
    fits: dict[tuple[Host, Connector], int] = {}
    for place in places:
        for host in place.hosts:
            out = way_out(place, host)
            for one in {one for name in _names(host) if name for one in named.get(name, ())}:
                if (points := _points(host, out, one)) >= _ENOUGH:
                    fits[host, one] = points
    pairs = Pairs(all=told)
    while fits:
        most = max(fits.values())
        first = [pair for pair, points in fits.items() if points == most]
        seen = Counter(part for pair in first for part in pair)
        for host, one in first:
            if seen[host] == seen[one] == 1:
                pairs.by_host[host] = one
                if not host.sure:
                    host.sure, host.why = True, (*host.why, "a Connector of Twingate fits it")
            else:
                pairs.doubtful.add(host)
                pairs.maybe.add(one.id)
        fits = {(h, c): n for (h, c), n in fits.items() if h not in seen and c not in seen}
    return pairs


def _names(host: Host) -> set[str]:
    """What a Connector on a host may go by: addresses, host names, names by tags."""
    return {*host.private_ips, *_hostnames(host), host.tags.get("Name", ""), _prefix(host.tags)}


def _hostnames(host: Host) -> set[str]:
    name = str(host.raw.get("PrivateDnsName", ""))
    return {host.id, name, name.partition(".")[0]}


def _points(host: Host, out: Exit | None, one: Connector) -> int:
    prefix = _prefix(host.tags)
    named = one.name in (host.tags.get("Name"), prefix) or (bool(prefix) and one.name.rpartition("-")[0] == prefix)
    return (
        2 * bool(set(one.private_ips) & set(host.private_ips))
        + 2 * named
        + (bool(one.hostname) and one.hostname in _hostnames(host))
        + (bool(one.public_ip) and one.public_ip in (host.public_ip, out.address if out else ""))
    )


def _prefix(tags: Mapping[str, str]) -> str:
    """How the names of a slot's Connectors begin, by gatepost's tags; empty for other hosts."""
    keys = [tags.get(key, "") for key in ("gatepost-network", "gatepost-site", "gatepost-slot")]
    return "-".join(keys) if all(keys) else ""


def judge_pairs(places: Sequence[Place], pairs: Pairs, *, whole: bool) -> Iterator[Finding]:
    """Yield what Twingate's word adds. `whole`: all enabled regions were looked at."""
    for place in places:
        for host in place.hosts:
            one = pairs.by_host.get(host)
            if one is not None:
                yield from _pair(place, host, one)
            elif host.sure and host.state == "running" and host not in pairs.doubtful:
                told = f"Instance '{host.id}' looks like a Connector host, but no Connector of Twingate fits it. "
                told += "Terminate it, or give it the tokens of a Connector."
                yield _finding("host-without-connector", "medium", "BP7", INSTANCE, host.id, told, place.region, host)
    aws = {one.network_id for one in pairs.all if one.location == "AWS"}
    for one in pairs.hostless() if whole else ():
        if one.network_id in aws:
            told = f"Connector '{one.name}' of the Remote Network '{one.network}' ({one.state}) has no host in this "
            told += "account. If none runs elsewhere, remove it from Twingate."
            severity = "low" if one.alive else "medium"
            yield _finding("connector-without-host", severity, "BP7", CONNECTOR, one.name, told)
    yield from _networks(pairs)


def _pair(place: Place, host: Host, one: Connector) -> Iterator[Finding]:
    if not one.alive and host.state == "running":
        told = f"Connector '{one.name}' is {one.state}, although its host {host.id} runs. Look at the host's boot log, "
        told += "its route to the internet, its firewall and its token pair."
        yield _finding("connector-alive", "high", "BP24", CONNECTOR, one.name, told, place.region, host)
    exit = way_out(place, host)
    if one.alive and one.public_ip and exit and exit.address and one.public_ip != exit.address:
        told = f"Connector '{one.name}' leaves by {one.public_ip}, but the routes of its host {host.id} lead out by "
        told += f"{exit.address}. Look at the routes of its subnet, and tell partners the address that is true."
        yield _finding("connector-exit-address", "high", "BP14", CONNECTOR, one.name, told, place.region, host)


def _networks(pairs: Pairs) -> Iterator[Finding]:
    """Remote Networks with a host here that one failure would cut off."""
    for network in dict.fromkeys(one.network_id for one in pairs.all):
        hosts = [host for host, one in pairs.by_host.items() if one.network_id == network]
        members = [one for one in pairs.all if one.network_id == network]
        alive = sum(one.alive for one in members)
        if hosts and alive < _HEALTHY:
            told = f"The Remote Network '{members[0].network}' has {alive} Connector{'' if alive == 1 else 's'} ALIVE "
            told += f"of {len(members)}; at least {_HEALTHY} are needed. Mend the dead ones, or add Connectors."
            yield _finding("network-two-alive", "high", "BP4", NETWORK, members[0].network, told, "", *hosts)


def _finding(
    rule: str, severity: str, practice: str, type: str, resource: str, text: str, region: str = "", *hosts: Host
) -> Finding:
    ids = tuple(host.id for host in hosts)
    url = PRACTICES[practice].url
    return Finding(
        rule=rule, severity=severity, region=region, type=type, resource=resource, hosts=ids, text=text, url=url
    )


def doubts(pairs: Pairs) -> Iterator[NotChecked]:
    """Yield the hosts that fit several Connectors equally well."""
    for host in sorted(pairs.doubtful, key=lambda host: host.id):
        what = f"which Connector runs on {host.id}"
        yield NotChecked(what=what, reason="Several fit equally well.", region=host.region)


def network_of(host: Host, pairs: Pairs) -> tuple[str, dict[str, Any]]:
    """Return the name of a host's Remote Network, empty where it is not known, and what else Twingate tells of it."""
    if one := pairs.by_host.get(host):
        return one.network, {"type": one.network_type}
    tags = host.tags
    name = tags.get("gatepost-network", "")
    environment = tags.get("gatepost-environment")
    return (f"{environment}/{name}" if name and environment else name), {}
