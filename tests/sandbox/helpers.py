"""A sandbox as a test sees it: its commands, its APIs, its status."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from gatepost_sandbox.home import Home, Running

GATEPOST = (sys.executable, "-c", "from gatepost.cli.main import run; run()")


@dataclass(frozen=True)
class Reply:
    """An HTTP reply with a JSON body."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict, compare=False)


def post(address: str, body: Any, **headers: str) -> Reply:
    """Send JSON and read JSON, whatever the status."""
    return send("POST", address, body, **headers)


def send(method: str, address: str, body: Any = None, **headers: str) -> Reply:
    """A request, with or without JSON, and the JSON of its reply or None, whatever the status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 - always the sandbox
        address, data, {"Content-Type": "application/json", **named}, method=method
    )
    try:
        with urllib.request.urlopen(request) as response:  # noqa: S310
            text = response.read()
            return Reply(response.status, json.loads(text) if text else None, dict(response.headers))
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.code, json.load(error), dict(error.headers))


def _client(endpoint: str, service: str, region: str, **config: Any) -> Any:
    return boto3.client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        config=Config(**config),
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    )


_kept = cache(_client)  # boto3 reads the model of a service anew for each client


class Sandbox:
    """A home and the commands on it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.home = Home(path)

    @property
    def running(self) -> Running:
        """What the sandbox says of itself; it must run."""
        running = self.home.running()
        assert running is not None, "the sandbox does not run"
        return running

    def cli(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """``gatepost sandbox ARGUMENTS`` on this home, as a process of its own."""
        return gatepost("sandbox", *arguments, **{"GATEPOST_SANDBOX_HOME": str(self.path), **variables})

    def page(self, method: str, page: str, body: Any = None) -> Reply:
        """One of the sandbox's own pages: ``page("POST", "clock", {"hold": True})``."""
        return send(method, f"{self.running.twingate}/sandbox/{page}", body)

    def client(self, service: str, region: str = "eu-central-1", **config: Any) -> Any:
        """A boto3 client of this sandbox; ``config`` as for botocore's Config. One without it is made once."""
        return (
            _client(self.running.aws, service, region, **config) if config else _kept(self.running.aws, service, region)
        )

    def graphql(self, query: str, **variables: Any) -> Any:
        """The data of a GraphQL request that must succeed."""
        reply = post(
            f"{self.running.twingate}/api/graphql/",
            {"query": query, "variables": variables},
            X_API_KEY=self.running.api_token,
        )
        assert (reply.status, reply.body.get("errors")) == (200, None)
        return reply.body["data"]

    def status(self) -> Any:
        """The machine-readable status."""
        with urllib.request.urlopen(f"{self.running.twingate}/sandbox/status") as response:  # noqa: S310
            return json.load(response)


def gatepost(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command ``gatepost``; ``variables`` are added to the environment."""
    return subprocess.run(
        [*GATEPOST, *arguments], env={**os.environ, **variables}, text=True, capture_output=True, check=False
    )
