"""A Connector's state follows from what its host really has: break one thing, and the reason says which."""

import json
from collections.abc import Callable, Iterator

import pytest
from sandbox.helpers import Sandbox, post
from sandbox.lab import ANYWHERE, REGION, TRUST, ZONE, Lab

ALIVE = ("ALIVE", "")


def test_a_whole_site_is_alive(lab: Lab) -> None:
    line = lab.line()
    assert line.pop("last_heartbeat_at").endswith("+00:00")
    assert line == {
        "id": lab.connector_id,
        "name": f"{lab.name}-a",
        "state": "ALIVE",
        "alive": True,
        "told": "ALIVE",
        "reason": "",
        "host_id": lab.host,
        "region": REGION,
        "zone": ZONE,
        "public_ip": lab.exit_ip,
        "exposed": [],
        "site": "frankfurt",
        "slot": "a",
    }


def test_twingate_tells_what_the_host_reported(lab: Lab, sandbox: Sandbox) -> None:
    query = "query($id: ID!) { connector(id: $id) { state publicIP privateIPs hostname version lastHeartbeatAt } }"
    seen = sandbox.graphql(query, id=lab.connector_id)["connector"]
    instance = lab.ec2.describe_instances(InstanceIds=[lab.host])["Reservations"][0]["Instances"][0]
    assert seen.pop("lastHeartbeatAt").endswith("+00:00")
    assert seen == {
        "state": "ALIVE",
        "publicIP": lab.exit_ip,
        "privateIPs": [instance["PrivateIpAddress"]],
        "hostname": instance["PrivateDnsName"],
        "version": "1.80.0",
    }


def no_trust(lab: Lab) -> None:
    trust = json.dumps(TRUST).replace("ec2", "lambda")
    lab.iam.update_assume_role_policy(RoleName=lab.role, PolicyDocument=trust)


def own_key(lab: Lab) -> None:
    lab.key = lab.sandbox.client("kms").create_key()["KeyMetadata"]["Arn"]
    lab.store_pair(KeyId=lab.key)
    lab.ec2.reboot_instances(InstanceIds=[lab.host])


def boundary(lab: Lab) -> None:
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    made = lab.iam.create_policy(PolicyName=f"{lab.name}-boundary", PolicyDocument=json.dumps(document))
    lab.iam.put_role_permissions_boundary(RoleName=lab.role, PermissionsBoundary=made["Policy"]["Arn"])


DEAD = "DEAD_HEARTBEAT_TOO_OLD"  # it was alive before
RELAYS = "DEAD_NO_RELAYS"
NOT_READ = "{host} may not read {parameter}: role {role} may not ssm:GetParameter on {arn}"
GROUPS = "security groups {group} do not let it out to all public addresses"

BREAKS: dict[str, tuple[Callable[[Lab], object], str, str]] = {
    "terminated": (
        lambda lab: lab.ec2.terminate_instances(InstanceIds=[lab.host]),
        DEAD,
        "no host uses its token pair",
    ),
    "stopped": (
        lambda lab: lab.ec2.stop_instances(InstanceIds=[lab.host]),
        DEAD,
        "{host} is stopped, not running",
    ),
    "rotated in Twingate only": (lambda lab: lab.new_pair(), DEAD, "{host} holds a pair that is no longer valid"),
    "parameter gone": (
        lambda lab: lab.ssm.delete_parameter(Name=lab.parameter),
        DEAD,
        "no host uses its token pair",
    ),
    "profile empty": (
        lambda lab: lab.iam.remove_role_from_instance_profile(InstanceProfileName=lab.role, RoleName=lab.role),
        DEAD,
        "{host} may not read {parameter}: it has no instance profile with a role",
    ),
    "no trust": (no_trust, DEAD, "{host} may not read {parameter}: role {role} does not trust ec2.amazonaws.com"),
    "no policy": (
        lambda lab: lab.iam.delete_role_policy(RoleName=lab.role, PolicyName="read"),
        DEAD,
        NOT_READ,
    ),
    "other parameter": (
        lambda lab: lab.put_policy("read", "Allow", "ssm:GetParameter", f"{lab.arn}b"),
        DEAD,
        NOT_READ,
    ),
    "denied": (lambda lab: lab.put_policy("not", "Deny", "ssm:*", "*"), DEAD, NOT_READ),
    "boundary": (boundary, DEAD, NOT_READ),
    "own key": (
        own_key,
        DEAD,
        "{host} may not read {parameter}: role {role} may not kms:Decrypt on {key}",
    ),
    "no TCP 443": (lambda lab: lab.forbid("tcp", 443, 443), DEAD, "{host} may not dial TCP 443: " + GROUPS),
    "no relays": (
        lambda lab: lab.forbid("tcp", 30000, 31000),
        RELAYS,
        "{host} may not dial TCP 30000-31000: " + GROUPS,
    ),
    "no UDP": (lambda lab: lab.forbid("udp", 1, 65535), RELAYS, "{host} may not dial UDP 1-65535: " + GROUPS),
}


@pytest.mark.parametrize("case", BREAKS)
def test_each_break_has_its_reason(lab: Lab, case: str) -> None:
    break_it, state, reason = BREAKS[case]
    break_it(lab)
    assert lab.verdict() == (state, reason.format(**vars(lab)))


def test_two_hosts_on_one_pair_are_both_dead(lab: Lab) -> None:
    both = " and ".join(sorted([lab.host, lab.launch()]))
    assert lab.verdict() == (DEAD, f"2 hosts use its token pair: {both}; a pair works for one host only")


def test_a_second_host_that_may_not_read_the_secret_does_no_harm(lab: Lab) -> None:
    lab.launch(IamInstanceProfile=None)
    assert (lab.verdict(), lab.line()["host_id"]) == (ALIVE, lab.host)


def test_once_alive_then_gone_is_an_old_heartbeat(lab: Lab) -> None:
    assert lab.verdict() == ALIVE
    lab.ec2.terminate_instances(InstanceIds=[lab.host])
    assert lab.verdict() == ("DEAD_HEARTBEAT_TOO_OLD", "no host uses its token pair")


def test_a_missing_parameter_is_told_of_the_host_too(lab: Lab, sandbox: Sandbox) -> None:
    lab.ssm.delete_parameter(Name=lab.parameter)
    lost = [host for host in sandbox.status()["lost_hosts"] if host["host_id"] == lab.host]
    reason = f"{lab.host}: the SSM parameter {lab.parameter} in {REGION} does not exist"
    assert lost == [{"host_id": lab.host, "region": REGION, "reason": reason}]


def test_a_role_with_the_key_reads_a_parameter_under_an_own_key(lab: Lab) -> None:
    own_key(lab)
    lab.put_policy("key", "Allow", "kms:Decrypt", lab.key)
    assert lab.verdict() == ALIVE


def test_a_direct_exit_is_the_hosts_own_address(lab: Lab) -> None:
    lab.ec2.terminate_instances(InstanceIds=[lab.host])
    host = lab.launch(SubnetId=lab.public_subnet)
    without = f"{host} has no route to the internet from subnet {lab.public_subnet}: it goes to {lab.igw}, "
    assert lab.verdict() == (DEAD, without + "but the host has no public address")
    address = lab.ec2.allocate_address(Domain="vpc")
    lab.ec2.associate_address(InstanceId=host, AllocationId=address["AllocationId"])
    assert (lab.verdict(), lab.line()["public_ip"]) == (ALIVE, address["PublicIp"])


def test_a_host_launched_with_an_interface_specification(lab: Lab) -> None:
    lab.ec2.terminate_instances(InstanceIds=[lab.host])
    interface = {"DeviceIndex": 0, "SubnetId": lab.private_subnet, "Groups": [lab.group]}
    lab.launch(SubnetId=None, SecurityGroupIds=None, NetworkInterfaces=[interface])
    assert lab.verdict() == ALIVE
    lab.forbid("tcp", 443, 443)
    assert lab.line()["alive"] is False


def test_new_groups_on_the_interface_are_the_hosts_groups(lab: Lab) -> None:
    closed = lab.ec2.create_security_group(GroupName=f"{lab.name}-2", Description="x", VpcId=lab.vpc)["GroupId"]
    lab.ec2.revoke_security_group_egress(
        GroupId=closed, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": ANYWHERE}]}]
    )
    instance = lab.ec2.describe_instances(InstanceIds=[lab.host])["Reservations"][0]["Instances"][0]
    interface = instance["NetworkInterfaces"][0]["NetworkInterfaceId"]
    lab.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Groups=[closed])
    reason = f"{lab.host} may not dial TCP 443: security groups {closed} do not let it out to all public addresses"
    assert lab.verdict() == (DEAD, reason)


def test_a_parameter_may_be_named_by_its_arn(lab: Lab) -> None:
    lab.ec2.terminate_instances(InstanceIds=[lab.host])
    name, lab.parameter = lab.parameter, lab.arn
    host = lab.launch()
    assert (lab.verdict(), lab.line()["host_id"]) == (ALIVE, host)
    lab.put_policy("not", "Deny", "ssm:GetParameter", f"arn:aws:ssm:*:*:parameter{name}")
    assert lab.line()["alive"] is False


def test_the_vendors_shell_text_is_understood(lab: Lab) -> None:
    lab.ec2.terminate_instances(InstanceIds=[lab.host])
    lines = [
        "TWINGATE_NETWORK=sandbox",
        f"TWINGATE_ACCESS_TOKEN={lab.access}",
        f'TWINGATE_REFRESH_TOKEN="{lab.refresh}"',
    ]
    host = lab.launch(UserData="#!/bin/bash\n" + "\n".join(lines), IamInstanceProfile=None)
    assert (lab.verdict(), lab.line()["host_id"]) == (ALIVE, host)


@pytest.fixture
def slow_boot(sandbox: Sandbox) -> Iterator[None]:
    address = f"{sandbox.running.twingate}/sandbox/settings"
    assert post(address, {"boot_seconds": 600}).body["boot_seconds"] == 600.0
    yield
    assert post(address, {"boot_seconds": 0}).body["boot_seconds"] == 0.0


@pytest.mark.usefixtures("slow_boot")
def test_a_host_is_not_alive_before_it_has_booted(lab: Lab) -> None:
    assert lab.verdict() == ("DEAD_NO_HEARTBEAT", f"{lab.host} is still booting")


def test_wrong_settings_change_nothing(sandbox: Sandbox) -> None:
    address = f"{sandbox.running.twingate}/sandbox/settings"
    wrong = post(address, {"boot_seconds": -1})
    assert (wrong.status, wrong.body) == (
        400,
        {"error": "boot_seconds is -1; it must be a number of seconds from 0 to 86400."},
    )
    unknown = post(address, {"boot": 1})
    assert (unknown.status, unknown.body["error"].partition(" Known: ")[0]) == (400, "Unknown settings: boot.")
    assert {"boot_seconds", "broken_images", "count_alive"} < set(post(address, {}).body)
    assert post(address, {}).body["boot_seconds"] == 0.0


def test_twingates_images_are_in_every_region(sandbox: Sandbox) -> None:
    for region in ("us-west-2", "ap-southeast-3"):
        images = sandbox.client("ec2", region).describe_images(
            Owners=["617935088040"],
            Filters=[{"Name": "name", "Values": ["twingate/images/hvm-ssd/twingate-amd64-*"]}],
        )["Images"]
        assert sorted((image["CreationDate"], image["Architecture"]) for image in images) == [
            ("2026-08-11T00:00:00.000Z", "x86_64"),
            ("2026-10-06T00:00:00.000Z", "x86_64"),
        ]


def test_a_host_keeps_the_pair_it_read_at_boot_until_it_boots_again(lab: Lab) -> None:
    lab.new_pair()
    lab.store_pair()
    assert lab.verdict() == (DEAD, f"{lab.host} holds a pair that is no longer valid")
    lab.ec2.reboot_instances(InstanceIds=[lab.host])
    assert lab.verdict() == ALIVE


def test_hosts_of_a_broken_image_never_finish_booting(lab: Lab, sandbox: Sandbox) -> None:
    address = f"{sandbox.running.twingate}/sandbox/settings"
    (machine,) = lab.ec2.describe_instances(InstanceIds=[lab.host])["Reservations"][0]["Instances"]
    assert post(address, {"broken_images": [machine["ImageId"]]}).status == 200
    try:
        assert lab.verdict() == (DEAD, f"{lab.host} never finishes booting: its image {machine['ImageId']} is broken")
    finally:
        assert post(address, {"broken_images": []}).status == 200
