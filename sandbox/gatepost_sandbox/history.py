"""A record of every call that the sandbox's clouds answered, and of how many Connectors were alive after it."""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Any

from gatepost_sandbox import calls
from gatepost_sandbox.calls import Call
from gatepost_sandbox.faults import Faults
from gatepost_sandbox.limits import Limits
from gatepost_sandbox.strike import App, hang_up, refused, strike
from gatepost_sandbox.world import World

KEPT = 100_000
"""Calls that are remembered; older ones are forgotten."""


class History:
    """One JSON-ready line per call. With the setting ``count_alive``, live Connectors are counted after each write."""

    def __init__(self, world: World, faults: Faults | None = None) -> None:
        self._world = world
        self.faults = faults or Faults()
        self._limits = Limits()
        self._lines: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._lock = threading.Lock()
        self._counting = threading.Lock()
        self._alive: dict[str, int] | None = None
        self._number = 0

    def lines(self, since: int = 0) -> list[dict[str, Any]]:
        """The calls after number ``since``, oldest first.

        ``number`` counts the calls from 1; ``time`` is that of the answer, in UTC by the sandbox's clock, and
        ``seconds`` how long it really took, the count of live Connectors included. ``cloud`` and ``operation`` name the
        call; ``status`` is that of HTTP, null where no answer was sent; ``fault`` is the kind of fault that hit it,
        ``api_limits``, or null; ``write`` tells whether it may have changed something. ``alive`` has the number of live
        Connectors of each Remote Network right after the call; it is null while the setting ``count_alive`` is off.
        """
        with self._lock:
            return [line for line in self._lines if line["number"] > since]

    def watch(self, cloud: str, app: App) -> App:
        """The application, with each of its calls recorded, and struck by the faults that were asked for."""

        def watched(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            call = calls.read(cloud, environ)
            if call is None:
                return self._unrecorded(environ, start_response, app)
            began = time.perf_counter()
            struck, fault = self._struck(call, app)
            status: list[int] = []

            def started(line: str, headers: Any, *rest: Any) -> Any:
                status.append(int(line.split(" ", 1)[0]))
                return start_response(line, headers, *rest)

            try:
                with self._world.writing(call) if call.writes else contextlib.nullcontext():
                    return list(struck(environ, started))
            finally:
                unanswered = None if fault == "timeout" else 500
                self._note(call, status[0] if status else unanswered, fault, began)
                if fault == "timeout":
                    hang_up(environ)

        return watched

    def _unrecorded(self, environ: dict[str, Any], start_response: Any, app: App) -> Iterable[bytes]:
        """Pages of the sandbox see to the world themselves; moto's own pages may change everything."""
        moto = environ.get("PATH_INFO", "").startswith("/moto-api/")
        with self._world.writing() if moto else contextlib.nullcontext():
            return list(app(environ, start_response))

    def _struck(self, call: Call, app: App) -> tuple[App, str | None]:
        """The application as this call finds it, and the name of what hits it."""
        fault = self.faults.take(call)
        if fault:
            return strike(fault, call, app), fault.kind
        if self._world.settings.api_limits:
            wait = self._limits.wait(call, self._world.store.clock.now())
            if wait:
                return refused(call, wait), "api_limits"
        return app, None

    def _note(self, call: Call, status: int | None, fault: str | None, began: float) -> None:
        with self._counting:
            if not self._world.settings.count_alive:
                self._alive = None
            elif self._alive is None or call.writes or call.cloud == "twingate":
                self._alive = self._world.alive()
            now, alive = self._world.store.clock.now().isoformat(), self._alive
            seconds = round(time.perf_counter() - began, 6)
            with self._lock:
                self._number += 1
                asked = {"cloud": call.cloud, "operation": call.operation, "write": call.writes}
                line = {"number": self._number, "time": now, "seconds": seconds, **asked}
                self._lines.append({**line, "status": status, "fault": fault, "alive": alive})
