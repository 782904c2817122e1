"""gatepost's own stack under the pack, on the engine: no violation before and after it is made."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from real_stack import ROOT, Cloud, Run, Stack

pytestmark = pytest.mark.engine
PACK = ("--policy-pack", str(ROOT / "policies"))


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    made = Cloud(tmp_path_factory.mktemp("sandbox") / "home")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def stack(cloud: Cloud, tmp_path: Path) -> Stack:
    return Stack(cloud, tmp_path / "project", ROOT / "stacks")


def levels(environment: str) -> tuple[str, ...]:
    return (*PACK, "--policy-pack-config", str(ROOT / f"policies/levels/{environment}.json"))


def reported(text: str) -> list[tuple[str, str]]:
    """(level, policy) of everything that the pack reports."""
    return re.findall(r"^ +- \[(\w+)\] +\[severity: \w+\] +([\w-]+) ", text, re.MULTILINE)


def preview(stack: Stack, environment: str) -> Run:
    return stack.pulumi("preview", "--stack", stack.name, "--color", "never", *levels(environment))


def test_the_stack_passes_before_and_after_it_is_made(stack: Stack):
    first = preview(stack, "dev").ok()
    assert reported(first.text) == [
        ("advisory", "aws-iam-own-identity"),
        ("advisory", "connector-interchangeable"),
    ]  # the policies of roles name parameters that are still to be made
    assert reported(stack.up(*levels("dev")).ok().text) == []
    assert reported(preview(stack, "dev").ok().text) == []
    in_production = preview(stack, "prod")
    assert in_production.code != 0
    assert reported(in_production.text) == [("mandatory", "aws-ec2-exit-ips-kept")] * 2  # dev does not protect them
