"""Every program under examples/ runs on the engine as it stands."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from places import azure_site, gcp_site
from real_stack import ROOT, Cloud, Stack

pytestmark = pytest.mark.engine

ZONES = ("eu-west-1a", "eu-west-1b")


class Example(Stack):
    """An example in a copy of its folder, with settings of its own."""

    def __init__(self, cloud: Cloud, folder: Path, name: str, **settings: Any) -> None:
        self.cloud, self.folder, self.name = cloud, folder / name, "dev"
        shutil.copytree(ROOT / "examples" / name, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        self.settings = {f"{name}:{key}": value for key, value in settings.items()}
        project = yaml.safe_load((self.folder / "Pulumi.yaml").read_text())
        project["runtime"] = {"name": project["runtime"], "options": {"toolchain": "pip"}}  # that runs the tests
        (self.folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
        self.pulumi("stack", "init", self.name).ok()

    def write(self) -> None:
        path = self.folder / f"Pulumi.{self.name}.yaml"
        path.write_text(yaml.safe_dump({"config": self.settings}))


class Ireland(Cloud):
    """The same sandbox, seen from another region."""

    def client(self, service: str, region: str = "eu-west-1") -> Any:
        return super().client(service, region)


def resources(stack: Stack, kind: str) -> list[dict[str, Any]]:
    every = json.loads(stack.state())["deployment"]["resources"]
    return [resource for resource in every if resource["type"] == kind]


def test_connectors_in_the_vpc_of_another_team(cloud: Cloud, tmp_path: Path):
    vpc = Ireland(cloud.path).vpc("10.81.0.0/22", ZONES)
    exits = dict(zip(ZONES, vpc["addresses"], strict=True))
    given = {"region": "eu-west-1", "tenant": "sandbox", "vpc_id": vpc["vpc_id"], "poll_seconds": 0.05}
    example = Example(cloud, tmp_path, "own-vpc", subnets=vpc["subnets"], exit_addresses=exits, **given)
    example.up().ok()
    outputs = example.outputs()
    assert sorted(outputs["exit_ips"]) == sorted(vpc["addresses"])
    assert {c["state"] for c in cloud.connectors("shop-dev").values()} == {"ALIVE"}
    instances = resources(example, "aws:ec2/instance:Instance")
    assert sorted(i["outputs"]["subnetId"] for i in instances) == sorted(vpc["subnets"].values())
    assert {i["provider"].split("::")[-2] for i in instances} == {"ours"}
    assert resources(example, "aws:ec2/vpc:Vpc") == []
    example.unchanged().ok()
    example.destroy().ok()


def test_exit_ips_of_the_fleet_are_allow_listed(stack: Stack, tmp_path: Path):
    stack.networks["payments"]["sites"] = {
        "hq": {
            "cloud": "onprem",
            "exit": {"addresses": ["203.0.113.7", "203.0.113.8"]},
            "connectors": {"a": {}, "b": {}},
        }
    }
    stack.up().ok()
    vpc = stack.cloud.client("ec2").create_vpc(CidrBlock="10.82.0.0/24")["Vpc"]["VpcId"]
    fleet = f"organization/gatepost/{stack.name}"
    example = Example(stack.cloud, tmp_path, "allow-list", fleet=fleet, network="payments", vpc_id=vpc)
    example.settings["aws:region"] = "eu-central-1"
    example.up().ok()
    assert example.outputs() == {"allowed": ["203.0.113.7", "203.0.113.8"]}
    rules = resources(example, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert sorted(rule["outputs"]["cidrIpv4"] for rule in rules) == ["203.0.113.7/32", "203.0.113.8/32"]
    assert {(rule["outputs"]["fromPort"], rule["outputs"]["toPort"]) for rule in rules} == {(443, 443)}


def test_pieces_on_google_alone(cloud: Cloud, tmp_path: Path):
    network = gcp_site.given_network(cloud, "pieces", "10.83.0.0/24")["vpc_id"]
    example = Example(cloud, tmp_path, "pieces-google", region=gcp_site.REGION, vpc_id=network)
    example.up().ok()
    outputs = example.outputs()
    (address,) = resources(example, "gcp:compute/address:Address")
    assert outputs["addresses"] == {"a": address["outputs"]["address"]}
    assert address["retainOnDelete"] is True
    rules = resources(example, "gcp:compute/firewall:Firewall")
    assert {tuple(rule["outputs"]["targetTags"]) for rule in rules} == {(outputs["target_tag"],)}
    assert {rule["outputs"]["network"].rpartition("projects/")[2] for rule in rules} == {
        network.removeprefix("projects/")
    }


def test_pieces_on_azure_alone(cloud: Cloud, tmp_path: Path):
    network = azure_site.given_network(cloud, "pieces", "10.84.0.0/24")
    guard = network["security_group_id"]
    example = Example(cloud, tmp_path, "pieces-azure", region=azure_site.REGION, security_group_id=guard)
    example.up().ok()
    outputs = example.outputs()
    (address,) = resources(example, "azure-native:network:PublicIPAddress")
    assert outputs == {"addresses": {"1": address["outputs"]["ipAddress"]}, "security_group_id": guard}
    found = azure_site.clients(cloud).network.network_security_groups.get("pieces", "guard").security_rules
    assert len(found) == len(resources(example, "azure-native:network:SecurityRule")) > 4
    assert [r.access for r in found if r.direction == "Inbound"] == ["Deny"]
