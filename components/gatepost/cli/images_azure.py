"""Container images: the Connector's on Docker Hub, or on a mirror of it, by the API that every registry has.

The API: https://distribution.github.io/distribution/spec/api/, and spec/auth/token/ for tokens.
Manifests are asked for by HEAD, which does not count as a pull: https://docs.docker.com/docker-hub/usage/pulls/
"""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from typing import Any

from ..sizes import AZURE_IMAGE, DOCKER_HUB
from .images_found import ImagesError, Verdict
from .images_pins import Pin

HUB = "https://registry-1.docker.io"
_PATH, _, _MOVING = AZURE_IMAGE.partition(":")
_HUBS = (None, "docker.io", DOCKER_HUB, "registry-1.docker.io", "registry.hub.docker.com")
_IMAGE = re.compile(
    r"(?P<name>(?:(?P<server>[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::[0-9]+)?)/)?(?P<path>[a-z0-9._/-]+))"
    r"(?::(?P<tag>[\w.-]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_KINDS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


def judged(pins: Iterable[Pin], mirror: str | None) -> list[Verdict]:
    """Each pin, judged. Raises ImagesError."""
    registry = Registry(mirror or HUB)
    return [_judged(registry, pin) for pin in pins]


def _judged(registry: "Registry", pin: Pin) -> Verdict:
    found = _IMAGE.fullmatch(pin.value or _PATH)
    if found is None or found["server"] not in _HUBS or found["path"] != _PATH:
        told = f"It is not {_PATH} of Docker Hub. Only that is looked up."
        return Verdict(pin=pin, newest=None, state="own", note=told)
    name, tag, digest = found["name"], found["tag"], found["digest"]
    exact = tag is not None and _VERSION.fullmatch(tag) is not None
    if digest is None and exact:
        version = registry.newest_version()
        state = "older" if _number(str(tag)) < _number(version) else "current"
        return Verdict(pin=pin, newest=f"{name}:{version}", state=state)
    version = registry.newest_version() if exact else None
    best = registry.digest(version or _MOVING)
    newest = f"{name}{f':{version}' if version else ''}@{best}"
    if digest is None:
        told = f"The tag {tag} moves: it is another image tomorrow." if tag else ""
        return Verdict(pin=pin, newest=newest, state="unpinned", note=told)
    if digest == best:
        return Verdict(pin=pin, newest=newest, state="current")
    return Verdict(pin=pin, newest=newest, state="older", note=f"{_PATH}:{version or _MOVING} is another image today.")


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


class Registry:
    """One registry, asked about the Connector's image; what it said is kept."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        self._token: str | None = None
        self._version: str | None = None
        self._digests: dict[str, str] = {}

    def newest_version(self) -> str:
        """The highest tag that is a whole version, such as 1.80.0."""
        if self._version is None:
            tags, page = [], f"/v2/{_PATH}/tags/list?n=1000"
            while page:
                answer, headers = self._ask("GET", page)
                tags += [tag for tag in answer.get("tags") or () if _VERSION.fullmatch(tag)]
                link = re.search(r'<([^>]+)>;\s*rel="?next', headers.get("Link") or "")
                page = link[1].removeprefix(self._address) if link else ""
            if not tags:
                raise ImagesError(f"The registry {self._address} has no version of {_PATH}.")
            self._version = max(tags, key=_number)
        return self._version

    def digest(self, tag: str) -> str:
        """The digest that a tag has now."""
        if tag not in self._digests:
            _, headers = self._ask("HEAD", f"/v2/{_PATH}/manifests/{tag}")
            found = str(headers.get("Docker-Content-Digest") or "")
            if not re.fullmatch(r"sha256:[0-9a-f]{64}", found):
                raise ImagesError(f"The registry {self._address} does not tell the digest of {_PATH}:{tag}.")
            self._digests[tag] = found
        return self._digests[tag]

    def _ask(self, method: str, page: str) -> tuple[Any, Any]:
        """Body and headers of an answer; signs in as the registry asks for. Raises ImagesError."""
        try:
            try:
                return self._send(method, page)
            except urllib.error.HTTPError as error:
                challenge = error.headers.get("WWW-Authenticate") or ""
                if error.code != 401 or self._token or not challenge.startswith("Bearer "):
                    raise
                error.close()
                self._token = _sign_in(challenge)
                return self._send(method, page)
        except urllib.error.HTTPError as error:
            with error:
                hint = {
                    401: "It lets nobody in without an account. Name another one by --mirror.",
                    404: f"It has no such image. Does it mirror {_PATH}?",
                    429: "Its limit of requests is reached. Try again in an hour.",
                }.get(error.code, "Try again later.")
                raise ImagesError(f"The registry {self._address} answers {error.code}. {hint}") from None
        except (OSError, ValueError, KeyError) as problem:
            reason = getattr(problem, "reason", problem)
            told = f"The registry {self._address} cannot be asked: {reason}. Check the network, or --mirror."
            raise ImagesError(told) from None

    def _send(self, method: str, page: str) -> tuple[Any, Any]:
        headers = {"Accept": ", ".join(_KINDS)} | ({"Authorization": f"Bearer {self._token}"} if self._token else {})
        request = urllib.request.Request(f"{self._address}{page}", headers=headers, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return (json.load(answer) if method == "GET" else None), answer.headers


def _sign_in(challenge: str) -> str:
    """A token for nobody in particular, from the server that a registry names."""
    asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    query = urllib.parse.urlencode({name: asked[name] for name in ("service", "scope") if name in asked})
    with urllib.request.urlopen(f"{asked['realm']}?{query}", timeout=30) as answer:  # noqa: S310
        found = json.load(answer)
    return str(found.get("token") or found["access_token"])
