from policies.analyzer import UNKNOWN, Res, analyze, metadata, silencing
from policies.stacks import fleet

from gatepost_policies import topology as t

NAME = "aws-ec2-exit-ips-kept"
OURS = {"managed-by": "gatepost"}
SAYS = "Eip 'ip' is not protected: a slip would release the address. Set the option `protect`."
ON_HOST = Res(t.EIP, "ip", {"instance": UNKNOWN}, {"instance": ["host-a"]})


def test_passes():
    assert analyze(NAME, Res(t.EIP, "ip", {"tags": OURS}, protect=True)) == []
    assert analyze(NAME, Res(t.EIP, "web", {"tags": {"team": "web"}})) == []


def test_fails():
    assert analyze(NAME, Res(t.EIP, "ip", {"tags": OURS})) == [("ADVISORY", "ip", SAYS)]
    assert analyze(NAME, *fleet(), ON_HOST) == [("ADVISORY", "ip", SAYS)]


def test_an_association_puts_an_address_in_scope():
    on = Res(
        t.EIP_ASSOCIATION,
        "on",
        {"instanceId": UNKNOWN, "allocationId": UNKNOWN},
        {"instanceId": ["host-a"], "allocationId": ["ip"]},
    )
    assert analyze(NAME, *fleet(), Res(t.EIP, "ip", {"domain": "vpc"}), on) == [("ADVISORY", "ip", SAYS)]


def test_one_unknown_never_silences():
    assert silencing(NAME, [Res(t.EIP, "ip", {"tags": OURS})], {}) == []
    assert silencing(NAME, [*fleet(), ON_HOST], {}) == []


def test_metadata():
    assert metadata(NAME) == {
        "name": "aws-ec2-exit-ips-kept",
        "description": "Exit addresses on AWS are protected against deletion.",
        "enforcementLevel": "ADVISORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_MEDIUM",
        "tags": ["aws", "network", "exit", "BP14"],
        "remediationSteps": "Set the resource option `protect` to true on the Elastic IP.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
    }
