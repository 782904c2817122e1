"""Another network under a Remote Network on Azure: given ones are exchanged, created ones are guarded."""

import copy

import pytest
from places.azure_site import NEW, OLD, adopt, azure, delete_host, given_network, rules
from real_stack import Stack
from rollouts import change, hosts, renewed

pytestmark = pytest.mark.engine


def preview(stack: Stack) -> str:
    """What a preview that must be refused says."""
    stack.write()
    run = stack.pulumi("preview", "--stack", stack.name, "--color", "never")
    assert run.code != 0
    assert "Traceback" not in run.text
    return " ".join(run.text.split())


def test_hosts_move_between_given_networks_and_none_passes_that_leaves_by_a_foreign_address(stack: Stack):
    names = [f"given-{stack.name}-{n}" for n in range(2)]
    blocks = ("10.70.0.0/24", "10.71.0.0/24")
    first, second = (given_network(stack.cloud, name, block) for name, block in zip(names, blocks, strict=True))
    site = azure(stack)
    adopt(site, first)
    stack.up().ok()
    assert stack.outputs()["remote_networks"]["payments"]["exit_ips"] == [first["address"]]
    assert sorted(rules(stack, names[0])) == ["10.0.0.0/8", "Internet", "Internet", "Internet"]
    before = hosts(stack)

    adopt(site, second)
    site["exit"]["addresses"] = ["203.0.113.254"]
    stack.settings["gatepost:gate"]["timeout_seconds"] = 1
    run = stack.up()
    assert run.code != 0
    said = " ".join(run.text.split())
    assert f"leaves by {second['address']}, which is none of the site's exit IPs (203.0.113.254)" in said
    assert min(run.alive) == 2
    found = stack.connectors()
    assert {found[name]["state"] for name, _ in before.values()} == {"ALIVE"}
    assert len(rules(stack, names[0])) == 4  # those that are there guard the old hosts until these are gone

    site["exit"]["addresses"] = [second["address"]]
    stack.settings["gatepost:gate"]["timeout_seconds"] = 20
    run = stack.up().ok()
    assert min(run.alive) >= 2
    assert renewed(before, hosts(stack)) == "ab"
    assert {c["public_ip"] for c in stack.connectors().values()} == {second["address"]}
    assert (len(rules(stack, names[0])), len(rules(stack, names[1]))) == (0, 4)
    stack.unchanged().ok()
    stack.destroy().ok()
    assert rules(stack, names[1]) == []


def test_a_given_subnet_in_which_no_host_could_live_is_refused_in_the_preview(stack: Stack):
    name = f"shared-{stack.name}"
    network = given_network(stack.cloud, name, "10.72.0.0/29", delegations=[], networkSecurityGroup=None)
    site = azure(stack)
    adopt(site, network)
    calls = len(stack.cloud.calls())
    said = preview(stack)
    subnet, guard = network["subnets"]["1"], network["security_group_id"]
    assert (
        f"The subnet {subnet} is not delegated to Microsoft.ContainerInstance/containerGroups, so no container group "
        "can be in it."
    ) in said
    assert (
        f"The subnet {subnet} has no group for its network security group, but the site's rules go into {guard}" in said
    )
    assert f"The subnet {subnet} (10.72.0.0/29) has room for 3 hosts, but 2 slots may have 6 at once" in said
    assert [c["operation"] for c in stack.cloud.calls()[calls:] if c["write"]] == []


def test_another_range_of_a_created_network_is_refused(stack: Stack):
    site = azure(stack)
    stack.up().ok()
    site["network"]["create"]["cidr"] = "10.61.0.0/24"
    calls = len(stack.cloud.calls())
    said = preview(stack)
    assert (
        "The network payments-amsterdam-network was made with 10.60.0.0/24, and the program asks for 10.61.0.0/24."
    ) in said
    assert "add a second site with the new network" in said
    assert [c["operation"] for c in stack.cloud.calls()[calls:] if c["write"]] == []
    site["network"]["create"]["cidr"] = "10.60.0.0/24"
    change(stack, "")


def test_a_refusal_in_one_network_does_not_stop_another_halfway(stack: Stack):
    site = azure(stack, image=OLD)
    other = stack.networks["orders"] = copy.deepcopy(stack.networks["payments"])
    stack.up().ok()
    payments, orders = hosts(stack), hosts(stack, "orders")

    # The refusal comes while the other network still boots: without waiting for it the program would end there.
    stack.settings["gatepost:gate"]["timeout_seconds"] = 4
    stack.cloud.settings(broken_images=[NEW], boot_seconds=2.5)
    try:
        site["image"] = NEW
        other["sites"]["amsterdam"]["log_level"] = "info"
        run = stack.up()
    finally:
        stack.cloud.settings(broken_images=[], boot_seconds=0)
    assert run.code != 0
    assert "Connector payments-amsterdam-a-" in run.text
    assert min(run.alive) >= 4
    new = {c["slot"] for c in stack.connectors("orders").values() if c["state"] == "ALIVE"}
    assert new == {"a", "b"}
    assert len(stack.connectors("orders")) == 4  # all of orders was made; the old ones wait for the end

    stack.settings["gatepost:gate"]["timeout_seconds"] = 20
    stack.up().ok()
    assert renewed(payments, hosts(stack)) == "ab"
    assert renewed(orders, hosts(stack, "orders")) == "ab"
    stack.unchanged().ok()


def test_a_dead_slot_is_a_warning_and_its_generation_the_remedy(stack: Stack):
    site = azure(stack)
    stack.up().ok()
    delete_host(stack, hosts(stack)["a"][1])
    site["connectors"]["c"] = {}
    run = stack.up().ok()
    assert "it lived and died later" in " ".join(run.text.split())
    states = {c["slot"] or "a": c["state"] for c in stack.connectors().values()}
    assert states == {"a": "DEAD_HEARTBEAT_TOO_OLD", "b": "ALIVE", "c": "ALIVE"}

    site["connectors"]["a"]["generation"] = 2
    stack.up().ok()
    assert hosts(stack).keys() == {"a", "b", "c"}
    stack.unchanged().ok()
