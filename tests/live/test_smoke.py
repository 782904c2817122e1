"""A stack of a real account, from preview to outputs; it is destroyed only on request."""

import json
import os
import subprocess
from pathlib import Path

import pytest

pytestmark = [pytest.mark.live, pytest.mark.timeout(5400)]


def pulumi(project: Path, *arguments: str) -> str:
    """What the command prints; it must succeed."""
    command = ["pulumi", *arguments, "--non-interactive", "--color", "never"]
    done = subprocess.run(command, cwd=project, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


def test_a_stack_comes_up_and_stays_as_it_is(project: Path):
    pulumi(project, "preview")
    try:
        pulumi(project, "up", "--yes", "--skip-preview")
        pulumi(project, "preview", "--expect-no-changes", "--diff")
        outputs = json.loads(pulumi(project, "stack", "output", "--json"))
        assert list(outputs.get("remote_networks", {})) != []
    finally:
        if os.environ.get("GATEPOST_LIVE_DESTROY") == "1":
            pulumi(project, "destroy", "--yes", "--skip-preview")
