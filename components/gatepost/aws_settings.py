"""The fleet settings of a site on AWS, each checked with its path in the file."""

from collections import Counter
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import Field

from .acl_rules import AclRules
from .boot.aws import AwsBoot
from .destinations import ROUTED
from .exit_settings import AdoptExit, Exit, ZonalNat, exit_of_its_kind
from .explain import Part, Problem, checked, spelled
from .placement import subnet_ranges, zone_region
from .rule import NEVER_RANGES, within
from .site_settings import (
    GENERATIONS,
    CreateSettings,
    NetworkSettings,
    SiteSettings,
    Slot,
    is_block,
    route_problems,
    zone_check,
)
from .sizes import AWS_SIZE, aws_host_problems, aws_key_problems
from .words import problems_of


def _range_problems(cidr: str) -> list[str]:
    problems = problems_of(lambda: subnet_ranges(cidr, ZONES))
    if problems:
        return problems
    if not is_block(cidr):
        return [f"The network {cidr!r} must be spelt {str(ip_network(cidr))!r}."]
    never = [what for block, what in NEVER_RANGES.items() if within(cidr, block)]
    return [f"The network {cidr} cannot be used: it is {what}. Take a range within {ROUTED}." for what in never]


ZONES = ["eu-central-1a", "eu-central-1b"]
CREATE = {"cidr": "10.40.0.0/22", "zones": ZONES}
"""What messages show as an example."""
RESERVED = 5
"""Addresses of a subnet that AWS keeps: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"""
_ID = "([0-9a-f]{8}|[0-9a-f]{17})"
"""End of an id: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html"""

Zone = Annotated[str, checked(zone_check("aws"))]
SubnetId = Annotated[str, spelled(rf"subnet-{_ID}", "a subnet id such as subnet-0123abcd")]
AllocationId = Annotated[str, spelled(rf"eipalloc-{_ID}", "an allocation id such as eipalloc-0123abcd")]
VpcId = Annotated[str, spelled(rf"vpc-{_ID}", "a VPC id such as vpc-0123abcd")]
Via = Annotated[
    str,
    spelled(
        rf"(tgw|pcx|vgw|eni)-{_ID}",
        "the id of a transit gateway such as tgw-0123abcd, of a peering connection (pcx-...), VPN gateway (vgw-...) or "
        "network interface (eni-...)",
    ),
]


class RouteSettings(Part):
    """A private destination outside the network, and what leads there."""

    cidr: Annotated[str, checked(route_problems)] = Field(examples=["10.0.0.0/8"])
    via: Via = Field(examples=["tgw-0123abcd"])


class CreateNetwork(CreateSettings):
    """A network to make."""

    cidr: Annotated[str, checked(_range_problems)] = Field(examples=[CREATE["cidr"]])
    zones: Annotated[
        list[Zone], Field(min_length=1), checked(lambda zones: problems_of(lambda: subnet_ranges("10.0.0.0/16", zones)))
    ] = Field(examples=[ZONES])
    routes: list[RouteSettings] = Field(
        default_factory=list, examples=[[{"cidr": "10.0.0.0/8", "via": "tgw-0123abcd"}]]
    )
    acl: bool = False
    """A network ACL that closes private destinations other than the reaches."""
    protect: bool = False
    """Refuse, already in the preview, whatever would replace or delete the VPC."""
    replace: bool = False
    """Unlock another range or region although every Connector of the site is away meanwhile."""

    def problems(self) -> Iterator[Problem]:
        """Routes into the network itself, two for one destination, and what a VPC cannot be attached to."""
        yield from super().problems()
        yield from self._gateway_problems()

    def _gateway_problems(self) -> Iterator[Problem]:
        vias = list(enumerate(route.via for route in self.routes))
        vpn = [(index, via) for index, via in vias if via.startswith("vgw-")]
        for index, via in vpn:
            if via != vpn[0][1]:
                told = f"A VPC has one VPN gateway, and routes[{vpn[0][0]}] names another, {vpn[0][1]}. Keep one."
                yield ("routes", index, "via"), told
        ordinary = [zone for zone in self.zones if len(zone) == len(zone_region("aws", zone) or "") + 1]
        for index, via in vias:
            if via.startswith("tgw-") and not ordinary:
                told = f"AWS attaches no transit gateway in a local zone ({', '.join(self.zones)}). Add a zone of the"
                yield ("routes", index, "via"), f"{told} region, such as {zone_region('aws', self.zones[0])}a."

    def capacity(self) -> int:
        """Connectors that each zone has room for."""
        size = ip_network(self.cidr).num_addresses // 16
        return (size - RESERVED) // GENERATIONS


class AdoptNetwork(Part):
    """A network that exists: its id, and the subnets for hosts by zone."""

    vpc_id: VpcId = Field(examples=["vpc-0123abcd"])
    subnets: dict[Zone, SubnetId] = Field(default_factory=dict, examples=[{"eu-central-1a": "subnet-0123abcd"}])
    """Subnets whose traffic leaves through NAT, for exit kind adopt."""
    public_subnets: dict[Zone, SubnetId] = Field(default_factory=dict, examples=[{"eu-central-1a": "subnet-4567abcd"}])
    """Subnets whose traffic leaves through an internet gateway, for exit kind direct."""

    def problems(self) -> Iterator[Problem]:
        """A subnet is in one zone only, and has one way out."""
        first: dict[str, tuple[str, str]] = {}
        for kind in ("subnets", "public_subnets"):
            for zone, subnet in getattr(self, kind).items():
                other, where = first.setdefault(subnet, (kind, zone))
                if where != zone:
                    told = f"The subnet {subnet} is already the one of {where}, and a subnet is in one zone only."
                    yield (kind, zone), f"{told} Change one."
                elif other != kind:
                    told = f"The subnet {subnet} is already under {other}, and traffic leaves either through NAT or"
                    yield (kind, zone), f"{told} through an internet gateway. Remove one."

    def every_zone(self) -> list[str]:
        """Zones that are named, whichever exit uses them."""
        return list(dict.fromkeys([*self.subnets, *self.public_subnets]))


class AwsNetwork(NetworkSettings):
    """A VPC."""

    create: CreateNetwork | None = None
    adopt: AdoptNetwork | None = None


class NatExit(ZonalNat):
    """NAT gateways on static addresses, in a network that gatepost makes."""

    zone: Zone | None = None
    """Where the only NAT gateway stands; None: the first zone by name. It cannot move later."""
    adopt: dict[Zone, AllocationId] = Field(default_factory=dict)
    """Existing addresses by zone; the others are made."""
    protect: bool = False
    retain: bool = False


class DirectExit(Exit):
    """A static address on each host: it belongs to the slot and moves to its next host."""

    kind: Literal["direct"]
    adopt: dict[Slot, AllocationId] = Field(default_factory=dict)
    """Existing addresses by slot; the others are made."""
    protect: bool = False
    retain: bool = False


_IMAGE = "ami-0123456789abcdef0"
DHCP_SERVERS = 4
"""DNS servers of a DHCP option set: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_DHCP_Options.html"""


def _region_problems(region: str) -> list[str]:
    return problems_of(lambda: AwsBoot(settings={"TWINGATE_NETWORK": "acme"}, region=region))


class AwsSite(SiteSettings):
    """One place on AWS where Connectors of a Remote Network run."""

    adopt_example = "{eu-central-1a: subnet-0123abcd}"
    nat_path = "relay"

    cloud: Literal["aws"] = Field(examples=["aws"])
    region: Annotated[str, checked(_region_problems)] = Field(examples=["eu-central-1"])
    network: AwsNetwork = Field(examples=[{"create": CREATE}])
    exit: Annotated[
        NatExit | DirectExit | AdoptExit, exit_of_its_kind({"nat": NatExit, "direct": DirectExit, "adopt": AdoptExit})
    ] = NatExit()
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

    @classmethod
    def misspelt(cls, region: str) -> bool:
        """Not like ``eu-central-1``."""
        return bool(_region_problems(region))

    def image_problems(self, image: str) -> list[str]:
        """Not the id of an AMI, or one that the size needs otherwise."""
        return aws_host_problems(image, self.size)

    def takes(self) -> Mapping[str, float]:
        """Elastic IP addresses and VPCs."""
        return {**super().takes(), "networks": 1 if self.network.create else 0}

    def is_strict(self) -> bool:
        """Only when asked for: it takes most of a security group's rules."""
        return self.strict

    def problems_with(self, network_type: str) -> Iterator[Problem]:
        """More rules than a network ACL holds."""
        if self.network.create and self.network.create.acl:
            reaches = [reach.reach() for reach in self.reach]
            acl = problems_of(lambda: AclRules(reaches=reaches, dns=self.dns, network_type=network_type))
            yield from ((("network", "create", "acl"), problem) for problem in acl)

    def cloud_problems(self) -> Iterator[Problem]:
        """Hosts, keys, DHCP options, and zones without room for a rollout."""
        for problem in aws_host_problems(self.image, self.size):
            yield ("size",), problem
        for problem in [] if self.kms_key is None else aws_key_problems(self.kms_key, self.region):
            yield ("kms_key",), problem
        create = self.network.create
        for problem in self.exit.zone_problems(self.zones()):
            yield ("exit", "zone"), problem
        if create and len(self.dns) > DHCP_SERVERS:
            yield ("dns",), f"Found {len(self.dns)} servers. Allowed: one to {DHCP_SERVERS} in a network to create."
        if create and not problems_of(self.placed):
            for zone, slots in Counter(self.placed().values()).items():
                if slots > create.capacity():
                    told = f"The network {create.cidr} is too small: {slots} Connectors in {zone} need {GENERATIONS} "
                    yield (
                        ("network", "create", "cidr"),
                        f"{told}addresses each while they roll, and the zone's part has room for {create.capacity()}. "
                        "Take a larger range, or spread them over more zones.",
                    )
