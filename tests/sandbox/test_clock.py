"""The sandbox's clock: held and moved, and what follows it: boots, heartbeats, and who was ever alive."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sandbox.helpers import Sandbox
from sandbox.lab import Lab

from gatepost_sandbox.clock import Clock

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
NONE, OLD = "DEAD_NO_HEARTBEAT", "DEAD_HEARTBEAT_TOO_OLD"
ALIVE = ("ALIVE", "")


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def real() -> list[datetime]:
    """Real time, to be set."""
    return [NOON]


@pytest.fixture
def clock(real: list[datetime]) -> Clock:
    return Clock(lambda: real[0])


def test_it_runs_with_real_time(clock: Clock, real: list[datetime]) -> None:
    assert (clock.now(), clock.held) == (NOON, False)
    real[0] = after(5)
    assert clock.now() == after(5)


def test_held_it_stands_and_is_moved(clock: Clock, real: list[datetime]) -> None:
    clock.hold()
    real[0] = after(5)
    assert (clock.now(), clock.held) == (NOON, True)
    clock.advance(30)
    assert clock.now() == after(30)


def test_it_never_goes_back(clock: Clock, real: list[datetime]) -> None:
    clock.hold()
    real[0] = after(60)
    clock.let_go()
    assert (clock.now(), clock.held) == (NOON, False)
    real[0] = after(61)
    assert clock.now() == after(1)
    clock.advance(10)
    clock.hold()
    assert clock.now() == after(11)


def test_it_says_everything_that_is_wrong_and_does_nothing(clock: Clock) -> None:
    assert clock.change({"hold": 1, "advance_seconds": -5, "jump": True}) == (
        "Unknown fields: jump. Known: advance_seconds, hold. hold is 1; it must be true or false. "
        "advance_seconds is -5; it must be a number of seconds from 0 to 31536000."
    )
    assert (clock.now(), clock.held) == (NOON, False)


def test_the_page(held: Sandbox) -> None:
    before = held.page("GET", "clock").body
    moved = held.page("POST", "clock", {"advance_seconds": 30.5}).body
    assert before["held"] is True
    assert datetime.fromisoformat(moved["now"]) - datetime.fromisoformat(before["now"]) == timedelta(seconds=30.5)
    assert held.page("GET", "clock").body == moved
    wrong = held.page("POST", "clock", {"advance_seconds": "30"})
    message = "advance_seconds is '30'; it must be a number of seconds from 0 to 31536000."
    assert (wrong.status, wrong.body) == (400, {"error": message})


def now(sandbox: Sandbox) -> datetime:
    return datetime.fromisoformat(sandbox.page("GET", "clock").body["now"])


def advance(sandbox: Sandbox, seconds: float) -> None:
    assert sandbox.page("POST", "clock", {"advance_seconds": seconds}).status == 200


def configure(sandbox: Sandbox, **settings: Any) -> None:
    assert sandbox.page("POST", "settings", settings).status == 200


def another_connector(lab: Lab) -> None:
    """A second Connector for the lab, which was never alive, with its pair in the place of the first one's."""
    made = lab.sandbox.graphql(
        "mutation($id: ID!) { connectorCreate(remoteNetworkId: $id) { entity { id } } }", id=lab.network_id
    )
    lab.connector_id = made["connectorCreate"]["entity"]["id"]
    lab.new_pair()
    lab.store_pair()


def told(lab: Lab) -> str:
    """What Twingate's API says."""
    return lab.sandbox.graphql("query($id: ID!) { connector(id: $id) { state } }", id=lab.connector_id)["connector"][
        "state"
    ]


def test_instances_launch_by_this_clock(held: Sandbox, lab: Lab) -> None:
    advance(held, 86400)
    made = lab.ec2.describe_instances(InstanceIds=[lab.launch()])["Reservations"][0]["Instances"][0]
    assert made["LaunchTime"] == now(held).replace(microsecond=0)


def test_a_host_boots_by_this_clock_and_boots_again_at_a_reboot(held: Sandbox, lab: Lab) -> None:
    configure(held, boot_seconds=30)
    lab.relaunch()
    booting = (OLD, f"{lab.host} is still booting")
    advance(held, 29.9)
    assert lab.verdict() == booting
    advance(held, 0.1)
    assert lab.verdict() == ALIVE
    lab.ec2.reboot_instances(InstanceIds=[lab.host])
    assert lab.verdict() == booting
    advance(held, 30)
    assert lab.verdict() == ALIVE


def test_a_host_keeps_the_pair_of_its_boot_while_time_stands_still(held: Sandbox, lab: Lab) -> None:
    assert lab.verdict() == ALIVE
    lab.new_pair()
    lab.store_pair()
    assert lab.verdict() == (OLD, f"{lab.host} holds a pair that is no longer valid")
    lab.ec2.reboot_instances(InstanceIds=[lab.host])
    assert lab.verdict() == ALIVE


def test_whoever_was_alive_before_a_write_is_remembered(lab: Lab) -> None:
    lab.forbid("tcp", 443, 443)  # nobody has asked since the launch
    assert lab.line()["state"] == OLD


def test_whoever_lived_and_died_within_one_step_is_remembered(held: Sandbox, lab: Lab) -> None:
    configure(held, boot_seconds=30)
    lab.ec2.terminate_instances(InstanceIds=[lab.host])
    another_connector(lab)
    host, launched = lab.launch(), now(held)
    assert held.page("POST", "hosts", {"host_id": host, "fault": "dies", "at_seconds": 10}).status == 200
    assert lab.line()["last_heartbeat_at"] is None
    advance(held, 300)
    line = lab.line()
    assert (line["state"], line["reason"]) == (OLD, f"{host} runs, but its Connector has died: a fault was asked for")
    assert datetime.fromisoformat(line["last_heartbeat_at"]) == launched + timedelta(seconds=40)


def test_the_api_learns_of_a_death_by_missing_heartbeats(held: Sandbox, lab: Lab) -> None:
    configure(held, heartbeat_seconds=45)
    advance(held, 100)
    lab.forbid("tcp", 443, 443)
    line = lab.line()
    assert (line["state"], line["alive"], line["told"], told(lab)) == (OLD, False, "ALIVE", "ALIVE")
    assert datetime.fromisoformat(line["last_heartbeat_at"]) == now(held)
    advance(held, 44.9)
    assert (lab.line()["told"], told(lab)) == ("ALIVE", "ALIVE")
    advance(held, 0.1)
    assert (lab.line()["told"], told(lab)) == (OLD, OLD)


def test_the_api_learns_of_missing_relays_by_the_next_heartbeat(held: Sandbox, lab: Lab) -> None:
    configure(held, heartbeat_seconds=45)
    lab.forbid("tcp", 30000, 31000)
    assert told(lab) == "DEAD_NO_RELAYS"
    lab.forbid("tcp", 443, 443)
    assert (lab.line()["state"], told(lab)) == (OLD, "DEAD_NO_RELAYS")


def test_the_api_says_nothing_good_of_a_connector_that_was_never_alive(held: Sandbox, lab: Lab) -> None:
    configure(held, heartbeat_seconds=45, boot_seconds=600)
    lab.ec2.terminate_instances(InstanceIds=[lab.host])
    another_connector(lab)
    lab.launch()
    assert told(lab) == NONE
