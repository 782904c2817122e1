"""Requests to a cloud that speaks REST, past the record of calls."""

import json
from typing import Any

from werkzeug.test import Client

from gatepost_sandbox.prepare.lines import CannotError


class Rest:
    """Asks a WSGI application. ``cloud`` and ``what`` are the words of its refusals."""

    def __init__(self, cloud: str, app: Any) -> None:
        self._cloud, self._client = cloud, Client(app)

    def get(self, path: str, **query: str) -> Any:
        """What is there, or None."""
        answer = self._client.get(path, query_string=query)
        return answer.get_json() if answer.status_code < 300 else None

    def send(self, method: str, path: str, body: Any, **query: str) -> Any:
        """Change something. Raises CannotError with the cloud's own words."""
        answer = self._client.open(path, method=method, json=body, query_string=query)
        if answer.status_code >= 300:
            told = json.loads(answer.get_data()).get("error", {}).get("message", answer.status)
            raise CannotError(f"{self._cloud} refuses {path.removeprefix('/compute/v1/')}: {told}")
        return answer.get_json()
