"""The Connectors of a Remote Network on hosts outside the clouds, which people install."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import pulumi
import pulumi_twingate as tg

from ..autonaming import autonaming_problems
from ..boot.onprem import Bundle
from ..boot.onprem_generations import living
from ..connector import LOG_LEVELS, ConnectorSettings
from ..egress import Reach, egress_rules
from ..labels import Labels, connector_prefix
from ..rollout import stands
from ..site import SlotArgs as AnySlot
from ..site import plain_problems, problems_of, slot_problems, tenant_problems
from ..words import one_of, refuse
from .retired import retirable
from .slots import SlotArgs


@dataclass(frozen=True, kw_only=True)
class ConnectorSiteArgs:
    """A site outside the clouds: a slot for each host."""

    tenant: str
    """Twingate network name, ``acme`` of acme.twingate.com. Plain: it is part of the bundles."""
    remote_network_id: pulumi.Input[str]
    """Remote Network that the Connectors belong to. Another one is refused by Twingate: Connectors cannot move."""
    labels: Labels
    """Names; ``labels.site`` must be set. Plain."""
    slots: Mapping[str, SlotArgs]
    """Connectors by key. Adding or removing one touches no other. Plain."""
    reaches: Sequence[Reach] = ()
    """Destinations that users reach through this site, for the firewall list. Plain."""
    dns: Sequence[str] = ()
    """Custom DNS servers (IPv4) that Connectors resolve Resources with; none: the host's own. Plain."""
    network_type: str = "REGULAR"
    """REGULAR or EXIT: the type of the Remote Network. Plain."""
    exit_addresses: Sequence[str] = ()
    """Static public addresses that traffic leaves from, as far as known, for outputs. Plain."""
    log_level: str = "error"
    """error, warn, info or debug. Plain."""
    metrics_port: int | None = None
    """See ``ConnectorSettings.metrics_port``. Plain."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, *(f.name for f in fields(self) if f.name != "remote_network_id"))
        if not problems:
            problems += tenant_problems(self.tenant) + slot_problems(dict.fromkeys(self.slots, AnySlot()))
            levels = {self.log_level, *(slot.log_level or self.log_level for slot in self.slots.values())}
            problems += [one_of("The log level", level, LOG_LEVELS) for level in sorted(levels - set(LOG_LEVELS))]
            if self.labels.site is None:
                problems.append("ConnectorSiteArgs.labels has no site. Use labels.with_site('hq').")
        if not problems:
            problems += problems_of(
                lambda: egress_rules(
                    cloud="onprem", reaches=self.reaches, dns=self.dns, network_type=self.network_type
                ),
                lambda: [self.settings(slot, 1) for slot in self.slots],
                lambda: [connector_prefix(self.labels.network, str(self.labels.site), slot) for slot in self.slots],
            )
        refuse(list(dict.fromkeys(problems)))

    def settings(self, slot: str, generation: int) -> ConnectorSettings:
        """What the Connector of a slot is told."""
        return ConnectorSettings(
            network=self.tenant,
            dns=tuple(self.dns),
            log_level=self.slots[slot].log_level or self.log_level,
            metrics_port=self.metrics_port,
            labels={"site": str(self.labels.site), "slot": slot, "generation": str(generation)},
        )


class ConnectorSite(pulumi.ComponentResource):
    """Connectors and token pairs for hosts that people install with the bundles of ``gatepost bundle``.

    Each generation of a slot is a resource of its own: raising ``generation`` makes the next one beside the old, and
    the old goes only when ``retire`` says so, and not while it is the last of its slot that is ALIVE. Nothing here
    waits for a host, and no other site waits for these.
    """

    gate: pulumi.Output[Any]
    """Resolves when the Connectors are made in Twingate; whether hosts run them is not asked."""
    canary: pulumi.Output[Any]
    """As ``gate``, for the first slot."""
    exit_ips: pulumi.Output[list[str]]
    """Static public addresses that traffic leaves from, for allow-lists."""
    connectors: pulumi.Output[dict[str, Any]]
    """By slot: ``connector_id`` and ``connector`` of the newest generation, ``host_id`` and ``zone`` (none: nobody
    knows), and ``bundles``, what ``gatepost bundle`` writes: one for each generation that is not retired."""
    pairs: pulumi.Output[dict[str, Any]]
    """Secret, by bundle: ``connector_id``, ``access_token``, ``refresh_token``, for a secret store of your own.
    It is in no output of the component: ``gatepost pair`` reads the state."""

    def __init__(self, name: str, args: ConnectorSiteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        # Gates know an older Connector of a slot by its name.
        refuse(autonaming_problems(pulumi.runtime.get_config("pulumi:autonaming"), []))
        super().__init__("gatepost:onprem:ConnectorSite", name, None, opts)
        made = {
            key: {
                generation: _Incarnation(f"{name}-{key}-{generation}", args, self)
                for generation in living(slot.generation, slot.retire)
            }
            for key, slot in args.slots.items()
        }
        self.connectors = pulumi.Output.all(**{key: _slot(args, key, every) for key, every in made.items()})
        pairs = {one.name: one.pair for every in made.values() for one in every.values()}
        self.pairs = pulumi.Output.secret(pulumi.Output.all(**pairs))
        newest = [every[max(every)].tokens for every in made.values()]
        may = retirable(name, args.slots, args.remote_network_id, self)
        self.canary = pulumi.Output.from_input(newest[0])
        self.gate = pulumi.Output.all(may, *(tokens.id for tokens in newest)).apply(lambda _: newest[-1])
        self.exit_ips = pulumi.Output.from_input(sorted(set(args.exit_addresses)))
        self.register_outputs({"exit_ips": self.exit_ips, "connectors": self.connectors})


class _Incarnation(pulumi.ComponentResource):
    """A Connector and its pair, as ``gatepost.rollout.Incarnation``, but one for each generation, without a trigger."""

    def __init__(self, name: str, args: ConnectorSiteArgs, parent: pulumi.Resource) -> None:
        super().__init__("gatepost:index:Incarnation", name, None, pulumi.ResourceOptions(parent=parent))
        self.name = name
        child = pulumi.ResourceOptions(parent=self)
        self.connector = tg.TwingateConnector(name, remote_network_id=args.remote_network_id, opts=child)
        self.tokens = tg.TwingateConnectorTokens(f"{name}-tokens", connector_id=self.connector.id, opts=child)
        self.pair = pulumi.Output.all(
            connector_id=self.connector.id,
            access_token=self.tokens.access_token,
            refresh_token=self.tokens.refresh_token,
        )
        stands(name)
        self.register_outputs({"connector_id": self.connector.id, "connector_name": self.connector.name})


def _slot(args: ConnectorSiteArgs, key: str, every: Mapping[int, _Incarnation]) -> pulumi.Output[Any]:
    newest = every[max(every)].connector
    bundles = [_bundle(args, key, generation, one) for generation, one in every.items()]
    return pulumi.Output.all(
        connector_id=newest.id, connector=newest.name, host_id=None, zone=None, bundles=pulumi.Output.all(*bundles)
    )


def _bundle(args: ConnectorSiteArgs, key: str, generation: int, one: _Incarnation) -> pulumi.Output[dict[str, Any]]:
    reaches = [
        {name: list(value) if isinstance(value, tuple) else value for name, value in vars(reach).items()}
        for reach in args.reaches
    ]
    return pulumi.Output.all(one.connector.id, one.connector.name).apply(
        lambda known: Bundle(
            name=one.name,
            connector_id=known[0],
            connector=known[1],
            settings=args.settings(key, generation).environment(),
            reaches=reaches,
            dns=tuple(args.dns),
            network_type=args.network_type,
        ).as_output()
    )
