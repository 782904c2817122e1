"""Exit direct on Google Cloud: the address of a slot moves to its next host, after the old host is gone."""

import pytest
from places.gcp_site import OWN, REGION, ZONES, client, google, instances
from real_stack import Stack
from rollouts import hosts, renewed
from sandbox.gcp.cloud import machine

pytestmark = pytest.mark.engine


def addresses(stack: Stack) -> dict[str, str]:
    """The public address of each slot, as Twingate sees it."""
    return {c["slot"]: c["public_ip"] for c in stack.connectors().values() if c["state"] == "ALIVE"}


def test_a_rollout_is_one_fewer_and_keeps_its_addresses_also_one_that_is_adopted(stack: Stack):
    given = client(stack.cloud).addresses()
    here, name = {"project": OWN, "region": REGION}, f"partners-{stack.name}"
    given.insert(**here, body={"name": name}).execute()
    adopted = given.get(**here, address=name).execute()
    site = google(stack, exit={"kind": "direct", "adopt": {"b": name}})
    stack.up().ok()
    own, before = addresses(stack), hosts(stack)
    assert stack.outputs()["remote_networks"]["payments"]["exit_ips"] == sorted(own.values())
    assert len(set(own.values())) == 2
    assert own["b"] == adopted["address"]

    site["exit"]["adopt"]["b"] = adopted["selfLink"]  # the same in other words
    site["log_level"] = "info"
    start = len(stack.cloud.calls())
    stack.cloud.settings(boot_seconds=1)
    try:
        run = stack.up().ok()
    finally:
        stack.cloud.settings(boot_seconds=0)
    assert min(run.alive) == 1
    assert (addresses(stack), renewed(before, hosts(stack))) == (own, "ab")
    moves = [c["operation"] for c in stack.cloud.calls()[start:] if c["operation"].startswith("compute.instances.")]
    moves = [move.rpartition(".")[2] for move in moves if not move.endswith(".get")]
    assert moves == ["delete", "insert"] * 2  # one slot after the other
    there = {a["natIP"] for i in instances(stack) for n in i["networkInterfaces"] for a in n["accessConfigs"]}
    assert there == set(own.values())
    stack.unchanged().ok()

    # An address that somebody's host has: refused in the preview already, because the slot's old host would go first.
    foreign = f"foreign-{stack.name}"
    given.insert(**here, body={"name": foreign}).execute()
    taken = given.get(**here, address=foreign).execute()["address"]
    subnet = instances(stack)[0]["networkInterfaces"][0]["subnetwork"]
    body = machine(foreign, subnet, networkInterfaces=[{"subnetwork": subnet, "accessConfigs": [{"natIP": taken}]}])
    body["machineType"] = f"zones/{ZONES[0]}/machineTypes/e2-small"
    place = {"project": OWN, "zone": ZONES[0]}
    client(stack.cloud).instances().insert(**place, body=body).execute()
    site["exit"]["adopt"]["a"] = foreign
    stack.write()
    run = stack.pulumi("preview", "--stack", stack.name, "--color", "never")
    assert run.code != 0
    said = " ".join(run.text.split())
    user = f"projects/{OWN}/zones/{ZONES[0]}/instances/{foreign}"
    assert f"The address {taken} (exit 'a') is in use by {user}, which is not the host of this slot" in said
    assert hosts(stack).keys() == {"a", "b"}
    client(stack.cloud).instances().delete(**place, instance=foreign).execute()

    stack.destroy().ok()
    assert stack.connectors() == {}
    assert given.get(**here, address=name).execute()["status"] == "RESERVED"  # only read, never released
