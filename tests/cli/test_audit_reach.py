"""`gatepost audit aws --file`: whether the hosts that run reach the Resources of the settings."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from cli.audit_lab import HOME, Account, Answer, Site, account, empty, number, sandbox
from cli.plan_data import AWS
from cli.test_audit_permissions import EVERYTHING, Auditor, documented

from gatepost.audit.calls import action

__all__ = ["account", "empty", "number", "sandbox"]
DATABASE = {"address": "10.9.0.0/16", "protocol": "tcp", "ports": 5432}
OWN = {"address": "10.40.0.70", "protocol": "tcp", "ports": 443}


def written(folder: Path, *resources: dict[str, Any], key: str = "payments", **changes: Any) -> str:
    """A settings file of the stack prod, whose one Remote Network has these Resources."""
    network = {"sites": {"frankfurt": {**AWS, **changes}}, "resources": list(resources)}
    fleet = {"remote_networks": {key: network}}
    file = folder / "Pulumi.prod.yaml"
    file.write_text(yaml.safe_dump({"config": {"gatepost:tenant": "acme", "gatepost:fleet": fleet}}))
    return str(file)


def texts(said: Answer) -> list[str]:
    assert {(rule, severity) for rule, severity, _ in said.found} <= {("resource-reachable", "medium")}
    return [finding["text"] for finding in said.report["findings"]]


@pytest.fixture
def site(empty: Account) -> Site:
    return Site(empty)


def to_peer(site: Site, *zones: str) -> None:
    """Lead the database's block to a peer from the subnets of these zones."""
    peer = site.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    made = site.ec2.create_vpc_peering_connection(VpcId=site.vpc, PeerVpcId=peer)["VpcPeeringConnection"]
    link = made["VpcPeeringConnectionId"]
    for zone in zones:
        site.ec2.create_route(
            RouteTableId=site.tables[zone], DestinationCidrBlock="10.9.0.0/16", VpcPeeringConnectionId=link
        )


def test_all_is_reached(empty: Account, site: Site, tmp_path: Path) -> None:
    site.host("a"), site.host("b", "b")
    site.open("tcp", 5432, 5432, "10.9.0.0/16")
    to_peer(site, "a", "b")
    public = {"address": "198.51.100.7", "protocol": "tcp", "ports": 443}
    said = empty.audit("--file", written(tmp_path, DATABASE, OWN, public))
    assert (said.found, said.report["not_checked"], said.status) == ([], [], 0)


def test_a_rule_is_missing(empty: Account, site: Site, tmp_path: Path) -> None:
    hosts = [site.host("a"), site.host("b", "b")]
    site.open("tcp", 5432, 5432, "10.9.0.0/17")
    to_peer(site, "a", "b")
    said = empty.audit("--file", written(tmp_path, DATABASE, OWN))
    assert texts(said) == [
        f"Instance '{host}' does not reach the Resource 10.9.0.0/16 tcp 5432 of the Remote Network 'payments': "
        f"No rule allows tcp 5432 10.9.128.0/17. Add the outbound rule to security group {site.group} (gatepost: "
        "`reach` of the site, and `pulumi up`)."
        for host in sorted(hosts)
    ]
    assert ([resource for *_, resource in said.found], said.status) == (sorted(hosts), 1)


def test_a_route_is_missing(empty: Account, site: Site, tmp_path: Path) -> None:
    site.host("a")
    host = site.host("b", "b")
    site.open("tcp", 5432, 5432, "10.9.0.0/16")
    to_peer(site, "a")
    written(tmp_path, DATABASE, OWN)
    (tmp_path / "Pulumi.yaml").write_text("name: x\nruntime: python\n")
    said = empty.audit("--stack", "prod", "--cwd", str(tmp_path))
    found = [f for f in said.report["findings"] if f["rule"] == "resource-reachable"]
    assert [(f["resource"], f["hosts"], f["region"], f["severity"]) for f in found] == [(host, [host], HOME, "medium")]
    assert found[0]["text"] == (
        f"Instance '{host}' does not reach the Resource 10.9.0.0/16 tcp 5432 of the Remote Network 'payments': "
        f"No route leads to 10.9.0.0/16. Add the route to route table {site.tables['b']} (gatepost: `routes` of the "
        "site's network, and `pulumi up`)."
    )


def test_other_networks_are_left_alone(empty: Account, site: Site, tmp_path: Path) -> None:
    site.host("a"), site.host("b", "b")
    assert empty.audit("--file", written(tmp_path, DATABASE, key="shop")).found == []
    file = Path(written(tmp_path, DATABASE))
    other = file.rename(tmp_path / "Pulumi.staging.yaml")
    assert empty.audit("--file", str(other)).found == []


def test_wrong_settings_get_the_words_of_an_update(account: Account, tmp_path: Path) -> None:
    since = account.here()
    said = account.text("--file", written(tmp_path, {"address": "10.40.0.1/22"}))
    assert (said.status, said.out, account.operations(since)) == (2, "", [])
    assert said.err.splitlines() == [
        "gatepost: The settings of this stack cannot be used. Nothing was changed.",
        "gatepost:   gatepost:fleet.remote_networks.payments.resources[0].address: The address 10.40.0.1/22 does not "
        "start at its block's first address. Write 10.40.0.0/22.",
    ]


def test_settings_without_resources_are_told(account: Account, tmp_path: Path) -> None:
    said = account.audit("--file", written(tmp_path))
    assert (said.status, said.found) == (0, [])
    assert said.err == ("gatepost: The settings list no Resources. List them under resources: of a Remote Network.\n")


def test_a_stack_that_is_not_there_is_wrong_usage(account: Account, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: x\nruntime: python\n")
    said = account.text("--stack", "prod", "--cwd", str(tmp_path))
    assert (said.status, said.out) == (2, "")
    assert "has no settings file of a stack 'prod'" in " ".join(said.err.replace("│", "").split())


def test_what_is_denied_is_no_finding(empty: Account, tmp_path: Path) -> None:
    auditor, file = Auditor(empty), written(tmp_path, DATABASE)
    said = {}
    for denied in ("", "DescribeRouteTables", "DescribeSecurityGroupRules", "DescribeNatGateways"):
        auditor.allow([each for each in documented() if not denied or each != action(denied)])
        try:
            answer = empty.audit("--file", file)
        finally:
            auditor.enforce(EVERYTHING)
        steps = {
            text.partition("'payments': ")[2].partition(" tcp")[0].partition(" leads")[0] for text in texts(answer)
        }
        said[denied] = (sorted(steps), [note["operation"] for note in answer.report["not_checked"]])
    assert said == {
        "": (["No route", "No rule allows"], []),
        "DescribeRouteTables": (["No rule allows"], ["DescribeRouteTables"]),
        "DescribeSecurityGroupRules": (["No route"], ["DescribeSecurityGroupRules"]),
        "DescribeNatGateways": (["No rule allows"], ["DescribeNatGateways"]),
    }
