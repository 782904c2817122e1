"""Facts about hosts, kept from one look at them to the next: only a write can change them, and most writes do not.

Without this, each look at 500 hosts would walk through groups, routes and policies 500 times.
"""

import contextlib
import re
import threading
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple, cast

from gatepost_sandbox.calls import Call
from gatepost_sandbox.evidence import Host

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
    "gcp": re.compile(r"compute\.instances\.insert|secretmanager\.projects\.secrets\.addVersion"),
}
_NONE = re.compile(r"(?!)")


class Sight(NamedTuple):
    """A host that is there. As long as its ``stamp`` stays the same it is the same boot in the same state."""

    id: str
    stamp: Hashable
    look: Callable[[], Host]


def sights(hosts: Iterable[Host]) -> Iterator[Sight]:
    """Hosts that were looked at already."""
    for host in hosts:
        yield Sight(host.id, (host.state, host.launched_at), partial(_same, host))


def _same(host: Host) -> Host:
    return host


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

    def __init__(self, listed: Callable[[], Iterable[Sight]]) -> None:
        self.listed = listed
        self._known: dict[str, Known] = {}
        self._lock = threading.Lock()
        self._writing = self._written = 0
        self._seen_after = -1  # how many writes were over when it was last looked at
        self._facts_from = dict.fromkeys(KINDS, 0)
        self._shared: dict[Hashable, Any] = {}
        self._last = (dict(self._facts_from), -1)

    def look(self) -> Mapping[str, Known]:
        """The hosts by id. One that is the same object as before has the same facts as before."""
        with self._lock:
            if not self._writing and self._seen_after == self._written:
                return self._known
            after = self._written
        sights = list(self.listed())
        with self._lock:
            found, old = self._meet(sights), self._known
            if self._writing:  # a host that is first seen in the middle of a write may be half made
                self._known = {key: host for key, host in found.items() if key in old and old[key].is_of(host.sight)}
            else:
                self._known, self._seen_after = found, after
            self._last = (dict(self._facts_from), self._written)
            return found

    def _meet(self, sights: Iterable[Sight]) -> dict[str, Known]:
        old, (facts_from, written) = self._known, self._last
        still = {kind for kind in KINDS if facts_from[kind] == self._facts_from[kind]}
        all_hold, asked_again = len(still) == len(KINDS), written != self._written
        found = {}
        for sight in sights:
            known = old.get(sight.id)
            if known is None or not known.is_of(sight) or (asked_again and not known.paired):
                known = Known(sight, {kind: {} for kind in KINDS}, self._shared)
            elif not all_hold:
                facts = {kind: known.facts[kind] if kind in still else {} for kind in KINDS}
                known = Known(sight, facts, self._shared)
            found[sight.id] = known
        return found

    @contextlib.contextmanager
    def writing(self, call: Call | None) -> Generator[None]:
        """While a call changes something; afterwards the facts it may have changed are forgotten. None: all of them."""
        if call is not None and not seen(call):
            yield
            return
        with self._lock:
            self._writing += 1
        try:
            yield
        finally:
            with self._lock:
                self._writing -= 1
                self._written += 1
                for kind in _changed(call):
                    self._facts_from[kind] += 1
                    self._shared = {}


class Hosts:
    """All hosts there are, by cloud, with the facts about them that still hold."""

    def __init__(self, listed: Mapping[str, Callable[[], Iterable[Sight]]]) -> None:
        self._clouds = {name: Cloud(one) for name, one in listed.items()}

    def fresh(self) -> list[Host]:
        """The hosts as they are now, with nothing kept."""
        return [sight.look() for cloud in self._clouds.values() for sight in cloud.listed()]

    def listing(self) -> dict[str, Host]:
        """The hosts as they are now, by id. One that is the same object as before has the same facts as before."""
        found = {key: host for cloud in self._clouds.values() for key, host in cloud.look().items()}
        return cast("dict[str, Host]", found)

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
