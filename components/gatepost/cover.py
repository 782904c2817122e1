"""What several rules allow together, and what of a block others leave: exact arithmetic of IPv4. Pure."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, collapse_addresses
from itertools import pairwise

from .rule import PRIVATE_RANGES, Rule


def uncovered(demand: Rule, rules: Iterable[Rule]) -> list[str]:
    """What of a demand (tcp, udp or icmp) no rules allow, together: ``tcp 5432 10.9.0.0/16``."""
    lost: list[tuple[int, int, tuple[IPv4Network, ...]]] = []
    for first, last, fitting in _segments(demand, rules):
        left = without(demand.destination, (rule.destination for rule in fitting))
        if left and lost and lost[-1][1] + 1 == first and lost[-1][2] == left:
            lost[-1] = (lost[-1][0], last, left)
        elif left:
            lost.append((first, last, left))
    return [f"{demand.protocol} {_ports(first, last)}{block}" for first, last, left in lost for block in left]


def nowhere(demand: Rule, rules: Iterable[Rule]) -> list[str]:
    """Ports of a demand that no rule allows to any destination."""
    return [_ports(first, last).strip() for first, last, fitting in _segments(demand, rules) if not fitting]


def _segments(demand: Rule, rules: Iterable[Rule]) -> Iterator[tuple[int, int, list[Rule]]]:
    """The ports of a demand in parts within which the same rules count, and these rules."""
    same = [rule for rule in rules if rule.protocol in ("all", demand.protocol) and ":" not in rule.destination]
    edges = {demand.first_port, demand.last_port + 1}
    for rule in same if demand.first_port else ():
        first, last = (rule.first_port, rule.last_port) if rule.ports else (1, 65535)
        edges |= {edge for edge in (first, last + 1) if demand.first_port < edge <= demand.last_port}
    steps = sorted(edges)
    for first, after in pairwise(steps):
        yield first, after - 1, [r for r in same if not r.ports or r.first_port <= first <= after - 1 <= r.last_port]


def without(block: str, others: Iterable[str]) -> tuple[IPv4Network, ...]:
    """A block without others, as the fewest blocks in order of address."""
    left = [IPv4Network(block)]
    for other in map(IPv4Network, others):
        left = [
            part
            for one in left
            if not one.subnet_of(other)
            for part in (one.address_exclude(other) if other.subnet_of(one) else [one])
        ]
    return tuple(sorted(collapse_addresses(left)))


def unrouted(blocks: Iterable[str], ranges: Iterable[str]) -> list[str]:
    """The private parts of blocks that no range holds."""
    known, lost = list(ranges), list[IPv4Network]()
    for block in map(IPv4Network, blocks):
        for private in map(IPv4Network, PRIVATE_RANGES):
            if block.overlaps(private):
                lost += without(str(block if block.subnet_of(private) else private), known)
    return [str(one) for one in sorted(collapse_addresses(lost))]


def _ports(first: int, last: int) -> str:
    if not first:
        return ""
    return f"{first} " if first == last else f"{first}-{last} "
