"""gatepost's dev stack on the real engine: up, nothing to do, change, destroy."""

import json
import re

import pytest
from real_stack import ROOT, Cloud, Stack
from tokens import leaks, stored

pytestmark = pytest.mark.engine


def leftovers(cloud: Cloud) -> dict[str, list[str]]:
    """Everything in the account that a person or a stack made."""
    ec2, iam = cloud.client("ec2"), cloud.client("iam")
    machines = [i for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
    groups = ec2.describe_security_groups()["SecurityGroups"]
    return {
        "instances": [i["InstanceId"] for i in machines if i["State"]["Name"] != "terminated"],
        "vpcs": [v["VpcId"] for v in ec2.describe_vpcs()["Vpcs"] if not v["IsDefault"]],
        "addresses": [a["AllocationId"] for a in ec2.describe_addresses()["Addresses"]],
        "nats": [n["NatGatewayId"] for n in ec2.describe_nat_gateways()["NatGateways"] if n["State"] != "deleted"],
        "groups": [g["GroupId"] for g in groups if g["GroupName"] != "default"],
        "roles": [r["RoleName"] for r in iam.list_roles()["Roles"]],
        "profiles": [p["InstanceProfileName"] for p in iam.list_instance_profiles()["InstanceProfiles"]],
        "parameters": [p["Name"] for p in cloud.client("ssm").describe_parameters()["Parameters"]],
        "networks": [n["name"] for n in cloud.ask("status")["networks"]],
    }


def test_up_builds_a_remote_network_with_two_live_connectors_and_destroy_leaves_nothing(stack: Stack):
    before = leftovers(stack.cloud)
    up = stack.up("--policy-pack", str(ROOT / "policies")).ok()
    assert up.alive[-1] == 2
    connectors_are_alive_and_exported(stack)
    hosts_and_firewall_are_as_promised(stack)
    tokens = stored(stack.cloud)
    assert leaks(stack.cloud, tokens, [up.text, stack.state()]) == []
    preview = stack.unchanged().ok()
    texts = [up.text, preview.text, stack.state(), json.dumps(stack.outputs())]
    destroy = stack.destroy().ok()
    assert leftovers(stack.cloud) == before
    assert leaks(stack.cloud, tokens, [*texts, destroy.text]) == []


def connectors_are_alive_and_exported(stack: Stack) -> None:
    connectors = stack.connectors()
    assert {(c["slot"], c["zone"], c["state"], c["reason"]) for c in connectors.values()} == {
        ("a", "eu-central-1a", "ALIVE", ""),
        ("b", "eu-central-1b", "ALIVE", ""),
    }
    assert all(re.fullmatch(rf"payments-frankfurt-{c['slot']}-[0-9a-f]{{7}}", name) for name, c in connectors.items())
    network = stack.outputs()["remote_networks"]["payments"]
    assert network["exit_ips"] == sorted(c["public_ip"] for c in connectors.values())
    assert len(set(network["exit_ips"])) == 2
    built = network["sites"]["frankfurt"]["connectors"]
    assert {slot: (one["connector"], one["host_id"], one["zone"]) for slot, one in built.items()} == {
        c["slot"]: (name, c["host_id"], c["zone"]) for name, c in connectors.items()
    }


def hosts_and_firewall_are_as_promised(stack: Stack) -> None:
    ec2 = stack.cloud.client("ec2")
    ours = [{"Name": "tag:gatepost-environment", "Values": [stack.name]}]
    (group,) = ec2.describe_security_groups(Filters=ours)["SecurityGroups"]
    assert group["IpPermissions"] == []
    opened = {
        (p["IpProtocol"], p.get("FromPort"), p.get("ToPort"), r["CidrIp"])
        for p in group["IpPermissionsEgress"]
        for r in p["IpRanges"]
    }
    assert opened == {
        ("tcp", 443, 443, "0.0.0.0/0"),
        ("tcp", 30000, 31000, "0.0.0.0/0"),
        ("udp", 1, 65535, "0.0.0.0/0"),
        ("tcp", 80, 80, "0.0.0.0/0"),
        ("tcp", 5432, 5432, "10.0.0.0/8"),
    }
    machines = [i for r in ec2.describe_instances(Filters=ours)["Reservations"] for i in r["Instances"]]
    assert len(machines) == 2
    for machine in machines:
        assert machine["InstanceType"] == "t3a.micro"
        options = machine["MetadataOptions"]
        assert (options["HttpTokens"], options["HttpPutResponseHopLimit"]) == ("required", 1)
        assert not {"KeyName", "PublicIpAddress"} & machine.keys()
        volumes = [m["Ebs"]["VolumeId"] for m in machine["BlockDeviceMappings"]]
        (root,) = ec2.describe_volumes(VolumeIds=volumes)["Volumes"]
        assert (root["Encrypted"], root["VolumeType"]) == (True, "gp3")


def test_a_slot_that_is_added_or_removed_disturbs_no_other(stack: Stack):
    stack.up().ok()
    before = stack.connectors()
    stack.site["connectors"]["c"] = {}
    assert min(stack.up().ok().alive) == 2
    three = stack.connectors()
    assert len(three) == 3
    assert {name for name in three if name not in before} == {
        name for name in three if name.startswith("payments-frankfurt-c-")
    }
    assert [c["state"] for c in three.values()] == ["ALIVE"] * 3
    assert {name: three[name]["host_id"] for name in before} == {name: c["host_id"] for name, c in before.items()}
    del stack.site["connectors"]["c"]
    assert min(stack.up().ok().alive) == 2
    assert stack.connectors().keys() == before.keys()


def test_broken_settings_stop_everything_before_anything_is_created(stack: Stack):
    stack.settings["gatepost:tenant"] = "https://acme.twingate.com"
    stack.site["connectors"] = {"a": {"zon": "eu-central-1a"}}
    stack.site["reach"][0]["cidr"] = "10.0.0.0/33"
    calls = len(stack.cloud.calls())
    run = stack.up()
    assert run.code != 0
    assert "Traceback" not in run.text
    for part in (
        "sites.frankfurt.connectors.a.zon: There is no such setting",
        "Did you mean 'zone'?",
        "'10.0.0.0/33' is not an IPv4 block",
        "a Remote Network needs at least two",
        "got 'https://acme.twingate.com'",
    ):
        assert part in " ".join(run.text.split()), part
    assert len(stack.cloud.calls()) == calls


def test_a_protected_network_refuses_to_be_destroyed(stack: Stack):
    stack.site["network"]["create"]["protect"] = True
    stack.up().ok()
    run = stack.pulumi("destroy", "--yes", "--stack", stack.name, "--color", "never")  # with its preview
    assert run.code != 0
    assert "payments-frankfurt-network-vpc" in run.text
    assert run.alive[-1:] in ([], [2])
    assert len(stack.connectors()) == 2
