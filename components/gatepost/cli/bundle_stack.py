"""What the commands for hosts outside the clouds read of a stack, through the Pulumi CLI."""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SITE = "gatepost:onprem:ConnectorSite$"
TOKENS = "twingate:index/twingateConnectorTokens:TwingateConnectorTokens"
_KEYS = {"access_token": "accessToken", "refresh_token": "refreshToken"}
_TOKEN = r"[A-Za-z0-9._~+/=-]+"
"""Characters of a token; the install scripts refuse others."""


class StackError(Exception):
    """A sentence for the person; no token is in it."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The pair of one Connector, never shown by accident."""

    connector_id: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)

    def text(self) -> str:
        """As the install scripts read it."""
        return (
            f"GATEPOST_CONNECTOR_ID={self.connector_id}\n"
            f"TWINGATE_ACCESS_TOKEN={self.access_token}\n"
            f"TWINGATE_REFRESH_TOKEN={self.refresh_token}\n"
        )


def pulumi_json(words: list[str], stack: str | None, cwd: Path) -> Any:
    """What a command of Pulumi prints. Raises StackError with Pulumi's own words when it fails."""
    command = ["pulumi", *words, "--non-interactive", *(["--stack", stack] if stack else []), "--cwd", str(cwd)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise StackError("There is no pulumi on the PATH. Install it: https://www.pulumi.com/docs/install/") from None
    if done.returncode:
        told = " ".join(done.stderr.split()) or f"exit status {done.returncode}"
        raise StackError(f"Pulumi cannot read the stack: {told}")
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise StackError(f"`pulumi {' '.join(words)}` printed no JSON. Is this pulumi version 3?") from None


def find_pair(deployment: Any, name: str) -> Pair:
    """The pair of a bundle or Connector in an exported state. Raises StackError when there is none, or several."""
    known = dict[str, Mapping[str, Any]]()
    for resource in deployment.get("deployment", {}).get("resources", []):
        urn = str(resource.get("urn"))
        kind, _, logical = urn.rpartition("::")
        if resource.get("type") == TOKENS and SITE in kind and not resource.get("delete"):
            known[urn] = {**resource, "name": logical.removesuffix("-tokens")}
    fitting = [one for one in known.values() if name in (one["name"], _id(one))]
    if not fitting:
        names = ", ".join(sorted(one["name"] for one in known.values())) or "none"
        raise StackError(
            f"The stack has no pair of {name!r}. Known outside the clouds: {names}. A new one is there after pulumi up."
        )
    if len(fitting) > 1:
        ids = ", ".join(sorted(map(_id, fitting)))
        raise StackError(f"There are {len(fitting)} Connectors named {name!r}. Name one by its id: {ids}.")
    (one,) = fitting
    tokens = {key: _plain(one.get("outputs", {}).get(there)) for key, there in _KEYS.items()}
    bad = [key for key, value in tokens.items() if not re.fullmatch(_TOKEN, value)]
    if bad:
        raise StackError(f"The state has no usable {' and '.join(bad)} of {name}. Run pulumi up, then this again.")
    return Pair(connector_id=_id(one), **tokens)


def _id(resource: Mapping[str, Any]) -> str:
    return str(resource.get("inputs", {}).get("connectorId"))


def _plain(value: Any) -> str:
    """A value of an exported state; a secret stands there as JSON in a map."""
    if isinstance(value, Mapping) and isinstance(value.get("plaintext"), str):
        value = json.loads(value["plaintext"])
    return value if isinstance(value, str) else ""
