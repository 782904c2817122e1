"""The promise, on the real engine: a change never leaves fewer live Connectors than there were before.

The sandbox counts live Connectors after every write; a pair that two hosts use would count as dead on both.
"""

import copy

import pytest
from real_stack import Stack
from rollouts import NEW, OLD, change, hosts, hosts_alive, renewed
from tokens import leaks, stored

pytestmark = pytest.mark.engine


def test_whatever_rebuilds_hosts_keeps_two_connectors_alive(stack: Stack):
    stack.site["image"] = OLD
    stack.up().ok()

    stack.site["image"] = NEW
    change(stack, "ab")

    stack.site["log_level"] = "info"  # the boot text
    change(stack, "ab")

    stack.site["connectors"]["b"]["generation"] = 2
    change(stack, "b")

    stack.site["connectors"] = {"a": {"generation": 2}, "b": {"generation": 3, "zone": "eu-central-1a"}}
    change(stack, "ab")

    # In place: labels, and a firewall that opens the new reach before it closes the old one.
    stack.settings["gatepost:fleet"]["tags"] = {"owner": "security"}
    stack.site["reach"] = [{"cidr": "10.0.0.0/8", "protocol": "tcp", "ports": 6432}]
    start = len(stack.cloud.calls())
    change(stack, "")
    rules = [c["operation"] for c in stack.cloud.calls()[start:] if "SecurityGroupEgress" in c["operation"]]
    assert rules == ["AuthorizeSecurityGroupEgress", "RevokeSecurityGroupEgress"]
    rules = stack.cloud.client("ec2").describe_security_group_rules()["SecurityGroupRules"]
    ours = {t["Key"]: t["Value"] for r in rules if r.get("FromPort") == 6432 for t in r["Tags"]}
    assert (ours["gatepost-environment"], ours["owner"]) == (stack.name, "security")
    stack.unchanged().ok()


def test_an_image_that_is_looked_up_stays_until_the_generation_rises(stack: Stack):
    stack.up().ok()
    stack.site["size"] = "t3a.small"
    change(stack, "ab")
    machines = stack.cloud.client("ec2").describe_instances()["Reservations"]
    running = [i for r in machines for i in r["Instances"] if i["State"]["Name"] == "running"]
    ours = [i for i in running if i["InstanceId"] in {host for _, host in hosts(stack).values()}]
    assert [(i["ImageId"], i["InstanceType"]) for i in ours] == [(NEW, "t3a.small")] * 2


def test_a_refused_gate_retires_nothing_and_the_next_update_goes_on_or_back(stack: Stack):
    stack.site["image"] = OLD
    stack.settings["gatepost:gate"]["timeout_seconds"] = 1
    stack.up().ok()
    before = hosts(stack)

    stack.cloud.settings(broken_images=[NEW])
    try:
        stack.site["image"] = NEW
        run = stack.up()
        assert run.code != 0
        said = " ".join(run.text.split())
        assert "Connector payments-frankfurt-a-" in said
        assert "was not ALIVE within 1 s; its last state is DEAD_NO_HEARTBEAT" in said
        assert "Nothing was retired" in said
        assert "Traceback" not in said
        assert leaks(stack.cloud, stored(stack.cloud), [run.text, stack.state()]) == []
        assert min(run.alive) == 2
        found = stack.connectors()
        assert hosts_alive(stack) == before
        assert len(found) == 3  # the canary alone was tried

        again = stack.up("--continue-on-error")  # nothing was mended: refused again, nothing lost
        assert again.code != 0
        assert min(again.alive) == 2
        assert hosts_alive(stack) == before

        stack.site["image"] = OLD  # back
        back = stack.up().ok()
        assert min(back.alive) >= 2
        hosts(stack)
        stack.unchanged().ok()
    finally:
        stack.cloud.settings(broken_images=[])
    stack.site["image"] = NEW  # and on, once the image is mended
    change(stack, "ab")


def test_a_refusal_in_one_network_does_not_stop_another_halfway(stack: Stack):
    stack.site["image"] = OLD
    other = copy.deepcopy(stack.networks["payments"])
    stack.networks["orders"] = other
    stack.up().ok()
    payments, orders = hosts(stack), hosts(stack, "orders")

    # The refusal comes while the other network still boots: without waiting for it the program would end there.
    stack.settings["gatepost:gate"]["timeout_seconds"] = 4
    stack.cloud.settings(broken_images=[NEW], boot_seconds=2.5)
    try:
        stack.site["image"] = NEW
        other["sites"]["frankfurt"]["log_level"] = "info"
        run = stack.up()
    finally:
        stack.cloud.settings(broken_images=[], boot_seconds=0)
    assert run.code != 0
    assert "Connector payments-frankfurt-a-" in run.text
    assert min(run.alive) >= 4
    new = {c["slot"] for c in stack.connectors("orders").values() if c["state"] == "ALIVE"}
    assert new == {"a", "b"}
    assert len(stack.connectors("orders")) == 4  # all of orders was made; the old ones wait for the end

    stack.up().ok()
    assert renewed(payments, hosts(stack)) == "ab"
    assert renewed(orders, hosts(stack, "orders")) == "ab"
    stack.unchanged().ok()


def test_a_dead_slot_is_a_warning_and_keeps_nobody_from_adding_another(stack: Stack):
    stack.up().ok()
    dead = hosts(stack)["a"][1]
    stack.cloud.client("ec2").terminate_instances(InstanceIds=[dead])
    stack.site["connectors"]["c"] = {}
    run = stack.up().ok()
    assert "it lived and died later" in " ".join(run.text.split())
    states = {c["slot"] or "a": c["state"] for c in stack.connectors().values()}
    assert states == {"a": "DEAD_HEARTBEAT_TOO_OLD", "b": "ALIVE", "c": "ALIVE"}

    stack.site["connectors"]["a"]["generation"] = 2  # the remedy that the warning names
    stack.up().ok()
    assert hosts(stack).keys() == {"a", "b", "c"}


def test_a_pair_that_the_state_lost_is_minted_anew_and_its_host_rebuilt(stack: Stack):
    stack.up().ok()
    before, ids = hosts(stack), stack.ids()
    connector = next(i for i in stack.connectors().values() if i["slot"] == "b")
    query = "mutation($id: ID!) { connectorGenerateTokens(connectorId: $id) { ok } }"
    stack.cloud.graphql(query, id=connector["id"])  # somebody generated a pair by hand: the host's is dead
    tokens = "twingate:index/twingateConnectorTokens:TwingateConnectorTokens"
    urn = next(u for u in stack.urns() if tokens in u and u.endswith("-b-tokens"))
    stack.pulumi("refresh", "--yes", "--skip-preview", "--target", urn, "--stack", stack.name).ok()
    run = stack.up().ok()
    after = hosts(stack)
    assert (after["b"][0], after["a"]) == (before["b"][0], before["a"])  # the same Connector
    assert after["b"][1] != before["b"][1]  # on a new host that read the new pair
    renewed_ids = {name for name, rid in stack.ids().items() if "-host-" in name and ids[name] != rid}
    assert renewed_ids == {f"payments-frankfurt-b-host-{role}" for role in ("pair", "opens-pair", "instance")}
    assert leaks(stack.cloud, stored(stack.cloud), [run.text, stack.state()]) == []
    assert min(run.alive) == 1
    stack.unchanged().ok()


def test_destroy_takes_everything_with_and_without_the_program(stack: Stack):
    stack.up().ok()
    stack.destroy("--run-program").ok()
    assert stack.connectors() == {}
