"""Google's REST APIs at the sandbox: one place for project, region and zone, default labels, errors and imports."""

import json
import os
import threading
from collections import defaultdict
from collections.abc import Mapping
from http.client import HTTPException
from itertools import count
from time import sleep
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

from ..kind import ApiError
from ..retries import base_seconds, told
from ..values import Props
from .patience import BUG, CODES, waits, worth

ENDPOINT = "GATEPOST_SANDBOX_GCP"
"""The variable that says where the sandbox's Google Cloud is."""
_LOCAL = "http://127.0.0.1:"
COMPUTE = "compute/v1/"
DNS = "dns/v1/"
V1 = "v1/"
TIMEOUT = 120.0
"""Seconds for one attempt: ``request_timeout`` of the provider, in its reference."""
# In the order in which pulumi-gcp looks: provider/resources.go, Config.
_VARIABLES = {
    "project": ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"),
    "region": ("GOOGLE_REGION", "GCLOUD_REGION", "CLOUDSDK_COMPUTE_REGION"),
    "zone": ("GOOGLE_ZONE", "GCLOUD_ZONE", "CLOUDSDK_COMPUTE_ZONE"),
}
ATTRIBUTION = {"goog-pulumi-provisioned": "true"}
"""The label that pulumi-gcp puts on everything unless ``addPulumiAttributionLabel`` is false (since its version 8)."""


class Gone(ApiError):
    """The API says that the resource does not exist (any more)."""


class Conflict(ApiError):
    """Somebody else changed it meanwhile."""


class Gcp:
    """The client that every Google kind gets."""

    def __init__(self, endpoint: str, places: Mapping[str, str], labels: Mapping[str, str]) -> None:
        self.places, self.default_labels = dict(places), dict(labels)
        self._endpoint, self._base = endpoint, base_seconds()
        self._opener = build_opener(ProxyHandler({}))
        self.locks: dict[str, threading.Lock] = defaultdict(threading.Lock)
        """By the name of what is changed by reading, changing and writing it as a whole."""

    @classmethod
    def connect(cls, config: Props) -> "Gcp":
        """A client from the provider's settings and the environment."""
        endpoint = os.environ.get(ENDPOINT, "")
        if not endpoint.startswith(_LOCAL):
            raise ApiError(
                f"{ENDPOINT} is {endpoint!r}, but this provider only talks to a sandbox on http://127.0.0.1. "
                "Run the command through `gatepost sandbox run --`."
            )
        found = {k: config.get(k) or _first(names) for k, names in _VARIABLES.items()}
        labels = _parsed(config.get("defaultLabels")) or {}
        attribution = {} if _parsed(config.get("addPulumiAttributionLabel")) is False else ATTRIBUTION
        return cls(endpoint.rstrip("/"), {k: v for k, v in found.items() if v}, {**attribution, **labels})

    def place(self, name: str, given: Any = None) -> str:
        """A project, region or zone: the resource's own, given by name or link, else the provider's."""
        value = str(given).rpartition("/")[2] if given else self.places.get(name)
        if not value:
            variable = _VARIABLES[name][0]
            raise ApiError(f"The {name} is not known. Give the resource one, or set gcp:{name} or {variable}.")
        return value

    def region(self, given: Any = None) -> str:
        """A region; the provider's zone tells one too."""
        zone = self.places.get("zone")
        return self.place("region", given or self.places.get("region") or (zone.rpartition("-")[0] if zone else None))

    def all_labels(self, labels: Mapping[str, str] | None) -> dict[str, str]:
        """A resource's labels on top of the provider's."""
        return {**self.default_labels, **(labels or {})}

    def get(self, path: str, **query: str) -> Props:
        """Read."""
        return self.call("GET", path, None, **query)

    def call(self, http_method: str, path: str, body: Props | None = None, **query: str) -> Props:
        """One API call; a refusal becomes an ApiError in the words of the API."""
        url = f"{self._endpoint}/{quote(path, safe='/:@')}{f'?{urlencode(query)}' if query else ''}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(url, data, {"Content-Type": "application/json"}, method=http_method)  # noqa: S310 - local
        left = waits(self._base)
        for tries in count(1):
            try:
                with self._opener.open(request, timeout=TIMEOUT) as answer:
                    return json.load(answer)
            except HTTPError as refused:
                with refused:
                    code, said = refused.code, refused.read()
                wait = next(left, None) if code in CODES and BUG not in said else None
                if wait is None:
                    raise _refusal(http_method, path, code, said, tries) from None
            except (OSError, HTTPException) as problem:
                cause = getattr(problem, "reason", problem)
                wait = next(left, None) if worth(cause) else None
                if wait is None:
                    text = f"The sandbox's Google Cloud does not answer at {self._endpoint}: {cause}.{told(tries)}"
                    raise ApiError(text) from None
            sleep(wait)
        raise AssertionError("unreachable")  # pragma: no cover - count() never ends


def _refusal(http_method: str, path: str, code: int, body: bytes, tries: int) -> ApiError:
    try:
        error = json.loads(body)["error"]
        reason = next((e["reason"] for e in error.get("errors", ())), error["status"])
        text = f"googleapi: Error {code}: {error['message']}, {reason}"
    except (ValueError, KeyError, TypeError):
        error, text = {}, f"{http_method} {path}: HTTP {code}"
    text += f".{told(tries)}" if tries > 1 else ""
    if code == 404:
        return Gone(text)
    return Conflict(text) if error.get("status") == "ABORTED" else ApiError(text)


def _first(names: tuple[str, ...]) -> str | None:
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


def _parsed(setting: Any) -> Any:
    """Provider settings that are no texts arrive as JSON text."""
    return json.loads(setting) if isinstance(setting, str) else setting
