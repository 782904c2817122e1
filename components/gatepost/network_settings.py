"""Network and exit of a site in the fleet settings, each setting checked with its path in the file."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, ip_network
from typing import Annotated, Any, Literal

from pydantic import Field, ValidatorFunctionWrapHandler

from .egress import dns_problems
from .explain import Part, Problem, checked, found, one_word, refusal, spelled
from .labels import check_key
from .placement import subnet_ranges, zone_region
from .rule import NEVER_RANGES, PRIVATE_RANGES, is_private, within
from .site import problems_of


def _zone_problems(zone: str) -> list[str]:
    return problems_of(lambda: zone_region("aws", zone)) or check_key("zone", zone)


def _address_problems(address: str) -> list[str]:
    public = not dns_problems([address]) and not any(
        within(f"{address}/32", block) for block in (*PRIVATE_RANGES, *NEVER_RANGES)
    )
    return [] if public else [found(address, "a public IPv4 address such as 203.0.113.7")]


def _is_block(cidr: str) -> bool:
    """Whether it is an IPv4 block in the one spelling that AWS takes, not 10.0.0.0/255.0.0.0."""
    try:
        block = ip_network(cidr)
    except ValueError:
        return False
    return isinstance(block, IPv4Network) and str(block) == cidr


def _range_problems(cidr: str) -> list[str]:
    problems = problems_of(lambda: subnet_ranges(cidr, ZONES))
    if problems:
        return problems
    if not _is_block(cidr):
        return [f"The network {cidr!r} must be spelt {str(ip_network(cidr))!r}."]
    never = [what for block, what in NEVER_RANGES.items() if within(cidr, block)]
    return [f"The network {cidr} cannot be used: it is {what}. Take a range within {_ROUTED}." for what in never]


def _route_problems(cidr: str) -> list[str]:
    if _is_block(cidr) and is_private(cidr) and not any(within(cidr, never) for never in NEVER_RANGES):
        return []
    told = f"an IPv4 block within {_ROUTED} that starts at its first address, such as 10.0.0.0/8"
    return [found(cidr, f"{told}; a single address ends in /32")]


_ROUTED = ", ".join(block for block in PRIVATE_RANGES if block not in NEVER_RANGES)


ZONES = ["eu-central-1a", "eu-central-1b"]
CREATE = {"cidr": "10.40.0.0/22", "zones": ZONES}
"""What messages show as an example."""
RESERVED = 5
"""Addresses of a subnet that AWS keeps: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"""
GENERATIONS = 3
"""Hosts of a slot that may be there at once: old and new, and one more after a refused gate."""
_ID = "([0-9a-f]{8}|[0-9a-f]{17})"
"""End of an id: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html"""

Zone = Annotated[str, checked(_zone_problems)]
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

    cidr: Annotated[str, checked(_route_problems)] = Field(examples=["10.0.0.0/8"])
    via: Via = Field(examples=["tgw-0123abcd"])


class CreateNetwork(Part):
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
        own, first = ip_network(self.cidr), dict[str, int]()
        for index, route in enumerate(self.routes):
            where = ("routes", index, "cidr")
            if ip_network(route.cidr).subnet_of(own):  # ty: ignore[invalid-argument-type]  # both are IPv4
                yield where, f"The route to {route.cidr} is for a range inside the network ({self.cidr}). Remove it."
            if first.setdefault(route.cidr, index) != index:
                yield where, f"There is already a route to {route.cidr}, routes[{first[route.cidr]}]. Remove one."
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

    def leads_to(self, cidr: str) -> bool:
        """Whether at least a part of a private block can be reached: it is in the network, or a route leads there."""
        ranges = [self.cidr, *(route.cidr for route in self.routes)]
        return any(ip_network(cidr).overlaps(ip_network(known)) for known in ranges)


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
    def adopted(self) -> AdoptNetwork:
        """The network that exists; only for sites that adopt one."""
        assert self.adopt is not None  # noqa: S101  # one of the two is given
        return self.adopt

    def zones(self, *, direct: bool) -> list[str]:
        """Zones that hosts can stand in, with exit kind direct or another."""
        if self.create:
            return list(self.create.zones)
        return list(self.adopted.public_subnets if direct else self.adopted.subnets)


class NatExit(Part):
    """NAT gateways on static addresses, in a network that gatepost makes."""

    kind: Literal["nat"] = "nat"
    per: Literal["zone", "site"] = "zone"
    """A NAT gateway and address in each zone, or one in the first zone by name for the whole site."""
    adopt: dict[Zone, AllocationId] = Field(default_factory=dict)
    """Existing addresses by zone; the others are made."""
    protect: bool = False
    retain: bool = False


class DirectExit(Part):
    """A static address on each host: it belongs to the slot and moves to its next host."""

    kind: Literal["direct"]
    adopt: dict[Annotated[str, checked(lambda key: check_key("slot", key))], AllocationId] = Field(default_factory=dict)
    """Existing addresses by slot; the others are made."""
    protect: bool = False
    retain: bool = False


class AdoptExit(Part):
    """The network already has its exits; these are their addresses."""

    kind: Literal["adopt"]
    addresses: list[Annotated[str, checked(_address_problems)]] = Field(min_length=1, examples=[["203.0.113.7"]])


EXITS: Mapping[str, type[Part]] = {"nat": NatExit, "direct": DirectExit, "adopt": AdoptExit}


def exit_of_its_kind(data: Any, _: ValidatorFunctionWrapHandler) -> Part:
    """The exit of its kind. A tagged union would do, but it puts steps into paths that are not in the file."""
    kind = data.get("kind", "nat") if isinstance(data, dict) else getattr(data, "kind", "nat")
    if isinstance(kind, str) and kind in EXITS:
        return EXITS[kind].model_validate(data)
    raise refusal("exit", [(("kind",), one_word(kind, EXITS))])
