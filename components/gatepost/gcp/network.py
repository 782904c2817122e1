"""A VPC network for Connectors: one subnetwork for all zones of a region, with Cloud NAT or without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_gcp import compute

from ..gcp_names import apart_problems, checked, child_name, link_problems, path
from ..gcp_nat import MIN_PORTS, NAT_LOGS, UDP_IDLE_SECONDS, option_problems, port_problem, range_problems
from ..kept import kept_range
from ..labels import Labels
from ..site import ExitRef, plain_problems, region_problems, sentence
from ..triggers import once_ready
from ..words import one_of, refuse
from .routes import Routes, RoutesArgs, RouteTo, route_problems


@dataclass(frozen=True, kw_only=True)
class NetworkRef:
    """A network that Connectors run on: one that gatepost made, or one that exists. ValueError tells every problem.

    A subnetwork of Google serves all zones of its region; it is given by zone all the same, because the keys say which
    zones hosts may stand in, as on the other clouds. One subnetwork may be given in every place.
    """

    project: str | None = None
    """Google only: project that hosts are made in; a shared VPC's network is in another one, which ``vpc_id`` names.
    None: the provider's. Plain."""
    region: str
    """Google Cloud region of the subnetworks. Plain."""
    vpc_id: pulumi.Input[str]
    """The VPC network, by id or self link. Programs and settings of every cloud call it so."""
    subnets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Id or self link of the subnetwork for hosts by zone. Plain keys: they say which zones there are."""
    public_subnets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Subnetwork by zone for hosts of exit ``direct``, whose way to the internet is the default internet gateway. Plain
    keys."""
    exit_addresses: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Static public addresses that traffic from these subnetworks leaves from, by key. A gate compares with them."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "project", "region", "subnets", "public_subnets", "exit_addresses")
        if not problems:
            if not self.subnets and not self.public_subnets:
                problems.append(
                    "NetworkRef.subnets is empty, and so is public_subnets. Give at least one, "
                    "{'europe-west3-a': 'projects/.../subnetworks/...'}."
                )
            problems += region_problems("gcp", self.region, dict.fromkeys([*self.subnets, *self.public_subnets]))
            problems += link_problems("NetworkRef.vpc_id", self.vpc_id, "networks")
            for what in ("subnets", "public_subnets"):
                for zone, subnet in getattr(self, what).items():
                    where = f"NetworkRef.{what}[{zone!r}]"
                    problems += link_problems(where, subnet, "subnetworks", self.region)
                    problems += apart_problems(where, self.vpc_id, subnet)
        refuse(problems)


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """A VPC network to make. ValueError tells every problem."""

    project: str | None = None
    """Google only: project of the network. None: the provider's. Plain."""
    region: str
    """Google Cloud region. Plain."""
    labels: Labels
    """Names. Networks have no labels."""
    cidr: str
    """IPv4 range of the subnetwork, private, /29 or larger. Plain."""
    zones: Sequence[str]
    """Zones that hosts may stand in, such as ``europe-west3-a``. Adding or removing one changes no resource. Plain."""
    exits: Mapping[str, ExitRef] = field(default_factory=dict)
    """Addresses for Cloud NAT. One NAT serves all zones, and a host may leave by any of the addresses, whatever their
    keys. Taking one away cuts the connections that leave by it. Plain keys."""
    direct: bool = False
    """Hosts have public addresses of their own (exit ``direct``): no NAT, and ``exits`` must be empty. Plain."""
    routes: Mapping[str, RouteTo] = field(default_factory=dict)
    """Where private destinations lead, by IPv4 block such as ``10.0.0.0/8``; the subnetwork itself needs none, and
    neither does what peerings and Cloud Routers exchange. Plain keys."""
    protect: bool = False
    """Refuse, already in the preview, whatever would delete the network, a destroy too. Plain."""
    replace: bool = False
    """Unlock another range or region, which is refused otherwise: an address is in one NAT at a time, so the old NAT
    must go before the new one is made, and every host behind it is away meanwhile. Plain."""
    network_type: str = "REGULAR"
    """Google only: REGULAR or EXIT, the type of the Remote Network: it decides ``min_ports_per_vm``. Plain."""
    hosts: int | None = None
    """Google only: how many slots the network is for, to check ports and range against. None: not checked. Plain."""
    min_ports_per_vm: int | None = None
    """Google only: ports that NAT keeps for each host. A host opens at most so many connections at once, or, without
    ``endpoint_independent``, so many to one destination. None: 1,024 for REGULAR, 8,192 for EXIT. Plain."""
    endpoint_independent: bool = True
    """Google only: endpoint-independent mapping: a host's port stays the same for every destination, which
    peer-to-peer connections need. Excludes ``dynamic_ports``. Plain."""
    dynamic_ports: bool = False
    """Google only: dynamic port allocation: a host gets more ports than ``min_ports_per_vm`` (then a power of two) when
    it needs them. Plain."""
    nat_log: str | None = None
    """Google only: what NAT writes to Cloud Logging: ERRORS_ONLY, TRANSLATIONS_ONLY or ALL. None: nothing. Plain."""
    flow_logs: bool = False
    """Google only: VPC flow logs of the subnetwork: a tenth of the packets, summed up over a minute. Plain."""

    def __post_init__(self) -> None:
        names = ("project", "region", "labels", "cidr", "zones", "exits", "direct", "routes", "protect", "replace")
        extras = ("network_type", "hosts", "min_ports_per_vm", "endpoint_independent", "dynamic_ports", "nat_log")
        problems = plain_problems(self, *names, *extras, "flow_logs")
        refuse(problems or self._problems())

    def _problems(self) -> list[str]:
        problems = region_problems("gcp", self.region, self.zones)
        if not self.zones:
            problems.append("NetworkArgs.zones is empty. List at least one zone of the region.")
        if self.hosts is not None and self.hosts < 1:
            problems.append(f"NetworkArgs.hosts must be a whole number from 1 upwards, got {self.hosts}.")
        told = range_problems(self.cidr, self.hosts)
        problems += told + route_problems(self.routes, None if told else self.cidr)
        if self.network_type not in MIN_PORTS:
            return [*problems, one_of("The type of Remote Network", self.network_type, MIN_PORTS)]
        return problems + (self._direct_problems() if self.direct else self._nat_problems())

    def _direct_problems(self) -> list[str]:
        if not self.exits:
            return []
        return [
            f"NetworkArgs has exits in {sentence(self.exits)}, but with direct=True there is no NAT to hold them. "
            "Leave exits out: each host has an address of its own."
        ]

    def _nat_problems(self) -> list[str]:
        problems = option_problems(
            self.ports, dynamic=self.dynamic_ports, endpoint_independent=self.endpoint_independent
        )
        if self.nat_log is not None and self.nat_log not in NAT_LOGS:
            problems.append(one_of("NetworkArgs.nat_log", self.nat_log, NAT_LOGS))
        owners: dict[str, str] = {}
        for key, ref in self.exits.items():
            if isinstance(ref.id, str) and (other := owners.setdefault(path(ref.id), key)) != key:
                problems.append(f"The exits {other!r} and {key!r} are one and the same, {ref.id!r}. Remove one.")
        if not self.exits:
            problems.append(
                "NetworkArgs.exits is empty, so hosts would have no way out. Give at least one, or set direct=True."
            )
        elif not problems and self.hosts:
            told = port_problem(hosts=self.hosts, ports=self.ports, addresses=len(self.exits))
            problems += [told] if told else []
        return problems

    @property
    def ports(self) -> int:
        """Google only: ports that NAT keeps for each host."""
        return MIN_PORTS[self.network_type] if self.min_ports_per_vm is None else self.min_ports_per_vm

    def warnings(self) -> list[str]:
        """Google only: what works, but not after a rollout that a gate refused."""
        if self.direct or not self.hosts:
            return []
        told = port_problem(hosts=self.hosts, ports=self.ports, addresses=len(self.exits), times=3)
        return [f"After a rollout that was refused, the next one may find no ports: {told}"] if told else []


class Network(pulumi.ComponentResource):
    """VPC network in custom mode, one subnetwork with private Google access, and Cloud NAT for this subnetwork alone.

    With ``direct`` there is no NAT. The way to the internet is the default route, which Google makes with every network
    and removes with it. No host gets an address from the network.
    """

    ref: NetworkRef
    """Hand this to ConnectorSite. The subnetwork's id is known at once, but who uses it waits for NAT and routes."""
    vpc_id: pulumi.Output[str]
    """The VPC network, for peerings, VPN and Cloud Routers."""
    private_subnet_ids: pulumi.Output[dict[str, str]]
    """Subnetwork for hosts behind NAT by zone; none with ``direct``."""
    public_subnet_ids: pulumi.Output[dict[str, str]]
    """Subnetwork for hosts with addresses of their own by zone; none but with ``direct``."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:gcp:Network", checked(name), None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        for told in args.warnings():
            pulumi.log.warn(told, self)
        cidr = self._range()
        vpc = compute.Network(
            child_name(name, "vpc"),
            auto_create_subnetworks=False,
            project=args.project,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                # Another range may overlap the old one, so it needs another network, as it does on the other clouds.
                replacement_trigger=cidr.apply(lambda cidr: f"{cidr} in {args.region}"),
            ),
        )
        subnet = self._subnet(vpc, cidr)
        ways = [] if args.direct else [self._nat(vpc, subnet)]
        self.vpc_id = vpc.id
        waiting = once_ready(subnet.id, (*ways, *self._routes()))
        hosts, none = dict.fromkeys(args.zones, waiting), dict[str, pulumi.Output[str]]()
        private, public = (none, hosts) if args.direct else (hosts, none)
        self.private_subnet_ids = waiting.apply(lambda subnet: dict.fromkeys(private, subnet))
        self.public_subnet_ids = waiting.apply(lambda subnet: dict.fromkeys(public, subnet))
        self.ref = NetworkRef(
            project=args.project,
            region=args.region,
            vpc_id=vpc.id,
            subnets=private,
            public_subnets=public,
            exit_addresses={key: ref.address for key, ref in args.exits.items()},
        )
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "private_subnet_ids": self.private_subnet_ids,
                "public_subnet_ids": self.public_subnet_ids,
            }
        )

    def _range(self) -> pulumi.Output[str]:
        args = self._args
        kind = "direct" if args.direct else "nat"
        return kept_range(
            self._name, cidr=args.cidr, region=args.region, exit_kind=kind, replace=args.replace, parent=self
        )

    def _subnet(self, vpc: compute.Network, cidr: pulumi.Input[str]) -> compute.Subnetwork:
        logs = compute.SubnetworkLogConfigArgs(
            aggregation_interval="INTERVAL_1_MIN", flow_sampling=0.1, metadata="INCLUDE_ALL_METADATA"
        )
        return compute.Subnetwork(
            child_name(self._name, "subnet"),
            network=vpc.id,
            ip_cidr_range=cidr,
            private_ip_google_access=True,
            log_config=logs if self._args.flow_logs else None,
            region=self._args.region,
            project=self._args.project,
            opts=self._child,
        )

    def _nat(self, vpc: compute.Network, subnet: compute.Subnetwork) -> compute.RouterNat:
        args = self._args
        router = compute.Router(
            child_name(self._name, "router"),
            network=vpc.id,
            description=f"Cloud NAT of {args.labels.name()}",
            region=args.region,
            project=args.project,
            opts=self._child,
        )
        log = compute.RouterNatLogConfigArgs(enable=True, filter=args.nat_log) if args.nat_log else None
        return compute.RouterNat(
            child_name(self._name, "nat"),
            router=router.name,
            nat_ip_allocate_option="MANUAL_ONLY",
            nat_ips=[ref.id for ref in args.exits.values()],
            source_subnetwork_ip_ranges_to_nat="LIST_OF_SUBNETWORKS",
            subnetworks=[
                compute.RouterNatSubnetworkArgs(name=subnet.id, source_ip_ranges_to_nats=["PRIMARY_IP_RANGE"])
            ],
            min_ports_per_vm=args.ports,
            enable_endpoint_independent_mapping=args.endpoint_independent,
            enable_dynamic_port_allocation=args.dynamic_ports,
            udp_idle_timeout_sec=UDP_IDLE_SECONDS,
            log_config=log,
            region=args.region,
            project=args.project,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=args.replace or None),
        )

    def _routes(self) -> list[compute.Route]:
        args = self._args
        if not args.routes:
            return []
        to = RoutesArgs(
            project=args.project, region=args.region, labels=args.labels, vpc_id=self.vpc_id, routes=args.routes
        )
        return list(Routes(child_name(self._name, "routes"), to, self._child).routes.values())
