"""Steps of a command: one line each, with its time; what a step printed is shown when it fails."""

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

LOOK_SECONDS = 10.0
"""How often a step that takes long is looked at."""


class StepFailed(Exception):
    """A step failed; the text is for people, `code` the exit code of the command."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code if 0 < code < 256 else 1


class Stopped(KeyboardInterrupt):
    """Somebody asked to stop (Ctrl-C or SIGTERM), and the command that ran has ended."""


def say(line: str) -> None:
    """A line for people, at once."""
    print(line, flush=True)


class Steps:
    """Runs steps and tells about them."""

    def __init__(self, root: Path, env: Mapping[str, str]) -> None:
        self.root = root
        self.env = dict(env)
        self._began = time.monotonic()

    def call(self, name: str, work: Callable[[], str]) -> None:
        """A step that is a function; it returns a phrase about what it did."""
        began = time.monotonic()
        told = work()
        self._line(name, told, time.monotonic() - began)

    def run(
        self,
        name: str,
        command: Sequence[str | Path],
        told: str | Callable[[str], str] = "",
        doing: str = "",
        watch: Callable[[str], str] | None = None,
    ) -> str:
        """A step that is a command; its output is kept, returned, and shown when it fails. Raises StepFailed.

        `doing` is shown while one waits, and what `watch` makes of the output so far, looked at every few seconds;
        `told` afterwards, which may be made of the output too.
        """
        began = time.monotonic()
        if doing:
            say(f"{name:<12} {doing} ...")
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            seen = [""]

            def look() -> None:
                # pread leaves the place alone where the command writes next.
                text = os.pread(output.fileno(), os.fstat(output.fileno()).st_size, 0).decode(errors="replace")
                line = watch(text) if watch else ""
                if line != seen[-1]:
                    seen.append(line)
                    say(f"{name:<12} {line}")

            code = execute(command, self.root, self.env, output.fileno(), look if watch else None)
            output.seek(0)
            text = output.read()
        if code != 0:
            self._line(name, "failed", time.monotonic() - began)
            shown = shlex.join(str(part) for part in command)
            raise StepFailed(f"{text.rstrip()}\n\n`{shown}` ended with exit code {code}.", code)
        self._line(name, told if isinstance(told, str) else told(text), time.monotonic() - began)
        return text

    def show(self, command: Sequence[str | Path]) -> int:
        """Runs a command whose output is the point; returns its exit code."""
        return execute(command, self.root, self.env, None)

    def total(self, name: str) -> None:
        """The last line."""
        self._line("total", name, time.monotonic() - self._began)

    def _line(self, name: str, told: str, seconds: float) -> None:
        say(f"{name:<12} {told:<58} {seconds:7.1f} s")


def execute(
    command: Sequence[str | Path],
    cwd: Path,
    env: Mapping[str, str],
    output: int | None,
    look: Callable[[], None] | None = None,
) -> int:
    """Runs a command to its end. Raises StepFailed when it cannot be started, Stopped after Ctrl-C or SIGTERM.

    `look` is called every LOOK_SECONDS meanwhile.

    At Ctrl-C the terminal tells the command, too; it gets the time to end in order. A second Ctrl-C kills it.
    """
    try:
        process = subprocess.Popen([str(part) for part in command], cwd=cwd, env=env, stdout=output, stderr=output)
    except OSError as failed:
        raise StepFailed(f"{command[0]} cannot be started: {failed.strerror}.") from failed
    stops = 0
    before = signal.signal(signal.SIGTERM, lambda *_: process.send_signal(signal.SIGTERM) or _interrupt())
    try:
        while True:
            try:
                code = _wait(process, look)
                break
            except KeyboardInterrupt:
                stops += 1
                if stops > 1:
                    process.kill()
    finally:
        signal.signal(signal.SIGTERM, before)
    if stops:
        raise Stopped
    return code


def _wait(process: subprocess.Popen[bytes], look: Callable[[], None] | None) -> int:
    while True:
        try:
            return process.wait(LOOK_SECONDS if look else None)
        except subprocess.TimeoutExpired:
            if look:
                look()


def _interrupt() -> None:
    raise KeyboardInterrupt


def colour() -> str:
    """`always` on a terminal that wants colours, else `never`."""
    wanted = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    return "always" if wanted else "never"
