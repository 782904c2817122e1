"""Google Cloud on the real engine: the same promises as on AWS."""

import pytest
from places import gcp_read_back
from places.gcp_site import NEW, OLD, ZONES, google, leaked
from real_stack import Stack
from rollouts import change, hosts, hosts_alive, renewed

pytestmark = pytest.mark.engine


def test_changes_roll_and_nothing_is_left(stack: Stack):
    site = google(stack)
    up = stack.up().ok()
    assert up.alive[-1] == 2
    exits = stack.outputs()["remote_networks"]["payments"]["exit_ips"]
    assert {c["public_ip"] for c in stack.connectors().values()} == set(exits)
    assert leaked(stack, up.text, stack.state()) == []
    gcp_read_back.check(stack)
    stack.unchanged().ok()

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
    stack.destroy().ok()
    assert stack.connectors() == {}


def test_a_refused_gate_retires_nothing_and_the_next_update_goes_on(stack: Stack):
    site = google(stack, image=OLD)
    stack.settings["gatepost:gate"]["timeout_seconds"] = 1
    stack.up().ok()
    before = hosts(stack)
    stack.cloud.settings(broken_images=[NEW])
    try:
        site["image"] = NEW
        run = stack.up()
        assert run.code != 0
        said = " ".join(run.text.split())
        assert "Connector payments-frankfurt-a-" in said
        assert "was not ALIVE within 1 s; its last state is DEAD_NO_HEARTBEAT" in said
        assert "Traceback" not in said
        assert (min(run.alive), hosts_alive(stack)) == (2, before)
        assert len(stack.connectors()) == 3  # the canary alone was tried
        assert leaked(stack, run.text, stack.state()) == []
    finally:
        stack.cloud.settings(broken_images=[])
    stack.settings["gatepost:gate"]["timeout_seconds"] = 20
    # The API throttles, fails and is slow meanwhile, and the provider tries again.
    slow = {"kind": "latency", "seconds": 0.2}
    throttled, failed = {"kind": "throttle", "seconds": 0, "count": 2}, {"kind": "error", "status": 503}
    faults = {
        "compute.instances.insert": throttled,
        "compute.instances.delete": failed,
        "secretmanager.projects.secrets.create": failed,
        "secretmanager.projects.secrets.addVersion": throttled,
        "secretmanager.projects.secrets.setIamPolicy": slow,
    }
    with stack.cloud.faults(*({"cloud": "gcp", "operation": name, **fault} for name, fault in faults.items())):
        run = stack.up().ok()
    assert min(run.alive) >= 2
    assert renewed(before, hosts(stack)) == "ab"
    stack.unchanged().ok()
