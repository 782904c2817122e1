"""GraphQL against the sandbox's Twingate account."""

import http.client
import json
import os
import urllib.error
import urllib.request
from itertools import count
from time import sleep
from typing import Any, NamedTuple

from ..kind import ApiError
from ..retries import attempts, base_seconds, told
from ..values import Props

RETRIES = 10
"""Attempts after the first: twingate/internal/provider/provider.go of Twingate/terraform-provider-twingate."""
TIMEOUT = 35.0
"""Seconds for one attempt, from the same file."""
LONGEST = 30.0
"""The longest wait, times the base: ``defaultRetryWaitMax`` in client.go of hashicorp/go-retryablehttp."""
_WORTH = {429, *range(500, 600)} - {501}
_TELLS_WHEN = (429, 503)


class Reply(NamedTuple):
    """Status, body (None unless it is JSON of a success), and seconds of ``Retry-After``."""

    status: int
    body: Any = None
    wait: float | None = None
    tries: int = 1


class Client:
    """GraphQL against the sandbox's Twingate account, as patient as the vendor's provider.

    It tries again after 429, 5xx and lost connections (go-retryablehttp with its default policy and backoff:
    twingate/internal/client/client.go), writes too: a write whose answer was lost is then made twice.
    """

    def __init__(self, endpoint: str, token: str, retries: int, timeout: float) -> None:
        self.endpoint, self.token, self.retries, self.timeout = endpoint, token, retries, timeout
        self._base = base_seconds()

    def post(self, path: str, body: Props, headers: dict[str, str]) -> Reply:
        """One request, tried until an attempt is worth no other one. Raises ApiError when none was answered."""
        for tries in count(1):
            try:
                reply = self._send(path, body, headers)
            except (OSError, http.client.HTTPException) as problem:
                cause = getattr(problem, "reason", problem)
                gone = isinstance(cause, ConnectionRefusedError)  # on this machine: no sandbox runs
                if gone or tries > self.retries:
                    reason = getattr(cause, "strerror", None) or cause
                    text = f"Twingate's API could not be reached: {reason}.{told(tries)} Does the sandbox run?"
                    raise ApiError(text) from None
                reply = Reply(0)
            if reply.status and (reply.status not in _WORTH or tries > self.retries):
                return reply._replace(tries=tries)
            sleep(self._base * min(LONGEST, 2 ** (tries - 1)) if reply.wait is None else reply.wait)
        raise AssertionError("unreachable")  # pragma: no cover - count() never ends

    def _send(self, path: str, body: Props, headers: dict[str, str]) -> Reply:
        request = urllib.request.Request(  # noqa: S310  # always the sandbox's http address
            self.endpoint + path, json.dumps(body).encode(), {"Content-Type": "application/json", **headers}
        )
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:  # noqa: S310
                return Reply(answer.status, json.load(answer))
        except urllib.error.HTTPError as refused:
            with refused:
                said = refused.headers.get("Retry-After", "") if refused.code in _TELLS_WHEN else ""
                return Reply(refused.code, wait=float(said) if said.isdecimal() else None)

    def query(self, text: str, **variables: Any) -> Any:
        """The data of a GraphQL request; errors become an ApiError."""
        reply = self.post("/api/graphql/", {"query": text, "variables": variables}, {"X-API-KEY": self.token})
        if reply.status == 401:
            raise ApiError("Twingate refused the API token (401): check twingate:apiToken or TWINGATE_API_TOKEN.")
        if reply.body is None:
            reason = http.client.responses.get(reply.status, "")
            raise ApiError(f"Twingate's API answered {reply.status} {reason}.{told(reply.tries)}")
        if reply.body.get("errors"):
            raise ApiError("; ".join(e["message"] for e in reply.body["errors"]))
        return reply.body["data"]

    def mutate(self, text: str, **variables: Any) -> Props:
        """The payload of a mutation that says ok."""
        (payload,) = self.query(text, **variables).values()
        if not payload["ok"]:
            raise ApiError(payload["error"])
        return payload

    def valid(self, access: str, refresh: str) -> bool:
        """Whether a pair is the current one of its Connector.

        No, too, when that cannot be asked: the vendor's provider takes any failure for an answer
        (twingate/internal/provider/resource/connector-tokens.go).
        """
        headers = {"Authorization": f"Bearer {access}"}
        try:
            return self.post("/api/v4/connector/validate_tokens", {"refresh_token": refresh}, headers).status == 200
        except ApiError:
            return False


def connect(config: Props) -> Client:
    """A client from the provider's settings and the environment."""
    endpoint = os.environ.get("GATEPOST_SANDBOX_TWINGATE", "")
    if not endpoint.startswith("http://127.0.0.1:"):
        raise ApiError("This provider only talks to a sandbox. Run the command through `gatepost sandbox run --`.")
    network = config.get("network") or os.environ.get("TWINGATE_NETWORK")
    token = config.get("apiToken") or os.environ.get("TWINGATE_API_TOKEN")
    missing = [name for name, value in (("network", network), ("apiToken", token)) if not value]
    if missing:
        settings = " and ".join(f"twingate:{name}" for name in missing)
        raise ApiError(f"The Twingate provider needs {' and '.join(missing)}: set {settings}.")
    retries = config.get("httpMaxRetry")
    most = attempts("TWINGATE_HTTP_MAX_RETRY", RETRIES) if retries is None else int(retries)
    return Client(endpoint, str(token), most, float(config.get("httpTimeout") or TIMEOUT))
