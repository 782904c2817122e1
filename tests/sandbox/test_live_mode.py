"""The test of a real account, run against the sandbox: it is the same program, and only the environment differs."""

import subprocess
import sys
from pathlib import Path

import pytest
from real_stack import ROOT, Cloud
from sandbox.helpers import Sandbox

PROGRAM = """
import pulumi
from pulumi_twingate import TwingateRemoteNetwork

pulumi.export("remote_networks", {"live": TwingateRemoteNetwork("live", name="live-mode").id})
"""
LIVE = [
    sys.executable,
    "-m",
    "pytest",
    str(ROOT / "tests" / "live"),
    "-q",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:randomly",
]
STEPS = {"remoteNetworkCreate", "remoteNetworkDelete"}


@pytest.fixture
def project(other_sandbox: Sandbox, tmp_path: Path) -> Path:
    """A selected stack in a sandbox of its own."""
    (tmp_path / "Pulumi.yaml").write_text("name: live-mode\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    cloud = Cloud(other_sandbox.path)
    cloud.start()
    assert cloud.gatepost("run", "--", "pulumi", "stack", "init", "dev", cwd=tmp_path).returncode == 0
    return tmp_path


def live(sandbox: Sandbox, project: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    variables["GATEPOST_LIVE"] = str(project)
    return Cloud(sandbox.path).gatepost("run", "--", *LIVE, "-m", "live", cwd=ROOT, **variables)


@pytest.mark.engine
@pytest.mark.timeout(180)
def test_a_live_stack_comes_up_and_is_destroyed_only_on_request(other_sandbox: Sandbox, project: Path) -> None:
    for destroy, writes in (("", ["remoteNetworkCreate"]), ("1", ["remoteNetworkCreate", "remoteNetworkDelete"])):
        done = live(other_sandbox, project, GATEPOST_LIVE_DESTROY=destroy)
        assert done.returncode == 0, done.stdout
        calls = other_sandbox.page("GET", "history").body["calls"]
        assert [call["operation"] for call in calls if call["operation"] in STEPS] == writes


def test_without_a_project_the_live_test_says_what_is_missing(sandbox: Sandbox, tmp_path: Path) -> None:
    done = live(sandbox, tmp_path)
    assert done.returncode == 1
    assert f"GATEPOST_LIVE is '{tmp_path}'; it must be a folder with a Pulumi.yaml and a selected stack." in done.stdout


def test_live_tests_run_only_where_they_are_named() -> None:
    done = subprocess.run([*LIVE, "--collect-only"], cwd=ROOT, text=True, capture_output=True, check=False)
    assert (done.returncode, "1 deselected" in done.stdout) == (5, True), done.stdout
