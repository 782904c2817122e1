"""Twingate: no API token stands in user data, metadata, plain environment or tags.

An API token may change the whole Twingate account; a Connector needs none.
"""

from collections.abc import Iterator

from pulumi_policy import Severity

from ..checks import label
from ..frame import Finding, Rule
from ..known import UNKNOWN, both
from ..secrets_in_text import assigned, environment, plain_texts, unknown_texts
from ..stack import Stack

_NAMES = ("TWINGATE_API_TOKEN", "TWINGATE_API_KEY")
_SET = assigned("|".join(_NAMES))
_FIX = "Remove it: a Connector needs no API token, and whoever reads one may change the whole account."


def _judge(stack: Stack) -> Iterator[Finding]:
    for resource in stack.resources:
        keys = [key for key, text in plain_texts(resource) if _SET.search(text)]
        keys += [path for path, name, _ in environment(resource) if name in _NAMES]
        for key in dict.fromkeys(keys):
            yield Finding(resource, f"{label(resource)} holds a Twingate API token in `{key}`. {_FIX}")
        for key in unknown_texts(resource):
            text = f"{label(resource)} may hold a Twingate API token in `{key}`. {_FIX}"
            yield Finding(resource, text, both(stack.owns(resource), UNKNOWN))


rule = Rule(
    name="twingate-api-token-not-in-text",
    description="Twingate API tokens are in no text that people can read.",
    practice="twingate-api",
    remediation="Remove TWINGATE_API_TOKEN from user data, environment and tags; give it to the provider as a secret.",
    severity=Severity.CRITICAL,
    clouds=("twingate",),
    tags=("secrets",),
    whole=_judge,
)
