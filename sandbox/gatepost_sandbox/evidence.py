"""The state of a Connector by evidence: what a host really has, not what somebody declared.

The checks run in order; the first that fails gives the state and a reason. They see hosts through one small view, so a
further cloud needs a further view and no further check.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from gatepost_sandbox.addresses import Destination, Need, Step
from gatepost_sandbox.twingate.store import Connector, Pair

ALIVE = "ALIVE"
NO_HEARTBEAT = "DEAD_NO_HEARTBEAT"
TOO_OLD = "DEAD_HEARTBEAT_TOO_OLD"
NO_RELAYS = "DEAD_NO_RELAYS"

TENANT = "sandbox"
"""The Twingate network that is always here: https://sandbox.twingate.com to a host."""

NEVER_BOOTS, DIES, NO_RELAYS_FAULT = "never_boots", "dies", "no_relays"
HOST_FAULTS: Mapping[str, str] = {
    NEVER_BOOTS: "never finishes booting",
    DIES: "runs, but its Connector has died",
    NO_RELAYS_FAULT: "finds no relay",
}
"""Faults that a test asks for, the gravest first, with the clause that follows the host's id."""

ASKED_FOR = "a fault was asked for"

# The vendor's three rules for what a Connector dials. Without the first it has no heartbeat; the sandbox is strict
# about the other two: a Connector that lacks one of them counts as without relays, so that the missing rule is seen.
CONTROLLER = Need("tcp", 443, 443)
RELAYS = (Need("tcp", 30000, 31000), Need("udp", 1, 65535))


@dataclass(frozen=True)
class Exit:
    """The public address that a host's traffic leaves from, or the problem that keeps it from leaving."""

    public_ip: str | None = None
    problem: str | None = None


class Host(Protocol):
    """One machine that may run a Connector, on any cloud. Problems are clauses that follow the host's id."""

    @property
    def id(self) -> str:
        """The cloud's id of it."""
        ...

    @property
    def region(self) -> str:
        """Where it is."""
        ...

    @property
    def zone(self) -> str:
        """Where in the region it is."""
        ...

    @property
    def image(self) -> str:
        """The cloud's id of what it was started from."""
        ...

    @property
    def state(self) -> str:
        """``running``, or the cloud's word for anything else."""
        ...

    @property
    def launched_at(self) -> datetime:
        """When it was made, in UTC."""
        ...

    @property
    def hostname(self) -> str:
        """The name that it gives itself."""
        ...

    @property
    def private_ips(self) -> tuple[str, ...]:
        """Its addresses in its network."""
        ...

    @property
    def tags(self) -> Mapping[str, str]:
        """Its tags or labels."""
        ...

    @property
    def pair(self) -> Pair | None:
        """The pair that its boot text leads to now."""
        ...

    @property
    def pair_problem(self) -> str | None:
        """Why a host that is meant for a Connector leads to no pair; None for hosts with other work."""
        ...

    @property
    def tenants(self) -> tuple[str, ...]:
        """The Twingate networks that its boot text names: ``acme`` for both ``acme`` and https://acme.twingate.com."""
        ...

    @property
    def dns(self) -> tuple[str, ...]:
        """IPv4 addresses of the custom DNS servers it depends on; empty where the cloud's own resolver serves."""
        ...

    def secret_problem(self) -> str | None:
        """Why it may not read its secret, or None."""
        ...

    def egress_problem(self, need: Need) -> str | None:
        """What keeps it from dialling, or None."""
        ...

    def exit(self) -> Exit:
        """Where its traffic leaves."""
        ...

    def reach(self, destination: Destination) -> list[Step]:
        """What decides whether it can open a destination, in the order of the way there. One failed step: it cannot."""
        ...


@dataclass(frozen=True)
class Evidence:
    """What was found about one Connector. ``reason`` is empty when it is ALIVE."""

    state: str
    reason: str = ""
    host: Host | None = None
    public_ip: str | None = None

    @property
    def heartbeat(self) -> bool:
        """Whether it is in touch with Twingate, with or without relays."""
        return self.state in (ALIVE, NO_RELAYS)


@dataclass(frozen=True)
class Failure(Exception):
    """A check that failed. ``state`` is None where it depends on whether there was a heartbeat before."""

    reason: str
    host: Host | None = None
    state: str | None = None
    public_ip: str | None = None


@dataclass(frozen=True)
class Case:
    """One Connector and all hosts there are."""

    connector: Connector
    hosts: Sequence[Host]
    now: datetime
    boot_time: timedelta
    broken_images: frozenset[str] = frozenset()
    """Images whose hosts never get as far as the Connector."""
    faults: Mapping[str, str] = field(default_factory=dict)
    """What befell hosts at somebody's request: a key of HOST_FAULTS by host id."""
    tenants: frozenset[str] = frozenset({TENANT})
    """The Twingate networks that there are."""


def judge(case: Case) -> Evidence:
    """The state of one Connector."""
    try:
        host = _select(case)
        for check in CHECKS:
            check(host)
        if case.faults.get(host.id) == NO_RELAYS_FAULT:
            reason = f"{host.id} {HOST_FAULTS[NO_RELAYS_FAULT]}: {ASKED_FOR}"
            raise Failure(reason, host, NO_RELAYS, host.exit().public_ip)
    except Failure as failure:
        dead = TOO_OLD if case.connector.last_heartbeat_at else NO_HEARTBEAT
        return Evidence(failure.state or dead, failure.reason, failure.host, failure.public_ip)
    return Evidence(ALIVE, host=host, public_ip=host.exit().public_ip)


def _select(case: Case) -> Host:
    """The one host that uses the Connector's pair. Raises Failure when there is none, or more than one."""
    hosts = _with_current_pair(case)
    for narrow in (_running, _spared, _booted, _with_secret, _at_this_tenant):
        hosts = narrow(case, hosts)
    if len(hosts) > 1:
        names = " and ".join(sorted(host.id for host in hosts))
        raise Failure(f"{len(hosts)} hosts use its token pair: {names}; a pair works for one host only", hosts[0])
    return hosts[0]


def _with_current_pair(case: Case) -> Sequence[Host]:
    pair = case.connector.pair
    if pair is None:
        raise Failure("it has no token pair yet")
    found = [host for host in case.hosts if host.pair == pair]
    if not found:
        stale = [h for h in case.hosts if h.pair is not None and h.pair.digest in case.connector.past_pairs]
        if stale:
            raise Failure(f"{stale[0].id} holds a pair that is no longer valid", stale[0])
        raise Failure("no host uses its token pair")
    return found


def _running(_case: Case, hosts: Sequence[Host]) -> Sequence[Host]:
    running = [host for host in hosts if host.state == "running"]
    if not running:
        raise Failure(f"{hosts[0].id} is {hosts[0].state}, not running", hosts[0])
    return running


def _spared(case: Case, hosts: Sequence[Host]) -> Sequence[Host]:
    spared = [host for host in hosts if case.faults.get(host.id, NO_RELAYS_FAULT) == NO_RELAYS_FAULT]
    if not spared:
        host = hosts[0]
        raise Failure(f"{host.id} {HOST_FAULTS[case.faults[host.id]]}: {ASKED_FOR}", host)
    return spared


def _booted(case: Case, hosts: Sequence[Host]) -> Sequence[Host]:
    sound = [host for host in hosts if host.image not in case.broken_images]
    if not sound:
        raise Failure(f"{hosts[0].id} never finishes booting: its image {hosts[0].image} is broken", hosts[0])
    booted = [host for host in sound if host.launched_at + case.boot_time <= case.now]
    if not booted:
        raise Failure(f"{hosts[0].id} is still booting", hosts[0])
    return booted


def _with_secret(_case: Case, hosts: Sequence[Host]) -> Sequence[Host]:
    problems = [(host, host.secret_problem()) for host in hosts]
    able = [host for host, problem in problems if problem is None]
    if not able:
        host, problem = problems[0]
        raise Failure(f"{host.id} {problem}", host)
    return able


def _at_this_tenant(case: Case, hosts: Sequence[Host]) -> Sequence[Host]:
    here = [host for host in hosts if len(set(host.tenants)) == 1 and case.tenants.issuperset(host.tenants)]
    if not here:
        host = hosts[0]
        others = [tenant for tenant in host.tenants if tenant not in case.tenants]
        if others:
            known = "' or '".join(sorted(case.tenants))
            raise Failure(f"{host.id} dials the tenant '{others[0]}', not '{known}': so says its boot text", host)
        if host.tenants:
            raise Failure(f"{host.id} dials several tenants, {' and '.join(host.tenants)}: so says its boot text", host)
        lacks = "its boot text has neither TWINGATE_NETWORK nor TWINGATE_URL"
        raise Failure(f"{host.id} dials no tenant: {lacks}", host)
    return here


def _reaches_controller(host: Host) -> None:
    problem = host.egress_problem(CONTROLLER)
    if problem:
        raise Failure(f"{host.id} {problem}", host)


def _has_exit(host: Host) -> None:
    problem = host.exit().problem
    if problem:
        raise Failure(f"{host.id} has {problem}", host)


def _resolves_names(host: Host) -> None:
    unasked = getattr(host, "dns_problem", None)  # only some clouds' hosts can miss their network's servers
    if unasked:
        raise Failure(f"{host.id} {unasked}", host)
    for server in host.dns:
        for protocol in ("tcp", "udp"):
            asked = Destination(server, protocol, 53)
            failed = next((step for step in host.reach(asked) if step.ok is False), None)
            if failed:
                raise Failure(f"{host.id} resolves no name: it cannot dial its DNS server at {asked}: {failed}", host)


def _reaches_relays(host: Host) -> None:
    for need in RELAYS:
        problem = host.egress_problem(need)
        if problem:
            raise Failure(f"{host.id} {problem}", host, NO_RELAYS, host.exit().public_ip)


CHECKS: tuple[Callable[[Host], None], ...] = (
    _reaches_controller,
    _has_exit,
    _resolves_names,
    _reaches_relays,
)
