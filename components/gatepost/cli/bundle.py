"""``gatepost bundle`` and ``gatepost pair``: what a host outside the clouds is installed with.

A bundle holds no token: the pair goes from the state of the stack straight to the host. Exit status: 0 done, 1 failed
with a sentence, 2 wrong usage.
"""

import gzip
import io
import json
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..words import nearest
from .bundle_stack import Pair, StackError, find_pair, pulumi_json

if TYPE_CHECKING:
    from ..boot.onprem import Bundle

_EPOCH = 0
"""Time of files in archives, so that one bundle always makes the same archive."""

Stack = Annotated[
    str | None, typer.Option("--stack", "-s", help="The stack. Default: the one that is selected.", show_default=False)
]
Folder = Annotated[
    Path, typer.Option("--cwd", help="Folder of the Pulumi project.", file_okay=False, exists=True, show_default=".")
]


def bundle(
    names: Annotated[
        list[str] | None, typer.Argument(help="Bundles to write. Default: all.", show_default=False)
    ] = None,
    stack: Stack = None,
    cwd: Folder = Path(),
    to: Annotated[Path, typer.Option("--to", help="Folder to write to.", file_okay=False)] = Path("bundles"),
    outputs: Annotated[
        Path | None,
        typer.Option(help="File with what `pulumi stack output --json` printed, - for standard input: asks no stack."),
    ] = None,
    tar: Annotated[bool, typer.Option("--tar", help="Write NAME.tar.gz instead of a folder.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write the install bundle of each Connector on a host outside the clouds.

    Run it after `pulumi up`. Each bundle is a folder with a README: systemd (deb, rpm, cloud-init), Docker Compose, and
    values for Twingate's Helm chart. It holds no token; `gatepost pair NAME` brings the pair to the host.
    """
    try:
        wanted = _chosen(_found(outputs, stack, cwd), names or [])
        written = {one.name: (_tar if tar else _folder)(one, to) for one in wanted}
    except (StackError, ValueError) as problem:
        _fail(problem)
    except OSError as problem:
        _fail(StackError(f"{problem.filename or to} cannot be written: {problem.strerror or problem}."))
    if as_json:
        rows = [
            {
                "name": one.name,
                "connector_id": one.connector_id,
                "connector": one.connector,
                "path": str(written[one.name]),
            }
            for one in wanted
        ]
        typer.echo(json.dumps(rows, indent=2))
        return
    for one in wanted:
        typer.echo(f"{written[one.name]}  {one.connector}")
    if wanted:
        typer.echo(
            f"Next: read {wanted[0].name}/README.md. The pair comes with: gatepost pair {wanted[0].name}", err=True
        )


def pair(
    name: Annotated[str, typer.Argument(help="Name of a bundle, or the id of a Connector.")],
    stack: Stack = None,
    cwd: Folder = Path(),
    show: Annotated[bool, typer.Option("--show", help="Print the tokens on the terminal too.")] = False,
) -> None:
    """Print the token pair of a Connector outside the clouds, for the install script of its bundle.

    The pair is read from the state of the stack, with the same rights as `pulumi stack export --show-secrets`.
    """
    if sys.stdout.isatty() and not show:
        message = "This would show tokens on the terminal. Pipe it into the bundle's install script, or add --show."
        typer.echo(f"gatepost: {message}", err=True)
        raise typer.Exit(2)
    try:
        found: Pair = find_pair(pulumi_json(["stack", "export", "--show-secrets"], stack, cwd), name)
    except StackError as problem:
        _fail(problem)
    sys.stdout.write(found.text())


def _fail(problem: Exception) -> Any:
    for sentence in str(problem).splitlines():
        typer.echo(f"gatepost: {sentence}", err=True)
    raise typer.Exit(1)


def _found(outputs: Path | None, stack: str | None, cwd: Path) -> "list[Bundle]":
    from ..boot.onprem import found_in

    if outputs is None:
        data = pulumi_json(["stack", "output", "--json"], stack, cwd)
    else:
        file = "outputs.json" if str(outputs) == "-" else outputs
        advice = f"Write it with: pulumi stack output --json > {file}"
        try:
            data = json.loads(sys.stdin.read() if str(outputs) == "-" else outputs.read_text(encoding="utf-8"))
        except OSError as problem:
            raise StackError(f"{outputs} cannot be read: {problem.strerror}. {advice}") from None
        except (ValueError, RecursionError):  # also what is no text
            raise StackError(f"{outputs} is not JSON. {advice}") from None
    return list({one.name: one for one in found_in(data)}.values())


def _chosen(bundles: "list[Bundle]", names: list[str]) -> "list[Bundle]":
    known = {one.name: one for one in bundles}
    if not known:
        raise StackError(
            "The outputs of the stack have no Connector outside the clouds. Add a site with cloud: onprem and run "
            "pulumi up; a program of your own exports ConnectorSite.connectors."
        )
    problems = []
    for name in names:
        if name not in known:
            guess = nearest(name, known)
            hint = f" Did you mean {guess!r}?" if guess else ""
            problems.append(f"There is no bundle {name!r}. Allowed: {', '.join(sorted(known))}.{hint}")
    if problems:
        raise StackError("\n".join(problems))
    return [known[name] for name in dict.fromkeys(names)] or bundles


def _folder(one: "Bundle", to: Path) -> Path:
    for path, (text, mode) in one.files().items():
        file = to / one.name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
        file.chmod(mode)
    return to / one.name


def _tar(one: "Bundle", to: Path) -> Path:
    to.mkdir(parents=True, exist_ok=True)
    target = to / f"{one.name}.tar.gz"
    with (
        target.open("wb") as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=_EPOCH) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for member, data in _members(one):
            archive.addfile(member, io.BytesIO(data))
    return target


def _members(one: "Bundle") -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    for path, (text, mode) in one.files().items():
        data = text.encode()
        member = tarfile.TarInfo(f"{one.name}/{path}")
        member.size, member.mode, member.mtime = len(data), mode, _EPOCH
        yield member, data
