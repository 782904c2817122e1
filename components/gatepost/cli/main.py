"""The command ``gatepost``: a thin top; every sub-command is an entry point of the group ``gatepost.commands``.

A distribution adds a command with an entry point that names a ``typer.Typer``; its ``help`` is shown here. Exit status:
0 done, 1 failed, 2 wrong usage, 130 interrupted.
"""

import sys
from importlib.metadata import EntryPoint, entry_points, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import typer

GROUP = "gatepost.commands"
NEEDS_CLI = 'The command gatepost needs the extra "cli": pip install "gatepost[cli]"'


def run() -> None:
    """Entry of the script ``gatepost``."""
    try:
        import typer  # noqa: F401 - absent without the extra
    except ModuleNotFoundError:
        sys.stderr.write(NEEDS_CLI + "\n")
        sys.exit(1)
    try:
        build()(prog_name="gatepost")
    except KeyboardInterrupt:
        sys.exit(130)


def build() -> "typer.Typer":
    """The whole command, with every sub-command that is installed."""
    import typer

    app = typer.Typer(
        help="Fleets of Twingate Connectors on AWS, Google Cloud and Azure.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )

    @app.callback(invoke_without_command=True)
    def top(
        show_version: bool = typer.Option(
            False, "--version", help="Print the version and exit.", is_eager=True, callback=_version
        ),
    ) -> None:
        pass

    from .bundle import bundle, pair
    from .ci import ci
    from .schema import schema

    app.command("bundle")(bundle)
    app.command("pair")(pair)
    app.command("schema")(schema)
    app.command("ci")(ci)
    for entry in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        _add(app, entry)
    return app


def _version(asked: bool) -> None:
    import typer

    if asked:
        typer.echo(f"gatepost {version('gatepost')}")
        raise typer.Exit


def _add(app: "typer.Typer", entry: EntryPoint) -> None:
    """Add one sub-command. One that cannot be loaded says so when it is used, and spoils no other."""
    import typer

    try:
        app.add_typer(_typer_of(entry), name=entry.name)
    except Exception as error:  # a plugin may fail in any way
        reason = f"The command 'gatepost {entry.name}' ({entry.value}) cannot be loaded: {error}."

        @app.command(
            entry.name,
            help="(cannot be loaded)",
            context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
        )
        def broken() -> None:
            typer.echo(reason, err=True)
            raise typer.Exit(1)


def _typer_of(entry: EntryPoint) -> Any:
    import typer

    loaded = entry.load()
    if not isinstance(loaded, typer.Typer):
        raise TypeError("it is not a typer.Typer")
    return loaded
