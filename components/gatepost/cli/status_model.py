"""What Twingate tells of Remote Networks, judged: Connectors that are alive, slots of the settings that exist. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ..audit.twingate import Connector, Network

if TYPE_CHECKING:
    from ..stack_settings import StackSettings

NEEDED = 2
"""Connectors alive in a Remote Network: https://www.twingate.com/docs/connector-best-practices"""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the settings say of a Remote Network."""

    key: str
    title: str
    """Its name in Twingate."""
    adopt: str | None
    """Its id in Twingate, where it is adopted; its name is then not known."""
    needed: int
    slots: Sequence[str]
    """Beginnings of its Connectors' names, ``payments-frankfurt-a``."""

    def is_in(self, network: Network) -> bool:
        """Whether Twingate's network is this one."""
        return network.id == self.adopt if self.adopt else network.name == self.title


@dataclass(frozen=True, kw_only=True)
class NetworkStatus:
    """One Remote Network with its Connectors."""

    name: str
    type: str
    connectors: tuple[Connector, ...]
    problems: tuple[str, ...]
    """Sentences."""

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        kept = ("id", "name", "state", "alive", "hostname", "private_ips", "public_ip", "version")
        rows = [{**asdict(one), "alive": one.alive} for one in self.connectors]
        return {
            "name": self.name,
            "type": self.type,
            "connectors": [{name: row[name] for name in kept} for row in rows],
            "problems": list(self.problems),
        }


def wanted(settings: "StackSettings") -> list[Wanted]:
    """The Remote Networks of good settings."""
    return [
        Wanted(
            key=key,
            title=network.title or f"{key}-{settings.environment}",
            adopt=network.adopt,
            needed=1 if network.allow_single_connector else NEEDED,
            slots=[f"{key}-{name}-{slot}" for name, site in network.sites.items() for slot in site.connectors],
        )
        for key, network in settings.fleet.remote_networks.items()
    ]


def judge(
    networks: Iterable[Network], connectors: Iterable[Connector], fleet: Sequence[Wanted] | None = None
) -> list[NetworkStatus]:
    """The status of the Remote Networks of a fleet, None: of all in the account, by name."""
    members: dict[str, list[Connector]] = {}
    for connector in connectors:
        members.setdefault(connector.network_id, []).append(connector)
    found = sorted(networks, key=lambda network: network.name)
    if fleet is None:
        return [_status(network, members) for network in found]
    pairs = [(one, next((network for network in found if one.is_in(network)), None)) for one in fleet]
    return [_status(network, members, one) if network else _absent(one) for one, network in pairs]


def _absent(one: Wanted) -> NetworkStatus:
    told = f"The Remote Network with the id {one.adopt}" if one.adopt else f"The Remote Network {one.title}"
    problem = f"{told} is not in Twingate. Run pulumi up, or look whether this is the right account."
    return NetworkStatus(name=one.title, type="", connectors=(), problems=(problem,))


def _status(network: Network, members: Mapping[str, list[Connector]], one: Wanted | None = None) -> NetworkStatus:
    lines = sorted(members.get(network.id, ()), key=lambda connector: connector.name)
    problems = tuple(_problems(lines, one))
    return NetworkStatus(name=network.name, type=network.type, connectors=tuple(lines), problems=problems)


def _problems(lines: Sequence[Connector], one: Wanted | None) -> Iterator[str]:
    for line in lines:
        if not line.alive:
            yield f"{line.name} is {line.state}."
    for slot in one.slots if one else ():
        if not any(line.name.startswith(f"{slot}-") for line in lines):
            yield f"The slot {slot} has no Connector."
    alive, needed = sum(line.alive for line in lines), one.needed if one else NEEDED
    if alive < needed:
        yield f"{alive} of its Connectors {'is' if alive == 1 else 'are'} alive, and it needs at least {needed}."
