"""One site of the fleet settings: network, exits, reaches and Connectors, each checked with the path in the file."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidatorFunctionWrapHandler, WrapValidator

from .boot.aws import AwsBoot
from .egress import Reach, dns_problems
from .explain import Part, Problem, checked, found, one_word, refusal, spelled
from .labels import check_key
from .placement import place, subnet_ranges, zone_region
from .rule import NEVER_RANGES, PRIVATE_RANGES, Protocol, within
from .site import problems_of, region_problems
from .sizes import AWS_SIZE, aws_host_problems

DHCP_SERVERS = 4
"""DNS servers of a DHCP option set: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_DHCP_Options.html"""


def _boot_problems(region: str = "eu-central-1", dns: Iterable[str] = ()) -> list[str]:
    return problems_of(lambda: AwsBoot(settings={"TWINGATE_NETWORK": "acme"}, region=region, dns=tuple(dns)))


def _zone_problems(zone: str) -> list[str]:
    return problems_of(lambda: zone_region("aws", zone)) or check_key("zone", zone)


def _address_problems(address: str) -> list[str]:
    public = not dns_problems([address]) and not any(
        within(f"{address}/32", block) for block in (*PRIVATE_RANGES, *NEVER_RANGES)
    )
    return [] if public else [found(address, "a public IPv4 address such as 203.0.113.7")]


def _port_problems(ports: Any) -> list[str]:
    """Ports stay plain for ``Reach``; a number that is none of a port would not even be shown by it."""
    entries = ports if isinstance(ports, list) else [ports]
    good = "1-65535, a rising range like '8000-8100', or a list of both"
    odd = [e for e in entries if isinstance(e, bool) or not (isinstance(e, str) or e in range(1, 65536))]
    if odd or not entries:
        return [found(entry, good) for entry in odd or [ports]]
    return problems_of(lambda: Reach(cidr="10.0.0.0/8", protocol="tcp", ports=entries))


_IMAGE = "ami-0123456789abcdef0"
_ZONES = ["eu-central-1a", "eu-central-1b"]
_CREATE = {"cidr": "10.40.0.0/22", "zones": _ZONES}

Zone = Annotated[str, checked(_zone_problems)]
SubnetId = Annotated[str, spelled(r"subnet-[0-9a-f]{8,17}", "a subnet id such as subnet-0123abcd")]
AllocationId = Annotated[str, spelled(r"eipalloc-[0-9a-f]{8,17}", "an allocation id such as eipalloc-0123abcd")]
VpcId = Annotated[str, spelled(r"vpc-[0-9a-f]{8,17}", "a VPC id such as vpc-0123abcd")]


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


class CreateNetwork(Part):
    """A network to make."""

    cidr: Annotated[str, checked(lambda cidr: problems_of(lambda: subnet_ranges(cidr, _ZONES)))] = Field(
        examples=[_CREATE["cidr"]]
    )
    zones: Annotated[
        list[Zone], Field(min_length=1), checked(lambda zones: problems_of(lambda: subnet_ranges("10.0.0.0/16", zones)))
    ] = Field(examples=[_ZONES])
    protect: bool = False
    """Refuse, already in the preview, whatever would replace or delete the VPC."""


class AdoptNetwork(Part):
    """A network that exists: its id, and the subnet for hosts of each zone."""

    vpc_id: VpcId = Field(examples=["vpc-0123abcd"])
    subnets: dict[Zone, SubnetId] = Field(min_length=1, examples=[{"eu-central-1a": "subnet-0123abcd"}])

    def problems(self) -> Iterator[Problem]:
        """A subnet is in one zone only."""
        first: dict[str, str] = {}
        for zone, subnet in self.subnets.items():
            if (other := first.setdefault(subnet, zone)) != zone:
                told = (
                    f"The subnet {subnet} is already the one of {other}, and a subnet is in one zone only. Change one."
                )
                yield ("subnets", zone), told


class NetworkSettings(Part):
    """Either a network to make or one that exists."""

    create: CreateNetwork | None = None
    adopt: AdoptNetwork | None = None

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

    @property
    def created(self) -> CreateNetwork:
        """The network to make; only for sites that make one."""
        assert self.create is not None  # noqa: S101  # SiteSettings refuses other combinations
        return self.create

    @property
    def adopted(self) -> AdoptNetwork:
        """The network that exists; only for sites that adopt one."""
        assert self.adopt is not None  # noqa: S101
        return self.adopt

    def zones(self) -> list[str]:
        """Zones that hosts can stand in."""
        return list(self.create.zones if self.create else self.adopted.subnets)


class NatExit(Part):
    """NAT gateways on static addresses, in a network that gatepost makes."""

    kind: Literal["nat"] = "nat"
    per: Literal["zone", "site"] = "zone"
    """A NAT gateway and address in each zone, or one in the first zone by name for the whole site."""
    adopt: dict[Zone, AllocationId] = Field(default_factory=dict)
    """Existing addresses by zone; the others are made."""
    protect: bool = False
    retain: bool = False


class AdoptExit(Part):
    """The network already has its exits; these are their addresses."""

    kind: Literal["adopt"]
    addresses: list[Annotated[str, checked(_address_problems)]] = Field(min_length=1, examples=[["203.0.113.7"]])


_EXITS: Mapping[str, type[Part]] = {"nat": NatExit, "adopt": AdoptExit}


def _exit(data: Any, _: ValidatorFunctionWrapHandler) -> Part:
    """The exit of its kind. A tagged union would do, but it puts steps into paths that are not in the file."""
    kind = data.get("kind", "nat") if isinstance(data, dict) else getattr(data, "kind", "nat")
    if isinstance(kind, str) and kind in _EXITS:
        return _EXITS[kind].model_validate(data)
    raise refusal("exit", [(("kind",), one_word(kind, _EXITS))])


class SiteSettings(Part):
    """One place where Connectors of a Remote Network run."""

    cloud: Literal["aws"] = Field(examples=["aws"])
    region: Annotated[str, checked(_boot_problems)] = Field(examples=["eu-central-1"])
    network: NetworkSettings = Field(examples=[{"create": _CREATE}])
    exit: Annotated[NatExit | AdoptExit, WrapValidator(_exit), Field(discriminator="kind")] = NatExit()
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
    log_level: Literal["error", "warn", "info", "debug"] = "error"
    connectors: dict[Annotated[str, checked(lambda key: check_key("slot", key))], ConnectorSlot] = Field(
        min_length=1, examples=[{"a": {}, "b": {}}]
    )

    def problems(self) -> Iterator[Problem]:
        """What does not fit together within the site."""
        zones = self.network.zones()
        for problem in region_problems(self.cloud, self.region, zones):
            yield ("region",), problem
        for key, slot in self.connectors.items():
            for problem in problems_of(lambda pin=slot.zone, key=key: place({key: pin}, zones)):
                yield ("connectors", key, "zone"), problem
        for problem in aws_host_problems(self.image, self.size):
            yield ("size",), problem
        if self.network.create and len(self.dns) > DHCP_SERVERS:
            yield ("dns",), f"Found {len(self.dns)} servers. Allowed: one to {DHCP_SERVERS} in a network to create."
        yield from ((("exit", *where), problem) for where, problem in self._exit_problems(zones))

    def _exit_problems(self, zones: list[str]) -> Iterator[Problem]:
        if self.exit.kind == "adopt":
            if self.network.create:
                yield ("kind",), "A network to create needs exit kind nat; kind adopt is for networks that exist."
        elif self.network.adopt:
            yield (
                (),
                "An adopted network has its own way out. Set exit: {kind: adopt, addresses: [...]} with the static "
                "addresses that its traffic leaves from.",
            )
        else:
            used = zones if self.exit.per == "zone" else [min(zones)]
            why = "no zone of the network" if self.exit.per == "zone" else "not where the only NAT gateway stands"
            more = "" if self.exit.per == "zone" else ", or set per: zone"
            for zone in self.exit.adopt:
                if zone not in used:
                    yield ("adopt", zone), f"The zone {zone!r} is {why}. Allowed: {', '.join(used)}{more}."
