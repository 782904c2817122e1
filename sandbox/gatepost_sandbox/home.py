"""The folder of one sandbox: where it is, who holds it, and what it says of itself.

The daemon holds a lock on ``lock`` for its life; the kernel frees it however the daemon ends. ``sandbox.json`` is there
from the moment the daemon answers. Whoever starts or stops a sandbox holds ``change.lock`` meanwhile.
"""

import contextlib
import fcntl
import json
import os
import shlex
import shutil
import threading
from collections.abc import Generator
from dataclasses import asdict, dataclass, field
from pathlib import Path

HOME_VARIABLE = "GATEPOST_SANDBOX_HOME"
MARK_FILE = "README"
KEPT = ("lock", MARK_FILE, "change.lock")  # in the order of their removal
MARK = "A gatepost sandbox lives here; `gatepost sandbox stop` removes this folder.\n"


class SandboxError(Exception):
    """Something a person can put right; the text is the whole message."""


@dataclass(frozen=True)
class Running:
    """A sandbox that answers. ``run`` names this life of it; ``api_token`` is the key of its Twingate stand-in."""

    pid: int
    run: str
    aws: str
    twingate: str
    api_token: str = field(repr=False)
    started_at: str
    clouds: dict[str, str] = field(default_factory=dict)
    """Where further clouds answer, by name."""


def project_folder(start: Path) -> Path:
    """The nearest folder from ``start`` upwards that has a Pulumi.yaml, else ``start``."""
    return next((f for f in (start, *start.parents) if (f / "Pulumi.yaml").is_file()), start)


class Home:
    """Paths and locks of one sandbox."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.log = self.path / "log"
        self.state = self.path / "state"
        self.pulumi_home = self.path / "pulumi-home"
        self._info = self.path / "sandbox.json"

    @classmethod
    def find(cls, given: Path | None = None) -> "Home":
        """The home that was named, else that of GATEPOST_SANDBOX_HOME, else ``.gatepost/sandbox`` of the project."""
        named = given or os.environ.get(HOME_VARIABLE)
        return cls(Path(named) if named else project_folder(Path.cwd()) / ".gatepost" / "sandbox")

    @contextlib.contextmanager
    def change(self) -> Generator[None]:
        """Be the only one that starts or stops this sandbox. Raises SandboxError for a folder that is not ours."""
        while True:
            self._claim()
            with contextlib.suppress(FileNotFoundError), (self.path / "change.lock").open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if _same_file(file.fileno(), self.path / "change.lock"):
                    yield
                    return

    def take(self) -> int | None:
        """Take the lock of the daemon: its descriptor, or None while a daemon holds it."""
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return descriptor

    def wait_until_free(self, seconds: float) -> bool:
        """Wait until no daemon holds the lock; False when it is still held after ``seconds``."""
        waiter = threading.Thread(target=self._wait, daemon=True)
        waiter.start()
        waiter.join(seconds)
        return not waiter.is_alive()

    def running(self) -> Running | None:
        """What the sandbox says of itself, or None when none runs here."""
        if not (self.path / "lock").exists():
            return None
        descriptor = self.take()
        if descriptor is not None:
            os.close(descriptor)
            return None
        return self.last_run()

    def must_run(self, named: Path | None = None) -> Running:
        """What the sandbox says of itself. ``named`` is the value of --home. Raises SandboxError when none runs."""
        running = self.running()
        if running is None:
            option = f" --home {shlex.quote(str(named))}" if named else ""
            raise SandboxError(
                f"The sandbox in {self.path} is not running; start it with: gatepost sandbox start{option}\n"
                f"One that runs elsewhere is named by its folder: --home FOLDER, or {HOME_VARIABLE}."
            )
        return running

    def last_run(self) -> Running | None:
        """What the last sandbox here wrote of itself, whether or not it is alive."""
        try:
            return Running(**json.loads(self._info.read_text()))
        except (FileNotFoundError, NotADirectoryError, ValueError, TypeError):
            return None

    def announce(self, running: Running) -> None:
        """Write ``sandbox.json`` in one step, readable by its owner only."""
        new = self._info.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(json.dumps(asdict(running), indent=2) + "\n")
        new.replace(self._info)

    def ours(self) -> bool:
        """Whether a sandbox made this folder."""
        mark = self.path / MARK_FILE
        return mark.is_file() and mark.read_text() == MARK

    def empty(self) -> bool:
        """Remove all but the locks and the mark; whether there was anything."""
        rest = [path for path in self.path.iterdir() if path.name not in KEPT]
        for path in rest:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        return bool(rest)

    def remove(self) -> None:
        """Remove the emptied folder. The lock of ``change`` goes last, so that a waiting start finds all or nothing."""
        for name in KEPT:
            (self.path / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # somebody starts a sandbox here at this very moment
            self.path.rmdir()

    def _wait(self) -> None:
        with contextlib.suppress(FileNotFoundError), (self.path / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_EX)

    def _claim(self) -> None:
        """Make the folder ours, or refuse: it is emptied at every start and removed by stop."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            strange = sorted(p.name for p in self.path.iterdir() if p.name != "change.lock")
            if strange and not self.ours():
                raise SandboxError(
                    f"The folder {self.path} holds other files ({', '.join(strange[:3])}), and a sandbox empties "
                    "its home. Name an empty folder, or one that does not exist, with --home."
                )
            if not strange:
                (self.path / MARK_FILE).write_text(MARK)
        except OSError as error:
            raise SandboxError(f"The sandbox cannot use the folder {self.path}: {error.strerror}.") from error


def _same_file(descriptor: int, path: Path) -> bool:
    mine, there = os.fstat(descriptor), path.stat()
    return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)
