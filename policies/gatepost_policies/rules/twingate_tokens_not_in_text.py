"""Twingate: no token of a Connector stands in user data, metadata, plain environment, tags or outputs.

A direct dependency of such a property on the tokens is enough: it says that the text holds them. Secrets of the cloud's
store and secure environment values are the way.
"""

import re
from collections.abc import Iterator

from pulumi_policy import PolicyResource, Severity

from ..checks import label
from ..frame import Finding, Rule
from ..known import UNKNOWN, Answer, both, kind, read
from ..secrets_in_text import (
    STACK,
    TAGS,
    assigned,
    environment,
    outputs,
    plain_keys,
    plain_texts,
    readable_keys,
    unknown_texts,
)
from ..stack import Stack
from ..topology import CONTAINER_GROUP, TOKENS

_NAMES = ("TWINGATE_ACCESS_TOKEN", "TWINGATE_REFRESH_TOKEN")
_SET = assigned("|".join(_NAMES))
_JWT = re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}")
_FIX = "Put the pair into the cloud's secret store and let the host read it with its own identity."


def _judge(stack: Stack) -> Iterator[Finding]:
    for resource in stack.resources:
        if kind(resource) in (TOKENS, STACK):
            continue
        said: dict[str, Finding] = {}
        for key, how, sure in [*_by_reference(resource), *_by_text(resource), *_unknown(resource, stack)]:
            holds = "holds" if sure is True else "may hold"
            text = f"{label(resource)} {holds} a Connector's token in `{key}`{how}. {_FIX}"
            said.setdefault(key, Finding(resource, text, sure))
        yield from said.values()
    values = (read(r.props, key) for r in stack.of(TOKENS) for key in ("accessToken", "refreshToken"))
    tokens = {value for value in values if isinstance(value, str) and len(value) >= 8}
    for exporter, name, text in outputs(stack.of(STACK)):
        if any(token in text for token in tokens):
            told = f"The stack exports a Connector's token as `{name}`. Remove it: who reads it can pose as the host."
            yield Finding(exporter, told)


def _by_reference(resource: PolicyResource) -> Iterator[tuple[str, str, Answer]]:
    for key in [*readable_keys(resource), *plain_keys(resource)]:
        if any(kind(r) == TOKENS for r in resource.property_dependencies.get(key, ())):
            # A secure value depends on the tokens just so: what counts is how the containers are written.
            sure: Answer = True
            if kind(resource) == CONTAINER_GROUP and key not in TAGS:
                told = environment(resource)
                plain = any(
                    value is UNKNOWN and name not in _NAMES for path, name, value in told if path.startswith(key)
                )
                sure = UNKNOWN if plain or read(resource.props, key) is UNKNOWN else False
            if sure is not False:
                yield key, " (it depends on TwingateConnectorTokens)", sure


def _by_text(resource: PolicyResource) -> Iterator[tuple[str, str, Answer]]:
    for path, name, value in environment(resource):
        if name in _NAMES or (isinstance(value, str) and _JWT.search(value)):
            yield path, ", in plain text: use `secureValue`", True
    for key, text in plain_texts(resource):
        if _SET.search(text) or _JWT.search(text):
            yield key, "", True


def _unknown(resource: PolicyResource, stack: Stack) -> Iterator[tuple[str, str, Answer]]:
    """What is not known yet may hold a token: said of what is a Connector's, and of nothing else."""
    for key in unknown_texts(resource):
        yield key, "", both(stack.owns(resource), UNKNOWN)


rule = Rule(
    name="twingate-tokens-not-in-text",
    description="Tokens of Connectors are in no text that people can read.",
    practice="twingate-tokens",
    remediation="Write the pair to AWS SSM (SecureString), Google Secret Manager or `secureValue` of a container, and "
    "pass only the secret's name in user data.",
    severity=Severity.CRITICAL,
    clouds=("twingate",),
    tags=("tokens", "secrets"),
    whole=_judge,
)
