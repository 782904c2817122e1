"""The commands as people call them, in a checkout whose programs are stand-ins that write down how they were called."""

import ast
import os
import shutil
import signal
import subprocess
import sys

import pytest
from tools.checkout import ROOT, RUN, TAIL, steps

import environment


def test_up_goes_from_nothing_to_a_picture(checkout) -> None:
    ran = checkout.dev("up")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert checkout.calls() == [
        "gatepost sandbox start",
        f"{RUN} stack select --create dev {TAIL}",
        f"{RUN} up --yes --stack dev --policy-pack policies --policy-pack-config policies/levels/dev.json {TAIL}",
        "gatepost sandbox status",
    ]
    assert steps(ran.stdout) == ["environment", "engine", "sandbox", "stack", "pulumi up", "total"]
    assert "the picture" in ran.stdout
    assert "what the engine says" not in ran.stdout


def test_failed_up_shows_what_the_engine_said(checkout) -> None:
    checkout.programs(up="exit 7")
    ran = checkout.dev("up")
    assert ran.returncode == 7
    assert ran.stderr.startswith("what the engine says\n\n`")
    assert ran.stderr.endswith(
        "/gatepost sandbox run -- pulumi up --yes --stack dev --policy-pack policies --policy-pack-config "
        f"policies/levels/dev.json {TAIL}` ended with exit code 7.\n"
    )
    assert "gatepost sandbox status" not in checkout.calls()


def test_what_python_compiled_is_kept_whatever_the_caller_sets(checkout, monkeypatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    checkout.programs(up=f'echo "${{PYTHONDONTWRITEBYTECODE:-kept}}" >>{checkout.log}')
    assert checkout.dev("up").returncode == 0
    assert checkout.calls()[3] == "kept"


def test_up_tells_the_warnings_of_an_update_that_works(checkout) -> None:
    checkout.programs(
        up=r"printf 'Updating (dev):\n\nDiagnostics:\n  x:\n    warning: Small.\n\nResources:\n    2 unchanged\n'"
    )
    ran = checkout.dev("up")
    assert ran.returncode == 0
    assert "\nwarning: Small.\n" in ran.stdout
    assert "pulumi up    2 unchanged  " in ran.stdout


def test_down_leaves_only_the_engine(checkout) -> None:
    (checkout.root / ".gatepost/bin").mkdir(parents=True)
    checkout.dev("up")
    checkout.calls()
    assert checkout.dev("down").returncode == 0
    assert checkout.calls() == [
        "gatepost sandbox run -- true",
        f"{RUN} stack ls --json --non-interactive",
        f"{RUN} destroy --yes --exclude-protected --stack dev {TAIL}",
        f"{RUN} stack rm dev --yes --force --preserve-config {TAIL}",
        "gatepost sandbox stop",
    ]
    assert [path.name for path in (checkout.root / ".gatepost").iterdir()] == ["bin"]


def test_down_when_nothing_is_up(checkout) -> None:
    assert checkout.dev("down").returncode == 0
    assert checkout.calls() == ["gatepost sandbox run -- true", "gatepost sandbox stop"]


def test_down_without_an_environment(checkout) -> None:
    shutil.rmtree(checkout.root / ".venv")
    assert checkout.dev("down").returncode == 0


def test_failed_destroy_is_told_and_stops_the_sandbox_all_the_same(checkout) -> None:
    checkout.dev("up")
    checkout.programs(destroy="exit 4")
    ran = checkout.dev("down")
    assert ran.returncode == 4
    assert ran.stderr.startswith("what destroy says\n")
    assert not (checkout.root / ".gatepost/sandbox").exists()


def test_test_hands_its_arguments_to_pytest(checkout) -> None:
    ran = checkout.dev("test", "tests/boot", "-k", "a or b")
    assert checkout.calls() == ["python -m pytest -n auto --dist worksteal tests/boot -k a or b"]
    assert steps(ran.stdout) == ["environment", "engine", "total"]


def test_failed_tests_fail_the_command(checkout) -> None:
    checkout.programs(python="exit 5")
    ran = checkout.dev("test")
    assert (ran.returncode, ran.stderr) == (5, "pytest ended with exit code 5.\n")


def test_lint_looks_at_everything_even_when_one_complains(checkout) -> None:
    checkout.programs(ruff="exit 1")
    ran = checkout.dev("lint")
    assert ran.returncode == 1
    assert checkout.calls() == [
        "ruff check policies sandbox tools stacks",
        "ruff format --check policies sandbox tools stacks",
        "ty check policies sandbox tools stacks",
    ]
    assert ran.stderr.count("what ruff says") == 2
    assert "what ty says" not in ran.stderr


def test_bench_without_benchmarks(checkout) -> None:
    ran = checkout.dev("bench")
    assert ran.returncode == 1
    assert ran.stderr == "This checkout has no folder bench/, so there is nothing to measure.\n"


def test_clean_removes_what_was_made(checkout) -> None:
    checkout.dev("up")
    for path in (".pytest_cache/x", "tools/__pycache__/x"):
        (checkout.root / path).parent.mkdir(exist_ok=True)
        (checkout.root / path).touch()
    assert checkout.dev("clean").returncode == 0
    left = {path.name for path in checkout.root.rglob("*") if path.is_dir()}
    assert left == {"policies", "levels", "sandbox", "stacks", "tools", "engine"}


@pytest.mark.parametrize(("arguments", "begins"), [((), "Usage: "), (("fly",), "'fly' is not a command. Usage: ")])
def test_wrong_call(checkout, arguments, begins) -> None:
    ran = checkout.dev(*arguments)
    assert ran.returncode == 2
    assert (
        ran.stderr
        == f"{begins}python3 tools/dev.py {{up|preview|down|test|lint|bench|clean|venv|constraints}} [arguments]\n"
    )


def test_problem_with_the_environment_is_a_sentence(checkout) -> None:
    (checkout.root / ".venv" / environment.STAMP).unlink()
    env = {**os.environ, "GATEPOST_PYTHON": "/nowhere/python"}
    command = [sys.executable, "tools/dev.py", "test"]
    ran = subprocess.run(command, cwd=checkout.root, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr == (
        "GATEPOST_PYTHON is '/nowhere/python', which does not start (No such file or directory). "
        "It may name any CPython 3.11 or newer, or be unset.\n"
    )


def test_interrupt_waits_for_the_command_and_ends_quietly(checkout, life) -> None:
    checkout.programs(
        up=f"trap 'kill $!; echo ended >>{checkout.log}; exit 1' INT; exec 3>{life.path}; echo up >&3; sleep 600 & wait"
    )
    process = subprocess.Popen(
        [sys.executable, "tools/dev.py", "up"],
        cwd=checkout.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert life.said() == "up\n"
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    assert process.communicate(timeout=60)[1] == "Stopped.\n"
    assert process.returncode == 130
    assert checkout.calls()[-1] == "ended"


def test_output_that_nobody_reads_ends_quietly(checkout) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "tools/dev.py", "up"]
    ran = subprocess.run(command, cwd=checkout.root, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (ran.returncode, ran.stderr) == (141, "")


def test_old_python_gets_a_sentence() -> None:
    path = ROOT / "tools" / "dev.py"
    ast.parse(path.read_text(), feature_version=(3, 8))
    code = f"import runpy, sys; sys.version_info = (3, 8, 18); runpy.run_path({str(path)!r})"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr == (
        f"gatepost needs Python 3.11 or newer, and {sys.executable} is 3.8: install a newer one "
        "(python.org, pyenv or uv have it) and name it, for example `make test PYTHON=python3.13`.\n"
    )


def test_make_without_arguments_lists_the_commands(checkout) -> None:
    ran = subprocess.run(
        ["make", "--no-print-directory"], cwd=checkout.root, capture_output=True, text=True, check=True
    )
    assert [line.split()[1] for line in ran.stdout.splitlines()] == [
        "help",
        "up",
        "preview",
        "down",
        "test",
        "lint",
        "bench",
        "clean",
    ]


def test_make_passes_over_a_python_that_does_not_work(checkout, program, tmp_path) -> None:
    program(tmp_path / "path/python3", "exit 127")
    program(tmp_path / "path/python3.13", f'exec "{sys.executable}" "$@"')
    env = {**os.environ, "PATH": f"{tmp_path}/path:{os.environ['PATH']}"}
    command = ["make", "test", "ARGS=-k 'a or b' tests/boot"]
    subprocess.run(command, cwd=checkout.root, env=env, capture_output=True, text=True, check=True)
    assert checkout.calls() == ["python -m pytest -n auto --dist worksteal -k a or b tests/boot"]


def test_make_without_any_python(checkout, tmp_path) -> None:
    (tmp_path / "path").mkdir()
    for name in ("sh", "make"):
        (tmp_path / "path" / name).symlink_to(shutil.which(name) or name)
    env = {"PATH": str(tmp_path / "path")}
    ran = subprocess.run(["make", "test"], cwd=checkout.root, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[0] == (
        "gatepost needs Python 3.11 or newer, and neither python3 nor python is on PATH. "
        "Install it (python.org, pyenv or uv have it) and try again."
    )
