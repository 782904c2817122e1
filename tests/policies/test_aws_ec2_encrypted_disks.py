from typing import Any

import pulumi_aws as aws
import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, Res, analyze, metadata, silencing
from policies.stacks import fleet, host

from gatepost_policies import topology as t
from gatepost_policies.rules import aws_ec2_encrypted_disks as module

NAME = "aws-ec2-encrypted-disks"
OURS = {"managed-by": "gatepost"}
SIGN = {"userData": "TWINGATE_NETWORK=acme"}
ROOT = "Set `rootBlockDevice.encrypted` to true."
EXTRA = "Set `ebsBlockDevices.*.encrypted` to true."
MAPPED = "Set `blockDeviceMappings.*.ebs.encrypted` to true."


def template(*disks):
    return Res(t.LAUNCH_TEMPLATE, "lt", {**SIGN, "blockDeviceMappings": list(disks)})


@pytest.mark.parametrize(
    "stack",
    [
        pytest.param(fleet(host("a", ebsBlockDevices=[{"encrypted": True}])), id="all on"),
        pytest.param([template({"ebs": {"encrypted": "true"}}, {"noDevice": ""})], id="template"),
        pytest.param([Res(t.INSTANCE, "web", {"ebsBlockDevices": [{"encrypted": False}]})], id="another team's"),
        pytest.param([Res(module.VOLUME, "v", {"encrypted": True, "tags": OURS})], id="volume"),
        pytest.param(
            [Res(module.DEFAULT, "d"), Res(t.INSTANCE, "x", {"tags": OURS})], id="encrypted by default in the account"
        ),
    ],
)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


FAILS = [
    pytest.param(
        fleet(host("a", rootBlockDevice=None)),
        ("host-a", f"Instance 'host-a' does not set `rootBlockDevice.encrypted`. {ROOT}"),
        id="root not set",
    ),
    pytest.param(
        fleet(host("a", rootBlockDevice={"encrypted": False})),
        ("host-a", f"Instance 'host-a' sets `rootBlockDevice.encrypted` to false. {ROOT}"),
        id="root off",
    ),
    pytest.param(
        fleet(host("a", ebsBlockDevices=[{"encrypted": True}, {"deviceName": "/dev/sdb"}])),
        ("host-a", f"Instance 'host-a' does not set `ebsBlockDevices[1].encrypted`. {EXTRA}"),
        id="second disk not set",
    ),
    pytest.param(
        [template({"ebs": {"encrypted": "false"}})],
        ("lt", f"Launch template 'lt' sets `blockDeviceMappings[0].ebs.encrypted` to 'false'. {MAPPED}"),
        id="template",
    ),
    pytest.param(
        [Res(t.LAUNCH_TEMPLATE, "lt", SIGN)],
        (
            "lt",
            "Launch template 'lt' does not set `blockDeviceMappings`, so its disks are as the image has them. "
            "Name the root device and set its `ebs.encrypted` to true.",
        ),
        id="template without disks",
    ),
    pytest.param(
        [Res(module.VOLUME, "v", {"tags": OURS})],
        ("v", "Volume 'v' does not set `encrypted`. Set `encrypted` to true."),
        id="volume",
    ),
]


@pytest.mark.parametrize(("stack", "found"), FAILS)
def test_fails(stack, found):
    assert analyze(NAME, *stack) == [("MANDATORY", *found)]


@pytest.mark.parametrize("stack", [row.values[0] for row in FAILS if row.id != "template without disks"])
def test_one_unknown_never_silences(stack):
    config = {"scope": "all"} if stack[0].type == t.LAUNCH_TEMPLATE else None
    assert silencing(NAME, stack, config) == []


def test_unknown_beside_a_violation():
    disks = [{"encrypted": UNKNOWN}, {"encrypted": False}]
    said = "Instance 'host-a' sets `ebsBlockDevices[{}].encrypted` to {}. " + EXTRA
    assert analyze(NAME, *fleet(host("a", ebsBlockDevices=disks))) == [
        ("MANDATORY", "host-a", said.format(1, "false")),
        ("ADVISORY", "", NOT_JUDGED + said.format(0, "a value known only after the update")),
    ]


def test_the_account_may_encrypt_by_default():
    stack = fleet(host("a", rootBlockDevice=None))
    assert analyze(NAME, *stack, config={"encrypted_by_default": True}) == []
    off = fleet(host("a", rootBlockDevice={"encrypted": False}))
    assert len(analyze(NAME, *off, config={"encrypted_by_default": True})) == 1


def test_tokens_are_the_sdks_own():
    classes: list[Any] = [aws.ebs.Volume, aws.ebs.EncryptionByDefault]
    assert [cls.pulumi_type for cls in classes] == [module.VOLUME, module.DEFAULT]


def test_metadata():
    assert metadata(NAME) == {
        "name": "aws-ec2-encrypted-disks",
        "description": "Disks of Connector hosts on EC2 are encrypted.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_HIGH",
        "tags": ["aws", "host", "disk", "aws-ebs"],
        "remediationSteps": "Set `rootBlockDevice.encrypted` (launch template: "
        "`blockDeviceMappings[].ebs.encrypted`) to true.",
        "url": "https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html",
        "settings": {
            "encrypted_by_default": {
                "description": "The account encrypts every new disk, so a disk that sets nothing passes.",
                "type": "boolean",
                "default": False,
            }
        },
    }
