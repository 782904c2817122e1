"""Whether the Connectors of a site would resolve, route to, and be allowed to dial a Resource. Pure.

Plain values in, gaps out, so that the plan, the policies and the audit can ask alike. A gap that is `known` is a
counter-example; one that is not says what the values given leave open.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Literal

from .cover import nowhere, uncovered, unrouted, without
from .egress import Reach
from .rule import AZURE_RESOLVER, LINK_LOCAL, PRIVATE_RANGES, Protocol, Rule, within
from .words import problems_of, refuse

Step = Literal["resolve", "route", "allow"]
_SOME = "10.0.0.1"
"""An address, to see what protocol and ports mean."""
_LABEL = r"(?!-)[a-z0-9_*?-]{1,63}(?<!-)"
_NAME = re.compile(rf"(?ai){_LABEL}(\.{_LABEL})*")
_NUMBERS = re.compile(r"[0-9*?.-]*[0-9][0-9*?.-]*")
"""No name but addresses, in a way that Twingate does not know: ``10.0.0.1-10.0.0.9``, ``10.0.0.*``."""
PRIVATE_SUFFIXES = ("corp", "home", "home.arpa", "internal", "intranet", "lan", "local", "private")
"""Ends of names that public DNS does not answer for: RFC 6762 appendix G, RFC 8375, ICANN's reservation of .internal.
A name of one label is private too."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A site as its Connectors see it."""

    name: str
    rules: Sequence[Rule]
    """What they may dial: everything else is closed."""
    ranges: Sequence[str] | None
    """Private blocks that traffic gets to: the network's own and those with a route. None: not known."""
    internet: bool = True
    """Whether there is a way to public addresses."""
    dns: Sequence[str] = ()
    """Custom DNS servers; none: the cloud's resolver."""
    resolver: str | None = None
    """Address of the cloud's resolver in the network, beside those that the clouds have everywhere."""
    zones: Collection[str] | None = ()
    """Names of the private zones that the cloud's resolver answers for, ``*`` for any label. None: not known."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A Resource. Raises ValueError with every problem.

    Address as in Twingate (https://www.twingate.com/docs/resources): an IPv4 address or block, or a DNS name, in which
    ``*`` and ``?`` stand for any characters and for one.
    """

    address: str
    protocol: Protocol = "all"
    """tcp, udp, icmp or all; all is tcp and udp where public addresses are among the destinations."""
    ports: int | str | Sequence[int | str] | None = None
    """As in ``Reach``."""
    blocks: Sequence[str] | None = None
    """What a name resolves to at the place; None: not known. An address has no need of it."""

    def __post_init__(self) -> None:
        if self.is_name and (not _NAME.fullmatch(self.address) or _NUMBERS.fullmatch(self.address)):
            refuse(
                [
                    f"The address {self.address!r} is none of a Resource. Allowed: an IPv4 address or block such as "
                    "10.20.0.0/16, or a DNS name such as db.acme.internal or *.acme.internal."
                ]
            )
        if self.is_name and self.blocks is not None and not self.blocks:
            refuse([f"The name {self.address!r} resolves to an empty list. Leave the list out if it is not known."])
        problems = problems_of(*(lambda block=block: self._reach(block) for block in self.known_blocks() or [_SOME]))
        refuse([problem.replace("The reach", "The address") for problem in dict.fromkeys(problems)])

    @property
    def is_name(self) -> bool:
        """Whether the address has to be resolved."""
        return not re.fullmatch(r"[0-9.]+(/.*)?|[0-9a-fA-F.]*:[0-9a-fA-F:./]*", self.address)

    def known_blocks(self) -> list[str]:
        """The destinations, as far as they are known."""
        return list(self.blocks or ()) if self.is_name else [self.address]

    def _reach(self, block: str) -> Reach:
        return Reach(cidr=block, protocol=self.protocol, ports=self.ports)

    def demands(self) -> list[Rule]:
        """What must be allowed, with a protocol and ports for each destination."""
        return [one for block in self.known_blocks() for one in _demands(self._reach(block))]

    def anywhere(self) -> list[Rule]:
        """What must be allowed to some destination, when none is known."""
        return _demands(self._reach(_SOME))

    @property
    def shown(self) -> str:
        """As messages show it: ``db.acme.internal tcp 5432``."""
        ports = ", ".join(dict.fromkeys(rule.ports for rule in self._reach(_SOME).rules() if rule.ports))
        whole = ports in ("", "1-65535")
        return " ".join(
            [self.address, *([self.protocol] if self.protocol != "all" else []), *([] if whole else [ports])]
        )


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Why the Connectors of a place would not reach a Resource, or what is not known about it."""

    place: str
    resource: str
    step: Step
    known: bool
    """A counter-example; False: the values do not tell."""
    text: str
    """A sentence."""
    missing: tuple[str, ...] = ()
    """Blocks without a route, DNS servers out of reach, or what no rule allows (``tcp 5432 10.9.0.0/16``)."""


def gaps(place: Place, target: Target) -> list[Gap]:
    """Everything that keeps the Connectors of a place from a Resource; none: they reach it."""
    found = [*_resolve(place, target), *_route(place, target), *_allow(place, target)]
    return [
        Gap(place=place.name, resource=target.shown, step=step, known=known, text=text, missing=tuple(missing))
        for step, known, text, missing in found
    ]


_Found = tuple[Step, bool, str, Sequence[str]]


def _resolve(place: Place, target: Target) -> Iterator[_Found]:
    if not target.is_name:
        return
    if place.dns:
        states = {server: _server(place, server) for server in place.dns}
        lost = [server for server, state in states.items() if state is False]
        if len(lost) == len(states):
            yield "resolve", True, f"No DNS server can be asked: {', '.join(lost)} cannot be reached.", lost
            return
        first = next((server for server, state in states.items() if state), None)
        if first is None:
            listed = ", ".join(place.dns)
            yield "resolve", False, f"Whether a route leads to the DNS servers ({listed}) is not known.", []
            return
        if not _own(place, first):
            if _private(target.address) and not any(within(f"{first}/32", block) for block in PRIVATE_RANGES):
                told = f"Public DNS does not answer for this name; whether the DNS server {first} does is not known."
                yield "resolve", False, told, []
            return
    name = target.address.lower()
    if not _private(name) or any(_below(name, zone) for zone in place.zones or ()):
        return
    told = "Public DNS does not answer for this name, and the site has no DNS server of its own"
    if place.zones is None:
        yield "resolve", False, f"{told}; whether a private zone of its network answers is not known.", []
    else:
        yield "resolve", True, f"{told} and no private zone for it.", []


def _private(name: str) -> bool:
    """Whether public DNS does not answer for a name."""
    ends = any(name.lower() == end or name.lower().endswith(f".{end}") for end in PRIVATE_SUFFIXES)
    return ends or not ("." in name or "*" in name)


def _own(place: Place, server: str) -> bool:
    """Whether a DNS server is the cloud's resolver."""
    return server in (place.resolver, AZURE_RESOLVER) or within(f"{server}/32", LINK_LOCAL)


def _below(name: str, zone: str) -> bool:
    spelt = re.escape(zone.lower().rstrip(".")).replace(r"\*", "[^.]+")
    return re.fullmatch(rf"(.*\.)?{spelt}", name) is not None


def _server(place: Place, server: str) -> bool | None:
    """Whether a DNS server can be asked; None: not known."""
    block = f"{server}/32"
    if _own(place, server):
        return True  # no firewall filters it
    asked = [rule for protocol in ("tcp", "udp") for rule in _demands(Reach(cidr=server, protocol=protocol, ports=53))]
    ranges = (block,) if place.ranges is None else place.ranges
    if any(uncovered(rule, place.rules) for rule in asked) or unrouted([block], ranges):
        return False
    if any(within(block, private) for private in PRIVATE_RANGES):
        return None if place.ranges is None else True
    return place.internet


def _route(place: Place, target: Target) -> Iterator[_Found]:
    blocks = target.known_blocks()
    if target.is_name and not blocks:
        yield "route", False, "Where this name leads from here is not known, so routes and rules are not checked.", []
        return
    private = unrouted(blocks, ())
    if private and place.ranges is None:
        yield "route", False, f"Whether a route leads to {_some(private)} is not known.", private
    elif lost := unrouted(blocks, place.ranges or ()):
        yield "route", True, f"No route leads to {_some(lost)}.", lost
    if not place.internet and (public := _public(blocks)):
        yield "route", True, f"There is no way to public addresses such as {public[0]}.", public


def _allow(place: Place, target: Target) -> Iterator[_Found]:
    if target.known_blocks():
        lost = [gap for demand in target.demands() for gap in uncovered(demand, place.rules)]
        if lost:
            yield "allow", True, f"No rule allows {_some(lost)}.", lost
        return
    kinds = [
        f"{demand.protocol} {ports}".strip() for demand in target.anywhere() for ports in nowhere(demand, place.rules)
    ]
    if kinds:
        yield "allow", True, f"No rule allows {_some(kinds)} to any address.", kinds


def _demands(reach: Reach) -> list[Rule]:
    """The rules of a reach; a Connector carries no other protocol than these three."""
    split: list[Rule] = []
    for rule in reach.rules():
        protocols: tuple[Protocol, ...] = ("tcp", "udp", "icmp") if rule.protocol == "all" else (rule.protocol,)
        for protocol in protocols:
            ports = (0, 0) if protocol == "icmp" else (rule.first_port or 1, rule.last_port or 65535)
            split.append(
                Rule(
                    protocol=protocol,
                    destination=rule.destination,
                    kind="reach",
                    reason="Resource",
                    first_port=ports[0],
                    last_port=ports[1],
                )
            )
    return split


def _public(blocks: Iterable[str]) -> list[str]:
    return [str(part) for block in blocks for part in without(str(IPv4Network(block)), PRIVATE_RANGES)]


def _some(items: Sequence[str]) -> str:
    """The first few of a list, in a sentence."""
    more = len(items) - 3
    return ", ".join(items[:3]) + (f" and {more} more" if more > 0 else "")
