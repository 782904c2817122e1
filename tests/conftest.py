import asyncio
import logging
import os
import sys
from collections.abc import Callable, Iterator

import pulumi
import pytest
from pulumi.runtime.settings import ROOT
from recorder import Deployment, record

# Every program that an engine test runs imports whole SDKs of clouds: where their bytecode is not kept, compiling them
# takes longer than all the rest.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A program that fails leaves Outputs that nobody awaits; Pulumi's own program runner silences them in the same way.
logging.getLogger("asyncio").setLevel(logging.CRITICAL)


@pytest.fixture(autouse=True)
def _strict_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    """An Output in a string raises instead of leaving a warning text in it."""
    monkeypatch.setenv("PULUMI_ERROR_OUTPUT_STRING", "1")


@pytest.fixture
def event_loop_per_test() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop and a root stack of its own, so that work queued by one test never runs inside the next, nor below it."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    ROOT.set(None)
    yield loop
    loop.close()
    asyncio.set_event_loop(None)


@pytest.fixture
def deploy(event_loop_per_test: asyncio.AbstractEventLoop) -> Callable[..., Deployment]:
    """Run a program against the recorder: ``deploy(program, preview=True, answers={...})``."""
    return record


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the program warns of."""
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: said.append(text))
    return said
