"""What the pages show is run: programs by the recorder, settings by the parser, commands by their names; and links."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
OWN = ("settings.md", "fleet.md", "policies.md")
"""Pages with tests of their own: stacks/test_settings_page.py, policies/test_page.py."""
LIST = "twingate:index/getTwingateConnectors:getTwingateConnectors"
AMI = "aws:ec2/getAmi:getAmi"


def blocks(language: str) -> list:
    found = []
    for page in PAGES:
        texts = re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
        found += [pytest.param(text, id=f"{page.relative_to(ROOT)}-{i}") for i, text in enumerate(texts)]
    return found


def is_own(block) -> bool:
    return any(name in block.id for name in OWN)


@pytest.mark.parametrize("text", [b for b in blocks("python") if not is_own(b)])
def test_programs_run_as_they_stand(deploy, tmp_path, text):
    program = tmp_path / "program.py"
    program.write_text(text)
    answers = {
        AMI: lambda asked: {"id": "ami-0abc"},
        LIST: lambda _: {
            "connectors": [
                {"id": f"payments-frankfurt-{slot}-id", "state": "ALIVE", "publicIp": "198.51.100.7"} for slot in "ab"
            ]
        },
    }
    seen = deploy(lambda: runpy.run_path(str(program)) and None, answers=answers)
    assert len(seen.of("aws:ec2/instance:Instance")) == 2


@pytest.mark.parametrize("text", [b for b in blocks("yaml") if not is_own(b)])
def test_settings_are_accepted(text):
    from gatepost.settings import parse_gate

    (values,) = yaml.safe_load(text).values()
    assert parse_gate(values)[1] == []


@pytest.mark.parametrize("text", blocks("sh"))
def test_commands_exist(text):
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words[0] == "make":
            assert words[1] in targets
        elif words[:2] == ["gatepost", "sandbox"]:
            options = [word for word in words[3 : words.index("--") if "--" in words else None] if word.startswith("-")]
            helped = subprocess.run(
                [sys.executable, "-c", "from gatepost.cli.main import run; run()", "sandbox", words[2], "--help"],
                capture_output=True,
                text=True,
                check=True,
            )
            assert [option for option in options if option not in helped.stdout] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []
