"""The plan as tables: in colour and as wide as the terminal, or plain, one line for each row."""

import io
import shutil
import sys
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..plan.capacity import REMEDY
from ..plan.prices import DATE, TRAFFIC

if TYPE_CHECKING:
    from ..plan.model import FleetPlan, SitePlan

_WIDE = 10_000
"""Columns of an output that is no terminal: nothing is broken into lines."""
_WHOLE = ("Site", "Protocol", "Ports", "Name")
"""Columns that are copied: on most terminals the others get narrower first."""
_LISTED = 4
"""Sites that a row names; more are counted."""

Named = list[tuple[str, "SitePlan"]]


def show(plan: "FleetPlan") -> None:
    """Print everything."""
    terminal = sys.stdout.isatty()
    console = Console(
        file=None if terminal else io.StringIO(), width=None if terminal else _WIDE, highlight=False, emoji=False
    )
    sites: Named = [(f"{network.key}/{site.key}", site) for network in plan.networks for site in network.sites]
    for part in (_fleet, _exits, _firewall, _capacity, _rollout, _prices):
        for shown in part(plan, sites):
            console.print(shown)
    for title, lines in _texts(plan):
        console.print(_title(title))
        for text in lines:
            console.print(Text(text))
    if isinstance(console.file, io.StringIO):
        sys.stdout.write("".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines()))


def _title(text: str) -> Text:
    return Text(f"\n{text}", style="bold")


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold cyan")
    wide = shutil.get_terminal_size().columns >= 80
    for name in columns:
        justify: Any = "right" if name.startswith("USD") else "left"
        table.add_column(name, justify=justify, overflow="fold", no_wrap=wide and name in _WHOLE)
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _fleet(plan: "FleetPlan", sites: Named) -> Iterator[Any]:
    slots = sum(len(site.slots) for _, site in sites)
    counts = [_count(len(plan.networks), "Remote Network"), _count(len(sites), "site"), _count(slots, "Connector")]
    yield Text(f"{plan.environment} of {plan.tenant}.twingate.com: {', '.join(counts)}", style="bold")
    types = {network.key: network.type for network in plan.networks}
    rows = [
        [
            name,
            types[name.split("/")[0]],
            f"{site.cloud} {site.region}" if site.cloud != "onprem" else site.cloud,
            site.network if len(site.network) <= 40 else f"{site.network[:6]}...{site.network[-30:]}",
            ", ".join(slot if slot == zone else f"{slot} {zone}" for slot, zone in site.slots.items()),
        ]
        for name, site in sites
    ]
    yield _table(["Site", "Type", "Where", "Network", "Connectors"], rows)


def _exits(plan: "FleetPlan", sites: Named) -> Iterator[Any]:
    yield _title("Exits, and how clients connect")
    rows = [
        [name, site.exit.kind, ", ".join(map(str, site.exit.ips)) or "not listed", site.exit.clients]
        for name, site in sites
    ]
    yield _table(["Site", "Exit", "Addresses", "Clients"], rows)
    for (clients, why), names in _grouped(sites, lambda site: [(site.exit.clients, site.exit.why)]):
        yield Text(f"{clients} ({_some(names, len(sites))}): {why}", style="dim")


def _firewall(plan: "FleetPlan", sites: Named) -> Iterator[Any]:
    yield _title("What firewalls must allow: outbound only, nothing comes in")
    rules = _grouped(sites, lambda site: [(r.protocol, r.ports, r.where, r.reason) for r in site.allow.rules])
    columns = ["Protocol", "Ports", "To", "For", "Sites"]
    yield _table(columns, [[*map(str, row), _some(names, len(sites))] for row, names in rules])
    yield _title("The same by name, where firewalls filter by name")
    domains = _grouped(sites, lambda site: site.allow.domains)
    yield _table(["Name", "For", "Sites"], [[*map(str, row), _some(names, len(sites))] for row, names in domains])


def _capacity(plan: "FleetPlan", sites: Named) -> Iterator[Any]:
    yield _title("Capacity of each Connector, in the order in which it runs out")
    limits = _grouped(sites, lambda site: site.capacity)
    order = ["bandwidth", "memory", "CPU", "threads", "descriptors", "NAT ports"]
    rows = [
        [
            limit.what,
            limit.value,
            f"{limit.clients:,}" if limit.clients else "",
            limit.source if limit.verified or limit.source == "none" else f"{limit.source}, unverified",
            _some(names, len(sites)),
        ]
        for limit, names in sorted(limits, key=lambda row: order.index(row[0].what))
    ]
    yield _table(["What", "Value", "Clients", "Source", "Sites"], rows)
    yield Text(REMEDY, style="dim")


def _rollout(plan: "FleetPlan", sites: Named) -> Iterator[Any]:
    yield _title("Rollout of everything: canary first, Remote Networks side by side")
    rows: list[list[str]] = []
    for network in plan.networks:
        turns = network.rollout.turns
        for wave in sorted({turn.wave for turn in turns}):
            now = [turn for turn in turns if turn.wave == wave]
            listed = ", ".join(f"{turn.site}/{turn.slot}" for turn in now)
            rows.append([network.key, str(wave), listed, _minutes(max(turn.latest for turn in now))])
        if network.rollout.by_hand:
            rows.append([network.key, "", ", ".join(network.rollout.by_hand), "by hand"])
    yield _table(["Remote Network", "Wave", "Connectors", "Done or refused within"], rows)
    told = "Twingate's API (20 changes a minute, 4 for each Connector) "
    more = f"adds about {_minutes(plan.api_seconds)} if all are new." if plan.api_seconds else "is no limit here."
    yield Text(f"{told}{more}", style="dim")


def _prices(plan: "FleetPlan", sites: Named) -> Iterator[Any]:
    yield _title(f"List prices of {DATE}, unverified, without traffic and rollouts")
    rows = [
        [
            name,
            ", ".join(
                f"{line.count} x {line.item}{'' if line.month is not None else ' (unknown)'}"
                for line in site.costs.lines
            )
            or "not gatepost's",
            _sum(site.costs.known, bool(site.costs.unknown)),
        ]
        for name, site in sites
    ]
    total = sum(site.costs.known for _, site in sites)
    rows.append(["together", "", _sum(total, any(site.costs.unknown for _, site in sites))])
    yield _table(["Site", "What", "USD a month"], rows)
    clouds = dict.fromkeys(site.cloud for _, site in sites if site.exit.kind == "nat")
    traffic = "; ".join(f"{cloud}: {TRAFFIC[cloud]}" for cloud in clouds if cloud in TRAFFIC)
    sources = sorted({line.source for _, site in sites for line in site.costs.lines if line.source})
    yield Text(f"Not in it: traffic{f' ({traffic})' if traffic else ''}.", style="dim")
    if sources:
        yield Text(f"To be checked at {' '.join(sources)}", style="dim")


def _texts(plan: "FleetPlan") -> Iterator[tuple[str, list[str]]]:
    listed = sum(network.resources for network in plan.networks)
    found = [one for network in plan.networks for one in network.findings]
    lines = [f"{'NOT REACHED' if one.gap.known else 'not known'}  {one}" for one in found]
    if not listed:
        lines = ["The settings list no Resources. List them under resources: of a Remote Network to have them checked."]
    elif not found:
        lines = [
            f"Every Connector reaches {'the Resource' if listed == 1 else f'all {listed} Resources'} of its network."
        ]
    yield "Reachability", lines
    if plan.changes is not None:
        lines = [_change(one) for one in plan.changes] or ["No Connector changes."]
        yield "Against the other settings", [*lines, *map(_exit_change, plan.exit_changes)]
    if plan.warnings:
        yield "Warnings", [str(told) for told in plan.warnings]


def _change(one: Any) -> str:
    turn = f", wave {one.wave}" if one.wave else ""
    why = f" ({one.why})" if one.why else ""
    pin = f" To keep it there, write: {one.pin}" if one.pin else ""
    return f"{one.network}/{one.site}/{one.slot}: {one.kind}{why}{turn}.{pin}"


def _exit_change(one: Any) -> str:
    told = [
        f"{', '.join(map(str, ips))} {verb}"
        for ips, verb in ((one.goes, "will be gone"), (one.comes, "will be new"))
        if ips
    ]
    return f"{one.network}/{one.site}: exit addresses change: {', and '.join(told)}. Tell those who allow-list them."


def _grouped(sites: Named, rows: Callable[["SitePlan"], Iterable[Any]]) -> list[tuple[Any, list[str]]]:
    """Each row once, with the names of the sites that have it."""
    found: dict[Hashable, list[str]] = {}
    for name, site in sites:
        for row in rows(site):
            found.setdefault(row, []).append(name)
    return list(found.items())


def _some(names: list[str], every: int) -> str:
    if len(names) == every > 1:
        return "all"
    more = len(names) - _LISTED
    return ", ".join(names) if more <= 1 else f"{', '.join(names[:_LISTED])} and {more} more"


def _sum(known: float, more: bool) -> str:
    if not known:
        return "unknown" if more else "0.00"
    return f"{known:.2f}{' and more' if more else ''}"


def _minutes(seconds: float) -> str:
    return f"{seconds:g} s" if seconds < 120 else f"{seconds / 60:g} min"
