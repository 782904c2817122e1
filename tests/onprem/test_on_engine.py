"""A site outside the clouds on the real engine: rotation side by side, and what the commands read of its stack."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from onprem.machine import unpack
from real_stack import Cloud, Stack

from gatepost.boot.onprem import found_in

pytestmark = pytest.mark.engine

COMMANDS = "import typer, gatepost.cli.bundle as b; a = typer.Typer(); a.command()(b.bundle); a.command()(b.pair); a()"


@pytest.fixture
def stack(cloud: Cloud, tmp_path: Path) -> Stack:
    made = Stack(cloud, tmp_path / "project", Path(__file__).parent / "program")
    slots(made, a={}, b={})
    return made


def slots(stack: Stack, **wanted: dict[str, int]) -> None:
    stack.settings["hq:slots"] = json.dumps(wanted)


def gatepost(stack: Stack, *words: str) -> str:
    """What a command prints, where nobody reads it but a script."""
    command = ["run", "--", sys.executable, "-c", COMMANDS, *words, "--stack", stack.name]
    done = stack.cloud.gatepost(*command, cwd=stack.folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def pairs(stack: Stack, *names: str) -> dict[str, dict[str, str]]:
    text = {name: gatepost(stack, "pair", f"hq-{stack.name}-site-{name}") for name in names}
    return {name: dict(line.split("=", 1) for line in lines.splitlines()) for name, lines in text.items()}


def there(stack: Stack) -> set[str]:
    """Names of the Connectors in Twingate, without the suffix that Pulumi makes."""
    found = stack.cloud.connectors(f"hq-{stack.name}")
    return {name.removeprefix(f"hq-{stack.name}-site-").rpartition("-")[0] for name in found}


def ids(stack: Stack) -> dict[str, Any]:
    return {name: ident for name, ident in stack.ids().items() if "-site-" in name}


def test_a_slot_rotates_beside_its_old_connector_and_the_commands_find_what_hosts_need(stack: Stack, tmp_path: Path):
    up = stack.up().ok()
    assert there(stack) == {"a-1", "b-1"}
    stack.unchanged().ok()
    first, made = pairs(stack, "a-1", "b-1"), ids(stack)
    tokens = [pair[key] for pair in first.values() for key in ("TWINGATE_ACCESS_TOKEN", "TWINGATE_REFRESH_TOKEN")]
    assert len(set(tokens)) == 4
    bundles = list(found_in(stack.outputs()))
    assert [one.name for one in bundles] == [f"hq-{stack.name}-site-{slot}-1" for slot in "ab"]
    assert [first[slot]["GATEPOST_CONNECTOR_ID"] for slot in first] == [one.connector_id for one in bundles]

    slots(stack, a={"generation": 2}, b={})
    up2 = stack.up().ok()
    assert there(stack) == {"a-1", "a-2", "b-1"}
    assert pairs(stack, "a-1", "b-1") == first
    assert {name: ident for name, ident in ids(stack).items() if name in made} == made
    second = pairs(stack, "a-2")["a-2"]

    written = gatepost(stack, "bundle", "--to", str(tmp_path / "bundles"), "--json")
    found = {one.name: one for one in found_in(stack.outputs())}
    assert [row["name"] for row in json.loads(written)] == list(found)
    for one in found.values():
        unpack(one, tmp_path / "expected")
    texts = {
        folder: {
            str(p.relative_to(tmp_path / folder)): p.read_text() for p in (tmp_path / folder).rglob("*") if p.is_file()
        }
        for folder in ("bundles", "expected")
    }
    assert texts["bundles"] == texts["expected"]
    assert len(texts["bundles"]) == 3 * 13

    slots(stack, a={"generation": 2, "retire": 1}, b={})
    up3 = stack.up().ok()
    assert there(stack) == {"a-2", "b-1"}
    assert pairs(stack, "a-2", "b-1") == {"a-2": second, "b-1": first["b-1"]}
    stack.unchanged().ok()
    printed = [up.text, up2.text, up3.text, stack.state(), json.dumps(stack.outputs()), *texts["bundles"].values()]
    assert [token for token in tokens if any(token in text for text in printed)] == []
    stack.destroy().ok()
    assert there(stack) == set()
