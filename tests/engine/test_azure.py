"""Azure on the real engine: the same promises as on the other clouds."""

import pytest
from places import azure_read_back
from places.azure_site import azure, clients, leaked
from real_stack import Stack
from rollouts import change, hosts, hosts_alive, renewed

pytestmark = pytest.mark.engine


def test_changes_roll_and_nothing_is_left(stack: Stack):
    site = azure(stack)
    up = stack.up().ok()
    assert up.alive[-1] == 2
    exits = stack.outputs()["remote_networks"]["payments"]["exit_ips"]
    assert {c["public_ip"] for c in stack.connectors().values()} == set(exits)
    assert leaked(stack, up.text) == []
    azure_read_back.check(stack)

    site["dns"] = ["10.60.0.200"]  # of the virtual network and of each host: in one update
    change(stack, "ab")
    site["connectors"]["b"] = {"zone": "1", "generation": 2}
    change(stack, "b")
    site["reach"] = [{"cidr": "10.0.0.0/8", "protocol": "tcp", "ports": 6432}]
    stack.settings["gatepost:fleet"]["tags"] = {"owner": "security"}
    start = len(stack.cloud.calls())
    change(stack, "")
    calls = [c["operation"] for c in stack.cloud.calls()[start:] if c["write"]]
    rules = "Microsoft.Network/networkSecurityGroups/securityRules"
    assert [c for c in calls if c.endswith("Rules")] == [f"PUT {rules}", f"DELETE {rules}"]
    assert [c for c in calls if c.endswith("containerGroups")] == []  # a PUT would restart every Connector at once

    before = hosts(stack)
    site["connectors"]["c"] = {}
    assert min(stack.up().ok().alive) == 2
    assert {s: h for s, h in hosts(stack).items() if s != "c"} == before
    del site["connectors"]["c"]
    assert min(stack.up().ok().alive) == 2
    assert hosts(stack) == before
    stack.unchanged().ok()
    groups = {rid.split("/")[4] for rid in stack.ids().values() if rid.startswith("/subscriptions/")}
    assert len(groups) == 2
    stack.destroy().ok()
    assert stack.connectors() == {}
    assert groups.isdisjoint(group.name for group in clients(stack.cloud).resources.resource_groups.list())


def test_a_quota_that_a_rollout_does_not_fit_into_leaves_the_old_hosts_alone(stack: Stack):
    site = azure(stack)
    stack.up().ok()
    before = hosts(stack)
    site["log_level"] = "info"
    stack.cloud.settings(quotas={"container_groups": 0})
    try:
        run = stack.up()
    finally:
        stack.cloud.settings(quotas={"container_groups": 100})
    assert run.code != 0
    said = " ".join(run.text.split())
    assert "container group quota 'ContainerGroups' exceeded in region 'westeurope'. Limit: '0'" in said
    assert "Traceback" not in said
    assert (min(run.alive), hosts_alive(stack)) == (2, before)
    stack.up().ok()
    assert renewed(before, hosts(stack)) == "ab"
    stack.unchanged().ok()
