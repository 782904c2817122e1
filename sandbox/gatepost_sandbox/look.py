"""One look at all Connectors and hosts: who holds which pair, and what that means at a moment."""

import logging
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gatepost_sandbox.breakdowns import Breakdowns
from gatepost_sandbox.evidence import NO_HEARTBEAT, TOO_OLD, Case, Evidence, Host, judge
from gatepost_sandbox.hosts import Hosts
from gatepost_sandbox.settings import Settings
from gatepost_sandbox.twingate.store import Connector, Store

_LOG = logging.getLogger("gatepost_sandbox.look")


@dataclass(frozen=True)
class Verdict:
    """Evidence, and all that it depends on: it holds as long as that stays the same."""

    depends_on: Hashable
    evidence: Evidence


class Look:
    """What the store, the hosts, the settings and the breakdowns are now.

    ``verdicts`` are those of the last look, by the Connector's id; those that still hold are used again.
    """

    def __init__(
        self, store: Store, hosts: Hosts, settings: Settings, breakdowns: Breakdowns, verdicts: dict[str, Verdict]
    ) -> None:
        self._store, self._breakdowns, self._verdicts = store, breakdowns, verdicts
        self._boot_time = timedelta(seconds=settings.boot_seconds)
        self._broken = frozenset(settings.broken_images)
        self._owners = {c.pair.digest: c.id for c in store.connectors() if c.pair}
        self._hosts, self._mark = hosts.listing()
        self._holders: dict[str, list[Host]] = {}
        for host in self._hosts:
            if pair := host.pair:
                self._holders.setdefault(pair.digest, []).append(host)

    def changes(self, since: datetime) -> list[tuple[datetime, str]]:
        """The moments after ``since`` at which a host changes by time alone, in order, each with its pair's digest."""
        return sorted(
            (moment, digest)
            for digest, hosts in self._holders.items()
            for host in hosts
            for moment in self._moments(host, digest)
            if moment > since
        )

    def owner(self, digest: str) -> Connector | None:
        """The Connector whose live pair it is, as the store knows it now."""
        return self._store.connector(self._owners.get(digest, ""))

    def judge(self, connector: Connector, now: datetime) -> Evidence:
        """The evidence about one Connector at a moment. What cannot be judged counts as dead, and the log says why."""
        digests = [connector.pair.digest] if connector.pair else []
        hosts = [host for digest in (*digests, *sorted(connector.past_pairs)) for host in self._holders.get(digest, ())]
        faults = self._faults(hosts, now)
        booted = tuple((h.id, h.launched_at, h.state, h.launched_at + self._boot_time <= now) for h in hosts)
        heard = connector.last_heartbeat_at is not None
        depends_on = (self._mark, self._broken, tuple(digests), heard, booted, tuple(faults.items()))
        last = self._verdicts.get(connector.id)
        if last is None or last.depends_on != depends_on:
            case = Case(connector, hosts, now, self._boot_time, self._broken, faults)
            last = self._verdicts[connector.id] = Verdict(depends_on, _judged(case))
        return last.evidence

    def _moments(self, host: Host, digest: str) -> list[datetime]:
        booted = host.launched_at + self._boot_time
        if not self._breakdowns:
            return [booted]
        falls = self._breakdowns.of(host, self.owner(digest))
        return [booted, *(fall.begins(host, self._boot_time) for fall in falls)]

    def _faults(self, hosts: list[Host], now: datetime) -> dict[str, str]:
        if not self._breakdowns:
            return {}
        owners = {host.id: self.owner(host.pair.digest) if host.pair else None for host in hosts}
        found = {host.id: self._breakdowns.now(host, owners[host.id], now, self._boot_time) for host in hosts}
        return {host_id: fault for host_id, fault in found.items() if fault}


def _judged(case: Case) -> Evidence:
    try:
        return judge(case)
    except Exception as error:
        # The model is ours and moto's: a gap in it must not fail the call of somebody else.
        _LOG.exception("Connector %s cannot be judged", case.connector.name)
        dead = TOO_OLD if case.connector.last_heartbeat_at else NO_HEARTBEAT
        return Evidence(dead, f"the sandbox cannot judge it: {error!r}; see its log")
