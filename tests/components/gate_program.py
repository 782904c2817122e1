"""A program of gates, and what Twingate answers it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
import pulumi
import pulumi_twingate as tg
from recorder import Deployment

from gatepost.rollout import GateArgs, gate

LIST = "twingate:index/getTwingateConnectors:getTwingateConnectors"
CONNECTOR = "twingate:index/twingateConnector:TwingateConnector"
ARGS = GateArgs(timeout_seconds=0.05, poll_seconds=0.001)
HOST, EXIT = "10.0.0.4", "203.0.113.1"
NO_RELAYS = {"state": "DEAD_NO_RELAYS"}
ALIVE, NEVER, DIED = {"state": "ALIVE"}, {"state": "DEAD_NO_HEARTBEAT"}, {"state": "DEAD_HEARTBEAT_TOO_OLD"}


class Unavailable(grpc.RpcError):
    """The provider could not ask Twingate."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return "Twingate's API answered 503"


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A gate of the program, and a resource ``next-<slot>`` that waits for it."""

    slot: str = "pay-site-a"
    network: str = "dev/pay"
    cloud: str = "aws"
    behind: str | None = None
    """Slot whose gate the host of this one waits for."""
    provider: str | None = None
    """Name of an explicit provider of Twingate."""
    exits: Sequence[str] = (EXIT,)
    args: GateArgs = ARGS


def told(slot: str = "pay-site-a", of: str | None = None, suffix: str = "89abcde", **over: Any) -> dict[str, Any]:
    """A Connector as Twingate tells of it: the one of a slot's gate, or ``of`` another id."""
    own = {"id": of or f"of-{slot}", "name": f"{slot}-{suffix}", "remoteNetworkId": "net", "publicIp": EXIT}
    return own | ALIVE | over


def in_turn(*answers: Any) -> Callable[[], Any]:
    """The answers in turn, the last one for ever; one that is an exception fails the question."""
    left = list(answers)

    def answer() -> Any:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


def deploy_gates(
    deploy: Callable[..., Deployment],
    gates: Sequence[Gate],
    answer: Callable[[], Any],
    *,
    seen: Deployment | None = None,
    watch: Callable[[str, pulumi.Output[Any]], None] = lambda slot, passed: None,
) -> Deployment:
    """Run a program of gates; ``answer`` is asked for the Connectors that there are, ``watch`` gets each gate."""
    providers: dict[str | None, pulumi.ResourceOptions] = {None: pulumi.ResourceOptions()}

    def tell(_: Any) -> dict[str, Any]:
        found = answer()
        if isinstance(found, Exception):
            raise found
        return {"connectors": found}

    def program() -> None:
        opened: dict[str | None, pulumi.Output[Any]] = {}
        for one in gates:
            if one.provider not in providers:
                made = tg.Provider(str(one.provider), network=one.provider)
                providers[one.provider] = pulumi.ResourceOptions(provider=made)
            waits = pulumi.ResourceOptions(depends_on=[opened[one.behind]] if one.behind else [])
            opts = pulumi.ResourceOptions.merge(providers[one.provider], waits)
            host = tg.TwingateConnector(f"host-{one.slot}", remote_network_id="net", opts=opts)
            passed = gate(
                host,
                cloud=one.cloud,
                network=one.network,
                slot=one.slot,
                connector_id=f"of-{one.slot}",
                connector_name=f"{one.slot}-89abcde",
                host=f"i-{one.slot}",
                private_ip=HOST,
                exits=one.exits,
                args=one.args,
                opens=host,
            )
            opened[one.slot] = passed
            watch(one.slot, passed)
            after = pulumi.ResourceOptions(depends_on=[passed])
            tg.TwingateConnector(f"next-{one.slot}", remote_network_id="net", opts=after)

    return deploy(program, answers={LIST: tell}, seen=seen)
