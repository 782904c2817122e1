"""A VPC for Connectors with a subnet per zone: private ones behind NAT gateways on given addresses, or public ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from ..kept import kept_nat_zone, kept_range
from ..labels import Labels
from ..placement import subnet_ranges
from ..site import ExitRef, plain_problems, problems_of, region_problems, sentence
from ..triggers import once_ready
from ..words import refuse
from .routes import Routes, RoutesArgs, RouteTo, by_key, gateways, ordinary, place_problems, route_problems


@dataclass(frozen=True, kw_only=True)
class NetworkRef:
    """A network that Connectors run on: one that gatepost made, or one that exists. ValueError tells every problem."""

    region: str
    """AWS region of the VPC. Plain."""
    vpc_id: pulumi.Input[str]
    """The VPC."""
    subnets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Id of the subnet for hosts by zone. Plain keys: they say which zones there are."""
    public_subnets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Subnet by zone whose default route leads to an internet gateway: for hosts of exit ``direct``. Plain keys."""
    exit_addresses: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Static public addresses that traffic from these subnets leaves from, by key. A gate compares with them."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "region", "subnets", "public_subnets", "exit_addresses")
        if not problems:
            if not self.subnets and not self.public_subnets:
                problems.append(
                    "NetworkRef.subnets is empty, and so is public_subnets. Give at least one, "
                    "{'eu-central-1a': 'subnet-...'}."
                )
            problems += region_problems("aws", self.region, dict.fromkeys([*self.subnets, *self.public_subnets]))
            problems += place_problems(
                {
                    f"NetworkRef.{what}[{zone!r}]": subnet
                    for what in ("subnets", "public_subnets")
                    for zone, subnet in getattr(self, what).items()
                }
            )
        refuse(problems)


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """A VPC to make. ValueError tells every problem."""

    region: str
    """AWS region. Plain."""
    labels: Labels
    """Names and tags."""
    cidr: str
    """IPv4 range of the VPC, /16 to /24. Each zone has its own fixed part of it (``gatepost.placement``). Plain."""
    zones: Sequence[str]
    """Availability zones, such as ``eu-central-1a``. Adding or removing one touches no other. Plain."""
    exits: Mapping[str, ExitRef] = field(default_factory=dict)
    """Addresses for NAT gateways by the zone the gateway stands in. A zone without one of its own uses the first.
    Plain keys."""
    direct: bool = False
    """Hosts have public addresses of their own (exit ``direct``): each zone has a public subnet for hosts instead of a
    private one with a NAT gateway; ``exits`` must then be empty. Plain."""
    single_nat: bool = False
    """There is one NAT gateway whatever the zones: the zone it stands in is kept, also while it is the only one. It is
    kept in any case where several zones share one gateway. Plain."""
    routes: Mapping[str, RouteTo] = field(default_factory=dict)
    """Where private destinations lead, by IPv4 block such as ``10.0.0.0/8``; the VPC itself needs none. Plain keys."""
    protect: bool = False
    """Refuse, already in the preview, whatever would delete the VPC, a destroy too. Plain."""
    replace: bool = False
    """Unlock another range or region, which is refused otherwise: a NAT gateway holds its exit IP, so the old network
    must go before the new one is made, and every host in it is away meanwhile. Plain."""

    def __post_init__(self) -> None:
        names = ("region", "cidr", "zones", "exits", "direct", "single_nat", "routes", "protect", "replace")
        problems = plain_problems(self, *names)
        refuse(problems or self._problems())

    def _problems(self) -> list[str]:
        problems = region_problems("aws", self.region, self.zones)
        problems += problems_of(lambda: subnet_ranges(self.cidr, self.zones))
        if not problems and gateways(self.routes, "transit_gateway_id") and not ordinary(self.zones):
            problems.append(
                "NetworkArgs.zones has local zones only, where AWS attaches no transit gateway. Add an ordinary "
                "zone, or set attach=False."
            )
        problems += route_problems(self.routes, self.cidr)
        if self.direct:
            if self.exits:
                problems.append(
                    f"NetworkArgs has exits in {sentence(self.exits)}, but with direct=True there is no NAT gateway to "
                    "hold them. Leave exits out: each host has an address of its own."
                )
            return problems
        stray = [z for z in self.exits if z not in self.zones]
        if stray:
            problems.append(
                f"The exits {sentence(stray)} are no zones of the network ({sentence(self.zones)}). "
                "Key each exit by the zone that its NAT gateway stands in."
            )
        if not self.exits:
            problems.append(
                "NetworkArgs.exits is empty, so hosts would have no way out. Give one per zone, or one, or set "
                "direct=True."
            )
        return problems


class _Place(NamedTuple):
    """Where the hosts of a zone stand."""

    subnet: aws.ec2.Subnet
    table: aws.ec2.RouteTable
    way_out: tuple[pulumi.CustomResource, ...]


class Network(pulumi.ComponentResource):
    """VPC, per zone a private subnet for hosts, and NAT gateways in public subnets that hold nothing else.

    With ``direct`` the public subnets are for hosts and there is nothing else. No subnet gives a host an address: these
    hosts bring their own.
    """

    ref: NetworkRef
    """Hand this to ConnectorSite. A subnet's id is known at once, but who uses it waits for the subnet's routes."""
    vpc_id: pulumi.Output[str]
    """The VPC, for peering, transit gateways and endpoints."""
    private_subnet_ids: pulumi.Output[dict[str, str]]
    """Private subnet for hosts by zone; none with ``direct``."""
    public_subnet_ids: pulumi.Output[dict[str, str]]
    """Public subnet for hosts by zone; none but with ``direct``."""
    private_route_table_ids: pulumi.Output[dict[str, str]]
    """Route table of the private subnets by zone, for routes to private destinations; none with ``direct``."""
    route_table_ids: Mapping[str, pulumi.Output[str]]
    """Route table of the hosts' subnet by zone, private or public. Plain keys, as ``RoutesArgs.tables`` needs them."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:aws:Network", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=self._range(),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            region=args.region,
            tags=self._tags("vpc"),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        gateway = aws.ec2.InternetGateway(
            f"{name}-internet",
            vpc_id=vpc.id,
            region=args.region,
            tags=self._tags("internet"),
            # In place it would be taken from the VPC that live hosts still leave through.
            opts=pulumi.ResourceOptions(parent=self, replace_on_changes=["vpcId"]),
        )
        places = self._public(vpc, gateway) if args.direct else self._private(vpc, gateway)
        self.vpc_id = vpc.id
        self.route_table_ids = {zone: place.table.id for zone, place in places.items()}
        routed = self._routes({zone: place.subnet.id for zone, place in places.items()})
        hosts: dict[str, pulumi.Output[str]] = {}
        for zone, (subnet, _, way_out) in places.items():
            hosts[zone] = once_ready(subnet.id, (*way_out, *routed.get(zone, ())))
        none: dict[str, pulumi.Output[str]] = {}
        private, public = (none, hosts) if args.direct else (hosts, none)
        self.private_subnet_ids = by_key(private)
        self.public_subnet_ids = by_key(public)
        self.private_route_table_ids = by_key(none if args.direct else self.route_table_ids)
        self.ref = NetworkRef(
            region=args.region,
            vpc_id=vpc.id,
            subnets=private,
            public_subnets=public,
            exit_addresses={zone: ref.address for zone, ref in args.exits.items()},
        )
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "private_subnet_ids": self.private_subnet_ids,
                "public_subnet_ids": self.public_subnet_ids,
                "private_route_table_ids": self.private_route_table_ids,
                "route_table_ids": by_key(self.route_table_ids),
            }
        )

    def _range(self) -> pulumi.Output[str]:
        args = self._args
        kind = "direct" if args.direct else "nat"
        cidr = kept_range(
            self._name, cidr=args.cidr, region=args.region, exit_kind=kind, replace=args.replace, parent=self
        )
        return kept_nat_zone(cidr, self._name, args, parent=self, replace=args.replace)

    def _private(self, vpc: aws.ec2.Vpc, gateway: aws.ec2.InternetGateway) -> dict[str, _Place]:
        args, ranges = self._args, subnet_ranges(self._args.cidr, self._args.zones)
        public = self._table(vpc, "public")
        out = self._default_route("public-out", public, gateway_id=gateway.id)
        nats = {zone: self._nat(vpc, zone, ranges[zone].public, public, ref, out) for zone, ref in args.exits.items()}
        fallback = next(iter(nats.values()))
        places = {}
        for zone in args.zones:
            subnet = self._subnet(vpc, "private", zone, ranges[zone].private)
            table = self._table(vpc, f"private-{zone}")
            route = self._default_route(f"private-out-{zone}", table, nat_gateway_id=nats.get(zone, fallback).id)
            places[zone] = _Place(subnet, table, (route, self._link(f"private-link-{zone}", subnet, table)))
        return places

    def _public(self, vpc: aws.ec2.Vpc, gateway: aws.ec2.InternetGateway) -> dict[str, _Place]:
        """A table per zone, so that routes to private destinations are keyed by zone as they are in private subnets."""
        ranges = subnet_ranges(self._args.cidr, self._args.zones)
        places = {}
        for zone in self._args.zones:
            subnet = self._subnet(vpc, "public", zone, ranges[zone].public)
            table = self._table(vpc, f"public-{zone}")
            route = self._default_route(f"public-out-{zone}", table, gateway_id=gateway.id)
            # The subnet may have held a NAT gateway until now: it keeps a way out while its table changes.
            linked = self._link(f"public-link-{zone}", subnet, table, after=route)
            places[zone] = _Place(subnet, table, (route, linked))
        return places

    def _routes(self, subnets: Mapping[str, pulumi.Output[str]]) -> Mapping[str, Sequence[aws.ec2.Route]]:
        args = self._args
        if not args.routes:
            return {}
        to = RoutesArgs(
            region=args.region,
            labels=args.labels,
            vpc_id=self.vpc_id,
            tables=self.route_table_ids,
            attachment_subnets={zone: subnets[zone] for zone in ordinary(subnets)},
            routes=args.routes,
        )
        return Routes(f"{self._name}-routes", to, self._child).routes

    def _tags(self, *parts: str) -> dict[str, str]:
        return self._args.labels.tags(Name=self._args.labels.name(*parts))

    def _subnet(self, vpc: aws.ec2.Vpc, kind: str, zone: str, cidr: str) -> aws.ec2.Subnet:
        return aws.ec2.Subnet(
            f"{self._name}-{kind}-{zone}",
            vpc_id=vpc.id,
            cidr_block=cidr,
            availability_zone=zone,
            map_public_ip_on_launch=False,
            region=self._args.region,
            tags=self._tags(kind, zone),
            opts=self._child,
        )

    def _table(self, vpc: aws.ec2.Vpc, key: str) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(
            f"{self._name}-table-{key}", vpc_id=vpc.id, region=self._args.region, tags=self._tags(key), opts=self._child
        )

    def _link(
        self, key: str, subnet: aws.ec2.Subnet, table: aws.ec2.RouteTable, after: pulumi.Resource | None = None
    ) -> aws.ec2.RouteTableAssociation:
        return aws.ec2.RouteTableAssociation(
            f"{self._name}-{key}",
            subnet_id=subnet.id,
            route_table_id=table.id,
            region=self._args.region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )

    def _default_route(self, key: str, table: aws.ec2.RouteTable, **target: pulumi.Input[str]) -> aws.ec2.Route:
        return aws.ec2.Route(
            f"{self._name}-{key}",
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            region=self._args.region,
            opts=self._child,
            **target,
        )

    def _nat(
        self, vpc: aws.ec2.Vpc, zone: str, cidr: str, public: aws.ec2.RouteTable, ref: ExitRef, out: aws.ec2.Route
    ) -> aws.ec2.NatGateway:
        subnet = self._subnet(vpc, "public", zone, cidr)
        linked = self._link(f"public-link-{zone}", subnet, public, after=out)
        return aws.ec2.NatGateway(
            f"{self._name}-nat-{zone}",
            subnet_id=subnet.id,
            allocation_id=ref.id,
            region=self._args.region,
            tags=self._tags("nat", zone),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[out, linked], delete_before_replace=self._args.replace or None
            ),
        )
