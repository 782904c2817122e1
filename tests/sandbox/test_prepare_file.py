"""Settings files: which can be read, and what the engine gets of them in the sandbox."""

from pathlib import Path

import pytest
import yaml

from gatepost.settings import parse
from gatepost_sandbox.home import SandboxError
from gatepost_sandbox.prepare.file import read, write

GOOD = """
config:
  gatepost:tenant: acme
  gatepost:fleet:
    remote_networks:
      payments:
        sites:
          frankfurt:
            cloud: aws
            region: eu-central-1
            image: ami-0123abcd
            network: {create: {cidr: 10.40.0.0/22, zones: [eu-central-1a, eu-central-1b]}}
            connectors: {a: {}, b: {}}
"""


def given(folder: Path, text: str, name: str = "Pulumi.prod.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_file_says_its_stack_its_tenant_and_what_it_adopts(tmp_path: Path):
    plan = read(given(tmp_path, GOOD))
    assert (plan.stack, plan.tenant, plan.notes) == ("prod", "acme", [])
    assert [want["id"] for want in plan.wants] == ["ami-0123abcd"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("prod.yaml", GOOD, "The file {path} is not named like a stack's settings. Allowed: Pulumi.<stack>.yaml, such "
         "as stacks/Pulumi.prod.yaml."),
        ("Pulumi.prod.yaml", "config: {", "The file {path} is not YAML: while parsing a flow node expected the node "
         'content, but found \'<stream end>\' in "<unicode string>", line 1, column 10: config: {{ ^.'),
        ("Pulumi.prod.yaml", "a: 1", "The file {path} has no config: with the settings of a stack below it."),
        ("Pulumi.prod.yaml", "", "The file {path} has no config: with the settings of a stack below it."),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told(tmp_path: Path, name: str, text: str, told: str):
    path = given(tmp_path, text, name)
    with pytest.raises(SandboxError) as caught:
        read(path)
    assert str(caught.value) == told.format(path=path)


def test_every_problem_of_the_settings_is_told_at_once(tmp_path: Path):
    text = GOOD.replace("region:", "regoin:").replace("gatepost:tenant: acme", "a: 1")
    path = given(tmp_path, text)
    _, problems = parse(yaml.safe_load(text)["config"]["gatepost:fleet"], environment="prod")
    with pytest.raises(SandboxError) as caught:
        read(path)
    first, *lines, last = str(caught.value).splitlines()
    assert first == f"The settings in {path} cannot be used. Nothing was made."
    assert lines == [f"  {problem}" for problem in problems]
    assert len(lines) == 2
    assert last == "  gatepost:tenant: This setting is needed and missing. It is acme of acme.twingate.com."


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    path = tmp_path / "Pulumi.prod.yaml"
    with pytest.raises(SandboxError) as caught:
        read(path)
    assert str(caught.value) == f"The file {path} cannot be read: No such file or directory."


SECRET = (
    GOOD
    + "  gatepost:azure: {registries: {x: {username: acme, password: {secure: v1:abc}}}}\nsecretsprovider: awskms://k\n"
)


def test_the_copy_for_the_engine_has_no_secret_and_keeps_the_salt_of_an_earlier_one(tmp_path: Path):
    target = tmp_path / "deep" / "copy.yaml"
    write(given(tmp_path, SECRET), target)
    copy = yaml.safe_load(target.read_text())
    assert copy["config"].pop("gatepost:azure") == {"registries": {"x": {"username": "acme", "password": "sandbox"}}}
    assert copy == yaml.safe_load(GOOD)
    target.write_text(target.read_text() + "encryptionsalt: v1:salt\n")
    write(given(tmp_path, GOOD), target)
    assert yaml.safe_load(target.read_text()) == {"encryptionsalt": "v1:salt", **yaml.safe_load(GOOD)}


def test_a_copy_that_cannot_be_written_is_told(tmp_path: Path):
    target = tmp_path / "folder"
    target.mkdir()
    with pytest.raises(SandboxError) as caught:
        write(given(tmp_path, GOOD), target)
    assert str(caught.value) == f"The file {target} cannot be written: Is a directory."
