"""An Azure for each test: the quotas of a subscription are small."""

import itertools
from collections.abc import Iterator

import pytest
from sandbox.azure.cloud import SUBSCRIPTION, Cloud, Limit, Place
from sandbox.azure.lab import Lab
from sandbox.providers.engine import Engine

from gatepost_sandbox.providers.azure_native import provider
from gatepost_sandbox.refusals import quotas

NUMBERS = itertools.count(1)


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud() as made:
        yield made


@pytest.fixture
def name() -> str:
    """Begins the names of a test's resources."""
    return f"t{next(NUMBERS)}"


@pytest.fixture
def place(cloud: Cloud, name: str) -> Place:
    """A resource group."""
    return Place(cloud, name)


@pytest.fixture
def lab(place: Place) -> Lab:
    """A Connector's surroundings on Azure, without the container group."""
    return Lab(place)


@pytest.fixture
def limit() -> Iterator[Limit]:
    """Sets a quota for one test."""
    before = quotas.values()
    yield quotas.set
    for name, value in before.items():
        quotas.set(name, value)


@pytest.fixture
def in_cloud(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment that leads the provider to this process."""
    monkeypatch.setenv("GATEPOST_SANDBOX_AZURE", cloud.url)
    monkeypatch.setenv("ARM_SUBSCRIPTION_ID", SUBSCRIPTION)


@pytest.fixture
def azure(in_cloud: None) -> Iterator[Engine]:
    """The provider, connected."""
    with Engine(provider()) as engine:
        engine.configure()
        yield engine
