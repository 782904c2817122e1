"""What a request asks of a cloud, read off the request."""

import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_READ = re.compile(r"(Describe|Get|List)[A-Z].*|query|(GET|HEAD) .*")
_MUTATION = re.compile(r"\s*mutation\b[^{]*\{\s*(\w+)")
_PROVIDED = re.compile(r"/providers/([^/]+)/([^/]+)(?:/[^/]+/([^/]+))?", re.IGNORECASE)
_GROUP = re.compile(r"/subscriptions/[^/]+/resourcegroups(/[^/]+)?/?", re.IGNORECASE)
_SCOPE = re.compile(r"Credential=[^/]+/[^/]+/[^/]+/([^/]+)/aws4_request")


@dataclass(frozen=True)
class Call:
    """One call: ``RunInstances`` of ``ec2`` of ``aws``; ``connectorCreate`` or ``query`` of ``twingate``.

    ``service`` is empty where the request does not say. A call without a name of its own is named by method and path.
    """

    cloud: str
    service: str
    operation: str
    json: bool = False
    """Whether the request speaks AWS's JSON protocol."""
    get: bool = False
    """Whether it is a GET, which changes nothing on clouds that speak REST."""

    @property
    def writes(self) -> bool:
        """Whether it may change something."""
        return not (self.get or _READ.fullmatch(self.operation))


def read(cloud: str, environ: dict[str, Any]) -> Call | None:
    """The call in a request, or None for what is no call of a cloud. The body can be read again afterwards."""
    path = environ.get("PATH_INFO", "")
    if path.startswith(("/sandbox/", "/moto-api/")):
        return None
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    service = scope[1] if scope else ""
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return Call(cloud, service, target.rpartition(".")[2], json=True)
    method = environ["REQUEST_METHOD"]
    if cloud in _NAMES:
        return Call(cloud, "", _NAMES[cloud](method, path), get=method in ("GET", "HEAD"))
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    if path.startswith("/api/graphql"):
        found = _MUTATION.match(_query(body))
        return Call(cloud, service, found[1] if found else "query")
    found = re.search(rb"(?:^|&)Action=(\w+)", body)
    return Call(cloud, service, found[1].decode() if found else f"{method} {path}")


def _query(body: bytes) -> str:
    try:
        return str(json.loads(body)["query"])
    except (ValueError, KeyError, TypeError):
        return ""


def _google(method: str, path: str) -> str:
    """Google's own name of the method, such as ``compute.instances.insert``."""
    from gatepost_sandbox.gcp import discovery  # noqa: PLC0415 - reads large documents

    found = discovery.find(method, path)
    return found[0].id if found else f"{method} {path}"


def _azure(method: str, path: str) -> str:
    """The verb and the type of resource, such as ``PUT Microsoft.Network/natGateways``."""
    types = [part for found in _PROVIDED.findall(path)[-1:] for part in found if part]
    if not types and _GROUP.fullmatch(path):
        types = ["Microsoft.Resources", "resourceGroups"]
    return f"{method} {'/'.join(types)}" if types else f"{method} {path}"


_NAMES: Mapping[str, Callable[[str, str], str]] = {"azure": _azure, "gcp": _google}
"""How calls are named on clouds that speak REST."""
