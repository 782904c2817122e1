import pytest
from policies.analyzer import OURS, UNKNOWN, Res, analyze

from gatepost.labels import Labels
from gatepost_policies.scope import same

NAME = "aws-ec2-no-ingress"
SG = "aws:ec2/securityGroup:SecurityGroup"
ENTRY = [{"protocol": "tcp", "fromPort": 1, "toPort": 2, "cidrBlocks": ["10.0.0.0/8"]}]


def levels(tags, **more):
    return [level for level, _, _ in analyze(NAME, Res(SG, "g", {"ingress": ENTRY, "tags": tags}, **more))]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        pytest.param(OURS, ["MANDATORY"], id="owner"),
        pytest.param({"gatepost-network": "pay"}, ["MANDATORY"], id="network"),
        pytest.param({"gatepost-network": UNKNOWN}, ["MANDATORY"], id="network, value unknown"),
        pytest.param([{"key": "gatepost-network", "value": UNKNOWN}], ["MANDATORY"], id="list"),
        pytest.param([{"key": "managed-by", "value": UNKNOWN}], ["ADVISORY"], id="list, value unknown"),
        pytest.param([{"key": UNKNOWN, "value": "gatepost"}], ["ADVISORY"], id="list, key unknown"),
        pytest.param({"managed-by": UNKNOWN}, ["ADVISORY"], id="owner unknown"),
        pytest.param(UNKNOWN, ["ADVISORY"], id="all unknown"),
        pytest.param({"managed-by": "pulumi"}, [], id="another owner"),
        pytest.param({"owner": "gatepost", "Name": UNKNOWN}, [], id="other tags"),
        pytest.param(["gatepost-network"], [], id="a list of words"),
        pytest.param({}, [], id="none"),
    ],
)
def test_tags(tags, expected):
    assert levels(tags) == expected


def test_computed_unknown_tags_say_nothing():
    assert levels({}, computed={"tagsAll": UNKNOWN}) == []


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("gatepost:aws:ConnectorSite", ["MANDATORY"]),
        ("gatepost:index:Fleet$acme:index:Thing", ["MANDATORY"]),
        ("acme:index:gatepost:", []),
        ("", []),
    ],
)
def test_components(inside, expected):
    assert levels({}, inside=inside) == expected


def test_the_marks_are_the_ones_that_components_put_on():
    labels = Labels(environment="prod", network="pay")
    for tags in (labels.tags(), labels.gcp_labels()):
        for key in ("managed-by", "gatepost-network"):
            assert levels({key: tags[key]}) == ["MANDATORY"]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("sg-1", "sg-1", True),
        ("projects/p/networks/net", "net", True),
        ("net", "projects/p/networks/NET", True),
        ("projects/p/networks/my-net", "net", False),
        ("a/b", "c/b", False),
    ],
)
def test_same(one, other, expected):
    assert same(one, other) is expected
