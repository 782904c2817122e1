"""What a gate does with Twingate's answers."""

from typing import Any

import grpc
import pulumi
import pulumi_twingate as tg
import pytest
from recorder import Deployment

from gatepost.rollout import GateArgs, GateRefusedError, gate

LIST = "twingate:index/getTwingateConnectors:getTwingateConnectors"
ARGS = GateArgs(timeout_seconds=0.05, poll_seconds=0.001)


def run(deploy, *answers: Any, exits: tuple[str, ...] = ("203.0.113.1",)) -> Deployment:
    """A gate whose questions get the answers in turn, the last one for ever; an exception fails the question."""
    left = list(answers)

    def answer(_: Any) -> dict[str, Any]:
        state = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(state, Exception):
            raise state
        return {"connectors": [{"id": "con-1", "publicIp": "203.0.113.1", **state}]}

    def program() -> None:
        host = tg.TwingateConnector("host", remote_network_id="net")
        passed = gate(host, network="n", connector_id="con-1", connector_name="con", host=host, exits=exits, args=ARGS)
        tg.TwingateConnector("next", remote_network_id="net", opts=pulumi.ResourceOptions(depends_on=[passed]))

    return deploy(program, answers={LIST: answer})


class Unavailable(grpc.RpcError):
    """The provider could not ask Twingate."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return "Twingate's API answered 503"


ALIVE, NEVER, DIED = {"state": "ALIVE"}, {"state": "DEAD_NO_HEARTBEAT"}, {"state": "DEAD_HEARTBEAT_TOO_OLD"}


def test_goes_on_once_the_connector_is_alive(deploy):
    seen = run(deploy, NEVER, NEVER, ALIVE)
    assert len(seen.calls) == 3
    assert seen.request("next").name == "next"


def test_a_question_that_failed_is_asked_again(deploy):
    assert len(run(deploy, Unavailable(), ALIVE).calls) == 2


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ((NEVER,), r"con \(host host-id\) was not ALIVE within .* its last state is DEAD_NO_HEARTBEAT"),
        ((ALIVE | {"publicIp": "192.0.2.9"},), r"is ALIVE but leaves by 192\.0\.2\.9, .*\(203\.0\.113\.1\)"),
        ((NEVER, DIED), "its last state is DEAD_HEARTBEAT_TOO_OLD"),  # it died in this rollout, not before it
        ((Unavailable(),), "Twingate could not be asked .*503"),
        (({"state": "ALIVE", "id": "another"},), "its last state is unknown to Twingate"),
    ],
)
def test_refuses_and_says_why_and_that_nothing_was_retired(deploy, answers, says):
    with pytest.raises(GateRefusedError, match=f"(?s){says}.*Nothing was retired"):
        run(deploy, *answers)


def test_a_connector_that_died_before_is_no_reason_to_wait(deploy):
    assert len(run(deploy, DIED).calls) == 1
    assert len(run(deploy, Unavailable(), DIED).calls) == 2  # a question that failed tells nothing about it


@pytest.mark.parametrize("values", [{"timeout_seconds": float("nan")}, {"poll_seconds": 0}, {"enabled": "no"}])
def test_refuses_settings_that_would_wait_for_ever_or_not_at_all(values):
    with pytest.raises(ValueError, match=r"GateArgs\.\w+ must be a "):
        GateArgs(**values)
