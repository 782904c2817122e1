from typing import Any

import pulumi
import pytest

from gatepost.gcp import Dns, DnsArgs
from gatepost.labels import Labels

LABELS = Labels(environment="dev", network="payments", site="frankfurt")
POLICY = "gcp:dns/policy:Policy"
VPC = "projects/acme/global/networks/main"


def args(**over):
    given: dict[str, Any] = {"region": "europe-west3", "labels": LABELS, "vpc_id": VPC, "servers": ["10.40.0.2"]}
    return DnsArgs(**(given | over))


def test_the_policy_lies_in_the_project_of_the_network(deploy):
    link = "https://www.googleapis.com/compute/v1/projects/acme-network/global/networks/shared"
    given = [(link, "acme-network"), (pulumi.Output.from_input(link), "acme-network")]
    given += [(pulumi.Output.from_input("shared"), "acme")]  # only an Output can be a bare name
    for vpc, project in given:
        seen = deploy(lambda vpc=vpc: Dns("dns", args(vpc_id=vpc, project="acme")))
        assert seen.only(POLICY)["project"] == project


def test_the_network_resolves_through_the_servers_privately_where_they_are_private(deploy):
    told = []
    seen = deploy(
        lambda: Dns("dns", args(servers=["10.40.0.2", "100.64.0.2", "9.9.9.9"], project="acme")).policy_id.apply(
            told.append
        )
    )
    assert seen.tree() == {("gatepost:gcp:Dns", "dns", "test-dev"), (POLICY, "dns-policy", "dns")}
    assert seen.only(POLICY) == {
        "networks": [{"networkUrl": VPC}],
        "alternativeNameServerConfig": {
            "targetNameServers": [
                {"ipv4Address": "10.40.0.2", "forwardingPath": "private"},
                {"ipv4Address": "100.64.0.2", "forwardingPath": "private"},  # Google would ask it over the internet
                {"ipv4Address": "9.9.9.9", "forwardingPath": "default"},
            ]
        },
        "enableInboundForwarding": False,
        "description": "dev-payments-frankfurt, europe-west3",
        "project": "acme",
    }
    assert list(seen.request("dns-policy").replaceOnChanges) == ["networks"]
    assert told == ["dns-policy-id"]
    assert [urn.rpartition("::")[2] for urn in seen.completed] == ["dns"]


def test_refuses_no_server_and_reports_all_problems_together():
    with pytest.raises(
        ValueError, match=r"DnsArgs\.servers is empty\. Give at least one, or leave the component out\."
    ):
        args(servers=[])
    with pytest.raises(ValueError) as refused:
        args(vpc_id="main", servers=["ns1", "10.0.0.1", "10.0.0.1"])
    assert str(refused.value).splitlines() == [
        "DnsArgs.vpc_id must be an id or self link like projects/acme/global/networks/name, got 'main'.",
        "The DNS server 'ns1' is not an IPv4 address like 10.0.0.2.",
        "The DNS server '10.0.0.1' is listed twice. Remove one.",
    ]


def test_refuses_the_resolver_that_the_policy_is_for():
    with pytest.raises(ValueError) as refused:
        args(servers=["10.40.0.2", "169.254.169.254"])
    assert str(refused.value) == (
        "The DNS server 169.254.169.254 is link-local, and Cloud DNS asks no such server. Remove it: a network without "
        "servers of its own is served by Google's resolver."
    )


def test_refuses_an_output_where_servers_are_decided(event_loop_per_test):
    with pytest.raises(ValueError, match=r"DnsArgs\.servers must be a plain value.*got an Output"):
        args(servers=pulumi.Output.from_input([]))
