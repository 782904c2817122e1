"""Commands that name a stack, in a checkout whose programs are stand-ins."""

import subprocess

import pytest
from tools.checkout import RUN, TAIL, Checkout, steps

COPY = ".gatepost/stacks/Pulumi.prod.yaml"


def _prod(checkout: Checkout) -> list[str]:
    """What comes before the engine for another stack than dev."""
    root = checkout.root
    return [
        "gatepost sandbox start",
        f"gatepost sandbox prepare stacks/Pulumi.prod.yaml --write {root / COPY}",
        f"{RUN} -C {root / COPY.rpartition('/')[0]} stack select --create prod {TAIL}",
    ]


def test_up_of_another_stack_prepares_what_it_adopts_and_leaves_its_file_alone(checkout) -> None:
    ran = checkout.dev("up", "--stack", "prod", "--refresh")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert checkout.calls() == [
        *_prod(checkout),
        f"{RUN} up --yes --stack prod --config-file {checkout.root / COPY} --policy-pack policies {TAIL} --refresh",
        "gatepost sandbox status",
    ]
    assert (checkout.root / "stacks/Pulumi.prod.yaml").read_text() == "stacks/Pulumi.prod.yaml"
    assert (checkout.root / ".gatepost/stacks/Pulumi.yaml").read_text() == "name: gatepost\nruntime: python\n"
    assert "The key cannot be made.\n" in ran.stdout
    assert "a VPC" not in ran.stdout


def test_preview_shows_the_plan_and_builds_nothing(checkout) -> None:
    ran = checkout.dev("preview", "--stack", "prod")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert checkout.calls() == [
        *_prod(checkout),
        f"{RUN} preview --stack prod --config-file {checkout.root / COPY} --policy-pack policies {TAIL}",
    ]
    assert "what would be done" in ran.stdout
    assert steps(ran.stdout) == ["environment", "engine", "sandbox", "prepare", "stack", "total"]


def test_preview_of_dev_needs_nothing_more(checkout) -> None:
    assert checkout.dev("preview").returncode == 0
    levels = "--policy-pack policies --policy-pack-config policies/levels/dev.json"
    assert checkout.calls()[1:] == [
        f"{RUN} stack select --create dev {TAIL}",
        f"{RUN} preview --stack dev {levels} {TAIL}",
    ]


def test_failed_preview_fails_the_command(checkout) -> None:
    checkout.programs(preview="exit 6")
    ran = checkout.dev("preview")
    assert (ran.returncode, ran.stderr) == (6, "The preview ended with exit code 6; what it said stands above.\n")


@pytest.mark.parametrize("command", ["up", "preview"])
@pytest.mark.parametrize(("named", "found"), [(["--stack", "prd"], "prd"), (["--stack"], "")])
def test_unknown_stack_is_a_sentence_before_anything_starts(checkout, command, named, found) -> None:
    ran = checkout.dev(command, *named)
    assert ran.returncode == 1
    assert ran.stderr == (
        f"There is no stack '{found}': stacks/Pulumi.{found}.yaml is missing. Known: dev, prod. "
        f"Name one: make {command} STACK=prod\n"
    )
    assert checkout.calls() == []


def test_down_takes_every_stack_that_was_brought_up_here(checkout) -> None:
    checkout.dev("up", "--stack", "prod")
    checkout.calls()
    assert checkout.dev("down").returncode == 0
    assert checkout.calls()[4:6] == [
        f"{RUN} destroy --yes --exclude-protected --stack prod --config-file {checkout.root / COPY} {TAIL}",
        f"{RUN} stack rm prod --yes --force --preserve-config {TAIL}",
    ]
    assert not (checkout.root / ".gatepost").exists() or list((checkout.root / ".gatepost").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "pytest_gets"), [(["STACK=prod"], ""), (["ARGS=tests/boot", "STACK=prod"], " tests/boot")]
)
def test_make_names_a_stack_to_those_that_take_one(checkout, words, pytest_gets) -> None:
    subprocess.run(["make", "preview", words[-1]], cwd=checkout.root, capture_output=True, check=True)
    assert checkout.calls()[-1].startswith(f"{RUN} preview --stack prod ")
    subprocess.run(["make", "test", *words], cwd=checkout.root, capture_output=True, check=True)
    assert checkout.calls() == [f"python -m pytest -n auto --dist worksteal{pytest_gets}"]
