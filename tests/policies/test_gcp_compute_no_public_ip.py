from dataclasses import replace

import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, Res, analyze, metadata, silencing
from policies.clouds import vm

from gatepost_policies import topology as t

NAME = "gcp-compute-no-public-ip"
FIX = "Remove it and let the host go out by Cloud NAT, or set `natIp` to a reserved address of its own."
SAYS = f"Instance 'vm' has a public address that is not reserved, by `networkInterfaces[0].accessConfigs[0]`. {FIX}"
ADDRESS = Res(t.GCP_ADDRESS, "exit", {"addressType": "EXTERNAL"}, computed={"address": "203.0.113.7"})


def public(nat_ip=None, *near):
    host = vm(networkInterfaces=[{"subnetwork": "sub-1", "accessConfigs": [{"natIp": nat_ip} if nat_ip else {}]}])
    return replace(host, deps={"networkInterfaces": near})


@pytest.mark.parametrize(
    "stack",
    [
        [vm()],
        [ADDRESS, public(UNKNOWN, "exit")],
        [ADDRESS, public("203.0.113.7")],
        [Res(t.GCP_INSTANCE, "web", {"networkInterfaces": [{"accessConfigs": [{}]}]})],
    ],
    ids=["none", "reserved", "reserved, by value", "another team's"],
)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


@pytest.mark.parametrize("stack", [[public()], [ADDRESS, public("203.0.113.8")]], ids=["passing", "shown later"])
def test_fails(stack):
    assert analyze(NAME, *stack) == [("MANDATORY", "vm", SAYS)]
    assert silencing(NAME, [public()]) == []


def test_ipv6():
    host = vm(networkInterfaces=[{"subnetwork": "sub-1", "ipv6AccessConfigs": [{"networkTier": "PREMIUM"}]}])
    said = "Instance 'vm' has a public IPv6 address by `networkInterfaces[0].ipv6AccessConfigs[0]`. "
    assert analyze(NAME, host) == [("MANDATORY", "vm", f"{said}Remove it: a Connector needs IPv4 only.")]


def test_an_unknown_address_is_not_judged():
    assert analyze(NAME, public(UNKNOWN)) == [("ADVISORY", "", NOT_JUDGED + SAYS)]


def test_metadata():
    assert metadata(NAME) == {
        "name": NAME,
        "description": "Connector hosts on Compute Engine have no public address, unless it is a reserved one of their "
        "own.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_HIGH",
        "tags": ["gcp", "host", "network", "BP11"],
        "remediationSteps": "Remove `accessConfigs` from `networkInterfaces`, or set its `natIp` to the address of a "
        "`gcp.compute.Address`.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
    }
