"""Which public IPv4 addresses and ports a set of rules lets out: arithmetic on ranges, no cloud in it."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

LAST = 2**32 - 1

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
        ports = f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.protocol.upper()} {ports}"


@dataclass(frozen=True)
class Rule:
    """One permission: ``protocol`` is ``tcp``, ``udp`` or ``-1`` for all; ports inclusive; ``cidrs`` are IPv4."""

    protocol: str
    first: int
    last: int
    cidrs: tuple[str, ...]


def lets_out(rules: Iterable[Rule], need: Need) -> bool:
    """Whether the rules together allow every port of ``need`` to every public address."""
    fitting = [rule for rule in rules if rule.protocol in ("-1", need.protocol)]
    spans = [(0, 65535, r.cidrs) if r.protocol == "-1" else (r.first, r.last, r.cidrs) for r in fitting]
    starts = {need.first, *(first for first, _, _ in spans), *(last + 1 for _, last, _ in spans)}
    return all(
        covers_public(cidr for first, last, cidrs in spans if first <= port <= last for cidr in cidrs)
        for port in sorted(starts)
        if need.first <= port <= need.last
    )


def covers_public(cidrs: Iterable[str]) -> bool:
    """Whether the blocks together hold every public IPv4 address."""
    blocks = [ipaddress.IPv4Network(cidr, strict=False) for cidr in (*cidrs, *NOT_PUBLIC)]
    reached = 0
    for block in sorted(blocks, key=lambda b: int(b.network_address)):
        if int(block.network_address) > reached:
            return False
        reached = max(reached, int(block.broadcast_address) + 1)
    return reached > LAST
