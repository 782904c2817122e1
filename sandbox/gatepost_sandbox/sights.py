"""Hosts as a cloud notices them: which ones there are, and which of them are not as they were."""

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from gatepost_sandbox.evidence import Host
from gatepost_sandbox.indexed import Indexed


class Sight(NamedTuple):
    """A host that is there. As long as its ``stamp`` stays the same it is the same boot in the same state."""

    id: str
    stamp: Hashable
    look: Callable[[], Host]


Listed = Callable[[], Iterable[Sight]]
"""The hosts of a cloud that are there now."""


def sights(hosts: Iterable[Host]) -> Iterator[Sight]:
    """Hosts that were looked at already."""
    for host in hosts:
        yield Sight(host.id, (host.state, host.launched_at), partial(_same, host))


def _same(host: Host) -> Host:
    return host


class Seen:
    """The hosts among a cloud's resources, kept as they come and go, so that nobody must go through all of them.

    ``apart`` tells whether no host depends on another one at this moment.
    """

    def __init__(
        self, resources: Indexed, sight: Callable[[str, Any], Sight | None], apart: Callable[[], bool] = lambda: True
    ) -> None:
        self._sight, self.apart = sight, apart
        self._lock = threading.Lock()
        self._there: dict[str, Sight] = {}
        self._touched: dict[str, None] = {}
        self._ids: dict[str, str] = {}  # of the hosts, by the key of the resource
        resources.note = self._note
        for key, resource in resources.items():
            self._note(key, resource)

    def __call__(self) -> list[Sight]:
        """Those that are there now."""
        return list(self._there.values())

    def changes(self) -> dict[str, Sight | None]:
        """Those that came, went (None) or changed since this was last asked, by id."""
        with self._lock:
            touched, self._touched = self._touched, {}
            return {key: self._there.get(key) for key in touched}

    def _note(self, key: str, resource: Any) -> None:
        found = None if resource is None else self._sight(key, resource)
        if found is None and key not in self._ids:
            return
        with self._lock:
            self._touched[found.id if found else self._ids[key]] = None
            if found:
                self._there[found.id], self._ids[key] = found, found.id
            else:
                del self._there[self._ids.pop(key)]
