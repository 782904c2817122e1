"""The status as tables for people."""

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
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


def _network(network: NetworkStatus, wide: bool) -> Iterable[Text]:
    kind = f" ({network.type})" if network.type not in ("", "REGULAR") else ""
    yield Text(f"Remote Network {network.name}{kind}", style="bold")
    if network.connectors:
        yield from _rows(network.connectors, wide)
    yield from (Text(f"! {problem}", style="red") for problem in network.problems)


def _rows(connectors: Sequence[Connector], wide: bool) -> Iterable[Text]:
    """Lines in whole, whatever it takes: people copy names. On narrow terminals the host stands below the name."""
    headings = ("Connector", "State", *(["Host"] if wide else []), "Exit IP", "Version")
    rows = [(c.name, c.state, *([_host(c)] if wide else []), c.public_ip or "", c.version or "") for c in connectors]
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    yield _line(headings, widths, bold=True)
    for one, row in zip(connectors, rows, strict=True):
        yield _line(row, widths, state="green" if one.alive else "red")
        if not wide and (host := _host(one)):
            yield Text(f"  {host}")


def _host(one: Connector) -> str:
    return "  ".join(filter(None, [one.hostname.partition(".")[0], *one.private_ips]))


def _line(cells: Sequence[str], widths: Sequence[int], *, bold: bool = False, state: str = "") -> Text:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
    line = Text("  ".join(padded), style="bold" if bold else "", no_wrap=True, overflow="ignore")
    start = widths[0] + 2
    line.stylize(state, start, start + len(cells[1]))
    line.rstrip()
    return line
