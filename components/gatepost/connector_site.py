"""What a ConnectorSite is on every cloud: its arguments, the order of its slots, their gates and its outputs."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import pulumi

from .connector import ConnectorSettings
from .egress import Reach
from .labels import Labels, connector_prefix
from .placement import place
from .rollout import GateArgs, Incarnation, gate
from .site import ExitRef, SlotArgs, plain_problems, problems_of, sentence, slot_problems, tenant_problems
from .words import refuse


@dataclass(frozen=True, kw_only=True)
class SiteArgs:
    """A site: one network, and a slot for each Connector. Each cloud adds what only it has."""

    cloud: ClassVar[str]
    flows: ClassVar[tuple[str, ...]] = ("remote_network_id", "after")
    """Fields that may be Outputs; all others decide what is built."""

    tenant: str
    """Twingate network name, ``acme`` of acme.twingate.com. Plain: it is part of the boot text."""
    remote_network_id: pulumi.Input[str]
    """Remote Network that the Connectors belong to."""
    network: Any
    """Where the hosts run: the cloud's ``NetworkRef``."""
    labels: Labels
    """Names and tags; ``labels.site`` must be set. Plain."""
    slots: Mapping[str, SlotArgs]
    """Connectors by key. Adding or removing one touches no other, as long as slots name their zones: one without a zone
    gets the emptiest one in the order of the keys, so removing an earlier slot may move it. Plain."""
    reaches: Sequence[Reach] = ()
    """Destinations that users reach through this site. Plain."""
    dns: Sequence[str] = ()
    """Custom DNS servers (IPv4) that Connectors resolve Resources with; none: the network's own resolver. Plain."""
    network_type: str = "REGULAR"
    """REGULAR or EXIT: the type of the Remote Network. Plain."""
    strict: bool = False
    """See ``FirewallArgs.strict``. Plain."""
    image: str | None = None
    """Image of the hosts; see ``HostSpec.image``. Plain."""
    direct: Mapping[str, ExitRef] | None = None
    """Exit ``direct``: the address that each slot owns, by slot; hosts stand in the network's public subnets. None:
    hosts stand in private subnets and leave as the network does. Plain keys."""
    allow_outage: str | None = None
    """Why a site with exit ``direct`` and one slot may be away while its address moves to a new host. Plain."""
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
        problems = plain_problems(self, *(f.name for f in fields(self) if f.name not in self.flows))
        if not problems:
            problems += tenant_problems(self.tenant) + slot_problems(self.slots) + self._direct_problems()
            problems += self.host_problems()
            if self.labels.site is None:
                problems.append(f"{type(self).__name__}.labels has no site. Use labels.with_site('frankfurt').")
            if not isinstance(self.after, list | tuple):
                problems.append(f"{type(self).__name__}.after must be a list of gates, such as [site.gate].")
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

    def settings(self, slot: str) -> ConnectorSettings:
        """What the Connector of a slot is told."""
        own = self.slots[slot].log_level
        return ConnectorSettings(
            network=self.tenant,
            dns=tuple(self.dns),
            log_level=self.log_level if own is None else own,
            metrics_port=self.metrics_port,
            labels={"site": str(self.labels.site), "slot": slot, "generation": str(self.slots[slot].generation)},
        )

    def image_of(self, slot: str) -> str | None:
        """The image of a slot's host; None: the one that is looked up."""
        return self.slots[slot].image or self.image

    @abstractmethod
    def host_problems(self) -> list[str]:
        """Sentences for image, size and the like."""

    @abstractmethod
    def spec(self, slot: str, zone: str) -> Any:
        """The host of a slot: the cloud's ``HostSpec``."""

    @abstractmethod
    def firewall(self) -> Any:
        """What the hosts may dial: the cloud's ``FirewallArgs``."""

    def warnings(self) -> list[str]:
        """What works, but not as well as it could."""
        return []


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One Connector on its way up. No component of its own: the incarnation and the host are."""

    name: str
    key: str
    spec: Any
    incarnation: Incarnation


class Site(pulumi.ComponentResource):
    """Interchangeable Connectors: same firewall, permissions, DNS and exits, each with a token pair of its own."""

    gate: pulumi.Output[Any]
    """Resolves when every Connector of this site is ALIVE. Hand it to ``after`` of what must wait."""
    canary: pulumi.Output[Any]
    """Resolves when the first Connector of this site is ALIVE."""
    exit_ips: pulumi.Output[list[str]]
    """Static public addresses that traffic leaves from, for allow-lists."""
    connectors: pulumi.Output[dict[str, Any]]
    """By slot: ``connector_id``, ``connector``, ``host_id``, ``zone``."""

    def __init__(self, name: str, args: Any, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"gatepost:{args.cloud}:ConnectorSite", name, None, opts)
        self.args: Any = args
        self.child = pulumi.ResourceOptions(parent=self)
        for told in args.warnings():
            pulumi.log.warn(told, self)
        firewall = self.make_firewall(f"{name}-firewall")
        exits = [ref.address for ref in args.direct.values()] if args.direct else args.network.exit_addresses.values()
        zones = args.zones()
        gates: list[pulumi.Output[Any]] = []
        connectors: dict[str, pulumi.Output[Any]] = {}
        for key in args.slots:
            # The first slot is the canary. With direct, one slot after the other: each is away while its address moves.
            after = [*args.after, *(gates[-1:] if args.direct else ())] or gates[:1]
            slot = self._slot(f"{name}-{key}", key, zones[key], after)
            host, opened = self.make_host(slot, firewall)
            gates.append(opened)
            connectors[key] = pulumi.Output.all(
                connector_id=slot.incarnation.connector_id,
                connector=slot.incarnation.connector_name,
                host_id=host.instance_id,
                zone=zones[key],
            )
        self.canary = gates[0]
        self.gate = pulumi.Output.all(*gates).apply(lambda passed: passed[-1])
        self.exit_ips = pulumi.Output.all(*exits).apply(lambda ips: sorted(set(ips)))
        self.connectors = pulumi.Output.all(**connectors)
        self.register_outputs({"exit_ips": self.exit_ips, "connectors": self.connectors})

    def _slot(self, name: str, key: str, zone: str, after: Sequence[pulumi.Input[Any]]) -> Slot:
        spec = self.args.spec(key, zone)
        incarnation = Incarnation(
            name,
            cloud=self.args.cloud,
            remote_network_id=self.args.remote_network_id,
            identity=spec.identity(),
            after=after,
            opts=self.child,
        )
        return Slot(name=name, key=key, spec=spec, incarnation=incarnation)

    @abstractmethod
    def make_firewall(self, name: str) -> Any:
        """The firewall, as hosts take it."""

    @abstractmethod
    def make_host(self, slot: Slot, firewall: Any) -> tuple[Any, pulumi.Output[Any]]:
        """The cloud's ``Host``, and the gate that opens when the slot lives by its exit."""

    def wait_for(
        self,
        slot: Slot,
        host: Any,
        opens: pulumi.CustomResource,
        exits: Sequence[pulumi.Input[str]] | None = None,
    ) -> pulumi.Output[Any]:
        """A gate of a slot that opens ``opens``. ``exits`` None: those of the network."""
        args = self.args
        return gate(
            self,
            cloud=args.cloud,
            network=f"{args.labels.environment}/{args.labels.network}",
            slot=slot.name,
            connector_id=slot.incarnation.connector_id,
            connector_name=slot.incarnation.connector_name,
            host=host.instance_id,
            private_ip=host.private_ip,
            exits=list(args.network.exit_addresses.values()) if exits is None else exits,
            args=args.gate,
            opens=opens,
        )
