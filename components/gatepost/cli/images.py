"""``gatepost images``: the newest image of each region against the one that the settings pin.

Exit status: 0 every pin is current, 1 one is older or gone (after ``--write``: one is left), or the cloud cannot be
asked, 2 wrong usage. Nothing is pinned: that is said, and is no finding.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .chosen import AsJson, File, Folder, Stack, chosen, stop

if TYPE_CHECKING:
    from .images_found import Verdict
    from .images_pins import Pin

app = typer.Typer(help="Compare the images that the settings pin with the newest ones.", no_args_is_help=True)

Write = Annotated[
    bool, typer.Option("--write", help="Put the newest images into the file; nothing else of it changes.")
]
Judged = Callable[[list["Pin"]], list["Verdict"]]


@app.command(epilog="Example: gatepost images aws --stack prod --write")
def aws(
    file: File = None,
    stack: Stack = None,
    cwd: Folder = Path(),
    as_json: AsJson = False,
    write: Write = False,
    profile: Annotated[str | None, typer.Option(help="Profile of AWS's configuration.", show_default=False)] = None,
) -> None:
    """Compare AMIs with Twingate's newest one in each region. Needs ec2:DescribeImages and the extra "audit"."""
    try:
        from . import images_aws
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("boto3", "botocore"):
            raise
        stop('gatepost images aws needs the extra "audit": pip install "gatepost[cli,audit]"', 1)
    _compare("aws", file, stack, cwd, as_json, write, lambda found: images_aws.judged(found, profile))


@app.command(epilog="Example: gatepost images gcp --stack prod --json")
def gcp(
    file: File = None, stack: Stack = None, cwd: Folder = Path(), as_json: AsJson = False, write: Write = False
) -> None:
    """Compare Debian images with the newest of their family. Needs Google credentials."""
    from .images_gcp import judged

    _compare("gcp", file, stack, cwd, as_json, write, judged)


@app.command(epilog="Example: gatepost images azure --stack prod --mirror https://registry.acme.example")
def azure(
    file: File = None,
    stack: Stack = None,
    cwd: Folder = Path(),
    as_json: AsJson = False,
    write: Write = False,
    mirror: Annotated[
        str | None, typer.Option(help="A registry that mirrors Docker Hub, asked instead.", show_default=False)
    ] = None,
) -> None:
    """Compare container images with the Connector's newest one on Docker Hub. Needs no account."""
    from .images_azure import judged

    if mirror and not mirror.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise typer.BadParameter(f"{mirror} must be an https:// address, such as https://registry.acme.example.")
    _compare("azure", file, stack, cwd, as_json, write, lambda found: judged(found, mirror))


def _compare(
    cloud: str, file: Path | None, stack: str | None, cwd: Path, as_json: bool, write: bool, judged: Judged
) -> None:
    from .images_found import ImagesError
    from .images_pins import PinError, edited, pins

    path, settings = chosen(file, stack, cwd)
    text = path.read_bytes().decode()
    try:
        verdicts = judged(pins(settings, text, cloud))
        changes = [(one.pin, one.change) for one in verdicts if one.change]
        if write and changes:
            _replace(path, edited(text, changes))
    except (ImagesError, PinError) as problem:
        stop(str(problem), 1)
    except OSError as problem:
        stop(f"{path} cannot be written: {problem.strerror}.", 1)
    written = changes if write else []
    if as_json:
        rows = [{**one.plain(), "written": bool(write and one.change)} for one in verdicts]
        typer.echo(json.dumps({"version": 1, "cloud": cloud, "file": str(path), "images": rows}, indent=2))
    else:
        from .images_table import show

        show(verdicts, cloud, path, write)
    left = [one for one in verdicts if one.finding and not (written and one.change)]
    if left:
        raise typer.Exit(1)


def _replace(path: Path, text: str) -> None:
    """Write the whole file or nothing of it."""
    import os
    import shutil
    import tempfile

    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
        shutil.copymode(target, new)
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)
