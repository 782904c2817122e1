import json
import sys
from pathlib import Path

import pytest

from interpreter import Interpreter, NoPython, choose, probe


@pytest.fixture
def place(tmp_path, program):
    """Puts a stand-in for a Python at `where` below the temporary folder."""

    def put(where: str, version: tuple[int, ...], plain: bool = True) -> str:
        path = tmp_path / where
        answer = json.dumps({"base": str(path), "version": version, "plain": plain})
        return str(program(path, f"echo '{answer}'"))

    return put


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"PATH": f"{tmp_path}/one:{tmp_path}/two:/nowhere", "HOME": str(tmp_path)}


SHIM = 'echo "pyenv: python3.13: command not found" >&2; exit 127'

PYENV = ".pyenv/versions"
OWN = ("own/python", (3, 11, 5))


@pytest.mark.parametrize(
    ("there", "chosen"),
    [
        pytest.param({}, OWN[0], id="nothing-else"),
        pytest.param({"one/python3.12": (3, 12, 1), "two/python3.13": (3, 13, 0)}, "two/python3.13", id="3.13-first"),
        pytest.param(
            {"one/python3.14": (3, 14, 0), "one/python3.12": (3, 12, 9)}, "one/python3.12", id="3.12-then-3.14"
        ),
        pytest.param({"one/python3.14": (3, 14, 0)}, "one/python3.14", id="3.14-before-3.11"),
        pytest.param({"one/python3.13": (3, 13, 0), "two/python3.13": (3, 13, 5)}, "two/python3.13", id="newest-patch"),
        pytest.param({"two/python3.11": (3, 11, 9)}, "two/python3.11", id="3.11-newest-patch"),
        pytest.param({"one/python3": (3, 13, 2)}, "one/python3", id="name-without-version"),
        pytest.param({"one/python3": (3, 9, 2), "two/python": (2, 7, 18)}, OWN[0], id="old-ones"),
        pytest.param(
            {".pyenv/versions/3.13.1/bin/python": (3, 13, 1)}, ".pyenv/versions/3.13.1/bin/python", id="pyenv"
        ),
        pytest.param({".pyenv/versions/3.1.4/bin/python": (3, 1, 4)}, OWN[0], id="pyenv-other-minor"),
    ],
)
def test_best_is_chosen(place, env, tmp_path, there, chosen) -> None:
    own = place(*OWN)
    for where, version in there.items():
        place(where, version)
    assert choose(env, own).path == str(tmp_path / chosen)


def test_shim_that_fails_is_passed_over(place, program, env, tmp_path) -> None:
    program(tmp_path / "one/python3.13", SHIM)
    assert choose(env, place("two/python3.12", (3, 12, 3))) == Interpreter(str(tmp_path / "two/python3.12"), (3, 12, 3))


def test_working_one_behind_a_failing_shim_of_the_same_name(place, program, env, tmp_path) -> None:
    program(tmp_path / "one/python3.13", SHIM)
    place("two/python3.13", (3, 13, 0))
    assert choose(env, place(*OWN)).path == str(tmp_path / "two/python3.13")


def test_free_threaded_or_preview_builds_are_passed_over(place, env) -> None:
    place("one/python3.13", (3, 13, 0), plain=False)
    assert choose(env, place(*OWN)).version == OWN[1]


def test_uv_is_asked_without_the_callers_choice(place, program, env, tmp_path) -> None:
    found = place("managed/python", (3, 13, 3))
    program(tmp_path / "one/uv", f'[ -z "$UV_PYTHON" ] && [ "$*" = "python find 3.13" ] && echo "{found}"')
    assert choose({**env, "UV_PYTHON": "3.99"}, place(*OWN)).path == found


def test_variable_wins(place, env) -> None:
    place("one/python3.13", (3, 13, 0))
    given = place("given/python", (3, 12, 0))
    assert choose({**env, "GATEPOST_PYTHON": given}, place(*OWN)).path == given


def test_variable_that_does_not_fit_is_refused(place, env) -> None:
    given = place("given/python", (3, 10, 4))
    with pytest.raises(NoPython) as refused:
        choose({**env, "GATEPOST_PYTHON": given}, place(*OWN))
    assert str(refused.value) == (
        f"GATEPOST_PYTHON is '{given}', which is Python 3.10.4. It may name any CPython 3.11 or newer, or be unset."
    )


def test_nothing_fits_names_everything_tried(place, program, env, tmp_path) -> None:
    program(tmp_path / "one/python3.13", SHIM)
    own = place("own/python", (3, 8, 1))
    with pytest.raises(NoPython) as refused:
        choose(env, own)
    assert str(refused.value).splitlines() == [
        "No Python 3.11 or newer that works was found. Install one (python.org, pyenv or uv have it), or name one with "
        "GATEPOST_PYTHON=/path/to/python. Tried:",
        f"  {own} is Python 3.8.1",
        f"  {tmp_path}/one/python3.13 fails: pyenv: python3.13: command not found",
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("exit 3", "fails: without a word"),
        ("echo hello", "does not answer as Python does"),
    ],
)
def test_probe_says_what_is_wrong(program, tmp_path, text, why) -> None:
    assert probe(str(program(tmp_path / "python", text)), {}) == why


def test_probe_of_a_missing_file(tmp_path) -> None:
    assert probe(str(tmp_path / "none"), {}) == "does not start (No such file or directory)"


def test_probe_of_this_python_leads_out_of_the_virtual_environment() -> None:
    base = getattr(sys, "_base_executable", sys.executable)
    assert probe(sys.executable, {}) == Interpreter(base, tuple(sys.version_info[:3]))


@pytest.mark.parametrize(("version", "noted"), [((3, 11, 7), True), ((3, 11, 8), False), ((3, 13, 0), False)])
def test_note_about_threads(version, noted) -> None:
    assert ("gh-106905" in Interpreter("python", version).note) is noted
