"""The virtual environment .venv of this checkout: made once, renewed when what it was made from changes."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import interpreter

INPUTS = ("pyproject.toml", "sandbox/pyproject.toml", "constraints.txt")
PACKAGES = ("-e", ".[aws,policy,settings,cli,audit]", "-e", "./sandbox", "--group", "dev")
STAMP = ".gatepost.json"
_CHECK = "import importlib.util as u, sys; print(*sys.version_info[:3], *(u.find_spec(m) is not None for m in %r))"
MODULES = ("pip", "gatepost", "gatepost_sandbox", "pytest")
UV_LEAST = (0, 9)

# Settings of the caller that would send an installation elsewhere than into .venv.
_ELSEWHERE = re.compile(
    r"UV_(PYTHON|PROJECT.*|SYSTEM_PYTHON|TARGET|PREFIX|CONSTRAINT|OVERRIDE|BREAK_SYSTEM_PACKAGES|WORKING_DIR.*)"
    r"|PIP_(USER|TARGET|PREFIX|ROOT|CONSTRAINT|PYTHON|REQUIRE_VIRTUALENV)"
    r"|PYENV_VERSION|VIRTUAL_ENV|CONDA_PREFIX|PYTHONHOME|PYTHONPATH|__PYVENV_LAUNCHER__"
)
# uv does not read pip's settings. A machine that has only these (a mirror, a certificate) must do, too.
_PIP_TO_UV = (
    ("index-url", "UV_DEFAULT_INDEX", " "),
    ("extra-index-url", "UV_INDEX", " "),
    ("find-links", "UV_FIND_LINKS", ","),
    ("cert", "SSL_CERT_FILE", " "),
    ("trusted-host", "UV_INSECURE_HOST", " "),
)


class Broken(Exception):
    """The environment cannot be made; the text says why and what helps."""


def clean_env(given: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without what would lead an installation elsewhere."""
    return {name: value for name, value in given.items() if not _ELSEWHERE.fullmatch(name)}


def stamp(root: Path, version: str, requested: str) -> dict[str, str]:
    """What decides about the content of .venv; equal stamps mean that nothing has to be done."""
    made_from = hashlib.sha256(f"{root}\n{' '.join(PACKAGES)}\n".encode())
    for name in INPUTS:
        made_from.update((root / name).read_bytes())
    return {"inputs": made_from.hexdigest(), "python": version, "requested": requested}


def state(root: Path, requested: str) -> tuple[str, str]:
    """`("ready"|"stale"|"broken", version of Python)`; broken also means that it is not there."""
    try:
        written = json.loads((root / ".venv" / STAMP).read_text())
        python, check = root / ".venv" / "bin" / "python", _CHECK % (MODULES,)
        ran = subprocess.run([python, "-I", "-c", check], capture_output=True, text=True, timeout=60, check=True)
        numbers, found = ran.stdout.split()[:3], ran.stdout.split()[3:]
    except (OSError, ValueError, subprocess.SubprocessError):
        return "broken", ""
    version = ".".join(numbers)
    if set(found) != {"True"} or written.get("python") != version or written.get("requested") != requested:
        return "broken", version
    return ("ready" if written == stamp(root, version, requested) else "stale"), version


def ensure(root: Path, given: Mapping[str, str], say: Callable[[str], None]) -> str:
    """Makes .venv fit; returns one phrase about it. Raises Broken or interpreter.NoPython."""
    requested = given.get(interpreter.VARIABLE, "")
    found, version = state(root, requested)
    if found == "ready":
        return f"Python {version}, up to date"
    with _alone(root):
        found, version = state(root, requested)  # another command may have made it meanwhile
        if found == "ready":
            return f"Python {version}, up to date"
        env = clean_env(given)
        python = interpreter.choose(env)
        if python.note:
            say(f"venv: note: {python.note}")
        if found == "broken" or version != python.text:
            say(f"venv: making .venv with {python.path} (Python {python.text})")
            _create(root, python, env)
        (root / ".venv" / STAMP).unlink(missing_ok=True)
        say("venv: installing (a minute or two when nothing is cached)")
        _install(root, env)
        (root / ".venv" / STAMP).write_text(json.dumps(stamp(root, python.text, requested)) + "\n")
        return f"Python {python.text}, made anew" if found == "broken" else f"Python {python.text}, renewed"


@contextmanager
def _alone(root: Path) -> Generator[None]:
    folder = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _create(root: Path, python: interpreter.Interpreter, env: dict[str, str]) -> None:
    venv = root / ".venv"
    if venv.is_symlink() or venv.is_file():
        venv.unlink()
    shutil.rmtree(venv, ignore_errors=True)
    uv = uv_of(env)
    if uv and _run([uv, "venv", "--quiet", "--seed", "--python", python.path, str(venv)], root, env) is None:
        return
    shutil.rmtree(venv, ignore_errors=True)
    failed = _run([python.path, "-m", "venv", str(venv)], root, env)
    if failed is not None and "ensurepip" in failed:
        raise Broken(
            f"{python.path} cannot make virtual environments, because its module ensurepip is missing. Install the "
            f"package python3.{python.version[1]}-venv (Debian, Ubuntu) or uv, or "
            f"name another Python in {interpreter.VARIABLE}."
        )
    if failed is not None:
        raise Broken(f"`{python.path} -m venv .venv` failed:\n{failed}")


def _install(root: Path, env: dict[str, str]) -> None:
    venv_python = str(root / ".venv" / "bin" / "python")
    uv = str(root / ".venv" / "bin" / "uv")
    if not Path(uv).exists():
        uv = uv_of(env) or ""
    if not uv:
        failed = _run([venv_python, "-m", "pip", "install", "--quiet", "-c", "constraints.txt", "uv"], root, env)
        uv = str(root / ".venv" / "bin" / "uv")
        if failed is not None:
            raise Broken(f"uv cannot be installed with pip:\n{failed}")
    settings = {**mirrors(venv_python, env), **env}
    command = [uv, "pip", "install", "--quiet", "--python", venv_python, "-c", "constraints.txt", *PACKAGES]
    failed = _run(command, root, settings)
    if failed is not None:
        raise Broken(f"The packages cannot be installed:\n{failed}\nWithout internet, name a mirror: PIP_INDEX_URL.")


def uv_of(env: Mapping[str, str]) -> str | None:
    """A uv on PATH that works and is new enough."""
    path = shutil.which("uv", path=env.get("PATH", ""))
    if path is None:
        return None
    try:
        ran = subprocess.run([path, "--version"], env=env, capture_output=True, text=True, check=False)
    except OSError:
        return None
    found = re.match(r"uv (\d+)\.(\d+)", ran.stdout)
    return path if found and (int(found[1]), int(found[2])) >= UV_LEAST else None


def mirrors(python: str, env: Mapping[str, str]) -> dict[str, str]:
    """Pip's own settings (files and variables) as variables for uv."""
    ran = subprocess.run([python, "-m", "pip", "config", "list"], env=env, capture_output=True, text=True, check=False)
    lines = re.findall(r"^(global|site|user|install|:env:)\.([\w.-]+)='(.*)'$", ran.stdout, re.M)
    found = {key: value for scope, key, value in sorted(lines, key=lambda line: line[0] == ":env:")}
    return {
        variable: separator.join(found[key].replace("\\n", " ").split())
        for key, variable, separator in _PIP_TO_UV
        if found.get(key)
    }


def _run(command: list[str], root: Path, env: Mapping[str, str]) -> str | None:
    """None when the command worked, else what it said, without passwords in addresses."""
    try:
        ran = subprocess.run(
            command, cwd=root, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
    except OSError as failed:
        return str(failed)
    return None if ran.returncode == 0 else re.sub(r"(://)[^/@\s]+@", r"\1...@", ran.stdout.strip())


if __name__ == "__main__":
    sys.exit("Run `python3 tools/dev.py venv`.")
