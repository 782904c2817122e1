"""The provider tries again as azure-native does: what passes fails nothing, what lasts is told with the tries."""

import http.client
import random
from typing import Any

import pytest
from sandbox.azure.cloud import STANDARD, Place
from sandbox.gcp.seen import refusal
from sandbox.providers.engine import Engine

from gatepost_sandbox import calls
from gatepost_sandbox.azure import Api, addresses, api
from gatepost_sandbox.faults import Fault, Faults
from gatepost_sandbox.providers.azure_native import client, patience, provider
from gatepost_sandbox.providers.kind import ApiError
from gatepost_sandbox.providers.retries import BASE
from gatepost_sandbox.strike import strike

ADDRESS = "azure-native:network:PublicIPAddress"
PUT = "PUT Microsoft.Network/publicIPAddresses"
WAITS = [20, 60, 120]
FAULTS = [
    pytest.param({"kind": "throttle", "seconds": 0}, id="429"),
    *(pytest.param({"kind": "error", "status": status}, id=str(status)) for status in (500, 502, 503)),
]


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Faults:
    """What befalls the calls of this test, as the daemon does it."""
    rows, whole = Faults(), Api.__call__

    def answer(app: Api, environ: dict[str, Any], start_response: Any) -> Any:
        call = calls.read("azure", environ)
        fault: Fault | None = rows.take(call) if call else None

        def healthy(environ: dict[str, Any], start_response: Any) -> Any:
            return whole(app, environ, start_response)

        return (strike(fault, call, healthy) if fault and call else healthy)(environ, start_response)

    monkeypatch.setattr(Api, "__call__", answer)
    return rows


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the provider would wait; it does not, and its waits are not spread."""
    seconds: list[float] = []
    monkeypatch.setattr(client, "sleep", seconds.append)
    monkeypatch.setattr(random, "random", lambda: 0.4)
    monkeypatch.delenv(BASE, raising=False)
    return seconds


def ask(faults: Faults, **row: Any) -> None:
    assert faults.add([{"cloud": "azure", "operation": PUT, **row}]) is None


def used(faults: Faults) -> int:
    return faults.shown()[0]["used"]


def address(place: Place) -> dict[str, Any]:
    return {"resourceGroupName": place.name, "publicIpAddressName": "a", "sku": STANDARD,
            "publicIPAllocationMethod": "Static"}  # fmt: skip


@pytest.mark.parametrize("row", FAULTS)
def test_what_passes_fails_no_call(azure: Engine, faults: Faults, waited: list[float], place: Place, row: Any) -> None:
    ask(faults, count=3, **row)
    assert azure.create(ADDRESS, address(place)).state["name"] == "a"
    assert (used(faults), waited) == (3, WAITS)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"kind": "throttle", "seconds": 0},
         'Status=429 Code="TooManyRequests" Message="The request is being throttled."'),
        ({"kind": "error", "status": 503},
         'Status=503 Code="ServiceUnavailable" Message="An internal error has occurred."'),
        ({"kind": "error", "status": 502}, "Status=502"),
    ],
)  # fmt: skip
def test_what_lasts_is_told(
    azure: Engine, faults: Faults, waited: list[float], place: Place, row: Any, said: str
) -> None:
    ask(faults, count=None, **row)
    assert refusal(azure.create, ADDRESS, address(place)) == f"creating thing: {said}. Tried 4 times."
    assert (used(faults), waited) == (4, WAITS)


def test_azure_may_say_how_long_to_wait(azure: Engine, faults: Faults, waited: list[float], place: Place) -> None:
    ask(faults, kind="throttle", seconds=7, count=2)
    azure.create(ADDRESS, address(place))
    assert waited == [7, 7]


def test_who_is_told_to_wait_too_long_gives_up(
    azure: Engine, faults: Faults, waited: list[float], place: Place
) -> None:
    ask(faults, kind="throttle", seconds=121, count=None)
    assert refusal(azure.create, ADDRESS, address(place)).endswith('throttled."')
    assert (used(faults), waited) == (1, [])


def test_the_base_of_the_waits_can_be_set(
    in_cloud: None, faults: Faults, waited: list[float], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BASE, "0.1")
    ask(faults, kind="error", count=2)
    with Engine(provider()) as engine:
        engine.configure()
        engine.create(ADDRESS, address(place))
    assert waited == [2, 6]


@pytest.mark.parametrize(("drawn", "seconds"), [(0.0, [16, 48, 112]), (0.999999, [25.99998, 77.99994, 120])])
def test_the_waits_are_spread_and_have_an_end(
    monkeypatch: pytest.MonkeyPatch, drawn: float, seconds: list[float]
) -> None:
    monkeypatch.setattr(random, "random", lambda: drawn)
    assert [patience.wait(tries, 1) for tries in (1, 2, 3)] == pytest.approx(seconds)
    assert patience.wait(4, 1) is None


@pytest.mark.parametrize(
    ("code", "name", "again"),
    [(409, "AnotherOperationInProgress", True), (409, "ContainerGroupQuotaReached", False), (400, "BadRequest", False),
     (404, "NotFound", False), (408, "x", True), (504, "x", True)],
)  # fmt: skip
def test_which_answers_are_worth_another_try(code: int, name: str, again: bool) -> None:
    assert patience.worth(code, b'{"error": {"code": "%s", "message": "m"}}' % name.encode()) is again


def test_a_refusal_is_no_reason_to_try_again(azure: Engine, waited: list[float], place: Place) -> None:
    made = azure.create(ADDRESS, address(place))
    assert refusal(azure.create, ADDRESS, address(place)) == (
        f"creating thing: cannot create already existing resource '{made.id}'"
    )
    assert waited == []


def test_a_bug_of_the_sandbox_is_met_once(
    azure: Engine,
    waited: list[float],
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(api.TABLE, "put", lambda row, call: {}["bug"])
    said = refusal(azure.create, ADDRESS, address(place))
    text = "This is a bug of the sandbox (KeyError: 'bug')."
    assert (said, waited) == (f'creating thing: Status=500 Code="InternalServerError" Message="{text}"', [])
    assert "KeyError: 'bug'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("problem", "again"),
    [
        (ConnectionResetError(104, "Connection reset by peer"), True),
        (TimeoutError("timed out"), True),
        (http.client.IncompleteRead(b"{"), True),
        (http.client.RemoteDisconnected("Remote end closed connection without response"), True),
        (ConnectionRefusedError(111, "Connection refused"), False),
    ],
)
def test_which_lost_connections_are_worth_another_try(problem: Exception, again: bool) -> None:
    assert patience.lost(problem) is again


def test_a_connection_that_is_lost_is_tried_again(
    azure: Engine, waited: list[float], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = [ConnectionResetError(104, "Connection reset by peer"), http.client.RemoteDisconnected("no word")]
    opener = azure.servicer.api._opener
    whole = opener.open

    def unsteady(request: Any, **more: Any) -> Any:
        if lost:
            raise lost.pop()
        return whole(request, **more)

    monkeypatch.setattr(opener, "open", unsteady)
    assert azure.create(ADDRESS, address(place)).state["name"] == "a"
    assert waited == WAITS[:2]


def test_a_put_that_was_done_and_not_answered_is_done_once(
    azure: Engine, waited: list[float], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    opener = azure.servicer.api._opener
    whole, unheard = opener.open, ["PUT"]

    def deaf(request: Any, **more: Any) -> Any:
        answer = whole(request, **more)
        if request.method in unheard:
            unheard.clear()
            answer.close()
            raise http.client.RemoteDisconnected("no word")
        return answer

    monkeypatch.setattr(opener, "open", deaf)
    made = azure.create(ADDRESS, address(place))
    (there,) = place.cloud.state.all(addresses.ADDRESS)
    assert (there["properties"]["ipAddress"], waited) == (made.state["ipAddress"], WAITS[:1])


def test_a_sandbox_that_is_gone_is_asked_once(
    in_cloud: None, waited: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(client.ENDPOINT, "http://127.0.0.1:9")
    with pytest.raises(ApiError) as refused:
        client.Azure.connect({}).get("/subscriptions/s/resourceGroups/g", "2024-03-01")
    why = "[Errno 111] Connection refused"
    assert str(refused.value) == f"The sandbox's Azure does not answer at http://127.0.0.1:9: {why}."
    assert waited == []


def test_a_wrong_base_is_told(monkeypatch: pytest.MonkeyPatch, in_cloud: None) -> None:
    monkeypatch.setenv(BASE, "soon")
    with Engine(provider()) as engine:
        told = refusal(engine.configure)
    assert told == f"The variable {BASE} is 'soon'; it must be a number of seconds from 0 to 3600."
