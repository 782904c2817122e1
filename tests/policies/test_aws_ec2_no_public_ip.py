from dataclasses import replace

import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, Res, analyze, metadata, silencing
from policies.stacks import fleet, host, subnet

from gatepost_policies import topology as t

NAME = "aws-ec2-no-public-ip"
FIX = "Set it to false and let the host go out by a NAT gateway, or give it an Elastic IP of its own."
SAYS = f"Instance 'host-a' sets `associatePublicIpAddress` to true. {FIX}"
PUBLIC = host("a", associatePublicIpAddress=True)
OPEN = replace(subnet("a"), name="subnet-open", props={**subnet("a").props, "mapPublicIpOnLaunch": True})
UNSET = replace(host("a", associatePublicIpAddress=None), deps={**host("a").deps, "subnetId": ["subnet-open"]})


@pytest.mark.parametrize(
    "stack",
    [
        pytest.param([*fleet(PUBLIC), Res(t.EIP, "ip", {"instance": UNKNOWN}, {"instance": ["host-a"]})], id="eip"),
        pytest.param(
            [*fleet(PUBLIC), Res(t.EIP_ASSOCIATION, "on", {"instanceId": UNKNOWN}, {"instanceId": ["host-a"]})],
            id="association",
        ),
        pytest.param(
            [*fleet(replace(PUBLIC, computed={"id": "i-1"})), Res(t.EIP_ASSOCIATION, "on", {"instanceId": "i-1"})],
            id="association by id",
        ),
        pytest.param(fleet(host("a", associatePublicIpAddress=None)), id="subnet gives none"),
        pytest.param([Res(t.INSTANCE, "web", {"associatePublicIpAddress": True})], id="another team's"),
    ],
)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


FAILS = [
    pytest.param(fleet(PUBLIC), ("host-a", SAYS), id="asked for"),
    pytest.param(
        [*fleet(UNSET), OPEN],
        (
            "host-a",
            "Instance 'host-a' does not set `associatePublicIpAddress`, and its subnet gives public addresses. " + FIX,
        ),
        id="given by the subnet",
    ),
    pytest.param(
        [
            Res(
                t.LAUNCH_TEMPLATE,
                "lt",
                {"networkInterfaces": [{"associatePublicIpAddress": "true"}], "userData": "TWINGATE_NETWORK=acme"},
            )
        ],
        ("lt", f"Launch template 'lt' sets `networkInterfaces[0].associatePublicIpAddress` to 'true'. {FIX}"),
        id="template",
    ),
    pytest.param(
        [*fleet(PUBLIC, host("b")), Res(t.EIP, "ip", {"instance": UNKNOWN}, {"instance": ["host-b"]})],
        ("host-a", SAYS),
        id="eip of another host",
    ),
]


@pytest.mark.parametrize(("stack", "found"), FAILS)
def test_fails(stack, found):
    assert analyze(NAME, *stack) == [("MANDATORY", *found)]


@pytest.mark.parametrize("stack", [row.values[0] for row in FAILS[:2]])
def test_one_unknown_never_silences(stack):
    assert silencing(NAME, stack) == []


def test_an_address_that_goes_nobody_knows_where_leaves_hosts_unjudged():
    loose = Res(t.EIP, "ip", {"instance": UNKNOWN})
    assert analyze(NAME, *fleet(PUBLIC), loose) == [("ADVISORY", "", NOT_JUDGED + SAYS)]


def test_metadata():
    assert metadata(NAME) == {
        "name": "aws-ec2-no-public-ip",
        "description": "Connector hosts on EC2 have no public address, unless it is a fixed one of their own.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_HIGH",
        "tags": ["aws", "host", "network", "BP11"],
        "remediationSteps": "Set `associatePublicIpAddress` to false, or give the host an Elastic IP by an "
        "EipAssociation.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
    }
