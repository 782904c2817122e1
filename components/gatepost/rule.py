"""One permission to dial and the arithmetic of many: private and public ranges, cover, order. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Literal

from .words import one_of, refuse

Protocol = Literal["tcp", "udp", "icmp", "all"]
Kind = Literal["vendor", "platform", "reach", "exit"]
PROTOCOLS = ("tcp", "udp", "icmp", "all")
KINDS = ("vendor", "platform", "reach", "exit")
ANYWHERE = "0.0.0.0/0"

LINK_LOCAL = "169.254.0.0/16"
"""Never routed: AWS's own resolver (169.254.169.253) and metadata services are here."""
PRIVATE_RANGES = ("10.0.0.0/8", "100.64.0.0/10", LINK_LOCAL, "172.16.0.0/12", "192.168.0.0/16")
"""What is never a public address.

RFC 1918 alone leaves 31 public blocks. RFC 6598 (100.64.0.0/10) belongs here because VPCs and overlay networks use it
as private space, link-local (169.254.0.0/16) because metadata services live there. That makes 47 blocks, which fit the
60 rules of an AWS security group. Loopback and multicast never pass a firewall: leaving them out would only cost rules.
"""

AZURE_RESOLVER = "168.63.129.16"
"""Azure's resolver: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16"""
NEVER_RANGES: Mapping[str, str] = {
    "0.0.0.0/8": "no address of another host",
    "127.0.0.0/8": "the Connector's own host",
    "169.254.0.0/16": "link-local, where the metadata service hands out the host's own credentials",
    "168.63.129.16/32": "the Azure platform's own address",
    "224.0.0.0/4": "multicast, which clouds do not route",
    "240.0.0.0/4": "reserved and routed nowhere",
}
"""Ranges that no reach may lie in, each with what it is."""


@cache
def network(text: str) -> IPv4Network | IPv6Network:
    """The block that `text` spells."""
    return ip_network(text)


@lru_cache(maxsize=1 << 16)  # the rules of a strict site are compared each with each, and again for each reach
def within(inner: str, outer: str) -> bool:
    """Whether every address of `inner` lies in `outer`; never across IPv4 and IPv6."""
    a, b = network(inner), network(outer)
    if isinstance(a, IPv4Network) and isinstance(b, IPv4Network):
        return a.subnet_of(b)
    return isinstance(a, IPv6Network) and isinstance(b, IPv6Network) and a.subnet_of(b)


def is_private(cidr: str) -> bool:
    """Whether every address of `cidr` is private."""
    return any(within(cidr, private) for private in PRIVATE_RANGES)


def touches_private(cidr: str) -> bool:
    """Whether at least one address of `cidr` is private."""
    return any(network(cidr).overlaps(network(private)) for private in PRIVATE_RANGES)


@cache
def public_complement() -> tuple[str, ...]:
    """0.0.0.0/0 without `PRIVATE_RANGES`: the fewest CIDR blocks that are exactly the rest, in order of address."""
    rest = [IPv4Network(ANYWHERE)]
    for private in map(IPv4Network, PRIVATE_RANGES):
        rest = [b for r in rest for b in (r.address_exclude(private) if private.subnet_of(r) else [r])]
    return tuple(str(block) for block in sorted(rest))


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One permission to dial: a protocol, its ports, a destination, and why. Raises ValueError with every problem."""

    protocol: Protocol
    destination: str
    """IPv4 or IPv6 block in its usual spelling, for example `10.0.0.0/8`."""
    kind: Kind
    reason: str
    """Why the rule is there, in the words that a security group rule allows."""
    first_port: int = 0
    last_port: int = 0
    """1-65535 for tcp and udp, both ends included; 0 for icmp and all, which have no ports."""

    def __post_init__(self) -> None:
        problems = []
        if self.protocol not in PROTOCOLS:
            problems.append(one_of("The protocol", self.protocol, PROTOCOLS))
        if self.kind not in KINDS:
            problems.append(one_of("The kind of rule", self.kind, KINDS))
        ported = self.protocol in ("tcp", "udp")
        if ported and not 1 <= self.first_port <= self.last_port <= 65535:
            problems.append(f"The ports {self.first_port}-{self.last_port} of a rule must rise within 1-65535.")
        if not ported and (self.first_port or self.last_port):
            problems.append(f"The protocol {self.protocol!r} has no ports. Leave them out.")
        try:
            usual = str(ip_network(self.destination, strict=False))
        except ValueError:
            problems.append(f"The destination {self.destination!r} of a rule is not a CIDR block like 10.0.0.0/8.")
        else:
            if usual != self.destination:
                problems.append(f"The destination {self.destination!r} of a rule must be spelt {usual!r}.")
        if not re.fullmatch(r"[a-zA-Z0-9 ._:/()#,@\[\]+=&;{}!$*-]{1,128}", self.reason):
            problems.append(
                f"The reason {self.reason!r} must be 1 to 128 letters, digits, blanks or ._:/()#,@[]+=&;{{}}!$*-."
            )
        refuse(problems)

    @property
    def ports(self) -> str:
        """`443`, `30000-31000`, or an empty text for a protocol without ports."""
        if not self.first_port:
            return ""
        return str(self.first_port) if self.first_port == self.last_port else f"{self.first_port}-{self.last_port}"

    @property
    def key(self) -> str:
        """Short name made of the content alone (`tcp-443-0-0-0-0-0`); reason and kind are no part of it."""
        version = "v6-" if ":" in self.destination else ""
        where = version + re.sub(r"[.:/]", "-", self.destination)
        return "-".join(part for part in (self.protocol, self.ports, where) if part)

    @property
    def description(self) -> str:
        """Text for a firewall rule; within the 255 characters of AWS and the 140 of Azure, in AWS's characters."""
        return f"{self.kind}: {self.reason}"

    def covers(self, other: "Rule") -> bool:
        """Whether everything that `other` allows is allowed by this rule too."""
        if self.protocol not in ("all", other.protocol) or not within(other.destination, self.destination):
            return False
        return not self.ports or self.first_port <= other.first_port <= other.last_port <= self.last_port


def without_covered(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules in a fixed order, without doubles and without those that one other rule covers."""
    unique: dict[str, Rule] = {}
    for rule in sorted(rules, key=_order):
        unique.setdefault(rule.key, rule)
    by_protocol: dict[str, list[Rule]] = {}
    for rule in unique.values():
        by_protocol.setdefault(rule.protocol, []).append(rule)
    return tuple(
        rule
        for rule in unique.values()
        if not any(
            other.covers(rule)
            for protocol in dict.fromkeys(("all", rule.protocol))
            for other in by_protocol.get(protocol, ())
            if other is not rule
        )
    )


def _order(rule: Rule) -> tuple[int, int, int, int, int, int, int, str]:
    where = network(rule.destination)
    return (
        KINDS.index(rule.kind),
        PROTOCOLS.index(rule.protocol),
        rule.first_port,
        rule.last_port,
        where.version,
        int(where.network_address),
        where.prefixlen,
        rule.reason,
    )


def allows(rules: Iterable[Rule], ip: str, port: int, protocol: Protocol) -> Rule | None:
    """The first rule that lets `protocol` out to `ip` and `port` (which icmp ignores); None when none does."""
    address = ip_address(ip)
    for rule in rules:
        ports_fit = not rule.ports or rule.first_port <= port <= rule.last_port
        if rule.protocol in ("all", protocol) and ports_fit and address in network(rule.destination):
            return rule
    return None


def grouped(rules: Iterable[Rule]) -> dict[tuple[Protocol, str], tuple[str, ...]]:
    """Destinations by (protocol, ports), for clouds whose firewall rules list many destinations."""
    groups: dict[tuple[Protocol, str], tuple[str, ...]] = {}
    for rule in rules:
        at = (rule.protocol, rule.ports)
        groups[at] = (*groups.get(at, ()), rule.destination)
    return groups
