"""Google Cloud: Connector hosts are Shielded VMs.

Google turns vTPM and integrity monitoring on where nothing is set.
"""

from collections.abc import Iterator

from pulumi_policy import PolicyResource, Severity

from ..checks import GCP_HOSTS, must
from ..frame import Finding, Rule
from ..known import UNKNOWN, read
from ..stack import Stack

_CONFIG = "shieldedInstanceConfig"
_SWITCHES = {"enableSecureBoot": (True,), "enableVtpm": (True, None), "enableIntegrityMonitoring": (True, None)}


def _judge(host: PolicyResource, _stack: Stack) -> Iterator[Finding]:
    whole = read(host.props, _CONFIG) is UNKNOWN
    for key, good in _SWITCHES.items() if not whole else [("enableSecureBoot", (True,))]:
        path = f"{_CONFIG}.{key}"
        yield from must(host, path, lambda value, good=good: value in good, f"Set `{path}` to true.")


rule = Rule(
    name="gcp-compute-shielded-vm",
    description="Connector hosts on Compute Engine are Shielded VMs with all three switches on.",
    practice="gcp-shielded",
    remediation="Set `enableSecureBoot`, `enableVtpm` and `enableIntegrityMonitoring` of `shieldedInstanceConfig` to "
    "true.",
    severity=Severity.MEDIUM,
    clouds=("gcp",),
    tags=("host", "boot"),
    types=GCP_HOSTS,
    each=_judge,
)
