"""Google Cloud: no SSH key opens a Connector host, neither one of the project nor one of its own."""

from collections.abc import Iterator

from pulumi_policy import PolicyResource, Severity

from ..checks import GCP_HOSTS, label, must
from ..frame import Finding, Rule
from ..known import UNKNOWN, read
from ..stack import Stack

_BLOCK = "metadata.block-project-ssh-keys"


def _judge(host: PolicyResource, _stack: Stack) -> Iterator[Finding]:
    on = ("true", "1", "y", "yes")
    yield from must(
        host,
        _BLOCK,
        lambda value: str(value).casefold() in on,
        f"Set `{_BLOCK}` to 'TRUE': every key of the project opens the host.",
    )
    for key in ("ssh-keys", "sshKeys"):
        found = read(host.props, "metadata", key)
        if found and read(host.props, "metadata") is not UNKNOWN:
            text = f"{label(host)} has SSH keys in `metadata.{key}`. Remove them: nothing comes in."
            yield Finding(host, text, UNKNOWN if found is UNKNOWN else True)


rule = Rule(
    name="gcp-compute-no-project-keys",
    description="No SSH key opens a Connector host on Compute Engine.",
    practice="gcp-ssh",
    remediation="Set `metadata.block-project-ssh-keys` to 'TRUE' and remove `ssh-keys` from `metadata`.",
    severity=Severity.MEDIUM,
    clouds=("gcp",),
    tags=("host", "access"),
    types=GCP_HOSTS,
    each=_judge,
)
