"""The vendor's plugins in place of ours: which are taken, from where, and what is said when that cannot be."""

import json
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest
from real_stack import Cloud
from sandbox.helpers import Sandbox, send

AWS, GCP = version("pulumi-aws"), version("pulumi-gcp")
LIVE = "Leave it out, and try it with a real account: GATEPOST_LIVE, in docs/sandbox-real.md."


GOOGLE_READS = (
    ("GOOGLE_COMPUTE_CUSTOM_ENDPOINT", "projects/gatepost-sandbox/global/networks"),
    ("GOOGLE_DNS_CUSTOM_ENDPOINT", "projects/gatepost-sandbox/policies"),
    ("GOOGLE_IAM_CUSTOM_ENDPOINT", "projects/gatepost-sandbox/serviceAccounts"),
    ("GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT", "projects/gatepost-sandbox"),
    ("GOOGLE_SECRET_MANAGER_CUSTOM_ENDPOINT", "projects/gatepost-sandbox/secrets"),
)


@pytest.fixture
def pulumi_home(tmp_path: Path) -> Path:
    """A user's Pulumi home with the AWS plugin of the SDK's version and an older one."""
    for number in (AWS, "7.0.0"):
        folder = tmp_path / "pulumi" / "plugins" / f"resource-aws-v{number}"
        folder.mkdir(parents=True)
        plugin = folder / "pulumi-resource-aws"
        plugin.write_text(f"#!/bin/sh\necho real {number}\n")
        plugin.chmod(0o755)
        (folder / "PulumiPlugin.yaml").write_text("runtime: go\n")
    return tmp_path / "pulumi"


def start(sandbox: Sandbox, names: str, pulumi_home: Path) -> str:
    """The message of a start that must fail, empty for one that went well."""
    done = sandbox.cli("start", GATEPOST_REAL_PLUGINS=names, PULUMI_HOME=str(pulumi_home))
    assert done.returncode == (1 if done.stderr else 0)
    return done.stderr


def test_the_real_plugin_stands_where_ours_would(other_sandbox: Sandbox, pulumi_home: Path) -> None:
    assert start(other_sandbox, " aws,", pulumi_home) == ""
    plugins = other_sandbox.path / "pulumi-home" / "plugins"
    (folder,) = plugins.glob("resource-aws-*")
    assert folder.name == f"resource-aws-v{AWS}"
    assert {p.name: p.readlink() for p in folder.iterdir()} == {
        p.name: p for p in (pulumi_home / "plugins" / f"resource-aws-v{AWS}").iterdir()
    }
    assert subprocess.check_output([folder / "pulumi-resource-aws"], text=True) == f"real {AWS}\n"
    (ours,) = plugins.glob("resource-twingate-*/pulumi-resource-twingate")
    assert "gatepost_sandbox.providers twingate" in ours.read_text()


def test_googles_plugin_is_led_to_the_sandbox(other_sandbox: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "plugins" / f"resource-gcp-v{GCP}"
    folder.mkdir(parents=True)
    (folder / "pulumi-resource-gcp").write_text("#!/bin/sh\nenv\n")
    (folder / "pulumi-resource-gcp").chmod(0o755)
    assert start(other_sandbox, "gcp", tmp_path) == ""
    (plugin,) = other_sandbox.path.glob("pulumi-home/plugins/resource-gcp-*/pulumi-resource-gcp")
    seen = dict(line.split("=", 1) for line in other_sandbox.cli("run", "--", str(plugin)).stdout.splitlines())
    google = other_sandbox.running.clouds["gcp"]
    assert {key: seen[key].replace(google, "") for key in seen if key.startswith("GOOGLE_")} == {
        "GOOGLE_PROJECT": "gatepost-sandbox",
        "GOOGLE_OAUTH_ACCESS_TOKEN": "sandbox",
        "GOOGLE_COMPUTE_CUSTOM_ENDPOINT": "/compute/v1/",
        "GOOGLE_DNS_CUSTOM_ENDPOINT": "/dns/v1/",
        "GOOGLE_IAM_CUSTOM_ENDPOINT": "/v1/",
        "GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT": "/v1/",
        "GOOGLE_SECRET_MANAGER_CUSTOM_ENDPOINT": "/v1/",
    }
    answers = [send("GET", seen[name] + path) for name, path in GOOGLE_READS]
    assert [answer.status for answer in answers] == [200] * len(GOOGLE_READS), answers


@pytest.mark.engine
def test_the_engine_finds_the_real_plugin(other_sandbox: Sandbox, pulumi_home: Path) -> None:
    assert start(other_sandbox, "aws", pulumi_home) == ""
    listed = Cloud(other_sandbox.path).gatepost("run", "--", "pulumi", "plugin", "ls", "--json")
    found = {p["name"]: p["version"] for p in json.loads(listed.stdout)}
    assert (found["aws"], found["twingate"]) == (AWS, version("pulumi-twingate"))


def test_a_missing_plugin_is_told_with_the_command(other_sandbox: Sandbox, tmp_path: Path) -> None:
    empty = tmp_path / "nothing"
    assert start(other_sandbox, "aws", empty) == (
        f"GATEPOST_REAL_PLUGINS names 'aws', but {empty}/plugins/resource-aws-v{AWS} is not there or not complete. "
        f"Install it with: pulumi plugin install resource aws {AWS}\n"
    )
    assert other_sandbox.home.running() is None


def test_a_plugin_that_is_half_installed_is_not_taken(other_sandbox: Sandbox, pulumi_home: Path) -> None:
    (pulumi_home / "plugins" / f"resource-aws-v{AWS}.partial").touch()
    assert "is not there or not complete" in start(other_sandbox, "aws", pulumi_home)


def test_the_users_home_is_the_default(other_sandbox: Sandbox, tmp_path: Path) -> None:
    done = other_sandbox.cli("start", GATEPOST_REAL_PLUGINS="aws", PULUMI_HOME="", HOME=str(tmp_path))
    assert f"but {tmp_path}/.pulumi/plugins/resource-aws-v{AWS} is not there" in done.stderr


def test_every_name_that_cannot_be_used_is_told(other_sandbox: Sandbox, pulumi_home: Path) -> None:
    assert start(other_sandbox, "twingate, awss, azure-native", pulumi_home).splitlines() == [
        "GATEPOST_REAL_PLUGINS names 'awss'; allowed: aws, gcp.",
        "GATEPOST_REAL_PLUGINS names 'azure-native', whose real plugin cannot be used here: it learns where Azure is "
        "over HTTPS only (metadataHost, ARM_METADATA_HOSTNAME) and signs in there, and the sandbox's Azure speaks HTTP "
        f"and has no sign-in. {LIVE}",
        "GATEPOST_REAL_PLUGINS names 'twingate', whose real plugin cannot be used here: it calls https://NETWORK.URL "
        "only (twingate:network and twingate:url change no more than the name), and the sandbox's Twingate speaks "
        f"HTTP. {LIVE}",
    ]
