"""Incarnations and gates: what is made together, and when the next may start.

An incarnation is a Connector with its token pair, secret and host, made and retired together. Whatever rebuilds a host
makes a new incarnation beside the old one under the same URNs; the engine deletes old ones last, after every gate has
passed. A gate passes when Twingate says that the new Connector is ALIVE and leaves by one of the site's exits.

Tokens never get ``keepers`` or ``delete_before_replace``: the vendor's provider generates a pair at delete too, so
either would kill a live Connector.
"""

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_twingate as tg

from .words import refuse

ALIVE = "ALIVE"
DIED = "DEAD_HEARTBEAT_TOO_OLD"
"""State of a Connector that lived once: never the state of one that was just made."""
STATES = (ALIVE, DIED, "DEAD_NO_HEARTBEAT", "DEAD_NO_RELAYS")
"""Every state; source: terraform-provider-twingate ``docs/resources/connector.md``."""


@dataclass(frozen=True, kw_only=True)
class GateArgs:
    """How long a rollout waits for a new Connector, and how often it asks. Plain values."""

    enabled: bool = True
    """False: go on without asking Twingate, for example while its API is away. Nothing then guards the rollout."""
    timeout_seconds: float = 300
    """How long a new Connector may take to be ALIVE before the rollout is refused."""
    poll_seconds: float = 5
    """Least time between two questions; one question covers every gate. Twingate allows 60 reads a minute."""

    def __post_init__(self) -> None:
        refuse(
            [
                f"GateArgs.{name} must be a positive number of seconds, got {value!r}."
                for name, value in (("timeout_seconds", self.timeout_seconds), ("poll_seconds", self.poll_seconds))
                if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf
            ]
            + ([] if isinstance(self.enabled, bool) else [f"GateArgs.enabled must be a boolean, got {self.enabled!r}."])
        )


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
        remote_network_id: pulumi.Input[str],
        identity: Sequence[pulumi.Input[Any]],
        after: Sequence[pulumi.Input[Any]] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the Connector anew whenever a value of ``identity`` changes, and not before ``after`` has passed."""
        super().__init__("gatepost:index:Incarnation", name, None, opts)
        connector = tg.TwingateConnector(
            name,  # no role word: with Pulumi's suffix this is the name that people read in Twingate
            remote_network_id=remote_network_id,
            opts=pulumi.ResourceOptions(
                parent=self, replacement_trigger=pulumi.Output.all(*identity), depends_on=list(after)
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
    network: str,
    connector_id: pulumi.Input[str],
    connector_name: pulumi.Input[str],
    host: pulumi.CustomResource,
    exits: Sequence[pulumi.Input[str]],
    args: GateArgs,
) -> pulumi.Output[Any]:
    """An Output that is ``host`` once the Connector is ALIVE and leaves by one of ``exits``.

    It runs at every update, also when nothing changed, and never in a preview. Raises GateRefusedError, but only when
    the gates of every other Remote Network of the program have settled: one bad network stops no other halfway.
    """
    if pulumi.runtime.is_dry_run() or not args.enabled:
        return pulumi.Output.from_input(host)
    rollout = _Rollout.current()
    rollout.register(network)

    async def passed(values: Sequence[Any]) -> Any:
        machine, connector, name, *addresses = values
        refusal = await rollout.refusal(component, connector, f"{name} (host {machine})", addresses, args)
        await rollout.settle(network, refusal)
        return host

    return pulumi.Output.all(host.id, connector_id, connector_name, *exits).apply(passed)


class _Rollout:
    """The gates of one program run: what still waits, what was refused, and the one poller that asks for all."""

    def __init__(self) -> None:
        self.waiting: dict[str, int] = {}
        self.refusals: list[str] = []
        self.quiet = asyncio.Event()
        self.pollers: dict[str, _Poller] = {}

    @classmethod
    def current(cls) -> "_Rollout":
        """The rollout of the event loop that runs this program."""
        loop: Any = asyncio.get_event_loop()
        if not hasattr(loop, "_gatepost_rollout"):
            loop._gatepost_rollout = cls()
        return loop._gatepost_rollout

    def register(self, network: str) -> None:
        self.waiting[network] = self.waiting.get(network, 0) + 1

    async def settle(self, network: str, refusal: str | None) -> None:
        """Count a gate that passed; hold one that was refused until all other networks have settled.

        A network has settled when all its gates passed or one refused: the gates behind a refused one never run.
        """
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
            await self.quiet.wait()
            raise GateRefusedError("\n".join(sorted(self.refusals)))

    async def refusal(
        self, component: pulumi.Resource, connector: str, name: str, exits: Sequence[str], args: GateArgs
    ) -> str | None:
        """Wait for a Connector; None once it lives, else the sentences that say why the rollout stops."""
        poller = self._poller(component, args)
        start = time.monotonic()
        said, seen = "", False
        while True:
            try:
                found = (await poller.connectors()).get(connector)
                state = found["state"] if found else "unknown to Twingate"
                address = found["publicIp"] if found else ""
            except Exception as problem:  # the SDK raises no narrower one; a failed question is no reason to stop
                if "Resource monitor has terminated" in str(problem):
                    raise  # the engine is gone
                state, address = f"not known, because Twingate could not be asked ({problem})", ""
            if state == ALIVE and (not exits or address in exits):
                return None
            waited = time.monotonic() - start
            if state == DIED and not seen:  # when Twingate first tells of it: it died before this rollout, not in it
                pulumi.log.warn(
                    f"Connector {name} is {state}: it lived and died later. Nothing of this rollout waits for it. "
                    "Look at its host, or raise the slot's generation to replace it.",
                    component,
                )
                return None
            if waited >= args.timeout_seconds:
                return _refusal_text(name, state, address, exits, waited)
            seen = seen or state in STATES
            if state != said:
                pulumi.log.info(f"Waiting for Connector {name}: {state}.", component)
                said = state

    def _poller(self, component: pulumi.Resource, args: GateArgs) -> "_Poller":
        provider = component.get_provider("twingate:index:TwingateConnector")
        key = provider._name if provider else ""
        if key not in self.pollers:
            self.pollers[key] = _Poller(component, args.poll_seconds)
        return self.pollers[key]


class _Poller:
    """Lists every Connector of the account, at most every few seconds, for all gates at once."""

    def __init__(self, component: pulumi.Resource, seconds: float) -> None:
        self.opts = pulumi.InvokeOptions(parent=component)
        self.seconds = seconds
        self.last = float("-inf")
        self.answer: asyncio.Task[dict[str, Mapping[str, Any]]] | None = None

    async def connectors(self) -> dict[str, Mapping[str, Any]]:
        """Connectors by id, from the question that is under way or a new one."""
        if self.answer is None or self.answer.done():
            self.answer = asyncio.ensure_future(self._ask())
        return await asyncio.shield(self.answer)

    async def _ask(self) -> dict[str, Mapping[str, Any]]:
        await asyncio.sleep(max(0.0, self.last + self.seconds - time.monotonic()))
        self.last = time.monotonic()
        result = await pulumi.runtime.invoke_async(
            "twingate:index/getTwingateConnectors:getTwingateConnectors", {}, opts=self.opts
        )
        return {one["id"]: one for one in (result or {}).get("connectors") or ()}


def _refusal_text(name: str, state: str, address: str, exits: Sequence[str], waited: float) -> str:
    if state == ALIVE:
        why = (
            f"Connector {name} is ALIVE but leaves by {address}, which is none of the site's exit IPs "
            f"({', '.join(exits)}). Look at the routes of its subnet"
        )
    else:
        why = (
            f"Connector {name} was not ALIVE within {waited:.0f} s; its last state is {state}. "
            "Look at the boot log of its host, its route to the internet and its firewall"
        )
    return f"{why}. Nothing was retired: the Connectors from before still run. Mend the cause and run the update again."
