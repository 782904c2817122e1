"""The templates of staging and prod are good settings, keep what others depend on, and can be built."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from real_stack import ROOT, Cloud, Stack

from gatepost.advice import advice
from gatepost.settings import FleetSettings, parse, parse_gate

KEPT = re.compile(r"(ami-[0-9a-f]+|.*@sha256:[0-9a-f]{64}|projects/.*/images/[^/]+)")
"""An image that stays what it is."""


def config(stack: str) -> Any:
    return yaml.safe_load((ROOT / "stacks" / f"Pulumi.{stack}.yaml").read_text())["config"]


@pytest.fixture(params=["staging", "prod"])
def fleet(request: pytest.FixtureRequest) -> FleetSettings:
    settings, problems = parse(config(request.param)["gatepost:fleet"], environment=request.param)
    assert problems == []
    return settings


def sites(fleet: FleetSettings) -> list[Any]:
    return [site for network in fleet.remote_networks.values() for site in network.sites.values()]


def test_nothing_to_say_against_it(fleet: FleetSettings):
    assert advice(fleet) == []


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_its_gates_are_right(stack: str):
    assert parse_gate(config(stack).get("gatepost:gate"))[1] == []


def test_every_cloud_is_in_it(fleet: FleetSettings):
    assert {site.cloud for site in sites(fleet)} == {"aws", "gcp", "azure"}


def test_every_image_is_pinned(fleet: FleetSettings):
    assert [site.image for site in sites(fleet) if not KEPT.fullmatch(site.image or "")] == []


def test_addresses_that_are_made_are_protected_and_stay(fleet: FleetSettings):
    made = [site.exit for site in sites(fleet) if site.exit.kind != "adopt"]
    assert {(exit_.protect, exit_.retain) for exit_ in made} == {(True, True)}


def test_the_two_environments_share_no_address_and_no_network():
    ids = [
        set(
            re.findall(
                r"\b(?:vpc|subnet|eipalloc)-\w+|\d+\.\d+\.\d+\.\d+(?=[\],])|resourceGroups/[\w-]+",
                (ROOT / "stacks" / f"Pulumi.{name}.yaml").read_text(),
            )
        )
        for name in ("staging", "prod")
    ]
    assert all(len(each) >= 8 for each in ids)
    assert {one for one in ids[0] & ids[1] if not one.startswith("10.")} == set()


class Environment(Stack):
    """A stack with the name and the settings of an environment, as they stand in its file."""

    def __init__(self, cloud: Cloud, folder: Path, name: str) -> None:
        super().__init__(cloud, folder, ROOT / "stacks")
        self.name, self.settings = name, config(name)
        self.settings["gatepost:gate"] = {"poll_seconds": 0.05}
        self.write()
        self.pulumi("stack", "init", name).ok()

    @property
    def judged(self) -> tuple[str, ...]:
        levels = ROOT / "policies" / "levels" / f"{self.name}.json"
        return ("--policy-pack", str(ROOT / "policies"), "--policy-pack-config", str(levels))


@pytest.mark.engine
@pytest.mark.parametrize("name", ["staging", "prod"])
def test_it_is_built_in_the_sandbox_and_outlived_by_its_exit_ips(cloud: Cloud, tmp_path: Path, name: str):
    env = Environment(cloud, tmp_path / "project", name)
    prepared = cloud.gatepost("prepare", str(ROOT / "stacks" / f"Pulumi.{name}.yaml"))
    assert (prepared.returncode, prepared.stderr) == (0, "")

    run = env.up(*env.judged).ok()
    assert "\u2705 gatepost@" in run.text
    assert re.findall(r"\[(mandatory|advisory|remediate)\]", run.text) == []
    found = {key: env.connectors(key).values() for key in env.networks}
    assert {line["state"] for lines in found.values() for line in lines} == {"ALIVE"}
    slots = {key: sum(len(s["connectors"]) for s in net["sites"].values()) for key, net in env.networks.items()}
    assert {key: len(lines) for key, lines in found.items()} == slots
    outputs = env.outputs()["remote_networks"]
    for key, lines in found.items():
        named = [site["exit"].get("addresses", ()) for site in env.networks[key]["sites"].values()]
        assert set(outputs[key]["exit_ips"]) >= {address for some in named for address in some}
        assert {line["public_ip"] for line in lines} == set(outputs[key]["exit_ips"])
    env.unchanged().ok()

    refused = env.pulumi("destroy", "--yes", "--stack", name, "--color", "never")
    assert refused.code != 0
    assert "exits-dublin-exits-ip-b" in refused.text
    assert "because it is protected" in refused.text
    env.destroy("--exclude-protected").ok()
    assert [key for key in env.networks if env.connectors(key)] == []
    kept = cloud.client("ec2", "eu-west-1").describe_addresses(PublicIps=outputs["exits"]["exit_ips"])["Addresses"]
    assert [address.get("AssociationId") for address in kept] == [None, None]
    assert any(address["AllocationId"].startswith("eipalloc-0a1b2c3d4e5f6") for address in kept)

    env.pulumi("state", "unprotect", "--all", "--yes", "--stack", name).ok()
    env.destroy().ok()
    left = cloud.client("ec2", "eu-west-1").describe_addresses(PublicIps=outputs["exits"]["exit_ips"])["Addresses"]
    assert left == kept
