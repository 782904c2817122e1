"""Public addresses that the sandbox gives out in the name of AWS."""

import threading
from ipaddress import IPv4Network

ADDRESSES = IPv4Network("198.18.0.0/16")
"""From the range for benchmarks (RFC 2544): in use by nobody. The other half of that range is Google's here."""


class Pool:
    """Addresses for any number of threads; none is given out twice."""

    def __init__(self, network: IPv4Network = ADDRESSES) -> None:
        self._free, self._lock = network.hosts(), threading.Lock()

    def next(self) -> str | None:
        """One that nobody had, or None when all were given out."""
        with self._lock:
            address = next(self._free, None)
        return None if address is None else str(address)
