"""`gatepost status --watch`: on a terminal, without one, and how it ends."""

import contextlib
import os
import pty
import re
import signal
import subprocess
from typing import Any

from cli.audit_lab import sandbox
from cli.status_lab import DEAD, ONE, lab
from sandbox.helpers import GATEPOST, Sandbox, gatepost
from sandbox.lab import Lab

__all__ = ["lab", "sandbox"]
WATCH = (*GATEPOST, "status", "--watch", "--every", "1")


def watching(sandbox: Sandbox, **streams: Any) -> "subprocess.Popen[str]":
    command = [*GATEPOST, "sandbox", "run", "--home", str(sandbox.path), "--", *WATCH]
    return subprocess.Popen(command, text=True, env={**os.environ, "COLUMNS": "80"}, **streams)


def lines_until(process: "subprocess.Popen[str]", end: str) -> list[str]:
    assert process.stdout
    found: list[str] = []
    while not found or not found[-1].startswith(end):
        line = process.stdout.readline()
        assert line, found
        found.append(line.rstrip())
    return found


def questions(sandbox: Sandbox) -> int:
    """How often Twingate was asked so far."""
    calls = sandbox.page("GET", "history").body["calls"]
    return sum(call["cloud"] == "twingate" for call in calls)


def test_watching_without_a_terminal_prints_what_changes(sandbox: Sandbox, lab: Lab) -> None:
    with watching(sandbox, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        first = lines_until(process, "!")
        assert (first[0], first[-1]) == (f"Remote Network {lab.name}", f"! {ONE}")
        before = questions(sandbox)
        while questions(sandbox) < before + 4:  # two more looks, which print nothing
            pass
        lab.ec2.stop_instances(InstanceIds=[lab.host])
        second = lines_until(process, "! 0 of")
        assert (second[0], second[-2]) == (f"Remote Network {lab.name}", f"! {lab.name}-a is {DEAD}.")
        assert len([line for line in second if line.startswith("Remote Network")]) == 1
        process.send_signal(signal.SIGINT)
        assert (process.communicate(timeout=60), process.returncode) == (("", ""), 130)


def test_watching_on_a_terminal_redraws_until_ctrl_c(sandbox: Sandbox, lab: Lab) -> None:
    ours, theirs = pty.openpty()
    with watching(sandbox, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        seen = b""
        while seen.count(b"until Ctrl-C") < 2:  # drawn, and drawn again
            seen += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(OSError):  # the terminal is gone with the process
            while more := os.read(ours, 4096):
                seen += more
    os.close(ours)
    assert process.returncode == 130
    text = seen.decode()
    assert text.count(f"Remote Network {lab.name}") >= 2
    assert "\x1b[?25l" in text  # the cursor was hidden
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")  # and is there again
    assert "Traceback" not in text


def test_watching_goes_on_when_twingate_does_not_answer(sandbox: Sandbox, lab: Lab) -> None:
    with watching(sandbox, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        lines_until(process, "!")
        row = {"cloud": "twingate", "operation": "query", "kind": "throttle", "count": None, "seconds": 0}
        assert sandbox.page("POST", "faults", [row]).status == 200
        assert process.stderr
        told = process.stderr.readline()
        sandbox.page("DELETE", "faults")
        lab.ec2.stop_instances(InstanceIds=[lab.host])
        lines_until(process, "! 0 of")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert re.fullmatch(r"\d\d:\d\d:\d\d: Twingate answered with status 429 after 4 attempts\. .*older\.\n", told)


def test_watch_and_json_do_not_go_together() -> None:
    shown = gatepost("status", "--watch", "--json")
    assert (shown.returncode, "Leave it or --json out." in " ".join(shown.stderr.split())) == (2, True)
