"""Google Cloud on the real engine: the same promises as on AWS."""

import pytest
from places import gcp_read_back
from places.gcp_site import ZONES, google, leaked
from real_stack import Stack
from rollouts import change, hosts

pytestmark = pytest.mark.engine


def test_changes_roll_and_nothing_is_left(stack: Stack):
    site = google(stack)
    up = stack.up().ok()
    assert up.alive[-1] == 2
    exits = stack.outputs()["remote_networks"]["payments"]["exit_ips"]
    assert {c["public_ip"] for c in stack.connectors().values()} == set(exits)
    assert leaked(stack, up.text) == []
    gcp_read_back.check(stack)

    site["log_level"] = "info"
    change(stack, "ab")
    site["connectors"]["b"] = {"zone": ZONES[0], "generation": 2}
    change(stack, "b")
    site["reach"] = [{"cidr": "10.0.0.0/8", "protocol": "tcp", "ports": 6432}]
    stack.settings["gatepost:fleet"]["tags"] = {"owner": "security"}
    start = len(stack.cloud.calls())
    change(stack, "")
    rules = [c["operation"] for c in stack.cloud.calls()[start:] if c["operation"].startswith("compute.firewalls.")]
    assert [o for o in rules if not o.endswith(".get")] == ["compute.firewalls.insert", "compute.firewalls.delete"]

    before = hosts(stack)
    site["connectors"]["c"] = {}
    assert min(stack.up().ok().alive) == 2
    assert {s: h for s, h in hosts(stack).items() if s != "c"} == before
    del site["connectors"]["c"]
    assert min(stack.up().ok().alive) == 2
    assert hosts(stack) == before
    stack.unchanged().ok()
    stack.destroy().ok()
    assert stack.connectors() == {}
