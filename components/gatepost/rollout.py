"""Incarnations and gates: what is made together, and when the next may start.

An incarnation is a Connector with its token pair, secret and host, made and retired together. Whatever rebuilds a host
makes a new incarnation beside the old one under the same URNs; the engine deletes old ones last, after every gate has
passed. A gate passes when Twingate says that the new Connector is ALIVE and leaves by one of the site's exits.

Tokens never get ``keepers`` or ``delete_before_replace``: the vendor's provider generates a pair at delete too, so
either would kill a live Connector.
"""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_twingate as tg

from .autonaming import autonaming_problems
from .gate_args import GateArgs
from .gates import Candidate, refusal
from .poller import Poller
from .triggers import trigger
from .words import refuse

__all__ = ["GateArgs", "GateRefusedError", "Incarnation", "gate", "stands"]


class GateRefusedError(pulumi.RunError):
    """A new Connector did not come alive; nothing was retired."""


class Incarnation(pulumi.ComponentResource):
    """A Connector in Twingate and the token pair that belongs to it alone."""

    connector_id: pulumi.Output[str]
    """The Connector's id. New for each incarnation: whatever must be rebuilt with it takes this as its trigger."""
    connector_name: pulumi.Output[str]
    """The Connector's name: this component's name and a suffix that Pulumi makes."""
    access_token: pulumi.Output[str]
    """Half of the pair. Secret."""
    refresh_token: pulumi.Output[str]
    """The other half. Secret."""

    def __init__(
        self,
        name: str,
        *,
        cloud: str,
        remote_network_id: pulumi.Input[str],
        identity: Sequence[pulumi.Input[Any]],
        after: Sequence[pulumi.Input[Any]] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the Connector anew whenever ``identity`` or the Remote Network changes, not before ``after`` has passed.

        ``cloud`` is where its host is: aws, gcp or azure.

        Raises ValueError when the stack's ``pulumi:autonaming`` would make the engine delete before it makes.
        """
        # The only setting that is read in a component: it changes what the engine does with every resource below.
        refuse(autonaming_problems(pulumi.runtime.get_config("pulumi:autonaming"), [cloud]))
        super().__init__("gatepost:index:Incarnation", name, None, opts)
        connector = tg.TwingateConnector(
            name,  # no role word: with Pulumi's suffix this is the name that people read in Twingate
            remote_network_id=remote_network_id,
            opts=pulumi.ResourceOptions(
                parent=self,
                replacement_trigger=trigger(remote_network_id, *identity),  # outputs of other stacks are often secret
                depends_on=list(after),
            ),
        )
        tokens = tg.TwingateConnectorTokens(
            f"{name}-tokens", connector_id=connector.id, opts=pulumi.ResourceOptions(parent=self)
        )
        self.connector_id = connector.id
        self.connector_name = connector.name
        self.access_token = pulumi.Output.secret(tokens.access_token)
        self.refresh_token = pulumi.Output.secret(tokens.refresh_token)
        self.register_outputs({"connector_id": self.connector_id, "connector_name": self.connector_name})


def gate(
    component: pulumi.Resource,
    *,
    cloud: str,
    network: str,
    slot: str,
    connector_id: pulumi.Input[str],
    connector_name: pulumi.Input[str],
    host: pulumi.Input[str],
    private_ip: pulumi.Input[str],
    exits: Sequence[pulumi.Input[str]],
    args: GateArgs,
    opens: pulumi.CustomResource,
) -> pulumi.Output[Any]:
    """An Output that is ``opens`` once the Connector is ALIVE and leaves by one of ``exits`` (none: by any address).

    ``opens`` is the last resource that the Connector needs to live: its host, or the address on its host.
    ``private_ip`` is the host's: what Twingate tells of a Connector on another host is about the one before. ``slot``
    is the logical name of the Connector, ``network`` groups gates: a refusal stops its own network only.

    It runs at every update, also when nothing changed, and never in a preview. Raises GateRefusedError, but only when
    the gates of every other Remote Network of the program have settled: one bad network stops no other halfway.
    """
    if pulumi.runtime.is_dry_run() or not args.enabled:
        return pulumi.Output.from_input(opens)
    rollout = _Rollout.current()
    rollout.register(network, slot)
    patience = args.timeout(cloud) + args.soak_seconds

    async def passed(values: Sequence[Any]) -> Any:
        _, machine, inner, connector, name, *addresses = values
        candidate = Candidate(
            slots=rollout.slots,
            slot=slot,
            connector=connector,
            name=f"{name} (host {machine})",
            private_ip=inner if args.match_host else "",
            exits=addresses,
        )
        rollout.moved(1)
        told = await refusal(
            component, rollout.poller(component, args.poll_seconds), candidate, args, args.timeout(cloud)
        )
        await rollout.settle(network, told, patience)
        return opens

    return pulumi.Output.all(opens.id, host, private_ip, connector_id, connector_name, *exits).apply(passed)


def stands(slot: str) -> None:
    """Tell the gates of this program that a slot, by its logical name, has Connectors that no rollout retires.

    For Connectors without a gate of their own: a slot that no gate knows is taken for one that is gone.
    """
    _Rollout.current().slots.add(slot)


class _Rollout:
    """The gates of one program run: what still waits, what was refused, and the pollers."""

    def __init__(self) -> None:
        self.waiting: dict[str, int] = {}
        self.slots: set[str] = set()
        self.refusals: list[str] = []
        self.quiet = asyncio.Event()
        self.last_move = time.monotonic()
        self.running = 0
        self.pollers: dict[pulumi.ProviderResource | None, Poller] = {}

    @classmethod
    def current(cls) -> "_Rollout":
        """The rollout of the event loop that runs this program."""
        loop: Any = asyncio.get_event_loop()
        if not hasattr(loop, "_gatepost_rollout"):
            loop._gatepost_rollout = cls()
        return loop._gatepost_rollout

    def poller(self, component: pulumi.Resource, seconds: float) -> Poller:
        """The poller of the component's Twingate account: one for each provider."""
        provider = component.get_provider("twingate:index:TwingateConnector")
        if provider not in self.pollers:
            self.pollers[provider] = Poller(component, seconds)
        return self.pollers[provider]

    def register(self, network: str, slot: str) -> None:
        """Count a gate that the rollout waits for."""
        self.waiting[network] = self.waiting.get(network, 0) + 1
        self.slots.add(slot)

    def moved(self, gates: int) -> None:
        """Note that a gate began or ended."""
        self.running += gates
        self.last_move = time.monotonic()

    async def settle(self, network: str, refusal: str | None, patience: float) -> None:
        """Count a gate that passed; hold one that was refused until all other networks have settled.

        A network has settled when all its gates passed or one refused: the gates behind a refused one never run. Gates
        that wait for another network, or for resources that a targeted update leaves out, may never run either: when no
        gate has begun or ended for ``patience`` seconds, there is nothing left to wait for.
        """
        self.moved(-1)
        if refusal:
            self.refusals.append(refusal)
            self.waiting.pop(network, None)
        elif network in self.waiting:
            self.waiting[network] -= 1
            if not self.waiting[network]:
                del self.waiting[network]
        if not self.waiting:
            self.quiet.set()
        if refusal:
            while not self.quiet.is_set():
                # A gate that runs comes to an end by itself, also one whose cloud takes longer than this one's.
                left = patience if self.running else self.last_move + patience - time.monotonic()
                if left <= 0:
                    break
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.quiet.wait(), left)
            raise GateRefusedError("\n".join(sorted(self.refusals)))
