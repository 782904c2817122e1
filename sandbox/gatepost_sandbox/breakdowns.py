"""Faults of hosts, asked for by a test: one that never boots, a Connector that dies, one that finds no relay."""

import fnmatch
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gatepost_sandbox.checks import NAME, number, one_of, problems
from gatepost_sandbox.evidence import HOST_FAULTS, NEVER_BOOTS, Host
from gatepost_sandbox.naming import PATTERN, QuestionError
from gatepost_sandbox.twingate.store import Connector

LONGEST = 31_536_000  # seconds: a year
RULES = {
    "host_id": NAME,
    "connector": NAME,
    "fault": one_of(*HOST_FAULTS, null="none from now on"),
    "at_seconds": number("a number of seconds after the boot", LONGEST),
}


@dataclass(frozen=True)
class Breakdown:
    """One fault of one host, or of the hosts of Connectors. ``at_seconds`` counts from the end of the boot."""

    fault: str
    at_seconds: float = 0.0

    def begins(self, host: Host, boot_time: timedelta) -> datetime:
        """When it shows on a host."""
        return host.launched_at + boot_time + timedelta(seconds=self.at_seconds)


class Breakdowns:
    """The faults in force, by host id or by the name of a Connector, which may be a pattern like ``prod-*``."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Breakdown] = {}

    def change(self, body: Mapping[str, Any], host_ids: set[str], named: Callable[[str], str]) -> str | None:
        """Ask for a fault, or end it with ``fault: null``; a sentence says what is wrong with the body.

        A Connector may be a pattern of names, and then it also counts for Connectors made later. Otherwise ``named``
        gives the whole name; it raises QuestionError where none fits.
        """
        wrong = problems(body, RULES)
        if wrong:
            return wrong
        targets = [key for key in ("host_id", "connector") if key in body]
        if len(targets) != 1 or "fault" not in body:
            return f"Give either host_id or connector, and a fault: one of {', '.join(HOST_FAULTS)}, or null."
        (kind,) = targets
        target, fault = body[kind], body["fault"]
        if kind == "connector" and (kind, target) not in self._rows and not set(target) & PATTERN:
            try:
                target = named(target)
            except QuestionError as error:
                return str(error)
        if fault is None:
            self._rows.pop((kind, target), None)
            return None
        if kind == "host_id" and target not in host_ids:
            return f"No host has the id '{target}'. Hosts: {', '.join(sorted(host_ids)) or 'none'}."
        if fault == NEVER_BOOTS and "at_seconds" in body:
            return f"at_seconds counts from the end of the boot, and with {NEVER_BOOTS} there is none: leave it out."
        self._rows[kind, target] = Breakdown(fault, float(body.get("at_seconds", 0)))
        return None

    def shown(self) -> list[dict[str, Any]]:
        """The faults in force, as they were asked for."""
        return [{k: t, "fault": row.fault, "at_seconds": row.at_seconds} for (k, t), row in self._rows.items()]

    def of(self, host: Host, connector: Connector | None) -> list[Breakdown]:
        """What befalls a host sooner or later. ``connector`` is the one whose pair it holds."""
        return [
            row
            for (kind, target), row in list(self._rows.items())
            if (kind == "host_id" and target == host.id)
            or (kind == "connector" and connector and fnmatch.fnmatchcase(connector.name, target))
        ]

    def now(self, host: Host, connector: Connector | None, now: datetime, boot_time: timedelta) -> str | None:
        """What has befallen a host: the gravest fault that has begun, or None."""
        begun = {
            row.fault
            for row in self.of(host, connector)
            if row.fault == NEVER_BOOTS or row.begins(host, boot_time) <= now
        }
        return next((fault for fault in HOST_FAULTS if fault in begun), None)

    def __bool__(self) -> bool:
        return bool(self._rows)
