"""``gatepost sandbox``: a local cloud on this machine, without an account.

What only one command needs is imported there: ``gatepost --help`` reads this module.
"""

import functools
import json
import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar

import typer

from gatepost_sandbox.environment import environment
from gatepost_sandbox.history_cli import history
from gatepost_sandbox.home import Home, Running, SandboxError
from gatepost_sandbox.prepare.command import prepare

P = ParamSpec("P")
T = TypeVar("T")

app = typer.Typer(
    name="sandbox",
    help="A local cloud on this machine, without an account.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        help="Folder of the sandbox. Default: GATEPOST_SANDBOX_HOME, else .gatepost/sandbox of the project.",
        show_default=False,
    ),
]


def _sentences(command: Callable[P, T]) -> Callable[P, T]:
    """Turn what a person can put right into a sentence on stderr and exit status 1."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except SandboxError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None

    return wrapped


@app.command(epilog="Example: gatepost sandbox start")
@_sentences
def start(home: HomeOption = None) -> None:
    """Start the sandbox; does nothing when it runs already."""
    from gatepost_sandbox import lifecycle  # noqa: PLC0415

    place = Home.find(home)
    started = lifecycle.start(place)
    if started.before:
        typer.echo(f"The sandbox is already running in {place.path}.")
        return
    if started.leftovers:
        typer.echo("The last sandbox here was not stopped properly; its stacks and everything it held are gone.")
    if started.ended:
        typer.echo(f"Ended {started.ended} provider plugins that it had left running.")
    typer.echo(f"The sandbox runs in {place.path} (started in {started.seconds:.1f} s).")
    option = f" --home {shlex.quote(str(home))}" if home else ""
    typer.echo(f"Use it: gatepost sandbox run{option} -- pulumi up")


@app.command(epilog="Example: gatepost sandbox stop")
@_sentences
def stop(home: HomeOption = None) -> None:
    """Stop the sandbox and remove everything in it."""
    from gatepost_sandbox import lifecycle  # noqa: PLC0415

    place = Home.find(home)
    if lifecycle.stop(place):
        typer.echo(f"The sandbox is stopped, and {place.path} is removed.")
    else:
        typer.echo(f"There is no sandbox in {place.path}; nothing to stop.")


@app.command(epilog="Example: gatepost sandbox status --json")
@_sentences
def status(
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Show every Connector: whether it is alive, why not, and where it runs."""
    found = _sorted(_ask(_running(home)[1].twingate + "/sandbox/status"))
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    from rich.console import Console  # noqa: PLC0415 - only this command needs rich

    from gatepost_sandbox.status_table import show  # noqa: PLC0415 - only this command needs rich

    show(found, Console())


@app.command(epilog="Example: gatepost sandbox reach payments/frankfurt/a 10.0.0.5:5432/tcp")
def reach(
    connector: Annotated[
        str,
        typer.Argument(
            help="Its name, NETWORK/SITE/SLOT, SITE/SLOT, or the beginning of its name.", show_default=False
        ),
    ],
    destination: Annotated[
        str, typer.Argument(metavar="IP:PORT/PROTO", help="PROTO is tcp, udp or icmp (no port).", show_default=False)
    ],
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Say whether a Connector's host could open a destination, and what decides.

    Exit status: 0 yes, 1 no, 2 when the question cannot be answered.
    """
    from urllib.parse import urlencode  # noqa: PLC0415

    query = urlencode({"connector": connector, "to": destination})
    try:
        found = _ask(f"{_running(home)[1].twingate}/sandbox/reach?{query}")
    except SandboxError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    typer.echo(json.dumps(found, indent=2) if as_json else _told(found))
    raise typer.Exit(0 if found["reached"] else 1)


app.command(epilog="Example: gatepost sandbox prepare stacks/Pulumi.prod.yaml")(_sentences(prepare))


@app.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog="Example: gatepost sandbox run -- pulumi preview",
)
@_sentences
def run(
    command: Annotated[
        list[str], typer.Argument(metavar="COMMAND...", help="The program and its arguments.", show_default=False)
    ],
    home: HomeOption = None,
) -> None:
    """Run a program against the sandbox: Pulumi, the AWS CLI, your own script.

    The program takes the place of this command, so its exit status and signals are its own.
    """
    place, running = _running(home)
    variables = environment(place, running)
    try:
        os.execvpe(command[0], command, variables)  # noqa: S606 - running the caller's program is the purpose
    except FileNotFoundError:
        typer.echo(f"The program '{command[0]}' was not found. Check its name, or give its path.", err=True)
        raise typer.Exit(127) from None
    except OSError as error:
        typer.echo(f"The program '{command[0]}' cannot be run: {error.strerror}.", err=True)
        raise typer.Exit(126) from None


app.command(epilog="Example: gatepost sandbox history --svg up.svg")(history)


def _running(home: Path | None) -> tuple[Home, Running]:
    place = Home.find(home)
    return place, place.must_run(home)


def _ask(address: str) -> Any:
    """Get a page of the sandbox, past any proxy."""
    import urllib.error  # noqa: PLC0415
    import urllib.request  # noqa: PLC0415
    from http import HTTPStatus  # noqa: PLC0415

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=30) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            problem = json.load(error)["error"] if error.code == HTTPStatus.BAD_REQUEST else str(error)
        raise SandboxError(problem) from error
    except OSError as error:
        raise SandboxError(f"The sandbox does not answer ({error}). See its log, or stop and start it.") from error


def _sorted(status: dict[str, Any]) -> dict[str, Any]:
    """The status by network, site, slot and name; Connectors without a site come last."""

    def place(line: dict[str, Any]) -> tuple[bool, str, str, str]:
        return not line["site"], line["site"] or "", line["slot"] or "", line["name"]

    networks = [{**n, "connectors": sorted(n["connectors"], key=place)} for n in status["networks"]]
    return {**status, "networks": sorted(networks, key=lambda network: network["name"])}


def _told(answer: dict[str, Any]) -> str:
    """An answer as lines: each step with a mark, and yes or no at the end."""
    marks = {True: "ok", False: "NO", None: "--"}
    lines = [f"  {marks[step['ok']]}  {step['part']}: {step['text']}" for step in answer["steps"]]
    verdict = "yes" if answer["reached"] else "no"
    return "\n".join([f"{answer['connector']} to {answer['to']}", *lines, verdict])
