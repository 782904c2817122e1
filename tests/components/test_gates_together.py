"""What the gates of one program share: the questions, and the moment of a refusal."""

import asyncio
import time
from typing import Any

import pytest
from components.gate_program import ARGS, DIED, LIST, NEVER, Gate, deploy_gates, in_turn, told
from recorder import Deployment

from gatepost.rollout import GateArgs, GateRefusedError

A, B, C = (Gate(slot=f"pay-site-{key}") for key in "abc")
OTHER = Gate(slot="core-site-a", network="dev/core")
HASTY = Gate(slot=A.slot, args=GateArgs(timeout_seconds=0.02, poll_seconds=0.001, soak_seconds=1))
"""Refused at once, and then patient for a second."""


def slow_gate(network: str) -> Gate:
    """A gate that waits for longer than any test."""
    args = GateArgs(timeout_seconds=60, poll_seconds=0.001)
    return Gate(slot=f"{network}-site-a", network=f"dev/{network}", args=args)


def program(deploy, gates, answer, seen=None, when=None):
    """Run the gates; the slots whose gates passed or were refused, in order. ``when`` gets their times."""
    order: list[tuple[str, str]] = []
    tasks: list[asyncio.Task[None]] = []

    def watch(slot: str, passed: Any) -> None:
        async def wait() -> None:
            try:
                await passed.future()
                order.append((slot, "passed"))
            except GateRefusedError:
                order.append((slot, "refused"))
            if when is not None:
                when[slot] = time.monotonic()

        tasks.append(asyncio.get_event_loop().create_task(wait()))

    try:
        deploy_gates(deploy, gates, answer, seen=seen, watch=watch)
    except GateRefusedError as refused:
        order.append(("error", str(refused)))
    return order


def names(seen: Deployment) -> set[str]:
    return {r.name for r in seen.requests if r.name.startswith("next-")}


def test_one_question_answers_every_gate(deploy):
    everyone = [told(gate.slot) for gate in (A, B, C)]
    args = GateArgs(timeout_seconds=60, poll_seconds=0.1)  # time for each gate to begin
    gates = [Gate(slot=gate.slot, args=args) for gate in (A, B, C)]
    seen = deploy_gates(deploy, gates, in_turn([told(A.slot, **NEVER)], everyone[:2], everyone))
    assert [call.token for call in seen.calls] == [LIST] * 3
    assert names(seen) == {"next-pay-site-a", "next-pay-site-b", "next-pay-site-c"}


def test_each_account_is_asked_through_the_provider_of_its_connectors(deploy):
    gates = [A, Gate(slot="pay-site-b", provider="acme"), Gate(slot="pay-site-c", provider="umbrella")]
    gates.append(Gate(slot="pay-site-d", provider="acme"))
    seen = deploy_gates(deploy, gates, lambda: [told(gate.slot) for gate in gates])
    providers = {call.provider.rpartition("::")[0].rpartition("::")[2] for call in seen.calls}
    assert providers == {"", "acme", "umbrella"}


def test_a_slot_whose_gate_is_in_the_program_is_not_retired(deploy):
    # A died before and is not waited for, although B lives.
    seen = deploy_gates(deploy, [A, B], lambda: [told(A.slot, **DIED), told(B.slot)])
    assert names(seen) == {"next-pay-site-a", "next-pay-site-b"}


def test_a_refusal_is_raised_only_when_the_other_networks_have_settled(deploy):
    never = [told(A.slot, **NEVER)]
    seen = Deployment()
    order = program(deploy, [HASTY, slow_gate("core")], in_turn(*[never] * 60, [*never, told(OTHER.slot)]), seen)
    assert order[:2] == [("core-site-a", "passed"), ("pay-site-a", "refused")]
    assert names(seen) == {"next-core-site-a"}


def test_what_every_network_was_refused_for_is_told_at_once(deploy):
    gates = [HASTY, Gate(slot=OTHER.slot, network=OTHER.network, args=HASTY.args)]
    order = program(deploy, gates, lambda: [told(gate.slot, **NEVER) for gate in gates])
    assert sorted(order[:2]) == [("core-site-a", "refused"), ("pay-site-a", "refused")]
    (_, text) = order[2]
    first, second = text.splitlines()
    assert first.startswith("Connector core-site-a-89abcde (host i-core-site-a) was not ALIVE")
    assert second.startswith("Connector pay-site-a-89abcde (host i-pay-site-a) was not ALIVE")


def test_a_refused_gate_holds_back_the_others_of_its_network_only(deploy):
    behind = Gate(slot="pay-site-b", behind=A.slot)
    seen = Deployment()
    order = program(deploy, [HASTY, behind, OTHER], lambda: [told(A.slot, **NEVER), told(OTHER.slot)], seen)
    assert order[:2] == [("core-site-a", "passed"), ("pay-site-a", "refused")]
    assert {r.name for r in seen.requests} == {"host-pay-site-a", "host-core-site-a", "next-core-site-a"}


def test_a_network_whose_gates_never_run_keeps_nobody_waiting_for_ever(deploy):
    behind = Gate(slot=OTHER.slot, network=OTHER.network, behind=A.slot)
    start = time.monotonic()
    order = program(deploy, [A, behind], lambda: [told(A.slot, **NEVER)])
    assert order[0] == ("pay-site-a", "refused")
    # Its own time-out, and then as long again without any gate that begins or ends.
    assert 2 * ARGS.timeout("aws") <= time.monotonic() - start < 5


def test_patience_counts_from_the_last_gate_that_began_or_ended(deploy):
    behind = Gate(slot=OTHER.slot, network=OTHER.network, behind=A.slot)
    never, when = [told(A.slot, **NEVER)], dict[str, float]()
    turns = in_turn(*[never] * 60, [*never, told("lab-site-a")])
    order = program(deploy, [HASTY, slow_gate("lab"), behind], turns, when=when)
    assert order[:2] == [("lab-site-a", "passed"), ("pay-site-a", "refused")]
    assert 1 <= when["pay-site-a"] - when["lab-site-a"] < 10


@pytest.mark.parametrize("soak", [0, 0.1])
def test_the_soak_time_is_part_of_the_patience(deploy, soak):
    behind = Gate(slot=OTHER.slot, network=OTHER.network, behind=A.slot)
    args = GateArgs(timeout_seconds=0.02, poll_seconds=0.001, soak_seconds=soak)
    start = time.monotonic()
    program(deploy, [Gate(slot=A.slot, args=args), behind], lambda: [told(A.slot, **NEVER)])
    assert 0.04 + soak <= time.monotonic() - start < 5


def test_a_gate_that_runs_for_longer_than_the_refused_ones_patience_is_waited_for(deploy):
    never = [told(A.slot, **NEVER)]
    turns = in_turn(*[never] * 200, [*never, told(OTHER.slot)])
    order = program(deploy, [A, slow_gate("core")], turns)
    assert order[:2] == [("core-site-a", "passed"), ("pay-site-a", "refused")]
