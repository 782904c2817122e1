"""Moving in without rebuilding anything, and moving out with the exit IPs kept: docs/moving.md."""

import pytest
from real_stack import Stack

from gatepost.schema import COMMENT

pytestmark = pytest.mark.engine

ZONES = ("eu-central-1a", "eu-central-1b")
CREATE = "mutation($name: String!) {remoteNetworkCreate(name: $name) {ok error entity {id}}}"
NAMES = "query($id: ID!) {remoteNetwork(id: $id) {name}}"
READS = ("Describe", "Get")


def test_a_remote_network_and_a_vpc_made_by_hand_are_taken_over_and_left_as_they_were(stack: Stack):
    title = f"by-hand-{stack.name}"
    answer = stack.cloud.graphql(CREATE, name=title)["remoteNetworkCreate"]
    assert answer["error"] is None
    network, vpc = answer["entity"]["id"], stack.cloud.vpc("10.72.0.0/22", ZONES)
    stack.networks["payments"]["adopt"] = network
    stack.site["network"] = {"adopt": {"vpc_id": vpc["vpc_id"], "subnets": vpc["subnets"]}}
    stack.site["exit"] = {"kind": "adopt", "addresses": vpc["addresses"]}
    start = len(stack.cloud.calls())
    stack.up().ok()
    outputs = stack.outputs()["remote_networks"]["payments"]
    assert (outputs["id"], outputs["exit_ips"]) == (network, sorted(vpc["addresses"]))
    found = stack.cloud.connectors(title)
    assert sorted(c["state"] for c in found.values()) == ["ALIVE", "ALIVE"]
    stack.unchanged().ok()
    stack.destroy().ok()
    made = {c["operation"] for c in stack.cloud.calls()[start:] if not c["operation"].startswith(READS)}
    assert [o for o in made if any(word in o for word in ("Vpc", "Subnet", "Route", "Nat", "Address"))] == []
    assert stack.cloud.graphql(NAMES, id=network)["remoteNetwork"]["name"] == title
    kept = stack.cloud.client("ec2").describe_addresses(PublicIps=vpc["addresses"])["Addresses"]
    assert len(kept) == 2


def test_an_exit_ip_made_by_hand_moves_in_and_one_that_was_kept_is_taken_back(stack: Stack):
    ec2 = stack.cloud.client("ec2")
    by_hand = ec2.allocate_address(Domain="vpc")
    stack.site["exit"] = {"kind": "nat", "per": "zone", "adopt": {ZONES[0]: by_hand["AllocationId"]}, "retain": True}
    stack.up().ok()
    exits = stack.outputs()["remote_networks"]["payments"]["exit_ips"]
    (made,) = set(exits) - {by_hand["PublicIp"]}

    stack.destroy().ok()
    found = {a["PublicIp"]: a for a in ec2.describe_addresses(PublicIps=exits)["Addresses"]}
    assert {ip: a.get("AssociationId") for ip, a in found.items()} == dict.fromkeys(exits)  # free, and kept

    path = stack.folder / "stacks" / f"Pulumi.{stack.name}.yaml"
    path.write_text(f"{COMMENT}\n{path.read_text()}")
    site = "gatepost:fleet.remote_networks.payments.sites.frankfurt"
    key, kept = f"{site}.exit.adopt.{ZONES[1]}", found[made]["AllocationId"]
    stack.pulumi("config", "set", "--path", key, kept, "--stack", stack.name).ok()
    assert path.read_text().startswith(f"{COMMENT}\n")
    stack.pulumi("up", "--yes", "--skip-preview", "--stack", stack.name, "--color", "never").ok()
    assert stack.outputs()["remote_networks"]["payments"]["exit_ips"] == exits
    assert {c["public_ip"] for c in stack.connectors().values()} == set(exits)


def test_a_protected_exit_ip_stays_in_the_state_and_serves_the_next_update(stack: Stack):
    stack.site["exit"] = {"kind": "nat", "per": "site", "protect": True, "retain": True}
    stack.up().ok()
    exits = stack.outputs()["remote_networks"]["payments"]["exit_ips"]
    stack.destroy("--exclude-protected").ok()
    assert stack.connectors() == {}
    assert [urn for urn in stack.urns() if urn.endswith("-ip-eu-central-1a")] != []
    stack.up().ok()
    assert stack.outputs()["remote_networks"]["payments"]["exit_ips"] == exits
