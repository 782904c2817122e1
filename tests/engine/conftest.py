"""The real engine, gatepost's own stack program, and a sandbox that counts live Connectors after every write."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from real_stack import ROOT, Cloud, Stack


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A sandbox for all tests of a worker."""
    made = Cloud(tmp_path_factory.mktemp("sandbox") / "home")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def stack(cloud: Cloud, tmp_path: Path) -> Stack:
    """gatepost's stack program in a project folder of its own."""
    return Stack(cloud, tmp_path / "project", ROOT / "stacks")
