"""Everything the sandbox knows at one moment: Twingate's objects beside the hosts of the clouds.

What happens between two calls happens by time alone. So the world looks before each write and at each move of the
clock, and goes through the moments in between at which something changed: it knows who was ever alive, asked or not.
"""

import contextlib
import threading
from collections.abc import Callable, Generator, Mapping
from datetime import datetime, timedelta
from typing import Any

from gatepost_sandbox.breakdowns import Breakdowns
from gatepost_sandbox.calls import Call
from gatepost_sandbox.evidence import ALIVE, Evidence
from gatepost_sandbox.hosts import Hosts, seen
from gatepost_sandbox.look import Look
from gatepost_sandbox.settings import Settings
from gatepost_sandbox.sights import Listed
from gatepost_sandbox.twingate.store import Connector, Report, Store

CONNECTOR_VERSION = "1.80.0"


class World:
    """The store, the hosts and the settings. Whoever changes something does it inside ``writing``."""

    def __init__(self, store: Store, hosts: Mapping[str, Listed]) -> None:
        self.store = store
        self.hosts = Hosts(hosts)
        self.settings = Settings()
        self.breakdowns = Breakdowns()
        self._lock = threading.RLock()
        self._look = Look(store, self.hosts, self.settings, self.breakdowns)
        self._found: dict[str, Evidence] = {}
        self._in_touch: dict[str, Evidence] = {}
        self._last_state: dict[str, str] = {}
        self._looked_at = store.clock.now()
        self._next: datetime | None = None
        self._changed = True
        self._alive: dict[str, int] = {}
        self._living: dict[str, set[str]] = {}  # ids of live Connectors, by the id of their Remote Network

    @contextlib.contextmanager
    def writing(self, call: Call | None = None) -> Generator[None]:
        """While something changes: what was true until now is noted first. Without a call, anything may change."""
        with self._lock:
            if self._stale():
                self._evaluate()
        try:
            with self.hosts.writing(call):
                yield
        finally:
            self._changed |= call is None or seen(call)

    def evaluate(self) -> dict[str, Evidence]:
        """Judge every Connector, by id, and note the heartbeats since the last look."""
        with self._lock:
            self._evaluate()
            return dict(self._found)

    def _evaluate(self) -> None:
        with self._lock:
            self._changed = False  # a write that comes meanwhile sets it again
            self._alive = {}
            now = self.store.clock.now()
            touched, moments = self._look.refresh(self._looked_at)
            for moment, digest in moments:
                if moment < now and (connector := self._look.owner(digest)):
                    self._note(connector, self._look.judge(connector, moment), moment)
            for connector in filter(None, map(self.store.connector, touched)):
                self._found[connector.id] = evidence = self._look.judge(connector, now)
                living = self._living.setdefault(connector.remote_network_id, set())
                (living.add if evidence.state == ALIVE else living.discard)(connector.id)
                self._note(connector, evidence, now)
            self._forget_the_deleted()
            self._looked_at, self._next = now, next((moment for moment, _ in moments if moment > now), None)

    def alive(self) -> dict[str, int]:
        """The number of live Connectors of each Remote Network, by its name."""
        with self._lock:
            if self._stale() or not self._alive:
                self._evaluate()
                names = {network.id: network.name for network in self.store.networks()}
                self._alive = {name: len(self._living.get(key, ())) for key, name in names.items()}
            return dict(self._alive)

    def told(self, found: dict[str, Evidence]) -> dict[str, str]:
        """The state of every Connector that Twingate's API tells, by id.

        It learns of a death only by missing heartbeats: for ``heartbeat_seconds`` after the last sign of life it tells
        the state that the Connector had then.
        """
        now, late = self.store.clock.now(), timedelta(seconds=self.settings.heartbeat_seconds)
        states = {key: evidence.state for key, evidence in found.items()}
        for connector in self.store.connectors():
            evidence, heard = found.get(connector.id), connector.last_heartbeat_at
            if evidence and heard and not evidence.heartbeat and now < heard + late:
                states[connector.id] = self._last_state[connector.id]
        return states

    def last_heartbeat(self, connector: Connector) -> datetime | None:
        """When the Connector was last in touch: for one that still is, the moment of the last look."""
        return self._looked_at if connector.id in self._in_touch else connector.last_heartbeat_at

    def configure(self, body: dict[str, Any]) -> str | None:
        """Change settings; sentences say what is wrong, and then nothing was changed."""
        with self.writing():
            return self.settings.change(body)

    def break_host(self, body: dict[str, Any], named: Callable[[str], str]) -> str | None:
        """Ask for the fault of a host, or end it; sentences say what is wrong, and then nothing was changed.

        ``named`` gives the whole name of a Connector, or raises QuestionError.
        """
        with self.writing():
            return self.breakdowns.change(body, {host.id for host in self.hosts.fresh()}, named)

    def move_clock(self, body: dict[str, Any]) -> str | None:
        """Hold, move or let go the clock; sentences say what is wrong, and then nothing was changed."""
        with self._lock:
            with self.writing():
                wrong = self.store.clock.change(body)
            self._evaluate()
            return wrong

    def _stale(self) -> bool:
        """Whether something may have changed since the last look."""
        return self._changed or bool(self._next and self._next <= self.store.clock.now())

    def _note(self, connector: Connector, evidence: Evidence, at: datetime) -> None:
        """Whoever was in touch at the last look was so until now, dead or alive."""
        before = self._in_touch.get(connector.id)
        if before is evidence:
            return
        if evidence.heartbeat or before:
            self.store.heard_from(connector.id, _report(evidence), at)
        if evidence.heartbeat:
            self._in_touch[connector.id] = evidence
            self._last_state[connector.id] = evidence.state
        elif before:
            del self._in_touch[connector.id]

    def _forget_the_deleted(self) -> None:
        for key in self._look.gone:
            for remembered in (self._found, self._in_touch, self._last_state):
                remembered.pop(key, None)
            for living in self._living.values():
                living.discard(key)


def _report(evidence: Evidence) -> Report | None:
    if evidence.host is None or evidence.public_ip is None:
        return None
    host = evidence.host
    return Report(host.hostname, evidence.public_ip, host.private_ips, CONNECTOR_VERSION)
