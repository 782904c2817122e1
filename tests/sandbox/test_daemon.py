"""The life of a sandbox: start, stop, crash, and two side by side."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sandbox.helpers import GATEPOST, Sandbox
from sandbox.lab import Lab

from gatepost_sandbox.home import Home

CLEARED = "The last sandbox here was not stopped properly; its stacks and everything it held are gone."


def wait_until_unlocked(lock: int) -> bool:
    """Wait for the end of a daemon that may remove nothing; False after 20 seconds."""
    waiter = threading.Thread(target=fcntl.flock, args=(lock, fcntl.LOCK_EX), daemon=True)
    waiter.start()
    waiter.join(20)
    return not waiter.is_alive()


def test_starting_twice_keeps_the_first(other_sandbox: Sandbox) -> None:
    assert other_sandbox.cli("start").returncode == 0
    first = other_sandbox.running
    again = other_sandbox.cli("start")
    assert (again.returncode, again.stdout) == (0, f"The sandbox is already running in {other_sandbox.path}.\n")
    assert other_sandbox.running == first


def test_of_two_starts_at_once_one_finds_the_other(other_sandbox: Sandbox) -> None:
    command = [*GATEPOST, "sandbox", "start", "--home", str(other_sandbox.path)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = sorted(process.communicate()[0].split(" (")[0].splitlines()[0] for process in both)
    assert said == [
        f"The sandbox is already running in {other_sandbox.path}.",
        f"The sandbox runs in {other_sandbox.path}",
    ]


def test_stop_ends_the_daemon_and_removes_the_home(other_sandbox: Sandbox) -> None:
    other_sandbox.cli("start")
    lock = os.open(other_sandbox.path / "lock", os.O_RDWR)
    stopped = other_sandbox.cli("stop")
    expected = f"The sandbox is stopped, and {other_sandbox.path} is removed.\n"
    assert (stopped.returncode, stopped.stdout, other_sandbox.path.exists()) == (0, expected, False)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises while a daemon holds it
    os.close(lock)


def test_stop_without_a_sandbox(other_sandbox: Sandbox) -> None:
    stopped = other_sandbox.cli("stop")
    expected = f"There is no sandbox in {other_sandbox.path}; nothing to stop.\n"
    assert (stopped.returncode, stopped.stdout, other_sandbox.path.exists()) == (0, expected, False)


def test_a_killed_sandbox_is_cleared_away_by_the_next_start(other_sandbox: Sandbox) -> None:
    other_sandbox.cli("start")
    old = other_sandbox.running
    stack = other_sandbox.home.state / "stacks" / "dev.json"
    stack.parent.mkdir()
    stack.write_text("{}")
    lock = os.open(other_sandbox.path / "lock", os.O_RDWR)
    os.kill(old.pid, signal.SIGKILL)
    assert wait_until_unlocked(lock) is True
    os.close(lock)
    assert other_sandbox.home.running() is None
    started = other_sandbox.cli("start")
    assert (started.returncode, started.stdout.splitlines()[0]) == (0, CLEARED)
    new = other_sandbox.running
    assert (new.run == old.run, new.api_token == old.api_token, stack.exists()) == (False, False, False)
    assert other_sandbox.status()["networks"] == []


def test_stop_clears_a_killed_sandbox_too(other_sandbox: Sandbox) -> None:
    other_sandbox.cli("start")
    lock = os.open(other_sandbox.path / "lock", os.O_RDWR)
    os.kill(other_sandbox.running.pid, signal.SIGKILL)
    assert wait_until_unlocked(lock) is True
    os.close(lock)
    assert (other_sandbox.cli("stop").returncode, other_sandbox.path.exists()) == (0, False)


def test_plugins_of_a_dead_run_end_and_nothing_else(other_sandbox: Sandbox) -> None:
    other_sandbox.cli("start")
    asleep = "import sys; print('up', flush=True); sys.stdin.read()"
    run = [*GATEPOST, "sandbox", "run", "--home", str(other_sandbox.path), "--", sys.executable, "-c", asleep]
    plugin, program = (
        subprocess.Popen([*run, *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for more in (["gatepost_sandbox.providers"], [])
    )
    for process in (plugin, program):
        assert process.stdout
        assert process.stdout.readline() == b"up\n"
    other_sandbox.cli("stop")
    if Path("/proc/self/environ").exists():  # elsewhere nothing shows whose process it is, so none is ended
        assert plugin.wait(20) == -signal.SIGKILL
    assert program.poll() is None
    program.communicate()
    plugin.communicate()


def test_two_homes_do_not_disturb_each_other(other_sandbox: Sandbox, sandbox: Sandbox) -> None:
    other_sandbox.cli("start")
    one, two = sandbox.running, other_sandbox.running
    assert len({one.aws, one.twingate, two.aws, two.twingate}) == 4
    vpc = other_sandbox.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    seen = [vpc in {v["VpcId"] for v in box.client("ec2").describe_vpcs()["Vpcs"]} for box in (other_sandbox, sandbox)]
    assert seen == [True, False]
    other_sandbox.cli("stop")
    assert sandbox.running == one


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    other = Sandbox(tmp_path)
    (tmp_path / "thesis.txt").write_text("years of work")
    started = other.cli("start")
    expected = (
        f"The folder {tmp_path} holds other files (thesis.txt), and a sandbox empties its home. "
        "Name an empty folder, or one that does not exist, with --home.\n"
    )
    assert (started.returncode, started.stderr) == (1, expected)
    assert other.cli("stop").stdout == f"There is no sandbox in {tmp_path}; nothing to stop.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_daemon_ends_when_its_home_is_removed_by_hand(other_sandbox: Sandbox) -> None:
    other_sandbox.cli("start")
    lock = os.open(other_sandbox.path / "lock", os.O_RDWR)
    (other_sandbox.path / "sandbox.json").unlink()
    assert wait_until_unlocked(lock) is True
    os.close(lock)


def test_a_stopped_process_is_killed_after_the_deadline(other_sandbox: Sandbox) -> None:
    other_sandbox.cli("start")
    os.kill(other_sandbox.running.pid, signal.SIGSTOP)
    began = time.monotonic()
    assert (other_sandbox.cli("stop").returncode, other_sandbox.path.exists()) == (0, False)
    assert time.monotonic() - began > 4


def test_a_start_that_fails_says_why(other_sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "graphql.py").write_text("raise RuntimeError('no graphql today')\n")
    started = other_sandbox.cli("start", PYTHONPATH=str(tmp_path))
    assert started.returncode == 1
    lines = started.stderr.splitlines()
    assert (lines[0], lines[-1]) == (
        f"The sandbox did not start; the end of {other_sandbox.path}/log:",
        "RuntimeError: no graphql today",
    )


def test_no_secret_is_written_to_log_or_status(lab: Lab, sandbox: Sandbox) -> None:
    shown = sandbox.home.log.read_text() + str(sandbox.status()) + sandbox.cli("status").stdout
    secrets = (lab.access, lab.refresh, sandbox.running.api_token)
    assert [secret in shown for secret in secrets] == [False, False, False]
    assert (sandbox.path / "sandbox.json").stat().st_mode & 0o077 == 0


def test_the_home_of_a_project_is_beside_its_pulumi_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Pulumi.yaml").touch()
    (tmp_path / "stacks" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "stacks" / "deep")
    monkeypatch.delenv("GATEPOST_SANDBOX_HOME", raising=False)
    assert Home.find().path == tmp_path / ".gatepost" / "sandbox"
    monkeypatch.setenv("GATEPOST_SANDBOX_HOME", "elsewhere")
    assert Home.find().path == tmp_path / "stacks" / "deep" / "elsewhere"
    assert Home.find(Path("/given")).path == Path("/given")
