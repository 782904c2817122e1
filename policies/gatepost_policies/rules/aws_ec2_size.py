"""AWS: Connector hosts have an approved size; more load is answered by more Connectors."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from pulumi_policy import PolicyResource, Severity

from ..checks import AWS_HOSTS, must, unless_inherited
from ..frame import Finding, Rule
from ..stack import Stack

_DEFAULT = ["t3a.*", "t3.*", "t4g.*", "m*.medium", "m*.large", "c*.medium", "c*.large"]


def _judge(host: PolicyResource, stack: Stack) -> Iterator[Finding]:
    sizes = stack.config["sizes"]
    judged = must(
        host,
        "instanceType",
        lambda size: isinstance(size, str) and any(fnmatchcase(size, pattern) for pattern in sizes),
        f"Set it to one of {', '.join(sizes)}; for more load add Connectors.",
    )
    yield from unless_inherited(host, stack, "instanceType", judged)


rule = Rule(
    name="aws-ec2-size",
    description="Connector hosts on EC2 have an approved size.",
    practice="BP17",
    remediation="Set `instanceType` to 't3a.micro', or to another size that the setting `sizes` lists.",
    severity=Severity.LOW,
    clouds=("aws",),
    tags=("host", "cost"),
    types=AWS_HOSTS,
    each=_judge,
    settings={
        "sizes": {
            "type": "array",
            "items": {"type": "string"},
            "default": _DEFAULT,
            "description": "Approved instance types, * for any text.",
        }
    },
)
