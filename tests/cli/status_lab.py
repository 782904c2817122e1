"""A Remote Network in the sandbox, and a command that asks about it."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from sandbox.helpers import Sandbox
from sandbox.lab import Lab
from typer.testing import CliRunner

from gatepost.cli.main import build
from gatepost_sandbox.environment import environment

NUMBERS = itertools.count(1)
DEAD = "DEAD_HEARTBEAT_TOO_OLD"
ONE = "1 of its Connectors is alive, and it needs at least 2."


@pytest.fixture
def lab(sandbox: Sandbox) -> Iterator[Lab]:
    """A Remote Network with one Connector alive, alone in its sandbox."""
    made = Lab(sandbox, f"lab-{next(NUMBERS)}")
    made.build()
    yield made
    made.ec2.terminate_instances(InstanceIds=[made.host])
    for kind, one in (("connector", made.connector_id), ("remoteNetwork", made.network_id)):
        sandbox.graphql(f"mutation($id: ID!) {{ {kind}Delete(id: $id) {{ ok }} }}", id=one)


@pytest.fixture
def inside(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(sandbox.home, sandbox.running).items():
        monkeypatch.setenv(name, value)


def status(*arguments: str, width: int = 80) -> Any:
    return CliRunner().invoke(build(), ["status", *arguments], env={"COLUMNS": str(width)})
