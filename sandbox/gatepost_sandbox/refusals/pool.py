"""Public addresses that the sandbox gives out in the name of AWS."""

import threading
from ipaddress import IPv4Network

ADDRESSES = IPv4Network("198.18.0.0/16")
"""From the range for benchmarks (RFC 2544): in use by nobody. The other half of that range is Google's here."""


class Pool:
    """Addresses for any number of threads; none is given out twice."""

    def __init__(self, network: IPv4Network = ADDRESSES) -> None:
        self._free, self._lock = network.hosts(), threading.Lock()
        self._out, self._withheld = set[str](), set[str]()

    def next(self) -> str | None:
        """One that nobody had, or None when all were given out."""
        with self._lock:
            address = next((str(one) for one in self._free if str(one) not in self._withheld), None)
            if address is not None:
                self._out.add(address)
        return address

    def withhold(self, address: str) -> bool:
        """Never give an address out; False when somebody has it already."""
        with self._lock:
            self._withheld.add(address)
            return address not in self._out
