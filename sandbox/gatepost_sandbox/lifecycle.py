"""Start and stop a sandbox."""

import contextlib
import os
import secrets
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from gatepost_sandbox import plugins
from gatepost_sandbox.environment import RUN_VARIABLE
from gatepost_sandbox.home import HOME_VARIABLE, Home, Running, SandboxError

START_SECONDS = 60.0  # far more than a start takes, for machines under load
STOP_SECONDS = 5.0


@dataclass(frozen=True)
class Started:
    """A running sandbox: ``before`` when it ran already, ``leftovers`` when a dead one had to be cleared away."""

    running: Running
    before: bool = False
    leftovers: bool = False
    ended: int = 0
    seconds: float = 0.0


def start(home: Home) -> Started:
    """Start a sandbox unless it runs. Raises SandboxError when it does not come up."""
    began = time.monotonic()
    with home.change():
        lock = home.take()
        if lock is None:
            running = home.last_run()
            if running is None:
                raise SandboxError(
                    f"A sandbox holds {home.path} but does not say where it listens. "
                    f"Stop it with: gatepost sandbox stop --home {home.path}"
                )
            return Started(running, before=True)
        try:
            leftovers, ended = _clear(home)
            plugins.install(home.pulumi_home)
            home.state.mkdir()
            running = _launch(home, lock)
        finally:
            os.close(lock)
    return Started(running, leftovers=leftovers, ended=ended, seconds=time.monotonic() - began)


def stop(home: Home) -> bool:
    """End a sandbox and remove its home; False when there was none. Raises SandboxError if it will not end."""
    if not home.ours():
        return False
    with home.change():
        running, dead = home.last_run(), home.take()
        if dead is not None:
            os.close(dead)
        elif not _end(home, running.pid if running else None):
            raise SandboxError(
                f"The sandbox in {home.path} does not end. "
                "Look for its process with: ps x | grep gatepost_sandbox.daemon"
            )
        if running:
            _end_orphans(running.run)
        home.empty()
        home.remove()
    return True


def _launch(home: Home, lock: int) -> Running:
    run, (reader, writer) = secrets.token_hex(8), os.pipe()
    arguments = ["-m", "gatepost_sandbox.daemon", str(home.path), run, str(lock), str(writer)]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "MOTO_", HOME_VARIABLE, RUN_VARIABLE))}
    with home.log.open("ab") as log, os.fdopen(reader, "rb", buffering=0) as ready:
        try:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                env=kept,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(lock, writer),
            )
        finally:
            os.close(writer)
        try:
            readable, _, _ = select.select([ready], [], [], START_SECONDS)
            if readable and ready.read(6) == b"ready\n":
                running = home.last_run()
                if running:
                    return running
        except BaseException:
            process.kill()
            raise
        process.kill()
        process.wait()
    last = home.log.read_text(errors="replace").strip().splitlines()[-3:]
    raise SandboxError(f"The sandbox did not start; the end of {home.log}:\n" + "\n".join(last))


def _clear(home: Home) -> tuple[bool, int]:
    """Remove what a dead sandbox left behind: its clouds lived in memory, so its Pulumi state is of no use."""
    dead = home.last_run()
    ended = _end_orphans(dead.run) if dead else 0
    return home.empty(), ended


def _end(home: Home, pid: int | None) -> bool:
    """End the daemon; the lock it holds proves that the process is still that daemon.

    A daemon whose ``sandbox.json`` is gone ends by itself within seconds.
    """
    if pid is None:
        return home.wait_until_free(STOP_SECONDS)
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if home.wait_until_free(STOP_SECONDS):
            return True
    return False


def _end_orphans(run: str) -> int:
    """End provider plugins of a run, where the system shows that they are its own (Linux); how many there were."""
    count = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if _is_plugin_of(folder, run):
                os.kill(int(folder.name), signal.SIGKILL)
                count += 1
    return count


def _is_plugin_of(folder: Path, run: str) -> bool:
    command = (folder / "cmdline").read_bytes().split(b"\0")
    marked = f"{RUN_VARIABLE}={run}".encode() in (folder / "environ").read_bytes().split(b"\0")
    return b"gatepost_sandbox.providers" in command and marked
