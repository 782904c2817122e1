"""Settings that pin images, and a command that asks the sandbox's clouds about them."""

import os
from pathlib import Path
from typing import Any

import pytest
from sandbox.helpers import Sandbox
from typer.testing import CliRunner

from gatepost.cli.images import app
from gatepost_sandbox.environment import environment

OLD, NEW = "ami-0617935088040a001", "ami-0617935088040a002"
DEBIAN = "projects/debian-cloud/global/images/debian-12-bookworm"
STACK = """config:
  gatepost:tenant: acme
  gatepost:fleet:
    remote_networks:
      payments:
        sites:
          frankfurt: # the first site
            cloud: aws
            region: eu-central-1{aws}
            network: {{create: {{cidr: 10.40.0.0/22, zones: [eu-central-1a, eu-central-1b]}}}}
            exit: {{kind: nat, per: site}}
            connectors: {{a: {{zone: eu-central-1a}}, b: {{zone: eu-central-1b}}}}
          iowa:
            cloud: gcp
            region: us-central1{gcp}
            network: {{create: {{cidr: 10.50.0.0/24, zones: [us-central1-a, us-central1-b]}}}}
            exit: {{kind: nat}}
            connectors: {{a: {{zone: us-central1-a}}, b: {{zone: us-central1-b}}}}
"""
WHERE = {
    "aws": "remote_networks.payments.sites.frankfurt.image  (eu-central-1)",
    "gcp": "remote_networks.payments.sites.iowa.image  (us-central1)",
}


def stack(folder: Path, **images: str | None) -> Path:
    file = folder / "Pulumi.prod.yaml"
    lines = {cloud: f"\n            image: {image}" if image else "" for cloud, image in images.items()}
    file.write_text(STACK.format(**{"aws": "", "gcp": "", **lines}))
    return file


@pytest.fixture
def inside(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is one that `gatepost sandbox run` started."""
    wanted = environment(sandbox.home, sandbox.running)
    for name in {*os.environ, *wanted}:
        if name in wanted:
            monkeypatch.setenv(name, wanted[name])
        else:
            monkeypatch.delenv(name)


def asked(cloud: str, file: Path, *more: str) -> Any:
    return CliRunner().invoke(app, [cloud, str(file), *more])
