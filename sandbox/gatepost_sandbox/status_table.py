"""The status of a sandbox as a table for people."""

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
        console.print(_network(network, console.width >= WIDE), highlight=False)
    for connector in (c for network in status["networks"] for c in network["connectors"] if c.get("exposed")):
        tokens = " and ".join(connector["exposed"])
        text = f"{connector['name']}: {tokens} of {_short(connector['host_id'])} can be read by all who may see it."
        console.print(text, style="red", highlight=False)
    for host in status["lost_hosts"]:
        console.print(f"{host['reason']}.", highlight=False)


def _network(network: dict[str, Any], wide: bool) -> RenderableType:
    title = Text(f"Remote Network {network['name']}", style="bold")
    if not network["connectors"]:
        return Group(title, Text("  It has no Connectors."))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    if wide:
        return Group(title, _wide(table, network["connectors"]))
    reasons = [Text(f"{c['name']}: {c['reason']}.") for c in network["connectors"] if c["reason"]]
    return Group(title, _narrow(table, network["connectors"]), *reasons)


def _wide(table: Table, connectors: list[dict[str, Any]]) -> Table:
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


def _narrow(table: Table, connectors: list[dict[str, Any]]) -> Table:
    """Names in whole, whatever it takes: people copy them. Where a Connector runs stands below its name."""
    for heading in ("Connector", "State", "Exit IP"):
        table.add_column(heading, no_wrap=True, overflow="fold")
    for c in connectors:
        place = "  ".join(filter(None, [c["zone"], _short(c["host_id"])]))
        table.add_row("\n  ".join(filter(None, [c["name"], place])), _state(c), c["public_ip"] or "")
    return table


def _short(host_id: str | None) -> str:
    """The last part of an id that is a path, as Google's and Azure's are."""
    return (host_id or "").rpartition("/")[2]


def _state(connector: dict[str, Any]) -> Text:
    return Text(connector["state"], style="green" if connector["alive"] else "red")
