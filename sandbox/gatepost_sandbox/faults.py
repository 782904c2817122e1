"""Faults of calls, on request: a call that is slow, throttled, refused or never answered."""

import fnmatch
import json
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

from gatepost_sandbox.calls import Call
from gatepost_sandbox.checks import NAME, Rule, number, one_of, problems, whole

KINDS = ("latency", "throttle", "error", "timeout")
CLOUDS = ("aws", "azure", "gcp", "twingate", "*")
STATUSES = (500, 502, 503)
LONGEST_WAIT = 600  # seconds

RULES: dict[str, Rule] = {
    "cloud": one_of(*CLOUDS),
    "operation": NAME,
    "kind": one_of(*KINDS),
    "seconds": number("a number of seconds", LONGEST_WAIT),
    "status": one_of(*STATUSES),
    "count": whole("a whole number", 1, null="until it is removed"),
    "skip": whole("a whole number", 0),
}
EXAMPLE = '[{"cloud": "aws", "operation": "RunInstances", "kind": "throttle"}]'
"""What the page of the faults takes."""
# Which kinds a field is for.
_FITS = {"seconds": ("latency", "throttle", "timeout"), "status": ("error",)}


@dataclass
class Fault:
    """One row. It hits ``count`` calls (None: until it is removed) after it let ``skip`` calls pass.

    ``operation`` is a name or a pattern: ``RunInstances``, ``connector*``, ``query``. ``seconds`` is real time, also
    while the sandbox's clock is held: how long a slow call waits, when a connection is cut, or what a throttled call
    is told to wait (``Retry-After``). ``used`` says how often it hit.
    """

    cloud: str = "*"
    operation: str = "*"
    kind: str = "error"
    seconds: float = 1
    status: int = 500
    count: int | None = 1
    skip: int = 0
    used: int = 0
    _passed: int = field(default=0, repr=False)

    def fits(self, call: Call) -> bool:
        """Whether it is about this call."""
        return self.cloud in ("*", call.cloud) and fnmatch.fnmatchcase(call.operation, self.operation)

    def hits(self) -> bool:
        """Whether a call that fits is hit; counts."""
        if self.count is not None and self.used >= self.count:
            return False
        if self._passed < self.skip:
            self._passed += 1
            return False
        self.used += 1
        return True

    def shown(self) -> dict[str, Any]:
        """The row with ``used``; fields that its kind does not have are left out."""
        row = asdict(self)
        del row["_passed"]
        return {key: value for key, value in row.items() if self.kind in _FITS.get(key, KINDS)}


class Faults:
    """The rows in force, in the order they were given; a call is hit by the first that fits and still counts."""

    def __init__(self) -> None:
        self._rows: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, rows: Any) -> str | None:
        """Add rows; sentences say what is wrong with them, and then none was added."""
        if not isinstance(rows, list):
            hint = " Put [ and ] around the object." if isinstance(rows, dict) else ""
            return f"The body is {_named(rows)}; it must be a list of faults, such as {EXAMPLE}.{hint}"
        wrong = [f"Fault {i}: {problem}" for i, row in enumerate(rows, 1) if (problem := _problem(row))]
        if wrong:
            return " ".join(wrong)
        with self._lock:
            self._rows += [Fault(**row) for row in rows]
        return None

    def clear(self) -> None:
        """Remove all rows."""
        with self._lock:
            self._rows = []

    def shown(self) -> list[dict[str, Any]]:
        """The rows, each with how often it was used."""
        with self._lock:
            return [row.shown() for row in self._rows]

    def take(self, call: Call) -> Fault | None:
        """The fault that hits this call, or None."""
        with self._lock:
            return next((row for row in self._rows if row.fits(call) and row.hits()), None)


def _named(value: Any) -> str:
    """What kind of JSON a value is, with the value where it is short."""
    match value:
        case None:
            return "null or no JSON"
        case dict():
            return "one object"
        case list():
            return "a list"
    return json.dumps(value)[:60]


def _problem(row: Any) -> str | None:
    if not isinstance(row, dict):
        return f"It is {_named(row)}; it must be an object, such as the one in {EXAMPLE}."
    wrong = problems(row, RULES)
    missing = [name for name in ("cloud", "operation", "kind") if name not in row]
    found = [wrong] if wrong else []
    if missing:
        found.append(f"It lacks {', '.join(missing)}.")
    for name, kinds in _FITS.items():
        if name in row and row.get("kind") in KINDS and row["kind"] not in kinds:
            found.append(f"{name} is for {' and '.join(kinds)}, not for {row['kind']}: leave it out.")
    return " ".join(found) or None
