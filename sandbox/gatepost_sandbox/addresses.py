"""Destinations, rules, and what rules let through: arithmetic on ranges of IPv4 addresses and ports, no cloud in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network

LAST = 2**32 - 1
ALL = "-1"
"""What AWS writes for every protocol."""
PING = 8
"""The ICMP type of an echo request; a reply has type 0. Flows and rules carry ICMP types in the place of ports."""

Span = tuple[int, int]
"""First and last address, as numbers."""

# Blocks that are not on the internet: a rule need not allow them to count as "all public addresses".
# Source: the IANA IPv4 special-purpose address registry.
NOT_PUBLIC = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
)


@dataclass(frozen=True)
class Need:
    """Ports that a Connector must be able to open to every public address."""

    protocol: str
    first: int
    last: int

    def __str__(self) -> str:
        """As a person writes it: ``TCP 443`` or ``UDP 1-65535``."""
        return f"{self.protocol.upper()} {ports(self.first, self.last)}"


@dataclass(frozen=True)
class Destination:
    """One address and port that a host may want to open. ``protocol`` is tcp, udp or icmp; icmp has port 0."""

    address: str
    protocol: str
    port: int = 0

    def __str__(self) -> str:
        """As the command line takes it: ``10.0.0.5:443/tcp`` or ``10.0.0.5/icmp``."""
        return f"{self.address}{f':{self.port}' if self.port else ''}/{self.protocol}"


@dataclass(frozen=True)
class Step:
    """One thing on the way to a destination. ``ok`` is None for a remark that decides nothing."""

    part: str
    ok: bool | None
    text: str
    exit_ip: str | None = None
    """The public address that the far side sees, at the step that gives it."""

    def __str__(self) -> str:
        """The thing and what it does, as one clause."""
        return f"{self.part} {self.text}"


@dataclass(frozen=True)
class Flow:
    """Packets of one direction: their protocol, the ports that they go to, and the addresses at the other end."""

    protocol: str
    first: int
    last: int
    spans: tuple[Span, ...]

    def __str__(self) -> str:
        """Protocol and ports."""
        return "ICMP" if self.protocol == "icmp" else f"{self.protocol.upper()} {ports(self.first, self.last)}"


@dataclass(frozen=True)
class Rule:
    """One rule: ``protocol`` is tcp, udp, icmp or ``-1`` for all; ports inclusive; ``cidrs`` are IPv4."""

    protocol: str
    first: int
    last: int
    cidrs: tuple[str, ...]
    allow: bool = True
    id: str = ""

    def __str__(self) -> str:
        """Id, protocol, ports and blocks."""
        what = {ALL: "everything", "icmp": "ICMP"}.get(self.protocol)
        what = what or f"{self.protocol.upper()} {ports(self.first, self.last)}"
        more = f" and {len(self.cidrs) - 3} more" if len(self.cidrs) > 3 else ""
        return f"{self.id} ({what}, {', '.join(self.cidrs[:3])}{more})"


@dataclass(frozen=True)
class Verdict:
    """Whether rules let a whole flow through, and the rule that decides: None where no rule fits."""

    ok: bool
    rule: Rule | None


@lru_cache(maxsize=4096)
def decide(rules: tuple[Rule, ...], flow: Flow) -> Verdict:
    """Ask rules in their order; the first that fits a packet decides about it, and what none fits is refused."""
    fitting = [_every_port(rule) for rule in rules if rule.protocol in (ALL, flow.protocol)]
    starts = {flow.first, *(rule.first for rule in fitting), *(rule.last + 1 for rule in fitting)}
    by: Rule | None = None
    for port in sorted(port for port in starts if flow.first <= port <= flow.last):
        left = flow.spans
        for rule in fitting:
            rest = minus(left, _spans(rule.cidrs)) if rule.first <= port <= rule.last else left
            if rest == left:
                continue
            by = by or rule
            if not rule.allow:
                return Verdict(False, rule)
            left = rest
        if left:
            return Verdict(False, None)
    return Verdict(True, by)


def lets_out(rules: Iterable[Rule], need: Need) -> bool:
    """Whether the rules together allow every port of ``need`` to every public address."""
    return decide(tuple(rules), public(need)).ok


def public(need: Need) -> Flow:
    """The need as packets to every public address."""
    return Flow(need.protocol, need.first, need.last, PUBLIC)


def minus(spans: Sequence[Span], taken: Sequence[Span]) -> tuple[Span, ...]:
    """What is left of sorted, separate ranges without others."""
    left = list(spans)
    for first, last in taken:
        if any(a <= last and first <= b for a, b in left):
            parts = [part for a, b in left for part in ((a, min(b, first - 1)), (max(a, last + 1), b))]
            left = [(a, b) for a, b in parts if a <= b]
    return tuple(left)


@lru_cache(maxsize=64)
def inside(block: IPv4Network, first: int, last: int) -> tuple[str, ...]:
    """The addresses of a block but the ``first`` and the ``last`` ones; of a large block no more than 65536."""
    most = min(block.num_addresses - last, first + (1 << 16))
    return tuple(str(block[number]) for number in range(first, most))


def one(address: str) -> tuple[Span, ...]:
    """A single address as ranges."""
    number = int(IPv4Address(address))
    return ((number, number),)


def ports(first: int, last: int) -> str:
    """``443`` or ``30000-31000``."""
    return f"{first}" if first == last else f"{first}-{last}"


def holds(cidr: str, address: str) -> bool:
    """Whether a block holds an address."""
    return not minus(one(address), _spans((cidr,)))


def _every_port(rule: Rule) -> Rule:
    return Rule(ALL, 0, 65535, rule.cidrs, rule.allow, rule.id) if rule.protocol == ALL else rule


@lru_cache(maxsize=4096)
def _spans(cidrs: tuple[str, ...]) -> tuple[Span, ...]:
    blocks = [IPv4Network(cidr, strict=False) for cidr in cidrs]
    return tuple(sorted((int(block.network_address), int(block.broadcast_address)) for block in blocks))


PUBLIC = minus(((0, LAST),), _spans(NOT_PUBLIC))
"""Every public address."""
