"""Makes PROJECT/.gatepost/bin hold a Pulumi engine that runs Python programs.

Order: a `pulumi` on PATH that is new enough, the user's cache, the official download, a build with Go.
GATEPOST_ENGINE=build leaves the download out. Run it with the Python of the project's virtual environment,
`.venv/bin/python tools/engine/get.py`, or import `ensure`.
"""

import argparse
import json
import os
import shlex
import shutil
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine import sources
from engine.sources import CLI, EXECUTOR, HERE, HOST, Engine, Say, Unavailable

MODE = "GATEPOST_ENGINE"
STAMP = ".engine.json"


class NoEngine(Exception):
    """No way gave an engine; the text names each way, why it failed and what helps."""


def tell(line: str) -> None:
    """Progress for people, apart from the one line of result on standard output."""
    print(line, file=sys.stderr, flush=True)


def ensure(project: Path, say: Say = tell) -> Path:
    """The folder PROJECT/.gatepost/bin, with an engine in it; a second call changes nothing.

    Raises NoEngine when every way failed.
    """
    folder = project.resolve() / ".gatepost" / "bin"
    directories = search_path(folder)
    if stamp_of(folder).get("key") != _key(project, folder, directories):
        engine = choose(directories, say)
        place(folder, engine, python_of(project))
        stamp = {"pulumi": engine.version, "origin": engine.origin, "key": _key(project, folder, directories)}
        _write(folder / STAMP, json.dumps(stamp, indent=2) + "\n", 0o644)
    return folder


def choose(directories: list[Path], say: Say = tell) -> Engine:
    """The engine to use; it is fetched into the user's cache when there is none. Raises NoEngine."""
    mode = os.environ.get(MODE, "")
    if mode not in ("", "build"):
        raise NoEngine(f"{MODE} is {mode!r}. It may be `build` (never download) or not set.")
    wanted, cache = sources.wanted(), sources.cache_root(os.environ) / sources.cache_key()

    def download(say: Say) -> Engine:
        if mode == "build":
            raise Unavailable(f"left out, because {MODE} is `build`")
        return sources.fill(cache, sources.download, say)

    ways = (  # name, what to do, what helps when it fails; a lock is held from the second on
        (
            "a `pulumi` on PATH",
            lambda say: sources.on_path(directories),
            "Install it with its Python language host: https://www.pulumi.com/docs/install/",
        ),
        ("the cache", lambda say: sources.cached(cache), "It fills by itself when one of the next ways works"),
        ("the official download", download, "Open the way to that site, for example with HTTPS_PROXY"),
        (
            "a build with Go",
            lambda say: sources.fill(cache, sources.build, say),
            "Install Go 1.26 or newer, https://go.dev/dl/, with a module proxy that answers (GOPROXY) and 4 GB of disk",
        ),
    )
    report = []
    try:
        with sources.Turn(cache, say) as turn:
            for name, way, remedy in ways:
                try:
                    return way(say)
                except Unavailable as failed:
                    report.append(f"  {len(report) + 1}. {name}: {str(failed).strip()}.\n     {remedy}.")
                turn.take()
    except OSError as failed:
        report.append(f"  {len(report) + 1}. {cache.parent}: {failed}.\n     Make it writable, or set XDG_CACHE_HOME.")
    raise NoEngine("\n".join((f"No Pulumi engine {wanted} or newer could be had. Tried, in this order:", *report)))


def place(folder: Path, engine: Engine, python: Path) -> None:
    """Links the engine into `folder`, and puts our language host beside it when the engine has none.

    The engine warns at each run about a language host that does not lie in its own folder, links followed. So beside
    our host it is a hard link, or a copy where the cache is on another disk.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f".{CLI}.{os.getpid()}"
    fresh.unlink(missing_ok=True)
    if engine.executor is None:
        fresh.symlink_to(engine.cli)
        for name in (HOST, EXECUTOR):
            (folder / name).unlink(missing_ok=True)
    else:
        try:
            fresh.hardlink_to(engine.cli.resolve())
        except OSError:
            shutil.copy(engine.cli, fresh)
        _write(folder / EXECUTOR, engine.executor.read_text(), 0o755)
        _write(folder / HOST, stub(python, folder / EXECUTOR), 0o755)
    fresh.replace(folder / CLI)


def stub(python: Path, executor: Path) -> str:
    """The shell program `pulumi-language-python`: it starts the language host of this checkout."""
    host, default, runner = (shlex.quote(str(path)) for path in (HERE / "language_host.py", python, executor))
    return (
        f"#!/bin/sh\npython={default}\n"
        "export GRPC_ENABLE_FORK_SUPPORT=0\n"
        f'exec "${{PULUMI_PYTHON_CMD:-$python}}" {host} --exec {runner} --parent "$PPID" "$@"\n'
    )


def python_of(project: Path) -> Path:
    """The Python of the project's virtual environment; this one where it has none."""
    own = project.resolve() / ".venv" / "bin" / "python"
    return own if own.exists() else Path(sys.executable)


def search_path(folder: Path) -> list[Path]:
    """The directories of PATH, without the one that is filled here: else it would find itself."""
    parts = [Path(part) for part in os.environ.get("PATH", "").split(os.pathsep) if part]
    return [part for part in parts if part.resolve() != folder]


def stamp_of(folder: Path) -> dict:
    """What was placed in `folder` (keys pulumi, origin, key); empty when nothing was, or not to its end."""
    try:
        found = json.loads((folder / STAMP).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _key(project: Path, folder: Path, directories: list[Path]) -> list:
    """All that the choice depends on: while it stays the same, nothing has to be done."""
    seen = [folder / name for name in (CLI, HOST, EXECUTOR)]
    seen += [path for directory in directories for path in (directory / CLI, directory / HOST) if path.exists()]
    files = [[str(path), *_identity(path)] for path in seen]
    return [
        _identity(HERE / "get.py"),
        sources.cache_key(),
        os.environ.get(MODE, ""),
        str(HERE),
        str(python_of(project)),
        files,
    ]


def _identity(path: Path) -> list:
    try:
        return [str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns]
    except OSError:
        return []


def _write(path: Path, text: str, mode: int) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(text)
    fresh.chmod(mode)
    fresh.replace(path)


def main(arguments: list[str] | None = None) -> int:
    """The command: one line about the engine on standard output, or the reasons on standard error and 1."""
    parser = argparse.ArgumentParser(description="Put a Pulumi engine into PROJECT/.gatepost/bin.")
    parser.add_argument(
        "--project", type=Path, default=HERE.parents[1], help="folder to serve (default: this checkout)"
    )
    project = parser.parse_args(arguments).project
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that a build is ended, too
    try:
        found = stamp_of(ensure(project))
    except (NoEngine, Unavailable) as failed:
        tell(str(failed))
        return 1
    except OSError as failed:
        tell(f"The engine cannot be placed in {project / '.gatepost' / 'bin'}: {failed}.")
        return 1
    except KeyboardInterrupt:
        tell("Stopped.")
        return 130
    print(f"pulumi {found['pulumi']}, {found['origin']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
