"""The ranges of a virtual network and of its subnets, one for each zone. Pure."""

from collections.abc import Iterable
from ipaddress import IPv4Network, ip_network

from .azure_names import REGIONAL
from .placement import room_problems
from .rule import NEVER_RANGES, is_private, within
from .words import refuse

_PLACES = ("1", "2", "3", REGIONAL)
"""The quarter of the network that each zone's subnet is."""
LARGEST_PREFIX, SMALLEST_PREFIX = 8, 27
"""A quarter of /27 is /29, the smallest subnet: https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq"""
TAKEN = 5
"""Addresses of a subnet that no host gets, from the same page."""


def subnet_ranges(cidr: str, zones: Iterable[str], slots: int | None = None) -> dict[str, str]:
    """The block of each zone's subnet, a quarter of `cidr` (private, /8 to /27) that belongs to the zone alone.

    So adding or removing a zone moves no other one's range. `slots` is how many the fullest zone has; there must
    be room for three hosts a slot. Raises ValueError with every problem.
    """
    refuse(_range_problems(cidr))
    parts = list(IPv4Network(cidr).subnets(prefixlen_diff=2))
    refuse([] if slots is None else room_problems(f"Each zone's subnet of {cidr}", [str(parts[0])], slots, TAKEN))
    return {zone: str(parts[_PLACES.index(zone)]) for zone in zones}


def _range_problems(cidr: str) -> list[str]:
    try:
        block = ip_network(cidr)
    except ValueError:
        block = None
    if not isinstance(block, IPv4Network):
        return [f"The network {cidr!r} is not an IPv4 block like 10.60.0.0/24 that starts at its first address."]
    if not is_private(str(block)) or any(within(str(block), never) for never in NEVER_RANGES):
        return [f"The network {cidr} is not private. Give a block within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16."]
    if not LARGEST_PREFIX <= block.prefixlen <= SMALLEST_PREFIX:
        return [
            f"The network {cidr} is not within /{LARGEST_PREFIX} and /{SMALLEST_PREFIX}: each zone's subnet is a "
            "quarter of it, and Azure has none smaller than /29."
        ]
    return []
