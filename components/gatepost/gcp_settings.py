"""The fleet settings of a site on Google Cloud, each checked with its path in the file."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from ipaddress import ip_network
from typing import Annotated, Any, Literal

from pydantic import Field

from .boot.gcp import GcpBoot
from .exit_settings import AdoptExit, Exit, exit_of_its_kind
from .explain import Part, Problem, checked, find, found, spelled
from .gcp_dns import policy_problems
from .gcp_names import apart_problems, link_problems, project_of
from .gcp_nat import MIN_PORTS, option_problems, port_problem, range_problems
from .labels import check_key, check_name
from .site_settings import (
    CreateSettings,
    NetworkSettings,
    SiteSettings,
    Slot,
    is_block,
    route_problems,
    zone_check,
)
from .sizes import GCP_SIZE, gcp_host_problems, gcp_key_problems
from .words import problems_of

ZONES = ["europe-west3-a", "europe-west3-b"]
CREATE = {"cidr": "10.50.0.0/24", "zones": ZONES}
"""What messages show as an example."""
_IMAGE = "projects/debian-cloud/global/images/debian-12-bookworm-v20261110"
_SUBNET = "projects/acme/regions/europe-west3/subnetworks/connectors"
_ADDRESS = "projects/acme/regions/europe-west3/addresses/exit"
_TUNNEL = "projects/acme/regions/europe-west3/vpnTunnels/hq"


def _link(what: str, kind: str) -> object:
    return checked(lambda link: link_problems(what, link, kind))


def _via_problems(via: str) -> list[str]:
    kinds = ("vpnTunnels", "forwardingRules", "instances")
    if any(not link_problems("via", via, kind) for kind in kinds):
        return []
    return [found(via, f"the id of a VPN tunnel such as {_TUNNEL}, of a forwarding rule or of an instance")]


def _address_problems(name: str) -> list[str]:
    if not check_name("gcp resource", name) or not link_problems("An adopted address", name, "addresses"):
        return []
    return [found(name, f"the name of an address, or its id or self link such as {_ADDRESS}")]


def _key_problems(key: str) -> list[str]:
    return [problem.replace("The zone key", "The address key") for problem in check_key("zone", key)]


def _cidr_problems(cidr: str) -> list[str]:
    problems = range_problems(cidr, None)
    if problems or is_block(cidr):
        return problems
    return [f"The network {cidr!r} must be spelt {str(ip_network(cidr))!r}."]


Zone = Annotated[str, checked(zone_check("gcp"))]
Subnet = Annotated[str, _link("A subnetwork", "subnetworks")]
Address = Annotated[str, checked(_address_problems)]


class RouteSettings(Part):
    """A private destination outside the network, and what leads there."""

    cidr: Annotated[str, checked(route_problems)] = Field(examples=["10.0.0.0/8"])
    via: Annotated[str, checked(_via_problems)] = Field(examples=[_TUNNEL])


class CreateNetwork(CreateSettings):
    """A network to make."""

    cidr: Annotated[str, checked(_cidr_problems)] = Field(examples=[CREATE["cidr"]])
    zones: list[Zone] = Field(min_length=1, examples=[ZONES])
    routes: list[RouteSettings] = Field(default_factory=list, examples=[[{"cidr": "10.0.0.0/8", "via": _TUNNEL}]])
    flow_logs: bool = False
    """Flow logs of the subnetwork."""
    protect: bool = False
    """Refuse, already in the preview, whatever would delete the network."""
    replace: bool = False
    """Unlock another range or region although every Connector of the site is away meanwhile."""


class AdoptNetwork(Part):
    """A network that exists, and the subnetwork for hosts by zone; one subnetwork may stand for every zone."""

    vpc_id: Annotated[str, _link("The network", "networks")] = Field(examples=["projects/acme/global/networks/shared"])
    subnets: dict[Zone, Subnet] = Field(default_factory=dict, examples=[{"europe-west3-a": _SUBNET}])
    """Subnetworks whose traffic leaves through NAT, for exit kind adopt."""
    public_subnets: dict[Zone, Subnet] = Field(default_factory=dict, examples=[{"europe-west3-a": _SUBNET}])
    """Subnetworks whose traffic leaves by the default route, for exit kind direct."""

    def every_zone(self) -> list[str]:
        """Zones that are named, whichever exit uses them."""
        return list(dict.fromkeys([*self.subnets, *self.public_subnets]))


class GcpNetwork(NetworkSettings):
    """A VPC network."""

    create: CreateNetwork | None = None
    adopt: AdoptNetwork | None = None


class NatExit(Exit):
    """Cloud NAT on static addresses, in a network that gatepost makes."""

    kind: Literal["nat"] = "nat"
    addresses: list[Annotated[str, checked(_key_problems)]] = Field(default=["a"], min_length=1, examples=[["a", "b"]])
    """Keys of the addresses; hosts leave by any of them. One address has ports for 31 Connectors that roll."""
    adopt: dict[str, Address] = Field(default_factory=dict)
    """Existing addresses by key; the others are made."""
    min_ports_per_vm: int | None = None
    """Ports for each host; None: 1,024, and 8,192 in an EXIT network."""
    protect: bool = False
    retain: bool = False

    def keys(self, zones: Sequence[str]) -> list[str]:
        """Keys of the addresses of Cloud NAT."""
        return list(self.addresses)

    def problems(self) -> Iterator[Problem]:
        """Keys named twice, and ports that Cloud NAT does not give out."""
        for key in sorted({key for key in self.addresses if self.addresses.count(key) > 1}):
            yield ("addresses",), f"The key {key!r} is listed twice. Remove one."
        ports = self.min_ports_per_vm
        told = [] if ports is None else option_problems(ports, dynamic=False, endpoint_independent=True)
        yield from ((("min_ports_per_vm",), problem.removeprefix("NetworkArgs.")) for problem in told)


class DirectExit(Exit):
    """A static address on each host: it belongs to the slot and its next host takes it."""

    kind: Literal["direct"]
    adopt: dict[Slot, Address] = Field(default_factory=dict)
    """Existing addresses by slot; the others are made."""
    protect: bool = False
    retain: bool = False


def _region_problems(region: str) -> list[str]:
    return [] if re.fullmatch(r"[a-z]+-[a-z]+[0-9]+", region) else [found(region, "a region such as europe-west3")]


class GcpSite(SiteSettings):
    """One place on Google Cloud where Connectors of a Remote Network run."""

    adopt_example = f"{{europe-west3-a: {_SUBNET}}}"
    nat_path = "peer-to-peer"

    cloud: Literal["gcp"] = Field(examples=["gcp"])
    region: Annotated[str, checked(_region_problems)] = Field(examples=["europe-west3"])
    network: GcpNetwork = Field(examples=[{"create": CREATE}])
    exit: Annotated[
        NatExit | DirectExit | AdoptExit, exit_of_its_kind({"nat": NatExit, "direct": DirectExit, "adopt": AdoptExit})
    ] = NatExit()
    project: Annotated[str, spelled("[a-z][a-z0-9-]{4,28}[a-z0-9]", "the id of a project such as acme-prod")] | None = (
        None
    )
    """None: the provider's."""
    image: Annotated[str, checked(lambda image: gcp_host_problems(image, GCP_SIZE))] | None = Field(
        default=None, examples=[_IMAGE]
    )
    size: Annotated[str, checked(lambda size: gcp_host_problems(_IMAGE, size))] = Field(
        default=GCP_SIZE, examples=[GCP_SIZE]
    )
    volume_gib: int = Field(default=10, ge=10, le=1024)
    kms_key: str | None = None
    regional_pair: bool = False
    version: str | None = Field(default=None, examples=["1.80.0"])
    upgrade_hour: int = Field(default=3, ge=0, le=23)

    @classmethod
    def misspelt(cls, region: str) -> bool:
        """Not like ``europe-west3``."""
        return bool(_region_problems(region))

    def image_problems(self, image: str) -> list[str]:
        """Not the link of an image."""
        return gcp_host_problems(image, self.size)

    def ports(self) -> int | None:
        """Ports for each host behind NAT; None: what the network decides."""
        return self.exit.min_ports_per_vm if isinstance(self.exit, NatExit) else None

    def cloud_problems(self) -> Iterator[Problem]:
        """Hosts, keys, versions, subnetworks elsewhere, and ranges without room for a rollout."""
        for problem in gcp_host_problems(self.image, self.size):
            yield ("size",), problem
        for problem in [] if self.kms_key is None else gcp_key_problems(self.kms_key, self.region):
            yield ("kms_key",), problem
        settings = {"TWINGATE_NETWORK": "acme"}
        for problem in problems_of(lambda: GcpBoot(settings=settings, version=self.version)):
            yield ("version",), problem
        if not isinstance(self.exit, AdoptExit):
            yield from ((("exit", "adopt", key), told) for key, told in self._given_problems(self.exit.adopt))
        create, adopt = self.network.create, self.network.adopt
        for problem in range_problems(create.cidr, len(self.connectors)) if create else []:
            yield ("network", "create", "cidr"), problem
        for problem in policy_problems(self.dns) if create else []:
            yield ("dns",), problem
        if adopt is None:
            return
        for kind in ("subnets", "public_subnets"):
            for zone, subnet in getattr(adopt, kind).items():
                told = link_problems("The subnetwork", subnet, "subnetworks", self.region)
                for problem in [*told, *apart_problems("The subnetwork", adopt.vpc_id, subnet)]:
                    yield ("network", "adopt", kind, zone), problem

    def _given_problems(self, addresses: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Adopted addresses that lie elsewhere; the fleet looks for those that are one and the same.

        An address serves its own project only: https://cloud.google.com/vpc/docs/shared-vpc, "IP addresses".
        """
        for key, address in addresses.items():
            *link, _ = address.split("/")
            for problem in link_problems("The address", address, "addresses", self.region) if link else ():
                yield key, problem
            owner = _project(address)
            if owner and self.project not in (None, owner):
                told = f"The address is in the project {owner!r}, but the hosts are in {self.project!r}. An address"
                yield key, f"{told} serves its own project only. Change one."

    def problems_with(self, network_type: str) -> Iterator[Problem]:
        """Addresses with too few ports for the hosts of a rollout."""
        if isinstance(self.exit, NatExit) and self.network.create:
            ports = self.exit.min_ports_per_vm or MIN_PORTS[network_type]
            told = port_problem(hosts=len(self.connectors), ports=ports, addresses=len(self.exit.addresses))
            if told:
                yield ("exit", "addresses"), told


def same_address(fleet: Any) -> Callable[[tuple[Any, ...], str], Any]:
    """What is equal for adopted addresses of a fleet (plain data) that are one and the same, by path and text.

    An address of Google Cloud is a name, an id or a self link. A name is one of the site's project and region, and a
    site without a project has the provider's: that is known where another such site names it in a link.
    """
    sites = {steps: site for steps, site in find(fleet, "remote_networks", "*", "sites", "*") if isinstance(site, dict)}
    provider = next(
        (
            project
            for site in sites.values()
            if site.get("cloud") == "gcp" and site.get("project") is None
            for _, address in find(site, "exit", "adopt", "*")
            if isinstance(address, str) and (project := _project(address))
        ),
        None,
    )

    def same(steps: tuple[Any, ...], address: str) -> Any:
        site = sites.get(steps[:4], {})
        if site.get("cloud") != "gcp":
            return address.lower()  # ids of Azure are the same in any case
        project = _project(address) or site.get("project") or provider
        return str(project), str(site.get("region")), address.rpartition("/")[2]

    return same


def _project(address: str) -> str | None:
    """The project that an address is said to be in; None where it is a number, which no setting has."""
    found = project_of(address)
    return None if found is None or found.isdigit() else found
