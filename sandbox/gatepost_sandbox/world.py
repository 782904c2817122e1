"""Everything the sandbox knows at one moment: Twingate's objects beside the hosts of the clouds."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from gatepost_sandbox.evidence import ALIVE, Case, Evidence, Host, judge
from gatepost_sandbox.twingate.store import Connector, Report, Store

STATUS_VERSION = 1
CONNECTOR_VERSION = "1.80.0"
MAX_BOOT_SECONDS = 86400


class World:
    """The store, the hosts and the settings. ``hosts`` is asked anew for each evaluation."""

    def __init__(self, store: Store, hosts: Callable[[], Iterable[Host]]) -> None:
        self.store = store
        self.hosts = hosts
        self.boot_seconds = 0.0
        self.count_alive = False
        self.broken_images: frozenset[str] = frozenset()

    def evaluate(self) -> dict[str, Evidence]:
        """Judge every Connector, by id, and note the heartbeats of those in touch."""
        return self._evaluate(list(self.hosts()))

    def _evaluate(self, hosts: list[Host]) -> dict[str, Evidence]:
        now, boot_time = self.store.clock.now(), timedelta(seconds=self.boot_seconds)
        found = {c.id: judge(Case(c, hosts, now, boot_time, self.broken_images)) for c in self.store.connectors()}
        for connector_id, evidence in found.items():
            if evidence.heartbeat:
                self.store.heard_from(connector_id, _report(evidence))
        return found

    def alive(self) -> dict[str, int]:
        """The number of live Connectors of each Remote Network, by its name."""
        found = self.evaluate()
        return {
            network.name: sum(c.id in found and found[c.id].state == ALIVE for c in self.store.connectors(network.id))
            for network in self.store.networks()
        }

    def configure(self, body: dict[str, Any]) -> str | None:
        """Change settings; a sentence says what is wrong, and then nothing was changed.

        ``boot_seconds`` is the time between the launch of a host and the first heartbeat (0 to 86400, default 0).
        ``broken_images`` lists images whose hosts never finish booting (default none).
        ``count_alive`` counts the live Connectors after each write (default false: it takes time with many hosts).
        """
        settings = {**self.settings(), **body}
        unknown = sorted(set(settings) - set(self.settings()))
        if unknown:
            return f"Unknown settings: {', '.join(unknown)}. Known: {', '.join(self.settings())}."
        boot, count, broken = settings["boot_seconds"], settings["count_alive"], settings["broken_images"]
        if isinstance(boot, bool) or not isinstance(boot, int | float) or not 0 <= boot <= MAX_BOOT_SECONDS:
            return f"boot_seconds is {boot!r}; it must be a number of seconds from 0 to {MAX_BOOT_SECONDS}."
        if not isinstance(count, bool):
            return f"count_alive is {count!r}; it must be true or false."
        if not isinstance(broken, list) or not all(isinstance(image, str) for image in broken):
            return f"broken_images is {broken!r}; it must be a list of image ids."
        self.boot_seconds, self.count_alive, self.broken_images = float(boot), count, frozenset(broken)
        return None

    def settings(self) -> dict[str, Any]:
        """The settings in force."""
        return {
            "boot_seconds": self.boot_seconds,
            "broken_images": sorted(self.broken_images),
            "count_alive": self.count_alive,
        }

    def status(self) -> dict[str, Any]:
        """What ``gatepost sandbox status --json`` shows.

        ``networks`` lists each Remote Network with its Connectors; ``lost_hosts`` lists running hosts that are
        meant for a Connector and lead to no token pair. Fields are only ever added while ``version`` stays the same.
        """
        hosts = list(self.hosts())
        found = self._evaluate(hosts)
        networks = [
            {
                "id": network.id,
                "name": network.name,
                "connectors": [_line(c, found[c.id]) for c in self.store.connectors(network.id) if c.id in found],
            }
            for network in self.store.networks()
        ]
        lost = [
            {"host_id": host.id, "region": host.region, "reason": f"{host.id}: {host.pair_problem}"}
            for host in hosts
            if host.state == "running" and host.pair_problem
        ]
        return {"version": STATUS_VERSION, "networks": networks, "lost_hosts": lost}


def _report(evidence: Evidence) -> Report | None:
    if evidence.host is None or evidence.public_ip is None:
        return None
    host = evidence.host
    return Report(host.hostname, evidence.public_ip, host.private_ips, CONNECTOR_VERSION)


def _line(connector: Connector, evidence: Evidence) -> dict[str, Any]:
    host = evidence.host
    heard = connector.last_heartbeat_at
    return {
        "id": connector.id,
        "name": connector.name,
        "state": evidence.state,
        "alive": evidence.state == ALIVE,
        "reason": evidence.reason,
        "host_id": host.id if host else None,
        "region": host.region if host else None,
        "zone": host.zone if host else None,
        "public_ip": evidence.public_ip,
        "site": _tag(host, "site"),
        "slot": _tag(host, "slot"),
        "last_heartbeat_at": heard.isoformat() if heard else None,
    }


def _tag(host: Host | None, word: str) -> str | None:
    """The tag named ``word``, with or without the prefix ``gatepost:`` or ``gatepost-``, in any case."""
    for key, value in (host.tags if host else {}).items():
        if key.lower() in (word, f"gatepost:{word}", f"gatepost-{word}"):
            return value
    return None
