"""Google Cloud on the real engine: the same promises as on AWS."""

import pytest
from real_stack import Stack
from rollouts import change, hosts, hosts_alive, renewed
from tokens import leaks

pytestmark = pytest.mark.engine

OLD, NEW = (f"projects/debian-cloud/global/images/debian-12-bookworm-v{day}" for day in (20260811, 20261006))
ZONES = ["europe-west3-a", "europe-west3-b"]


def google(stack: Stack, **over) -> dict:
    """The dev stack's network, on Google Cloud instead of AWS."""
    site = {
        "cloud": "gcp",
        "region": "europe-west3",
        "network": {"create": {"cidr": "10.50.0.0/24", "zones": ZONES}},
        "reach": [{"cidr": "10.0.0.0/8", "protocol": "tcp", "ports": 5432}],
        "connectors": {"a": {"zone": ZONES[0]}, "b": {"zone": ZONES[1]}},
        **over,
    }
    stack.networks["payments"]["sites"] = {"frankfurt": site}
    return site


def test_changes_roll_and_nothing_is_left(stack: Stack):
    site = google(stack)
    up = stack.up().ok()
    assert up.alive[-1] == 2
    exits = stack.outputs()["remote_networks"]["payments"]["exit_ips"]
    assert {c["public_ip"] for c in stack.connectors().values()} == set(exits)
    assert leaks(stack.cloud, secrets(stack), [up.text, stack.state()]) == []
    stack.unchanged().ok()

    site["log_level"] = "info"
    change(stack, "ab")
    site["connectors"]["b"] = {"zone": ZONES[0], "generation": 2}
    change(stack, "b")
    site["reach"] = [{"cidr": "10.0.0.0/8", "protocol": "tcp", "ports": 6432}]
    stack.settings["gatepost:fleet"]["tags"] = {"owner": "security"}
    change(stack, "")

    before = hosts(stack)
    site["connectors"]["c"] = {}
    assert min(stack.up().ok().alive) == 2
    assert {s: h for s, h in hosts(stack).items() if s != "c"} == before
    del site["connectors"]["c"]
    assert min(stack.up().ok().alive) == 2
    assert hosts(stack) == before
    stack.destroy().ok()
    assert stack.connectors() == {}


def secrets(stack: Stack) -> set[str]:
    """The pairs of the stack, as the API shows them to an owner."""
    import base64
    import json
    import urllib.request

    root = stack.cloud.running.clouds["gcp"]

    def get(path: str) -> dict:
        with urllib.request.urlopen(f"{root}/v1/{path}") as answer:  # noqa: S310
            return json.load(answer)

    found = get("projects/gatepost-sandbox/secrets")["secrets"]
    values = [get(f"{secret['name']}/versions/latest:access")["payload"]["data"] for secret in found]
    tokens = {token for value in values for token in json.loads(base64.b64decode(value)).values()}
    assert len(tokens) == 2 * len(found) >= 4
    return tokens


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
        assert "Connector payments-frankfurt-a-" in run.text
        assert "was not ALIVE within" in " ".join(run.text.split())
        assert (min(run.alive), hosts_alive(stack)) == (2, before)
    finally:
        stack.cloud.settings(broken_images=[])
    stack.settings["gatepost:gate"]["timeout_seconds"] = 20
    change_all = stack.up().ok()
    assert min(change_all.alive) >= 2
    assert renewed(before, hosts(stack)) == "ab"


def test_direct_is_one_fewer_and_keeps_its_addresses(stack: Stack):
    site = google(stack, exit={"kind": "direct"})
    stack.up().ok()
    own = {c["slot"]: c["public_ip"] for c in stack.connectors().values()}
    before = hosts(stack)
    assert stack.outputs()["remote_networks"]["payments"]["exit_ips"] == sorted(own.values())
    stack.unchanged().ok()
    site["log_level"] = "info"
    stack.cloud.settings(boot_seconds=1)
    try:
        run = stack.up().ok()
    finally:
        stack.cloud.settings(boot_seconds=0)
    assert min(run.alive) == 1
    assert {c["slot"]: c["public_ip"] for c in stack.connectors().values()} == own
    assert renewed(before, hosts(stack)) == "ab"
