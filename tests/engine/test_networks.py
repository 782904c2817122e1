"""Another network under a Remote Network: given ones are exchanged beside each other, created ones are guarded."""

import pytest
from places.every import PLACES, Place
from real_stack import Run, Stack
from rollouts import change, hosts, renewed

pytestmark = pytest.mark.engine


def refused_preview(stack: Stack) -> str:
    """What a preview that must be refused says. It writes nothing."""
    stack.write()
    start = len(stack.cloud.calls())
    run = stack.pulumi("preview", "--stack", stack.name, "--color", "never")
    assert [c["operation"] for c in stack.cloud.calls()[start:] if c["write"]] == []
    return refused(run)


def refused(run: Run) -> str:
    """What a run that failed says, in one line."""
    assert run.code != 0
    assert "Traceback" not in run.text
    return " ".join(run.text.split())


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_hosts_move_between_given_networks_and_none_passes_that_leaves_by_a_foreign_address(stack: Stack, place: Place):
    there, blocks = place.parts, ("10.70.0.0/22", "10.71.0.0/22")
    first, second = (
        there.given_network(stack.cloud, f"given-{stack.name}-{n}", block) for n, block in enumerate(blocks)
    )
    site = place.site(stack)
    there.adopt(site, first)
    stack.up().ok()
    assert stack.outputs()["remote_networks"]["payments"]["exit_ips"] == sorted(first["addresses"])
    assert (there.guards(stack, first) > 0, there.guards(stack, second)) == (True, 0)
    before = hosts(stack)

    there.adopt(site, second)
    site["exit"]["addresses"] = ["203.0.113.254"]
    stack.settings["gatepost:gate"]["timeout_seconds"] = 1
    run = stack.up()
    said, foreign = refused(run), second["addresses"][0]
    assert f"leaves by {foreign}, which is none of the site's exit IPs (203.0.113.254)" in said
    assert min(run.alive) == 2
    found = stack.connectors()
    assert {found[name]["state"] for name, _ in before.values()} == {"ALIVE"}
    # Those that are there guard the old hosts until these are gone.
    assert min(there.guards(stack, network) for network in (first, second)) > 0

    site["exit"]["addresses"] = second["addresses"]
    stack.settings["gatepost:gate"]["timeout_seconds"] = 20
    run = stack.up().ok()
    assert min(run.alive) >= 2
    assert renewed(before, hosts(stack)) == "ab"
    assert {c["public_ip"] for c in stack.connectors().values()} == set(second["addresses"])
    assert (there.guards(stack, first), there.guards(stack, second) > 0) == (0, True)
    stack.unchanged().ok()
    stack.destroy().ok()
    assert there.guards(stack, second) == 0


@pytest.mark.parametrize(
    ("where", "said"),
    [("aws", "10.40.0.0/22 in eu-central-1"), ("gcp", "10.50.0.0/24 in europe-west3")],
    ids=["aws", "gcp"],
)
def test_another_range_of_a_created_network_is_refused_until_it_is_unlocked(stack: Stack, where: str, said: str):
    place = PLACES[where]
    given, address = place.parts.given_exit(stack.cloud, f"nat-{stack.name}")
    create = place.site(stack, exit=given)["network"]["create"]
    stack.up().ok()
    before = hosts(stack)
    exits = stack.outputs()["remote_networks"]["payments"]["exit_ips"]
    assert (address in exits, len(exits)) == (True, 2)
    create["cidr"] = "10.60.0.0/22"
    told = refused_preview(stack)
    assert f"The network payments-frankfurt-network has the range {said}" in told
    assert "replace: true" in told

    create["replace"] = True
    stack.up().ok()
    assert renewed(before, hosts(stack)) == "ab"
    assert stack.outputs()["remote_networks"]["payments"]["exit_ips"] == exits  # the addresses are kept
    stack.unchanged().ok()
    del create["replace"]  # locked again
    change(stack, "")


def test_another_range_of_a_created_network_is_refused_on_azure(stack: Stack):
    create = PLACES["azure"].site(stack)["network"]["create"]
    stack.up().ok()
    create["cidr"] = "10.61.0.0/24"
    said = refused_preview(stack)
    assert (
        "The network payments-amsterdam-network was made with 10.60.0.0/24, and the program asks for 10.61.0.0/24."
    ) in said
    assert "add a second site with the new network" in said
    create["cidr"] = "10.60.0.0/24"
    change(stack, "")


def test_a_given_subnet_in_which_no_host_could_live_is_refused_in_the_preview(stack: Stack):
    place, name = PLACES["azure"], f"shared-{stack.name}"
    network = place.parts.given_network(stack.cloud, name, "10.72.0.0/29", delegations=[], networkSecurityGroup=None)
    place.parts.adopt(place.site(stack), network)
    said = refused_preview(stack)
    subnet, guard = network["subnets"]["1"], network["security_group_id"]
    assert (
        f"The subnet {subnet} is not delegated to Microsoft.ContainerInstance/containerGroups, so no container group "
        "can be in it."
    ) in said
    assert (
        f"The subnet {subnet} has no group for its network security group, but the site's rules go into {guard}" in said
    )
    assert f"The subnet {subnet} (10.72.0.0/29) has room for 3 hosts, but 2 slots may have 6 at once" in said
