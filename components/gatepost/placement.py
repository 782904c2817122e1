"""Slots into zones, and zones into subnet ranges. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network
from itertools import combinations

from .words import nearest, one_of, refuse

ZONE_LETTERS = "abcdefgh"
LARGEST_PREFIX, SMALLEST_PREFIX = 16, 24
"""An AWS VPC is /16 at the most; a sixteenth of /24 is /28, the smallest AWS subnet.
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"""

_ZONES: Mapping[str, tuple[str, str]] = {
    # Group 1 is the region. AWS: eu-central-1a, and local zones such as us-west-2-lax-1a.
    "aws": (r"([a-z]{2,4}(?:-[a-z]+)+-[0-9]+)(?:[a-z]|-[a-z0-9-]+)", "eu-central-1a"),
    "gcp": (r"([a-z]+-[a-z]+[0-9]+)-[a-z][a-z0-9]*", "europe-west3-b"),
    "azure": (r"[1-3]()", "1"),
}


def zone_region(cloud: str, zone: str) -> str | None:
    """The region that a zone's name tells; None on Azure, where zones are 1 to 3 in every region.

    Raises ValueError for an unknown cloud and for a text that is no zone of it.
    """
    if cloud not in _ZONES:
        raise ValueError(one_of("The cloud", cloud, _ZONES))
    pattern, example = _ZONES[cloud]
    found = re.fullmatch(pattern, str(zone))
    if not found:
        raise ValueError(f"{zone!r} is not the name of a zone on {cloud}. A zone looks like {example!r}.")
    return found[1] or None


def region_problems(cloud: str, region: str, zones: Iterable[str]) -> list[str]:
    """Sentences for zones that are no zones of the cloud, or of another region."""
    problems: list[str] = []
    for zone in zones:
        try:
            found = zone_region(cloud, zone)
        except ValueError as wrong:
            problems += str(wrong).splitlines()
            continue
        if found is not None and found != region:
            problems.append(f"The zone {zone!r} is in the region {found!r}, but the site is in {region!r}. Change one.")
    return problems


def _natural(slot: str) -> list[str | int]:
    return [int(part) if odd % 2 else part for odd, part in enumerate(re.split(r"([0-9]+)", slot))]


def _zone_list_problems(zones: Sequence[str]) -> list[str]:
    twice = sorted(zone for zone, count in Counter(zones).items() if count > 1)
    return [f"The zone {zone!r} is listed twice. Remove one." for zone in twice]


def place(slots: Mapping[str, str | None], zones: Sequence[str]) -> dict[str, str]:
    """The zone of each slot, in the order of the slot keys (`a`, `b`, ..., `c2`, `c10`).

    A slot names its zone (a pin) or gets one: the zone with the fewest slots among the keys before it, the first in
    `zones` on a tie. So a slot with a later key moves no other one, whether pinned or not, and neither does a pin to
    the zone a slot is in. The order in the file plays no part: Pulumi hands mappings over sorted by key.
    Raises ValueError for no zones, a zone listed twice, and pins to zones that are not listed.
    """
    problems = _zone_list_problems(zones)
    if not zones and slots:
        problems.append("There is no zone to place Connectors in. List at least one under `zones`.")
    for slot, zone in slots.items():
        if zone is not None and zones and zone not in zones:
            guess = nearest(zone, zones)
            hint = f" Did you mean {guess!r}?" if guess else ""
            problems.append(f"Slot {slot!r} names the zone {zone!r}. Allowed: {', '.join(zones)}.{hint}")
    refuse(problems)
    placed: dict[str, str] = {}
    load = dict.fromkeys(zones, 0)
    for slot in sorted(slots, key=_natural):
        placed[slot] = slots[slot] or min(zones, key=load.__getitem__)
        load[placed[slot]] += 1
    return placed


@dataclass(frozen=True, kw_only=True)
class Move:
    """A slot whose zone an edit would change; its host would be replaced."""

    slot: str
    before: str
    after: str

    @property
    def pin(self) -> str:
        """The line of settings that keeps the slot where it is."""
        zone = f'"{self.before}"' if self.before.isdecimal() else self.before  # Azure's are numbers, but text
        return f"connectors: {{{self.slot}: {{zone: {zone}}}}}"

    def __str__(self) -> str:
        return f"Slot {self.slot!r} would move from {self.before} to {self.after}. To keep it there, write: {self.pin}"


def moves(before: Mapping[str, str], after: Mapping[str, str]) -> list[Move]:
    """The slots that are in both placements but not in the same zone."""
    return [
        Move(slot=slot, before=before[slot], after=after[slot])
        for slot in sorted(before.keys() & after.keys(), key=_natural)
        if before[slot] != after[slot]
    ]


def spread_problem(placed: Mapping[str, str]) -> str | None:
    """Sentence when two or more slots all share one zone, so that its failure ends them all; None otherwise."""
    if len(placed) < 2 or len(set(placed.values())) > 1:
        return None
    zone = next(iter(placed.values()))
    return (
        f"All {len(placed)} Connectors ({', '.join(sorted(placed, key=_natural))}) are in the zone {zone}. "
        "When it fails, none is left. List a second zone, or pin one of them to another."
    )


@dataclass(frozen=True, kw_only=True)
class SubnetRanges:
    """The two IPv4 blocks of one zone."""

    private: str
    public: str


def subnet_ranges(cidr: str, zones: Sequence[str]) -> dict[str, SubnetRanges]:
    """The private and the public block of each AWS zone in a VPC of `cidr` (/16 to /24), each a sixteenth of it.

    The first half of the VPC holds the private blocks, the second the public ones; the zone's last letter (a to h) is
    its place. So adding or removing a zone moves no other one's range. Raises ValueError with every problem: not a
    block, the size, no zone, zones of several regions, and two zones with the same letter (a zone and a local zone).
    """
    problems = _zone_list_problems(zones)
    try:
        block = ip_network(cidr)
    except ValueError:
        block = None
    if not isinstance(block, IPv4Network):
        problems.append(
            f"The network {cidr!r} is not an IPv4 block like 10.40.0.0/22 that starts at its first address."
        )
    elif not LARGEST_PREFIX <= block.prefixlen <= SMALLEST_PREFIX:
        problems.append(f"The network {cidr} is not within /16 and /24, the sizes that a VPC with 16 subnets can have.")
    if not zones:
        problems.append("The network has no zone. List at least one under `zones`.")
    letters: dict[str, str] = {}
    regions: set[str | None] = set()
    for zone in dict.fromkeys(zones):
        try:
            regions.add(zone_region("aws", zone))
        except ValueError as error:
            problems.append(str(error))
            continue
        letter = zone[-1]
        if letter not in ZONE_LETTERS:
            problems.append(f"The zone {zone!r} must end in a letter from a to h: the letter decides its range.")
        elif (other := letters.setdefault(letter, zone)) != zone:
            problems.append(
                f"The zones {other!r} and {zone!r} both end in {letter!r}, which decides their range. Keep one."
            )
    if len(regions) > 1:
        problems.append(
            f"The zones lie in several regions: {', '.join(sorted(map(str, regions)))}. A VPC has one region."
        )
    refuse(problems)
    parts = list(IPv4Network(cidr).subnets(prefixlen_diff=4))
    return {
        zone: SubnetRanges(private=str(parts[place]), public=str(parts[place + len(ZONE_LETTERS)]))
        for letter, zone in letters.items()
        for place in (ZONE_LETTERS.index(letter),)
    }


def overlaps(ranges: Mapping[str, str]) -> list[tuple[str, str]]:
    """The names of every two blocks that share addresses, in the order of the mapping."""
    blocks = {name: ip_network(cidr) for name, cidr in ranges.items()}
    return [(a, b) for a, b in combinations(blocks, 2) if blocks[a].overlaps(blocks[b])]


def first_overlap(ranges: Mapping[str, str]) -> tuple[str, str] | None:
    """The first two blocks that share addresses; None when none do."""
    return next(iter(overlaps(ranges)), None)


def room_problems(what: str, blocks: Sequence[str], slots: int, taken: int, hosts: int = 3) -> list[str]:
    """A sentence when a subnet of ``blocks`` has no room for ``hosts`` a slot; ``what`` begins it.

    ``taken``: how many addresses of each block the cloud keeps for itself. A rollout needs room for two hosts a slot,
    and for three once one was refused.
    """
    if not blocks:
        return [f"{what} has no IPv4 block, and hosts have IPv4 addresses. Give another subnet."]
    room = sum(max(0, IPv4Network(block).num_addresses - taken) for block in blocks)
    if room >= hosts * slots:
        return []
    refused = ", and a rollout that was refused leaves its own" if hosts > 2 else ""
    return [
        f"{what} has room for {room} hosts, but {slots} slots may have {hosts * slots} at once: new ones stand beside "
        f"the old{refused}. A subnet needs {hosts} x slots + {taken} addresses. Give a larger block."
    ]
