"""A deliberately bad program on the engine: exactly the expected violations, and nothing is created."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from policies.analyzer import RULES
from real_stack import ROOT, Cloud

from gatepost.cli.ci import STREAM
from gatepost.cli.ci_events import read

AWS = ("aws-a", "aws-b")
EXPECTED: dict[str, tuple[str, ...]] = {
    "aws-ec2-egress": ("aws-out",),
    "aws-ec2-encrypted-disks": AWS,
    "aws-ec2-exit-ips-kept": ("aws-ip",),
    "aws-ec2-imdsv2": AWS,
    "aws-ec2-no-ingress": ("aws-in",),
    "aws-ec2-no-key-pair": AWS,
    "aws-ec2-no-public-ip": AWS,
    "aws-ec2-size": AWS,
    "aws-ec2-static-exit": AWS,
    "aws-iam-own-identity": ("opens", "role"),
    "azure-container-dns": ("azure-a",),
    "azure-container-size": ("azure-a",),
    "azure-network-egress": ("azure-out", "azure-rules"),
    "azure-network-exit-ips-kept": ("azure-ip",),
    "azure-network-no-ingress": ("azure-rules",),
    "azure-network-static-exit": ("azure-ip",),
    "connector-failure-domains": ("net",),
    "connector-interchangeable": ("aws-b",),
    "connector-labels": (*AWS, "azure-a", "azure-rules", "gcp-a", "group"),
    "connector-locations": ("azure-a", "gcp-a"),
    "connector-pinned-image": (*AWS, "azure-a", "gcp-a"),
    "connector-reaches-resources": (),  # the sandbox's Twingate has no Resources
    "connector-vendor-ports": ("group",),
    "gcp-compute-egress": ("gcp-a", "gcp-out"),
    "gcp-compute-exit-ips-kept": ("gcp-ip",),
    "gcp-compute-no-ingress": ("gcp-in",),
    "gcp-compute-no-project-keys": ("gcp-a",),
    "gcp-compute-no-public-ip": ("gcp-a",),
    "gcp-compute-shielded-vm": ("gcp-a",),
    "gcp-compute-size": ("gcp-a",),
    "gcp-compute-static-exit": ("gcp-a",),
    "gcp-iam-own-identity": ("gcp-a",),
    "twingate-api-token-not-in-text": ("azure-a",),
    "twingate-tokens-no-keepers": ("tokens-aws",),
    "twingate-tokens-not-in-text": (*AWS, "azure-a", "gcp-a"),
    "twingate-tokens-one-host": ("tokens-aws",),
    "twingate-two-connectors": ("net",),
}
"""Resources that each rule reports. A new rule gets a row, and bad/__main__.py a fault."""
LEVELS = {
    "all": "mandatory",
    "connector-labels": {"enforcementLevel": "mandatory", "keys": ["owner"]},
    "connector-locations": {"enforcementLevel": "mandatory", "allowed": ["eu-*", "us-*"]},
}


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    made = Cloud(tmp_path / "home")
    made.start()
    yield made
    made.stop()


def test_the_table_names_every_rule():
    assert set(EXPECTED) == set(RULES)


@pytest.mark.engine
def test_it_yields_exactly_the_expected_list_and_up_creates_nothing(cloud: Cloud, tmp_path: Path):
    folder, levels = tmp_path / "bad", tmp_path / "levels.json"
    shutil.copytree(Path(__file__).parent / "bad", folder, ignore=shutil.ignore_patterns("__pycache__"))
    levels.write_text(json.dumps(LEVELS))
    pack = ("--policy-pack", str(ROOT / "policies"), "--policy-pack-config", str(levels))

    def pulumi(*words: str, **variables: str):
        region = {"AWS_REGION": "us-east-1"}
        return cloud.gatepost("run", "--", "pulumi", *words, "--stack", "bad", cwd=folder, **region, **variables)

    assert pulumi("stack", "init").returncode == 0
    done = pulumi("preview", "--json", "--non-interactive", *pack, **{STREAM: "true"})
    found = read(done.stdout.splitlines())
    assert (found.judged, found.errors, found.not_run) == (True, [], [])
    told = sorted({(one.rule, one.resource) for one in found.violations})
    assert told == sorted((rule, name) for rule, names in EXPECTED.items() for name in names)

    up = pulumi("up", "--yes", "--non-interactive", *pack)
    assert up.returncode != 0
    assert "aws-ec2-no-ingress" in up.stdout
    assert [call for call in cloud.calls() if call["write"]] == []
