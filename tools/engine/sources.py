"""The ways to get a Pulumi engine: a `pulumi` on PATH, the user's cache, the official download, a build with Go."""

import contextlib
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from engine.watch import Failed, watch

HERE = Path(__file__).resolve().parent
CLI = "pulumi"
HOST = "pulumi-language-python"
EXECUTOR = "pulumi-language-python-exec"
REPOSITORY = "github.com/pulumi/pulumi"
SITE = "https://get.pulumi.com/install.sh"  # what the SDK's installer reads first
SITE_SECONDS = 5.0
DOWNLOAD_SECONDS = 600.0

_INSTALL = """
import subprocess, sys
import semver
from pulumi.automation import PulumiCommand
try:
    PulumiCommand.install(root=sys.argv[1], version=semver.VersionInfo.parse(sys.argv[2]))
except subprocess.CalledProcessError as failed:
    sys.exit((failed.output or b"").decode(errors="replace") or str(failed))
"""

Say = Callable[[str], None]


class Unavailable(Exception):
    """Why one way gives no engine, as a phrase that can stand after a colon."""


@dataclass(frozen=True)
class Engine:
    """A usable engine."""

    cli: Path
    """The `pulumi` executable."""
    version: str
    """Its version, such as `3.259.0`."""
    origin: str
    """Where it came from, for people."""
    executor: Path | None
    """The program runner our language host needs; None when the engine has a Python language host of its own."""


def wanted(folder: Path = HERE) -> str:
    """The version to get, such as `3.259.0`: go.mod is the only place that says it."""
    found = re.search(rf"^\s*{re.escape(REPOSITORY)}/pkg/v3 v(\d+\.\d+\.\d+)", (folder / "go.mod").read_text(), re.M)
    if found is None:
        raise Unavailable(f"{folder / 'go.mod'} does not require {REPOSITORY}/pkg/v3 in a version like v3.259.0")
    return found[1]


def cache_key() -> str:
    """Name of the cached engine: its version, and a hash of everything else that decides the binary."""
    decides = hashlib.sha256(f"{platform.system()}-{platform.machine()}\n".encode())
    for name in ("go.mod", "go.sum"):
        decides.update((HERE / name).read_bytes())
    return f"{wanted()}-{decides.hexdigest()[:12]}"


def cache_root(env: Mapping[str, str]) -> Path:
    """Folder that all checkouts of this user share."""
    given = Path(env.get("XDG_CACHE_HOME", ""))
    return (given if given.is_absolute() else Path.home() / ".cache") / "gatepost" / "engine"


def version_of(cli: Path) -> str:
    """Version that `cli` says it has; it is really run. Raises Unavailable when it does not work."""
    try:
        ran = subprocess.run(
            [cli, "version"],
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as failed:
        raise Unavailable(f"{cli} does not run: {failed}") from failed
    found = re.match(r"v?(\d+\.\d+\.\d+)", ran.stdout.strip())
    if ran.returncode != 0 or found is None:
        said = (ran.stderr or ran.stdout).strip() or "nothing"
        raise Unavailable(f"`{cli} version` ended with exit code {ran.returncode} and said: {said}")
    return found[1]


def numbers(version: str) -> tuple[int, ...]:
    """`3.259.0` as (3, 259, 0), to compare."""
    return tuple(int(part) for part in version.split("."))


def on_path(directories: list[Path]) -> Engine:
    """The first `pulumi` of `directories` that works, is new enough, and can run Python. Raises Unavailable."""
    least, refused = wanted(), []
    for cli in (folder / CLI for folder in directories):
        if not os.access(cli, os.X_OK) or cli.is_dir():
            continue
        try:
            version = version_of(cli)
            if not numbers(least) <= numbers(version) < (numbers(least)[0] + 1,):
                raise Unavailable(f"{cli} is {version}; needed is {least} or newer, below {numbers(least)[0] + 1}")
            own = has_host(cli, directories)
            return Engine(cli, version, f"on PATH, {cli}", None if own else _executor_for(cli))
        except Unavailable as failed:
            refused.append(str(failed))
    raise Unavailable("; ".join(refused) or "there is none")


def _executor_for(cli: Path) -> Path:
    try:
        return module_executor()
    except Unavailable as failed:
        raise Unavailable(
            f"{cli} has no {HOST} beside it, and ours needs a part that cannot be had: {failed}"
        ) from failed


def has_host(cli: Path, directories: list[Path]) -> bool:
    """Whether the engine finds a Python language host: beside itself (links followed) or on PATH."""
    return any(os.access(folder / HOST, os.X_OK) for folder in (cli.resolve().parent, cli.parent, *directories))


def cached(folder: Path) -> Engine:
    """The engine kept in the cache folder of this version. Raises Unavailable."""
    cli = folder / "bin" / CLI
    if not cli.exists():
        raise Unavailable(f"{folder} does not hold an engine yet")
    version = version_of(cli)
    if version != wanted():
        raise Unavailable(f"{cli} is {version}, not {wanted()}")
    host, executor = cli.parent / HOST, cli.parent / EXECUTOR
    if not host.exists() and not executor.exists():
        raise Unavailable(f"{executor} is missing")
    return Engine(cli, version, f"from the cache, {folder}", None if host.exists() else executor)


def reach(url: str, seconds: float = SITE_SECONDS) -> None:
    """Returns when `url` answers within `seconds`, name look-up included. Raises Unavailable."""
    said: list[str] = []

    def ask() -> None:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=seconds):  # noqa: S310 - a constant address
                said.append("")
        except (OSError, ValueError) as failed:  # URLError is an OSError
            said.append(str(getattr(failed, "reason", failed)))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    if said != [""]:
        raise Unavailable(f"{url} cannot be reached ({said[0] if said else f'no answer in {seconds:.0f} s'})")


def download(into: Path, say: Say, site: str = SITE) -> None:
    """Puts the official release of exactly the wanted version into `into`/bin. Raises Unavailable."""
    reach(site)
    say(f"engine: downloading pulumi {wanted()} from its official site (about 150 MB)")
    command = [sys.executable, "-c", _INSTALL, str(into), wanted()]
    try:
        watch(command, into, dict(os.environ), say, "downloading", seconds=DOWNLOAD_SECONDS)
    except Failed as failed:
        raise Unavailable(f"the installer failed: {failed}") from failed


def go(*arguments: str, cwd: Path) -> str:
    """What a short `go` command prints. Raises Unavailable when Go is missing, too old, or the command fails."""
    try:
        ran = subprocess.run(["go", *arguments], cwd=cwd, env=_go_env(), capture_output=True, text=True, check=False)
    except OSError as failed:
        raise Unavailable(f"`go` cannot be run ({failed.strerror})") from failed
    if ran.returncode != 0:
        raise Unavailable(f"`go {' '.join(arguments)}` failed: {ran.stderr.strip()}")
    return ran.stdout.strip()


def _go_env() -> dict[str, str]:
    # A build for this very machine, whatever the caller cross-compiles, and not part of a workspace around it.
    given = {name: value for name, value in os.environ.items() if name not in ("GOOS", "GOARCH", "GOBIN")}
    return {**given, "CGO_ENABLED": "0", "GOWORK": "off"}


def module_executor(copied: Path | None = None) -> Path:
    """The program runner out of the Go module cache, fetched when it is not there. Raises Unavailable."""
    with contextlib.ExitStack() as stack:
        folder = copied or copy_module(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        where = go("mod", "download", "-json", f"{REPOSITORY}/sdk/v3@v{wanted()}", cwd=folder)
    found = re.search(r'"Dir": "(.+)"', where)
    executor = Path(found[1] if found else "/nowhere") / "python" / "cmd" / EXECUTOR
    if not executor.exists():
        raise Unavailable(f"the Go module {REPOSITORY}/sdk/v3 v{wanted()} holds no python/cmd/{EXECUTOR}")
    return executor


def copy_module(folder: Path) -> Path:
    """Copies go.mod and go.sum, because Go writes into the folder it builds in."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("go.mod", "go.sum"):
        shutil.copyfile(HERE / name, folder / name)
    return folder


def build(into: Path, say: Say) -> None:
    """Builds the wanted version with Go into `into`/bin. Raises Unavailable."""
    source, version = copy_module(into / "source"), wanted()
    used = go("env", "GOVERSION", cwd=source)  # in this folder, so that Go itself checks the `go` line of go.mod
    say(f"engine: building pulumi {version} with {used}: about four minutes the first time, 3 GB of Go caches")
    # Without the version flag the engine says it is nothing, and the Automation API refuses it.
    flags = f"-s -w -X {REPOSITORY}/sdk/v3/go/common/version.Version=v{version}"
    command = ["go", "build", "-mod=mod", "-trimpath", "-tags", "osusergo,grpcnotrace", "-ldflags", flags]
    target = into / "bin" / CLI
    try:
        watch([*command, "-o", str(target), f"{REPOSITORY}/pkg/v3/cmd/pulumi"], source, _go_env(), say, "building")
    except Failed as failed:
        raise Unavailable(f"`go build` failed: {failed}") from failed
    shutil.copyfile(module_executor(source), target.parent / EXECUTOR)
    (target.parent / EXECUTOR).chmod(0o755)
    shutil.rmtree(source)


def fill(folder: Path, way: Callable[[Path, Say], None], say: Say) -> Engine:
    """Lets `way` work in a folder of its own, checks what it made, and only then gives it the name `folder`."""
    with tempfile.TemporaryDirectory(prefix=f"{folder.name}.tmp-", dir=folder.parent) as name:
        made = Path(name) / "engine"
        made.mkdir()
        way(made, say)
        cached(made)
        if folder.exists():
            folder.rename(Path(name) / "broken")
        made.rename(folder)
    return cached(folder)


class Turn:
    """A lock beside the cached engine; the kernel gives it back even when this process is killed."""

    def __init__(self, folder: Path, say: Say) -> None:
        self._folder = folder
        self._say = say
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock:
            self._lock.close()

    def take(self) -> None:
        """Waits until no other process fills the cache; the second call does nothing. Raises OSError."""
        if self._lock:
            return
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        self._lock = self._folder.with_name(f"{self._folder.name}.lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._say("engine: another process is getting the same engine; waiting for it")
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        for left in self._folder.parent.glob(f"{self._folder.name}.tmp-*"):  # of a process that was killed
            shutil.rmtree(left, ignore_errors=True)
