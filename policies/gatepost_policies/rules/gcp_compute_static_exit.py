"""Google Cloud: where an exit is declared, Cloud NAT has reserved addresses of this project and no passing ones.

An exit is declared by gatepost's components, and on every Remote Network of type EXIT. The hosts of such a network have
no passing addresses either.
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ..checks import GCP_HOSTS, must
from ..exits import EVERYWHERE, exiting, nats, unlisted
from ..frame import Finding, Rule
from ..known import both, kind
from ..stack import Stack
from .gcp_compute_no_public_ip import passing

_KEY = "natIpAllocateOption"


def _judge(stack: Stack) -> Iterator[Finding]:
    for nat, sure, hosts in nats(stack, "gcp"):
        counts = both(sure, exiting(stack, nat, hosts))
        fix = "Set it to 'MANUAL_ONLY' and `natIps` to reserved addresses: partners have them on their allow-lists."
        for found in must(nat, _KEY, lambda option: option == "MANUAL_ONLY", fix):
            yield Finding(nat, found.text, both(counts, found.sure))
    for host in stack.scope("gcp").hosts:
        if kind(host.resource) in GCP_HOSTS:
            yield from unlisted(stack, host.resource, passing(host.resource, stack))


rule = Rule(
    name="gcp-compute-static-exit",
    description="Declared exits on Google Cloud have reserved addresses only.",
    practice="BP14",
    remediation="Set `natIpAllocateOption` of the RouterNat to 'MANUAL_ONLY' and `natIps` to reserved addresses; "
    "on a host, `natIp` of `accessConfigs` to one.",
    severity=Severity.HIGH,
    clouds=("gcp",),
    tags=("network", "exit"),
    whole=_judge,
    settings=EVERYWHERE,
)
