"""How a fault looks to a client: the answers in each cloud's own envelope, waits, and connections that are cut."""

import contextlib
import json
import math
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from gatepost_sandbox.calls import Call
from gatepost_sandbox.faults import Fault

App = Callable[[dict[str, Any], Any], Iterable[bytes]]

_EC2 = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>{code}</Code><Message>{text}</Message>'
    "</Error></Errors><RequestID>00000000-0000-0000-0000-000000000000</RequestID></Response>"
)
_QUERY = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{text}</Message></Error>"
    "<RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
)
_GATEWAY = "<html>\n<head><title>502 Bad Gateway</title></head>\n<body><h1>502 Bad Gateway</h1></body>\n</html>\n"

# What each protocol answers: status and code for a throttled call, then the codes of 500 and 503. Sources: "Error codes
# for the Amazon EC2 API", "Common errors" of IAM and of Systems Manager, "Errors" of the Google Cloud APIs,
# "Throttling Resource Manager requests".
_THROTTLED: Mapping[str, tuple[int, str, str]] = {
    "ec2": (503, "RequestLimitExceeded", "Request limit exceeded."),
    "query": (400, "Throttling", "Rate exceeded"),
    "json": (400, "ThrottlingException", "Rate exceeded"),
    "azure": (429, "TooManyRequests", "The request is being throttled."),
    "gcp": (429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Queries'."),
    "twingate": (429, "", "Too many requests."),
}
_FAILED: Mapping[str, dict[int, str]] = {
    "ec2": {500: "InternalError", 503: "Unavailable"},
    "query": {500: "ServiceFailure", 503: "ServiceUnavailable"},
    "json": {500: "InternalServerError", 503: "ServiceUnavailable"},
    "azure": {500: "InternalServerError", 503: "ServiceUnavailable"},
    "gcp": {500: "INTERNAL", 503: "UNAVAILABLE"},
    "twingate": {500: "", 503: ""},
}
_FAILED_TEXT = "An internal error has occurred."


def strike(fault: Fault, call: Call, app: App) -> App:
    """The application as this one call finds it under a fault."""

    def slow(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        time.sleep(fault.seconds)
        return app(environ, start_response)

    def cut(_environ: dict[str, Any], _start_response: Any) -> Iterable[bytes]:
        time.sleep(fault.seconds)
        raise ConnectionAbortedError("a fault was asked for")  # the server takes it for a client that is gone

    def throttled(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return refused(call, fault.seconds)(environ, start_response)

    def failed(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        codes = _FAILED[protocol(call)]
        if fault.status not in codes:  # a load balancer answers, which knows no envelope
            return Response(_GATEWAY, fault.status, mimetype="text/html")(environ, start_response)
        return _answer(call, fault.status, codes[fault.status], _FAILED_TEXT)(environ, start_response)

    return {"latency": slow, "throttle": throttled, "error": failed, "timeout": cut}[fault.kind]


def hang_up(environ: dict[str, Any]) -> None:
    """Close the connection of a request."""
    with contextlib.suppress(OSError):
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)


def refused(call: Call, wait: float) -> Response:
    """The answer to a call too many. Twingate and Google say after how many seconds to come back; AWS does not."""
    status, code, text = _THROTTLED[protocol(call)]
    answer = _answer(call, status, code, text)
    if call.cloud != "aws":
        answer.headers["Retry-After"] = str(math.ceil(wait))
    return answer


def protocol(call: Call) -> str:
    """A row of the tables above."""
    if call.cloud != "aws":
        return call.cloud
    return "json" if call.json else "ec2" if call.service == "ec2" else "query"


def _answer(call: Call, status: int, code: str, text: str) -> Response:
    kind = protocol(call)
    if kind in ("ec2", "query"):
        body = (_EC2 if kind == "ec2" else _QUERY).format(code=escape(code), text=escape(text))
        return Response(body, status, mimetype="text/xml")
    bodies: dict[str, Any] = {
        "json": {"__type": code, "message": text},
        "azure": {"error": {"code": code, "message": text}},
        "gcp": {"error": {"code": status, "message": text, "status": code}},
        "twingate": {"errors": [{"message": text}]},
    }
    media = "application/x-amz-json-1.1" if kind == "json" else "application/json"
    return Response(json.dumps(bodies[kind]), status, mimetype=media)
