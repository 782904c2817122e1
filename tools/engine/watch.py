"""Runs a long command, tells how long it has been running, and leaves nothing of it behind."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

EVERY_SECONDS = 15.0
_TAIL_LINES = 12


class Failed(Exception):
    """The command failed; the text holds the end of what it said."""


def watch(
    command: list[str],
    cwd: Path,
    env: dict[str, str],
    say: Callable[[str], None],
    doing: str,
    *,
    seconds: float = float("inf"),
    every: float = EVERY_SECONDS,
) -> None:
    """Runs `command` to its end, and says a line `every` so many seconds.

    Raises Failed when it cannot be started, ends with an exit code other than 0, or takes longer than `seconds`.
    However this function is left, the command and its children are gone.
    """
    started = time.monotonic()
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        except OSError as failed:
            raise Failed(f"{command[0]} cannot be started ({failed.strerror})") from failed
        try:
            while (code := _wait(process, every)) is None:
                elapsed = time.monotonic() - started
                if elapsed > seconds:
                    raise Failed(f"it took longer than {seconds:.0f} s")
                say(f"engine: {doing}, {elapsed:.0f} s")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if code != 0:
            output.seek(0)
            lines = output.read().decode(errors="replace").strip().splitlines()
            raise Failed(f"exit code {code}: " + "\n".join(lines[-_TAIL_LINES:]))


def _wait(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
