"""The command itself: what help costs and says, how commands are found, exit statuses, completion."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer
from sandbox.helpers import GATEPOST, gatepost
from typer.main import get_command

from gatepost.cli.commands import COMMANDS
from gatepost.cli.main import build

HEAVY = (
    *("boto3", "botocore", "moto", "graphql", "grpc", "google", "pulumi", "pydantic", "rich", "ruamel", "yaml"),
    *("asyncio", "http.client", "urllib.request", "ssl"),
)
"""What no help needs: each costs a tenth of a second, or leads to what does."""
VERSION = f"gatepost {version('gatepost')}\n"
TELL = f"""
import json, sys
from gatepost.cli.main import run
try:
    run()
finally:
    sys.stderr.write(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))
"""


def heavy(*arguments: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", TELL, *arguments], capture_output=True, text=True, check=True)
    return json.loads(done.stderr)


@pytest.mark.parametrize("arguments", ["--help", "--version", "schema --help", "sandbox --help", "status --help"])
def test_help_loads_little(arguments: str) -> None:
    assert heavy(*arguments.split()) == []


def test_help_of_a_command_that_needs_them_loads_no_cloud() -> None:
    assert heavy("images", "--help") == []


def test_help_lists_every_command_with_its_line() -> None:
    shown = gatepost("--help", COLUMNS="80").stdout
    listed = dict(line.strip().split(maxsplit=1) for line in shown.partition("Commands:\n")[2].splitlines() if line)
    assert {name: listed[name] for name in COMMANDS} == {name: row.help for name, row in COMMANDS.items()}
    assert "Exit status: 0 fine, 1 findings or failed, 2 wrong usage, 130 interrupted." in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_shows_its_examples(name: str) -> None:
    shown = gatepost(name, "--help", COLUMNS="80")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.rstrip().endswith("\n".join(["Examples:", *(f"    {one}" for one in COMMANDS[name].examples)]))
    assert [line for line in shown.stdout.splitlines() if line.strip().startswith("Example: ")] == []


def leaves(path: str, group: Any) -> Iterator[tuple[str, Any]]:
    """Every command with its whole name."""
    context = typer.Context(group, info_name=path)
    for name in group.list_commands(context):
        _, command, _ = group.resolve_command(context, [name])
        if hasattr(command, "commands"):
            yield from leaves(f"{path} {name}", command)
        else:
            yield f"{path} {name}", command


def test_each_command_of_a_command_has_an_example() -> None:
    found = dict(leaves("gatepost", get_command(build())))
    assert {"gatepost images azure", "gatepost audit aws", "gatepost sandbox run"} <= set(found)
    assert [path for path, one in found.items() if path not in f"{one.help} {one.epilog}"] == []


def test_version() -> None:
    shown = gatepost("--version")
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, f"gatepost {version('gatepost')}\n", "")


@pytest.mark.parametrize(("typed", "meant"), [("scheme", "schema"), ("sandbx", "sandbox")])
def test_a_wrong_word_is_wrong_usage(typed: str, meant: str) -> None:
    shown = gatepost(typed)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr.endswith(f"Error: No such command '{typed}'. Did you mean '{meant}'?\n")


def test_without_a_command_it_is_help_and_wrong_usage() -> None:
    shown = gatepost()
    assert (shown.returncode, "Usage: gatepost [OPTIONS] COMMAND [ARGS]..." in shown.stdout + shown.stderr) == (2, True)


BLOCK = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {absent!r} or name == {absent!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
from gatepost.cli.main import run
run()
"""


def without(absent: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BLOCK.format(absent=absent), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_without_typer_it_names_the_extra() -> None:
    shown = without("typer", "--help")
    assert (shown.returncode, shown.stdout) == (1, "")
    assert shown.stderr == 'The command gatepost needs the extra "cli": pip install "gatepost[cli]"\n'


def test_a_command_that_is_not_there_spoils_no_other() -> None:
    used = without("gatepost.cli.schema", "schema", "--write")
    message = (
        "The command 'gatepost schema' (gatepost.cli.schema:schema) cannot be loaded: "
        "No module named 'gatepost.cli.schema'.\n"
    )
    assert (used.returncode, used.stdout, used.stderr) == (1, "", message)
    assert without("gatepost.cli.schema", "pair", "--help").returncode == 0


def test_a_library_that_is_not_there_names_the_extra() -> None:
    used = without("gzip", "bundle")
    assert used.returncode == 1
    assert used.stderr.endswith(': No module named \'gzip\'. It needs the extra "cli": pip install "gatepost[cli]"\n')


def test_no_colour_in_help_and_errors() -> None:
    forced = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
    for arguments in (["--help"], ["schema", "--help"], ["schema", "--nothing"]):
        shown = gatepost(*arguments, **forced, NO_COLOR="1")
        assert "\x1b" not in shown.stdout + shown.stderr


def test_ctrl_c_is_130_without_a_traceback(tmp_path: Path) -> None:
    fifo = tmp_path / "outputs"
    os.mkfifo(fifo)
    with subprocess.Popen(
        [*GATEPOST, "bundle", "--outputs", str(fifo)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        with fifo.open("w"):  # opens when the command reads
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=60) == ("", "")
        assert process.returncode == 130


@pytest.mark.parametrize("arguments", [["--version"], ["schema"]])
def test_an_output_that_cannot_be_written_is_told(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*GATEPOST, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "gatepost: The output cannot be written: No space left on device.\n"


@pytest.mark.parametrize("arguments", [["--version"], ["schema"]])
def test_a_reader_that_leaves_early_is_no_error_to_tell(arguments: list[str]) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    done = subprocess.run([*GATEPOST, *arguments], stdout=writes, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writes)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("closed", [1, 2])
def test_streams_that_the_caller_has_closed(closed: int) -> None:
    line = f'exec "$@" {closed}>&-'
    done = subprocess.run(["sh", "-c", line, "sh", *GATEPOST, "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "" if closed == 1 else VERSION, "")


def test_the_plan_says_something_before_it_loads_what_takes_time() -> None:
    code = """
import sys
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name in ("pydantic", "yaml"):
            sys.exit(f"loads {name}")
sys.meta_path.insert(0, Watch())
from gatepost.cli.main import run
run()
"""
    parent, child = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", code, "plan", "--stack", "dev"], stderr=child) as process:
        os.close(child)
        with os.fdopen(parent) as terminal:
            assert [terminal.readline(), terminal.readline()] == ["Reading the settings ...\n", "loads pydantic\n"]
    assert process.returncode == 1


@pytest.mark.parametrize(("name", "why"), [("none.json", "No such file or directory"), (".", "Is a directory")])
def test_outputs_that_cannot_be_read(name: str, why: str) -> None:
    done = gatepost("bundle", "--outputs", name)
    advice = f"Write it with: pulumi stack output --json > {name}"
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"gatepost: {name} cannot be read: {why}. {advice}\n"


def test_schema_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    done = gatepost("schema", "--to", str(file))
    assert (done.returncode, done.stdout, json.loads(file.read_text())["type"]) == (0, f"written: {file}\n", "object")


def completed(shell: str, **variables: str) -> list[str]:
    shown = gatepost(_GATEPOST_COMPLETE=f"complete_{shell}", **variables)
    assert (shown.returncode, shown.stderr) == (0, "")
    return shown.stdout.splitlines()


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("gatepost s", ["status", "schema", "sandbox"]),
        ("gatepost schema --", ["--write", "--to", "--help"]),
        ("gatepost sandbox sta", ["start", "status"]),
        ("gatepost completion f", ["fish"]),
    ],
)
def test_completion_in_bash(typed: str, offered: list[str]) -> None:
    words = typed.split()
    assert completed("bash", COMP_WORDS=typed, COMP_CWORD=str(len(words) - 1)) == offered


def test_the_script_for_bash_completes(tmp_path: Path) -> None:
    """The script itself, in a bash: with the command on its PATH."""
    command = tmp_path / "gatepost"
    command.write_text(f"#!{sys.executable}\nfrom gatepost.cli.main import run\nrun()\n")
    command.chmod(0o755)
    program = (
        'eval "$(gatepost completion bash)"; COMP_WORDS=(gatepost bun); COMP_CWORD=1; '
        'complete -p gatepost; _gatepost_completion gatepost; echo "${COMPREPLY[@]}"'
    )
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    shown = subprocess.run(
        ["bash", "--norc", "-c", program], env={**os.environ, "PATH": path}, capture_output=True, text=True, check=True
    )
    assert shown.stdout.splitlines() == ["complete -o default -F _gatepost_completion gatepost", "bundle"]


def test_completion_tells_zsh_what_commands_do() -> None:
    found = completed("zsh", _TYPER_COMPLETE_ARGS="gatepost sche")
    assert found == ['_arguments \'*: :(("schema":"The JSON schema of stack files, for editors."))\'']


@pytest.mark.parametrize(("shell", "part"), [("zsh", "#compdef gatepost"), ("fish", "complete --command gatepost")])
def test_scripts_of_other_shells(shell: str, part: str) -> None:
    shown = gatepost("completion", shell)
    assert (shown.returncode, part in shown.stdout) == (0, True)


def test_completion_of_an_unknown_shell_is_wrong_usage() -> None:
    shown = gatepost("completion", "ksh")
    assert (shown.returncode, "'ksh' is not one of 'bash', 'zsh', 'fish'" in shown.stderr) == (2, True)
