from dataclasses import replace

from policies.analyzer import OURS, UNKNOWN, Res, analyze, metadata
from policies.clouds import NSG, SUBNET, VNET, group, linked

from gatepost_policies import topology as t

NAME = "azure-network-exit-ips-kept"
SAYS = "Public IP address 'ip' is not protected: a slip would release the address. Set the option `protect`."
IP = Res(t.AZURE_ADDRESS, "ip", {"tags": {"team": "web"}})
NAT = Res(t.AZURE_NAT, "nat", {"publicIpAddresses": [{"id": UNKNOWN}]}, {"publicIpAddresses": ["ip"]})
BEHIND = replace(
    SUBNET,
    props={**SUBNET.props, "natGateway": {"id": UNKNOWN}},
    deps={**SUBNET.deps, "natGateway": ["nat"]},
)
STACK = [NSG, VNET, BEHIND, linked(group()), NAT]


def test_passes():
    assert analyze(NAME, *STACK, replace(IP, protect=True)) == []
    assert analyze(NAME, IP) == []
    assert analyze(NAME, IP, NAT) == []


def test_fails():
    assert analyze(NAME, *STACK, IP) == [("ADVISORY", "ip", SAYS)]
    assert analyze(NAME, replace(IP, props={"tags": OURS})) == [("ADVISORY", "ip", SAYS)]


def test_metadata():
    assert metadata(NAME) == {
        "name": NAME,
        "description": "Exit addresses on Azure are protected against deletion.",
        "enforcementLevel": "ADVISORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_MEDIUM",
        "tags": ["azure", "network", "exit", "BP14"],
        "remediationSteps": "Set the resource option `protect` to true on the PublicIPAddress.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
    }
