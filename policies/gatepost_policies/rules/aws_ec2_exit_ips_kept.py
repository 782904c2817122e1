"""AWS: the Elastic IPs that Connectors leave by are protected: partners have them on their allow-lists.

Advisory unless the environment asks for it. Policies are told whether a resource is protected, not whether it is kept
when it leaves the program.
"""

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, PolicyResource, Severity

from ..checks import label
from ..frame import Finding, Rule
from ..stack import Stack
from ..topology import EIP


def _judge(address: PolicyResource, _stack: Stack) -> Iterator[Finding]:
    if not address.opts.protect:
        text = f"{label(address)} is not protected: a slip would release the address. Set the option `protect`."
        yield Finding(address, text)


rule = Rule(
    name="aws-ec2-exit-ips-kept",
    description="Exit addresses on AWS are protected against deletion.",
    practice="BP14",
    remediation="Set the resource option `protect` to true on the Elastic IP.",
    severity=Severity.MEDIUM,
    level=EnforcementLevel.ADVISORY,
    clouds=("aws",),
    tags=("network", "exit"),
    types=(EIP,),
    each=_judge,
)
