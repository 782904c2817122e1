"""What a gate does with Twingate's answers."""

import re
from typing import Any

import pytest
from components.gate_program import (
    ALIVE,
    DIED,
    HOST,
    LIST,
    NEVER,
    NO_RELAYS,
    Gate,
    Unavailable,
    deploy_gates,
    in_turn,
    told,
)
from recorder import Deployment

from gatepost.rollout import GateArgs, GateRefusedError

NOTHING_RETIRED = "Nothing was retired: the Connectors from before still run. Mend the cause and run the update again."
SOAK = GateArgs(timeout_seconds=0.05, poll_seconds=0.001, soak_seconds=0.02)
ELSEWHERE = {"privateIps": ["10.0.0.9", "172.17.0.1"]}


def run(
    deploy,
    *answers: Any,
    elder: str | None = None,
    others: tuple[dict[str, Any], ...] = (),
    asked: list[bool] | None = None,
    seen: Deployment | None = None,
    **of_gate: Any,
) -> Deployment:
    """One gate whose questions get the answers in turn: what differs of its Connector, or a failure.

    ``elder`` is the state of an older Connector of the slot; ``asked`` gets for each question whether what waits for
    the gate was there already.
    """
    seen = seen or Deployment()
    turns = in_turn(*answers)
    there = [told("office", of="office"), told(of="foreign", suffix="7654321", remoteNetworkId="another"), *others]
    there += [told(of="elder", suffix="0000000", state=elder)] if elder else []

    def answer() -> Any:
        if asked is not None:
            asked.append(any(r.name.startswith("next-") for r in seen.requests))
        mine = turns()
        return mine if isinstance(mine, Exception) else [*there, told(**mine)]

    return deploy_gates(deploy, [Gate(**of_gate)], answer, seen=seen)


def refused(deploy, *answers: Any, **more: Any) -> str:
    with pytest.raises(GateRefusedError) as error:
        run(deploy, *answers, **more)
    # How long it took is the one thing that no run knows before.
    return re.sub(r"within \d+ s|for \d+ s", lambda found: found[0].split()[0] + " N s", str(error.value))


def test_goes_on_once_the_connector_is_alive_and_not_before(deploy):
    asked: list[bool] = []
    seen = run(deploy, NEVER, NEVER, ALIVE, asked=asked)
    assert asked == [False, False, False]
    assert seen.request("next-pay-site-a").dependencies[-1].endswith("::host-pay-site-a")


def test_what_waits_for_a_refused_gate_is_never_made(deploy):
    seen = Deployment()
    refused(deploy, NEVER, seen=seen)
    assert [r.name for r in seen.requests] == ["host-pay-site-a"]


def test_a_question_that_failed_is_asked_again(deploy):
    assert len(run(deploy, Unavailable(), ALIVE).calls) == 2


NAME = "Connector pay-site-a-89abcde (host i-pay-site-a)"
LOOK = "Look at the boot log of its host, its route to the internet, its firewall and network ACL"
FAILED = f"Twingate could not be asked (invoke of {LIST} failed: Twingate's API answered 503)"


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ((NEVER,), f"was not ALIVE within N s; its last state is DEAD_NO_HEARTBEAT, for N s. {LOOK}"),
        (
            ({"publicIp": "192.0.2.9"},),
            "is ALIVE but leaves by 192.0.2.9, which is none of the site's exit IPs (203.0.113.1). "
            "Look at the routes of its subnet and at the address of its exit",
        ),
        # It died in this rollout, not before it.
        ((NEVER, DIED), f"was not ALIVE within N s; its last state is DEAD_HEARTBEAT_TOO_OLD, for N s. {LOOK}"),
        (
            (Unavailable(),),
            f"was not seen ALIVE within N s; its state is not known, because {FAILED}. Look at Twingate's console",
        ),
        (
            ({"id": "another"},),
            "was not seen ALIVE within N s; its state is unknown to Twingate. Look at Twingate's console",
        ),
    ],
)
def test_refuses_and_says_why_and_that_nothing_was_retired(deploy, answers, says):
    assert refused(deploy, *answers) == f"{NAME} {says}. {NOTHING_RETIRED}"


@pytest.mark.parametrize("gone", [DIED, NO_RELAYS])
def test_a_connector_that_died_before_is_no_reason_to_wait(deploy, gone):
    assert len(run(deploy, gone).calls) == 1
    assert len(run(deploy, gone, elder="DEAD_HEARTBEAT_TOO_OLD").calls) == 1  # nothing that lives would be retired
    assert len(run(deploy, Unavailable(), gone).calls) == 2  # a question that failed tells nothing about it
    assert len(run(deploy, gone | {"privateIps": ["172.17.0.1", HOST]}).calls) == 1


@pytest.mark.parametrize("gone", [DIED, NO_RELAYS])
@pytest.mark.parametrize(
    "elder",
    [
        told(of="elder", suffix="0000000"),
        # Also one whose slot, or whose site, is not in the program any more: this rollout retires it, too.
        told("pay-site-b", of="elder"),
        told("pay-old-a", of="elder", suffix="Ab12"),
    ],
)
def test_a_connector_that_died_while_the_one_before_it_lives_is_refused(deploy, gone, elder):
    told_so = f"{NAME} was not ALIVE within N s; its last state is {gone['state']}, for N s. {LOOK}. {NOTHING_RETIRED}"
    assert refused(deploy, gone, others=(elder,)) == told_so


@pytest.mark.parametrize(
    "other",
    [
        told("pay-site-b", of="x", **NEVER),  # it does not live
        told("pay-site-b", of="x", remoteNetworkId="another"),
        told("payroll-site-b", of="x"),  # of another network of the program, by its name
        told("pay", of="x"),  # made by hand
        told("pay-site-a", of="x", suffix="by hand"),
    ],
)
def test_what_this_rollout_does_not_retire_is_no_older_one(deploy, other):
    assert len(run(deploy, DIED, others=(other,)).calls) == 1


def test_a_connector_that_twingate_tells_of_on_another_host_is_waited_for(deploy):
    assert len(run(deploy, ELSEWHERE, DIED | ELSEWHERE, {"privateIps": [HOST]}).calls) == 3
    assert len(run(deploy, {"privateIps": []}).calls) == 1  # nothing is known of it
    off = GateArgs(timeout_seconds=0.05, poll_seconds=0.001, match_host=False)
    assert len(run(deploy, ELSEWHERE, args=off).calls) == 1


@pytest.mark.parametrize("state", ["ALIVE", "DEAD_HEARTBEAT_TOO_OLD"])
def test_a_connector_that_stays_on_another_host_is_refused_dead_or_alive(deploy, state):
    assert refused(deploy, ELSEWHERE | {"state": state}) == (
        f"{NAME} was not ALIVE within N s: what Twingate tells ({state}) is of another host than 10.0.0.4. "
        f"Look at the boot log of the host. {NOTHING_RETIRED}"
    )


def test_a_replacement_is_watched_for_the_soak_time(deploy):
    assert len(run(deploy, ALIVE, elder="ALIVE", args=SOAK).calls) > 3
    assert len(run(deploy, ALIVE, others=(told("pay-site-b", of="gone", **DIED),), args=SOAK).calls) > 3
    assert len(run(deploy, ALIVE, args=SOAK).calls) == 1  # nothing is retired for it
    assert len(run(deploy, ALIVE, Unavailable(), ALIVE, elder="ALIVE", args=SOAK).calls) > 3


@pytest.mark.parametrize(
    ("later", "says"),
    [
        (
            DIED,
            "was not ALIVE throughout the soak time of 0.02 s; its last state is DEAD_HEARTBEAT_TOO_OLD, for N s. "
            + LOOK,
        ),
        (
            {"publicIp": "192.0.2.9"},
            "is ALIVE but leaves by 192.0.2.9, which is none of the site's exit IPs (203.0.113.1). "
            "Look at the routes of its subnet and at the address of its exit",
        ),
        (
            ELSEWHERE,
            "was not ALIVE throughout the soak time of 0.02 s: what Twingate tells (ALIVE) is of another host than "
            "10.0.0.4. Look at the boot log of the host",
        ),
        # What is not known ends the soak with the time-out, and not before.
        (
            {"id": "another"},
            "was not seen ALIVE throughout the soak time of 0.02 s; its state is unknown to Twingate. "
            "Look at Twingate's console",
        ),
        (
            Unavailable(),
            f"was not seen ALIVE throughout the soak time of 0.02 s; its state is not known, because {FAILED}. "
            "Look at Twingate's console",
        ),
    ],
)
def test_a_replacement_that_does_not_last_is_refused(deploy, later, says):
    assert refused(deploy, ALIVE, ALIVE, later, elder="ALIVE", args=SOAK) == f"{NAME} {says}. {NOTHING_RETIRED}"


def test_questions_that_fail_come_at_longer_and_longer_intervals(deploy):
    asked: list[bool] = []
    refused(deploy, Unavailable(), args=GateArgs(timeout_seconds=0.2, poll_seconds=0.01), asked=asked)
    assert 2 <= len(asked) <= 6  # at 0, 20, 60, 140 and 300 ms; every 10 ms it would be 20


def test_without_addresses_of_its_own_a_connector_may_leave_by_any(deploy):
    assert len(run(deploy, {"publicIp": "192.0.2.9"}, exits=()).calls) == 1


@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
def test_a_gate_waits_as_long_as_its_cloud_needs(deploy, cloud):
    slow = [*[NEVER] * 100, ALIVE]
    short, long = dict.fromkeys(("aws", "gcp", "azure"), 0.01), dict.fromkeys(("aws", "gcp", "azure"), 60.0)
    patient = GateArgs(poll_seconds=0.001, timeout_seconds=short | {cloud: 60.0})
    assert len(run(deploy, *slow, cloud=cloud, args=patient).calls) == 101
    hasty = GateArgs(poll_seconds=0.001, timeout_seconds=long | {cloud: 0.01})
    assert "its last state is DEAD_NO_HEARTBEAT" in refused(deploy, *slow, cloud=cloud, args=hasty)


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
        (
            {"enabled": "no", "match_host": 1},
            "GateArgs.enabled must be a boolean, got 'no'.\nGateArgs.match_host must be a boolean, got 1.",
        ),
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
