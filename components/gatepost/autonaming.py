"""Refuses settings of Pulumi's autonaming that would make the engine delete a live Connector before it makes the next.

With mode ``verbatim`` or ``disabled``, or a pattern without a random part, the engine sets delete-before-replace on
every resource of that type: pulumi ``pkg/resource/autonaming/strategy.go``. Pure.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

REPLACED: Mapping[str, tuple[str, ...]] = {
    "twingate": (
        "twingate:index/twingateConnector:TwingateConnector",
        "twingate:index/twingateConnectorTokens:TwingateConnectorTokens",
    ),
    "aws": (
        "aws:ec2/eipAssociation:EipAssociation",
        "aws:ec2/instance:Instance",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:ssm/parameter:Parameter",
    ),
    "gcp": (
        "gcp:compute/instance:Instance",
        "gcp:secretmanager/secret:Secret",
        "gcp:secretmanager/secretIamMember:SecretIamMember",
        "gcp:secretmanager/secretVersion:SecretVersion",
    ),
    "azure-native": ("azure-native:containerinstance:ContainerGroup",),
}
"""Types that incarnations are made of, by provider."""
_CLOUDS = {"aws": "aws", "gcp": "gcp", "azure": "azure-native"}
_OF_CONNECTORS = re.compile(r"\A\$\{name\}-\$\{(hex|alphanum|string|num)\([0-9]+\)\}\Z")
"""The whole pattern, because gates know an older Connector of a slot by its name."""
_RANDOM = re.compile(r"\$\{(hex|alphanum|string|num)\([0-9]+\)\}|\$\{uuid\}")


def autonaming_problems(setting: str | None, clouds: Iterable[str] = tuple(_CLOUDS)) -> list[str]:
    """Sentences for the value of ``pulumi:autonaming`` as a program gets it (JSON text; None: not set).

    Only what is in force for the types of Twingate and of ``clouds`` counts.
    """
    try:
        value = json.loads(setting) if setting else {}
    except ValueError:
        return []  # the engine refuses it in its own words
    providers = ["twingate", *sorted(_CLOUDS[cloud] for cloud in set(clouds) & _CLOUDS.keys())]
    found = dict(place for name in providers for place in _in_force(value, name))
    return [
        f"pulumi:autonaming{where} is {found[where]}: the engine would then delete each Connector and its host before "
        "it makes the next. Use mode: default, or a pattern with a random part such as ${name}-${hex(7)}."
        for where in sorted(found, key=lambda where: (where.count("."), where))
    ]


def _in_force(value: Any, provider: str) -> Iterator[tuple[str, str]]:
    """Where a setting that holds for a provider makes names without a random part, and what is set there."""
    own = _member(_member(value, "providers"), provider)
    root = value if isinstance(value, Mapping) else {}
    where, given = (f".providers.{provider}", own) if {"mode", "pattern"} & own.keys() else ("", root)
    yield from _unfit(where, given, _OF_CONNECTORS if provider == "twingate" else _RANDOM)
    for token in REPLACED[provider]:
        resource = _member(_member(own, "resources"), token)
        pattern = _OF_CONNECTORS if token.endswith(":TwingateConnector") else _RANDOM
        yield from _unfit(f'.providers.{provider}.resources["{token}"]', resource, pattern)


def _member(value: Any, key: str) -> Mapping[str, Any]:
    """A map in a map; empty where it is none."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _unfit(where: str, value: Mapping[str, Any], wanted: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    mode, pattern = value.get("mode"), value.get("pattern")
    if mode in ("verbatim", "disabled"):
        yield f"{where}.mode", f"'{mode}'"
    if isinstance(pattern, str) and not wanted.search(pattern):
        yield f"{where}.pattern", repr(pattern)
