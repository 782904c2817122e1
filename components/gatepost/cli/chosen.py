"""What commands about a fleet share: the settings file that is meant, and how a command stops."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from ..stack_settings import StackSettings

File = Annotated[
    Path | None,
    typer.Argument(help="A settings file, or the one of --stack.", dir_okay=False, exists=True, show_default=False),
]
Stack = Annotated[str | None, typer.Option("--stack", "-s", help="The stack, such as prod.", show_default=False)]
Folder = Annotated[
    Path, typer.Option("--cwd", help="Folder of the Pulumi project.", file_okay=False, exists=True, show_default=".")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def chosen(file: Path | None, stack: str | None, cwd: Path) -> "tuple[Path, StackSettings]":
    """The file and its settings. Ends the command when there is none (2), or when they cannot be used (1)."""
    from ..stack_settings import refusal_text
    from .plan_file import UsageError, read_settings, stack_file, stack_of

    try:
        if file is None and stack is None:
            raise UsageError("Name a settings file, or a stack with --stack.")
        path = file or stack_file(cwd, str(stack))
        environment = stack.split("/")[-1] if stack else stack_of(path)
        if environment is None:
            raise UsageError(f"{path.name} does not tell its stack as Pulumi.<stack>.yaml does. Add --stack.")
        settings, problems = read_settings(path, environment)
    except UsageError as wrong:
        raise typer.BadParameter(str(wrong)) from None
    if problems:
        stop(refusal_text(problems), 1)
    return path, settings


def stop(text: str, code: int) -> NoReturn:
    """End the command with sentences."""
    for sentence in text.splitlines():
        typer.echo(f"gatepost: {sentence}", err=True)
    raise typer.Exit(code)
