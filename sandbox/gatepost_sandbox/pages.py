"""The sandbox's own pages, below /sandbox/ on the port of the Twingate stand-in: one row per page."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Request, Response

from gatepost_sandbox import naming, plot, reach
from gatepost_sandbox.checks import NAME, Rule, problems
from gatepost_sandbox.history import History
from gatepost_sandbox.naming import QuestionError
from gatepost_sandbox.prepare.lines import Maker
from gatepost_sandbox.prepare.page import prepare
from gatepost_sandbox.status import status
from gatepost_sandbox.world import World


@dataclass(frozen=True)
class Place:
    """What the pages show and change."""

    world: World
    history: History
    makers: Mapping[str, Maker] = field(default_factory=dict)
    """What makes things that a settings file adopts, by cloud."""


Page = Callable[[Place, Request], Response]


def json_answer(body: Any, code: int = 200) -> Response:
    """JSON, and an HTTP status."""
    return Response(json.dumps(body), status=code, mimetype="application/json")


def json_object(request: Request) -> dict[str, Any]:
    """The body of a request. Raises BadRequest unless it is a JSON object."""
    body = request.get_json(force=True)
    if not isinstance(body, dict):
        raise BadRequest
    return body


def _settings(place: Place, request: Request) -> Response:
    return _changed(place.world.configure(json_object(request)), place.world.settings.shown)


def _clock(place: Place, request: Request) -> Response:
    return _changed(place.world.move_clock(json_object(request)), place.world.store.clock.shown)


def _history(place: Place, request: Request) -> Response:
    since = request.args.get("since", "0")
    if not (since.isascii() and since.isdecimal()):
        return json_answer({"error": f"since is '{since}'; it must be the number of a call, 0 or more."}, 400)
    return json_answer({"calls": place.history.lines(int(since))})


def _plot(place: Place, _request: Request) -> Response:
    return Response(plot.draw(place.history.lines()), mimetype="image/svg+xml")


def _faults(place: Place, request: Request) -> Response:
    return _changed(place.history.faults.add(request.get_json(force=True, silent=True)), lambda: _fault_rows(place))


def _no_faults(place: Place, _request: Request) -> Response:
    place.history.faults.clear()
    return json_answer(_fault_rows(place))


def _hosts(place: Place, request: Request) -> Response:
    def named(text: str) -> str:
        return str(_find(place, text)["name"])

    return _changed(place.world.break_host(json_object(request), named), lambda: _host_rows(place))


def _reach(place: Place, request: Request) -> Response:
    return json_answer(*reach.page(status(place.world), place.world.hosts.fresh(), request.args))


def _prepare(place: Place, request: Request) -> Response:
    return json_answer(*prepare(place.world, place.makers, json_object(request)))


_REVOKE = {"connector": NAME, "revoke": Rule(lambda value: value is True, "true")}


def _connectors(place: Place, request: Request) -> Response:
    body, store = json_object(request), place.world.store
    wrong = problems(body, _REVOKE)
    if wrong is None and set(body) != set(_REVOKE):
        wrong = 'Give a Connector and "revoke": true.'
    if wrong:
        return json_answer({"error": wrong}, 400)
    try:
        line = _find(place, body["connector"])
    except QuestionError as error:
        return json_answer({"error": str(error)}, 400)
    with place.world.writing():
        store.revoke(line["id"])
    return json_answer({"revoked": line["name"]})


def _find(place: Place, text: str) -> Mapping[str, Any]:
    """A Connector's line of the status. Raises QuestionError."""
    return naming.find(naming.lines(status(place.world)), text)


def _fault_rows(place: Place) -> dict[str, Any]:
    return {"faults": place.history.faults.shown()}


def _host_rows(place: Place) -> dict[str, Any]:
    return {"hosts": place.world.breakdowns.shown()}


def _changed(problem: str | None, shown: Callable[[], Any]) -> Response:
    return json_answer({"error": problem}, 400) if problem else json_answer(shown())


PAGES: Mapping[tuple[str, str], Page] = {
    ("GET", "/sandbox/status"): lambda place, _: json_answer(status(place.world)),
    ("GET", "/sandbox/reach"): _reach,
    ("GET", "/sandbox/settings"): lambda place, _: json_answer(place.world.settings.shown()),
    ("POST", "/sandbox/settings"): _settings,
    ("GET", "/sandbox/clock"): lambda place, _: json_answer(place.world.store.clock.shown()),
    ("POST", "/sandbox/clock"): _clock,
    ("GET", "/sandbox/history"): _history,
    ("GET", "/sandbox/history.svg"): _plot,
    ("GET", "/sandbox/faults"): lambda place, _: json_answer(_fault_rows(place)),
    ("POST", "/sandbox/faults"): _faults,
    ("DELETE", "/sandbox/faults"): _no_faults,
    ("GET", "/sandbox/hosts"): lambda place, _: json_answer(_host_rows(place)),
    ("POST", "/sandbox/hosts"): _hosts,
    ("POST", "/sandbox/connectors"): _connectors,
    ("POST", "/sandbox/prepare"): _prepare,
}
