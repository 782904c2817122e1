"""A VPC for Connectors: private subnets keyed by zone, whose traffic leaves through NAT gateways on given addresses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from ..labels import Labels
from ..placement import subnet_ranges
from ..site import ExitRef, plain_problems, problems_of, region_problems, sentence
from ..words import refuse


@dataclass(frozen=True, kw_only=True)
class NetworkRef:
    """A network that Connectors run on: one that gatepost made, or one that exists."""

    region: str
    """AWS region of the VPC. Plain."""
    vpc_id: pulumi.Input[str]
    """The VPC."""
    subnets: Mapping[str, pulumi.Input[str]]
    """Id of the subnet for hosts by zone. Plain keys: they say which zones there are."""
    exit_addresses: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Static public addresses that traffic from these subnets leaves from, by key. A gate compares with them."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "region", "subnets", "exit_addresses")
        if not problems:
            if not self.subnets:
                problems.append("NetworkRef.subnets is empty. Give at least one, {'eu-central-1a': 'subnet-...'}.")
            problems += region_problems("aws", self.region, list(self.subnets))
        refuse(problems)


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """A VPC to make."""

    region: str
    """AWS region. Plain."""
    labels: Labels
    """Names and tags."""
    cidr: str
    """IPv4 range of the VPC, /16 to /24. Each zone has its own fixed part of it (``gatepost.placement``). Plain."""
    zones: Sequence[str]
    """Availability zones, such as ``eu-central-1a``. Adding or removing one touches no other. Plain."""
    exits: Mapping[str, ExitRef]
    """Addresses for NAT gateways by the zone the gateway stands in. A zone without one of its own uses the first.
    Plain keys."""
    protect: bool = False
    """Refuse, already in the preview, whatever would replace or delete the VPC: another range or region, or a destroy.
    A VPC cannot be replaced while its exit IPs are kept, since a NAT gateway holds each of them. Plain."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "region", "cidr", "zones", "exits", "protect")
        if not problems:
            problems += region_problems("aws", self.region, self.zones)
            problems += problems_of(lambda: subnet_ranges(self.cidr, self.zones))
            stray = [z for z in self.exits if z not in self.zones]
            if stray:
                problems.append(
                    f"The exits {sentence(stray)} are no zones of the network ({sentence(self.zones)}). "
                    "Key each exit by the zone that its NAT gateway stands in."
                )
            if not self.exits:
                problems.append(
                    "NetworkArgs.exits is empty, so hosts would have no way out. Give one per zone, or one."
                )
        refuse(problems)


class Network(pulumi.ComponentResource):
    """VPC, per zone a private subnet for hosts, and NAT gateways in public subnets that hold nothing else."""

    ref: NetworkRef
    """Hand this to ConnectorSite."""
    vpc_id: pulumi.Output[str]
    """The VPC, for peering, transit gateways and endpoints."""
    private_subnet_ids: pulumi.Output[dict[str, str]]
    """Subnet for hosts by zone."""
    private_route_table_ids: pulumi.Output[dict[str, str]]
    """Route table of the hosts' subnet by zone, for routes to private destinations."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:aws:Network", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        ranges = subnet_ranges(args.cidr, args.zones)
        vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args.cidr,
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
        public = self._table(vpc, "public")
        out = self._default_route("public-out", public, gateway_id=gateway.id)
        nats = {zone: self._nat(vpc, zone, ranges[zone].public, public, ref, out) for zone, ref in args.exits.items()}
        fallback = next(iter(nats.values()))
        subnets: dict[str, pulumi.Output[str]] = {}
        tables: dict[str, pulumi.Output[str]] = {}
        for zone in args.zones:
            subnet = self._subnet(vpc, "private", zone, ranges[zone].private)
            table = self._table(vpc, f"private-{zone}")
            route = self._default_route(f"private-out-{zone}", table, nat_gateway_id=nats.get(zone, fallback).id)
            linked = self._link(f"private-link-{zone}", subnet, table)
            # A host in the subnet boots only when its way out exists.
            subnets[zone] = pulumi.Output.all(subnet.id, route.id, linked.id).apply(lambda ids: ids[0])
            tables[zone] = table.id
        self.vpc_id = vpc.id
        self.private_subnet_ids = pulumi.Output.all(**subnets)
        self.private_route_table_ids = pulumi.Output.all(**tables)
        self.ref = NetworkRef(
            region=args.region,
            vpc_id=vpc.id,
            subnets=subnets,
            exit_addresses={zone: ref.address for zone, ref in args.exits.items()},
        )
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "private_subnet_ids": self.private_subnet_ids,
                "private_route_table_ids": self.private_route_table_ids,
            }
        )

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

    def _link(self, key: str, subnet: aws.ec2.Subnet, table: aws.ec2.RouteTable) -> aws.ec2.RouteTableAssociation:
        return aws.ec2.RouteTableAssociation(
            f"{self._name}-{key}",
            subnet_id=subnet.id,
            route_table_id=table.id,
            region=self._args.region,
            opts=self._child,
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
        linked = self._link(f"public-link-{zone}", subnet, public)
        return aws.ec2.NatGateway(
            f"{self._name}-nat-{zone}",
            subnet_id=subnet.id,
            allocation_id=ref.id,
            region=self._args.region,
            tags=self._tags("nat", zone),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[out, linked]),
        )
