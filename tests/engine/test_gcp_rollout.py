"""The promise on Google Cloud while something else is wrong: another network, a dead host, a lost pair."""

import copy

import pytest
from places.gcp_site import NEW, OLD, delete_host, google, leaked
from real_stack import Stack
from rollouts import hosts, renewed

pytestmark = pytest.mark.engine


def test_a_refusal_in_one_network_does_not_stop_another_halfway(stack: Stack):
    site = google(stack, image=OLD)
    other = stack.networks["orders"] = copy.deepcopy(stack.networks["payments"])
    stack.up().ok()
    payments, orders = hosts(stack), hosts(stack, "orders")

    # The refusal comes while the other network still boots: without waiting for it the program would end there.
    stack.settings["gatepost:gate"]["timeout_seconds"] = 4
    stack.cloud.settings(broken_images=[NEW], boot_seconds=2.5)
    try:
        site["image"] = NEW
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

    stack.settings["gatepost:gate"]["timeout_seconds"] = 20
    stack.up().ok()
    assert renewed(payments, hosts(stack)) == "ab"
    assert renewed(orders, hosts(stack, "orders")) == "ab"
    stack.unchanged().ok()


def test_a_dead_slot_is_a_warning_and_keeps_nobody_from_adding_another(stack: Stack):
    site = google(stack)
    stack.up().ok()
    delete_host(stack, hosts(stack)["a"][1])
    site["connectors"]["c"] = {}
    run = stack.up().ok()
    assert "it lived and died later" in " ".join(run.text.split())
    states = {c["slot"] or "a": c["state"] for c in stack.connectors().values()}
    assert states == {"a": "DEAD_HEARTBEAT_TOO_OLD", "b": "ALIVE", "c": "ALIVE"}

    site["connectors"]["a"]["generation"] = 2  # the remedy that the warning names
    stack.up().ok()
    assert hosts(stack).keys() == {"a", "b", "c"}
    stack.unchanged().ok()


def test_a_pair_that_the_state_lost_is_minted_anew_and_its_host_rebuilt(stack: Stack):
    google(stack)
    stack.up().ok()
    before, ids = hosts(stack), stack.ids()
    connector = next(i for i in stack.connectors().values() if i["slot"] == "b")
    query = "mutation($id: ID!) { connectorGenerateTokens(connectorId: $id) { ok } }"
    stack.cloud.graphql(query, id=connector["id"])  # somebody generated a pair by hand: the host's is dead
    urn = next(u for u in stack.urns() if "TwingateConnectorTokens" in u and u.endswith("-b-tokens"))
    stack.pulumi("refresh", "--yes", "--skip-preview", "--target", urn, "--stack", stack.name).ok()
    run = stack.up().ok()
    after = hosts(stack)
    assert (after["b"][0], after["a"]) == (before["b"][0], before["a"])  # the same Connector
    assert after["b"][1] != before["b"][1]  # on a new host that read the new pair
    new = {name for name, rid in stack.ids().items() if "-host-" in name and ids[name] != rid}
    roles = ("pair", "pair-version", "opens-pair", "instance")
    assert new == {f"payments-frankfurt-b-host-{role}" for role in roles}
    assert leaked(stack, run.text, stack.state()) == []
    assert min(run.alive) == 1
    stack.unchanged().ok()
