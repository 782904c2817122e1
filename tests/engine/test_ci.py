"""`gatepost ci` on the real engine: a first preview, a second one with nothing to do, an exit address that would go."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from real_stack import ROOT, Stack

pytestmark = pytest.mark.engine
CI = ("run", "--", sys.executable, "-c", "from gatepost.cli.main import run; run()", "ci")


def ci(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    stack.write()
    where = ("--cwd", str(stack.folder), "--pack", str(ROOT / "policies"))
    return stack.cloud.gatepost(*CI, *where, "--stack", stack.name, *arguments, cwd=ROOT)


def environment(folder: Path, stack: Stack, **rules: str) -> tuple[str, str]:
    """Levels of the stack."""
    folder.mkdir(exist_ok=True)
    levels = {rule.replace("_", "-"): {"enforcementLevel": level} for rule, level in rules.items()}
    (folder / f"{stack.name}.json").write_text(json.dumps(levels))
    return ("--levels", str(folder))


def test_a_first_preview_passes_and_a_removed_exit_address_is_told(stack: Stack, tmp_path: Path):
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    calls = len(stack.cloud.calls())
    first = ci(stack, "--summary", str(summary), *environment(tmp_path, stack, aws_ec2_exit_ips_kept="disabled"))
    assert (first.returncode, first.stderr) == (0, "")
    assert summary.read_text() == f"before\n{first.stdout}"
    assert [call for call in stack.cloud.calls()[calls:] if call["write"]] == []
    lines = first.stdout.splitlines()
    assert re.fullmatch(rf"\| {stack.name} \| passes \| \d+ create \| \*\*2 added, 0 removed\*\*, 0 kept \|", lines[2])
    assert [line for line in lines if line.startswith("- new ")] == [
        "- new Connector `payments-frankfurt-a`",
        "- new Connector `payments-frankfurt-b`",
        "- new Remote Network `payments-network`",
        "- new host `payments-frankfurt-a-host-instance`",
        "- new host `payments-frankfurt-b-host-instance`",
    ]
    assert "### To be judged at update" in lines

    stack.up().ok()
    kept = stack.outputs()["remote_networks"]["payments"]["exit_ips"]
    stack.site["connectors"]["a"]["generation"] = 2
    changed = ci(stack, *environment(tmp_path, stack, aws_ec2_exit_ips_kept="mandatory"))
    assert changed.returncode == 1
    text = changed.stdout
    assert "| **fails** (2 violations) |" in text
    assert text.count("- `aws-ec2-exit-ips-kept` on `payments-frankfurt-exits-ip-eu-central-1") == 2
    exits = sorted(line.split()[2] for line in text.splitlines() if line.startswith("- kept "))
    assert exits == kept
    assert "- **replaced** Connector `payments-frankfurt-a`" in text
    assert "- **replaced** host `payments-frankfurt-a-host-instance`" in text
    assert "payments-frankfurt-b-host-instance" not in text
