"""What each command of dev.py does."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import environment
import interpreter
import told
from steps import StepFailed, Steps, Stopped, colour, execute, say

ROOT = Path(__file__).resolve().parents[1]
STATE = ROOT / ".gatepost"
BIN = ROOT / ".venv" / "bin"
LINTED = ("components", "policies", "sandbox", "tools", "tests", "stacks", "examples", "bench")
STACK = "dev"
"""The stack that is brought up unless another one is named; its settings are made for the sandbox."""
COPIES = STATE / "stacks"
"""Settings of other stacks, as the sandbox can use them: the files of the repository stay as they are."""
LEFTOVERS = (".venv", ".gatepost", ".pytest_cache", ".ruff_cache", ".hypothesis", "dist", "build")
SANDBOX = (BIN / "gatepost", "sandbox")
PULUMI = (*SANDBOX, "run", "--", "pulumi")
QUIET = ("--non-interactive", "--color")


def steps() -> Steps:
    """Steps that run in this checkout, with its own programs first on PATH."""
    env = environment.clean_env(os.environ)
    env["PATH"] = os.pathsep.join((str(STATE / "bin"), str(BIN), env.get("PATH", os.defpath)))
    env["VIRTUAL_ENV"] = str(ROOT / ".venv")
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # each program would compile the clouds' SDKs anew, which takes seconds
    return Steps(ROOT, env)


def venv(run: Steps, arguments: Sequence[str] = ()) -> None:
    """Make or renew .venv."""
    run.call("environment", lambda: environment.ensure(ROOT, os.environ, say))


def engine(run: Steps) -> None:
    """Get the Pulumi engine."""

    def get() -> str:
        command = [BIN / "python", ROOT / "tools" / "engine" / "get.py"]
        ran = subprocess.run(command, cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, text=True, check=False)
        if ran.returncode != 0:
            raise StepFailed("There is no engine to work with.", ran.returncode)
        return ran.stdout.split(", /")[0].strip()

    run.call("engine", get)


def up(run: Steps, arguments: Sequence[str]) -> None:
    """Start the sandbox and bring a stack up in it: `dev`, or the one that `--stack NAME` says."""
    stack, rest = _named("up", arguments)
    settings = _ready(run, stack)
    said = run.run(
        "pulumi up",
        [*PULUMI, "up", "--yes", *settings, *judged(stack), *QUIET, colour(), *rest],
        told.summary,
        "previews, judges by the policies, builds and waits until Connectors are alive",
        told.progress,
    )
    for note in told.notes(said):
        say(note)
    code = run.show([*SANDBOX, "status"])
    if code:
        raise StepFailed("The sandbox gave no status; what it said stands above.", code)
    run.total("`make down` ends it")


def preview(run: Steps, arguments: Sequence[str]) -> None:
    """Start the sandbox and show what a stack would do in it, judged by the policies of its environment."""
    stack, rest = _named("preview", arguments)
    settings = _ready(run, stack)
    code = run.show([*PULUMI, "preview", *settings, *judged(stack), *QUIET, colour(), *rest])
    if code:
        raise StepFailed(f"The preview ended with exit code {code}; what it said stands above.", code)
    run.total("nothing was built; `make down` ends the sandbox")


def _named(command: str, arguments: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The stack that the arguments name first, and the rest of them. Raises StepFailed for one without settings."""
    if arguments[:1] != ["--stack"]:
        return STACK, arguments
    stack, rest = "".join(arguments[1:2]), arguments[2:]
    known = sorted(path.name.split(".")[1] for path in (ROOT / "stacks").glob("Pulumi.*.yaml"))
    if stack not in known:
        told = f"There is no stack {stack!r}: stacks/Pulumi.{stack}.yaml is missing. Known: {', '.join(known)}."
        raise StepFailed(f"{told} Name one: make {command} STACK={known[-1]}")
    return stack, rest


def _ready(run: Steps, stack: str) -> tuple[str, ...]:
    """Make the sandbox ready for a stack; options that name it and its settings."""
    venv(run)
    engine(run)
    how = (*QUIET, colour())
    run.run("sandbox", [*SANDBOX, "start"], "the local cloud runs")
    if stack == STACK:
        run.run("stack", [*PULUMI, "stack", "select", "--create", stack, *how], stack)
        return _settings(stack)
    copy = COPIES / f"Pulumi.{stack}.yaml"
    COPIES.mkdir(parents=True, exist_ok=True)
    command = [*SANDBOX, "prepare", f"stacks/Pulumi.{stack}.yaml", "--write", copy]
    made = run.run("prepare", command, "what the stack adopts is there", f"makes what {stack} adopts")
    for line in made.splitlines():
        if not line.startswith(("made", "there")):
            say(line)
    # The engine writes a salt beside the settings that it finds when it makes a stack: here, beside the copy.
    (COPIES / "Pulumi.yaml").write_text("name: gatepost\nruntime: python\n")
    run.run("stack", [*PULUMI, "-C", COPIES, "stack", "select", "--create", stack, *how], stack)
    return _settings(stack)


def _settings(stack: str) -> tuple[str, ...]:
    """Options that name a stack and its settings."""
    copy = () if stack == STACK else ("--config-file", str(COPIES / f"Pulumi.{stack}.yaml"))
    return ("--stack", stack, *copy)


def judged(stack: str) -> tuple[str, ...]:
    """Options that put a stack under the policy pack, at the levels of its environment where it has some."""
    levels = f"policies/levels/{stack}.json"
    return ("--policy-pack", "policies", *(("--policy-pack-config", levels) if (ROOT / levels).exists() else ()))


def down(run: Steps, arguments: Sequence[str] = ()) -> None:
    """Destroy every stack that was brought up, stop the sandbox, and remove what they left."""
    failed = None
    if SANDBOX[0].exists():
        if _answers(run):
            try:
                _destroy(run)
            except StepFailed as caught:  # nothing of the sandbox outlives it, so it is stopped in any case
                failed = caught
        run.run("sandbox", [*SANDBOX, "stop"], "stopped")
    for path in STATE.glob("*"):
        if path.name != "bin":
            _remove(path)
    if failed:
        raise failed
    run.total("nothing is left of the sandbox")


def _answers(run: Steps) -> bool:
    return execute([*SANDBOX, "run", "--", "true"], ROOT, run.env, subprocess.DEVNULL) == 0


def _destroy(run: Steps) -> None:
    """Destroy every stack. What one protects outlives that, and goes with the sandbox."""
    how = (*QUIET, colour())
    listed = json.loads(run.run("stacks", [*PULUMI, "stack", "ls", "--json", "--non-interactive"], "listed"))
    for stack in (one["name"].split("/")[-1] for one in listed):
        if stack != STACK and not (COPIES / f"Pulumi.{stack}.yaml").exists():
            continue  # somebody else's, with settings that are nowhere here; it goes with the sandbox
        destroy = [*PULUMI, "destroy", "--yes", "--exclude-protected", *_settings(stack), *how]
        run.run("destroy", destroy, f"everything in {stack} is gone", f"deletes {stack}")
        remove = ["stack", "rm", stack, "--yes", "--force", "--preserve-config"]
        run.run("stack", [*PULUMI, *remove, *how], f"{stack} removed")


def test(run: Steps, arguments: Sequence[str]) -> None:
    """Run the tests; arguments go to pytest."""
    venv(run)
    engine(run)
    code = run.show([BIN / "python", "-m", "pytest", "-n", "auto", "--dist", "worksteal", *arguments])
    run.total("tests")
    if code:
        raise StepFailed(f"pytest ended with exit code {code}.", code)


def lint(run: Steps, arguments: Sequence[str]) -> None:
    """Check style, format and types; all three even if one fails."""
    venv(run)
    paths = [path for path in LINTED if (ROOT / path).is_dir()]
    failures = []
    for name, command in {
        "ruff": ["ruff", "check"],
        "format": ["ruff", "format", "--check"],
        "ty": ["ty", "check"],
    }.items():
        try:
            run.run(name, [BIN / command[0], *command[1:], *paths, *arguments], "no complaint")
        except StepFailed as failed:
            failures.append(str(failed))
    run.total("lint")
    if failures:
        raise StepFailed("\n\n".join(failures))


def bench(run: Steps, arguments: Sequence[str]) -> None:
    """Run the benchmarks."""
    venv(run)
    engine(run)
    if not (ROOT / "bench").is_dir():
        raise StepFailed("This checkout has no folder bench/, so there is nothing to measure.")
    code = run.show([BIN / "python", "-m", "bench", *arguments])
    run.total("benchmarks")
    if code:
        raise StepFailed(f"The benchmarks ended with exit code {code}.", code)


def clean(run: Steps, arguments: Sequence[str]) -> None:
    """Take the sandbox down and remove everything that was made here; engines in the user's cache stay."""
    try:
        down(run)
    except StepFailed as failed:
        if _answers(run):
            raise
        say(str(failed))
    for name in LEFTOVERS:
        _remove(ROOT / name)
    for folder in LINTED:
        for path in sorted((ROOT / folder).rglob("__pycache__")):
            _remove(path)
    run.total("clean")


def constraints(run: Steps, arguments: Sequence[str]) -> None:
    """Renew constraints.txt: the newest versions that pyproject.toml and sandbox/pyproject.toml allow."""
    venv(run)
    what = ["pyproject.toml", "sandbox/pyproject.toml", "--all-extras", "--group", "dev"]
    plain = ["--no-annotate", "--no-header", "--no-emit-index-url", "--no-emit-find-links"]
    where = ["--universal", "--python-version", f"3.{interpreter.OLDEST}", "--upgrade", "-o", "constraints.txt"]
    run.env.update(environment.mirrors(str(BIN / "python"), os.environ))
    run.run("constraints", [BIN / "uv", "pip", "compile", *what, *plain, *where, *arguments], "constraints.txt")
    venv(run)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


COMMANDS: dict[str, Callable[[Steps, Sequence[str]], None]] = {
    task.__name__: task for task in (up, preview, down, test, lint, bench, clean, venv, constraints)
}


def main(arguments: list[str]) -> int:
    """Runs one command; returns its exit code: 0, 1 or the failed program's, 2 for a wrong call, 130 when stopped.

    141 says that nobody reads the output any more, as in `make up | head`.
    """
    task = COMMANDS.get(arguments[0]) if arguments else None
    if task is None:
        found = f"{arguments[0]!r} is not a command. " if arguments else ""
        print(f"{found}Usage: python3 tools/dev.py {{{'|'.join(COMMANDS)}}} [arguments]", file=sys.stderr)
        return 2
    try:
        task(steps(), arguments[1:])
    except (environment.Broken, interpreter.NoPython) as failed:
        print(failed, file=sys.stderr)
        return 1
    except StepFailed as failed:
        print(failed, file=sys.stderr)
        return failed.code
    except (KeyboardInterrupt, Stopped):
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python writes what is left when it ends
        return 141
    return 0
