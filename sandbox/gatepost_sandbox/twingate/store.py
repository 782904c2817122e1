"""What the Twingate stand-in knows: Remote Networks, Connectors and their token pairs, and the rules that bind them.

Sources of the rules: the provider Twingate/terraform-provider-twingate and its issues (names unique per account, at
least three characters, no move between networks, one live pair per Connector).
"""

import base64
import hashlib
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from gatepost_sandbox.clock import Clock

MIN_NAME_LENGTH = 3


class RefusedError(Exception):
    """The API refuses a request; the text goes to the client as the payload's ``error``."""


@dataclass(frozen=True)
class Pair:
    """The two tokens of a Connector. Its text form shows neither."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)

    @cached_property
    def digest(self) -> str:
        """A fingerprint by which an old pair is recognised without keeping it."""
        return hashlib.sha256(f"{self.access_token}\n{self.refresh_token}".encode()).hexdigest()

    @classmethod
    def random(cls) -> "Pair":
        """A new pair; the access token has the three parts of a signed token."""
        access = ".".join(secrets.token_urlsafe(size) for size in (27, 96, 64))
        return cls(access, secrets.token_urlsafe(64))


@dataclass(frozen=True)
class Report:
    """What a Connector told Twingate about its host when it was last alive."""

    hostname: str
    public_ip: str
    private_ips: tuple[str, ...]
    version: str


@dataclass(frozen=True, kw_only=True)
class RemoteNetwork:
    """A Remote Network. Records never change; the store replaces them."""

    id: str
    name: str
    location: str
    network_type: str
    is_active: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class Connector:
    """A Connector. ``last_heartbeat_at`` is None as long as it never was in touch."""

    id: str
    name: str
    remote_network_id: str
    notifications: bool
    created_at: datetime
    updated_at: datetime
    pair: Pair | None = None
    past_pairs: frozenset[str] = frozenset()
    report: Report | None = None
    last_heartbeat_at: datetime | None = None


class Store:
    """All Remote Networks and Connectors of one account, safe to use from many threads.

    A Remote Network that still has Connectors is not deleted: what the real API does is not documented, and the strict
    answer brings a wrong order of deletion to light.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self._lock = threading.RLock()
        self._networks: dict[str, RemoteNetwork] = {}
        self._connectors: dict[str, Connector] = {}
        self._touched: dict[str, None] = {}
        self._last_id = 0

    def networks(self) -> list[RemoteNetwork]:
        """All Remote Networks, oldest first."""
        return list(self._networks.values())

    def connectors(self, remote_network_id: str | None = None) -> list[Connector]:
        """All Connectors, or those of one Remote Network, oldest first."""
        everyone = list(self._connectors.values())
        return [c for c in everyone if remote_network_id in (None, c.remote_network_id)]

    def changes(self) -> dict[str, Connector | None]:
        """The Connectors that are new or changed since this was last asked, by id; None for those that are gone."""
        with self._lock:
            touched, self._touched = self._touched, {}
            return {key: self._connectors.get(key) for key in touched}

    def _keep(self, connector: Connector) -> None:
        self._connectors[connector.id] = connector
        self._touched[connector.id] = None

    def network(self, network_id: str) -> RemoteNetwork | None:
        """The Remote Network with this id, or None."""
        return self._networks.get(network_id)

    def connector(self, connector_id: str) -> Connector | None:
        """The Connector with this id, or None."""
        return self._connectors.get(connector_id)

    def create_network(
        self, name: str, location: str, network_type: str, is_active: bool, network_id: str | None = None
    ) -> RemoteNetwork:
        """Make a Remote Network, with an id that nobody has yet if one is given.

        Raises RefusedError for a bad or taken name.
        """
        with self._lock:
            now = self.clock.now()
            made = RemoteNetwork(
                id=network_id or self._next_id("RemoteNetwork"),
                name=self._free_name(name, "Remote Network", self.networks()),
                location=location,
                network_type=network_type,
                is_active=is_active,
                created_at=now,
                updated_at=now,
            )
            self._networks[made.id] = made
            return made

    def update_network(self, network_id: str, **changes: str | bool) -> RemoteNetwork:
        """Change name, location or is_active. Raises RefusedError for an unknown id or a bad or taken name."""
        with self._lock:
            old = self._known_network(network_id)
            if "name" in changes:
                others = [n for n in self.networks() if n.id != network_id]
                changes["name"] = self._free_name(str(changes["name"]), "Remote Network", others)
            new = replace(old, **changes, updated_at=self.clock.now())
            self._networks[network_id] = new
            return new

    def delete_network(self, network_id: str) -> None:
        """Remove a Remote Network. Raises RefusedError for an unknown id, or while it has Connectors."""
        with self._lock:
            network = self._known_network(network_id)
            names = [c.name for c in self.connectors(network_id)]
            if names:
                raise RefusedError(
                    f"Remote Network '{network.name}' still has the Connectors {', '.join(names)}. Delete them first."
                )
            del self._networks[network_id]

    def create_connector(self, network_id: str, name: str | None, notifications: bool) -> Connector:
        """Make a Connector; without a name it gets one. Raises RefusedError for an unknown network or a bad name."""
        with self._lock:
            self._known_network(network_id)
            connector_id = self._next_id("Connector")
            chosen = f"connector-{self._last_id}" if name is None else name
            now = self.clock.now()
            made = Connector(
                id=connector_id,
                name=self._free_name(chosen, "Connector", self.connectors()),
                remote_network_id=network_id,
                notifications=notifications,
                created_at=now,
                updated_at=now,
            )
            self._keep(made)
            return made

    def update_connector(self, connector_id: str, **changes: str | bool) -> Connector:
        """Change name or notifications. Raises RefusedError for an unknown id or a bad or taken name."""
        with self._lock:
            old = self._known_connector(connector_id)
            if "name" in changes:
                others = [c for c in self.connectors() if c.id != connector_id]
                changes["name"] = self._free_name(str(changes["name"]), "Connector", others)
            new = replace(old, **changes, updated_at=self.clock.now())
            self._keep(new)
            return new

    def delete_connector(self, connector_id: str) -> None:
        """Remove a Connector; its pair is dead from now on. Raises RefusedError for an unknown id."""
        with self._lock:
            self._known_connector(connector_id)
            del self._connectors[connector_id]
            self._touched[connector_id] = None

    def generate_pair(self, connector_id: str) -> Pair:
        """Give a Connector a new pair; the one before is dead. Raises RefusedError for an unknown id."""
        with self._lock:
            old = self._known_connector(connector_id)
            past = old.past_pairs | {old.pair.digest} if old.pair else old.past_pairs
            pair = Pair.random()
            self._keep(replace(old, pair=pair, past_pairs=past))
            return pair

    def revoke(self, connector_id: str) -> None:
        """Make the Connector's pair worthless; it gets one that nobody knows. Raises RefusedError for an unknown id."""
        self.generate_pair(connector_id)

    def owner_of(self, pair: Pair) -> Connector | None:
        """The Connector whose live pair this is, or None."""
        return next((c for c in self.connectors() if c.pair == pair), None)

    def heard_from(self, connector_id: str, report: Report | None, at: datetime | None = None) -> None:
        """Note a heartbeat (``at``, default now), and with ``report`` what the Connector says of its host.

        Unknown ids are ignored.
        """
        with self._lock:
            old = self._connectors.get(connector_id)
            if old:
                self._keep(replace(old, report=report or old.report, last_heartbeat_at=at or self.clock.now()))

    def _next_id(self, kind: str) -> str:
        while True:
            self._last_id += 1
            made = base64.b64encode(f"{kind}:{self._last_id}".encode()).decode()
            if made not in self._networks:
                return made

    def _known_network(self, network_id: str) -> RemoteNetwork:
        network = self._networks.get(network_id)
        if network is None:
            raise RefusedError(f"Remote Network with id '{network_id}' does not exist.")
        return network

    def _known_connector(self, connector_id: str) -> Connector:
        connector = self._connectors.get(connector_id)
        if connector is None:
            raise RefusedError(f"Connector with id '{connector_id}' does not exist.")
        return connector

    def _free_name(self, name: str, kind: str, others: "list[RemoteNetwork] | list[Connector]") -> str:
        problems = list(_name_problems(name, kind, [other.name for other in others]))
        if problems:
            raise RefusedError(" ".join(problems))
        return name


def _name_problems(name: str, kind: str, taken: list[str]) -> Iterator[str]:
    if len(name.strip()) < MIN_NAME_LENGTH:
        yield f"The name '{name}' of a {kind} is too short: at least {MIN_NAME_LENGTH} characters."
    if name in taken:
        yield f"A {kind} with the name '{name}' exists already: names are unique in the whole account."
