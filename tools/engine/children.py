"""The processes that a language host starts: each in a group of its own, none left behind."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

GRACE_SECONDS = 2.0
_TETHERED = Path(__file__).with_name("tethered.py")


class Cancelled(Exception):
    """The host is ending and starts nothing any more."""


class Children:
    """Starts processes and ends them, with everything they started themselves."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def start(
        self,
        python: str,
        arguments: Sequence[str],
        *,
        cwd: str | None,
        env: Mapping[str, str],
        output: int | None = None,
    ) -> subprocess.Popen[bytes]:
        """Starts `python` as the leader of a new group. Raises Cancelled, and OSError when it cannot be started."""
        command = [python, "-I", "-S", str(_TETHERED), str(os.getpid()), python, "-u", *arguments]
        with self._lock:  # else one started right now would be missed by end_all
            if self._closed:
                raise Cancelled
            child = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            self._running.add(child)
            return child

    def wait(self, child: subprocess.Popen[bytes]) -> int:
        """The exit code of `child`; what it left running in its group ends with it."""
        code = child.wait()
        _signal_group(child, signal.SIGKILL)
        with self._lock:
            self._running.discard(child)
        return code

    def end(self, *children: subprocess.Popen[bytes]) -> None:
        """Asks the groups to end (SIGTERM), and kills what is left of them after GRACE_SECONDS."""
        alive = [child for child in children if child.poll() is None]
        for child in alive:
            _signal_group(child, signal.SIGTERM)
        for child in alive:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=GRACE_SECONDS)
            _signal_group(child, signal.SIGKILL)
            self.wait(child)

    def end_all(self) -> None:
        """Ends every child; nothing can be started from now on."""
        with self._lock:
            self._closed = True
            children = list(self._running)
        self.end(*children)


def _signal_group(child: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS answers the second for a group of zombies
        os.killpg(child.pid, number)
