"""Security rules of a network security group: what egress rules become on Azure, and the priority of each. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from .egress import Rule, public_complement
from .labels import HASH_LENGTH
from .words import refuse

INTERNET = "Internet"
"""Service tag of every public address: https://learn.microsoft.com/azure/virtual-network/service-tags-overview"""
ANY = "*"
PORTAL_PORT = 19390
"""What the portal's features for container groups come in by:
https://learn.microsoft.com/azure/container-instances/container-instances-virtual-network-concepts"""

PRIORITIES: Mapping[str, range] = {
    "in": range(110, 121, 10),
    "out": range(200, 4000),
    "deny out": range(4096, 4097),
}
"""Priorities of the rules, unique in each direction; the lowest number wins. All are ahead of Azure's own rules at
65000 and up (``AllowVnetInBound``, ``AllowInternetOutBound``). 100 to 109 are left for a person in an emergency.
Source: https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview"""
_DESCRIPTION = 140
"""Characters of a description, from the docstring of ``azure_native.network.SecurityRule``."""


class Line(NamedTuple):
    """One security rule, without its priority."""

    direction: str
    """in or out."""
    access: str
    """allow or deny."""
    protocol: str
    """tcp, udp, icmp or all."""
    ports: str
    """``443``, ``30000-31000`` or empty for all."""
    source: str
    """``*`` or a service tag."""
    destinations: tuple[str, ...]
    """Blocks, or one service tag, or ``*``."""
    reasons: tuple[str, ...]

    @property
    def mark(self) -> str:
        """Hash of the content, without the reasons."""
        content = [self.direction, self.access, self.protocol, self.ports, self.source, *sorted(self.destinations)]
        return sha256("|".join(content).encode()).hexdigest()

    @property
    def key(self) -> str:
        """The name of the rule, made of what it says."""
        parts = (self.direction, self.access, self.protocol, self.ports, self.mark[:HASH_LENGTH])
        return "-".join(part for part in parts if part)

    @property
    def description(self) -> str:
        """The reasons, as far as they fit."""
        return "; ".join(self.reasons)[:_DESCRIPTION]


def lines(rules: Sequence[Rule], *, portal: bool) -> list[Line]:
    """The security rules for egress rules that are strict: public ones stand for the service tag ``Internet``."""
    admitted = ("the portal's logs and shell, from the virtual network",)
    inward = [Line("in", "allow", "tcp", str(PORTAL_PORT), "VirtualNetwork", (ANY,), admitted)] if portal else []
    inward.append(Line("in", "deny", "all", "", ANY, (ANY,), ("nothing comes in",)))
    return [*inward, *_allowed(rules), Line("out", "deny", "all", "", ANY, (ANY,), ("nothing else goes out",))]


def _allowed(rules: Sequence[Rule]) -> Iterator[Line]:
    public = set(public_complement())
    found: dict[tuple[str, str, str], dict[str, None]] = {}
    reasons: dict[tuple[str, str, str], dict[str, None]] = {}
    for rule in rules:
        # A block of the public addresses: a rule that says them all was written for each of them.
        tag = rule.kind != "reach" and rule.destination in public
        at = (rule.protocol, rule.ports, INTERNET if tag else "")
        found.setdefault(at, {})[INTERNET if tag else rule.destination] = None
        reasons.setdefault(at, {})[rule.description] = None
    for at, destinations in found.items():
        protocol, ports, _ = at
        yield Line("out", "allow", protocol, ports, ANY, tuple(destinations), tuple(reasons[at]))


def priorities(found: Sequence[Line]) -> dict[str, int]:
    """The priority of each rule by its key.

    A rule that allows something out gets one from its content alone, so that a new rule has another one than the rule
    whose place it takes, and both stand side by side for a while. Of two that would share one, the second by hash moves
    on to the next free: the order of the rules plays no part.

    About one change in a hundred still wants a priority that a rule has which goes or moves in the same update. Azure
    refuses it (SecurityRuleConflict) and nothing is closed: take the old reach out first, and add the new one after.
    Raises ValueError for more rules than priorities.
    """
    given, taken = {}, set()
    for line in sorted(found, key=lambda line: line.mark):
        if line.direction == "in":
            given[line.key] = PRIORITIES["in"][line.access == "deny"]
        elif line.access == "deny":
            given[line.key] = PRIORITIES["deny out"][0]
        else:
            space = PRIORITIES["out"]
            if len(taken) == len(space):
                refuse([f"A network security group has room for {len(space)} egress rules. Join reaches."])
            at = int(line.mark, 16) % len(space)
            while at in taken:
                at = (at + 1) % len(space)
            taken.add(at)
            given[line.key] = space[at]
    return given
