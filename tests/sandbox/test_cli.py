"""The command line: exit statuses, messages, the environment of ``run``, and what ``status`` prints."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from sandbox.helpers import GATEPOST, Sandbox, gatepost
from sandbox.lab import Lab

from gatepost_sandbox.cli import _sorted
from gatepost_sandbox.environment import environment
from gatepost_sandbox.home import Home, project_folder


def test_version() -> None:
    shown = gatepost("--version")
    assert (shown.returncode, shown.stdout) == (0, f"gatepost {version('gatepost')}\n")


def test_help_names_the_plugins_commands() -> None:
    shown = gatepost("--help")
    assert shown.returncode == 0
    assert "A local cloud on this machine, without an account." in shown.stdout


def test_help_loads_no_cloud() -> None:
    program = (
        "import sys; from gatepost.cli.main import build; build();"
        "print([m for m in ('boto3', 'moto', 'graphql', 'pulumi', 'rich.table', 'pydantic') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


def test_an_unknown_command_is_wrong_usage() -> None:
    shown = gatepost("sandbx")
    assert (shown.returncode, "No such command 'sandbx'" in shown.stderr) == (2, True)


def test_a_plugin_that_cannot_be_loaded_spoils_no_other(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("raise RuntimeError('bad day')\n")
    info = tmp_path / "broken-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[gatepost.commands]\nbroken = broken:app\n")
    used = gatepost("broken", "--any", "thing", PYTHONPATH=str(tmp_path))
    message = "The command 'gatepost broken' (broken:app) cannot be loaded: bad day.\n"
    assert (used.returncode, used.stderr) == (1, message)
    assert gatepost("sandbox", "--help", PYTHONPATH=str(tmp_path)).returncode == 0


@pytest.mark.parametrize(
    ("program", "status"),
    [(["true"], 0), (["false"], 1), (["sh", "-c", "exit 42"], 42), (["sh", "-c", "kill -TERM $$"], -signal.SIGTERM)],
)
def test_run_ends_as_the_program_ends(sandbox: Sandbox, program: list[str], status: int) -> None:
    assert sandbox.cli("run", "--", *program).returncode == status


def test_run_passes_arguments_untouched(sandbox: Sandbox) -> None:
    shown = sandbox.cli("run", "--", "printf", "%s|", "--home", "-x", "a b", "--", "*")
    assert (shown.returncode, shown.stdout) == (0, "--home|-x|a b|--|*|")


def test_ctrl_c_reaches_the_program(sandbox: Sandbox) -> None:
    command = [*GATEPOST, "sandbox", "run", "--home", str(sandbox.path), "--", "sh", "-c", "echo up; exec sleep 60"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGINT)
    assert (process.communicate(timeout=20)[1], process.returncode) == ("", -signal.SIGINT)


def test_run_without_a_program_is_wrong_usage(sandbox: Sandbox) -> None:
    shown = sandbox.cli("run")
    assert (shown.returncode, "Missing argument 'COMMAND...'" in shown.stderr) == (2, True)


def test_run_of_an_unknown_program(sandbox: Sandbox) -> None:
    shown = sandbox.cli("run", "--", "no-such-program")
    message = "The program 'no-such-program' was not found. Check its name, or give its path.\n"
    assert (shown.returncode, shown.stderr) == (127, message)


def test_run_of_what_is_no_program(sandbox: Sandbox, tmp_path: Path) -> None:
    shown = sandbox.cli("run", "--", str(tmp_path))
    assert (shown.returncode, shown.stderr) == (126, f"The program '{tmp_path}' cannot be run: Permission denied.\n")


def not_running(path: Path, option: str = "") -> str:
    return (
        f"The sandbox in {path} is not running; start it with: gatepost sandbox start{option}\n"
        "One that runs elsewhere is named by its folder: --home FOLDER, or GATEPOST_SANDBOX_HOME.\n"
    )


@pytest.mark.parametrize("command", [["status"], ["status", "--json"], ["run", "--", "true"]])
def test_without_a_sandbox(other_sandbox: Sandbox, command: list[str]) -> None:
    shown = other_sandbox.cli(*command)
    message = not_running(other_sandbox.path)
    assert (shown.returncode, shown.stdout, shown.stderr) == (1, "", message)
    assert other_sandbox.path.exists() is False


ELSEWHERE = {
    "AWS_PROFILE": "prod",
    "AWS_SESSION_TOKEN": "x",
    "AWS_CONFIG_FILE": "/x",
    "AWS_ENDPOINT_URL_EC2": "http://x",
    "PULUMI_ACCESS_TOKEN": "x",
    "PULUMI_STACK": "prod",
    "PULUMI_CONFIG_PASSPHRASE_FILE": "/x",
    "TWINGATE_URL": "https://x",
}


def environment_of(sandbox: Sandbox, **variables: str) -> dict[str, str]:
    program = [sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))"]
    return json.loads(sandbox.cli("run", "--", *program, **variables).stdout)


def test_the_environment_leads_to_the_sandbox_only(sandbox: Sandbox) -> None:
    seen = environment_of(sandbox, **ELSEWHERE, NO_PROXY="example.com,localhost", AWS_REGION="eu-west-3")
    running = sandbox.running
    assert [name for name in ELSEWHERE if name in seen] == []
    expected = {
        "PULUMI_HOME": f"{sandbox.path}/pulumi-home",
        "PULUMI_BACKEND_URL": f"file://{sandbox.path}/state",
        "PULUMI_CONFIG_PASSPHRASE": "sandbox",
        "PULUMI_PYTHON_CMD": sys.executable,
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "AWS_ENDPOINT_URL": running.aws,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_REGION": "eu-west-3",
        "AWS_EC2_METADATA_DISABLED": "true",
        "TWINGATE_NETWORK": "sandbox",
        "TWINGATE_API_TOKEN": running.api_token,
        "GATEPOST_SANDBOX_TWINGATE": running.twingate,
        "GATEPOST_SANDBOX_HOME": str(sandbox.path),
        "NO_PROXY": "example.com,localhost,127.0.0.1",
    }
    assert {name: seen.get(name) for name in expected} == expected
    first, second, *rest = seen["PATH"].split(os.pathsep)
    assert (first.endswith("/.gatepost/bin"), second) == (True, str(Path(sys.executable).parent))
    assert rest == os.environ["PATH"].split(os.pathsep)


@pytest.mark.parametrize(
    ("given", "region"),
    [({}, "us-east-1"), ({"AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2")],
)
def test_the_region_has_a_default(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], region: str
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    seen = environment_of(sandbox, **given)
    assert (seen["AWS_REGION"], seen["AWS_DEFAULT_REGION"]) == (region, region)


def test_plugin_stubs_carry_the_version_that_the_sdk_asks_for(sandbox: Sandbox) -> None:
    stubs = sorted((sandbox.path / "pulumi-home" / "plugins").glob("*/pulumi-resource-*"))
    expected = [(name, version(f"pulumi-{name}")) for name in ("aws", "azure-native", "gcp", "twingate")]
    assert [(s.parent.name, s.name) for s in stubs] == [
        (f"resource-{name}-v{wanted}", f"pulumi-resource-{name}") for name, wanted in expected
    ]
    assert [os.access(stub, os.X_OK) for stub in stubs] == [True] * len(stubs)
    assert stubs[0].read_text() == (
        f'#!/bin/sh\nexec {sys.executable} -m gatepost_sandbox.providers aws {version("pulumi-aws")} "$@"\n'
    )


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, str]]:
    """A sandbox where nothing is, and what its start said."""
    made = Sandbox(tmp_path_factory.mktemp("empty") / "home")
    yield made, made.cli("start").stdout
    assert made.cli("stop").returncode == 0


def test_start_says_how_to_use_the_home_it_was_given(empty: tuple[Sandbox, str], tmp_path: Path) -> None:
    home = tmp_path / "a b"
    try:
        started = gatepost("sandbox", "start", "--home", str(home)).stdout
        assert started.splitlines()[-1] == f"Use it: gatepost sandbox run --home '{home}' -- pulumi up"
    finally:
        gatepost("sandbox", "stop", "--home", str(home))
    assert empty[1].splitlines()[-1] == "Use it: gatepost sandbox run -- pulumi up"


def test_run_finds_the_engine_of_the_homes_project(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: x\nruntime: python\n")
    place = Home(tmp_path / ".gatepost" / "sandbox")
    path = environment(place, sandbox.running, {"PATH": "/bin"})["PATH"].split(os.pathsep)
    here = project_folder(Path.cwd()) / ".gatepost" / "bin"
    assert path == [str(here), f"{tmp_path}/.gatepost/bin", str(Path(sys.executable).parent), "/bin"]


def test_status_of_an_empty_sandbox(empty: tuple[Sandbox, str]) -> None:
    sandbox, _ = empty
    assert sandbox.cli("status").stdout == "There are no Remote Networks in the sandbox.\n"
    assert json.loads(sandbox.cli("status", "--json").stdout) == {
        "version": 1,
        "networks": [],
        "lost_hosts": [],
    }


def block(text: str, name: str) -> list[str]:
    """The lines about one Remote Network."""
    lines = text.splitlines()
    start = lines.index(f"Remote Network {name}")
    rest = lines[start + 1 :]
    end = next((i for i, line in enumerate(rest) if line.startswith("Remote Network ")), len(rest))
    return rest[:end]


def test_status_at_80_columns(lab: Lab, sandbox: Sandbox) -> None:
    lab.forbid("tcp", 443, 443)
    shown = sandbox.cli("status", COLUMNS="80").stdout
    text = "\n".join(block(shown, lab.name))
    assert max(len(line) for line in shown.splitlines()) <= 80
    for part in ("DEAD_HEARTBEAT_TOO_OLD", lab.host, "eu-central-1b", f"{lab.host} may not dial TCP 443"):
        assert part in text


def test_status_at_160_columns(lab: Lab, sandbox: Sandbox) -> None:
    shown = sandbox.cli("status", COLUMNS="160").stdout
    heading, row = block(shown, lab.name)[:2]
    assert heading.split() == ["Connector", "Site", "Slot", "State", "Host", "Zone", "Exit", "IP", "Reason"]
    assert row.split() == [f"{lab.name}-a", "frankfurt", "a", "ALIVE", lab.host, "eu-central-1b", lab.exit_ip]
    assert max(len(line) for line in shown.splitlines()) <= 160


def test_status_has_no_colour_where_nobody_looks(lab: Lab, sandbox: Sandbox) -> None:
    assert "\x1b" not in sandbox.cli("status").stdout
    assert "\x1b[3" in sandbox.cli("status", FORCE_COLOR="1").stdout
    assert "\x1b[3" not in sandbox.cli("status", FORCE_COLOR="1", NO_COLOR="1").stdout


def test_status_is_sorted_by_network_site_slot_and_name() -> None:
    places = [("z", None, None), ("d", "oslo", "b"), ("c", "oslo", "a"), ("b", "bern", "b"), ("a", "oslo", "b")]
    lines = [{"name": name, "site": site, "slot": slot} for name, site, slot in places]
    networks = [{"name": "web", "connectors": lines}, {"name": "pay", "connectors": []}]
    found = _sorted({"version": 1, "networks": networks})
    assert [network["name"] for network in found["networks"]] == ["pay", "web"]
    assert [line["name"] for line in found["networks"][1]["connectors"]] == ["b", "c", "a", "d", "z"]


def test_reach_yes(lab: Lab, sandbox: Sandbox) -> None:
    shown = sandbox.cli("reach", f"{lab.name}-a", "203.0.113.7:443/tcp")
    first, *steps, last = shown.stdout.splitlines()
    assert (shown.returncode, first, last) == (0, f"{lab.name}-a to 203.0.113.7:443/tcp", "yes")
    assert steps[0] == f"  ok  host: {lab.host} runs in eu-central-1b"
    assert steps[-1] == f"  ok  exit: {lab.exit_ip} is the address that the far side sees"


def test_reach_no(lab: Lab, sandbox: Sandbox) -> None:
    lab.allow("tcp", 5432, 5432, "10.0.0.0/8")
    shown = sandbox.cli("reach", f"{lab.name}-a", "10.40.3.9:5432/tcp")
    table = f"table {lab.private_table} of {lab.private_subnet}"
    no = f"  NO  route: {table} sends 10.40.0.0/22 to the VPC itself, and no subnet holds it"
    assert (shown.returncode, shown.stdout.splitlines()[-2:]) == (1, [no, "no"])


def test_reach_as_json(lab: Lab, sandbox: Sandbox) -> None:
    shown = sandbox.cli("reach", "--json", f"{lab.name}-a", "10.9.0.5/icmp")
    found = json.loads(shown.stdout)
    assert (shown.returncode, found["reached"], found["to"]) == (1, False, "10.9.0.5/icmp")


def test_reach_of_a_bad_question_tells_all_that_is_wrong(lab: Lab, sandbox: Sandbox) -> None:
    shown = sandbox.cli("reach", f"{lab.name}-b", "db:1/tcp")
    connector, destination = shown.stderr.splitlines()
    assert (shown.returncode, shown.stdout) == (2, "")
    assert connector.startswith(f"There is no Connector '{lab.name}-b'. The nearest: {lab.name}-a")
    assert destination.startswith("'db' is not an IPv4 address.")


def test_reach_without_a_sandbox(other_sandbox: Sandbox) -> None:
    shown = other_sandbox.cli("reach", "a", "10.0.0.5:443/tcp")
    message = not_running(other_sandbox.path)
    assert (shown.returncode, shown.stderr) == (2, message)
