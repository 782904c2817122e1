import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, Res, analyze, metadata, silencing
from policies.stacks import fleet, host

from gatepost_policies import checks

NAME = "aws-ec2-no-key-pair"
FIX = "Remove it: nobody logs in by SSH where nothing comes in."


def test_passes():
    assert analyze(NAME, *fleet(host("a", keyName=""))) == []
    assert analyze(NAME, Res(checks.AWS_HOSTS[0], "web", {"keyName": "ops"})) == []


@pytest.mark.parametrize("token", checks.AWS_HOSTS)
def test_fails(token):
    stack = [Res(token, "x", {"keyName": "ops", "userData": "TWINGATE_NETWORK=acme"})]
    found = analyze(NAME, *stack)
    assert [(level, name) for level, name, _ in found] == [("MANDATORY", "x")]
    assert found[0][2].endswith(f" 'x' sets `keyName` to 'ops'. {FIX}")


def test_one_unknown_never_silences():
    assert silencing(NAME, fleet(host("a", keyName="ops"))) == []


def test_unknown_beside_a_violation():
    said = "Instance 'host-{}' sets `keyName` to {}. " + FIX
    assert analyze(NAME, *fleet(host("a", keyName=UNKNOWN), host("b", keyName="ops"))) == [
        ("MANDATORY", "host-b", said.format("b", "'ops'")),
        ("ADVISORY", "", NOT_JUDGED + said.format("a", "a value known only after the update")),
    ]


def test_metadata():
    assert metadata(NAME) == {
        "name": "aws-ec2-no-key-pair",
        "description": "Connector hosts on EC2 have no SSH key pair.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_MEDIUM",
        "tags": ["aws", "host", "access", "aws-ssh"],
        "remediationSteps": "Remove `keyName`. For access use AWS Systems Manager Session Manager, which needs no "
        "inbound rule.",
        "url": "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html",
    }
