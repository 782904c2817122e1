"""A virtual network for Connectors: per zone a subnet for container groups, behind a NAT gateway on a given address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import network

from ..azure_kept import kept_range
from ..azure_names import checked, child_name, foreign_problems, id_problems, name_in, zone_problems, zones_of
from ..azure_ranges import subnet_ranges
from ..egress import dns_problems
from ..kept import MOVE, kept_nat_zone
from ..labels import Labels
from ..site import ExitRef, plain_problems, problems_of, sentence
from ..triggers import once_ready
from ..words import refuse
from .dns import network_dns
from .groups import group_of
from .routes import Routes, RoutesArgs, RouteTo, route_problems

DELEGATION = "Microsoft.ContainerInstance/containerGroups"
NO_PUBLIC_ADDRESS = (
    "Azure has no exit direct: a container group in a virtual network can have no public address of its own "
    "(https://learn.microsoft.com/azure/container-instances/container-instances-virtual-network-concepts). "
    "Use exit nat."
)


@dataclass(frozen=True, kw_only=True)
class NetworkRef:
    """A network that Connectors run on: one that gatepost made, or one that exists. ValueError tells every problem.

    Its subnets belong to one site: no other container groups, and no rules of others in the network security group.
    """

    region: str
    """Azure region of the virtual network, such as ``westeurope``. Plain."""
    resource_group: pulumi.Input[str]
    """Azure only: name of the resource group that hosts are made in; the network may lie in another one."""
    vpc_id: pulumi.Input[str]
    """The virtual network (VNet), by id. Programs and settings of every cloud call it so."""
    subnets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Id of the subnet for hosts by zone: ``1`` to ``3``, or ``regional`` for hosts in no zone. Each is delegated to
    ``Microsoft.ContainerInstance/containerGroups`` and has a Standard NAT gateway. One subnet may be given for
    several zones. Plain keys: they say which zones there are."""
    public_subnets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Always empty: a container group in a VNet has no public address. Plain keys."""
    exit_addresses: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Static public addresses that traffic from these subnets leaves from, by key. A gate compares with them."""
    security_group_id: pulumi.Input[str]
    """Azure only: id of the network security group of these subnets, which the site's rules go into. In a network that
    exists, attach it to every subnet."""
    dns_servers: Sequence[str] = ()
    """Azure only: custom DNS servers (IPv4) of the VNet itself. Container groups do not see them, so a site must then
    have servers of its own. Plain."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "region", "subnets", "public_subnets", "exit_addresses", "dns_servers")
        if not problems:
            if not self.subnets:
                problems.append("NetworkRef.subnets is empty. Give at least one, {'1': '/subscriptions/...'}.")
            if self.public_subnets:
                problems.append(f"NetworkRef.public_subnets must be empty. {NO_PUBLIC_ADDRESS}")
            problems += zone_problems(self.region, self.subnets) + dns_problems(self.dns_servers)
            odd = id_problems("NetworkRef.vpc_id", self.vpc_id, "virtual network")
            problems += odd
            for zone, subnet in self.subnets.items():
                wrong = id_problems(f"NetworkRef.subnets[{zone!r}]", subnet, "subnet")
                problems += wrong or foreign_problems("The subnet", subnet, None if odd else self.vpc_id)
            if self.resource_group == "":
                problems.append(
                    "NetworkRef.resource_group is empty. Give the name of the group that hosts are made in."
                )
            problems += id_problems("NetworkRef.security_group_id", self.security_group_id, "network security group")
        refuse(problems)


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """A virtual network to make. ValueError tells every problem."""

    region: str
    """Azure region, such as ``westeurope``. Plain."""
    resource_group: pulumi.Input[str] | None = None
    """Azure only: name of an existing resource group for network and hosts. None: one is made. Whether it is given is
    plain."""
    labels: Labels
    """Names and tags."""
    cidr: str
    """IPv4 range of the VNet, private, /8 to /27. Each zone has its own quarter of it (``gatepost.azure_ranges``).
    Plain."""
    zones: Sequence[str]
    """``1``, ``2`` and ``3``, or ``regional`` alone: nothing is in a zone then. Adding or removing one touches no
    other. Plain."""
    exits: Mapping[str, ExitRef] = field(default_factory=dict)
    """Addresses for NAT gateways by the zone the gateway stands in. A zone without one of its own uses the first.
    Plain keys."""
    direct: bool = False
    """Refused: a container group in a VNet has no public address. Plain."""
    single_nat: bool = False
    """There is one NAT gateway whatever the zones: the zone it stands in is kept, also while it is the only one. It is
    kept in any case where several zones share one gateway. Plain."""
    routes: Mapping[str, RouteTo] = field(default_factory=dict)
    """Where private destinations lead, by IPv4 block such as ``10.0.0.0/8``; the VNet itself needs none, and neither
    does what peerings and BGP bring. Plain keys."""
    dns: Sequence[str] = ()
    """Azure only: custom DNS servers (IPv4) of the VNet. Give the site the same. Plain."""
    protect: bool = False
    """Refuse, already in the preview, whatever would delete the VNet, a destroy too. Plain."""
    replace: bool = False
    """Refused: Azure deletes no subnet while a container group is in it, and hosts are retired last. To move, add a
    second site. Plain."""
    slots_per_zone: int | None = None
    """Azure only: how many slots the fullest zone is for, to check ranges against. None: not checked. Plain."""

    def __post_init__(self) -> None:
        names = ("region", "labels", "cidr", "zones", "exits", "direct", "single_nat", "routes", "dns", "protect")
        refuse(plain_problems(self, *names, "replace", "slots_per_zone") or self._problems())

    def _problems(self) -> list[str]:
        problems = zone_problems(self.region, self.zones)
        if not self.zones:
            problems.append("NetworkArgs.zones is empty. List at least one, such as '1', or 'regional'.")
        slots = self.slots_per_zone
        if slots is not None and slots < 1:
            problems.append(f"NetworkArgs.slots_per_zone must be a whole number from 1 upwards, got {slots}.")
        wrong = problems_of(lambda: subnet_ranges(self.cidr, (), slots))
        problems += wrong + route_problems(self.routes, None if wrong else self.cidr) + dns_problems(self.dns)
        if self.resource_group == "":
            problems.append("NetworkArgs.resource_group is empty. Give its name, or leave it out to make one.")
        if self.direct:
            problems.append(f"NetworkArgs.direct cannot be. {NO_PUBLIC_ADDRESS}")
        if self.replace:
            problems.append(
                "NetworkArgs.replace cannot be: Azure deletes no subnet while a container group is in it, and hosts "
                f"are retired last. {MOVE}"
            )
        return problems + self._exit_problems()

    def _exit_problems(self) -> list[str]:
        if not self.exits:
            return ["NetworkArgs.exits is empty, so hosts would have no way out. Give one per zone, or one."]
        problems = []
        if stray := [zone for zone in self.exits if zone not in self.zones]:
            problems.append(
                f"The exits {sentence(stray)} are no zones of the network ({sentence(self.zones)}). "
                "Key each exit by the zone that its NAT gateway stands in."
            )
        owners: dict[str, str] = {}
        for key, ref in self.exits.items():
            if isinstance(ref.id, str) and (other := owners.setdefault(ref.id.lower(), key)) != key:
                problems.append(f"The exits {other!r} and {key!r} are one and the same, {ref.id!r}. Remove one.")
        return problems


class Network(pulumi.ComponentResource):
    """VNet, a network security group without rules of its own, and per zone a delegated subnet with its NAT gateway.

    Subnets are resources of their own that name their gateway, security group and table, so no update of the VNet or
    of another subnet takes these away. NAT gateways are of the SKU Standard: StandardV2 serves no container groups.
    Peerings are not made here.
    """

    ref: NetworkRef
    """Hand this to ConnectorSite. A subnet's id is known at once, but who uses it waits for the network's routes."""
    vpc_id: pulumi.Output[str]
    """The VNet, for peerings and gateways."""
    private_subnet_ids: pulumi.Output[dict[str, str]]
    """Subnet for hosts by zone."""
    public_subnet_ids: pulumi.Output[dict[str, str]]
    """Always empty: a container group in a VNet has no public address."""
    route_table_id: pulumi.Output[str]
    """Azure only: route table of all the subnets, for routes to private destinations."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:azure:Network", checked(name), None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._group = group_of(name, args, pulumi.ResourceOptions(parent=self, protect=args.protect))
        cidr = self._range()
        vnet = network.VirtualNetwork(
            child_name(name, "vnet"),
            address_space=network.AddressSpaceArgs(address_prefixes=[cidr]),
            dhcp_options=network_dns(args.dns),
            resource_group_name=self._group,
            location=args.region,
            tags=self._tags("vnet"),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        guard = network.NetworkSecurityGroup(
            child_name(name, "guard"),
            resource_group_name=self._group,
            location=args.region,
            tags=self._tags("guard"),
            opts=self._child,
        )
        table = network.RouteTable(
            child_name(name, "table"),
            resource_group_name=self._group,
            location=args.region,
            tags=self._tags("table"),
            opts=self._child,
        )
        subnets = self._subnets(vnet, guard, table)
        self.vpc_id, self.route_table_id = vnet.id, table.id
        routes = self._routes()
        hosts = {zone: once_ready(subnet.id, routes) for zone, subnet in subnets.items()}
        self.private_subnet_ids = pulumi.Output.all(**hosts)
        self.public_subnet_ids = pulumi.Output.from_input({})
        self.ref = NetworkRef(
            region=args.region,
            resource_group=self._group,
            vpc_id=vnet.id,
            subnets=hosts,
            exit_addresses={zone: ref.address for zone, ref in args.exits.items()},
            security_group_id=guard.id,
            dns_servers=tuple(args.dns),
        )
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "private_subnet_ids": self.private_subnet_ids,
                "public_subnet_ids": self.public_subnet_ids,
                "route_table_id": self.route_table_id,
            }
        )

    def _tags(self, *parts: str) -> dict[str, str]:
        return self._args.labels.tags(Name=self._args.labels.name(*parts))

    def _range(self) -> pulumi.Output[str]:
        """The range, but only while all is as the network was made: nothing of it can be made anew beside the old."""
        name, args = self._name, self._args
        cidr = kept_range(name, cidr=args.cidr, region=args.region, group=args.resource_group, parent=self)
        return kept_nat_zone(cidr, name, args, parent=self, called="zone {}", pin="'{}'")

    def _subnets(
        self, vnet: network.VirtualNetwork, guard: network.NetworkSecurityGroup, table: network.RouteTable
    ) -> dict[str, network.Subnet]:
        args = self._args
        nats = {zone: self._nat(zone, ref) for zone, ref in args.exits.items()}
        fallback = next(iter(nats.values()))
        return {
            zone: network.Subnet(
                child_name(self._name, "subnet", zone),
                subnet_name=f"connectors-{zone}",
                virtual_network_name=vnet.id.apply(name_in),
                address_prefix=block,
                default_outbound_access=False,
                delegations=[network.DelegationArgs(name="container-groups", service_name=DELEGATION)],
                nat_gateway=network.SubResourceArgs(id=nats.get(zone, fallback).id),
                network_security_group=network.NetworkSecurityGroupArgs(id=guard.id),
                route_table=network.RouteTableArgs(id=table.id),
                resource_group_name=self._group,
                opts=self._child,
            )
            for zone, block in subnet_ranges(args.cidr, args.zones).items()
        }

    def _nat(self, zone: str, ref: ExitRef) -> network.NatGateway:
        return network.NatGateway(
            child_name(self._name, "nat", zone),
            sku=network.NatGatewaySkuArgs(name="Standard"),
            zones=zones_of(zone),
            public_ip_addresses=[network.SubResourceArgs(id=ref.id)],
            resource_group_name=self._group,
            location=self._args.region,
            tags=self._tags("nat", zone),
            opts=self._child,
        )

    def _routes(self) -> list[network.Route]:
        args = self._args
        if not args.routes:
            return []
        to = RoutesArgs(region=args.region, labels=args.labels, table_id=self.route_table_id, routes=args.routes)
        return list(Routes(child_name(self._name, "routes"), to, self._child).routes.values())
