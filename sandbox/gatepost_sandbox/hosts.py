"""Facts about hosts, kept from one look at them to the next: only a write can change them, and most writes do not.

Without this, each look at 500 hosts would walk through groups, routes and policies 500 times.
"""

import contextlib
import re
import threading
from collections.abc import Callable, Generator, Hashable, Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from gatepost_sandbox.calls import Call
from gatepost_sandbox.evidence import Host

PAIR, SECRET, NETWORK = "pair", "secret", "network"
KINDS = (PAIR, SECRET, NETWORK)

# Which kinds of facts the writes of a service may change. A service that is not here may change everything.
_CHANGES: Mapping[str, tuple[str, ...]] = {"ec2": (NETWORK,), "iam": (SECRET,), "kms": (SECRET,)}

# A host that boots reads its secret again, while a held clock shows the same time.
_BOOTS = ("StartInstances", "RebootInstances")

# Writes that touch nothing of the hosts that are there already. A host's pair is one that it read when it booted, so a
# new version of a parameter is none of them; a host without a pair is asked again at each look.
_HARMLESS = re.compile(
    r"(RunInstances|TerminateInstances|StopInstances|AllocateAddress|CreateTags|DeleteTags|AddTagsToResource|Tag\w+"
    r"|Create(Vpc|Subnet|SecurityGroup|RouteTable|InternetGateway|NatGateway|Role|Policy|InstanceProfile)"
    r"|PutParameter)"
)


class Known:
    """A host whose facts are kept. Everything else is asked of the host itself."""

    def __init__(self, host: Host, facts: Mapping[str, dict[Hashable, Any]]) -> None:
        self._host, self._facts = host, facts
        self.id, self.state, self.launched_at = host.id, host.state, host.launched_at

    def __getattr__(self, name: str) -> Any:
        """What is not kept."""
        return getattr(self._host, name)

    @property
    def pair(self) -> Any:
        """The pair that its boot text leads to."""
        return self._fact(PAIR, "pair", lambda: self._host.pair)

    @property
    def pair_problem(self) -> str | None:
        """Why it leads to no pair."""
        return None if self.pair is not None else self._host.pair_problem

    def secret_problem(self) -> str | None:
        """Why it may not read its secret."""
        return self._fact(SECRET, "secret", self._host.secret_problem)

    def egress_problem(self, need: Any) -> str | None:
        """What keeps it from dialling."""
        return self._fact(NETWORK, need, lambda: self._host.egress_problem(need))

    def exit(self) -> Any:
        """Where its traffic leaves."""
        return self._fact(NETWORK, "exit", self._host.exit)

    def reach(self, destination: Any) -> Any:
        """What decides whether it can open a destination: its DNS servers, at each look."""
        return self._fact(NETWORK, ("reach", destination), lambda: self._host.reach(destination))

    def _fact(self, kind: str, key: Hashable, find: Callable[[], Any]) -> Any:
        kept = self._facts[kind]
        if key not in kept:
            kept[key] = find()
        return kept[key]


class Hosts:
    """All hosts there are, with the facts about them that still hold."""

    def __init__(self, listed: Callable[[], Iterable[Host]]) -> None:
        self._listed = listed
        self._lock = threading.Lock()
        self._facts: dict[str, dict[tuple[str, datetime], dict[Hashable, Any]]] = {kind: {} for kind in KINDS}
        self._writing = 0
        self._version = 0

    def fresh(self) -> list[Host]:
        """The hosts as they are now, with nothing kept."""
        return list(self._listed())

    def listing(self) -> tuple[list[Host], Hashable]:
        """The hosts as they are now, and a mark: an equal one means that no facts of a listed host have changed."""
        listed = list(self._listed())
        with self._lock:
            old = self._facts
            facts: dict[str, dict[tuple[str, datetime], dict[Hashable, Any]]] = {kind: {} for kind in KINDS}
            known = []
            for host in listed:
                key = (host.id, host.launched_at)
                for kind in KINDS:
                    facts[kind][key] = old[kind].get(key, {})
                known.append(Known(host, {kind: facts[kind][key] for kind in KINDS}))
            mark: Hashable = object()
            if not self._writing:  # what is seen in the middle of a write holds for this look only
                self._facts, mark = facts, self._version
        return cast("list[Host]", known), mark

    @contextlib.contextmanager
    def writing(self, call: Call | None) -> Generator[None]:
        """While a call changes something; afterwards the facts it may have changed are forgotten. None: all of them."""
        with self._lock:
            self._writing += 1
        try:
            yield
        finally:
            with self._lock:
                self._writing -= 1
                self._forget(call)

    def _forget(self, call: Call | None) -> None:
        doubtful = {key for key, kept in self._facts[PAIR].items() if kept.get("pair") is None}
        changed = KINDS if call is None else _changed(call)
        self._version += bool(changed)
        for kind in changed:
            self._facts[kind] = {}
        for kind in KINDS:
            for key in doubtful:
                self._facts[kind].pop(key, None)


def _changed(call: Call) -> tuple[str, ...]:
    if call.cloud == "twingate" or (call.cloud == "aws" and _HARMLESS.fullmatch(call.operation)):
        return ()
    if call.cloud != "aws" or call.operation in _BOOTS:
        return KINDS
    return _CHANGES.get(call.service, KINDS)
