"""Another network under a Remote Network on Google Cloud: given ones are exchanged, created ones are guarded."""

import pytest
from places.gcp_site import OWN, REGION, SHARED, adopt, client, given_network, google
from real_stack import Stack
from rollouts import change, hosts, renewed

pytestmark = pytest.mark.engine


def rules(stack: Stack, project: str) -> set[str]:
    """The networks of the stack's firewall rules in a project."""
    found = client(stack.cloud).firewalls().list(project=project).execute().get("items", [])
    return {rule["network"].rpartition("/")[2] for rule in found if stack.name in rule["targetTags"][0]}


def test_hosts_move_between_shared_networks_and_none_passes_that_leaves_by_a_foreign_address(stack: Stack):
    names = [f"shared-{stack.name}-{n}" for n in range(2)]
    blocks = ("10.70.0.0/24", "10.71.0.0/24")
    first, second = (given_network(stack.cloud, name, block) for name, block in zip(names, blocks, strict=True))
    site = google(stack)
    adopt(site, first)
    stack.up().ok()
    assert stack.outputs()["remote_networks"]["payments"]["exit_ips"] == [first["address"]]
    assert (rules(stack, SHARED), rules(stack, OWN)) == ({names[0]}, set())
    before = hosts(stack)
    assert {host.split("/")[1] for _, host in before.values()} == {OWN}

    adopt(site, second)
    site["exit"]["addresses"] = ["203.0.113.9"]
    stack.settings["gatepost:gate"]["timeout_seconds"] = 1
    run = stack.up()
    assert run.code != 0
    said = " ".join(run.text.split())
    assert f"leaves by {second['address']}, which is none of the site's exit IPs (203.0.113.9)" in said
    assert min(run.alive) == 2
    found = stack.connectors()
    assert {found[name]["state"] for name, _ in before.values()} == {"ALIVE"}
    assert rules(stack, SHARED) == set(names)  # those that are there guard the old hosts until these are gone

    site["exit"]["addresses"] = [second["address"]]
    stack.settings["gatepost:gate"]["timeout_seconds"] = 20
    run = stack.up().ok()
    assert min(run.alive) >= 2
    assert renewed(before, hosts(stack)) == "ab"
    assert {c["public_ip"] for c in stack.connectors().values()} == {second["address"]}
    assert (rules(stack, SHARED), rules(stack, OWN)) == ({names[1]}, set())
    stack.unchanged().ok()


def test_another_range_of_a_created_network_is_refused_until_it_is_unlocked(stack: Stack):
    given, here, name = client(stack.cloud).addresses(), {"project": OWN, "region": REGION}, f"nat-{stack.name}"
    given.insert(**here, body={"name": name}).execute()
    site = google(stack, exit={"kind": "nat", "addresses": ["a", "b"], "adopt": {"b": name}})
    stack.up().ok()
    before = hosts(stack)
    exits = stack.outputs()["remote_networks"]["payments"]["exit_ips"]
    adopted = given.get(**here, address=name).execute()
    assert (adopted["address"] in exits, len(exits), adopted["status"]) == (True, 2, "IN_USE")
    create = site["network"]["create"]
    create["cidr"] = "10.60.0.0/24"
    stack.write()
    calls = len(stack.cloud.calls())
    run = stack.pulumi("preview", "--stack", stack.name, "--color", "never")
    assert run.code != 0
    said = " ".join(run.text.split())
    assert "The network payments-frankfurt-network has the range 10.50.0.0/24 in europe-west3" in said
    assert "replace: true" in said
    assert "Traceback" not in said
    read = {"compute.images.getFromFamily", "compute.addresses.get", "query"}
    assert {c["operation"] for c in stack.cloud.calls()[calls:]} <= read

    create["replace"] = True
    stack.up().ok()
    assert renewed(before, hosts(stack)) == "ab"
    assert stack.outputs()["remote_networks"]["payments"]["exit_ips"] == exits  # the addresses are kept
    stack.unchanged().ok()
    del create["replace"]  # locked again
    change(stack, "")
