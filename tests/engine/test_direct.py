"""Exit direct on the real engine: the address of a slot moves to its next host, in the order that fits the network."""

import pytest
from places.aws_site import NEW, OLD
from real_stack import Stack
from rollouts import hosts, hosts_alive, renewed

pytestmark = pytest.mark.engine


def direct(stack: Stack) -> None:
    stack.site["exit"] = {"kind": "direct"}
    stack.site["image"] = OLD
    del stack.site["reach"]


def addresses(stack: Stack) -> dict[str, str]:
    """The public address of each slot, as Twingate sees it."""
    return {c["slot"]: c["public_ip"] for c in stack.connectors().values() if c["state"] == "ALIVE"}


def test_a_regular_network_keeps_its_addresses_and_a_broken_image_costs_nothing(stack: Stack):
    direct(stack)
    stack.up().ok()
    own, before = addresses(stack), hosts(stack)
    assert stack.outputs()["remote_networks"]["payments"]["exit_ips"] == sorted(own.values())
    assert len(own) == 2

    stack.cloud.settings(broken_images=[NEW])
    stack.settings["gatepost:gate"]["timeout_seconds"] = 1
    try:
        stack.site["image"] = NEW
        run = stack.up()
        assert run.code != 0
        assert "was not ALIVE within" in " ".join(run.text.split())
        assert (min(run.alive), addresses(stack), hosts_alive(stack)) == (2, own, before)
    finally:
        stack.cloud.settings(broken_images=[])

    stack.settings["gatepost:gate"]["timeout_seconds"] = 20
    stack.cloud.settings(boot_seconds=1)
    try:
        run = stack.up().ok()
    finally:
        stack.cloud.settings(boot_seconds=0)
    assert min(run.alive) == 2  # each new host lives before the address moves; the model knows no time to reconnect
    assert (addresses(stack), renewed(before, hosts(stack))) == (own, "ab")
    stack.unchanged().ok()


def test_an_exit_network_is_one_fewer_for_a_boot_and_never_leaves_by_another_address(stack: Stack):
    direct(stack)
    stack.networks["payments"]["type"] = "EXIT"
    stack.up().ok()
    own, before = addresses(stack), hosts(stack)
    stack.site["image"] = NEW
    stack.cloud.settings(boot_seconds=1)
    try:
        run = stack.up().ok()
    finally:
        stack.cloud.settings(boot_seconds=0)
    assert min(run.alive) == 1
    assert (addresses(stack), renewed(before, hosts(stack))) == (own, "ab")
    machines = stack.cloud.client("ec2").describe_instances(
        Filters=[{"Name": "tag:gatepost-environment", "Values": [stack.name]}]
    )["Reservations"]
    running = [i for r in machines for i in r["Instances"] if i["State"]["Name"] == "running"]
    assert {i["PublicIpAddress"] for i in running} == set(own.values())
    stack.destroy().ok()
    assert stack.connectors() == {}


def test_an_address_that_another_host_has_is_not_taken_from_it(stack: Stack):
    ec2 = stack.cloud.client("ec2")
    network = stack.cloud.vpc("10.72.0.0/22", ["eu-central-1a"])
    subnet = network["public_subnets"]["eu-central-1a"]
    machine = ec2.run_instances(ImageId=NEW, InstanceType="t3a.micro", SubnetId=subnet, MinCount=1, MaxCount=1)
    address = ec2.allocate_address(Domain="vpc")
    given = {"AllocationId": address["AllocationId"], "InstanceId": machine["Instances"][0]["InstanceId"]}
    ec2.associate_address(**given, AllowReassociation=False)
    direct(stack)
    stack.site["exit"]["adopt"] = {"a": address["AllocationId"]}
    stack.write()
    run = stack.pulumi("preview", "--stack", stack.name, "--color", "never")
    assert run.code != 0
    said = " ".join(run.text.split())
    assert f"The address {address['PublicIp']} (exit 'a') is in use by the host {given['InstanceId']}" in said

    ec2.terminate_instances(InstanceIds=[given["InstanceId"]])
    stack.up().ok()
    assert addresses(stack)["a"] == address["PublicIp"]
    stack.unchanged().ok()
