"""The Connectors of a Remote Network in one AWS network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import pulumi
import pulumi_aws as aws

from ..boot.aws import AwsBoot
from ..connector import ConnectorSettings
from ..egress import Reach
from ..labels import Labels, connector_prefix
from ..placement import place, spread_problem
from ..rollout import GateArgs, Incarnation, gate
from ..site import ExitRef, SlotArgs, plain_problems, problems_of, sentence, slot_problems, tenant_problems
from ..sizes import AWS_SIZE, aws_host_problems, aws_zone_warning
from ..words import refuse
from .firewall import Firewall, FirewallArgs
from .host import Host, HostArgs, HostSpec
from .network import NetworkRef


@dataclass(frozen=True, kw_only=True)
class ConnectorSiteArgs:
    """A site: one network, and a slot for each Connector."""

    tenant: str
    """Twingate network name, ``acme`` of acme.twingate.com. Plain: it is part of the boot text."""
    remote_network_id: pulumi.Input[str]
    """Remote Network that the Connectors belong to."""
    network: NetworkRef
    """Where the hosts run."""
    labels: Labels
    """Names and tags; ``labels.site`` must be set. Plain."""
    slots: Mapping[str, SlotArgs]
    """Connectors by key. Adding or removing one touches no other, as long as slots name their zones: one without a zone
    gets the emptiest one in the order of the keys, so removing an earlier slot may move it. Plain."""
    reaches: Sequence[Reach] = ()
    """Destinations that users reach through this site. Plain."""
    dns: Sequence[str] = ()
    """Custom DNS servers (IPv4) that Connectors resolve Resources with; none: the VPC's own resolver. Plain."""
    network_type: str = "REGULAR"
    """REGULAR or EXIT: the type of the Remote Network. Plain."""
    strict: bool = False
    """See ``FirewallArgs.strict``. Plain."""
    direct: Mapping[str, ExitRef] | None = None
    """Exit ``direct``: the address that each slot owns, by slot; hosts stand in the network's public subnets. None:
    hosts stand in private subnets and leave as the network does. Plain keys."""
    allow_outage: str | None = None
    """Why a site with exit ``direct`` and one slot may be away while its address moves to a new host. Plain."""
    image: str | None = None
    """See ``HostSpec.image``. Plain."""
    size: str = AWS_SIZE
    """See ``HostSpec.size``. Plain."""
    volume_gib: int = 8
    """See ``HostSpec.volume_gib``. Plain."""
    kms_key: pulumi.Input[str] | None = None
    """See ``HostSpec.kms_key``."""
    sessions: bool = False
    """See ``HostArgs.sessions``. Plain."""
    termination_protection: bool = False
    """See ``HostArgs.termination_protection``. Plain."""
    log_level: str | int = "error"
    """See ``ConnectorSettings.log_level``. Plain."""
    metrics_port: int | None = None
    """See ``ConnectorSettings.metrics_port``. Plain."""
    after: Sequence[pulumi.Input[Any]] = ()
    """Gates of other sites that must pass before the first Connector here is made. None: the first slot is the canary
    that the others of this site wait for."""
    gate: GateArgs = field(default_factory=GateArgs)
    """How the rollout waits. Plain."""

    def __post_init__(self) -> None:
        flows = ("remote_network_id", "kms_key", "after")
        problems = plain_problems(self, *(f.name for f in fields(self) if f.name not in flows))
        if not problems:
            problems += tenant_problems(self.tenant) + slot_problems(self.slots) + self._direct_problems()
            problems += aws_host_problems(self.image, self.size)
            if self.labels.site is None:
                problems.append("ConnectorSiteArgs.labels has no site. Use labels.with_site('frankfurt').")
            if not isinstance(self.after, list | tuple):
                problems.append("ConnectorSiteArgs.after must be a list of gates, such as [site.gate].")
        if not problems:
            problems += problems_of(
                self.zones,
                lambda: [self.spec(slot, zone) for slot, zone in self.zones().items()],
                self.firewall,
                lambda: [connector_prefix(self.labels.network, str(self.labels.site), slot) for slot in self.slots],
            )
        refuse(list(dict.fromkeys(problems)))

    def _direct_problems(self) -> list[str]:
        if self.direct is None:
            told = "NetworkRef.subnets is empty, so there is no subnet for hosts. Give one per zone, or use direct."
            return [] if self.network.subnets else [told]
        problems = []
        if not self.network.public_subnets:
            problems.append(
                "Exit direct needs public subnets, and the network has none. Make it with NetworkArgs(direct=True), or "
                "give NetworkRef.public_subnets."
            )
        missing, stray = self.slots.keys() - self.direct.keys(), self.direct.keys() - self.slots.keys()
        if missing or stray:
            problems.append(
                f"Exit direct needs one address for each slot. Without one: {sentence(missing)}. "
                f"Addresses of no slot: {sentence(stray)}."
            )
        owners: dict[str, str] = {}
        for slot, ref in self.direct.items():
            if isinstance(ref.id, str) and (other := owners.setdefault(ref.id, slot)) != slot:
                problems.append(f"The slots {other!r} and {slot!r} share the address {ref.id}. Give each its own.")
        if len(self.slots) == 1 and not self.allow_outage:
            problems.append(
                "A site with exit direct and one slot is away while its address moves to a new host. Add a second "
                "slot, or say in allow_outage why that is acceptable."
            )
        return problems

    @property
    def subnets(self) -> Mapping[str, pulumi.Input[str]]:
        """Subnets that hosts stand in, by zone."""
        return self.network.subnets if self.direct is None else self.network.public_subnets

    def zones(self) -> Mapping[str, str]:
        """The zone of each slot."""
        return place({key: slot.zone for key, slot in self.slots.items()}, list(self.subnets))

    def spec(self, slot: str, zone: str) -> HostSpec:
        """The host of a slot."""
        return HostSpec(
            region=self.network.region,
            slot=slot,
            generation=self.slots[slot].generation,
            subnet_id=self.subnets[zone],
            boot=self.boot(slot),
            image=self.image,
            size=self.size,
            volume_gib=self.volume_gib,
            kms_key=self.kms_key,
            # An EXIT network never leaves by another address than its own, not even for the time of a gate.
            public_address=self.direct is not None and self.network_type == "REGULAR",
        )

    def warnings(self) -> list[str]:
        """What works, but not as well as it could."""
        zones = self.zones()
        found = [aws_zone_warning(self.size, zone) for zone in sorted(set(zones.values()))]
        return [told for told in (spread_problem(zones), *found) if told]

    def boot(self, slot: str) -> AwsBoot:
        """What the host of a slot runs."""
        settings = ConnectorSettings(
            network=self.tenant,
            dns=tuple(self.dns),
            log_level=self.log_level,
            metrics_port=self.metrics_port,
            labels={"site": str(self.labels.site), "slot": slot, "generation": str(self.slots[slot].generation)},
        )
        return AwsBoot(settings=settings.environment(), region=self.network.region, dns=tuple(self.dns))

    def firewall(self) -> FirewallArgs:
        """What the hosts may dial."""
        return FirewallArgs(
            region=self.network.region,
            labels=self.labels,
            vpc_id=self.network.vpc_id,
            reaches=self.reaches,
            dns=self.dns,
            network_type=self.network_type,
            strict=self.strict,
        )


class ConnectorSite(pulumi.ComponentResource):
    """Interchangeable Connectors: same firewall, permissions, DNS and exits, each with a token pair of its own."""

    gate: pulumi.Output[Any]
    """Resolves when every Connector of this site is ALIVE. Hand it to ``after`` of what must wait."""
    canary: pulumi.Output[Any]
    """Resolves when the first Connector of this site is ALIVE."""
    exit_ips: pulumi.Output[list[str]]
    """Static public addresses that traffic leaves from, for allow-lists."""
    connectors: pulumi.Output[dict[str, Any]]
    """By slot: ``connector_id``, ``connector``, ``host_id``, ``zone``."""

    def __init__(self, name: str, args: ConnectorSiteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:aws:ConnectorSite", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        for told in args.warnings():
            pulumi.log.warn(told, self)
        firewall = Firewall(f"{name}-firewall", args.firewall(), child)
        zones = args.zones()
        exits = [ref.address for ref in args.direct.values()] if args.direct else args.network.exit_addresses.values()
        gates: list[pulumi.Output[Any]] = []
        connectors: dict[str, pulumi.Output[Any]] = {}
        for key in args.slots:
            # The first slot is the canary. With direct, one slot after the other: each is away while its address moves.
            after = [*args.after, *(gates[-1:] if args.direct else ())] or gates[:1]
            slot = _Slot(f"{name}-{key}", self, args, key, zones[key], firewall.security_group_id, after)
            gates.append(slot.gate)
            connectors[key] = slot.output
        self.canary = gates[0]
        self.gate = pulumi.Output.all(*gates).apply(lambda passed: passed[-1])
        self.exit_ips = pulumi.Output.all(*exits).apply(lambda ips: sorted(set(ips)))
        self.connectors = pulumi.Output.all(**connectors)
        self.register_outputs({"exit_ips": self.exit_ips, "connectors": self.connectors})


class _Slot:
    """One Connector and its host. No component of its own: the incarnation and the host are."""

    def __init__(
        self,
        name: str,
        site: ConnectorSite,
        args: ConnectorSiteArgs,
        key: str,
        zone: str,
        security_group_id: pulumi.Input[str],
        after: Sequence[pulumi.Input[Any]],
    ) -> None:
        child = pulumi.ResourceOptions(parent=site)
        spec = args.spec(key, zone)
        self.name, self.site, self.args = name, site, args
        self.incarnation = Incarnation(
            name,
            cloud="aws",
            remote_network_id=args.remote_network_id,
            identity=spec.identity(),
            after=after,
            opts=child,
        )
        self.host = Host(
            f"{name}-host",
            HostArgs(
                spec=spec,
                labels=args.labels,
                security_group_id=security_group_id,
                connector_id=self.incarnation.connector_id,
                access_token=self.incarnation.access_token,
                refresh_token=self.incarnation.refresh_token,
                sessions=args.sessions,
                termination_protection=args.termination_protection,
            ),
            child,
        )
        self.gate = self._direct(args.direct[key]) if args.direct else self._through_network()
        self.output = pulumi.Output.all(
            connector_id=self.incarnation.connector_id,
            connector=self.incarnation.connector_name,
            host_id=self.host.instance_id,
            zone=zone,
        )

    def _through_network(self) -> pulumi.Output[Any]:
        return self._gate(self.host.instance, list(self.args.network.exit_addresses.values()))

    def _direct(self, address: ExitRef) -> pulumi.Output[Any]:
        """Move the slot's address to the new host, and pass when the Connector leaves by it.

        REGULAR: the host first comes alive by an automatic address, so a broken image costs nothing, and the slot is
        away for a reconnect only. EXIT: the address moves at once, since a wrong exit is worse than a slot away.
        """
        regular = self.args.network_type == "REGULAR"
        moved = aws.ec2.EipAssociation(
            f"{self.name}-address",
            allocation_id=address.id,
            instance_id=self.host.instance_id,
            allow_reassociation=True,
            region=self.args.network.region,
            opts=pulumi.ResourceOptions(
                parent=self.site, depends_on=[self._gate(self.host.instance, [])] if regular else []
            ),
        )
        return self._gate(moved, [address.address])

    def _gate(self, opens: pulumi.CustomResource, exits: Sequence[pulumi.Input[str]]) -> pulumi.Output[Any]:
        return gate(
            self.site,
            cloud="aws",
            network=f"{self.args.labels.environment}/{self.args.labels.network}",
            slot=self.name,
            connector_id=self.incarnation.connector_id,
            connector_name=self.incarnation.connector_name,
            host=self.host.instance_id,
            exits=exits,
            args=self.args.gate,
            opens=opens,
        )
