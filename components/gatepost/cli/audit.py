"""``gatepost audit``: judges what runs in an account, declared or not. Reads only.

Exit status: 0 nothing found, 1 findings of the asked severity, 2 wrong usage (unknown region or profile, no
credentials), 3 nothing found but not everything could be checked.
"""

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from .chosen import Folder, Stack, chosen
from .twingate_account import address

if TYPE_CHECKING:
    from ..audit.report import Report
    from ..audit.run import Wish
    from ..stack_settings import StackSettings

NEEDS = 'gatepost audit needs the extra "audit": pip install "gatepost[cli,audit]"'

app = typer.Typer(help="Find Connector hosts in an account, declared or not, and judge them.", no_args_is_help=True)


class Severity(StrEnum):
    """Severities, from the least to the worst."""

    low = "low"
    medium = "medium"
    high = "high"
    critical = "critical"


@app.callback()
def _group() -> None:
    """Keeps ``aws`` a sub-command while it is the only one."""


@app.command()
def aws(
    region: Annotated[
        list[str] | None, typer.Option("--region", help="A region; may be repeated. Default: all that are enabled.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="Profile of AWS's configuration.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    sarif: Annotated[
        Path | None, typer.Option(help="Write the report as SARIF 2.1.0 to this file.", dir_okay=False)
    ] = None,
    fail_on: Annotated[Severity, typer.Option(help="The least severity that makes exit status 1.")] = Severity.low,
    perhaps: Annotated[
        bool, typer.Option("--perhaps", help="Judge instances as well that only a name tells of.")
    ] = False,
    image_days: Annotated[int, typer.Option(help="Oldest image of a host, in days.", min=1)] = 180,
    policy_config: Annotated[
        Path | None,
        typer.Option(help="Settings of the pack's rules, as for --policy-pack-config.", dir_okay=False, exists=True),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            help="Settings of a stack: its hosts must reach the Resources listed there. Or --stack.",
            dir_okay=False,
            exists=True,
            show_default=False,
        ),
    ] = None,
    stack: Stack = None,
    cwd: Folder = Path(),
    twingate_network: Annotated[
        str | None, typer.Option(envvar="TWINGATE_NETWORK", help="Name of your Twingate network.", show_default=False)
    ] = None,
    twingate_token_file: Annotated[
        Path | None,
        typer.Option(help="File with an API token that may read. Default: TWINGATE_API_TOKEN.", dir_okay=False),
    ] = None,
) -> None:
    """Find Connector hosts in an AWS account, declared or not, and judge them by the policy pack. Reads only.

    Credentials are those of the AWS CLI. With an API token of Twingate (variable TWINGATE_API_TOKEN, or a file) it adds
    the real state, and finds Connectors without a host and hosts without a Connector. Exit status: 0 nothing found, 1
    findings, 2 wrong usage, 3 not everything could be checked.

    Examples: gatepost audit aws --region eu-central-1; gatepost audit aws --profile prod --fail-on high --sarif a.sarif
    """
    endpoint, token = _twingate(twingate_network, twingate_token_file)
    settings = _settings(policy_config)
    fleet = _fleet(file, stack, cwd)
    try:
        from ..audit import run
        from ..audit.checks import Limits
        from ..audit.report import AuditError
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("boto3", "botocore", "pulumi_policy"):
            raise
        typer.echo(NEEDS, err=True)
        raise typer.Exit(2) from None  # 1 would say that there are findings
    wish = run.Wish(
        regions=tuple(region or ()),
        profile=profile,
        perhaps=perhaps,
        limits=Limits(image_days=image_days),
        settings=settings,
        fleet=fleet,
        endpoint=endpoint,
        token=token,
    )
    try:
        report = _audit(wish)
    except AuditError as problem:
        _refuse(str(problem))
    if sarif is not None:
        _write(sarif, report)
    if as_json:
        typer.echo(json.dumps(report.plain(), indent=2))
    else:
        from ..audit.table import show

        show(report)
    raise typer.Exit(report.status(fail_on.value))


def _audit(wish: "Wish") -> "Report":
    """Audit with a progress bar where somebody looks on."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from ..audit.run import audit

    console = Console(stderr=True)
    if not console.is_terminal:
        return audit(wish, lambda _total: None, lambda _region: None)
    columns = (TextColumn("Regions"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)
        return audit(
            wish,
            lambda total: progress.update(task, total=total),
            lambda region: progress.update(task, advance=1, description=region),
        )


def _twingate(network: str | None, file: Path | None) -> tuple[str, str]:
    """Address and token of Twingate's API; both empty where no token is given."""
    token = os.environ.get("TWINGATE_API_TOKEN", "")
    if file is not None:
        try:
            token = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as problem:
            _refuse(f"The token cannot be read from {file}: {getattr(problem, 'strerror', None) or 'it is no text'}.")
        if not token:
            _refuse(f"The file {file} is empty. Write an API token of Twingate into it.")
    if not token:
        return "", ""
    if not network:
        _refuse("There is an API token of Twingate, but no network. Add --twingate-network or set TWINGATE_NETWORK.")
    if not all(part.isalnum() for part in str(network).split("-")):
        _refuse(f"The Twingate network {network!r} is not a name like the first part of acme.twingate.com.")
    return address(str(network)), token


def _settings(file: Path | None) -> dict[str, dict[str, Any]]:
    """The policy configuration: settings by rule. A rule's level may stand alone, as the engine allows."""
    if file is None:
        return {}
    try:
        found: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        _refuse(f"The policy configuration {file} cannot be read as JSON: {problem}.")
    rows: list[tuple[str, Any]] = list(found.items()) if isinstance(found, dict) else [("", None)]
    if not all(isinstance(row, str | dict) for _, row in rows):
        _refuse(f"The policy configuration {file} must be an object with a level or settings for each rule.")
    return {rule: {"enforcementLevel": row} if isinstance(row, str) else row for rule, row in rows}


def _fleet(file: Path | None, stack: str | None, cwd: Path) -> "StackSettings | None":
    """The settings whose Resources are checked; None where none are named."""
    if file is None and stack is None:
        return None
    try:
        found = chosen(file, stack, cwd)[1]
    except typer.Exit:
        raise typer.Exit(2) from None  # 1 would say that there are findings
    if not any(network.resources for network in found.fleet.remote_networks.values()):
        typer.echo(
            "gatepost: The settings list no Resources. List them under resources: of a Remote Network.", err=True
        )
    return found


def _write(file: Path, report: "Report") -> None:
    from importlib.metadata import version

    from ..audit.sarif import sarif

    try:
        file.write_text(json.dumps(sarif(report, version("gatepost")), indent=2) + "\n", encoding="utf-8")
    except OSError as problem:
        _refuse(f"The report cannot be written to {file}: {problem.strerror or problem}.")


def _refuse(text: str) -> NoReturn:
    for line in text.splitlines():
        sys.stderr.write(f"gatepost: {line}\n")
    raise typer.Exit(2)
