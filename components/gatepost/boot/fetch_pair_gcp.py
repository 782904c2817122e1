#!/usr/bin/python3
"""Write the configuration of this host's Connector: its settings, and its token pair from Google's Secret Manager.

Runs as root each time the Connector starts. It needs the standard library of Python 3.8 only: the access token comes
from the metadata server (https://cloud.google.com/compute/docs/access/authenticate-workloads), and Secret Manager is
asked by REST (https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access).
When the pair cannot be had and the file holds one from an earlier start, that one stays, so that a Connector starts
without the network too. No token and no credential is ever printed. Exit code 0 when the file is written (with a
warning when the pair in it is the earlier one), 1 with one sentence otherwise.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from collections.abc import Callable, Mapping

# A host gets one file: `one_file.py` puts what is taken here into it, and `main` then calls the `fetch` below.
from .fetch_pair import KEYS, Failed, NotYet, call, main, token_lines

METADATA = "http://169.254.169.254"
SECRETS = "https://secretmanager.googleapis.com"
ACCOUNT = "/computeMetadata/v1/instance/service-accounts/default/"
HINTS = {
    "HTTP 400": "Enable the newest version of the secret, or deploy again.",
    "HTTP 403": "Allow this account roles/secretmanager.secretAccessor on the secret, give the instance the scope "
    "cloud-platform, and enable the Secret Manager API in the project.",
    "HTTP 404": "Check the secret's name, then deploy again.",
    "HTTP 429": "Too many hosts ask at once: wait.",
}


def access_token(endpoint: str) -> tuple[str, str]:
    """The service account of this host and an access token of it, from the metadata server."""
    flavor = {"Metadata-Flavor": "Google"}
    try:
        account = call("GET", endpoint, ACCOUNT + "email", flavor).decode().strip()
        return account, str(json.loads(call("GET", endpoint, ACCOUNT + "token", flavor))["access_token"])
    except (NotYet, ValueError, KeyError, TypeError) as problem:
        reason = problem if isinstance(problem, NotYet) else "unreadable answer"
        raise NotYet(
            f"The metadata server at {endpoint} gives no access token ({reason}). "
            "Check that the instance has a service account."
        ) from None


def get_secret(endpoint: str, name: str, account: str, token: str) -> str:
    """The value of a version of a secret."""
    try:
        answer = json.loads(call("GET", endpoint, f"/v1/{name}:access", {"Authorization": f"Bearer {token}"}))
        return base64.b64decode(answer["payload"]["data"], validate=True).decode()
    except (NotYet, ValueError, KeyError, TypeError) as problem:
        reason = str(problem) if isinstance(problem, NotYet) else "unreadable answer"
        raise NotYet(
            f"Secret Manager at {endpoint} does not give {name} to {account} ({reason}). "
            + HINTS.get(reason, "Check DNS, the route and TCP 443 from this host.")
        ) from None


def parse_pair(name: str, value: str) -> str:
    """The two lines of configuration that a secret's value stands for."""
    try:
        pair = json.loads(value)
        return token_lines({variable: pair[key] for key, variable in KEYS.items()})
    except (ValueError, KeyError, TypeError):
        raise Failed(
            f'The secret {name} holds no token pair. It must be JSON with two texts, "access_token" and '
            '"refresh_token", without blanks or quotes. Deploy again so that it is written anew.'
        ) from None


def fetch(host: Mapping[str, str], longest: float, pause: Callable[[int], float]) -> str:
    """The two token lines, tried again until GATEPOST_DEADLINE seconds have passed, or `longest`."""
    if "GATEPOST_SECRET" not in host:
        raise Failed("/etc/gatepost/host.env has no line GATEPOST_SECRET=. Deploy again so that it is written anew.")
    name, secrets = host["GATEPOST_SECRET"], host.get("GATEPOST_SECRETS_ENDPOINT", SECRETS)
    metadata = host.get("GATEPOST_METADATA_ENDPOINT", METADATA)
    limit = min(float(host.get("GATEPOST_DEADLINE", longest)), longest)
    end = time.monotonic() + limit
    attempts = 0
    while True:
        try:
            return parse_pair(name, get_secret(secrets, name, *access_token(metadata)))
        except NotYet as problem:
            wait, attempts = pause(attempts), attempts + 1
            if time.monotonic() + wait > end:
                raise Failed(f"{problem} Gave up after {limit:g} seconds (attempts: {attempts}).") from None
            time.sleep(wait)


if __name__ == "__main__":
    sys.exit(main(os.environ))
