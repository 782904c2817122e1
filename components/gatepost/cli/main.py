"""The command ``gatepost``: a thin top that imports a command when it is used.

Its own commands are rows of ``commands.COMMANDS``. A distribution adds one by an entry point of the group
``gatepost.commands`` that names a ``typer.Typer``; its ``help`` is shown here. Exit status: 0 fine, 1 findings or
failed, 2 wrong usage, 130 interrupted.
"""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .commands import COMMANDS, Row

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    import typer

GROUP = "gatepost.commands"
NEEDS_CLI = 'The command gatepost needs the extra "cli": pip install "gatepost[cli]"'
STATUSES = "Exit status: 0 fine, 1 findings or failed, 2 wrong usage, 130 interrupted."
VARIABLE = "_GATEPOST_COMPLETE"
"""By this variable a shell asks for completions."""


def run() -> None:
    """Entry of the script ``gatepost``."""
    for stream in ("stdout", "stderr"):
        if getattr(sys, stream) is None:  # closed by the caller
            setattr(sys, stream, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
    try:
        try:
            import typer  # noqa: F401 - absent without the extra
        except ModuleNotFoundError:
            sys.stderr.write(NEEDS_CLI + "\n")
            sys.exit(1)
        app = build()
        if VARIABLE in os.environ:
            from typer.completion import completion_init

            completion_init()
        try:
            app(prog_name="gatepost", complete_var=VARIABLE)
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as problem:
        if problem.filename is not None:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left of the output has nowhere to go
        if not isinstance(problem, BrokenPipeError):
            sys.stderr.write(f"gatepost: The output cannot be written: {problem.strerror or problem}.\n")
        sys.exit(1)


def build() -> "typer.Typer":
    """The whole command. What it shows is plain text: a library that draws help costs more time than all the rest."""
    import typer

    app = typer.Typer(
        cls=_group(),
        help="Fleets of Twingate Connectors on AWS, Google Cloud and Azure.",
        epilog=f"{STATUSES} Each command has examples: gatepost COMMAND --help.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        add_completion=False,  # its options cost every command a fifth of a second; see gatepost completion
    )

    @app.callback(invoke_without_command=True)
    def top(
        show_version: bool = typer.Option(
            False, "--version", help="Print the version and exit.", is_eager=True, callback=_version
        ),
    ) -> None:
        pass

    return app


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        import typer

        typer.echo(f"gatepost {version('gatepost')}")
        raise typer.Exit


def _group() -> Any:
    from typer.core import TyperCommand, TyperGroup

    class Commands(TyperGroup):
        """Lists commands by their lines, and imports the one that is used."""

        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            self.commands.update({name: TyperCommand(name, help=row.help) for name, row in COMMANDS.items()})

        def list_commands(self, ctx: Any) -> list[str]:
            """All, those of other distributions last."""
            self._add_others()
            return super().list_commands(ctx)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            """A command; of gatepost's own ones the line only."""
            if cmd_name not in self.commands:
                self._add_others()
            return super().get_command(ctx, cmd_name)

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            """The command that is used, whole."""
            name, found, rest = super().resolve_command(ctx, args)
            if name is not None and name in COMMANDS:
                row = COMMANDS[name]
                if row.says and sys.stderr.isatty() and not ctx.resilient_parsing and "--help" not in rest:
                    sys.stderr.write(f"{row.says}\n")  # before what takes time to load
                found = _own(name, row)
            return name, found, rest

        def get_help_option(self, ctx: Any) -> Any:
            """--help, which is not asked for. Without a value, typer would load pydantic to find that out."""
            option = super().get_help_option(ctx)
            if option is not None:
                option.default = False
            return option

        def _add_others(self) -> None:
            from importlib.metadata import entry_points

            for entry in sorted(entry_points(group=GROUP), key=lambda point: point.name):
                if entry.name not in self.commands:
                    self.commands[entry.name] = _other(entry)

    return Commands


def _own(name: str, row: Row) -> Any:
    """A command of gatepost's, imported."""
    from importlib import import_module

    module, _, attribute = row.target.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        hint = f' It needs the extra "{row.extra}": pip install "gatepost[{row.extra}]"'
        return _broken(name, row.target, error, "" if str(error.name).startswith("gatepost.") else hint)
    return _command(name, found, "\b\nExamples:\n" + "\n".join(f"  {example}" for example in row.examples))


def _other(entry: "EntryPoint") -> Any:
    """A command of another distribution. One that cannot be loaded says so when it is used, and spoils no other."""
    import typer

    try:
        found = entry.load()
        if not isinstance(found, typer.Typer):
            raise TypeError("it is not a typer.Typer")
        return _command(entry.name, found)
    except Exception as error:  # a plugin may fail in any way
        return _broken(entry.name, entry.value, error)


def _command(name: str, found: "typer.Typer | Callable[..., Any]", epilog: str | None = None) -> Any:
    import typer
    from typer.main import get_command, get_group

    if isinstance(found, typer.Typer):
        found.rich_markup_mode = None
        group = get_group(found)
        group.epilog = group.epilog or epilog
        return group
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name, epilog=epilog)(found)
    return get_command(app)


def _broken(name: str, target: str, error: Exception, hint: str = "") -> Any:
    import typer
    from typer.core import TyperCommand

    def tell() -> None:
        typer.echo(f"The command 'gatepost {name}' ({target}) cannot be loaded: {error}.{hint}", err=True)
        raise typer.Exit(1)

    settings = {"ignore_unknown_options": True, "allow_extra_args": True}
    return TyperCommand(
        name, help="(cannot be loaded)", callback=tell, context_settings=settings, add_help_option=False
    )
