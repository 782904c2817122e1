"""Ranges for networks whose own range no settings file tells."""

from collections.abc import Iterable
from ipaddress import IPv4Network

_SPARE = tuple(map(IPv4Network, ("10.255.0.0/16", "172.31.0.0/16", "192.168.0.0/16", "100.127.0.0/16")))
"""Private ranges that few people use for their systems."""
_HOSTS = 24
"""Length of a subnet's range: room for 80 Connectors that roll, on each cloud."""


def spare(private: Iterable[str]) -> IPv4Network:
    """A range for the hosts' network, apart from the private destinations where that is possible."""
    known = [IPv4Network(cidr) for cidr in private]
    return next((one for one in _SPARE if not any(one.overlaps(other) for other in known)), _SPARE[0])


def subnet(network: IPv4Network, taken: Iterable[str]) -> IPv4Network:
    """The first free part of a network for a subnet. Raises ValueError when there is none."""
    known = [IPv4Network(cidr) for cidr in taken]
    for part in network.subnets(new_prefix=max(_HOSTS, network.prefixlen)):
        if not any(part.overlaps(other) for other in known):
            return part
    raise ValueError(f"The network {network} has no room for another subnet.")
