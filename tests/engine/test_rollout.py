"""The promise, on the real engine: a change never leaves fewer live Connectors than there were before.

The sandbox counts live Connectors after every write; a pair that two hosts use would count as dead on both.
"""

import copy

import pytest
from places.aws_site import NEW, OLD
from places.every import PLACES, Place
from real_stack import Stack
from rollouts import change, hosts, hosts_alive, renewed

pytestmark = pytest.mark.engine

CLOUDS = pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
QUERY = "mutation($id: ID!) { connectorGenerateTokens(connectorId: $id) { ok } }"
TOKENS = "twingate:index/twingateConnectorTokens:TwingateConnectorTokens"


def test_whatever_rebuilds_hosts_keeps_two_connectors_alive(stack: Stack):
    stack.up().ok()

    # An image that is looked up is that of the incarnation: another size makes a new one.
    stack.site["size"] = "t3a.small"
    change(stack, "ab")
    machines = stack.cloud.client("ec2").describe_instances()["Reservations"]
    running = [i for r in machines for i in r["Instances"] if i["State"]["Name"] == "running"]
    ours = [i for i in running if i["InstanceId"] in {host for _, host in hosts(stack).values()}]
    assert [(i["ImageId"], i["InstanceType"]) for i in ours] == [(NEW, "t3a.small")] * 2

    stack.site["image"] = OLD
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

    stack.destroy("--run-program").ok()
    assert stack.connectors() == {}


@CLOUDS
def test_a_refused_gate_retires_nothing_stops_no_other_network_and_the_next_update_goes_back_or_on(
    stack: Stack, place: Place
):
    old, new = place.parts.OLD, place.parts.NEW
    site = place.site(stack, image=old)
    stack.networks["orders"] = copy.deepcopy(stack.networks["payments"])
    stack.up().ok()
    before, orders = hosts(stack), hosts(stack, "orders")

    # The refusal comes while the other network still boots: without waiting for it the program would end there.
    stack.settings["gatepost:gate"]["timeout_seconds"] = 4
    stack.cloud.settings(broken_images=[new], boot_seconds=2.5)
    try:
        site["image"] = new
        stack.networks["orders"]["sites"][place.key]["log_level"] = "info"
        run = stack.up()
        stack.cloud.settings(boot_seconds=0)
        assert run.code != 0
        said = " ".join(run.text.split())
        assert f"Connector payments-{place.key}-a-" in said
        assert "was not ALIVE within 4 s; its last state is DEAD_NO_HEARTBEAT" in said
        assert "Nothing was retired" in said
        assert "Traceback" not in said
        assert place.parts.leaked(stack, run.text) == []
        assert min(run.alive) >= 4
        assert hosts_alive(stack) == before
        assert len(stack.connectors()) == 3  # the canary alone was tried
        found = stack.connectors("orders")
        assert {c["slot"] for c in found.values() if c["state"] == "ALIVE"} == {"a", "b"}
        assert len(found) == 4  # all of orders was made; the old ones wait for the end

        stack.settings["gatepost:gate"]["timeout_seconds"] = 1
        again = stack.up("--continue-on-error")  # nothing was mended: refused again, nothing lost
        assert again.code != 0
        assert min(again.alive) >= 4
        assert hosts_alive(stack) == before

        stack.settings["gatepost:gate"]["timeout_seconds"] = 20
        site["image"] = old  # back
        back = stack.up().ok()
        assert min(back.alive) >= 4
        assert renewed(orders, hosts(stack, "orders")) == "ab"
    finally:
        stack.cloud.settings(broken_images=[], boot_seconds=0)
    before = hosts(stack)
    site["image"] = new  # and on, once the image is mended, although the cloud's API has a bad day
    with stack.cloud.faults(*({"cloud": site["cloud"], "operation": o, **fault} for o, fault in place.faults.items())):
        run = stack.up().ok()
    assert min(run.alive) >= 4
    assert renewed(before, hosts(stack)) == "ab"
    stack.unchanged().ok()


@CLOUDS
def test_a_lost_pair_is_minted_anew_and_a_dead_slot_keeps_nobody_from_adding_another(stack: Stack, place: Place):
    site = place.site(stack)
    stack.up().ok()
    before, ids = hosts(stack), stack.ids()
    connector = next(i for i in stack.connectors().values() if i["slot"] == "b")
    stack.cloud.graphql(QUERY, id=connector["id"])  # somebody generated a pair by hand: the host's is dead
    urn = next(u for u in stack.urns() if TOKENS in u and u.endswith("-b-tokens"))
    stack.pulumi("refresh", "--yes", "--skip-preview", "--target", urn, "--stack", stack.name).ok()
    run = stack.up().ok()
    after = hosts(stack)
    assert (after["b"][0], after["a"]) == (before["b"][0], before["a"])  # the same Connector
    assert after["b"][1] != before["b"][1]  # on a new host that read the new pair
    new = {name for name, rid in stack.ids().items() if "-host-" in name and ids[name] != rid}
    assert new == {f"payments-{place.key}-b-host-{role}" for role in place.pair}
    assert place.parts.leaked(stack, run.text) == []
    assert min(run.alive) == 1

    place.parts.delete_host(stack, after["a"][1])
    site["connectors"]["c"] = {}
    run = stack.up().ok()
    assert "it lived and died later" in " ".join(run.text.split())
    states = {c["slot"] or "a": c["state"] for c in stack.connectors().values()}
    assert states == {"a": "DEAD_HEARTBEAT_TOO_OLD", "b": "ALIVE", "c": "ALIVE"}
    site["connectors"]["a"]["generation"] = 2  # the remedy that the warning names
    stack.up().ok()
    assert hosts(stack).keys() == {"a", "b", "c"}
    stack.unchanged().ok()
