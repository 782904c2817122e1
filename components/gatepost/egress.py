"""What a Connector host may dial: the tables and the sum of them, shared by the components and the policies. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network, ip_network

from .rule import (
    ANYWHERE,
    NEVER_RANGES,
    PRIVATE_RANGES,
    PROTOCOLS,
    Protocol,
    Rule,
    allows,
    grouped,
    is_private,
    network,
    public_complement,
    touches_private,
    within,
    without_covered,
)
from .words import one_of, refuse

__all__ = [
    "NETWORK_TYPES",
    "NEVER_RANGES",
    "PLATFORM_RULES",
    "PRIVATE_RANGES",
    "RULE_QUOTA",
    "STRICT_PROTOCOLS",
    "VENDOR_RULES",
    "Reach",
    "Rule",
    "allows",
    "dns_problems",
    "dns_rules",
    "egress_rules",
    "grouped",
    "is_private",
    "public_complement",
    "quota_problem",
    "touches_private",
    "without_covered",
]

NETWORK_TYPES = ("REGULAR", "EXIT")

_VENDOR = "https://www.twingate.com/docs/connector-best-practices"


def _vendor(protocol: Protocol, first: int, last: int, use: str) -> Rule:
    reason = f"{use} ({_VENDOR})"
    return Rule(protocol=protocol, first_port=first, last_port=last, destination=ANYWHERE, kind="vendor", reason=reason)


VENDOR_RULES = (
    _vendor("tcp", 443, 443, "Twingate Controller and Relays"),
    _vendor("tcp", 30000, 31000, "Relay connections without peer-to-peer"),
    _vendor("udp", 1, 65535, "peer-to-peer, QUIC"),
)
"""The three outbound rules of Twingate's page "Best Practices" for Connectors. Nothing comes in."""

_MIRRORS = "Ubuntu mirrors of the Twingate AMI: without it updates fail silently"
_PACKAGES = "package mirrors of the distribution, where they are not on 443"
PLATFORM_RULES: Mapping[str, tuple[Rule, ...]] = {
    # Not filtered by a security group, so no rule: VPC resolver, metadata and time service.
    # https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
    "aws": (Rule(protocol="tcp", first_port=80, last_port=80, destination=ANYWHERE, kind="platform", reason=_MIRRORS),),
    # Debian repositories and Secret Manager answer on 443; metadata, DNS and NTP are always allowed.
    # https://cloud.google.com/firewall/docs/firewalls
    "gcp": (),
    # The platform pulls the image outside the virtual network. https://github.com/MicrosoftDocs/azure-docs/issues/58612
    "azure": (),
    # Outside the clouds people open what a distribution's packages come by.
    "onprem": (
        Rule(protocol="tcp", first_port=80, last_port=80, destination=ANYWHERE, kind="platform", reason=_PACKAGES),
    ),
}
"""What the platform of each cloud needs beside the vendor's rules."""

STRICT_PROTOCOLS: Mapping[str, tuple[Protocol, ...]] = {
    "aws": ("udp",),
    "gcp": ("tcp", "udp"),
    "azure": ("tcp", "udp"),
    "onprem": ("tcp", "udp"),
}
"""Vendor rules that `strict` narrows to public addresses. 47 blocks for UDP alone fill an AWS group; a Google or Azure
rule lists all blocks at once."""

RULE_QUOTA: Mapping[str, int] = {"aws": 60}
"""Outbound rules of a security group unless raised: https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"""


def dns_problems(servers: object) -> list[str]:
    """What is wrong with a list of custom DNS servers, as sentences. IPv4 only: hosts have no IPv6 address."""
    if isinstance(servers, str) or not isinstance(servers, Iterable):
        return [f"The DNS servers {servers!r} must be a list. Write [{servers}]."]
    problems = []
    found = list(servers)
    for server in found:
        try:
            IPv4Address(server if isinstance(server, str) else "")
        except AddressValueError:
            problems.append(f"The DNS server {server!r} is not an IPv4 address like 10.0.0.2.")
    twice = sorted({str(s) for s in found if found.count(s) > 1})
    return problems + [f"The DNS server {server!r} is listed twice. Remove one." for server in twice]


def dns_rules(servers: Sequence[str], *, strict: bool = False) -> tuple[Rule, ...]:
    """TCP 53 to each custom DNS server. The vendor's UDP rule covers UDP 53, but not to private ones when `strict`."""
    refuse(dns_problems(servers))
    reason = "custom DNS server"
    return tuple(
        Rule(protocol=protocol, first_port=53, last_port=53, destination=f"{s}/32", kind="platform", reason=reason)
        for s in servers
        for protocol in (("tcp", "udp") if strict and is_private(s) else ("tcp",))
    )


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Destinations that the Connectors of a site may open connections to for the users.

    Raises ValueError with every problem. IPv4 only: a Connector needs IPv4, and gatepost's networks and hosts have no
    IPv6 address to dial from.
    """

    cidr: str
    """IPv4 block or address, private or public."""
    protocol: Protocol = "all"
    """tcp, udp, icmp (private destinations only: not every NAT lets it through) or all."""
    ports: int | str | Sequence[int | str] | None = None
    """`5432`, `"8000-8100"` or a list of both, for tcp and udp; None: every port."""

    def __post_init__(self) -> None:
        problems = self._cidr_problems()
        if self.protocol not in PROTOCOLS:
            problems.append(one_of(f"The protocol of the reach {self.cidr}", self.protocol, PROTOCOLS))
        elif self.ports is not None and self.protocol not in ("tcp", "udp"):
            problems.append(f"The reach {self.cidr} has ports but protocol {self.protocol!r}. Set protocol tcp or udp.")
        if self.ports is not None:
            problems += [p for entry in self._entries() if isinstance(p := _port_range(entry), str)]
            if not self._entries():
                problems.append(f"The reach {self.cidr} has an empty list of ports. Leave `ports` out to allow all.")
        if not problems and self.protocol == "icmp" and not is_private(self.destination):
            problems.append(f"The reach {self.cidr} asks for icmp to public addresses, which not every NAT passes.")
        refuse(problems)

    def _cidr_problems(self) -> list[str]:
        try:
            block = ip_network(self.cidr if isinstance(self.cidr, str) else "", strict=False)
        except ValueError:
            return [f"The reach {self.cidr!r} is not an IPv4 block like 10.0.0.0/8."]
        if not isinstance(block, IPv4Network):
            return [
                f"The reach {self.cidr} is IPv6. Hosts dial over IPv4 only; give the IPv4 block of the destination."
            ]
        if self.cidr.partition("/")[0] != str(block.network_address):
            return [f"The reach {self.cidr} does not start at its block's first address. Write {block}."]
        bad = [what for never, what in NEVER_RANGES.items() if within(str(block), never)]
        return [f"The reach {self.cidr} cannot be used: it is {what}. Remove it." for what in bad]

    def _entries(self) -> list[object]:
        return list(self.ports) if isinstance(self.ports, list | tuple) else [self.ports]

    @property
    def destination(self) -> str:
        """The block in its usual spelling: a single address gets /32."""
        return str(network(self.cidr))

    def rules(self) -> tuple[Rule, ...]:
        """The rules of this reach. `all` means tcp and udp where the destination is not private."""
        entries = ["1-65535"] if self.ports is None else self._entries()
        ranges = [r for r in map(_port_range, entries) if not isinstance(r, str)]
        protocols: tuple[Protocol, ...] = (self.protocol,)
        if self.protocol == "all" and not is_private(self.destination):
            protocols = ("tcp", "udp")
        return tuple(
            Rule(
                protocol=protocol,
                first_port=first if protocol in ("tcp", "udp") else 0,
                last_port=last if protocol in ("tcp", "udp") else 0,
                destination=self.destination,
                kind="reach",
                reason="reach of the site",
            )
            for protocol in protocols
            for first, last in ranges
        )


def _port_range(entry: object) -> tuple[int, int] | str:
    found = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", str(entry))
    if found:
        first, last = int(found[1]), int(found[2] or found[1])
        if 1 <= first <= last <= 65535:
            return first, last
    return f"The port {entry!r} is not allowed. Write 1-65535, a rising range like 8000-8100, or a list of both."


def egress_rules(
    *,
    cloud: str,
    reaches: Sequence[Reach] = (),
    dns: Sequence[str] = (),
    network_type: str = "REGULAR",
    strict: bool = False,
) -> tuple[Rule, ...]:
    """Everything the Connectors of a site may dial, in a fixed order, without a rule that another one covers.

    REGULAR: the vendor's rules, the platform's, custom DNS servers and the reaches. `strict` narrows the vendor's rules
    (see `STRICT_PROTOCOLS`) to public addresses. EXIT: every protocol to all public addresses and nothing private.
    Raises ValueError with every problem.
    """
    problems = dns_problems(dns)
    if cloud not in PLATFORM_RULES:
        problems.append(one_of("The cloud", cloud, PLATFORM_RULES))
    if network_type not in NETWORK_TYPES:
        problems.append(one_of("The type of Remote Network", network_type, NETWORK_TYPES))
    if network_type == "EXIT":
        told, owner = "An EXIT network dials no private address.", "host" if cloud == "onprem" else "cloud"
        problems += [
            f"{told} The reach {r.cidr} holds private ones. Put it into a REGULAR network."
            for r in reaches
            if touches_private(r.destination)
        ]
        problems += [
            f"{told} The DNS server {s} is private. Leave it out to use the {owner}'s own resolver."
            for s in (dns if not dns_problems(dns) else ())
            if is_private(s)
        ]
    refuse(problems)
    asked = [rule for reach in reaches for rule in reach.rules()]
    if network_type == "EXIT":
        return without_covered([*_public_rules(), *asked, *dns_rules(dns)])
    vendor = _vendor_rules(STRICT_PROTOCOLS[cloud] if strict else ())
    return without_covered([*vendor, *PLATFORM_RULES[cloud], *dns_rules(dns, strict=strict), *asked])


@cache
def _public_rules() -> tuple[Rule, ...]:
    reason = "internet traffic of the users of an EXIT network"
    return tuple(Rule(protocol="all", destination=d, kind="exit", reason=reason) for d in public_complement())


@cache
def _vendor_rules(narrowed: tuple[Protocol, ...]) -> tuple[Rule, ...]:
    """The vendor's rules, those of the protocols in ``narrowed`` to public addresses only."""
    return tuple(
        replace(rule, destination=destination)
        for rule in VENDOR_RULES
        for destination in (public_complement() if rule.protocol in narrowed else (ANYWHERE,))
    )


def quota_problem(cloud: str, rules: Sequence[Rule], *, quota: int | None = None) -> str | None:
    """Sentence when there are more rules than the cloud's default quota (or `quota`) admits; None when they fit."""
    most = quota or RULE_QUOTA.get(cloud, len(rules))
    if len(rules) <= most:
        return None
    return (
        f"The site needs {len(rules)} egress rules, but a firewall on {cloud} holds {most}. "
        "Join reaches into larger blocks, turn strict off, or have the quota raised."
    )
