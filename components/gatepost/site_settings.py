"""One site of the fleet settings: reaches, hosts and Connectors, each checked with the path in the file."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, WrapValidator

from .boot.aws import AwsBoot
from .egress import Reach, dns_problems
from .explain import Part, Problem, checked, found
from .labels import check_key
from .network_settings import (
    CREATE,
    GENERATIONS,
    AdoptExit,
    CreateNetwork,
    DirectExit,
    NatExit,
    NetworkSettings,
    exit_of_its_kind,
)
from .placement import place
from .rule import LINK_LOCAL, Protocol, is_private, within
from .site import problems_of, region_problems
from .sizes import AWS_SIZE, aws_host_problems, aws_key_problems

DHCP_SERVERS = 4
"""DNS servers of a DHCP option set: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_DHCP_Options.html"""


def _boot_problems(region: str = "eu-central-1", dns: Iterable[str] = ()) -> list[str]:
    return problems_of(lambda: AwsBoot(settings={"TWINGATE_NETWORK": "acme"}, region=region, dns=tuple(dns)))


def _port_problems(ports: Any) -> list[str]:
    """Ports stay plain for ``Reach``; a number that is none of a port would not even be shown by it."""
    entries = ports if isinstance(ports, list) else [ports]
    good = "1-65535, a rising range like '8000-8100', or a list of both"
    odd = [e for e in entries if isinstance(e, bool) or not (isinstance(e, str) or e in range(1, 65536))]
    if odd or not entries:
        return [found(entry, good) for entry in odd or [ports]]
    return problems_of(lambda: Reach(cidr="10.0.0.0/8", protocol="tcp", ports=entries))


_IMAGE = "ami-0123456789abcdef0"


class ReachSettings(Part):
    """Destinations that users reach through a site: see ``gatepost.egress.Reach``."""

    cidr: Annotated[str, checked(lambda cidr: problems_of(lambda: Reach(cidr=cidr)))] = Field(examples=["10.0.0.0/8"])
    protocol: Protocol = "all"
    ports: Annotated[Any, checked(lambda ports: [] if ports is None else _port_problems(ports))] = None
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


class SiteSettings(Part):
    """One place where Connectors of a Remote Network run."""

    cloud: Literal["aws"] = Field(examples=["aws"])
    region: Annotated[str, checked(_boot_problems)] = Field(examples=["eu-central-1"])
    network: NetworkSettings = Field(examples=[{"create": CREATE}])
    exit: Annotated[NatExit | DirectExit | AdoptExit, WrapValidator(exit_of_its_kind), Field(discriminator="kind")] = (
        NatExit()
    )
    dns: Annotated[list[str], checked(lambda dns: dns_problems(dns) or _boot_problems(dns=dns))] = Field(
        default_factory=list, examples=[["10.40.0.2"]]
    )
    reach: list[ReachSettings] = Field(default_factory=list, examples=[[{"cidr": "10.0.0.0/8"}]])
    strict: bool = False
    image: Annotated[str, checked(lambda image: aws_host_problems(image, AWS_SIZE))] | None = Field(
        default=None, examples=[_IMAGE]
    )
    size: Annotated[str, checked(lambda size: aws_host_problems(_IMAGE, size))] = Field(
        default=AWS_SIZE, examples=[AWS_SIZE]
    )
    volume_gib: int = Field(default=8, ge=8, le=1024)
    kms_key: str | None = None
    sessions: bool = False
    termination_protection: bool = False
    log_level: Literal["error", "warn", "info", "debug"] = "error"
    metrics_port: int | None = Field(default=None, ge=1024, le=65535)
    connectors: dict[Annotated[str, checked(lambda key: check_key("slot", key))], ConnectorSlot] = Field(
        min_length=1, examples=[{"a": {}, "b": {}}]
    )

    def zones(self) -> list[str]:
        """Zones that hosts can stand in."""
        return self.network.zones(direct=self.exit.kind == "direct")

    def exit_keys(self) -> list[str]:
        """Keys of the addresses that the exit has: slots, or zones of NAT gateways. None where it is adopted."""
        if self.exit.kind == "adopt":
            return []
        if self.exit.kind == "direct":
            return list(self.connectors)
        return self.zones() if self.exit.per == "zone" else [min(self.zones())]

    def problems(self) -> Iterator[Problem]:
        """What does not fit together within the site."""
        zones = self.zones()
        named = zones if self.network.create else self.network.adopted.every_zone()
        for problem in region_problems(self.cloud, self.region, named):
            yield ("region",), problem
        for key, slot in self.connectors.items():
            for problem in problems_of(lambda pin=slot.zone, key=key: place({key: pin}, zones)) if zones else ():
                yield ("connectors", key, "zone"), problem
        for problem in aws_host_problems(self.image, self.size):
            yield ("size",), problem
        for problem in [] if self.kms_key is None else aws_key_problems(self.kms_key, self.region):
            yield ("kms_key",), problem
        yield from self._exit_problems()
        if self.network.create:
            yield from self._created_problems(self.network.create)

    def _exit_problems(self) -> Iterator[Problem]:
        kind, create = self.exit.kind, self.network.create is not None
        if kind == "adopt" and create:
            yield (
                ("exit", "kind"),
                "A network to create needs exit kind nat or direct; kind adopt is for networks that exist.",
            )
        elif kind == "nat" and not create:
            yield (
                ("exit",),
                "An adopted network has its own way out. Set exit: {kind: adopt, addresses: [...]} with the static "
                "addresses that its traffic leaves from, or {kind: direct} with public_subnets.",
            )
        elif not self.zones():
            name = "public_subnets" if kind == "direct" else "subnets"
            yield (
                ("network", "adopt"),
                f"Exit kind {kind} needs {name}, such as {name}: {{eu-central-1a: subnet-0123abcd}}.",
            )
        elif not isinstance(self.exit, AdoptExit):
            yield from self._adopted_address_problems(self.exit)

    def _adopted_address_problems(self, given: NatExit | DirectExit) -> Iterator[Problem]:
        used = self.exit_keys()
        for key in given.adopt:
            if key in used:
                continue
            if isinstance(given, DirectExit):
                told = f"The slot {key!r} is no Connector of the site. Allowed: {', '.join(used)}."
            elif given.per == "zone":
                told = f"The zone {key!r} is no zone of the network. Allowed: {', '.join(used)}."
            else:
                told = (
                    f"The zone {key!r} is not where the only NAT gateway stands. Allowed: {used[0]}, or set per: zone."
                )
            yield ("exit", "adopt", key), told

    def _created_problems(self, create: CreateNetwork) -> Iterator[Problem]:
        if len(self.dns) > DHCP_SERVERS:
            yield ("dns",), f"Found {len(self.dns)} servers. Allowed: one to {DHCP_SERVERS} in a network to create."
        hint = f"The network has {create.cidr}. Add a route there under network.create.routes, or remove this."
        for index, reach in enumerate(self.reach):
            cidr = reach.reach().destination
            if is_private(cidr) and not create.leads_to(cidr):
                yield ("reach", index, "cidr"), f"No route leads to {cidr}. {hint}"
        for index, server in enumerate(self.dns):
            if is_private(server) and not within(f"{server}/32", LINK_LOCAL) and not create.leads_to(server):
                yield ("dns", index), f"No route leads to {server}. {hint}"
        if not problems_of(lambda: self._placed(create)):
            for zone, slots in Counter(self._placed(create).values()).items():
                if slots > create.capacity():
                    told = f"The network {create.cidr} is too small: {slots} Connectors in {zone} need {GENERATIONS} "
                    yield (
                        ("network", "create", "cidr"),
                        f"{told}addresses each while they roll, and the zone's part has room for {create.capacity()}. "
                        "Take a larger range, or spread them over more zones.",
                    )

    def _placed(self, create: CreateNetwork) -> Mapping[str, str]:
        return place({key: slot.zone for key, slot in self.connectors.items()}, create.zones)
