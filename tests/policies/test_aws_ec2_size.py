import pytest
from policies.analyzer import UNKNOWN, Res, analyze, metadata, silencing
from policies.stacks import fleet, host

from gatepost_policies import topology as t

NAME = "aws-ec2-size"
ALL = "t3a.*, t3.*, t4g.*, m*.medium, m*.large, c*.medium, c*.large"
FIX = f"Set it to one of {ALL}; for more load add Connectors."


@pytest.mark.parametrize("size", ["t3a.micro", "t4g.small", "m7i.large", "c6gn.medium"])
def test_passes(size):
    assert analyze(NAME, *fleet(host("a", instanceType=size))) == []


def test_leaves_other_hosts_alone():
    assert analyze(NAME, Res(t.INSTANCE, "web", {"instanceType": "x1.32xlarge"})) == []


@pytest.mark.parametrize("size", ["m7i.xlarge", "x1.32xlarge", "t2.micro"])
def test_fails(size):
    stack = fleet(host("a", instanceType=size))
    assert analyze(NAME, *stack) == [
        ("MANDATORY", "host-a", f"Instance 'host-a' sets `instanceType` to '{size}'. {FIX}")
    ]
    assert silencing(NAME, stack) == []


def test_a_template_may_say_the_size():
    mark = {"managed-by": "gatepost"}
    by = Res(t.INSTANCE, "x", {"launchTemplate": {"id": UNKNOWN}, "tags": mark}, {"launchTemplate": ["lt"]})
    template = Res(t.LAUNCH_TEMPLATE, "lt", {"instanceType": "x1.32xlarge"})
    said = f"Launch template 'lt' sets `instanceType` to 'x1.32xlarge'. {FIX}"
    assert analyze(NAME, template, by) == [("MANDATORY", "lt", said)]


def test_sizes_are_a_setting():
    assert analyze(NAME, *fleet(), config={"sizes": ["t3a.micro"]}) == []
    said = (
        "Instance 'host-a' sets `instanceType` to 't3a.micro'. Set it to one of t3.nano; for more load add Connectors."
    )
    assert analyze(NAME, *fleet(host("a")), config={"sizes": ["t3.nano"]}) == [("MANDATORY", "host-a", said)]


def test_metadata():
    assert metadata(NAME) == {
        "name": "aws-ec2-size",
        "description": "Connector hosts on EC2 have an approved size.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_LOW",
        "tags": ["aws", "host", "cost", "BP17"],
        "remediationSteps": "Set `instanceType` to 't3a.micro', or to another size that the setting `sizes` lists.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
        "settings": {
            "sizes": {
                "description": "Approved instance types, * for any text.",
                "type": "array",
                "items": {"type": "string"},
                "default": ["t3a.*", "t3.*", "t4g.*", "m*.medium", "m*.large", "c*.medium", "c*.large"],
            }
        },
    }
