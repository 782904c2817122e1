"""The provider tries again as the vendor's does: what passes fails nothing, what lasts is told with the tries."""

import http.client
from typing import Any

import pytest
from sandbox.gcp.cloud import PROJECT, REGION
from sandbox.gcp.seen import refusal
from sandbox.providers.engine import Engine

from gatepost_sandbox.faults import Faults
from gatepost_sandbox.gcp import api
from gatepost_sandbox.providers.gcp import client, patience, provider
from gatepost_sandbox.providers.kind import ApiError
from gatepost_sandbox.providers.retries import BASE

ADDRESS = "gcp:compute/address:Address"
INSERT = "compute.addresses.insert"
WAITS = [0.5, 1, 1.5, 2.5, 4, 6.5, 10.5, 17, 27.5]
FAULTS = [
    pytest.param({"kind": "throttle", "seconds": 0}, id="429"),
    *(pytest.param({"kind": "error", "status": status}, id=str(status)) for status in (500, 502, 503)),
]


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the provider would wait; it does not."""
    seconds: list[float] = []
    monkeypatch.setattr(client, "sleep", seconds.append)
    monkeypatch.delenv(BASE, raising=False)
    return seconds


def ask(faults: Faults, **row: Any) -> None:
    assert faults.add([{"cloud": "gcp", "operation": INSERT, **row}]) is None


def used(faults: Faults) -> int:
    return faults.shown()[0]["used"]


@pytest.mark.parametrize("row", FAULTS)
def test_what_passes_fails_no_call(gcp: Engine, faults: Faults, waited: list[float], name: str, row: Any) -> None:
    ask(faults, count=3, **row)
    assert gcp.create(ADDRESS, {"name": name}).state["name"] == name
    assert (used(faults), waited) == (3, WAITS[:3])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"kind": "throttle", "seconds": 0},
         "googleapi: Error 429: Quota exceeded for quota metric 'Queries'., RESOURCE_EXHAUSTED"),
        ({"kind": "error", "status": 503}, "googleapi: Error 503: An internal error has occurred., UNAVAILABLE"),
        ({"kind": "error", "status": 502}, f"POST compute/v1/projects/{PROJECT}/regions/{REGION}/addresses: HTTP 502"),
    ],
)  # fmt: skip
def test_what_lasts_is_told(gcp: Engine, faults: Faults, waited: list[float], name: str, row: Any, said: str) -> None:
    ask(faults, count=None, **row)
    assert refusal(gcp.create, ADDRESS, {"name": name}) == f"creating thing: {said}. Tried 10 times."
    assert (used(faults), waited) == (10, WAITS)


def test_the_base_of_the_waits_can_be_set(
    in_cloud: None, faults: Faults, waited: list[float], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BASE, "10")
    ask(faults, kind="error", count=2)
    with Engine(provider()) as engine:
        engine.configure()
        engine.create(ADDRESS, {"name": name})
    assert waited == [5, 10]


def test_a_refusal_is_no_reason_to_try_again(gcp: Engine, waited: list[float], name: str) -> None:
    gcp.create(ADDRESS, {"name": name})
    said = refusal(gcp.create, ADDRESS, {"name": name})
    path = f"projects/acme-dev/regions/europe-west3/addresses/{name}"
    assert said == f"creating thing: googleapi: Error 409: The resource '{path}' already exists, alreadyExists"
    assert waited == []


def test_a_bug_of_the_sandbox_is_met_once(
    gcp: Engine, waited: list[float], name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(api.HANDLERS, INSERT, lambda call: {}["bug"])
    said = refusal(gcp.create, ADDRESS, {"name": name})
    text = "This is a bug of the sandbox (KeyError: 'bug')."
    assert (said, waited) == (f"creating thing: googleapi: Error 500: {text}, INTERNAL", [])
    assert "KeyError: 'bug'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("problem", "again"),
    [
        (ConnectionResetError(104, "Connection reset by peer"), True),
        (TimeoutError("timed out"), True),
        (http.client.IncompleteRead(b"{"), True),
        (http.client.RemoteDisconnected("Remote end closed connection without response"), False),
        (ConnectionRefusedError(111, "Connection refused"), False),
        (OSError(113, "No route to host"), False),
    ],
)
def test_which_lost_connections_are_worth_another_try(problem: Exception, again: bool) -> None:
    assert patience.worth(problem) is again


def test_a_connection_that_is_reset_is_tried_again(
    gcp: Engine, waited: list[float], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = [ConnectionResetError(104, "Connection reset by peer")] * 2
    opener = gcp.servicer.api._opener
    whole = opener.open

    def unsteady(request: Any, **more: Any) -> Any:
        if lost:
            raise lost.pop()
        return whole(request, **more)

    monkeypatch.setattr(opener, "open", unsteady)
    assert gcp.create(ADDRESS, {"name": name}).state["name"] == name
    assert waited == WAITS[:2]


def test_a_sandbox_that_is_gone_is_asked_once(
    in_cloud: None, waited: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(client.ENDPOINT, "http://127.0.0.1:9")
    with pytest.raises(ApiError) as refused:
        client.Gcp.connect({}).get("compute/v1/projects/acme-dev/zones")
    why = "[Errno 111] Connection refused"
    assert str(refused.value) == f"The sandbox's Google Cloud does not answer at http://127.0.0.1:9: {why}."
    assert waited == []


def test_a_wrong_base_is_told(monkeypatch: pytest.MonkeyPatch, in_cloud: None) -> None:
    monkeypatch.setenv(BASE, "soon")
    with Engine(provider()) as engine:
        told = refusal(engine.configure)
    assert told == f"The variable {BASE} is 'soon'; it must be a number of seconds from 0 to 3600."
