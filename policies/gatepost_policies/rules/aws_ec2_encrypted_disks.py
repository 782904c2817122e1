"""AWS: every disk of a Connector host is encrypted."""

from collections.abc import Iterator

from pulumi_policy import PolicyResource, Severity

from ..checks import AWS_HOSTS, label, must, unless_inherited, yes
from ..frame import Finding, Rule
from ..known import given, kind, read
from ..stack import Stack
from ..topology import LAUNCH_TEMPLATE

VOLUME = "aws:ebs/volume:Volume"
DEFAULT = "aws:ebs/encryptionByDefault:EncryptionByDefault"


def _by_default(stack: Stack) -> bool:
    found = [read(r.props, "enabled", default=True) is True for r in stack.of(DEFAULT)]
    return bool(stack.config["encrypted_by_default"]) or any(found)


def _judge(resource: PolicyResource, stack: Stack) -> Iterator[Finding]:
    default = _by_default(stack)

    def disk(path: str) -> Iterator[Finding]:
        return must(resource, path, lambda v: yes(v) or (v is None and default), f"Set `{path}` to true.")

    if kind(resource) == VOLUME:
        yield from disk("encrypted")
    elif kind(resource) == LAUNCH_TEMPLATE:
        if not given(resource, "blockDeviceMappings") and not default:
            text = f"{label(resource)} does not set `blockDeviceMappings`, so its disks are as the image has them."
            yield Finding(resource, f"{text} Name the root device and set its `ebs.encrypted` to true.")
        yield from disk("blockDeviceMappings.*.ebs.encrypted")
    else:
        yield from unless_inherited(resource, stack, "rootBlockDevice", disk("rootBlockDevice.encrypted"))
        yield from disk("ebsBlockDevices.*.encrypted")


rule = Rule(
    name="aws-ec2-encrypted-disks",
    description="Disks of Connector hosts on EC2 are encrypted.",
    practice="aws-ebs",
    remediation="Set `rootBlockDevice.encrypted` (launch template: `blockDeviceMappings[].ebs.encrypted`) to true.",
    severity=Severity.HIGH,
    clouds=("aws",),
    tags=("host", "disk"),
    types=(*AWS_HOSTS, VOLUME),
    each=_judge,
    settings={
        "encrypted_by_default": {
            "type": "boolean",
            "default": False,
            "description": "The account encrypts every new disk, so a disk that sets nothing passes.",
        }
    },
)
