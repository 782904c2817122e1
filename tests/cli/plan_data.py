"""Settings that the tests of the plan start from, and the command itself."""

from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from gatepost.cli.main import build
from gatepost.stack_settings import StackSettings, stack_settings

DEV = Path(__file__).resolve().parents[2] / "stacks" / "Pulumi.dev.yaml"
AWS: dict[str, Any] = {
    "cloud": "aws",
    "region": "eu-central-1",
    "network": {"create": {"cidr": "10.40.0.0/22", "zones": ["eu-central-1a", "eu-central-1b"]}},
    "connectors": {"a": {}, "b": {}},
}
GCP: dict[str, Any] = {
    "cloud": "gcp",
    "region": "us-central1",
    "network": {"create": {"cidr": "10.50.0.0/24", "zones": ["us-central1-a", "us-central1-b"]}},
    "connectors": {"a": {}, "b": {}},
}
AZURE: dict[str, Any] = {
    "cloud": "azure",
    "region": "westeurope",
    "network": {"create": {"cidr": "10.60.0.0/24", "zones": ["1", "2"]}},
    "connectors": {"a": {}, "b": {}},
}
ONPREM: dict[str, Any] = {"cloud": "onprem", "connectors": {"a": {}, "b": {}}}
ADOPTED: dict[str, Any] = {
    **AWS,
    "network": {"adopt": {"vpc_id": "vpc-0123abcd", "subnets": {"eu-central-1a": "subnet-0123abcd"}}},
    "exit": {"kind": "adopt", "addresses": ["203.0.113.7"]},
}


def settings(sites: Any, gate: Any = None, **network: Any) -> StackSettings:
    """Good settings of one Remote Network, ``pay``."""
    values = {"tenant": "acme", "gate": gate, "fleet": {"remote_networks": {"pay": {"sites": sites, **network}}}}
    found, problems = stack_settings(values, environment="prod")
    assert problems == []
    return found


def call(*words: Any) -> Any:
    """Run ``gatepost plan``."""
    done = CliRunner().invoke(build(), ["plan", *map(str, words)], prog_name="gatepost")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def office(config: Any) -> Any:
    """A Remote Network of the dev settings."""
    return config["gatepost:fleet"]["remote_networks"]["office"]
