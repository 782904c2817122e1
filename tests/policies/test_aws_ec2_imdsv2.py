import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, Res, analyze, metadata, silencing
from policies.stacks import GOOD_METADATA, fleet, host

from gatepost_policies import topology as t

NAME = "aws-ec2-imdsv2"
TOKENS = "Set `metadataOptions.httpTokens` to 'required'."
HOPS = (
    "Set `metadataOptions.httpPutResponseHopLimit` to 1, so that no container or forwarded packet gets the credentials."
)
MARKED = {"tagSpecifications": [{"resourceType": "instance", "tags": {"managed-by": "gatepost"}}]}


def options(**changed):
    return {key: value for key, value in {**GOOD_METADATA, **changed}.items() if value is not None}


@pytest.mark.parametrize(
    "options",
    [options(), {"httpEndpoint": "disabled"}, options(httpEndpoint=None)],
    ids=["good", "switched off", "endpoint not set"],
)
def test_passes(options):
    assert analyze(NAME, *fleet(host("a", metadataOptions=options))) == []


def test_leaves_other_hosts_alone():
    assert analyze(NAME, Res(t.INSTANCE, "web", {"userData": "#!/bin/sh"})) == []


FAILS = [
    pytest.param(
        host("a", metadataOptions=options(httpTokens="optional")),
        f"Instance 'host-a' sets `metadataOptions.httpTokens` to 'optional'. {TOKENS}",
        id="tokens optional",
    ),
    pytest.param(
        host("a", metadataOptions=options(httpTokens=None)),
        f"Instance 'host-a' does not set `metadataOptions.httpTokens`. {TOKENS}",
        id="tokens not set",
    ),
    pytest.param(
        host("a", metadataOptions=None),
        f"Instance 'host-a' does not set `metadataOptions.httpTokens`. {TOKENS}",
        id="nothing set",
    ),
    pytest.param(
        host("a", metadataOptions=options(httpPutResponseHopLimit=2)),
        f"Instance 'host-a' sets `metadataOptions.httpPutResponseHopLimit` to 2. {HOPS}",
        id="two hops",
    ),
    pytest.param(
        host("a", metadataOptions=options(httpPutResponseHopLimit=None)),
        f"Instance 'host-a' does not set `metadataOptions.httpPutResponseHopLimit`. {HOPS}",
        id="hops not set",
    ),
]


@pytest.mark.parametrize(("bad", "said"), FAILS)
def test_fails(bad, said):
    assert analyze(NAME, *fleet(bad)) == [("MANDATORY", "host-a", said)]
    assert silencing(NAME, fleet(bad)) == []


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (t.SPOT, "Spot instance request"),
        (t.LAUNCH_TEMPLATE, "Launch template"),
        (t.LAUNCH_CONFIGURATION, "Launch configuration"),
    ],
)
def test_every_spelling(token, words):
    bad = Res(token, "x", {"metadataOptions": options(httpTokens="optional"), "userData": "TWINGATE_NETWORK=acme"})
    said = f"{words} 'x' sets `metadataOptions.httpTokens` to 'optional'. {TOKENS}"
    assert analyze(NAME, bad) == [("MANDATORY", "x", said)]


def test_a_template_answers_for_its_hosts():
    template = Res(t.LAUNCH_TEMPLATE, "lt", {**MARKED, "metadataOptions": options()})
    made = Res(
        t.INSTANCE,
        "x",
        {"launchTemplate": {"id": UNKNOWN}, "tags": {"managed-by": "gatepost"}},
        {"launchTemplate": ["lt"]},
    )
    assert analyze(NAME, template, made) == []
    elsewhere = Res(t.INSTANCE, "x", {"launchTemplate": {"id": "lt-1"}, "tags": {"managed-by": "gatepost"}})
    said = "Instance 'x' takes `metadataOptions` from a launch template that is not in this stack. Set it here as well."
    assert analyze(NAME, elsewhere) == [("ADVISORY", "", NOT_JUDGED + said)]


def test_unknown_beside_a_violation():
    unclear = host("b", "b", metadataOptions=options(httpTokens=UNKNOWN))
    bad = host("a", metadataOptions=options(httpTokens="optional"))
    said = f"Instance 'host-b' sets `metadataOptions.httpTokens` to a value known only after the update. {TOKENS}"
    assert analyze(NAME, *fleet(unclear, bad)) == [
        ("MANDATORY", "host-a", f"Instance 'host-a' sets `metadataOptions.httpTokens` to 'optional'. {TOKENS}"),
        ("ADVISORY", "", NOT_JUDGED + said),
    ]


def test_hop_limit_is_a_setting():
    two = fleet(host("a", metadataOptions=options(httpPutResponseHopLimit=2)))
    assert analyze(NAME, *two, config={"hop_limit": 2}) == []


def test_a_broken_setting_is_said_and_nothing_is_judged():
    bad = fleet(host("a", metadataOptions=None))
    said = "The setting `hop_limit` must be a whole number, found 'two'. Correct it."
    assert analyze(NAME, *bad, config={"hop_limit": "two"}) == [("MANDATORY", "", said)]


def test_metadata():
    assert metadata(NAME) == {
        "name": "aws-ec2-imdsv2",
        "description": "Connector hosts on EC2 use IMDSv2 with a short hop limit.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_HIGH",
        "tags": ["aws", "host", "credentials", "aws-imds"],
        "remediationSteps": "Set `metadataOptions.httpTokens` to 'required' and "
        "`metadataOptions.httpPutResponseHopLimit` to 1.",
        "url": "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html",
        "settings": {
            "hop_limit": {
                "minimum": 1.0,
                "description": "The greatest hop limit. 2 where the Connector runs in a container that needs the role.",
                "type": "integer",
                "default": 1.0,
            }
        },
    }
