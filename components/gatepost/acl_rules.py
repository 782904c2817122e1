"""The rules of a network ACL around the hosts' subnets on AWS: what a security group cannot say, a deny. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv4Network, ip_network
from typing import NamedTuple

from .boot.aws import AwsBoot
from .egress import PLATFORM_RULES, VENDOR_RULES, Reach, dns_rules, egress_rules
from .rule import ANYWHERE, PRIVATE_RANGES, Protocol, Rule, touches_private, without_covered
from .words import problems_of, refuse

QUOTA = 20
"""Rules of an ACL in one direction unless raised, with AWS's own last one, which denies the rest:
https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"""
_OPEN, _DENY, _REST, _ANSWERS = (1, 20_000), (20_001, 25_000), (25_001, 30_000), (1, 30_000)


class AclEntry(NamedTuple):
    """One rule of an ACL."""

    egress: bool
    allow: bool
    protocol: Protocol
    cidr: str
    """Destination, or source where `egress` is False."""
    first_port: int | None = None
    last_port: int | None = None
    """Destination ports of tcp and udp, both ends included."""
    icmp: tuple[int, int] = (-1, -1)
    """Type and code; -1 is every one."""
    number: int = 0
    """Place in its direction, 1 to 30000: the lowest that matches decides."""

    @property
    def key(self) -> str:
        """Short name made of the content alone, such as `out-allow-tcp-5432-10-0-0-0-8`."""
        way = f"{'out' if self.egress else 'in'}-{'allow' if self.allow else 'deny'}-{self.protocol}"
        ports = dict.fromkeys(p for p in (self.first_port, self.last_port) if p)
        icmp = self.icmp if self.icmp != (-1, -1) else ()
        return "-".join([way, *map(str, (*ports, *icmp)), re.sub("[./]", "-", self.cidr)])


def _numbered(entries: Iterable[AclEntry], band: tuple[int, int]) -> list[AclEntry]:
    """The entries with numbers made of their content, within `band`.

    Where two would take one number, neither does: both try their next one. So a number that is freed by removing a rule
    was held by nobody else, and a rule that moves to it never meets the old one.
    """
    first, last = band
    numbers: dict[AclEntry, int] = {}
    wanted_before: set[int] = set()
    waiting, attempt = list(entries), 0
    while waiting:
        wanted = {
            e: first + int(sha256(f"{e.key}#{attempt}".encode()).hexdigest(), 16) % (last - first + 1) for e in waiting
        }
        asked = Counter(wanted.values())
        numbers |= {e: n for e, n in wanted.items() if asked[n] == 1 and n not in wanted_before}
        wanted_before |= set(wanted.values())
        waiting, attempt = [e for e in waiting if e not in numbers], attempt + 1
    return sorted((e._replace(number=n) for e, n in numbers.items()), key=lambda e: e.number)


@dataclass(frozen=True, kw_only=True)
class AclRules:
    """What may pass the border of the hosts' subnets. Raises ValueError with every problem. Everything is plain."""

    reaches: Sequence[Reach] = ()
    """Destinations that users reach through the site."""
    dns: Sequence[str] = ()
    """Custom DNS servers (IPv4)."""
    network_type: str = "REGULAR"
    """REGULAR, or EXIT: every public address and no private one."""
    local_ports: tuple[int, int] = AwsBoot.local_ports
    """First and last local port of the hosts' connections, as in ``AwsBoot``. Answers come back to them."""
    attachment_ranges: Sequence[str] = ()
    """Ranges (IPv4) of those of the subnets that a transit gateway is attached in, or one around them, such as the
    VPC's: there AWS checks what hosts send to the gateway against the inbound rules too, by the host's address
    (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html), so it is let in from these."""

    def __post_init__(self) -> None:
        first, last = self.local_ports
        problems = []
        if not 1024 <= first < last <= 65535:
            problems.append(f"The local ports are {first} to {last}: both must be 1024 to 65535 and rise.")
        problems += [p for text in self.attachment_ranges for p in _range_problems(text)]
        problems += problems_of(self._asked)
        refuse(problems or self._quota_problems())

    def _asked(self) -> tuple[Rule, ...]:
        """The same check as the security group's, then the rules of DNS and reaches."""
        egress_rules(cloud="aws", reaches=self.reaches, dns=self.dns, network_type=self.network_type)
        return (*dns_rules(self.dns, strict=True), *(rule for reach in self.reaches for rule in reach.rules()))

    def _quota_problems(self) -> list[str]:
        count = Counter(entry.egress for entry in self.entries())
        return [
            f"The ACL needs {count[egress]} {way} rules, but a network ACL holds {QUOTA - 1} beside AWS's own, and a "
            "change has old and new ones side by side. Join reaches into larger blocks, or leave the ACL out."
            for egress, way in ((True, "outbound"), (False, "inbound"))
            if count[egress] >= QUOTA
        ]

    def entries(self) -> tuple[AclEntry, ...]:
        """Every rule of the ACL, outbound ones first, in the order that AWS tries them."""
        asked = self._asked()
        near = without_covered(rule for rule in asked if touches_private(rule.destination))
        if self.network_type == "EXIT":
            rest = (Rule(protocol="all", destination=ANYWHERE, kind="exit", reason="internet traffic of users"),)
        else:
            rest = without_covered(
                [*VENDOR_RULES, *PLATFORM_RULES["aws"], *(r for r in asked if not touches_private(r.destination))]
            )
        out = [_out(rule) for rule in near]
        far = [_out(rule) for rule in rest if not any(n.covers(rule) for n in near)]
        deny = [AclEntry(egress=True, allow=False, protocol="all", cidr=private) for private in PRIVATE_RANGES]
        answers = self._answers([*near, *rest])
        return (*_numbered(out, _OPEN), *_numbered(deny, _DENY), *_numbered(far, _REST), *_numbered(answers, _ANSWERS))

    def _answers(self, opened: Iterable[Rule]) -> list[AclEntry]:
        first, last = self.local_ports
        pings = [r for r in opened if r.protocol in ("icmp", "all")]
        sources = without_covered(
            Rule(protocol="icmp", destination=r.destination, kind="reach", reason="answers") for r in pings
        )
        return [
            AclEntry(egress=False, allow=True, protocol="tcp", cidr=ANYWHERE, first_port=first, last_port=last),
            AclEntry(egress=False, allow=True, protocol="udp", cidr=ANYWHERE, first_port=first, last_port=last),
            # "Fragmentation needed": without it large packets to the internet vanish.
            # https://docs.aws.amazon.com/vpc/latest/userguide/path_mtu_discovery.html
            AclEntry(egress=False, allow=True, protocol="icmp", cidr=ANYWHERE, icmp=(3, 4)),
            *(AclEntry(egress=False, allow=True, protocol="icmp", cidr=r.destination) for r in sources),
            *(
                AclEntry(egress=False, allow=True, protocol="all", cidr=text)
                for text in dict.fromkeys(self.attachment_ranges)
            ),
        ]


def _out(rule: Rule) -> AclEntry:
    ports = (rule.first_port, rule.last_port) if rule.ports else (None, None)
    return AclEntry(True, True, rule.protocol, rule.destination, *ports)


def _range_problems(text: str) -> list[str]:
    try:
        usual = ip_network(text)
    except ValueError:
        usual = None
    if isinstance(usual, IPv4Network) and str(usual) == text:
        return []
    return [f"The attachment range {text!r} is not an IPv4 block like 10.40.0.0/22 in its usual spelling."]
