"""``gatepost schema``: the JSON schema that editors check a stack's file by."""

from pathlib import Path
from typing import Annotated

import typer


def schema(
    write: Annotated[bool, typer.Option("--write", help="Write it to a file instead of printing it.")] = False,
    to: Annotated[
        Path | None,
        typer.Option(
            help="Write it to this file, beside the files of the stacks.",
            dir_okay=False,
            show_default="stacks/gatepost.schema.json",
        ),
    ] = None,
) -> None:
    """Print the JSON schema of Pulumi.<stack>.yaml, or write it for editors.

    A stack's file names it in its first line: # yaml-language-server: $schema=gatepost.schema.json
    """
    from ..schema import text

    if not (write or to):
        typer.echo(text(), nl=False)
        return
    to = to or Path("stacks/gatepost.schema.json")
    try:
        to.write_text(text(), encoding="utf-8")
    except OSError as problem:
        typer.echo(f"The schema cannot be written to {to}: {problem.strerror or problem}.", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"written: {to}")
