"""The WSGI application: from a request to the row of its type, and from a Refusal to Azure's error envelope."""

import json
import traceback
import uuid
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from . import addresses, catalogue, groups, networks, peerings, resources, routes, security
from .call import GROUP_TYPES, Answer, Call, Handler, Path, parse
from .errors import Refusal, bad, broken
from .resources import Row, Table
from .state import Props, State

TABLE = Table(*networks.ROWS, *peerings.ROWS, *security.ROWS, *addresses.ROWS, *routes.ROWS, *groups.ROWS)
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_GROUPS: dict[str, Handler] = {"PUT": resources.put_group, "PATCH": resources.patch_group,
                               "DELETE": resources.delete_group, "GET": resources.get_group}  # fmt: skip


class Api:
    """Azure Resource Manager over one ``State``, as a WSGI application."""

    def __init__(self, state: State) -> None:
        self.state = state

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        try:
            answer = self._answer(environ)
        except Refusal as refusal:
            answer = Answer(refusal.status, refusal.envelope())
        except Exception as bug:
            traceback.print_exc()
            answer = Answer(500, broken(bug).envelope())
        return _sent(environ, start_response, answer)

    def _answer(self, environ: dict[str, Any]) -> Answer:
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        path, method = environ["PATH_INFO"].rstrip("/"), environ["REQUEST_METHOD"]
        if path in self.state.operations and method == "GET":
            return Answer(204) if "/operationresults/" in path else Answer(200, {"status": "Succeeded"})
        found = parse(path)
        if found is None:
            raise Refusal(404, "InvalidResourceType", f"The sandbox knows no path like {path} for {method}.")
        namespace = next((n for n in catalogue.VERSIONS if n.lower() == found.namespace.lower()), None)
        if namespace is None:
            text = f"The resource namespace '{found.namespace}' is invalid, or the sandbox does not model it. It models"
            raise Refusal(404, "InvalidResourceNamespace", f"{text} {', '.join(catalogue.VERSIONS)}.")
        query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        catalogue.check_version(namespace, query.get("api-version"))
        with self.state.lock:
            call = Call(self.state, found, query, _parsed(raw))
            return self._handled(method, call) if method == "GET" else self._written(method, call)

    def _written(self, method: str, call: Call) -> Answer:
        before = dict(self.state.resources.data)
        self.state.version += 1
        try:
            return self._handled(method, call)
        except BaseException:
            self.state.resources.restore(before)
            raise
        finally:
            self.state.version += 1

    def _handled(self, method: str, call: Call) -> Answer:
        path = call.path
        if path.types == GROUP_TYPES:
            handler = _GROUPS.get(method) if path.names else {"GET": resources.list_groups}.get(method)
            if handler is None:
                raise _not_allowed(method, path)
            return handler(call)
        row, action = _row(method, path)
        if action:
            return row.actions[action](call, call.state.found(_owner(row, path)))
        call = Call(call.state, _canonical(row, path), call.query, call.body)
        if len(path.types) > len(path.names):
            if method != "GET":
                raise _not_allowed(method, path)
            return TABLE.list_(row, call)
        handlers = {"PUT": TABLE.put, "PATCH": TABLE.patch, "DELETE": TABLE.delete}
        if method == "GET":
            return TABLE.get(call)
        if method not in handlers:
            raise _not_allowed(method, path)
        return handlers[method](row, call)


def _row(method: str, path: Path) -> tuple[Row, str | None]:
    """The row of a path, and the action that the path ends with, if it does."""
    kind = path.kind.lower()
    if kind in TABLE.rows:
        return TABLE.rows[kind], None
    for row in TABLE.rows.values():
        rest = kind.removeprefix(row.kind.lower() + "/")
        action = f"{method} {rest}"
        if rest != kind and action in row.actions:
            return row, action
    text = f"The resource type '{'/'.join(path.types)}' could not be found in the namespace '{path.namespace}', or the "
    raise Refusal(404, "InvalidResourceType", f"{text}sandbox does not model it.")


def _owner(row: Row, path: Path) -> str:
    """The id of the resource that an action is about."""
    return "/".join(path.rid.split("/")[: 7 + 2 * row.kind.count("/")])


def _canonical(row: Row, path: Path) -> Path:
    """The path with the type as Azure writes it."""
    return Path(path.subscription, path.group, row.namespace, tuple(row.kind.split("/")[1:]), path.names)


def _not_allowed(method: str, path: Path) -> Refusal:
    return Refusal(405, "MethodNotAllowed", f"The resource type '{path.kind}' does not support {method} here.")


def _parsed(raw: bytes) -> Props:
    try:
        body = json.loads(raw) if raw.strip() else {}
    except ValueError:
        raise bad("InvalidRequestContent", "The request content was invalid: it is not JSON.") from None
    if not isinstance(body, dict):
        raise bad("InvalidRequestContent", "The request content was invalid: it must be an object.")
    return body


def _sent(environ: dict[str, Any], start_response: Callable[..., Any], answer: Answer) -> list[bytes]:
    text = b"" if answer.body is None else json.dumps(answer.body).encode()
    headers = [("Content-Type", "application/json; charset=utf-8"), ("Content-Length", str(len(text))),
               ("x-ms-request-id", str(uuid.uuid4()))]  # fmt: skip
    if answer.operation:
        where = f"http://{environ['HTTP_HOST']}{answer.operation}?api-version=2024-05-01"
        name = "Location" if "/operationresults/" in answer.operation else "Azure-AsyncOperation"
        headers += [(name, where), ("Retry-After", "0")]
    start_response(f"{answer.status} {_REASONS[answer.status]}", headers)
    return [text]
