"""The status of a sandbox as a table for people."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

WIDE = 150  # columns from which on everything has a column of its own


def show(status: dict[str, Any], console: Console) -> None:
    """Print one table per Remote Network, and below it what keeps Connectors from being alive."""
    if not status["networks"]:
        console.print("There are no Remote Networks in the sandbox.", highlight=False)
    for network in status["networks"]:
        for part in _network(network, console.width >= WIDE):
            console.print(part, highlight=False, soft_wrap=isinstance(part, Text))
    for connector in (c for network in status["networks"] for c in network["connectors"] if c.get("exposed")):
        tokens = " and ".join(connector["exposed"])
        text = f"{connector['name']}: {tokens} of {_short(connector['host_id'])} can be read by all who may see it."
        console.print(text, style="red", highlight=False)
    for host in status["lost_hosts"]:
        console.print(f"{host['reason']}.", highlight=False)


def _network(network: dict[str, Any], wide: bool) -> Iterator[RenderableType]:
    yield Text(f"Remote Network {network['name']}", style="bold")
    if not network["connectors"]:
        yield Text("  It has no Connectors.")
    elif wide:
        yield _wide(network["connectors"])
    else:
        yield from _narrow(network["connectors"])
        if reasons := [Text(f"{c['name']}: {c['reason']}.") for c in network["connectors"] if c["reason"]]:
            yield Group(*reasons)


def _wide(connectors: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("Connector", "Site", "Slot", "State", "Host", "Zone", "Exit IP"):
        table.add_column(heading, no_wrap=heading not in ("Connector", "Site"), overflow="fold")
    table.add_column("Reason", ratio=1)
    for c in connectors:
        values = [
            c["name"],
            c["site"],
            c["slot"],
            _state(c),
            _short(c["host_id"]),
            c["zone"],
            c["public_ip"],
            c["reason"],
        ]
        table.add_row(*(value or "" for value in values))
    return table


def _narrow(connectors: list[dict[str, Any]]) -> Iterator[Text]:
    """Lines in whole, whatever it takes: people copy names. Where a Connector runs stands below its name."""
    rows = [(c["name"], _state(c), c["public_ip"] or "") for c in connectors]
    name, state = (max(len(row[column]) for row in rows) for column in (0, 1))
    yield Text(f"{'Connector':<{name}}  {'State':<{state}}  Exit IP", style="bold")
    for c, row in zip(connectors, rows, strict=True):
        yield Text(f"{row[0]:<{name}}  ") + row[1] + Text(" " * (state - len(row[1])) + f"  {row[2]}".rstrip())
        place = "  ".join(filter(None, [c["zone"], _short(c["host_id"])]))
        if place:
            yield Text(f"  {place}")


def _short(host_id: str | None) -> str:
    """The last part of an id that is a path, as Google's and Azure's are."""
    return (host_id or "").rpartition("/")[2]


def _state(connector: dict[str, Any]) -> Text:
    return Text(connector["state"], style="green" if connector["alive"] else "red")
