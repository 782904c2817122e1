"""Faults on request of hosts and Connectors, and what the evidence says of them."""

import re
from typing import Any

import pytest
from sandbox.helpers import Sandbox
from sandbox.lab import Lab

OLD, NONE = "DEAD_HEARTBEAT_TOO_OLD", "DEAD_NO_HEARTBEAT"


def break_host(sandbox: Sandbox, **body: Any) -> None:
    reply = sandbox.page("POST", "hosts", body)
    assert reply.status == 200, reply.body


@pytest.mark.parametrize(
    ("fault", "state", "words"),
    [
        ("never_boots", OLD, "never finishes booting"),
        ("dies", OLD, "runs, but its Connector has died"),
        ("no_relays", "DEAD_NO_RELAYS", "finds no relay"),
    ],
)
def test_a_host_with_a_fault_and_without_it_again(held: Sandbox, lab: Lab, fault: str, state: str, words: str) -> None:
    break_host(held, host_id=lab.host, fault=fault)
    assert lab.verdict() == (state, f"{lab.host} {words}: a fault was asked for")
    break_host(held, host_id=lab.host, fault=None)
    assert lab.verdict() == ("ALIVE", "")


def test_a_fault_may_come_some_time_after_the_boot(held: Sandbox, lab: Lab) -> None:
    break_host(held, connector=f"{lab.name}-a", fault="dies", at_seconds=20)
    assert held.page("GET", "hosts").body["hosts"] == [
        {"connector": f"{lab.name}-a", "fault": "dies", "at_seconds": 20.0}
    ]
    assert held.page("POST", "clock", {"advance_seconds": 19.9}).status == 200
    assert lab.verdict() == ("ALIVE", "")
    assert held.page("POST", "clock", {"advance_seconds": 0.1}).status == 200
    assert lab.line()["state"] == OLD


@pytest.mark.parametrize("short", ["{0}/frankfurt/a", "{0}-"])
def test_a_connector_is_named_as_for_reach(held: Sandbox, lab: Lab, short: str) -> None:
    break_host(held, connector=short.format(lab.name), fault="dies")
    assert [row["connector"] for row in held.page("GET", "hosts").body["hosts"]] == [f"{lab.name}-a"]
    break_host(held, connector=short.format(lab.name), fault=None)
    assert held.page("GET", "hosts").body["hosts"] == []
    reply = held.page("POST", "connectors", {"connector": short.format(lab.name), "revoke": True})
    assert (reply.status, reply.body) == (200, {"revoked": f"{lab.name}-a"})


def test_a_pattern_is_for_connectors_to_come(held: Sandbox) -> None:
    break_host(held, connector="future-*", fault="never_boots")
    lab = Lab(held, "future-1")
    lab.build()
    assert lab.verdict() == (NONE, f"{lab.host} never finishes booting: a fault was asked for")


def test_of_two_hosts_on_one_pair_the_one_that_died_does_not_count(held: Sandbox, lab: Lab) -> None:
    second = lab.launch()
    assert lab.line()["alive"] is False
    break_host(held, host_id=lab.host, fault="dies")
    assert (lab.line()["alive"], lab.line()["host_id"]) == (True, second)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"host_id": "i-1", "fault": "dies"}, r"No host has the id 'i-1'\. Hosts: .*"),
        ({"connector": "nobody", "fault": "dies"}, r"There is no Connector 'nobody'.*"),
        (
            {"connector": "*", "fault": "never_boots", "at_seconds": 3},
            r"at_seconds counts from the end of the boot, and with never_boots there is none: leave it out\.",
        ),
        (
            {"connector": "a", "host_id": "b", "fault": "dies"},
            r"Give either host_id or connector, and a fault: one of never_boots, dies, no_relays, or null\.",
        ),
        (
            {"host_id": "", "fault": "sleeps", "at_seconds": -1},
            r"host_id is ''; it must be a text that is not empty\. "
            r"fault is 'sleeps'; it must be one of never_boots, dies, no_relays, or null \(none from now on\)\. "
            r"at_seconds is -1; it must be a number of seconds after the boot from 0 to 31536000\.",
        ),
    ],
)
def test_wrong_faults_of_hosts(held: Sandbox, body: dict[str, Any], message: str) -> None:
    reply = held.page("POST", "hosts", body)
    assert (reply.status, bool(re.fullmatch(message, reply.body["error"]))) == (400, True), reply.body
    assert held.page("GET", "hosts").body == {"hosts": []}


def test_a_pair_can_be_revoked(held: Sandbox, lab: Lab) -> None:
    reply = held.page("POST", "connectors", {"connector": f"{lab.name}-a", "revoke": True})
    assert (reply.status, reply.body) == (200, {"revoked": f"{lab.name}-a"})
    assert lab.verdict() == (OLD, f"{lab.host} holds a pair that is no longer valid")
