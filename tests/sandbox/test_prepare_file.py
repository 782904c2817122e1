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


NO_MAP = (
    "The settings in {path} cannot be used. Nothing was made.\n"
    "  Pulumi.prod.yaml: The file has no map under config:, so it holds no settings."
)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("prod.yaml", GOOD, "The file {path} is not named like a stack's settings. Allowed: Pulumi.<stack>.yaml, such "
         "as stacks/Pulumi.prod.yaml."),
        ("Pulumi.prod.yaml", "config:\n  a: 1\n  a: 2\n", "The settings in {path} cannot be used. Nothing was made.\n"
         "  Pulumi.prod.yaml, line 3: This is not YAML: the key 'a' is there twice."),
        ("Pulumi.prod.yaml", "a: 1", NO_MAP),
        ("Pulumi.prod.yaml", "", NO_MAP),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told(tmp_path: Path, name: str, text: str, told: str):
    path = given(tmp_path, text, name)
    with pytest.raises(SandboxError) as caught:
        read(path)
    assert str(caught.value) == told.format(path=path)


def test_every_problem_of_the_settings_is_told_at_once(tmp_path: Path):
    text = GOOD.replace("region:", "regoin:").replace("gatepost:tenant: acme", "gatepost:gate: {poll_second: 1}")
    path = given(tmp_path, text)
    _, problems = parse(yaml.safe_load(text)["config"]["gatepost:fleet"], environment="prod")
    with pytest.raises(SandboxError) as caught:
        read(path)
    first, *lines, gate, tenant = str(caught.value).splitlines()
    assert first == f"The settings in {path} cannot be used. Nothing was made."
    assert lines == [f"  {problem}" for problem in problems]
    assert len(lines) == 2
    assert gate.startswith("  gatepost:gate.poll_second: There is no such setting. ")
    assert tenant == (
        "  gatepost:tenant: This setting is needed and missing. It is the name of your Twingate network, acme of "
        "acme.twingate.com."
    )


def test_values_are_read_as_the_engine_reads_them(tmp_path: Path):
    text = GOOD.replace("  gatepost:fleet:\n", "  acme:when: yes\n  gatepost:fleet:\n    tags: {on: 1:30}\n")
    path = given(tmp_path, text)
    read(path)
    write(path, tmp_path / "copy.yaml")
    copy = yaml.safe_load((tmp_path / "copy.yaml").read_text())["config"]
    assert (copy["acme:when"], copy["gatepost:fleet"]["tags"]) == ("yes", {"on": "1:30"})


def test_an_encrypted_tenant_is_the_sandbox(tmp_path: Path):
    assert read(given(tmp_path, GOOD.replace("tenant: acme", "tenant: {secure: v1:abc}"))).tenant == "sandbox"


def test_a_file_that_is_not_there_is_told(tmp_path: Path):
    path = tmp_path / "Pulumi.prod.yaml"
    with pytest.raises(SandboxError) as caught:
        read(path)
    assert str(caught.value) == f"{path} cannot be read: No such file or directory."


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


def test_the_settings_themselves_are_never_written_over(tmp_path: Path):
    path = given(tmp_path, SECRET)
    with pytest.raises(SandboxError) as caught:
        write(path, tmp_path / "." / path.name)
    assert str(caught.value).endswith("is the settings file itself, whose secrets would be lost. Give another file.")
    assert path.read_text() == SECRET


@pytest.mark.parametrize("left", ["", "a: [", "- a list"])
def test_a_copy_that_was_left_half_written_is_written_anew(tmp_path: Path, left: str):
    target = tmp_path / "copy.yaml"
    target.write_text(left)
    write(given(tmp_path, GOOD), target)
    assert yaml.safe_load(target.read_text()) == yaml.safe_load(GOOD)


def test_a_copy_that_cannot_be_written_is_told(tmp_path: Path):
    target = tmp_path / "folder"
    target.mkdir()
    with pytest.raises(SandboxError) as caught:
        write(given(tmp_path, GOOD), target)
    assert str(caught.value) == f"The file {target} cannot be written: Is a directory."
