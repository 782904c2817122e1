"""The HTTP surface of the Twingate stand-in: GraphQL, the token check, and the sandbox's own pages."""

import base64
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from importlib.resources import files
from typing import Any

from graphql import GraphQLError, build_schema, graphql_sync, parse, validate
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Request, Response

from gatepost_sandbox.history import History
from gatepost_sandbox.pages import PAGES, Place, json_answer, json_object
from gatepost_sandbox.prepare.lines import Maker
from gatepost_sandbox.twingate.store import Connector, Pair, RefusedError, RemoteNetwork, Store
from gatepost_sandbox.world import World

PAGE = 50  # nodes a page when the client names no number
MAX_PAGE = 100


class Api:
    """A WSGI application over a World and the record of its calls. ``key`` is the only API token it accepts."""

    def __init__(self, world: World, history: History, key: str, makers: Mapping[str, Maker] | None = None) -> None:
        self.world = world
        self.key = key
        self.schema = build_schema(files("gatepost_sandbox.twingate").joinpath("schema.graphql").read_text())
        place = Place(world, history, makers or {})
        self.routes: Mapping[tuple[str, str], Callable[[Request], Response]] = {
            ("POST", "/api/graphql"): self._graphql,
            ("POST", "/api/v4/connector/validate_tokens"): self._validate_tokens,
            **{route: partial(page, place) for route, page in PAGES.items()},
        }

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        handler = self.routes.get((request.method, request.path.rstrip("/")), _nowhere)
        try:
            response = handler(request)
        except BadRequest:
            response = json_answer({"error": "The body of the request is not a JSON object."}, 400)
        return response(environ, start_response)

    def _graphql(self, request: Request) -> Response:
        if not secrets.compare_digest(request.headers.get("X-API-KEY", "").encode(), self.key.encode()):
            return json_answer({"errors": [{"message": "The API key in X-API-KEY is missing or wrong."}]}, 401)
        body = json_object(request)
        query = body.get("query")
        if not isinstance(query, str):
            return json_answer({"errors": [{"message": "The request has no query."}]}, 400)
        try:
            problems = validate(self.schema, parse(query))
        except GraphQLError as error:
            problems = [error]
        if problems:
            return json_answer({"errors": [problem.formatted for problem in problems]}, 400)
        result = graphql_sync(
            self.schema,
            query,
            root_value=Root(self.world).fields(),
            variable_values=body.get("variables") or {},
            operation_name=body.get("operationName"),
        )
        return json_answer(result.formatted)

    def _validate_tokens(self, request: Request) -> Response:
        scheme, _, access = request.headers.get("Authorization", "").partition(" ")
        pair = Pair(access, str(json_object(request).get("refresh_token", "")))
        if scheme != "Bearer" or self.world.store.owner_of(pair) is None:
            return json_answer({"error": "This token pair is not valid."}, 401)
        return json_answer({})


class Root:
    """The fields of the two root types, for one request: every Connector is judged at most once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.store: Store = world.store
        self._states: dict[str, str] | None = None

    def fields(self) -> dict[str, Callable[..., Any]]:
        """The resolvers by field name."""
        return {
            "remoteNetwork": self._remote_network,
            "remoteNetworks": lambda _info, **page: self._page(self.store.networks(), self._network, **page),
            "connector": lambda _info, id: self._maybe(self.store.connector(id), self._connector),
            "connectors": lambda _info, **page: self._page(self.store.connectors(), self._connector, **page),
            "remoteNetworkCreate": self._answer(self._create_network),
            "remoteNetworkUpdate": self._answer(self._update_network),
            "remoteNetworkDelete": self._answer(lambda id: self.store.delete_network(id)),
            "connectorCreate": self._answer(self._create_connector),
            "connectorUpdate": self._answer(self._update_connector),
            "connectorDelete": self._answer(lambda id: self.store.delete_connector(id)),
            "connectorGenerateTokens": self._answer(self._generate_tokens),
        }

    def _remote_network(self, _info: Any, id: str | None = None, name: str | None = None) -> dict[str, Any] | None:
        if (id is None) == (name is None):
            raise GraphQLError("Give either the id or the name of the Remote Network.")
        found = (n for n in self.store.networks() if id == n.id or name == n.name)
        return self._maybe(next(found, None), self._network)

    def _create_network(
        self,
        name: str,
        location: str | None = None,
        networkType: str | None = None,
        isActive: bool | None = None,
    ) -> dict[str, Any]:
        made = self.store.create_network(name, location or "OTHER", networkType or "REGULAR", isActive is not False)
        return {"entity": self._network(made)}

    def _update_network(self, id: str, **given: Any) -> dict[str, Any]:
        names = {"name": "name", "location": "location", "isActive": "is_active"}
        return {"entity": self._network(self.store.update_network(id, **_changes(given, names)))}

    def _create_connector(
        self, remoteNetworkId: str, name: str | None = None, hasStatusNotificationsEnabled: bool | None = None
    ) -> dict[str, Any]:
        made = self.store.create_connector(remoteNetworkId, name, hasStatusNotificationsEnabled is not False)
        return {"entity": self._connector(made)}

    def _update_connector(self, id: str, **given: Any) -> dict[str, Any]:
        names = {"name": "name", "hasStatusNotificationsEnabled": "notifications"}
        return {"entity": self._connector(self.store.update_connector(id, **_changes(given, names)))}

    def _generate_tokens(self, connectorId: str) -> dict[str, Any]:
        pair = self.store.generate_pair(connectorId)
        return {"connectorTokens": {"accessToken": pair.access_token, "refreshToken": pair.refresh_token}}

    def _network(self, network: RemoteNetwork) -> dict[str, Any]:
        return {
            "__typename": "RemoteNetwork",
            "id": network.id,
            "name": network.name,
            "location": network.location,
            "networkType": network.network_type,
            "isActive": network.is_active,
            "createdAt": _time(network.created_at),
            "updatedAt": _time(network.updated_at),
            "connectors": lambda _info, **page: self._page(self.store.connectors(network.id), self._connector, **page),
        }

    def _connector(self, connector: Connector) -> dict[str, Any]:
        def reported(_info: Any) -> Connector:
            self._state(connector.id)
            return self.store.connector(connector.id) or connector

        def report(attribute: str, default: Any = None) -> Callable[..., Any]:
            return lambda info: getattr(reported(info).report, attribute, default)

        return {
            "__typename": "Connector",
            "id": connector.id,
            "name": connector.name,
            "state": lambda _info: self._state(connector.id),
            "hostname": report("hostname"),
            "publicIP": report("public_ip"),
            "privateIPs": report("private_ips", ()),
            "version": report("version"),
            "lastHeartbeatAt": lambda info: _time(self.world.last_heartbeat(reported(info))),
            "hasStatusNotificationsEnabled": connector.notifications,
            "remoteNetwork": lambda _info: self._maybe(self.store.network(connector.remote_network_id), self._network),
            "createdAt": _time(connector.created_at),
            "updatedAt": _time(connector.updated_at),
        }

    def _state(self, connector_id: str) -> str:
        if self._states is None:
            self._states = self.world.told(self.world.evaluate())
        return self._states.get(connector_id, "DEAD_NO_HEARTBEAT")

    def _page(
        self,
        rows: list[Any],
        node: Callable[[Any], dict[str, Any]],
        filter: dict[str, Any] | None = None,
        after: str | None = None,
        first: int | None = None,
    ) -> dict[str, Any]:
        kept = [row for row in rows if self._matches(row, filter or {})]
        cursors = [_cursor(row.id) for row in kept]
        if after and after not in cursors:
            raise GraphQLError(f"The cursor '{after}' is not one of this list.")
        if first is not None and not 0 <= first <= MAX_PAGE:
            raise GraphQLError(f"The argument first is {first}; it must be between 0 and {MAX_PAGE}.")
        start = cursors.index(after) + 1 if after else 0
        end = start + (PAGE if first is None else first)
        edges = [{"cursor": _cursor(row.id), "node": node(row)} for row in kept[start:end]]
        return {
            "edges": edges,
            "totalCount": len(kept),
            "pageInfo": {
                "startCursor": edges[0]["cursor"] if edges else None,
                "endCursor": edges[-1]["cursor"] if edges else None,
                "hasNextPage": end < len(kept),
                "hasPreviousPage": start > 0,
            },
        }

    def _matches(self, row: Any, wanted: dict[str, Any]) -> bool:
        checks = {
            "name": lambda rule: all(_NAME_RULES[key](row.name, value) for key, value in rule.items()),
            "networkType": lambda rule: row.network_type in rule.get("in", [row.network_type]),
            "state": lambda rule: "in" not in rule or self._state(row.id) in rule["in"],
        }
        return all(checks[key](_given(rule)) for key, rule in _given(wanted).items())

    @staticmethod
    def _maybe(row: Any, node: Callable[[Any], dict[str, Any]]) -> dict[str, Any] | None:
        return None if row is None else node(row)

    @staticmethod
    def _answer(action: Callable[..., dict[str, Any] | None]) -> Callable[..., dict[str, Any]]:
        def resolve(_info: Any, **arguments: Any) -> dict[str, Any]:
            try:
                return {"ok": True, **(action(**arguments) or {})}
            except RefusedError as error:
                return {"ok": False, "error": str(error)}

        return resolve


_NAME_RULES: Mapping[str, Callable[[str, Any], bool]] = {
    "eq": lambda name, value: name == value,
    "ne": lambda name, value: name != value,
    "startsWith": lambda name, value: name.startswith(value),
    "endsWith": lambda name, value: name.endswith(value),
    "contains": lambda name, value: value in name,
    "regexp": lambda name, value: re.search(value, name) is not None,
    "in": lambda name, value: name in value,
}


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _changes(given: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names[key]: value for key, value in _given(given).items()}


def _cursor(row_id: str) -> str:
    return base64.b64encode(f"cursor:{row_id}".encode()).decode()


def _nowhere(request: Request) -> Response:
    return json_answer({"error": f"No {request.method} {request.path}."}, 404)


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
