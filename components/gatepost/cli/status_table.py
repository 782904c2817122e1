"""The status as tables for people."""

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..audit.twingate import Connector
from .status_model import NetworkStatus

WIDE = 120
"""Columns from which on the host has a column of its own."""


def drawn(found: Sequence[NetworkStatus], width: int) -> RenderableType:
    """One table for each Remote Network, with its problems below."""
    if not found:
        return Text("There are no Remote Networks in this account.")
    return Group(*(part for network in found for part in _network(network, width >= WIDE)))


def _network(network: NetworkStatus, wide: bool) -> Iterable[RenderableType]:
    kind = f" ({network.type})" if network.type not in ("", "REGULAR") else ""
    yield Text(f"Remote Network {network.name}{kind}", style="bold")
    if network.connectors:
        yield _table(network.connectors, wide)
    yield from (Text(f"! {problem}", style="red") for problem in network.problems)


def _table(connectors: Sequence[Connector], wide: bool) -> Table:
    """Names in whole, whatever it takes: people copy them. On narrow terminals the host stands below the name."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("Connector", "State", *(["Host"] if wide else []), "Exit IP", "Version"):
        table.add_column(heading, no_wrap=True, overflow="fold")
    for one in connectors:
        host = "  ".join(filter(None, [one.hostname.partition(".")[0], *one.private_ips]))
        name = one.name if wide or not host else f"{one.name}\n  {host}"
        state = Text(one.state, style="green" if one.alive else "red")
        table.add_row(name, state, *([host] if wide else []), one.public_ip, one.version)
    return table
