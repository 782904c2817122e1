"""The command ``gatepost sandbox prepare``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gatepost_sandbox.home import Home, SandboxError

if TYPE_CHECKING:
    from gatepost_sandbox.prepare.file import Plan


def prepare(
    file: Annotated[Path, typer.Argument(help="Settings of a stack: Pulumi.<stack>.yaml.", show_default=False)],
    home: Annotated[Path | None, typer.Option("--home", help="Folder of the sandbox.", show_default=False)] = None,
    copy: Annotated[
        Path | None,
        typer.Option("--write", help="Also write a copy for --config-file, without secrets.", show_default=False),
    ] = None,
) -> None:
    """Make what the settings of a stack adopt, with the ids of the file, so that the stack can be tried here.

    Idempotent. Networks, addresses, gateways, keys, images and Remote Networks that are there already stay as they are.
    """
    from gatepost_sandbox.prepare.file import read, write  # noqa: PLC0415 - gatepost --help reads this module

    plan = read(file)
    found = _ask(Home.find(home).must_run(home).twingate, plan)
    if copy:
        write(file, copy)
    for line in found["lines"]:
        typer.echo(f"{'made' if line['made'] else 'there'}\t{line['text']}".expandtabs(8))
    for sentence in [*plan.notes, *found["problems"]]:
        typer.echo(sentence, err=True)
    if found["problems"]:
        raise typer.Exit(1)


def _ask(address: str, plan: "Plan") -> Any:
    """Have everything made. Raises SandboxError when the sandbox does not answer."""
    import urllib.error  # noqa: PLC0415 - as above
    import urllib.request  # noqa: PLC0415

    body = json.dumps({"tenant": plan.tenant, "wants": plan.wants}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}/sandbox/prepare", body, headers)  # noqa: S310 - this machine
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            raise SandboxError(f"The sandbox refuses to prepare {plan.stack}: {error.read().decode()}") from None
    except OSError as error:
        raise SandboxError(f"The sandbox does not answer ({error}). See its log, or stop and start it.") from error
