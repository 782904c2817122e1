"""What the rules about kept exit addresses share."""

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, Severity

from .checks import label
from .exits import exit_addresses
from .frame import Finding, Rule
from .known import either
from .stack import Stack


def kept(*, name: str, cloud: str, type: str, description: str, remediation: str) -> Rule:
    """Build the rule of one cloud; `type` is that of its addresses.

    Advisory unless the environment asks for it. Policies are told whether a resource is protected, not whether it is
    kept when it leaves the program. Addresses that a program only reads are shown to no policy.
    """

    def judge(stack: Stack) -> Iterator[Finding]:
        used = exit_addresses(stack, cloud)
        for address in stack.of(type):
            if not address.opts.protect:
                text = f"{label(address)} is not protected: a slip would release the address. Set the option `protect`."
                yield Finding(address, text, either([stack.owns(address), used.get(address.urn, False)]))

    return Rule(
        name=name,
        description=description,
        practice="BP14",
        remediation=remediation,
        severity=Severity.MEDIUM,
        level=EnforcementLevel.ADVISORY,
        clouds=(cloud,),
        tags=("network", "exit"),
        whole=judge,
    )
