"""``gatepost completion``: what a shell evaluates to complete the names of commands and options."""

from enum import StrEnum
from typing import Annotated

import typer

from .main import VARIABLE


class Shell(StrEnum):
    """Shells with a script."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"


def completion(shell: Annotated[Shell, typer.Argument(help="Your shell.")]) -> None:
    """Print the script that lets your shell complete commands and options with the tabulator key.

    Put the line of your shell into its start file: ~/.bashrc, ~/.zshrc (after compinit) or ~/.config/fish/config.fish.
    """
    from typer.completion import get_completion_script

    typer.echo(get_completion_script(prog_name="gatepost", complete_var=VARIABLE, shell=shell.value))
