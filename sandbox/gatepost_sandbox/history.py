"""A record of every call that the sandbox's clouds answered, and of how many Connectors were alive after it."""

import io
import json
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from gatepost_sandbox.world import World

KEPT = 100_000
"""Calls that are remembered; older ones are forgotten."""
_READ = re.compile(r"(Describe|Get|List)[A-Z].*|query")
_MUTATION = re.compile(r"\s*mutation\b[^{]*\{\s*(\w+)")

App = Callable[[dict[str, Any], Any], Iterable[bytes]]


class History:
    """One JSON-ready line per call. With the setting ``count_alive``, live Connectors are counted after each write."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lines: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._lock = threading.Lock()
        self._alive: dict[str, int] | None = None

    def lines(self) -> list[dict[str, Any]]:
        """Every call, oldest first: ``time`` (UTC), ``cloud``, ``operation``, ``status`` (HTTP) and ``alive``.

        ``alive`` has the number of live Connectors of each Remote Network right after the call; it is null while the
        setting ``count_alive`` is off.
        """
        with self._lock:
            return list(self._lines)

    def watch(self, cloud: str, app: App) -> App:
        """The application, with each of its calls recorded."""

        def watched(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            operation = _operation(environ)
            if operation is None:
                return app(environ, start_response)
            status: list[int] = []

            def started(line: str, headers: Any, *rest: Any) -> Any:
                status.append(int(line.split(" ", 1)[0]))
                return start_response(line, headers, *rest)

            answer = list(app(environ, started))
            self._note(cloud, operation, status[0] if status else 500)
            return answer

        return watched

    def _note(self, cloud: str, operation: str, status: int) -> None:
        with self._lock:
            if not self._world.count_alive:
                self._alive = None
            elif cloud == "twingate" or not _READ.fullmatch(operation):
                self._alive = self._world.alive()
            now = self._world.store.clock.now().isoformat()
            line = {"time": now, "cloud": cloud, "operation": operation, "status": status, "alive": self._alive}
            self._lines.append(line)


def _operation(environ: dict[str, Any]) -> str | None:
    """The name of the operation, read off the request; None for what is no call of a cloud."""
    path = environ.get("PATH_INFO", "")
    if path.startswith(("/sandbox/", "/moto-api/")):
        return None
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return target.rpartition(".")[2]
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    if path.startswith("/api/graphql"):
        found = _MUTATION.match(_query(body))
        return found[1] if found else "query"
    found = re.search(rb"(?:^|&)Action=(\w+)", body)
    return found[1].decode() if found else f"{environ['REQUEST_METHOD']} {path}"


def _query(body: bytes) -> str:
    try:
        return str(json.loads(body)["query"])
    except (ValueError, KeyError, TypeError):
        return ""
