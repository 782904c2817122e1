"""The Connectors of a Remote Network in one AWS network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from ..boot.aws import AwsBoot
from ..connector import ConnectorSettings
from ..egress import Reach
from ..labels import Labels, connector_prefix
from ..placement import place
from ..rollout import GateArgs, Incarnation, gate
from ..site import SlotArgs, plain_problems, problems_of, slot_problems, tenant_problems
from ..sizes import AWS_SIZE, aws_host_problems
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
    image: str | None = None
    """See ``HostArgs.image``. Plain."""
    size: str = AWS_SIZE
    """See ``HostArgs.size``. Plain."""
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
        names = ("tenant", "labels", "slots", "reaches", "dns", "network_type", "strict", "image", "size", "log_level")
        problems = plain_problems(self, *names)
        if not problems:
            problems += tenant_problems(self.tenant) + slot_problems(self.slots)
            problems += aws_host_problems(self.image, self.size)
            if self.labels.site is None:
                problems.append("ConnectorSiteArgs.labels has no site. Use labels.with_site('frankfurt').")
        if not problems:
            problems += problems_of(
                self.zones,
                lambda: [self.boot(slot) for slot in self.slots],
                lambda: self.firewall(),
                lambda: [connector_prefix(self.labels.network, str(self.labels.site), slot) for slot in self.slots],
            )
        refuse(problems)

    def zones(self) -> Mapping[str, str]:
        """The zone of each slot."""
        return place({key: slot.zone for key, slot in self.slots.items()}, list(self.network.subnets))

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
        firewall = Firewall(f"{name}-firewall", args.firewall(), child)
        zones = args.zones()
        exits = list(args.network.exit_addresses.values())
        gates: list[pulumi.Output[Any]] = []
        connectors: dict[str, pulumi.Output[Any]] = {}
        for key, slot in args.slots.items():
            after = list(args.after) or gates[:1]
            built = _Slot(f"{name}-{key}", self, args, key, slot, zones[key], firewall.security_group_id, after)
            gates.append(
                gate(
                    self,
                    network=args.labels.network,
                    connector_id=built.incarnation.connector_id,
                    connector_name=built.incarnation.connector_name,
                    host=built.host.instance,
                    exits=exits,
                    args=args.gate,
                )
            )
            connectors[key] = built.output
        self.canary = gates[0]
        self.gate = pulumi.Output.all(*gates).apply(lambda passed: passed[0])
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
        slot: SlotArgs,
        zone: str,
        security_group_id: pulumi.Input[str],
        after: Sequence[pulumi.Input[Any]],
    ) -> None:
        child = pulumi.ResourceOptions(parent=site)
        spec = HostSpec(
            region=args.network.region,
            slot=key,
            generation=slot.generation,
            subnet_id=args.network.subnets[zone],
            boot=args.boot(key),
            image=args.image,
            size=args.size,
        )
        self.incarnation = Incarnation(
            name, remote_network_id=args.remote_network_id, identity=spec.identity(), after=after, opts=child
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
            ),
            child,
        )
        self.output = pulumi.Output.all(
            connector_id=self.incarnation.connector_id,
            connector=self.incarnation.connector_name,
            host_id=self.host.instance_id,
            zone=zone,
        )
