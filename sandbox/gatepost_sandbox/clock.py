"""The sandbox's clock: real time, until somebody holds it and moves it."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from gatepost_sandbox.checks import YES_OR_NO, Rule, number, problems

LONGEST_STEP = 31_536_000
"""Seconds that one call may advance the clock: a year."""
RULES: dict[str, Rule] = {"hold": YES_OR_NO, "advance_seconds": number("a number of seconds", LONGEST_STEP)}


def real_time() -> datetime:
    """The moment it is, in UTC."""
    return datetime.now(UTC)


class Clock:
    """The time in UTC. It never goes back: a clock that is let go runs on from where it stands."""

    def __init__(self, real: Callable[[], datetime] = real_time) -> None:
        self._real = real
        self._ahead = timedelta()
        self._held: datetime | None = None
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The moment it is here."""
        with self._lock:
            return self._now()

    @property
    def held(self) -> bool:
        """Whether it stands still."""
        return self._held is not None

    def hold(self) -> None:
        """Stand still."""
        with self._lock:
            self._held = self._now()

    def let_go(self) -> None:
        """Run again, from the moment it stands at."""
        with self._lock:
            self._ahead, self._held = self._now() - self._real(), None

    def advance(self, seconds: float) -> None:
        """Move ahead, held or not."""
        with self._lock:
            step = timedelta(seconds=seconds)
            if self._held is None:
                self._ahead += step
            else:
                self._held += step

    def change(self, body: dict[str, Any]) -> str | None:
        """Hold or let go (``hold``), then move (``advance_seconds``); a sentence says what is wrong with the body."""
        wrong = problems(body, RULES)
        if wrong:
            return wrong
        if "hold" in body:
            (self.hold if body["hold"] else self.let_go)()
        self.advance(body.get("advance_seconds", 0))
        return None

    def shown(self) -> dict[str, Any]:
        """``now`` (UTC) and whether it is ``held``."""
        return {"now": self.now().isoformat(), "held": self.held}

    def _now(self) -> datetime:
        return self._held or self._real() + self._ahead
