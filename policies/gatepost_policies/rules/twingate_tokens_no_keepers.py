"""Twingate: nothing makes a pair anew under a live Connector, and nothing is deleted before its successor is there.

The vendor's provider generates a pair when it deletes one too, so `keepers` and delete-before-replace cut off a host
that still runs with the pair.
"""

from collections.abc import Iterator, Sized

from pulumi_policy import PolicyResource, Severity

from ..checks import label, must
from ..frame import Finding, Rule
from ..known import kind
from ..stack import Stack
from ..topology import CONNECTOR, TOKENS


def _judge(resource: PolicyResource, _stack: Stack) -> Iterator[Finding]:
    if kind(resource) == TOKENS:
        fix = "Remove it; to rotate, replace the Connector with its host."
        yield from must(
            resource, "keepers", lambda found: found is None or (isinstance(found, Sized) and not len(found)), fix
        )
    if resource.opts.delete_before_replace:
        text = f"{label(resource)} is deleted before it is replaced: its host is cut off until the new one is there."
        yield Finding(resource, f"{text} Remove the option `deleteBeforeReplace`.")


rule = Rule(
    name="twingate-tokens-no-keepers",
    description="Token pairs are replaced with their Connector only, the new one first.",
    practice="twingate-provider",
    remediation="Remove `keepers` and the option `deleteBeforeReplace` from TwingateConnectorTokens and "
    "TwingateConnector.",
    severity=Severity.HIGH,
    clouds=("twingate",),
    tags=("tokens", "rollout"),
    types=(TOKENS, CONNECTOR),
    each=_judge,
)
