"""Facts about hosts, kept from one look at them to the next: only a write can change them, and most writes do not.

Without this, each look at 500 hosts would walk through groups, routes and policies 500 times.
"""

import contextlib
import re
import threading
from collections.abc import Callable, Generator, Hashable, Iterable, Mapping
from typing import Any, cast

from gatepost_sandbox.calls import Call
from gatepost_sandbox.evidence import Host
from gatepost_sandbox.sights import Listed, Seen, Sight

PAIR, SECRET, NETWORK = "pair", "secret", "network"
KINDS = (PAIR, SECRET, NETWORK)

# Which kinds of facts the writes of a service of AWS may change. A service that is not here may change everything.
_CHANGES: Mapping[str, tuple[str, ...]] = {"ec2": (NETWORK,), "iam": (SECRET,), "kms": (SECRET,)}

# Writes that no host sees at all: what they make or remove is used by nothing.
_UNSEEN = {
    "aws": re.compile(
        r"AllocateAddress|ReleaseAddress|CreateTags|DeleteTags|AddTagsToResource|Tag\w+|DeleteSecurityGroup|DeleteSubnet"
        r"|Create(Vpc|Subnet|SecurityGroup|RouteTable|InternetGateway|NatGateway|Role|Policy|InstanceProfile)"
    ),
    "gcp": re.compile(r"compute\.(networks|subnetworks|addresses)\.insert|(iam|secretmanager)\.projects\.\w+\.create"),
}

# Writes that touch nothing of the other hosts. A host's pair is one that it read when it booted, so a new version of
# its secret is none of them; a host without a pair is asked again after each write.
_HARMLESS = {
    "aws": re.compile(r"(Run|Terminate|Stop|Start|Reboot)Instances|PutParameter"),
    "gcp": re.compile(r"secretmanager\.projects\.secrets\.addVersion"),
    "azure": re.compile(r"(PUT|PATCH|POST|DELETE) Microsoft\.ContainerInstance/containerGroups(/\w+)?"),
}

# Writes to one host that the others notice only where they depend on each other: by routes, or for ports of one NAT.
_OWN = {"gcp": re.compile(r"compute\.instances\.\w+")}
_NONE = re.compile(r"(?!)")


class Known:
    """A host whose facts are kept. Everything else is asked of the host itself.

    Hosts with equal ``surroundings`` (where the cloud tells them) share what their network lets them do.
    """

    def __init__(self, sight: Sight, facts: Mapping[str, dict[Hashable, Any]], shared: dict[Hashable, Any]) -> None:
        self._host, self.sight, self.facts, self._shared = sight.look(), sight, facts, shared
        self.id, self.state, self.launched_at = self._host.id, self._host.state, self._host.launched_at

    def __getattr__(self, name: str) -> Any:
        """What is not kept."""
        return getattr(self._host, name)

    def is_of(self, sight: Sight) -> bool:
        """Whether it was the same boot in the same state."""
        return self.sight is sight or self.sight.stamp == sight.stamp

    @property
    def paired(self) -> bool:
        """Whether it is known to lead to a pair."""
        return self.facts[PAIR].get("pair") is not None

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
        return self._common(need, lambda: self._host.egress_problem(need))

    def exit(self) -> Any:
        """Where its traffic leaves."""
        return self._common("exit", self._host.exit)

    def reach(self, destination: Any) -> Any:
        """What decides whether it can open a destination: its DNS servers, at each look."""
        return self._fact(NETWORK, ("reach", destination), lambda: self._host.reach(destination))

    def _common(self, key: Hashable, find: Callable[[], Any]) -> Any:
        mine = self._fact(NETWORK, "surroundings", lambda: getattr(self._host, "surroundings", None))
        if mine is None:
            return self._fact(NETWORK, key, find)
        found = self._shared.get((mine, key), self)  # None is an answer
        if found is self:
            found = self._shared[mine, key] = find()
        return found

    def _fact(self, kind: str, key: Hashable, find: Callable[[], Any]) -> Any:
        kept = self.facts[kind]
        if key not in kept:
            kept[key] = find()
        return kept[key]


class Cloud:
    """The hosts of one cloud, as they were last seen; ``listed`` gives those that are there now."""

    def __init__(self, listed: Listed) -> None:
        self.listed = listed
        self._known: dict[str, Known] = {}
        self._touched: dict[str, None] = {}
        self._half_made: dict[str, Sight | None] = {}
        self._pairless: set[str] = set()
        """Ids of hosts that were not known to lead to a pair when they were last looked at."""
        self._lock = threading.Lock()
        self._writing = self._written = 0
        self._seen_after = -1  # how many writes were over when it was last looked at
        self._facts_from = dict.fromkeys(KINDS, 0)
        self._shared: dict[Hashable, Any] = {}
        self._last = (dict(self._facts_from), -1)

    def look(self, *, take: bool = False) -> tuple[Mapping[str, Known], Iterable[str]]:
        """The hosts by id, and the ids of those that are new, gone or other objects since somebody wanted to ``take``
        these ids. One that is the same object as before has the same facts as before.
        """
        with self._lock:
            if not self._writing and self._seen_after == self._written:
                return self._known, self._taken(take)
            after = self._written
        listed = () if isinstance(self.listed, Seen) else list(self.listed())  # AWS's may take its time
        with self._lock:
            found, old = self._meet(listed), self._known
            if self._writing:  # a host that is first seen in the middle of a write may be half made
                self._known = {key: host for key, host in found.items() if key in old and old[key].is_of(host.sight)}
                self._half_made = {key: host.sight for key, host in found.items() if key not in self._known}
            else:
                self._known, self._seen_after, self._half_made = found, after, {}
            self._last = (dict(self._facts_from), self._written)
            return found, self._taken(take)

    def _taken(self, take: bool) -> Iterable[str]:
        touched = self._touched
        if take:
            self._touched = {}
        return touched

    def _changes(self, listed: Iterable[Sight]) -> dict[str, Sight | None]:
        """The hosts that are not as they were, by id; None for those that are gone."""
        if isinstance(self.listed, Seen):
            return self.listed.changes()
        there, before = {sight.id: sight for sight in listed}, self._known
        other = {key: s for key, s in there.items() if key not in before or before[key].sight is not s}
        return other | dict.fromkeys((before.keys() | self._half_made.keys()) - there.keys())

    def _meet(self, listed: Iterable[Sight]) -> dict[str, Known]:
        """The hosts that are there now. It goes through those that are not as they were, and through no others."""
        (facts_from, written), found = self._last, dict(self._known)
        changes = {**self._half_made, **self._changes(listed)}
        still = {kind for kind in KINDS if facts_from[kind] == self._facts_from[kind]}
        gone = [key for key, sight in changes.items() if sight is None]
        for key in gone:
            found.pop(key, None)
        self._pairless = {key for key in self._pairless if key in found and not found[key].paired}
        again = sorted(self._pairless) if written != self._written else []
        whole = {key: known.sight for key, known in found.items()} if len(still) < len(KINDS) else {}
        known_again = {key: found[key].sight for key in again}
        for key, sight in {**whole, **known_again, **changes}.items():
            if sight is None:
                continue
            known = found.get(key)
            same = known is not None and key not in again and known.is_of(sight)
            if same and len(still) == len(KINDS):
                found[key].sight = sight
                continue
            kept = {kind: known.facts[kind] for kind in still} if known and same else {}
            found[key] = Known(sight, {kind: kept.get(kind, {}) for kind in KINDS}, self._shared)
            self._pairless.add(key)
            self._touched[key] = None
        self._touched |= dict.fromkeys(gone)
        return found

    def _apart(self) -> bool:
        return isinstance(self.listed, Seen) and self.listed.apart()

    @contextlib.contextmanager
    def writing(self, call: Call | None) -> Generator[None]:
        """While a call changes something; afterwards the facts it may have changed are forgotten. None: all of them."""
        if call is not None and not seen(call):
            yield
            return
        with self._lock:
            self._writing += 1
        apart = self._apart()
        try:
            yield
        finally:
            alone = bool(call and apart and self._apart() and _OWN.get(call.cloud, _NONE).fullmatch(call.operation))
            with self._lock:
                self._writing -= 1
                self._written += 1
                for kind in () if alone else _changed(call):
                    self._facts_from[kind] += 1
                    self._shared = {}


class Hosts:
    """All hosts there are, by cloud, with the facts about them that still hold."""

    def __init__(self, listed: Mapping[str, Listed]) -> None:
        self._clouds = {name: Cloud(one) for name, one in listed.items()}

    def fresh(self) -> list[Host]:
        """The hosts as they are now, with nothing kept."""
        return [sight.look() for cloud in self._clouds.values() for sight in cloud.listed()]

    def listing(self) -> dict[str, Host]:
        """The hosts as they are now, by id. One that is the same object as before has the same facts as before."""
        found: dict[str, Known] = {}
        for cloud in self._clouds.values():
            found.update(cloud.look()[0])
        return cast("dict[str, Host]", found)

    def changes(self) -> dict[str, Host | None]:
        """The hosts that are new or other objects since this was last asked, by id; None for those that are gone."""
        found: dict[str, Known | None] = {}
        for cloud in self._clouds.values():
            known, touched = cloud.look(take=True)
            found.update({key: known.get(key) for key in touched})
        return cast("dict[str, Host | None]", found)

    @contextlib.contextmanager
    def writing(self, call: Call | None) -> Generator[None]:
        """While a call changes something on its cloud. Without a call: on every cloud."""
        with contextlib.ExitStack() as stack:
            for name, cloud in self._clouds.items():
                if call is None or call.cloud == name:
                    stack.enter_context(cloud.writing(call))
            yield


def seen(call: Call) -> bool:
    """Whether a write may change anything about any host or Connector."""
    return not _UNSEEN.get(call.cloud, _NONE).fullmatch(call.operation)


def _changed(call: Call | None) -> tuple[str, ...]:
    if call is None:
        return KINDS
    if _HARMLESS.get(call.cloud, _NONE).fullmatch(call.operation):
        return ()
    return _CHANGES.get(call.service, KINDS) if call.cloud == "aws" else KINDS
