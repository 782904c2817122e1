"""Every method of the modelled APIs, from Google's discovery documents in google-api-python-client (Apache-2.0)."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import googleapiclient

APIS = ("compute", "dns", "iam", "secretmanager", "cloudresourcemanager")
"""Names of APIs, all of them version v1. Their paths do not clash, so one port serves them all."""
_DOCUMENTS = Path(googleapiclient.__path__[0]) / "discovery_cache" / "documents"


@dataclass(frozen=True)
class Method:
    """One method of an API."""

    id: str
    """Such as ``compute.networks.insert``."""
    api: str
    http_method: str
    pattern: re.Pattern[str]
    names: tuple[str, ...]
    """Parameters in the path, in its order."""
    query: frozenset[str]
    request: str | None
    """Schema of the body."""
    literal: int = field(compare=False)
    """Letters of the path that are no parameter."""


@cache
def schemas(api: str) -> dict[str, Any]:
    """The schemas of one API by name."""
    return _document(api)["schemas"]


def find(http_method: str, path: str) -> tuple[Method, dict[str, str]] | None:
    """The method that a request is for, with the values in its path; the most literal path goes first."""
    for method in _methods().get((http_method, path.count("/")), ()):
        matched = method.pattern.fullmatch(path)
        if matched:
            return method, dict(zip(method.names, matched.groups(), strict=True))
    return None


@cache
def _document(api: str) -> dict[str, Any]:
    return json.loads((_DOCUMENTS / f"{api}.v1.json").read_text())


@cache
def _methods() -> dict[tuple[str, int], list[Method]]:
    """All methods by HTTP method and number of slashes."""
    found: dict[tuple[str, int], list[Method]] = {}
    for api in APIS:
        document = _document(api)
        common = frozenset(document["parameters"])
        for raw in _walk(document["resources"]):
            path = f"/{document['servicePath']}{raw.get('flatPath', raw['path'])}"
            method = _method(api, raw, path, common)
            found.setdefault((method.http_method, path.count("/")), []).append(method)
    for group in found.values():
        group.sort(key=lambda method: -method.literal)
    return found


def _method(api: str, raw: dict[str, Any], path: str, common: frozenset[str]) -> Method:
    parts = re.split(r"(\{[^}]+\})", path)
    pattern = "".join("([^/:]+)" if part.startswith("{") else re.escape(part) for part in parts)
    return Method(
        id=raw["id"],
        api=api,
        http_method=raw["httpMethod"],
        pattern=re.compile(pattern),
        names=tuple(part[1:-1] for part in parts if part.startswith("{")),
        query=common | {k for k, p in raw.get("parameters", {}).items() if p["location"] == "query"},
        request=raw.get("request", {}).get("$ref"),
        literal=sum(len(part) for part in parts if not part.startswith("{")),
    )


def _walk(resources: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in resources.values():
        yield from resource.get("methods", {}).values()
        yield from _walk(resource.get("resources", {}))
