"""The JSON schema of a stack's file: current, a home for every good example, and no home for misspelt settings."""

import copy
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from stacks.test_settings_page import EXAMPLES, config_of
from typer.testing import CliRunner

from gatepost.cli.main import build
from gatepost.schema import COMMENT, FILE, schema, text

ROOT = Path(__file__).parents[2]
STACKS = sorted((ROOT / "stacks").glob("Pulumi.*.yaml"))
VALIDATOR = Draft202012Validator(schema())


GOOD = [config_of(example) for example, told in EXAMPLES if told is None]


def problems(config) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors({"config": config})]


def dev() -> dict:
    return yaml.safe_load((ROOT / "stacks" / "Pulumi.dev.yaml").read_text())["config"]


def test_the_file_is_current():
    assert (ROOT / "stacks" / FILE).read_text() == text(), "write it again: gatepost schema --write"
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.name)
def test_stacks_name_it_and_fit(path):
    assert path.read_text().startswith(f"{COMMENT}\n")
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(path.read_text()))] == []


@pytest.mark.parametrize("config", GOOD)
def test_good_examples_fit(config):
    assert problems(config) == []


EDITS = {
    "gatepost:flet": lambda config: config.update({"gatepost:flet": {}}),
    "remote_network": lambda config: config["gatepost:fleet"].update(remote_network={}),
    "titel": lambda config: config["gatepost:fleet"]["remote_networks"]["payments"].update(titel="x"),
    "polls": lambda config: config["gatepost:gate"].update(polls=1),
}
IN_A_SITE = {
    "sice": lambda site: site.update(sice="t3a.small"),
    "cloud": lambda site: site.update(cloud="asw"),
    "exits": lambda site: site["exit"].update(kind="nta"),
    "zone": lambda site: site["connectors"]["a"].update(zones="eu-central-1a"),
    "subnetworks": lambda site: site["network"]["create"].update(subnetworks=[]),
}


@pytest.mark.parametrize("edit", EDITS)
def test_what_is_misspelt_does_not_fit(edit):
    config = dev()
    EDITS[edit](config)
    (problem,) = problems(config)
    assert edit in problem or "False schema" in problem


@pytest.mark.parametrize("edit", IN_A_SITE)
def test_what_is_misspelt_in_a_site_does_not_fit(edit):
    config = dev()
    IN_A_SITE[edit](config["gatepost:fleet"]["remote_networks"]["payments"]["sites"]["frankfurt"])
    (error,) = VALIDATOR.iter_errors({"config": config})
    assert list(error.absolute_path)[-2:] == ["sites", "frankfurt"]


def test_a_secret_may_stand_for_what_no_file_shows():
    config = {
        "gatepost:azure": {"registries": {"index.docker.io": {"username": "acme", "password": {"secure": "v1:x"}}}}
    }
    assert problems(config) == []
    assert problems({"gatepost:azure": {"secure": "v1:x"}}) == []
    plain = copy.deepcopy(config)
    plain["gatepost:azure"]["registries"]["index.docker.io"]["pasword"] = "x"
    assert len(problems(plain)) == 1


def test_settings_are_described_where_people_type_them():
    parts = schema()["$defs"]
    assert parts["FleetSettings"]["properties"]["tags"]["description"] == (
        "Put on every resource that takes tags or labels, in every cloud."
    )
    assert parts["ConnectorSlot"]["properties"]["log_level"]["description"] == "None: the site's."


def test_the_command_prints_it_and_writes_it(tmp_path):
    run, path = CliRunner(), tmp_path / "gatepost.schema.json"
    assert run.invoke(build(), ["schema"]).stdout == text()
    assert run.invoke(build(), ["schema", "--write", "--to", str(path)]).stdout.startswith("written: ")
    assert path.read_text() == text()
    refused = run.invoke(build(), ["schema", "--write", "--to", str(tmp_path / "absent" / "x.json")])
    assert refused.exit_code == 1
    assert "cannot be written" in refused.stderr
    assert "Traceback" not in refused.output
