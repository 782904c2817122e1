"""What the settings of sites share across the clouds: reaches, Connectors, ranges, exits, and the base of a site."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import IPv4Network, ip_network
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from .boot.common import check_dns
from .destinations import ROUTED
from .egress import Reach, dns_problems
from .explain import Part, Problem, checked, found
from .labels import check_key
from .placement import place, region_problems, zone_region
from .rule import LINK_LOCAL, NEVER_RANGES, Protocol, is_private, within
from .words import problems_of

GENERATIONS = 3
"""Hosts of a slot that may be there at once: old and new, and one more after a refused gate."""


LogLevel = Literal["error", "warn", "info", "debug"]


def _port_problems(ports: Any) -> list[str]:
    """Ports stay plain for ``Reach``; a number that is none of a port would not even be shown by it."""
    entries = ports if isinstance(ports, list) else [ports]
    good = "1-65535, a rising range like '8000-8100', or a list of both"
    odd = [e for e in entries if isinstance(e, bool) or not (isinstance(e, str) or e in range(1, 65536))]
    if odd or not entries:
        return [found(entry, good) for entry in odd or [ports]]
    return problems_of(lambda: Reach(cidr="10.0.0.0/8", protocol="tcp", ports=entries))


def check_ports(ports: Any) -> list[str]:
    """What is wrong with the ports of a reach or a Resource, as sentences; None is every port."""
    return [] if ports is None else _port_problems(ports)


def is_block(cidr: str) -> bool:
    """Whether it is an IPv4 block in the one spelling that clouds take, not 10.0.0.0/255.0.0.0."""
    try:
        block = ip_network(cidr)
    except ValueError:
        return False
    return isinstance(block, IPv4Network) and str(block) == cidr


def route_problems(cidr: str) -> list[str]:
    """What is wrong with a destination of a route, as sentences."""
    if is_block(cidr) and is_private(cidr) and not any(within(cidr, never) for never in NEVER_RANGES):
        return []
    told = f"an IPv4 block within {ROUTED} that starts at its first address, such as 10.0.0.0/8"
    return [found(cidr, f"{told}; a single address ends in /32")]


class ReachSettings(Part):
    """Destinations that users reach through a site: see ``gatepost.egress.Reach``."""

    cidr: Annotated[str, checked(lambda cidr: problems_of(lambda: Reach(cidr=cidr)))] = Field(examples=["10.0.0.0/8"])
    protocol: Protocol = "all"
    ports: Annotated[Any, checked(check_ports)] = None
    """A port, a range such as "8000-8100", or a list of both; None: every port."""

    def problems(self) -> Iterator[Problem]:
        """Ports with a protocol that has none, icmp to public addresses."""
        for problem in problems_of(self.reach):
            yield ("protocol" if self.ports is None else "ports",), problem

    def reach(self) -> Reach:
        """As the components take it."""
        ports = tuple(self.ports) if isinstance(self.ports, list) else self.ports
        return Reach(cidr=self.cidr, protocol=self.protocol, ports=ports)


class ConnectorSlot(Part):
    """One Connector."""

    zone: str | None = None
    generation: int = Field(default=1, ge=1, le=999_999)
    image: str | None = None
    """None: the site's. To try a new image on one Connector first."""
    log_level: LogLevel | None = None
    """None: the site's."""


def zone_check(cloud: str) -> Callable[[str], list[str]]:
    """What is wrong with the name of a zone on a cloud."""
    return lambda zone: problems_of(lambda: zone_region(cloud, zone)) or check_key("zone", zone)


def leads_to(cidr: str, ranges: Iterable[str]) -> bool:
    """Whether at least a part of a private block can be reached: it is in the network, or a route leads there."""
    return any(ip_network(cidr).overlaps(ip_network(known)) for known in ranges)


Slot = Annotated[str, checked(lambda key: check_key("slot", key))]
ClientsPath = Literal["peer-to-peer", "relay", "unknown"]
"""How clients reach a Connector: directly where their own NAT lets them, by Twingate's relays, or as a network that
others made lets them."""


class CreateSettings(Part):
    """A network to make. Each cloud says what else it has."""

    cidr: Any
    zones: Any
    routes: Any

    def problems(self) -> Iterator[Problem]:
        """Zones named twice, routes into the network itself, and two for one destination."""
        for zone in sorted({zone for zone in self.zones if self.zones.count(zone) > 1}):
            yield ("zones",), f"The zone {zone!r} is listed twice. Remove one."
        first = dict[str, int]()
        for index, route in enumerate(self.routes):
            where = ("routes", index, "cidr")
            if within(route.cidr, self.cidr):
                yield where, f"The route to {route.cidr} is for a range inside the network ({self.cidr}). Remove it."
            if first.setdefault(route.cidr, index) != index:
                yield where, f"There is already a route to {route.cidr}, routes[{first[route.cidr]}]. Remove one."


class NetworkSettings(Part):
    """Either a network to make or one that exists. Each cloud says what these are."""

    create: Any = None
    adopt: Any = None

    @classmethod
    def problems_in(cls, data: Mapping[Any, Any]) -> Iterator[Problem]:
        """Not exactly one of the two."""
        given = [key for key in ("create", "adopt") if data.get(key) is not None]
        if len(given) != 1:
            count = "both" if given else "neither"
            yield (
                (),
                f"Found {count} of create and adopt. Allowed: exactly one, such as create: {{cidr: ..., zones: ...}}.",
            )

    def ranges(self) -> list[str]:
        """Ranges of a network to make, and the blocks that it has routes to."""
        return [self.create.cidr, *(route.cidr for route in self.create.routes)] if self.create else []

    def zones(self, *, direct: bool) -> list[str]:
        """Zones that hosts can stand in, with exit kind direct or another."""
        if self.create:
            return list(self.create.zones)
        return list(self.adopt.public_subnets if direct else self.adopt.subnets)


class SiteSettings(Part):
    """One place where Connectors of a Remote Network run: what every cloud has."""

    adopt_example: ClassVar[str]
    """Subnets of a network that exists, as messages show them."""
    nat_path: ClassVar[ClientsPath]
    """How clients reach a Connector behind the NAT that gatepost makes."""
    own_exits: ClassVar[tuple[str, ...]] = ("nat", "direct")
    """Kinds of exit that gatepost makes on this cloud."""
    peer_to_peer_exit: ClassVar[str] = "Use exit: {kind: direct}."
    """Advice: which exit lets clients connect directly."""

    cloud: Any
    region: Any
    account: Annotated[str, checked(lambda key: check_key("network", key))] | None = None
    """Key of the provider that makes the site's resources; None: the default one of the cloud."""
    network: Any
    exit: Any
    dns: Annotated[list[str], checked(lambda dns: dns_problems(dns) or check_dns(dns))] = Field(
        default_factory=list, examples=[["10.40.0.2"]]
    )
    reach: list[ReachSettings] = Field(default_factory=list, examples=[[{"cidr": "10.0.0.0/8"}]])
    log_level: LogLevel = "error"
    metrics_port: int | None = Field(default=None, ge=1024, le=65535)
    connectors: dict[Slot, ConnectorSlot] = Field(min_length=1, examples=[{"a": {}, "b": {}}])

    @classmethod
    @abstractmethod
    def misspelt(cls, region: str) -> bool:
        """Whether a region is not even spelt as the cloud spells regions; its own check says so."""

    @abstractmethod
    def image_problems(self, image: str) -> list[str]:
        """Sentences for an image of one Connector."""

    def clients_path(self) -> ClientsPath:
        """How clients reach the Connectors."""
        paths: Mapping[str, ClientsPath] = {"nat": self.nat_path, "direct": "peer-to-peer", "adopt": "unknown"}
        return paths[self.exit.kind]

    def takes(self) -> Mapping[str, float]:
        """What the site takes of the cloud's quotas in its region, by the name of the quota."""
        made = [key for key in self.exit_keys() if key not in self.exit.adopt]
        return {"addresses": len(made)}

    def zones(self) -> list[str]:
        """Zones that hosts can stand in."""
        return self.network.zones(direct=self.exit.kind == "direct")

    def exit_keys(self) -> list[str]:
        """Keys of the addresses that the exit has: slots for direct, what the cloud says for nat, none for adopt."""
        if self.exit.kind == "adopt":
            return []
        return list(self.connectors) if self.exit.kind == "direct" else self.exit.keys(self.zones())

    def is_strict(self) -> bool:
        """Whether the vendor's rules open no private address past the reaches."""
        return True

    def placed(self) -> Mapping[str, str]:
        """The zone of each slot. Raises ValueError where pins and zones do not fit."""
        return place({key: slot.zone for key, slot in self.connectors.items()}, self.zones())

    def problems(self) -> Iterator[Problem]:
        """What does not fit together within the site."""
        zones = self.zones()
        named = zones if self.network.create else self.network.adopt.every_zone()
        for problem in self.place_problems(named):
            yield ("region",), problem
        for key, slot in self.connectors.items():
            for problem in problems_of(lambda pin=slot.zone, key=key: place({key: pin}, zones)) if zones else ():
                yield ("connectors", key, "zone"), problem
            for problem in [] if slot.image is None else self.image_problems(slot.image):
                yield ("connectors", key, "image"), problem
        yield from self.cloud_problems()
        yield from self._exit_problems()
        if self.network.create:
            yield from self._unreachable()

    def place_problems(self, zones: Iterable[str]) -> list[str]:
        """Sentences for zones that are not of the region."""
        return region_problems(self.cloud, self.region, zones)

    def cloud_problems(self) -> Iterator[Problem]:
        """What only this cloud minds."""
        return iter(())

    def problems_with(self, network_type: str) -> Iterator[Problem]:
        """What this cloud minds of a site in a Remote Network of a type."""
        return iter(())

    def _exit_problems(self) -> Iterator[Problem]:
        kind, create = self.exit.kind, self.network.create is not None
        if kind == "adopt" and create:
            yield (
                ("exit", "kind"),
                f"A network to create needs exit kind {' or '.join(self.own_exits)}; kind adopt is for networks that "
                "exist.",
            )
        elif kind == "nat" and not create:
            yield (
                ("exit",),
                "An adopted network has its own way out. Set exit: {kind: adopt, addresses: [...]} with the static "
                "addresses that its traffic leaves from"
                + (", or {kind: direct} with public_subnets." if "direct" in self.own_exits else "."),
            )
        elif not self.zones():
            name = "public_subnets" if kind == "direct" else "subnets"
            yield ("network", "adopt"), f"Exit kind {kind} needs {name}, such as {name}: {self.adopt_example}."
        elif kind != "adopt":
            used = self.exit_keys()
            for key in self.exit.adopt:
                slot = f"The slot {key!r} is no Connector of the site. Allowed: {', '.join(used)}."
                if key not in used:
                    yield ("exit", "adopt", key), slot if kind == "direct" else self.exit.stray(key, self.zones())

    def _unreachable(self) -> Iterator[Problem]:
        ranges = self.network.ranges()
        hint = f"The network has {ranges[0]}. Add a route there under network.create.routes, or remove this."
        asked: list[tuple[tuple[Any, ...], str]] = [
            (("reach", index, "cidr"), reach.reach().destination) for index, reach in enumerate(self.reach)
        ]
        asked += [(("dns", index), server) for index, server in enumerate(self.dns)]
        for where, cidr in asked:
            if is_private(cidr) and not within(cidr, LINK_LOCAL) and not leads_to(cidr, ranges):
                yield where, f"No route leads to {cidr}. {hint}"
