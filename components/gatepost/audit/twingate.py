"""What Twingate tells of its Connectors: state, addresses, version. One question per 50 of them, which only reads.

Source: https://www.twingate.com/docs/api-overview (60 reads a minute, the key in X-API-KEY).
"""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

ALIVE = "ALIVE"
PAGE = 50
"""Connectors a page. With its Remote Network each counts little against the API's limit of complexity."""
_TRIES = 4
_LONGEST_WAIT = 60.0
"""Seconds. The API counts by the minute."""
_QUERY = """query Connectors($after: String, $first: Int) {
  connectors(after: $after, first: $first) {
    edges { node {
      id name state hostname publicIP privateIPs version lastHeartbeatAt
      remoteNetwork { id name location networkType }
    } }
    pageInfo { endCursor hasNextPage }
  }
}"""


_NETWORKS = """query Networks($after: String, $first: Int) {
  remoteNetworks(after: $after, first: $first) {
    edges { node { id name networkType } }
    pageInfo { endCursor hasNextPage }
  }
}"""


class TwingateError(Exception):
    """Twingate could not be asked. Its text is a sentence without any secret."""


@dataclass(frozen=True, kw_only=True)
class Connector:
    """One Connector, as Twingate knows it."""

    id: str
    name: str
    state: str
    hostname: str
    public_ip: str
    private_ips: tuple[str, ...]
    version: str
    network: str
    network_id: str
    location: str
    """AWS, AZURE, GOOGLE_CLOUD, ON_PREMISE or OTHER: what somebody chose for the Remote Network."""
    network_type: str

    @property
    def alive(self) -> bool:
        """Whether it serves."""
        return self.state == ALIVE


@dataclass(frozen=True, kw_only=True)
class Network:
    """One Remote Network, as Twingate knows it."""

    id: str
    name: str
    type: str
    """REGULAR or EXIT."""


_T = TypeVar("_T")


def connectors(endpoint: str, token: str) -> list[Connector]:
    """Return every Connector of the account. Raises TwingateError."""
    return list(_all(endpoint, token, _QUERY, "connectors", _connector))


def networks(endpoint: str, token: str) -> list[Network]:
    """Return every Remote Network of the account, also those without a Connector. Raises TwingateError."""
    return list(_all(endpoint, token, _NETWORKS, "remoteNetworks", _network))


def _all(endpoint: str, token: str, query: str, field: str, made: Callable[[Any], _T]) -> Iterator[_T]:
    after: str | None = None
    while True:
        data = _post(f"{endpoint}/api/graphql/", token, {"query": query, "variables": {"after": after, "first": PAGE}})
        try:
            page = data[field]
            yield from (made(edge["node"]) for edge in page["edges"])
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]
        except (KeyError, TypeError):
            raise TwingateError("Twingate's answer has not the form of its API. Try again later.") from None


def _connector(node: Any) -> Connector:
    network = node["remoteNetwork"]
    return Connector(
        id=node["id"],
        name=node["name"],
        state=node["state"],
        hostname=node["hostname"] or "",
        public_ip=node["publicIP"] or "",
        private_ips=tuple(node["privateIPs"] or ()),
        version=node["version"] or "",
        network=network["name"],
        network_id=network["id"],
        location=network["location"],
        network_type=network["networkType"],
    )


def _network(node: Any) -> Network:
    return Network(id=node["id"], name=node["name"], type=node["networkType"])


def _post(address: str, token: str, body: Any) -> Any:
    if not re.fullmatch("[!-~]+", token):  # http.client would show it in its message
        raise TwingateError("The API token holds a blank, a line break or a letter that no token has. Copy it again.")
    headers = {"Content-Type": "application/json", "X-API-KEY": token}
    request = urllib.request.Request(address, json.dumps(body).encode(), headers)  # noqa: S310 - https, or the sandbox
    for attempt in range(1, _TRIES + 1):
        try:
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
                return _data(json.load(response))
        except urllib.error.HTTPError as error:
            with error:
                wait = _wait(error, attempt)
            if error.code in (401, 403):
                told = f"Twingate refuses the API token ({error.code}). Use one of this tenant that may read."
                raise TwingateError(told) from None
            if attempt == _TRIES or (error.code != 429 and error.code < 500):
                told = f"Twingate answered with status {error.code} after {attempt} attempts. Try again later."
                raise TwingateError(told) from None
            time.sleep(wait)
        except (OSError, ValueError) as problem:
            reason = getattr(problem, "reason", problem)
            told = f"Twingate at {address.partition('/api/')[0]} cannot be asked: {reason}. Check the network's name."
            raise TwingateError(told) from None
    raise AssertionError  # the last attempt returns or raises


def _wait(error: urllib.error.HTTPError, attempt: int) -> float:
    """Seconds until the next attempt: what Twingate says, else 1, 2, 4."""
    said = error.headers.get("Retry-After", "")
    try:
        return min(float(said), _LONGEST_WAIT)
    except ValueError:
        return float(2 ** (attempt - 1))


def _data(answer: Any) -> Any:
    if not isinstance(answer, dict) or answer.get("errors") or not isinstance(answer.get("data"), dict):
        told = [str(e.get("message")) for e in (answer.get("errors") or ()) if isinstance(e, dict)]
        raise TwingateError(f"Twingate refuses the question: {'; '.join(told) or 'its answer is not of its API'}.")
    return answer["data"]
