from dataclasses import replace

from policies.analyzer import OURS, UNKNOWN, Res, analyze, metadata
from policies.clouds import NET, SUB, linked, vm

from gatepost_policies import topology as t

NAME = "gcp-compute-exit-ips-kept"
SAYS = "Address 'ip' is not protected: a slip would release the address. Set the option `protect`."
IP = Res(t.GCP_ADDRESS, "ip", {"labels": {"team": "web"}})
NAT = Res(
    t.GCP_NAT,
    "nat",
    {"natIps": [UNKNOWN], "subnetworks": [{"name": UNKNOWN}]},
    {"natIps": ["ip"], "subnetworks": ["sub"]},
)
STACK = [NET, SUB, linked(vm()), NAT]


def test_passes():
    assert analyze(NAME, *STACK, replace(IP, protect=True)) == []
    assert analyze(NAME, IP) == []
    assert analyze(NAME, IP, NET, SUB, NAT) == []


def test_fails():
    assert analyze(NAME, *STACK, IP) == [("ADVISORY", "ip", SAYS)]
    assert analyze(NAME, replace(IP, props={"labels": OURS})) == [("ADVISORY", "ip", SAYS)]


def test_metadata():
    assert metadata(NAME) == {
        "name": NAME,
        "description": "Exit addresses on Google Cloud are protected against deletion.",
        "enforcementLevel": "ADVISORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_MEDIUM",
        "tags": ["gcp", "network", "exit", "BP14"],
        "remediationSteps": "Set the resource option `protect` to true on the gcp.compute.Address.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
    }
