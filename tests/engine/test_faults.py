"""The promise while the clouds fail: a call that is throttled, a Connector that dies, an API that is away."""

import pytest
from places.aws_site import NEW, OLD
from real_stack import Stack
from rollouts import hosts, renewed

pytestmark = pytest.mark.engine


def states(stack: Stack, before: dict[str, tuple[str, str]]) -> list[str]:
    """What became of the Connectors from before."""
    found = stack.connectors()
    return [found[name]["state"] for name, _ in before.values()]


def test_an_api_that_is_away_refuses_and_one_that_throttles_only_slows(stack: Stack):
    stack.site["image"] = OLD
    stack.settings["gatepost:gate"]["timeout_seconds"] = 1
    stack.up().ok()
    before = hosts(stack)

    stack.site["image"] = NEW
    # The first read is that of the canary's Connector, right after it was made; then its gate asks.
    with stack.cloud.faults({"cloud": "twingate", "operation": "query", "kind": "error", "count": None, "skip": 1}):
        run = stack.up()
    said = " ".join(run.text.split())
    assert run.code != 0
    assert "was not seen ALIVE within" in said
    assert "its state is not known, because Twingate could not be asked" in said
    assert "Twingate's API answered 500 Internal Server Error. Tried 11 times." in said
    assert "Nothing was retired" in said
    assert "Traceback" not in said
    assert min(run.alive) == 2
    assert states(stack, before) == ["ALIVE", "ALIVE"]

    stack.settings["gatepost:gate"]["timeout_seconds"] = 20
    twingate = {"cloud": "twingate", "kind": "throttle", "seconds": 0, "count": 2}
    aws = {"cloud": "aws", "kind": "throttle", "count": 2}
    operations = ("RunInstances", "PutParameter", "PutRolePolicy", "TerminateInstances")
    with stack.cloud.faults(
        *({**aws, "operation": operation} for operation in operations),
        {**twingate, "operation": "connectorCreate"},
        {**twingate, "operation": "connectorGenerateTokens"},
        {**twingate, "operation": "query", "skip": 1},
        {**twingate, "operation": "connectorDelete", "kind": "timeout"},
    ):
        run = stack.up().ok()
    assert min(run.alive) >= 2
    assert renewed(before, hosts(stack)) == "ab"
    told = stack.cloud.gatepost("history").stdout.splitlines()
    assert sum("connectorCreate" in line and line.endswith("fault throttle") for line in told) == 2


def test_a_connector_that_dies_right_after_its_gate_is_caught_by_the_soak_time(stack: Stack):
    stack.site["image"] = OLD
    stack.up().ok()
    before = hosts(stack)

    stack.settings["gatepost:gate"]["soak_seconds"] = 60  # far longer than it takes to see the death
    stack.site["image"] = NEW
    cloud, old = stack.cloud, before["a"][0]
    # Every name of the slot but the old one's: names that differ from it first in the last letter, the one before ...
    new = [f"{old[:i]}[!{old[i]}]*" for i in range(old.rindex("-") + 1, len(old))]
    cloud.ask("clock", {"hold": True})
    try:
        for pattern in new:
            cloud.ask("hosts", {"connector": pattern, "fault": "dies", "at_seconds": 10})
        run = stack.up_heard("is ALIVE; watching it for 60 s", lambda: cloud.ask("clock", {"advance_seconds": 10}))
    finally:
        cloud.ask("clock", {"hold": False})
        for pattern in new:
            cloud.ask("hosts", {"connector": pattern, "fault": None})
    said = " ".join(run.text.split())
    assert run.code != 0
    assert "was not ALIVE throughout the soak time of 60 s; its last state is DEAD_HEARTBEAT_TOO_OLD" in said
    assert "Nothing was retired" in said
    assert min(run.alive) == 2
    assert states(stack, before) == ["ALIVE", "ALIVE"]
    assert len(stack.connectors()) == 3  # the canary alone was tried
