"""Google Cloud: where an exit is declared, Cloud NAT has reserved addresses of this project and no passing ones.

An exit is declared by gatepost's components, and on every Remote Network of type EXIT.
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ..checks import must
from ..exits import EVERYWHERE, exiting, nats
from ..frame import Finding, Rule
from ..known import both
from ..stack import Stack

_KEY = "natIpAllocateOption"


def _judge(stack: Stack) -> Iterator[Finding]:
    for nat, sure, hosts in nats(stack, "gcp"):
        counts = both(sure, exiting(stack, nat, hosts))
        fix = "Set it to 'MANUAL_ONLY' and `natIps` to reserved addresses: partners have them on their allow-lists."
        for found in must(nat, _KEY, lambda option: option == "MANUAL_ONLY", fix):
            yield Finding(nat, found.text, both(counts, found.sure))


rule = Rule(
    name="gcp-compute-static-exit",
    description="Cloud NAT of declared exits has reserved addresses only.",
    practice="BP14",
    remediation="Set `natIpAllocateOption` of the RouterNat to 'MANUAL_ONLY' and `natIps` to reserved addresses.",
    severity=Severity.HIGH,
    clouds=("gcp",),
    tags=("network", "exit"),
    whole=_judge,
    settings=EVERYWHERE,
)
