"""A Connector's state follows from what its host really has: break one thing, and the reason says which."""

import json
from collections.abc import Callable, Iterator

import pytest
from sandbox.helpers import Sandbox, post
from sandbox.lab import ANYWHERE, REGION, TRUST, ZONE, Lab, encoded

from gatepost.boot.aws import AwsBoot
from gatepost_sandbox import boot_text, iam
from gatepost_sandbox.addresses import Need, Rule, covers_public, lets_out
from gatepost_sandbox.twingate.store import Pair

ALIVE = ("ALIVE", "")


def test_a_whole_site_is_alive(lab: Lab) -> None:
    line = lab.line()
    assert line.pop("last_heartbeat_at").endswith("+00:00")
    assert line == {
        "id": lab.connector_id,
        "name": f"{lab.name}-a",
        "state": "ALIVE",
        "alive": True,
        "reason": "",
        "host_id": lab.host,
        "region": REGION,
        "zone": ZONE,
        "public_ip": lab.exit_ip,
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


def acl(lab: Lab, egress: bool, first: int, last: int) -> None:
    found = lab.ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [lab.private_subnet]}])
    lab.acl = found["NetworkAcls"][0]["NetworkAclId"]
    lab.ec2.create_network_acl_entry(
        NetworkAclId=lab.acl,
        RuleNumber=90,
        Protocol="6",
        RuleAction="deny",
        Egress=egress,
        CidrBlock=ANYWHERE,
        PortRange={"From": first, "To": last},
    )


def route_away(lab: Lab, table: str) -> None:
    lab.ec2.delete_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE)


def boundary(lab: Lab) -> None:
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    made = lab.iam.create_policy(PolicyName=f"{lab.name}-boundary", PolicyDocument=json.dumps(document))
    lab.iam.put_role_permissions_boundary(RoleName=lab.role, PermissionsBoundary=made["Policy"]["Arn"])


NONE = "DEAD_NO_HEARTBEAT"
RELAYS = "DEAD_NO_RELAYS"
NOT_READ = "{host} may not read {parameter}: role {role} may not ssm:GetParameter on {arn}"
NO_ROUTE = "{host} has no route to the internet from subnet {private_subnet}: "
GROUPS = "security groups {group} do not let it out to all public addresses"

BREAKS: dict[str, tuple[Callable[[Lab], object], str, str]] = {
    "terminated": (
        lambda lab: lab.ec2.terminate_instances(InstanceIds=[lab.host]),
        NONE,
        "no host uses its token pair",
    ),
    "stopped": (
        lambda lab: lab.ec2.stop_instances(InstanceIds=[lab.host]),
        NONE,
        "{host} is stopped, not running",
    ),
    "rotated in Twingate only": (lambda lab: lab.new_pair(), NONE, "{host} holds a pair that is no longer valid"),
    "parameter gone": (
        lambda lab: lab.ssm.delete_parameter(Name=lab.parameter),
        NONE,
        "no host uses its token pair",
    ),
    "profile empty": (
        lambda lab: lab.iam.remove_role_from_instance_profile(InstanceProfileName=lab.role, RoleName=lab.role),
        NONE,
        "{host} may not read {parameter}: it has no instance profile with a role",
    ),
    "no trust": (no_trust, NONE, "{host} may not read {parameter}: role {role} does not trust ec2.amazonaws.com"),
    "no policy": (
        lambda lab: lab.iam.delete_role_policy(RoleName=lab.role, PolicyName="read"),
        NONE,
        NOT_READ,
    ),
    "other parameter": (
        lambda lab: lab.put_policy("read", "Allow", "ssm:GetParameter", f"{lab.arn}b"),
        NONE,
        NOT_READ,
    ),
    "denied": (lambda lab: lab.put_policy("not", "Deny", "ssm:*", "*"), NONE, NOT_READ),
    "boundary": (boundary, NONE, NOT_READ),
    "own key": (
        own_key,
        NONE,
        "{host} may not read {parameter}: role {role} may not kms:Decrypt on {key}",
    ),
    "no TCP 443": (lambda lab: lab.forbid("tcp", 443, 443), NONE, "{host} may not dial TCP 443: " + GROUPS),
    "no relays": (
        lambda lab: lab.forbid("tcp", 30000, 31000),
        RELAYS,
        "{host} may not dial TCP 30000-31000: " + GROUPS,
    ),
    "no UDP": (lambda lab: lab.forbid("udp", 1, 65535), RELAYS, "{host} may not dial UDP 1-65535: " + GROUPS),
    "ACL out": (
        lambda lab: acl(lab, True, 31000, 31000),
        RELAYS,
        "{host} may not dial TCP 30000-31000: network ACL {acl} does not let it out",
    ),
    "ACL in": (
        lambda lab: acl(lab, False, 1024, 65535),
        NONE,
        "{host} may not dial TCP 443: network ACL {acl} does not let the answers in",
    ),
    "no default route": (
        lambda lab: route_away(lab, lab.private_table),
        NONE,
        NO_ROUTE + "its route table sends 0.0.0.0/0 nowhere",
    ),
    "NAT gateway deleted": (
        lambda lab: lab.ec2.delete_nat_gateway(NatGatewayId=lab.nat),
        NONE,
        NO_ROUTE + "NAT gateway {nat} is deleted",
    ),
    "NAT subnet without a way out": (
        lambda lab: route_away(lab, lab.public_table),
        NONE,
        NO_ROUTE + "NAT gateway {nat} is in subnet {public_subnet}, and it has no route for 0.0.0.0/0",
    ),
    "internet gateway detached": (
        lambda lab: lab.ec2.detach_internet_gateway(InternetGatewayId=lab.igw, VpcId=lab.vpc),
        NONE,
        NO_ROUTE
        + "NAT gateway {nat} is in subnet {public_subnet}, and internet gateway {igw} is not attached to {vpc}",
    ),
}


@pytest.mark.parametrize("case", BREAKS)
def test_each_break_has_its_reason(lab: Lab, case: str) -> None:
    break_it, state, reason = BREAKS[case]
    break_it(lab)
    assert lab.verdict() == (state, reason.format(**vars(lab)))


def test_two_hosts_on_one_pair_are_both_dead(lab: Lab) -> None:
    both = " and ".join(sorted([lab.host, lab.launch()]))
    assert lab.verdict() == (NONE, f"2 hosts use its token pair: {both}; a pair works for one host only")


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
    assert lab.verdict() == (NONE, without + "but the host has no public address")
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
    assert lab.verdict() == (NONE, reason)


def test_a_parameter_may_be_named_by_its_arn(lab: Lab) -> None:
    lab.ec2.terminate_instances(InstanceIds=[lab.host])
    name, lab.parameter = lab.parameter, lab.arn
    host = lab.launch()
    assert (lab.verdict(), lab.line()["host_id"]) == (ALIVE, host)
    lab.put_policy("not", "Deny", "ssm:GetParameter", f"arn:aws:ssm:*:*:parameter{name}")
    assert lab.line()["alive"] is False


def test_the_vendors_shell_text_is_understood(lab: Lab) -> None:
    lab.ec2.terminate_instances(InstanceIds=[lab.host])
    lines = [f"TWINGATE_ACCESS_TOKEN={lab.access}", f'TWINGATE_REFRESH_TOKEN="{lab.refresh}"']
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
    assert lab.verdict() == (NONE, f"{lab.host} is still booting")


def test_wrong_settings_change_nothing(sandbox: Sandbox) -> None:
    address = f"{sandbox.running.twingate}/sandbox/settings"
    wrong = post(address, {"boot_seconds": -1})
    assert (wrong.status, wrong.body) == (
        400,
        {"error": "boot_seconds is -1; it must be a number of seconds from 0 to 86400."},
    )
    unknown = post(address, {"boot": 1})
    assert (unknown.status, unknown.body) == (
        400,
        {"error": "Unknown settings: boot. Known: boot_seconds, broken_images, count_alive."},
    )
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


PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


AROUND_TEN = ("0.0.0.0/5", "8.0.0.0/7", "12.0.0.0/6", "16.0.0.0/4", "32.0.0.0/3", "64.0.0.0/2", "128.0.0.0/1")


@pytest.mark.parametrize(
    ("cidrs", "covered"),
    [
        ((ANYWHERE,), True),
        (("0.0.0.0/1", "128.0.0.0/1"), True),
        ((*AROUND_TEN, "11.0.0.0/8"), True),
        (AROUND_TEN, False),
        (("0.0.0.0/1",), False),
        (PRIVATE, False),
        ((), False),
    ],
)
def test_public_space(cidrs: tuple[str, ...], covered: bool) -> None:
    assert covers_public(cidrs) is covered


def test_ports_may_be_split_over_rules_but_not_have_a_gap() -> None:
    need = Need("udp", 1, 65535)
    low, high = Rule("udp", 1, 3000, (ANYWHERE,)), Rule("udp", 3001, 65535, (ANYWHERE,))
    assert lets_out([low, high], need) is True
    assert lets_out([low, Rule("udp", 3002, 65535, (ANYWHERE,))], need) is False
    assert lets_out([Rule("tcp", 1, 65535, (ANYWHERE,))], need) is False
    assert lets_out([Rule("-1", 0, 0, (ANYWHERE,))], need) is True


def policy(**statement: object) -> str:
    return json.dumps({"Statement": {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*", **statement}})


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ({}, True),
        ({"Action": ["SSM:getparam*"]}, True),
        ({"Action": "ssm:GetParameter?"}, False),
        ({"Resource": ["arn:x/*", "arn:y/a.c"]}, False),
        ({"Resource": "arn:y/?b*"}, True),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, False),
        ({"Effect": "Deny"}, False),
    ],
)
def test_policy_statements(statement: dict[str, object], allowed: bool) -> None:
    assert iam.allows([policy(**statement)], "ssm:GetParameter", "arn:y/abc") is allowed


def test_not_action_and_not_resource() -> None:
    deny_others = json.dumps({"Statement": {"Effect": "Deny", "NotAction": "ssm:*", "Resource": "*"}})
    deny_elsewhere = json.dumps({"Statement": {"Effect": "Deny", "Action": "*", "NotResource": "arn:z"}})
    assert iam.allows([policy(), deny_others], "ssm:GetParameter", "arn:y") is True
    assert iam.allows([policy(), deny_elsewhere], "ssm:GetParameter", "arn:y") is False


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("#!/bin/sh\necho hello", boot_text.BootText()),
        ("#cloud-config\n{", boot_text.BootText(problem="its user data is not valid YAML, so cloud-init ignores it")),
        ("#cloud-config\nwrite_files: []", boot_text.BootText()),
        (
            "#cloud-config\nwrite_files: [{path: /etc/gatepost/host.env, content: 'GATEPOST_REGION=x'}]",
            boot_text.BootText(problem="/etc/gatepost/host.env in its user data lacks GATEPOST_SECRET_PARAMETER"),
        ),
        (
            "#cloud-config\nwrite_files: [{path: /etc/gatepost/host.env, encoding: b64, content: "
            + encoded("# c\nGATEPOST_SECRET_PARAMETER='/p'\nGATEPOST_REGION=eu-north-1\n")
            + "}]",
            boot_text.BootText(parameter="/p", region="eu-north-1"),
        ),
        ("TWINGATE_ACCESS_TOKEN=a", boot_text.BootText(problem="its user data names one of the two tokens only")),
        (
            "docker run -e TWINGATE_ACCESS_TOKEN='a' -e TWINGATE_REFRESH_TOKEN=r x",
            boot_text.BootText(pair=Pair("a", "r")),
        ),
    ],
)
def test_boot_texts(text: str, read: boot_text.BootText) -> None:
    assert boot_text.read(encoded(text)) == read


def test_the_librarys_own_boot_text() -> None:
    text = AwsBoot(settings={"TWINGATE_NETWORK": "sandbox"}, region="eu-central-1").render("/gatepost/prod/a")
    assert boot_text.read(encoded(text)) == boot_text.BootText(parameter="/gatepost/prod/a", region="eu-central-1")


def test_a_host_keeps_the_pair_it_read_at_boot_until_it_boots_again(lab: Lab) -> None:
    lab.new_pair()
    lab.store_pair()
    assert lab.verdict() == (NONE, f"{lab.host} holds a pair that is no longer valid")
    lab.ec2.reboot_instances(InstanceIds=[lab.host])
    assert lab.verdict() == ALIVE


def test_hosts_of_a_broken_image_never_finish_booting(lab: Lab, sandbox: Sandbox) -> None:
    address = f"{sandbox.running.twingate}/sandbox/settings"
    (machine,) = lab.ec2.describe_instances(InstanceIds=[lab.host])["Reservations"][0]["Instances"]
    assert post(address, {"broken_images": [machine["ImageId"]]}).status == 200
    try:
        assert lab.verdict() == (NONE, f"{lab.host} never finishes booting: its image {machine['ImageId']} is broken")
    finally:
        assert post(address, {"broken_images": []}).status == 200
