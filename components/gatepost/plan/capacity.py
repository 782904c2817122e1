"""How many clients a site's Connectors carry: bandwidth first, then memory, then CPU, and what else has an end.

Figures are the vendors' own where a source says so; the others are from practice (2026-11) and marked as unverified.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..boot.onprem_texts import NOFILE
from ..gcp_nat import ADDRESS_PORTS, MIN_PORTS

PER_CLIENT = 8
"""File descriptors of a client's tunnel: https://help.twingate.com, article 1422554451."""
DEFAULT_NOFILE = 1024
"""Where nobody can raise the limit, as in a container group."""
REMEDY = (
    "Short of any of these, add a Connector to the Remote Network, not a bigger host: a Connector's data runs in one "
    "thread, and clients spread over all Connectors (https://www.twingate.com/docs/connector-best-practices)."
)
_HELP = "help.twingate.com, article 1422554451"
_PRACTICE = "practice, 2026-11"
_BEST = "https://www.twingate.com/docs/connector-best-practices"


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One thing that runs out, for each Connector unless it says otherwise."""

    what: str
    value: str
    """In words, with its unit; ``unknown`` where no figure is known."""
    clients: int | None
    """Clients that it is enough for, where that can be counted."""
    source: str
    verified: bool
    """False: the figure is from practice, not from a page that was read."""


_SIZES: Mapping[str, tuple[str, str, str, str, bool]] = {
    # Bandwidth (always from practice), memory, CPU; where the last two come from, and whether that was read.
    "t3a.micro": ("about 64 Mbit/s sustained, bursts to 5 Gbit/s", "1 GiB", "2 vCPUs at 10 %", _PRACTICE, False),
    "e2-small": ("about 1 Gbit/s outbound", "2 GiB", "0.5 vCPU", _PRACTICE, False),
}
_RELAY = "; a client behind a relay gets 200-250 Mbit/s at most"


def capacity(site: Any, network_type: str) -> tuple[Limit, ...]:
    """The limits of a site of the settings, in the order in which they are hit."""
    return (*_host(site), *_threads(), *_descriptors(site), *_nat(site, network_type))


def _host(site: Any) -> Iterator[Limit]:
    size, relay = getattr(site, "size", None), _RELAY if site.clients_path() == "relay" else ""
    bandwidth, memory, cpu, source, read = _SIZES.get(str(size), ("unknown", "unknown", "unknown", "none", False))
    if site.cloud == "azure":
        memory, cpu, source, read = f"{site.memory_gb:g} GB", f"{site.cpu:g} CPU", "the settings", True
    if site.cloud == "onprem":
        memory, cpu, source, read = "2 GB or more", "1 CPU or more", _BEST, True
    value = f"{bandwidth}{relay}"
    told = "none" if value == "unknown" else _PRACTICE
    yield Limit(what="bandwidth", value=value, clients=None, source=told, verified=False)
    yield Limit(what="memory", value=memory, clients=None, source=source, verified=read)
    yield Limit(what="CPU", value=cpu, clients=None, source=source, verified=read)


def _threads() -> Iterator[Limit]:
    yield Limit(what="threads", value="1 for all data", clients=None, source=_PRACTICE, verified=False)


def _descriptors(site: Any) -> Iterator[Limit]:
    files = DEFAULT_NOFILE if site.cloud == "azure" else NOFILE
    note = ", which nobody can raise there" if site.cloud == "azure" else ""
    value = f"{files:,}{note}; {PER_CLIENT} for each client"
    yield Limit(
        what="descriptors", value=value, clients=files // PER_CLIENT, source=_HELP, verified=site.cloud != "azure"
    )


def _nat(site: Any, network_type: str) -> Iterator[Limit]:
    if site.exit.kind == "direct":
        yield Limit(what="NAT ports", value="no NAT", clients=None, source="the settings", verified=True)
        return
    if site.exit.kind == "adopt":
        yield Limit(what="NAT ports", value="unknown: the network's own", clients=None, source="none", verified=False)
        return
    value, source, verified = {
        "aws": ("55,000 connections to each destination, by each NAT gateway", _PRACTICE, False),
        "gcp": (
            f"{site.ports() or MIN_PORTS[network_type]:,} connections for each host, of {ADDRESS_PORTS:,} by each "
            "address"
            if site.cloud == "gcp"
            else "",
            "https://cloud.google.com/nat/docs/ports-and-addresses",
            True,
        ),
        "azure": (
            "64,512 connections by each address, 50,000 to each destination",
            "https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource",
            True,
        ),
    }[site.cloud]
    yield Limit(what="NAT ports", value=value, clients=None, source=source, verified=verified)
