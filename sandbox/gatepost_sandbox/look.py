"""Looks at all Connectors and hosts: who holds which pair, and what that means at a moment.

A look goes only through what is not as it was at the last one, so that it costs little beside 500 hosts.
"""

import logging
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from gatepost_sandbox.breakdowns import Breakdowns
from gatepost_sandbox.evidence import NO_HEARTBEAT, TOO_OLD, Case, Evidence, Host, judge
from gatepost_sandbox.hosts import Hosts
from gatepost_sandbox.settings import Settings
from gatepost_sandbox.twingate.store import Connector, Store

_LOG = logging.getLogger("gatepost_sandbox.look")


T = TypeVar("T")


@dataclass(frozen=True)
class Verdict:
    """Evidence, and all that it depends on: it holds as long as that stays the same."""

    depends_on: tuple[object, ...]
    evidence: Evidence


class Look:
    """What the store, the hosts, the settings and the breakdowns were at the last look. Not safe for many threads."""

    def __init__(self, store: Store, hosts: Hosts, settings: Settings, breakdowns: Breakdowns) -> None:
        self._store, self._source, self._settings, self._breakdowns = store, hosts, settings, breakdowns
        self.connectors: dict[str, Connector] = {}
        self.gone: set[str] = set()
        """Ids of Connectors that the last look did not find any more."""
        self._hosts: dict[str, Host] = {}
        self._digests: dict[str, str] = {}  # of the pairs that hosts hold, by host id
        self._holders: dict[str, set[str]] = {}  # ids of hosts, by the digest of the pair that they hold
        self._owners: dict[str, str] = {}  # ids of Connectors, by the digest of each pair that they have or had
        self._verdicts: dict[str, Verdict] = {}
        self._booting: set[str] = set()  # ids of hosts that had not booted at the last look
        self._asked: Hashable = None
        self._boot_time, self._broken, self._tenants = timedelta(), frozenset[str](), frozenset[str]()

    def refresh(self, since: datetime) -> tuple[set[str], list[tuple[datetime, str]]]:
        """Ids of the Connectors that something happened to, and the moments after ``since`` at which something happens.

        A moment is one at which a host changes by time alone; with it comes the digest of the host's pair.
        """
        everything = self._settings_changed()
        touched = self._connectors_changed() | self._hosts_changed()
        if everything or self._breakdowns:
            self._booting = set(self._digests)
        moments = sorted(
            (moment, self._digests[key])
            for key in self._booting
            for moment in self._moments(self._hosts[key], self._digests[key])
            if moment > since
        )
        if everything or self._breakdowns:
            touched = set(self.connectors)
        else:
            touched |= {self._owners[digest] for _, digest in moments if digest in self._owners}
        self._booting = {key for key in self._booting if self._hosts[key].launched_at + self._boot_time > since}
        return touched, moments

    def owner(self, digest: str) -> Connector | None:
        """The Connector whose live pair it is, as the store knows it now."""
        found = self._store.connector(self._owners.get(digest, ""))
        return found if found and found.pair and found.pair.digest == digest else None

    def judge(self, connector: Connector, now: datetime) -> Evidence:
        """The evidence about one Connector at a moment. What cannot be judged counts as dead, and the log says why."""
        digests = [connector.pair.digest] if connector.pair else []
        hosts = [host for digest in (*digests, *sorted(connector.past_pairs)) for host in self._holding(digest)]
        faults = self._faults(hosts, now)
        booted = tuple((host, host.launched_at + self._boot_time <= now) for host in hosts)
        heard = connector.last_heartbeat_at is not None
        depends_on = (self._broken, self._tenants, tuple(digests), heard, booted, tuple(faults.items()))
        last = self._verdicts.get(connector.id)
        if last is None or last.depends_on != depends_on:
            case = Case(connector, hosts, now, self._boot_time, self._broken, faults, self._tenants)
            last = self._verdicts[connector.id] = Verdict(depends_on, _judged(case))
        return last.evidence

    def _settings_changed(self) -> bool:
        settings, before = self._settings, self._asked
        self._asked = (settings.boot_seconds, tuple(settings.broken_images), settings.tenants, bool(self._breakdowns))
        self._boot_time = timedelta(seconds=settings.boot_seconds)
        self._broken = frozenset(settings.broken_images)
        self._tenants = frozenset(settings.tenants)
        return before != self._asked

    def _connectors_changed(self) -> set[str]:
        """Ids of the Connectors that are new or other than before."""
        touched = self._store.changes()
        changed = [self.connectors[key] for key in _merge(self.connectors, touched)]
        for connector in changed:
            own = [connector.pair.digest] if connector.pair else []
            self._owners.update(dict.fromkeys((*own, *connector.past_pairs), connector.id))
        self.gone = {key for key, connector in touched.items() if connector is None}
        for key in self.gone:
            self._verdicts.pop(key, None)
        return {connector.id for connector in changed}

    def _hosts_changed(self) -> set[str]:
        """Ids of the Connectors whose hosts, of this pair or an earlier one, are new, gone or other than before."""
        touched = self._source.changes()
        changed = _merge(self._hosts, touched)
        digests = {self._digests.pop(key) for key in touched if key in self._digests}
        for digest in digests:
            self._holders[digest] -= touched.keys()
        for key in changed:
            if pair := self._hosts[key].pair:
                self._digests[key] = pair.digest
                self._holders.setdefault(pair.digest, set()).add(key)
                digests.add(pair.digest)
        self._booting = (self._booting | set(changed)) & self._digests.keys()
        return {self._owners[digest] for digest in digests if digest in self._owners}

    def _holding(self, digest: str) -> Iterable[Host]:
        """The hosts that hold a pair, in the order of their clouds."""
        keys = self._holders.get(digest, ())
        order = self._hosts if len(keys) > 1 else keys
        return [self._hosts[key] for key in order if key in keys]

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


def _merge(whole: dict[str, T], changes: Mapping[str, T | None]) -> list[str]:
    """Take changes over; the keys of what is new or other. None is for what is gone."""
    for key, value in changes.items():
        if value is None:
            whole.pop(key, None)
        else:
            whole[key] = value
    return [key for key, value in changes.items() if value is not None]


def _judged(case: Case) -> Evidence:
    try:
        return judge(case)
    except Exception as error:
        # The model is ours and moto's: a gap in it must not fail the call of somebody else.
        _LOG.exception("Connector %s cannot be judged", case.connector.name)
        dead = TOO_OLD if case.connector.last_heartbeat_at else NO_HEARTBEAT
        return Evidence(dead, f"the sandbox cannot judge it: {error!r}; see its log")
