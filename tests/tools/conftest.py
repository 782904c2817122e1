"""What the tests of the tools share: programs that stand in for real ones, and proof that a process is gone."""

import os
import select
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tools"))

from tools.checkout import Checkout  # noqa: E402 - it imports the tools

Program = Callable[[Path, str], Path]


@pytest.fixture
def program() -> Program:
    """Writes an executable shell program and returns its path."""

    def write(path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    return write


@pytest.fixture
def checkout(tmp_path: Path, program: Program) -> Checkout:
    """A copy of the tools, and stand-ins for all that they call."""
    return Checkout(tmp_path, program)


class Life:
    """A named pipe that processes keep open while they live: its end is the proof that all of them are gone."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    def said(self, seconds: float = 30) -> str:
        """The next words of a process; empty when the last process that held the pipe is gone."""
        assert select.select([self._reader], [], [], seconds)[0], f"nobody said anything on {self.path.name}"
        return os.read(self._reader, 4096).decode()

    def close(self) -> None:
        os.close(self._reader)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    made = Life(tmp_path / "life")
    yield made
    made.close()
