"""Regions that do not exist: for real their host name does not resolve, and the sandbox's always does."""

import difflib
import json
import re
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

_SCOPE = re.compile(r"Credential=[^/,]+/\d{8}/([^/,]+)/([^/,]+)/")
_CODE = "EndpointConnectionError"
_QUERY = ("iam", "sts", "sns", "monitoring", "autoscaling", "elasticloadbalancing", "cloudformation", "rds")


def answer(environ: dict[str, Any], start_response: Any) -> list[bytes] | None:
    """The refusal of a request that is signed for a region that does not exist; None for any other request."""
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if scope is None or scope[1] in known():
        return None
    region, service = scope.groups()
    kind, body = _body(service, message(region, service))
    start_response("400 Bad Request", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


def message(region: str, service: str) -> str:
    """The words of botocore for a host that cannot be found, and what a person may have meant."""
    near = difflib.get_close_matches(region, sorted(known()), 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return (
        f'Could not connect to the endpoint URL: "https://{service}.{region}.amazonaws.com/": '
        f"there is no AWS region {region}.{hint}"
    )


@cache
def known() -> frozenset[str]:
    """Every region that botocore knows for EC2, in all partitions."""
    import boto3  # noqa: PLC0415 - needed by the first request only

    session = boto3.Session()
    regions = (session.get_available_regions("ec2", p) for p in session.get_available_partitions())
    return frozenset(region for partition in regions for region in partition) | {"aws-global"}


def _body(service: str, text: str) -> tuple[str, bytes]:
    error = f"<Error><Code>{_CODE}</Code><Message>{escape(text)}</Message></Error>"
    if service == "ec2":
        return "text/xml", f"<Response><Errors>{error}</Errors><RequestID>0</RequestID></Response>".encode()
    if service in _QUERY:
        return "text/xml", f"<ErrorResponse>{error}<RequestId>0</RequestId></ErrorResponse>".encode()
    return "application/x-amz-json-1.1", json.dumps({"__type": _CODE, "message": text}).encode()
