"""What a gate does with Twingate's answers."""

import json
from typing import Any

import grpc
import pulumi
import pulumi_twingate as tg
import pytest
from recorder import Deployment

from gatepost.rollout import GateArgs, GateRefusedError, Incarnation, gate

LIST = "twingate:index/getTwingateConnectors:getTwingateConnectors"
ARGS = GateArgs(timeout_seconds=0.05, poll_seconds=0.001)


def run(
    deploy,
    *answers: Any,
    exits: tuple[str, ...] = ("203.0.113.1",),
    elder: str | None = None,
    args: GateArgs = ARGS,
    asked: list[str] | None = None,
) -> Deployment:
    """A gate whose questions get the answers in turn, the last one for ever; an exception fails the question.

    ``elder`` is the state of an older Connector of the slot; ``asked`` gets a line for each question.
    """
    left = list(answers)
    others = [
        {"id": "other", "name": "pay-site-b-1234567", "remoteNetworkId": "net", "state": "ALIVE"},
        {"id": "foreign", "name": "pay-site-a-7654321", "remoteNetworkId": "another", "state": "ALIVE"},
    ]
    if elder:
        others.append({"id": "elder", "name": "pay-site-a-0000000", "remoteNetworkId": "net", "state": elder})

    def answer(_: Any) -> dict[str, Any]:
        if asked is not None:
            asked.append("asked")
        state = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(state, Exception):
            raise state
        mine = {"id": "con-1", "name": "pay-site-a-89abcde", "remoteNetworkId": "net", "publicIp": "203.0.113.1"}
        return {"connectors": [*others, {**mine, **state}]}

    def program() -> None:
        host = tg.TwingateConnector("host", remote_network_id="net")
        passed = gate(
            host,
            cloud="aws",
            network="dev/n",
            slot="pay-site-a",
            connector_id="con-1",
            connector_name="con",
            host="i-1",
            private_ip="10.0.0.4",
            exits=exits,
            args=args,
            opens=host,
        )
        tg.TwingateConnector("next", remote_network_id="net", opts=pulumi.ResourceOptions(depends_on=[passed]))

    return deploy(program, answers={LIST: answer})


class Unavailable(grpc.RpcError):
    """The provider could not ask Twingate."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return "Twingate's API answered 503"


NO_RELAYS = {"state": "DEAD_NO_RELAYS"}
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
        ((NEVER,), r"con \(host i-1\) was not ALIVE within 0 s; its last state is DEAD_NO_HEARTBEAT, for 0 s"),
        ((ALIVE | {"publicIp": "192.0.2.9"},), r"is ALIVE but leaves by 192\.0\.2\.9, .*\(203\.0\.113\.1\)"),
        ((NEVER, DIED), "its last state is DEAD_HEARTBEAT_TOO_OLD"),  # it died in this rollout, not before it
        ((Unavailable(),), "Twingate could not be asked .*503"),
        (({"state": "ALIVE", "id": "another"},), "its last state is unknown to Twingate"),
    ],
)
def test_refuses_and_says_why_and_that_nothing_was_retired(deploy, answers, says):
    with pytest.raises(GateRefusedError, match=f"(?s){says}.*Nothing was retired"):
        run(deploy, *answers)


@pytest.mark.parametrize("gone", [DIED, NO_RELAYS])
def test_a_connector_that_died_before_is_no_reason_to_wait(deploy, gone):
    assert len(run(deploy, gone).calls) == 1
    assert len(run(deploy, gone, elder="DEAD_HEARTBEAT_TOO_OLD").calls) == 1  # nothing that lives would be retired
    assert len(run(deploy, Unavailable(), gone).calls) == 2  # a question that failed tells nothing about it


@pytest.mark.parametrize("gone", [DIED, NO_RELAYS])
def test_a_connector_that_died_while_the_one_before_it_lives_is_refused(deploy, gone):
    with pytest.raises(GateRefusedError, match=f"its last state is {gone['state']}.*Nothing was retired"):
        run(deploy, gone, elder="ALIVE")


SOAK = GateArgs(timeout_seconds=0.05, poll_seconds=0.001, soak_seconds=0.02)


def test_a_replacement_is_watched_for_the_soak_time(deploy):
    assert len(run(deploy, ALIVE, elder="ALIVE", args=SOAK).calls) > 3
    assert len(run(deploy, ALIVE, args=SOAK).calls) == 1  # nothing is retired for it
    assert len(run(deploy, ALIVE, Unavailable(), ALIVE, elder="ALIVE", args=SOAK).calls) > 3


@pytest.mark.parametrize(
    ("later", "says"),
    [(DIED, "throughout the soak time of 0.02 s"), (ALIVE | {"publicIp": "192.0.2.9"}, "leaves by 192")],
)
def test_a_replacement_that_does_not_last_is_refused(deploy, later, says):
    with pytest.raises(GateRefusedError, match=says):
        run(deploy, ALIVE, ALIVE, later, elder="ALIVE", args=SOAK)


def test_questions_that_fail_come_at_longer_and_longer_intervals(deploy):
    asked: list[str] = []
    with pytest.raises(GateRefusedError):
        run(deploy, Unavailable(), args=GateArgs(timeout_seconds=0.2, poll_seconds=0.01), asked=asked)
    assert 2 <= len(asked) <= 6  # at 0, 20, 60, 140 and 300 ms; every 10 ms it would be 20


def test_without_addresses_of_its_own_a_connector_may_leave_by_any(deploy):
    assert len(run(deploy, ALIVE | {"publicIp": "192.0.2.9"}, exits=()).calls) == 1


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"timeout_seconds": float("nan")}, "GateArgs.timeout_seconds must be a positive number of seconds, got nan."),
        (
            {"timeout_seconds": {"aws": 0}},
            "GateArgs.timeout_seconds['aws'] must be a positive number of seconds, got 0.",
        ),
        (
            {"timeout_seconds": {"asw": 5}},
            "GateArgs.timeout_seconds names 'asw'. Allowed: aws, gcp, azure. Did you mean 'aws'?",
        ),
        ({"poll_seconds": 0}, "GateArgs.poll_seconds must be a positive number of seconds, got 0."),
        ({"soak_seconds": -1}, "GateArgs.soak_seconds must be a number of seconds from 0, got -1."),
        ({"enabled": "no"}, "GateArgs.enabled must be a boolean, got 'no'."),
    ],
)
def test_refuses_settings_that_would_wait_for_ever_or_not_at_all(values, says):
    with pytest.raises(ValueError) as refused:
        GateArgs(**values)
    assert str(refused.value) == says


def test_each_cloud_has_a_time_out_of_its_own():
    assert [GateArgs().timeout(cloud) for cloud in ("aws", "gcp", "azure")] == [300, 600, 900]
    assert [GateArgs(timeout_seconds={"gcp": 1}).timeout(cloud) for cloud in ("aws", "gcp")] == [300, 1]
    assert GateArgs(timeout_seconds=7).timeout("azure") == 7


@pytest.mark.parametrize("mode", ["verbatim", "disabled"])
def test_names_without_a_random_part_are_refused_because_the_engine_would_delete_first(deploy, mode, monkeypatch):
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({"pulumi:autonaming": json.dumps({"mode": mode})}))
    with pytest.raises(ValueError, match=f"pulumi:autonaming.mode is '{mode}': the engine would then delete each"):
        deploy(lambda: Incarnation("a", cloud="aws", remote_network_id="net", identity=["x"]))
