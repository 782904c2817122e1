"""The providers in this process, talking to the worker's sandbox."""

import itertools
from collections.abc import Iterator

import pytest
from sandbox.helpers import Sandbox
from sandbox.providers.engine import Engine
from sandbox.providers.place import REGION, Place

from gatepost_sandbox.environment import environment
from gatepost_sandbox.providers import aws as aws_provider
from gatepost_sandbox.providers import twingate as twingate_provider

NUMBERS = itertools.count(1)


@pytest.fixture
def in_sandbox(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment that ``gatepost sandbox run`` gives."""
    for name, value in environment(sandbox.home, sandbox.running, {"AWS_REGION": REGION}).items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def engines() -> Iterator[dict[str, Engine]]:
    """The engines of a module: a provider's first calls are slow, so its clients are kept."""
    with Engine(aws_provider.provider()) as aws, Engine(twingate_provider.provider()) as twingate:
        yield {"aws": aws, "twingate": twingate}


@pytest.fixture
def aws(in_sandbox: None, engines: dict[str, Engine]) -> Engine:
    """The AWS provider, connected."""
    if engines["aws"].servicer.api is None:
        engines["aws"].configure()
    return engines["aws"]


@pytest.fixture
def twingate(in_sandbox: None, engines: dict[str, Engine]) -> Engine:
    """The Twingate provider, connected."""
    if engines["twingate"].servicer.api is None:
        engines["twingate"].configure()
    return engines["twingate"]


@pytest.fixture
def place(sandbox: Sandbox) -> Place:
    """What resources stand on, made on demand."""
    return Place(sandbox, f"place-{next(NUMBERS)}")
