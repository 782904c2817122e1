"""What the pages show is run: programs by the recorder, settings by the parser, commands by their names; and links."""

import re
import runpy
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from recorder import ANSWERS, GET_SUBNET
from typer.main import get_command

from gatepost.cli.main import build

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
OWN = ("settings.md", "fleet.md", "plan.md", "policies.md")
"""Pages with tests of their own: stacks/test_settings_page.py, policies/test_page.py, cli/test_plan_page.py."""
LIST = "twingate:index/getTwingateConnectors:getTwingateConnectors"
AMI = "aws:ec2/getAmi:getAmi"


def blocks(*languages: str) -> list:
    found = []
    for page in PAGES:
        fenced = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
        texts = [text for language, text in fenced if language in languages]
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
        GET_SUBNET: lambda asked: {
            **ANSWERS[GET_SUBNET](asked),
            "vpcId": "vpc-0a1b2c3d4e5f60718",
            "availabilityZone": f"eu-central-1{asked['id'][8]}",
        },
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


@pytest.mark.parametrize("text", blocks("sh", "bash", ""))
def test_commands_exist(text):
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True) if line.startswith(("make", "gatepost")) else [""]
        if words[0] == "make":
            assert words[1] in targets
        for inner in re.findall(r"\$\((gatepost [^)]*)\)", line):
            parse(inner.split())
        if words[0] == "gatepost":
            parse(words)


def parse(words):
    """Read a command as typer does, without running it: its name, its options, the number of its arguments."""
    ends = [words.index(end) for end in ("|", ">", "&&", ";") if end in words]
    command: Any = get_command(build())
    rest = words[1 : min(ends, default=None)]
    context = command.make_context("gatepost", list(rest), resilient_parsing=True)
    while hasattr(command, "commands") and rest and not rest[0].startswith("-"):
        name, command, rest = command.resolve_command(context, rest)
        assert command is not None, f"gatepost has no command {name}"
        context = context.__class__(command, parent=context, info_name=name, resilient_parsing=False)
    _, left, _ = command.make_parser(context).parse_args(list(rest))
    assert left == [], words
    inner = rest[rest.index("--") + 1 :] if "--" in rest else []
    if inner[:1] == ["gatepost"]:
        parse(inner)


@pytest.mark.parametrize(
    "line",
    [
        "gatepost staus",
        "gatepost sandbox strt",
        "gatepost status --wach",
        "gatepost images aws --stack",
        "gatepost pair one two",
        "gatepost sandbox run -- gatepost plan --stak prod",
        'eval "$(gatepost complete bash)"',
    ],
)
def test_commands_that_do_not_exist_are_found(line):
    usage_error: Any = typer.BadParameter.__mro__[1]
    with pytest.raises((AssertionError, usage_error)):
        test_commands_exist(line)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []
