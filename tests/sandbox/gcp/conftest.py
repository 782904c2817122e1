"""One Google Cloud for all tests of a worker; names that no other test uses."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from sandbox.gcp.cloud import PROJECT, REGION, ZONE, Cloud
from sandbox.gcp.lab import Lab
from sandbox.gcp.place import Place
from sandbox.providers.engine import Engine

from gatepost_sandbox import calls
from gatepost_sandbox.faults import Fault, Faults
from gatepost_sandbox.gcp import Api
from gatepost_sandbox.providers.gcp import provider
from gatepost_sandbox.strike import strike

NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def cloud() -> Iterator[Cloud]:
    with Cloud() as made:
        yield made


@pytest.fixture
def name() -> str:
    """Begins the names of a test's resources."""
    return f"t{next(NUMBERS)}"


@pytest.fixture
def network(cloud: Cloud, name: str) -> str:
    """The link of a network."""
    return cloud.network(name)["selfLink"]


@pytest.fixture
def subnetwork(cloud: Cloud, name: str, network: str) -> str:
    """The link of a subnetwork in it."""
    return cloud.subnetwork(name, network)["selfLink"]


@pytest.fixture
def place(cloud: Cloud, name: str) -> Place:
    """What resources stand on, made on demand."""
    return Place(cloud, name)


@pytest.fixture
def in_cloud(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment that leads the provider to this process."""
    variables = {
        "GATEPOST_SANDBOX_GCP": cloud.url,
        "GOOGLE_PROJECT": PROJECT,
        "GOOGLE_REGION": REGION,
        "GOOGLE_ZONE": ZONE,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def gcp(in_cloud: None) -> Iterator[Engine]:
    """The provider, connected."""
    with Engine(provider()) as engine:
        engine.configure()
        yield engine


@pytest.fixture
def lab(cloud: Cloud, name: str) -> Lab:
    """A Connector's surroundings on Google Cloud, without the instance."""
    return Lab(cloud, name)


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Faults:
    """What befalls the calls of this test, as the daemon does it."""
    rows, whole = Faults(), Api.__call__

    def answer(app: Api, environ: dict[str, Any], start_response: Any) -> Any:
        call = calls.read("gcp", environ)
        fault: Fault | None = rows.take(call) if call else None

        def healthy(environ: dict[str, Any], start_response: Any) -> Any:
            return whole(app, environ, start_response)

        return (strike(fault, call, healthy) if fault and call else healthy)(environ, start_response)

    monkeypatch.setattr(Api, "__call__", answer)
    return rows
