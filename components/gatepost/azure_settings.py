"""The fleet settings of a site on Azure, each checked with its path in the file."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_network
from typing import Annotated, Any, Literal

from pydantic import Field

from .azure_names import REGIONAL, foreign_problems, id_problems, zone_problems
from .azure_ranges import subnet_ranges
from .egress import dns_problems
from .exit_settings import AdoptExit, ZonalNat, exit_of_its_kind
from .explain import Part, Problem, checked, found, spelled
from .labels import check_name
from .quotas import ROLLING
from .rule import is_private
from .site_settings import (
    CreateSettings,
    NetworkSettings,
    SiteSettings,
    is_block,
    route_problems,
)
from .sizes import AZURE_CPU, AZURE_IMAGE, AZURE_MEMORY_GB, azure_host_problems
from .words import problems_of

ZONES = ["1", "2"]
CREATE = {"cidr": "10.60.0.0/24", "zones": ZONES}
"""What messages show as an example."""
_NETWORK = "/subscriptions/0000-1111/resourceGroups/acme/providers/Microsoft.Network"
_VNET = f"{_NETWORK}/virtualNetworks/main"
_SUBNET = f"{_VNET}/subnets/connectors"
_GUARD = f"{_NETWORK}/networkSecurityGroups/connectors"
_ADDRESS = f"{_NETWORK}/publicIPAddresses/exit"
_PREFIX = f"{_NETWORK}/publicIPPrefixes/exits"
GATEWAY = "gateway"
"""A route's `via` for the network's own VPN gateway; an ExpressRoute gateway brings its routes by BGP."""


def _zone_problems(zone: str) -> list[str]:
    return zone_problems("westeurope", [zone])


def _id(what: str, kind: str) -> Any:
    return checked(lambda rid: id_problems(what, rid, kind))


def _via_problems(via: str) -> list[str]:
    if via == GATEWAY or (not dns_problems([via]) and is_private(f"{via}/32")):
        return []
    return [found(via, f"{GATEWAY} (the network's VPN gateway), or an appliance's address such as 10.0.0.4")]


def _cidr_problems(cidr: str) -> list[str]:
    problems = problems_of(lambda: subnet_ranges(cidr, ()))
    if problems or is_block(cidr):
        return problems
    return [f"The network {cidr!r} must be spelt {str(ip_network(cidr))!r}."]


Zone = Annotated[str, checked(_zone_problems)]
ResourceGroup = Annotated[str, checked(lambda name: check_name("azure resource group", name))]


class RouteSettings(Part):
    """A private destination outside the network, and what leads there."""

    cidr: Annotated[str, checked(route_problems)] = Field(examples=["10.0.0.0/8"])
    via: Annotated[str, checked(_via_problems)] = Field(examples=["10.0.0.4"])


class CreateNetwork(CreateSettings):
    """A network to make."""

    cidr: Annotated[str, checked(_cidr_problems)] = Field(examples=[CREATE["cidr"]])
    zones: list[Zone] = Field(min_length=1, examples=[ZONES])
    resource_group: ResourceGroup | None = None
    """An existing resource group for network and hosts; None: one is made."""
    routes: list[RouteSettings] = Field(default_factory=list, examples=[[{"cidr": "10.0.0.0/8", "via": "10.0.0.4"}]])
    protect: bool = False
    """Refuse, already in the preview, whatever would delete the network."""


class AdoptNetwork(Part):
    """A network that exists: the subnets for container groups by zone, and the security group that is on them."""

    vpc_id: Annotated[str, _id("The network", "virtual network")] = Field(examples=[_VNET])
    subnets: dict[Zone, Annotated[str, _id("A subnet", "subnet")]] = Field(min_length=1, examples=[{"1": _SUBNET}])
    """Subnets delegated to container groups, each with a Standard NAT gateway."""
    security_group_id: Annotated[str, _id("The security group", "network security group")] = Field(examples=[_GUARD])
    """The network security group on these subnets; the site's rules go into it."""
    resource_group: ResourceGroup = Field(examples=["acme"])
    """Where the container groups are made."""
    dns_servers: Annotated[list[str], checked(dns_problems)] = Field(default_factory=list, examples=[["10.60.0.4"]])
    """Custom DNS servers of the network itself, which container groups do not see."""

    def problems(self) -> Iterator[Problem]:
        """A subnet may serve several zones, but Azure's word for none goes with no other. All are of the network."""
        yield from (
            (("subnets", zone), problem)
            for zone, subnet in self.subnets.items()
            for problem in foreign_problems("The subnet", subnet, self.vpc_id)
        )
        yield from (
            (("subnets",), problem) for problem in zone_problems("westeurope", self.subnets) if REGIONAL in self.subnets
        )

    @property
    def public_subnets(self) -> Mapping[str, str]:
        """None: a container group in a network has no public address."""
        return {}

    def every_zone(self) -> list[str]:
        """Zones that are named."""
        return list(self.subnets)


class AzureNetwork(NetworkSettings):
    """A virtual network."""

    create: CreateNetwork | None = None
    adopt: AdoptNetwork | None = None


class NatExit(ZonalNat):
    """NAT gateways on static addresses, in a network that gatepost makes."""

    zone: Zone | None = None
    """Where the only NAT gateway stands; None: the first zone. It cannot move later."""
    adopt: dict[Zone, Annotated[str, _id("An adopted address", "public IP address")]] = Field(
        default_factory=dict, examples=[{"1": _ADDRESS}]
    )
    """Existing addresses by zone; the others are made."""
    prefix: Annotated[str, _id("The prefix", "public IP prefix")] | None = Field(default=None, examples=[_PREFIX])
    """An existing prefix that new addresses are taken from."""
    protect: bool = False
    retain: bool = False


NO_DIRECT = (
    "Azure has no exit direct: a container group in a virtual network can have no public address of its own. Allowed: "
    "nat, adopt."
)


def _region_problems(region: str) -> list[str]:
    return zone_problems(region, ())


class AzureSite(SiteSettings):
    """One place on Azure where Connectors of a Remote Network run."""

    adopt_example = f"{{'1': {_SUBNET}}}"
    nat_path = "relay"
    own_exits = ("nat",)
    peer_to_peer_exit = "On Azure there is no other exit; use AWS (direct) or Google Cloud for exit nodes."

    cloud: Literal["azure"] = Field(examples=["azure"])
    region: Annotated[str, checked(_region_problems)] = Field(examples=["westeurope"])
    network: AzureNetwork = Field(examples=[{"create": CREATE}])
    exit: Annotated[
        NatExit | AdoptExit, exit_of_its_kind({"nat": NatExit, "adopt": AdoptExit}, refused={"direct": NO_DIRECT})
    ] = NatExit()
    image: Annotated[str, checked(lambda image: azure_host_problems(image, AZURE_CPU, AZURE_MEMORY_GB))] | None = Field(
        default=None, examples=[AZURE_IMAGE]
    )
    cpu: Annotated[float, checked(lambda cpu: azure_host_problems(None, cpu, AZURE_MEMORY_GB))] = AZURE_CPU
    memory_gb: Annotated[float, checked(lambda gb: azure_host_problems(None, AZURE_CPU, gb))] = AZURE_MEMORY_GB
    registry: str | None = Field(default=None, examples=["index.docker.io"])
    """Server whose credentials stand in gatepost:azure; None: the image is pulled without."""
    log_analytics: (
        Annotated[
            str,
            spelled(
                "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
                "the id (a GUID, in small letters) of a Log Analytics workspace",
            ),
        ]
        | None
    ) = None
    """Workspace for the log, whose key stands in gatepost:azure; None: none."""
    portal: bool = False

    @classmethod
    def misspelt(cls, region: str) -> bool:
        """Not like ``westeurope``."""
        return bool(_region_problems(region))

    def image_problems(self, image: str) -> list[str]:
        """Not an image with a tag or a digest."""
        return azure_host_problems(image, self.cpu, self.memory_gb, self.registry)

    def takes(self) -> Mapping[str, float]:
        """Container groups and cores, those of a rollout included."""
        groups = ROLLING * len(self.connectors)
        return {"container_groups": groups, "cores": groups * self.cpu}

    def place_problems(self, zones: Iterable[str]) -> list[str]:
        """Sentences for zones that the region does not have."""
        return zone_problems(self.region, zones)

    def cloud_problems(self) -> Iterator[Problem]:
        """Zones that the region lacks, DNS servers that nobody asks, credentials, and subnets without room."""
        create, adopt = self.network.create, self.network.adopt
        for problem in (
            azure_host_problems(self.image, self.cpu, self.memory_gb, self.registry) if self.registry else ()
        ):
            yield ("registry",), problem
        for problem in self.exit.zone_problems(self.zones()):
            yield ("exit", "zone"), problem
        if adopt and adopt.dns_servers and not self.dns:
            told = f"The network resolves names by {', '.join(adopt.dns_servers)}, but container groups do not see the"
            yield ("dns",), f"{told} DNS servers of their network, so private names would resolve nowhere. Give them."
        if create and not problems_of(self.placed):
            fullest = max(Counter(self.placed().values()).values())
            for problem in problems_of(lambda: subnet_ranges(create.cidr, create.zones, fullest)):
                yield ("network", "create", "cidr"), problem


class Credentials(Part):
    """How to log in to a registry."""

    username: str
    password: str


class AzureSecrets(Part):
    """``gatepost:azure``: what sites on Azure name and no settings file shows."""

    registries: dict[str, Credentials] = Field(default_factory=dict)
    """By server, ``index.docker.io`` for Docker Hub."""
    workspaces: dict[str, str] = Field(default_factory=dict)
    """Keys of Log Analytics workspaces, by workspace id."""
