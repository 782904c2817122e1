"""Finds the Python to develop with. Every candidate is really run: a shim of pyenv may be on PATH and not work."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "GATEPOST_PYTHON"
OLDEST = 11
PREFERRED = (13, 12, 14, 15, 16, 11)  # minor versions of Python 3, best first
_SECONDS = 20
_PROBE = """
import json, sys, sysconfig
print(json.dumps({
    "base": getattr(sys, "_base_executable", None) or sys.executable,
    "version": sys.version_info[:3],
    "plain": sys.implementation.name == "cpython" and sys.version_info[3] == "final"
    and not sysconfig.get_config_var("Py_GIL_DISABLED"),
}))
"""


class NoPython(Exception):
    """No interpreter fits; the text says what was tried and what helps."""


@dataclass(frozen=True)
class Interpreter:
    """A Python that works."""

    path: str
    """Its executable: behind shims, and outside of any virtual environment."""
    version: tuple[int, ...]
    """Such as (3, 13, 0)."""

    @property
    def text(self) -> str:
        """The version for people."""
        return ".".join(map(str, self.version))

    @property
    def note(self) -> str:
        """What to know about this version; mostly nothing."""
        if (3, 11) <= self.version < (3, 11, 8):
            return (
                f"Python {self.text} has a bug with threads (CPython gh-106905): tests may fail at random; prefer 3.13."
            )
        return ""


def probe(path: str, env: Mapping[str, str]) -> Interpreter | str:
    """The interpreter at `path`, or why it cannot be used."""
    try:
        ran = subprocess.run(
            [path, "-I", "-S", "-c", _PROBE], env=env, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        found = json.loads(ran.stdout) if ran.returncode == 0 else None
    except OSError as failed:
        return f"does not start ({failed.strerror})"
    except (subprocess.TimeoutExpired, ValueError):
        return "does not answer as Python does"
    if found is None:
        return f"fails: {(ran.stderr.strip().splitlines() or ['without a word'])[0]}"
    version = tuple(found["version"])
    if version < (3, OLDEST) or version[0] != 3:
        return f"is Python {'.'.join(map(str, version))}"
    return Interpreter(found["base"], version) if found["plain"] else "is not a final, ordinary CPython"


def choose(env: Mapping[str, str], own: str = sys.executable) -> Interpreter:
    """The best interpreter: GATEPOST_PYTHON if it is set, else by PREFERRED, newest patch first. Raises NoPython."""
    given = env.get(VARIABLE)
    if given:
        found = probe(given, env)
        if isinstance(found, Interpreter):
            return found
        raise NoPython(f"{VARIABLE} is {given!r}, which {found}. It may name any CPython 3.11 or newer, or be unset.")
    tried: dict[str, Interpreter | str] = {}
    for minor in PREFERRED:
        for hint, path in candidates(env, own, minor):
            if hint in (minor, None) and path not in tried:
                tried[path] = probe(path, env)
        fits = [one for one in tried.values() if isinstance(one, Interpreter) and one.version[1] == minor]
        if fits:
            return max(fits, key=lambda one: one.version)
    reasons = "".join(f"\n  {path} {why}" for path, why in tried.items())
    raise NoPython(
        "No Python 3.11 or newer that works was found. Install one (python.org, pyenv or uv have it), or name one with "
        f"{VARIABLE}=/path/to/python. Tried:{reasons}"
    )


def candidates(env: Mapping[str, str], own: str, minor: int) -> Iterator[tuple[int | None, str]]:
    """Places to look for Python 3.`minor`, with the minor version that the name promises (None: it says nothing)."""
    yield None, own
    for folder in (Path(part) for part in env.get("PATH", "").split(os.pathsep) if part):
        for hint, name in ((minor, f"python3.{minor}"), (None, "python3"), (None, "python")):
            if os.access(folder / name, os.X_OK):
                yield hint, str(folder / name)
    pyenv = Path(env.get("PYENV_ROOT") or Path(env.get("HOME", "/"), ".pyenv"))
    for path in pyenv.glob(f"versions/3.{minor}*/bin/python"):
        if re.match(rf"3\.{minor}(\D|$)", path.parts[-3]):
            yield minor, str(path)
    uv = shutil.which("uv", path=env.get("PATH", ""))
    if uv:
        asked = {**env, "UV_PYTHON_DOWNLOADS": "never"}
        asked.pop("UV_PYTHON", None)
        ran = subprocess.run(
            [uv, "python", "find", f"3.{minor}"],
            env=asked,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        if ran.returncode == 0:
            yield minor, ran.stdout.strip()
