"""Where a site's traffic leaves from, and how clients reach its Connectors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Path = Literal["peer-to-peer", "relay", "unknown"]
_P2P = "https://www.twingate.com/docs/troubleshooting-p2p"
_OWN = (
    "Each host has an address of its own. A client connects directly where its own NAT lets it, and by relay elsewhere."
)
WHY: Mapping[tuple[str, str], str] = {
    ("aws", "nat"): f"A NAT gateway of AWS maps ports anew for each destination, so nobody can connect to it ({_P2P}).",
    ("aws", "direct"): _OWN,
    ("gcp", "nat"): "Cloud NAT keeps a port for all destinations (endpoint-independent mapping). A client connects "
    "directly where its own NAT lets it, and by relay elsewhere.",
    ("gcp", "direct"): _OWN,
    ("azure", "nat"): "A NAT gateway of Azure maps ports anew for each destination, and a container group in a network "
    "has no address of its own.",
}
"""Why clients get their path, by cloud and kind of exit."""
_OTHERS = (
    f"The network decides, and the settings do not show it: its NAT must keep a port for all destinations ({_P2P})."
)


@dataclass(frozen=True, kw_only=True)
class ExitIp:
    """A static public address."""

    key: str
    """Zone, slot, or key of the address; the address itself where the settings list it."""
    origin: Literal["made", "adopted", "listed"]
    """Made by the first update, adopted by its id, or listed as the network's own."""
    known: str | None
    """The address or its id, where the settings have it."""

    def __str__(self) -> str:
        return f"{self.key} ({self.origin})" if self.known in (None, self.key) else f"{self.key}: {self.known}"


@dataclass(frozen=True, kw_only=True)
class ExitPlan:
    """The exit of a site."""

    kind: str
    """nat, direct or adopt."""
    path: Path
    """How clients reach the Connectors: directly where their own NAT lets them, by relays only, or not known."""
    why: str
    ips: tuple[ExitIp, ...]

    @property
    def clients(self) -> str:
        """The path in words."""
        return {"peer-to-peer": "direct possible", "relay": "relay only", "unknown": "not known"}[self.path]


def exit_plan(site: Any) -> ExitPlan:
    """The exit of a site of the settings."""
    given = site.exit
    if given.kind == "adopt":
        ips = [ExitIp(key=address, origin="listed", known=address) for address in given.addresses]
    else:
        ips = [
            ExitIp(key=key, origin="adopted" if key in given.adopt else "made", known=given.adopt.get(key))
            for key in site.exit_keys()
        ]
    why = WHY.get((site.cloud, given.kind), _OTHERS)
    return ExitPlan(kind=given.kind, path=site.clients_path(), why=why, ips=tuple(ips))
