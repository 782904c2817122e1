"""The templates of staging and prod are good settings, and keep what others depend on."""

import re
from typing import Any

import pytest
import yaml
from real_stack import ROOT

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
