"""GraphQL against the sandbox's Twingate account."""

import json
import os
import urllib.error
import urllib.request
from typing import Any

from ..kind import ApiError
from ..values import Props


class Client:
    """GraphQL against the sandbox's Twingate account."""

    def __init__(self, endpoint: str, token: str) -> None:
        self.endpoint, self.token = endpoint, token

    def post(self, path: str, body: Props, headers: dict[str, str]) -> tuple[int, Any]:
        """One request; status and parsed answer."""
        request = urllib.request.Request(  # noqa: S310  # always the sandbox's http address
            self.endpoint + path, json.dumps(body).encode(), {"Content-Type": "application/json", **headers}
        )
        try:
            with urllib.request.urlopen(request, timeout=35) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, None
        except OSError as problem:
            cause = getattr(problem, "reason", problem)
            reason = getattr(cause, "strerror", None) or cause
            raise ApiError(f"Twingate's API could not be reached: {reason}. Does the sandbox run?") from None

    def query(self, text: str, **variables: Any) -> Any:
        """The data of a GraphQL request; errors become an ApiError."""
        status, answer = self.post("/api/graphql/", {"query": text, "variables": variables}, {"X-API-KEY": self.token})
        if status == 401:
            raise ApiError("Twingate refused the API token (401): check twingate:apiToken or TWINGATE_API_TOKEN.")
        if answer is None:
            raise ApiError(f"Twingate's API answered {status}.")
        if answer.get("errors"):
            raise ApiError("; ".join(e["message"] for e in answer["errors"]))
        return answer["data"]

    def mutate(self, text: str, **variables: Any) -> Props:
        """The payload of a mutation that says ok."""
        (payload,) = self.query(text, **variables).values()
        if not payload["ok"]:
            raise ApiError(payload["error"])
        return payload

    def valid(self, access: str, refresh: str) -> bool:
        """Whether a pair is the current one of its Connector."""
        headers = {"Authorization": f"Bearer {access}"}
        return self.post("/api/v4/connector/validate_tokens", {"refresh_token": refresh}, headers)[0] == 200


def connect(config: Props) -> Client:
    """A client from the provider's settings and the environment."""
    endpoint = os.environ.get("GATEPOST_SANDBOX_TWINGATE", "")
    if not endpoint.startswith("http://127.0.0.1:"):
        raise ApiError("This provider only talks to a sandbox. Run the command through `gatepost sandbox run --`.")
    network = config.get("network") or os.environ.get("TWINGATE_NETWORK")
    token = config.get("apiToken") or os.environ.get("TWINGATE_API_TOKEN")
    missing = [name for name, value in (("network", network), ("apiToken", token)) if not value]
    if missing:
        settings = " and ".join(f"twingate:{name}" for name in missing)
        raise ApiError(f"The Twingate provider needs {' and '.join(missing)}: set {settings}.")
    return Client(endpoint, str(token))
