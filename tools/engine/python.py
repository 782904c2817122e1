"""Which Python runs a program or a plugin, and what it knows."""

import importlib.metadata
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORK_SUPPORT = "GRPC_ENABLE_FORK_SUPPORT"  # set in get.py for the host: else gRPC tells users of each program started
_PROBE = Path(__file__).with_name("probe.py")


class Unusable(Exception):
    """There is no Python to run with; the text is a sentence for the user."""


@dataclass(frozen=True)
class Python:
    """A Python to run programs with."""

    executable: str
    env: dict[str, str]
    """The whole environment to run it in."""


def python_of(info: Any) -> Python:
    """The Python for a ProgramInfo.

    Order: option `virtualenv` (relative to the project), PULUMI_PYTHON_CMD, `python3`.
    Raises Unusable when the virtual environment does not exist.
    """
    options = info.options.fields if info.HasField("options") else {}
    env = {name: value for name, value in os.environ.items() if name != FORK_SUPPORT}
    if "virtualenv" not in options or not options["virtualenv"].string_value:
        return Python(env.get("PULUMI_PYTHON_CMD") or "python3", env)
    folder = Path(info.root_directory or info.program_directory, options["virtualenv"].string_value)
    executable = folder / "bin" / "python"
    if not executable.exists():
        raise Unusable(
            f"The virtual environment {folder} (option `virtualenv` of the runtime) does not"
            f" exist. Make it with `python3 -m venv {folder}` and install the program's dependencies into it."
        )
    env.pop("PYTHONHOME", None)
    env.update(VIRTUAL_ENV=str(folder), PATH=os.pathsep.join((str(executable.parent), env.get("PATH", os.defpath))))
    return Python(str(executable), env)


def ask(python: Python, what: str, cwd: str | None) -> Any:
    """What probe.py finds about `what` in `python`. Raises Unusable with what Python said."""
    ran = subprocess.run(
        [python.executable, str(_PROBE), what], cwd=cwd, env=python.env, capture_output=True, text=True, check=False
    )
    if ran.returncode != 0:
        last = (ran.stderr.strip().splitlines() or ["nothing"])[-1]
        raise Unusable(f"{python.executable} could not list its {what}; it said: {last}")
    return json.loads(ran.stdout)


def version_of_sdk() -> str:
    """Version of the Pulumi SDK that runs here, as a semantic version."""
    return importlib.metadata.version("pulumi")
