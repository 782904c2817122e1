"""``gatepost sandbox history``: the record of calls, as text, JSON or a picture."""

import json
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from gatepost_sandbox.home import Home, SandboxError


def history(
    home: Annotated[Path | None, typer.Option("--home", help="Folder of the sandbox.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    svg: Annotated[
        Path | None, typer.Option("--svg", help="Write a picture of live Connectors over time.", show_default=False)
    ] = None,
) -> None:
    """Show every call that the sandbox answered, and how many Connectors were alive after it."""
    place = Home.find(home)
    try:
        running = place.must_run(home)
    except SandboxError as error:
        _stop(str(error))
    page = f"{running.twingate}/sandbox/history"
    try:
        found = _get(page + (".svg" if svg else ""))
    except OSError as error:
        _stop(f"The sandbox does not answer ({error}). See its log, or stop and start it.")
    if svg:
        try:
            svg.write_bytes(found)
        except OSError as error:
            _stop(f"The file {svg} cannot be written: {error.strerror}.")
        typer.echo(f"The picture is in {svg}.")
        return
    calls = json.loads(found)["calls"]
    typer.echo(json.dumps(calls, indent=2) if as_json else "\n".join(map(_line, calls)) or "Nothing was called yet.")


def _stop(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1) from None


def _line(call: dict[str, Any]) -> str:
    alive = "" if call["alive"] is None else f"  alive {sum(call['alive'].values())}"
    fault = f"  fault {call['fault']}" if call["fault"] else ""
    status = call["status"] or "no answer"
    return f"{call['time'][11:23]}  {call['cloud']:<8}  {call['operation']:<32}  {status}{alive}{fault}"


def _get(page: str) -> bytes:
    """A page of the sandbox, past any proxy."""
    import urllib.request  # noqa: PLC0415 - only when it is used

    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(page, timeout=30) as answer:
        return answer.read()
