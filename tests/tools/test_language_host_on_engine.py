"""The language host under the real engine: programs, a policy pack, and a killed engine."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from engine.get import choose, place, search_path
from engine.sources import EXECUTOR

pytestmark = pytest.mark.engine

BLOCKS = """
import os, subprocess
pipe = os.open({path!r}, os.O_WRONLY)
child = subprocess.Popen(["sleep", "600"], pass_fds=[pipe])
os.write(pipe, b"up\\n")
child.wait()
"""
PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, StackValidationPolicy
rule = StackValidationPolicy(name="never", description="Never.", validate=lambda _, say: say("It is never right."))
PolicyPack("pack", enforcement_level=EnforcementLevel.MANDATORY, policies=[rule])
"""


class Project:
    """A project of its own with a backend in its folder; the engine has our language host beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.folder.mkdir()
        (folder / "state").mkdir()
        engine = choose(search_path(folder))
        executor = engine.executor or engine.cli.resolve().parent / EXECUTOR
        place(folder / "bin", replace(engine, executor=executor), Path(sys.executable))
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")},
            "PATH": f"{folder}/bin:{os.environ['PATH']}",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{folder}/state",
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_PYTHON_CMD": sys.executable,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
        (self.folder / "Pulumi.yaml").write_text("name: tiny\nruntime: python\n")
        assert self.pulumi("stack", "init", "dev").returncode == 0

    def program(self, text: str) -> None:
        (self.folder / "__main__.py").write_text(text)

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        with self.command(*arguments) as process:
            output = process.communicate(timeout=120)[0]
        return subprocess.CompletedProcess(arguments, process.returncode, output)


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(tmp_path)


def test_program_runs_and_nothing_is_warned_about(project) -> None:
    project.program("import pulumi\npulumi.export('answer', pulumi.Config().require('question'))")
    ran = project.pulumi("up", "--yes", "--skip-preview", "--config", "question=forty-two")
    assert ran.returncode == 0, ran.stdout
    assert "warning" not in ran.stdout
    assert "Diagnostics" not in ran.stdout
    assert project.pulumi("stack", "output", "answer").stdout == "forty-two\n"


def test_error_of_a_program_is_shown_once(project) -> None:
    project.program("raise ValueError('a very odd value')")
    ran = project.pulumi("preview")
    assert ran.returncode != 0
    diagnostics = ran.stdout.split("Diagnostics:")[1]
    assert diagnostics.count("ValueError: a very odd value") == 1
    assert "exit code" not in diagnostics


def test_policy_pack_is_asked(project, tmp_path) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.1.0\n")
    (pack / "__main__.py").write_text(PACK)
    project.program("import pulumi")
    ran = project.pulumi("preview", "--policy-pack", str(pack))
    assert ran.returncode != 0
    assert "[mandatory]  never" in ran.stdout
    assert "It is never right." in ran.stdout


def test_killed_engine_leaves_no_process(project, life) -> None:
    project.program(BLOCKS.format(path=str(life.path)))
    with project.command("preview") as process:
        assert life.said() == "up\n"
        process.kill()
        assert life.said() == ""
        assert process.stdout is not None
        process.stdout.read()  # its end: the language host, which holds it too, is gone
    assert process.returncode == -9
