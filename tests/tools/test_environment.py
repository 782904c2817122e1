import json
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import environment
from environment import Broken, clean_env, ensure, mirrors, stamp, state

ROOT = Path(__file__).resolve().parents[2]

# Answers what the tools ask of a Python: the probe, the check of .venv, `-m venv`, `-m pip config list`.
PYTHON = """
case "$*" in
  *_base_executable*) echo '{"base": "'"$0"'", "version": [3, 13, 1], "plain": true}' ;;
  *find_spec*) echo 3 13 1 MODULES ;;
  *"-m venv"*) VENV ;;
esac
"""
# Makes .venv like uv does, and writes down how it was called.
UV = """
echo "$*" >>LOG
env | grep -E '^(UV|PIP|PYENV)_' >>LOG.env
case "$1" in
  --version) echo "uv 0.11.2" ;;
  venv) mkdir -p .venv/bin && cp PYTHON .venv/bin/python ;;
  pip) INSTALL ;;
esac
"""


class Checkout:
    """A folder with what .venv is made from, a Python and a uv, both of them stand-ins."""

    def __init__(self, root: Path, program) -> None:
        self.root, self._program, self.log = root / "checkout", program, root / "log"
        (self.root / "sandbox").mkdir(parents=True)
        for name in environment.INPUTS:
            (self.root / name).write_text(name)
        self.env = {
            "PATH": f"{root}/path:/usr/bin:/bin",
            "HOME": str(root),
            "GATEPOST_PYTHON": str(root / "path/python"),
        }
        self.log.write_text("")
        self.python()
        self.uv()

    def python(self, where: str = "path/python", modules: str = "True True True True", venv: str = "exit 1") -> None:
        text = PYTHON.replace("MODULES", modules).replace("VENV", venv)
        self._program(self.log.parent / where, text)

    def uv(self, install: str = "true") -> None:
        text = (
            UV.replace("LOG", str(self.log)).replace("PYTHON", self.env["GATEPOST_PYTHON"]).replace("INSTALL", install)
        )
        self._program(self.log.parent / "path/uv", text)

    def ensure(self, **more: str) -> str:
        return ensure(self.root, {**self.env, **more}, lambda line: None)

    def state(self) -> tuple[str, str]:
        return state(self.root, self.env["GATEPOST_PYTHON"])

    def calls(self) -> list[str]:
        """The calls of uv that change something, since the last time."""
        lines = [line for line in self.log.read_text().splitlines() if line.split()[0] in ("venv", "pip")]
        self.log.write_text("")
        return lines


@pytest.fixture
def checkout(tmp_path, program) -> Checkout:
    return Checkout(tmp_path, program)


def test_made_once_then_left_alone(checkout) -> None:
    python, venv = checkout.env["GATEPOST_PYTHON"], checkout.root / ".venv"
    assert checkout.ensure() == "Python 3.13.1, made anew"
    assert checkout.calls() == [
        f"venv --quiet --seed --python {python} {venv}",
        f"pip install --quiet --python {venv}/bin/python -c constraints.txt"
        " -e .[aws,policy,settings,cli,audit] -e ./sandbox --group dev",
    ]
    assert checkout.ensure() == "Python 3.13.1, up to date"
    assert checkout.calls() == []


@pytest.mark.parametrize("name", environment.INPUTS)
def test_changed_input_installs_into_the_same_environment(checkout, name) -> None:
    checkout.ensure()
    kept = checkout.root / ".venv" / "kept"
    kept.touch()
    (checkout.root / name).write_text("changed")
    assert checkout.state() == ("stale", "3.13.1")
    assert checkout.ensure() == "Python 3.13.1, renewed"
    assert kept.exists()
    assert checkout.state() == ("ready", "3.13.1")


def _no_stamp(checkout) -> None:
    (checkout.root / ".venv" / environment.STAMP).unlink()


def _half_a_stamp(checkout) -> None:
    (checkout.root / ".venv" / environment.STAMP).write_text('{"inputs": ')


def _no_pip(checkout) -> None:
    checkout.python("checkout/.venv/bin/python", modules="False True True True")


def _dangling(checkout) -> None:
    python = checkout.root / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python")


def _other_version(checkout) -> None:
    written = stamp(checkout.root, "3.12.0", checkout.env["GATEPOST_PYTHON"])
    (checkout.root / ".venv" / environment.STAMP).write_text(json.dumps(written))


def _other_wish(checkout) -> None:
    written = stamp(checkout.root, "3.13.1", "")
    (checkout.root / ".venv" / environment.STAMP).write_text(json.dumps(written))


@pytest.mark.parametrize("harm", [_no_stamp, _half_a_stamp, _no_pip, _dangling, _other_version, _other_wish])
def test_broken_environment_is_made_anew(checkout, harm) -> None:
    checkout.ensure()
    left = checkout.root / ".venv" / "left"
    left.touch()
    harm(checkout)
    assert checkout.state()[0] == "broken"
    assert checkout.ensure() == "Python 3.13.1, made anew"
    assert not left.exists()
    assert checkout.state() == ("ready", "3.13.1")


def test_failed_installation_is_not_taken_for_a_good_one(checkout) -> None:
    checkout.uv(install="echo 'no answer from https://me:secret@mirror.example/simple'; exit 2")
    with pytest.raises(Broken) as failed:
        checkout.ensure()
    assert str(failed.value) == (
        "The packages cannot be installed:\nno answer from https://...@mirror.example/simple\n"
        "Without internet, name a mirror: PIP_INDEX_URL."
    )
    assert checkout.state()[0] == "broken"


def test_failed_renewal_is_not_taken_for_the_old_one(checkout) -> None:
    checkout.ensure()
    checkout.uv(install="exit 2")
    (checkout.root / "constraints.txt").write_text("changed")
    with pytest.raises(Broken):
        checkout.ensure()
    (checkout.root / "constraints.txt").write_text("constraints.txt")
    assert checkout.state()[0] == "broken"


def test_settings_that_lead_elsewhere_do_not_reach_uv(checkout) -> None:
    checkout.ensure(UV_PYTHON="3.99", PYENV_VERSION="odd", UV_SYSTEM_PYTHON="1", PIP_USER="1", UV_OFFLINE="1")
    seen = set((checkout.log.parent / "log.env").read_text().splitlines())
    assert seen == {"UV_OFFLINE=1"}


def test_missing_ensurepip_names_the_package(checkout) -> None:
    (checkout.log.parent / "path/uv").unlink()
    checkout.python(venv="echo 'ensurepip is not available'; exit 1")
    with pytest.raises(Broken) as failed:
        checkout.ensure()
    assert str(failed.value) == (
        f"{checkout.env['GATEPOST_PYTHON']} cannot make virtual environments, because its module ensurepip is missing. "
        "Install the package python3.13-venv (Debian, Ubuntu) or uv, or name another Python in GATEPOST_PYTHON."
    )


@pytest.mark.parametrize(("text", "usable"), [("uv 0.9.0", True), ("uv 0.8.30", False), ("", False)])
def test_uv_must_work_and_be_new_enough(program, tmp_path, text, usable) -> None:
    path = program(tmp_path / "uv", f"echo '{text}'; [ -n '{text}' ]")
    assert environment.uv_of({"PATH": str(tmp_path)}) == (str(path) if usable else None)


def test_settings_of_pip_are_handed_to_uv(tmp_path) -> None:
    config = tmp_path / "pip.conf"
    config.write_text("[global]\nindex-url = https://mirror.example/simple\nfind-links =\n    /one\n    /two\n")
    env = {"PIP_CONFIG_FILE": str(config), "PIP_INDEX_URL": "https://nearer.example/simple", "HOME": str(tmp_path)}
    found = mirrors(sys.executable, env)
    assert found["UV_DEFAULT_INDEX"] == "https://nearer.example/simple"
    assert found["UV_FIND_LINKS"] == "/one,/two"


def test_clean_env_keeps_the_rest() -> None:
    assert clean_env({"VIRTUAL_ENV": "/x", "PYTHONPATH": "/y", "HOME": "/home/me", "UV_INDEX": "z"}) == {
        "HOME": "/home/me",
        "UV_INDEX": "z",
    }


def test_constraints_pin_what_this_checkout_asks_for_and_hold_no_address() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if "://" in line or "@" in line or "==" not in line] == []
    pins = {line.split("==")[0]: line.split(";")[0].split("==")[1].strip() for line in lines}
    main, sandbox = (tomllib.loads((ROOT / name).read_text()) for name in environment.INPUTS[:2])
    asked = [*main["project"]["dependencies"], *sandbox["project"]["dependencies"], *main["dependency-groups"]["dev"]]
    asked += [one for extra in main["project"]["optional-dependencies"].values() for one in extra]
    wanted = [Requirement(one) for one in asked]
    assert [str(one) for one in wanted if not one.specifier.contains(pins.get(canonicalize_name(one.name), ""))] == []
