"""``gatepost plan``: what a stack's settings come to, before anything is made.

Exit status: 0 fine, 1 findings (a Resource that a Connector would not reach, or settings that cannot be used), 2 wrong
usage. It asks no network and no Pulumi.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..stack_settings import StackSettings

PICTURES = (".svg", ".html")
"""Endings of the files that --picture writes."""


def plan(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="A settings file. Default: the one of --stack.", dir_okay=False, exists=True, show_default=False
        ),
    ] = None,
    stack: Annotated[
        str | None, typer.Option("--stack", "-s", help="The stack, such as prod.", show_default=False)
    ] = None,
    cwd: Annotated[
        Path,
        typer.Option("--cwd", help="Folder of the Pulumi project.", file_okay=False, exists=True, show_default="."),
    ] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
    picture: Annotated[
        Path | None,
        typer.Option(help="Draw the fleet into this file, .svg or .html.", dir_okay=False, show_default=False),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            help="Another version of the settings: say which Connectors would change.",
            dir_okay=False,
            exists=True,
            show_default=False,
        ),
    ] = None,
) -> None:
    """Say what a stack's settings come to: exits, firewall lists, capacity, rollout, prices, and who reaches what.

    It reads the settings file alone: no cloud, no Twingate, no Pulumi.
    """
    if picture and picture.suffix.lower() not in PICTURES:
        raise typer.BadParameter(f"{picture} must end in {' or '.join(PICTURES)}.", param_hint="--picture")
    from .plan_file import UsageError, stack_file, stack_of

    try:
        if file is None and stack is None:
            raise UsageError("Name a settings file, or a stack with --stack.")
        chosen = file or stack_file(cwd, str(stack))
        environment = stack.split("/")[-1] if stack else stack_of(chosen)
        if environment is None:
            raise UsageError(f"{chosen.name} does not tell its stack as Pulumi.<stack>.yaml does. Add --stack.")
        settings = _settings(chosen, environment, as_json)
        old = _settings(against, environment, as_json, f"{against}, given by --against:") if against else None
    except UsageError as wrong:
        raise typer.BadParameter(str(wrong)) from None
    from ..plan.model import fleet_plan

    found = fleet_plan(settings, old)
    if as_json:
        from .plan_json import as_text

        typer.echo(as_text(found))
    else:
        from .plan_tables import show

        show(found)
    if picture:
        _draw(found, picture)
    if found.counter_examples:
        raise typer.Exit(1)


def _settings(file: Path, environment: str, as_json: bool, heading: str | None = None) -> "StackSettings":
    """Good settings; prints what is wrong with others, in the words of an update, below a heading."""
    from ..stack_settings import refusal_text
    from .plan_file import read_settings

    settings, problems = read_settings(file, environment)
    if not problems:
        return settings
    if as_json:
        import json

        typer.echo(json.dumps({"file": str(file), "problems": problems}, indent=2))
    if heading:
        typer.echo(heading, err=True)
    typer.echo(refusal_text(problems), err=True)
    raise typer.Exit(1)


def _draw(found: Any, picture: Path) -> None:
    from .plan_picture import html, svg

    text = svg(found) if picture.suffix.lower() == ".svg" else html(found)
    try:
        picture.write_text(text, encoding="utf-8")
    except OSError as problem:
        typer.echo(f"gatepost: The picture cannot be written to {picture}: {problem.strerror}.", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"written: {picture}", err=True)
