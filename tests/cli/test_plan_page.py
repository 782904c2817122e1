"""docs/plan.md and its picture show what the command does now."""

import copy
import re
from pathlib import Path

import yaml
from typer.testing import CliRunner

from gatepost.cli.main import build
from gatepost.resource_settings import ResourceSettings

ROOT = Path(__file__).resolve().parents[2]
DEV = ROOT / "stacks" / "Pulumi.dev.yaml"
PAGE = (ROOT / "docs" / "plan.md").read_text()
TEXTS = re.findall(r"^```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
(YAML,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def call(*words):
    return CliRunner().invoke(build(), ["plan", *map(str, words)], prog_name="gatepost")


def test_the_plan_of_the_dev_stack():
    """To renew it: gatepost plan stacks/Pulumi.dev.yaml."""
    assert call(DEV).stdout == TEXTS[0]


def test_the_resources(tmp_path):
    data = copy.deepcopy(yaml.safe_load(DEV.read_text()))
    data["config"]["gatepost:fleet"]["remote_networks"]["office"] |= yaml.safe_load(YAML)
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(yaml.safe_dump(data))
    done = call(file)
    assert (done.exit_code, done.stdout.partition("\nReachability\n")[2]) == (1, TEXTS[1])


def test_the_table_has_every_setting_of_a_resource():
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", PAGE.partition("## Resources")[2], re.MULTILINE)
    assert re.findall(r"\w+", " ".join(rows)) == list(ResourceSettings.model_fields)


def test_every_option_stands_on_the_page():
    words = call("--help").stdout
    options = set(re.findall(r"--[a-z]+", words)) - {"--help", "--cwd"}
    assert {option for option in options if option not in PAGE} == set()


def test_the_picture_is_that_of_the_dev_stack(tmp_path):
    """To renew it: gatepost plan stacks/Pulumi.dev.yaml --picture docs/dev-fleet.svg."""
    new = tmp_path / "new.svg"
    call(DEV, "--picture", new)
    assert new.read_text() == (ROOT / "docs" / "dev-fleet.svg").read_text()
