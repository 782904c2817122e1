"""Out of band: a refresh, lost pairs, targeted updates, adopted things. No host is rebuilt in silence."""

import pytest
from places.aws_site import NEW, OLD
from real_stack import Stack
from rollouts import hosts, renewed

pytestmark = pytest.mark.engine


def refresh(stack: Stack, **variables: str) -> None:
    arguments = ("--yes", "--skip-preview", "--stack", stack.name, "--color", "never")
    stack.pulumi("refresh", *arguments, **variables).ok()


def test_a_refresh_of_an_exit_network_with_direct_exits_rebuilds_nothing(stack: Stack):
    stack.networks["payments"]["type"] = "EXIT"
    stack.site["exit"] = {"kind": "direct"}
    del stack.site["reach"]
    stack.up().ok()
    before = hosts(stack)
    refresh(stack)
    run = stack.up().ok()
    assert min(run.alive, default=2) == 2
    assert hosts(stack) == before


def test_pairs_that_were_lost_while_hosts_live_come_back_one_slot_after_the_other(stack: Stack):
    stack.up().ok()
    before = hosts(stack)
    stack.cloud.ask("faults", [{"cloud": "twingate", "operation": "*validate_tokens", "kind": "error", "count": None}])
    try:
        refresh(stack, TWINGATE_HTTP_MAX_RETRY="0")  # the provider forgets a pair on any error while it reads
    finally:
        stack.cloud.clear_faults()
    stack.cloud.settings(boot_seconds=1, heartbeat_seconds=3)
    try:
        run = stack.up().ok()
    finally:
        stack.cloud.settings(boot_seconds=0, heartbeat_seconds=0)
    assert min(run.alive) == 1  # Twingate still tells the old state of each; the gate knows that it is of the old host
    after = hosts(stack)
    assert {s: n for s, (n, _) in after.items()} == {s: n for s, (n, _) in before.items()}
    assert all(after[slot][1] != before[slot][1] for slot in before)


def test_an_update_that_targets_a_host_does_not_rebuild_it_under_its_old_connector(stack: Stack):
    stack.site["image"] = OLD
    stack.up().ok()
    before = hosts(stack)
    stack.site["image"] = NEW
    targets = [u for u in stack.urns() if u.endswith("-host-instance")]
    run = stack.up(*(part for urn in targets for part in ("--target", urn))).ok()
    assert min(run.alive, default=2) == 2
    assert hosts(stack) == before
    run = stack.up().ok()
    assert min(run.alive) == 2
    assert renewed(before, hosts(stack)) == "ab"


def test_adopted_things_stay_when_the_stack_goes(stack: Stack):
    query = "mutation($n: String!) { remoteNetworkCreate(name: $n, location: AWS) { entity { id } } }"
    made = stack.cloud.graphql(query, n=f"payments-{stack.name}")["remoteNetworkCreate"]["entity"]["id"]
    ec2 = stack.cloud.client("ec2")
    given = ec2.allocate_address(Domain="vpc")
    stack.networks["payments"]["adopt"] = made
    stack.site["exit"]["adopt"] = {"eu-central-1a": given["AllocationId"]}
    stack.up().ok()
    assert given["PublicIp"] in stack.outputs()["remote_networks"]["payments"]["exit_ips"]
    stack.destroy().ok()
    assert ec2.describe_addresses(AllocationIds=[given["AllocationId"]])["Addresses"]
    ec2.release_address(AllocationId=given["AllocationId"])
