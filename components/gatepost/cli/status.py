"""``gatepost status``: whether the Connectors of a fleet are alive, as Twingate tells.

Exit status: 0 every Connector is ALIVE, 1 one is not (or Twingate cannot be asked), 2 wrong usage, 130 interrupted,
which is also how ``--watch`` ends.
"""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .chosen import AsJson, File, Folder, Stack, chosen, stop

if TYPE_CHECKING:
    from .status_model import NetworkStatus


def status(
    file: File = None,
    stack: Stack = None,
    cwd: Folder = Path(),
    watch: Annotated[bool, typer.Option("--watch", help="Ask again and again until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(help="Seconds between two questions of --watch.", min=1)] = 10,
    as_json: AsJson = False,
) -> None:
    """Show Remote Networks and their Connectors: state, host, exit IP and version, as Twingate tells.

    With a settings file or a stack: those of its fleet, and what is missing of them. Without: all of the account.
    TWINGATE_API_TOKEN is a token that may read, TWINGATE_NETWORK the account (default: the tenant of the stack). Exit
    status: 0 all is well, 1 a Connector is not ALIVE or a Remote Network has fewer than two that are.
    """
    if watch and as_json:
        raise typer.BadParameter("--watch draws for people. Leave it or --json out.")
    from ..audit.twingate import TwingateError
    from .twingate_account import AccountError, account

    fleet, tenant = None, None
    if file is not None or stack is not None:
        from .plan_file import HIDDEN
        from .status_model import wanted

        _, settings = chosen(file, stack, cwd)
        fleet, tenant = wanted(settings), None if settings.tenant == HIDDEN else settings.tenant
    try:
        endpoint, token = account(tenant)
    except AccountError as wrong:
        stop(str(wrong), 2)

    def ask() -> "list[NetworkStatus]":
        from ..audit.twingate import connectors, networks
        from .status_model import judge

        return judge(networks(endpoint, token), connectors(endpoint, token), fleet)

    try:
        found = ask()
    except TwingateError as problem:
        stop(str(problem), 1)
    if as_json:
        typer.echo(json.dumps({"version": 1, "networks": [network.plain() for network in found]}, indent=2))
    elif watch:
        _watch(found, ask, every)
    else:
        from rich.console import Console

        from .status_table import drawn

        console = Console(highlight=False)
        console.print(drawn(found, console.width), soft_wrap=True)
    if any(network.problems for network in found):
        raise typer.Exit(1)


def _watch(found: "list[NetworkStatus]", ask: "Callable[[], list[NetworkStatus]]", every: float) -> None:
    """Redraw on a terminal; elsewhere print what changed. Ends with Ctrl-C."""
    from rich.console import Console, Group
    from rich.live import Live
    from rich.text import Text

    from .status_table import drawn

    console = Console(highlight=False)
    if console.is_terminal:
        with Live(console=console, auto_refresh=False) as live:
            for latest, note in _answers(found, ask, every):
                foot = note or f"{time.strftime('%H:%M:%S')}, again every {every:g} s until Ctrl-C"
                live.update(Group(drawn(latest, console.width), Text(foot, style="dim")), refresh=True)
    shown = None
    for latest, note in _answers(found, ask, every):
        if latest != shown:
            console.print(drawn(latest, console.width), soft_wrap=True)
            shown = latest
        if note:
            typer.echo(note, err=True)


def _answers(
    found: "list[NetworkStatus]", ask: "Callable[[], list[NetworkStatus]]", every: float
) -> "Iterator[tuple[list[NetworkStatus], str]]":
    """The first answer, then one after each pause, without end; with a sentence when there was no new one."""
    from ..audit.twingate import TwingateError

    note = ""
    while True:
        yield found, note
        time.sleep(every)
        try:
            found, note = ask(), ""
        except TwingateError as problem:
            note = f"{time.strftime('%H:%M:%S')}: {problem} What is shown is older."
