"""Azure Resource Manager at the sandbox: subscription, default location, errors in the provider's words."""

import json
import os
from http.client import HTTPException
from itertools import count
from time import sleep
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

from ..kind import ApiError
from ..retries import base_seconds, told
from ..values import Props
from .patience import lost, wait, worth

ENDPOINT = "GATEPOST_SANDBOX_AZURE"
"""The variable that says where the sandbox's Azure is."""
_LOCAL = "http://127.0.0.1:"
_RESOURCES = "2024-03-01"


class Gone(ApiError):
    """The API says that the resource does not exist (any more)."""


class Azure:
    """The client that every Azure kind gets."""

    def __init__(self, endpoint: str, subscription: str, location: str | None) -> None:
        self._endpoint, self._subscription, self.location = endpoint, subscription, location
        self._opener, self._base = build_opener(ProxyHandler({})), base_seconds()
        self._locations: dict[str, str] = {}

    @classmethod
    def connect(cls, config: Props) -> "Azure":
        """A client from the provider's settings and the environment."""
        endpoint = os.environ.get(ENDPOINT, "")
        if not endpoint.startswith(_LOCAL):
            raise ApiError(
                f"{ENDPOINT} is {endpoint!r}, but this provider only talks to a sandbox on http://127.0.0.1. "
                "Run the command through `gatepost sandbox run --`."
            )
        subscription = config.get("subscriptionId") or os.environ.get("ARM_SUBSCRIPTION_ID") or ""
        location = config.get("location") or os.environ.get("ARM_LOCATION")
        return cls(endpoint.rstrip("/"), subscription, location)

    @property
    def subscription(self) -> str:
        """The subscription of all resources. Raises ApiError when nobody named one."""
        if not self._subscription:
            raise ApiError("The subscription is not known. Set azure-native:subscriptionId or ARM_SUBSCRIPTION_ID.")
        return self._subscription

    def group_location(self, group: str) -> str | None:
        """The location of a resource group; None when there is no such group."""
        if group not in self._locations:
            try:
                found = self.call("GET", f"/subscriptions/{self.subscription}/resourceGroups/{group}", _RESOURCES)
            except ApiError:
                return None
            self._locations[group] = found["location"]
        return self._locations[group]

    def get(self, rid: str, version: str) -> Props:
        """Read a resource. Raises Gone."""
        return self.call("GET", rid, version)

    def call(self, method: str, rid: str, version: str, body: Any = None) -> Props:
        """One API call; a refusal becomes an ApiError in the words of Azure.

        The operation that a write starts is not asked for: in the sandbox it is done before the answer comes.
        """
        url = f"{self._endpoint}{quote(rid, safe='/')}?api-version={version}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(url, data, {"Content-Type": "application/json"}, method=method)  # noqa: S310 - local
        for tries in count(1):
            try:
                with self._opener.open(request) as answer:
                    raw = answer.read()
                    return json.loads(raw) if raw else {}
            except HTTPError as refused:
                with refused:
                    code, said, after = refused.code, refused.read(), refused.headers.get("Retry-After")
                seconds = wait(tries, self._base, after) if worth(code, said) else None
                if seconds is None:
                    raise _refusal(code, said, tries) from None
            except (OSError, HTTPException) as problem:
                cause = getattr(problem, "reason", problem)
                seconds = wait(tries, self._base) if lost(cause) else None
                if seconds is None:
                    text = f"The sandbox's Azure does not answer at {self._endpoint}: {cause}.{told(tries)}"
                    raise ApiError(text) from None
            sleep(seconds)
        raise AssertionError("unreachable")  # pragma: no cover - count() never ends


def _refusal(status: int, body: bytes, tries: int) -> ApiError:
    """As the vendor's provider words it: provider/pkg/azure/azure.go."""
    try:
        error = json.loads(body)["error"]
        text = f'Status={status} Code="{error["code"]}" Message="{error["message"]}"'
    except (ValueError, KeyError, TypeError):
        text = f"Status={status}"
    text += f".{told(tries)}" if tries > 1 else ""
    return Gone(text) if status == 404 else ApiError(text)
