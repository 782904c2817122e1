"""``gatepost ci``: previews every environment under the policy pack, and tells a reviewer what would change.

Exit status: 0 every stack passes, 1 one does not (a mandatory violation, a policy that could not judge, an error of
the preview), 2 wrong usage. "To be judged at update" is no failure: a preview cannot know everything.
"""

import os
import subprocess
from pathlib import Path
from typing import Annotated, Any

import typer

from .ci_events import Preview, Told, read
from .ci_summary import summary

STREAM = "PULUMI_ENABLE_STREAMING_JSON_PREVIEW"
_CUT = 4000


def ci(
    stack: Annotated[
        list[str] | None,
        typer.Option("--stack", "-s", help="A stack; may be repeated. Default: each that has a settings file."),
    ] = None,
    summary_file: Annotated[
        Path | None,
        typer.Option("--summary", help="Append the summary to this file, as to $GITHUB_STEP_SUMMARY.", dir_okay=False),
    ] = None,
    cwd: Annotated[
        Path, typer.Option("--cwd", help="Folder of the Pulumi project.", file_okay=False, exists=True)
    ] = Path(),
    pack: Annotated[
        Path, typer.Option(help="Folder of the policy pack, seen from the project.", show_default="policies")
    ] = Path("policies"),
    levels: Annotated[
        Path | None,
        typer.Option(help="Folder with ENVIRONMENT.json per stack. Default: levels in the pack.", show_default=False),
    ] = None,
) -> None:
    """Preview each environment under the policy pack, and write a summary in Markdown.

    Fails on mandatory violations and on every policy that cannot judge, except what only the update can know. Nothing
    is created. The summary goes to standard output too.
    """
    home = cwd.resolve()
    pack = home / pack
    if not (pack / "PulumiPolicy.yaml").is_file():
        raise typer.BadParameter(f"{pack} holds no PulumiPolicy.yaml. Name the folder of the policy pack with --pack.")
    stacks = list(dict.fromkeys(stack or _stacks(home)))
    if not stacks:
        raise typer.BadParameter(f"{home} has no settings file Pulumi.<stack>.yaml. Name the stacks with --stack.")
    found = [(name, *_preview(name, home, pack, home / levels if levels else pack / "levels")) for name in stacks]
    text = summary(found)
    typer.echo(text, nl=False)
    if summary_file:
        try:
            with summary_file.open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError as problem:
            typer.echo(f"gatepost: The summary cannot be written to {summary_file}: {problem.strerror}.", err=True)
            raise typer.Exit(1) from None
    if not all(preview.passes for _, preview, _ in found):
        raise typer.Exit(1)


def _stacks(home: Path) -> list[str]:
    """Names of the stacks that have a settings file in the project."""
    import yaml

    try:
        project: Any = yaml.safe_load((home / "Pulumi.yaml").read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):
        raise typer.BadParameter(
            f"{home} holds no readable Pulumi.yaml. Name the project's folder with --cwd."
        ) from None
    folder = home / str(project.get("stackConfigDir") or "") if isinstance(project, dict) else home
    names = (path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in folder.glob("Pulumi.?*.yaml"))
    return sorted(names)


def _preview(name: str, home: Path, pack: Path, levels: Path) -> tuple[Preview, str]:
    """The preview of a stack, and a remark where it has no levels of its own."""
    file = levels / f"{name.split('/')[-1]}.json"
    config = ["--policy-pack-config", str(file)] if file.is_file() else []
    remark = "" if config else f"There is no {file.name} in `{levels.name}/`, so each rule has its own level."
    command = ["pulumi", "preview", "--json", "--non-interactive", "--stack", name, "--policy-pack", str(pack)]
    try:
        done = subprocess.run(
            [*command, *config],
            cwd=home,
            env={**os.environ, STREAM: "true", "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        missing = "There is no pulumi on the PATH. Install it: https://www.pulumi.com/docs/install/"
        return Preview(errors=[Told("", "", missing)]), remark
    found = read(done.stdout.splitlines())
    if done.returncode and not (found.errors or found.violations or found.not_run):
        told = " ".join(done.stderr.split())[:_CUT]
        found.errors.append(Told("", "", told or f"pulumi preview ended with exit status {done.returncode}."))
    return found, remark
