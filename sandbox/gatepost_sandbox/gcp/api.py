"""The WSGI application: from a request to the handler of its method, and from a Refusal to Google's error envelope."""

import json
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from . import accounts, actions, addresses, dns, firewalls, hops, instances, networks, offers, routers, secrets
from .call import Call, Handler, place_problem
from .checks import check
from .discovery import find
from .errors import Refusal, not_modelled
from .resources import handlers
from .state import Props, State, shown

HANDLERS: Mapping[str, Handler] = {
    **dict(handlers((*networks.ROWS, *firewalls.ROWS, *addresses.ROWS, *routers.ROWS, *instances.ROWS, *hops.ROWS))),
    **{f"compute.instances.{verb}": handler for verb, handler in actions.HANDLERS.items()},
    "compute.addresses.setLabels": addresses.set_labels,
    "compute.subnetworks.expandIpCidrRange": networks.expand,
    "compute.subnetworks.setPrivateIpGoogleAccess": networks.set_private_access,
    **offers.HANDLERS,
    **accounts.HANDLERS,
    **dns.HANDLERS,
    **secrets.HANDLERS,
}
"""Method id -> what does it. Every other method of the APIs is answered with 501."""
_REASONS = {400: "Bad Request", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 412: "Precondition Failed",
            500: "Internal Server Error", 501: "Not Implemented"}  # fmt: skip


class Api:
    """Google Cloud's APIs over one ``State``, as a WSGI application."""

    def __init__(self, state: State) -> None:
        self.state = state

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        try:
            code, body = 200, self._answer(environ)
        except Refusal as refusal:
            code, body = refusal.code, refusal.envelope()
        except Exception as bug:
            traceback.print_exc()
            message = f"This is a bug of the sandbox ({type(bug).__name__}: {bug})."
            code, body = 500, {"error": {"code": 500, "message": message, "errors": [], "status": "INTERNAL"}}
        text = json.dumps(body).encode()
        headers = [("Content-Type", "application/json; charset=UTF-8"), ("Content-Length", str(len(text)))]
        start_response(f"{code} {_REASONS.get(code, 'OK')}", headers)
        return [text]

    def _answer(self, environ: dict[str, Any]) -> Props:
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        path, http_method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        matched = find(http_method, path)
        if matched is None:
            raise Refusal(404, f"The requested URL {path} was not found on this server for {http_method}.")
        method, args = matched
        query, body = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)), _parsed(raw)
        check(method, body, query)
        handler = HANDLERS.get(method.id)
        if handler is None:
            raise not_modelled(f"the method {method.id}")
        problem = place_problem(args) if http_method != "GET" else None
        if problem:
            raise problem
        with self.state.lock:
            return shown(handler(Call(self.state, method, path, args, query, body)))


def _parsed(raw: bytes) -> Props:
    try:
        body = json.loads(raw) if raw.strip() else {}
    except ValueError:
        raise Refusal(400, "Invalid JSON payload received. The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Refusal(400, "Invalid JSON payload received. The body must be an object.")
    return body
