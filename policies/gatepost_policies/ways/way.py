"""One firewall rule in one spelling for all clouds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy import PolicyResource

from ..known import UNKNOWN, Answer, read, say


@dataclass(frozen=True, kw_only=True)
class Way:
    """One entry of a firewall that opens (or closes) a way, as its resource spells it.

    A field may be UNKNOWN where a preview cannot say; a judge that compares it must say so (`both`, `either`).
    """

    resource: PolicyResource
    """What holds the entry: the group or the separate rule. Findings name it."""
    title: str
    """The entry in words: `Security group 'web'`."""
    fix: str
    """How to take the entry away: "Remove `ingress[0]`"."""
    inbound: Answer
    """True: lets in. False: lets out."""
    allows: Answer = True
    """False: the entry denies."""
    protocol: Any
    """tcp, udp, icmp, all, or the cloud's own word or number."""
    ports: tuple[tuple[Any, Any], ...] = ()
    """Ranges of ports, ends included. Empty: every port."""
    cidrs: tuple[Any, ...] = ()
    """Blocks at the far end, as texts or UNKNOWN."""
    others: tuple[Any, ...] = ()
    """What else is at the far end, in words: groups, lists, tags, or UNKNOWN."""
    said: str
    """Protocol, ports and far end in words."""
    group: PolicyResource | None = None
    """The group or network that the entry belongs to, where it is in the stack."""
    hosts: Mapping[str, Answer] = field(default_factory=dict)
    """By URN, the hosts that the entry is for and how sure that is, where the cloud has no groups."""
    priority: Any = None
    """The cloud's priority (lower wins), None where the cloud has none."""
    sure: Answer
    """Whether the entry counts for a Connector host."""
    opaque: str = ""
    """A property of which every entry is unknown; the way stands for whatever it holds."""


def ports_of(entry: Any, first: str = "fromPort", last: str = "toPort") -> tuple[tuple[Any, Any], ...]:
    """Return the one range of ports of an AWS entry; empty for all traffic."""
    a, b = read(entry, first), read(entry, last)
    return () if a is None or b is None else ((number(a), number(b)),)


def span_of(text: Any) -> tuple[Any, Any]:
    """Return the range of ports that a text such as 443 or 8000-8100 means."""
    if text is UNKNOWN:
        return (UNKNOWN, UNKNOWN)
    first, _, last = say(text).partition("-")
    return (number(first), number(last or first))


def number(value: Any) -> Any:
    """Return a port as a whole number, UNKNOWN, or None for what is no number."""
    if value is UNKNOWN:
        return UNKNOWN
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


_PROTOCOLS = {"-1": "all", "1": "icmp", "6": "tcp", "17": "udp"}


def spelt(protocol: Any) -> Any:
    """Return a protocol as the rules of this pack name it, whether it is a word or a number; UNKNOWN and None stay."""
    if protocol is UNKNOWN or protocol is None:
        return protocol
    word = say(protocol).casefold()
    return _PROTOCOLS.get(word, word)


def said_ports(protocol: Any, first: Any, last: Any) -> str:
    """Word a protocol and its ports."""
    if protocol == "all":
        return "all traffic"
    if first is None:
        return say(protocol)
    return f"{say(protocol)} {say(first)}" if first in (last, UNKNOWN) else f"{say(protocol)} {say(first)}-{say(last)}"
