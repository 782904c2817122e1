from dataclasses import replace

import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, analyze, metadata, silencing
from policies.clouds import NSG, SUBNET, VNET, group, linked

NAME = "azure-container-dns"
SAYS = (
    "Container group 'group' names none of the DNS servers of Virtual network 'vnet' (10.0.0.4, 10.0.0.5) and cannot "
    "see them. List them in `dnsConfig.nameServers`."
)
CUSTOM = replace(VNET, props={**VNET.props, "dhcpOptions": {"dnsServers": ["10.0.0.4", "10.0.0.5"]}})
PASSED_ON = linked(group(dnsConfig={"nameServers": ["10.0.0.5"]}))


@pytest.mark.parametrize(
    "stack",
    [[NSG, SUBNET, VNET, linked(group())], [NSG, SUBNET, CUSTOM, PASSED_ON], [CUSTOM, group(tags={})]],
    ids=["none", "passed on", "another team's"],
)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


@pytest.mark.parametrize(
    "host", [linked(group()), linked(group(dnsConfig={"nameServers": ["1.1.1.1"]}))], ids=["unset", "others"]
)
def test_fails(host):
    assert analyze(NAME, NSG, SUBNET, CUSTOM, host) == [("MANDATORY", "group", SAYS)]


def test_types_of_one_api_version():
    stack = [replace(CUSTOM, type="azure-native:network/v20240101:VirtualNetwork"), NSG, SUBNET, linked(group())]
    assert analyze(NAME, *stack) == [("MANDATORY", "group", SAYS)]


def test_unknown_servers_of_the_group_are_not_judged():
    unknown = linked(group(dnsConfig={"nameServers": [UNKNOWN]}))
    assert analyze(NAME, NSG, SUBNET, CUSTOM, unknown) == [("ADVISORY", "", NOT_JUDGED + SAYS)]


def test_one_unknown_never_silences():
    assert silencing(NAME, [NSG, SUBNET, CUSTOM, linked(group())]) == []


def test_metadata():
    assert metadata(NAME) == {
        "name": NAME,
        "description": "Container groups of Connectors name the DNS servers of their virtual network.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_MEDIUM",
        "tags": ["azure", "host", "dns", "BP20"],
        "remediationSteps": "Set `dnsConfig.nameServers` of the container group to the `dhcpOptions.dnsServers` of its "
        "network.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
    }
