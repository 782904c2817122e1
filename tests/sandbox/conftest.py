"""One sandbox for all tests of a worker, and a Connector's surroundings built by boto3 on demand."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox.helpers import Sandbox
from sandbox.lab import Lab

NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    made = Sandbox(tmp_path_factory.mktemp("sandbox") / "home")
    assert made.cli("start").returncode == 0
    yield made
    assert made.cli("stop").returncode == 0


@pytest.fixture
def other_sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A home where nothing runs yet; whatever a test starts there is stopped."""
    made = Sandbox(tmp_path / "other")
    yield made
    made.cli("stop")


@pytest.fixture
def held(sandbox: Sandbox) -> Iterator[Sandbox]:
    """The sandbox with its clock held; faults and settings are taken back afterwards, and the clock runs again."""
    assert sandbox.page("POST", "clock", {"hold": True}).body["held"] is True
    before = sandbox.page("GET", "settings").body
    yield sandbox
    for row in sandbox.page("GET", "hosts").body["hosts"]:
        del row["at_seconds"]
        assert sandbox.page("POST", "hosts", {**row, "fault": None}).status == 200
    assert sandbox.page("DELETE", "faults").body == {"faults": []}
    assert sandbox.page("POST", "settings", before).body == before
    assert sandbox.page("POST", "clock", {"hold": False}).body["held"] is False


@pytest.fixture
def lab(sandbox: Sandbox) -> Lab:
    """A Connector that is alive behind a NAT gateway, with everything it needs."""
    made = Lab(sandbox, f"lab-{next(NUMBERS)}")
    made.build()
    return made
