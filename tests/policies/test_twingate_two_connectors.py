import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, Res, analyze, metadata, silencing
from policies.stacks import NETWORK, connector, fleet

from gatepost_policies import topology as t

NAME = "twingate-two-connectors"
SAYS = (
    "Twingate remote network 'net' has 1 Connector in this stack, at least 2 are needed: without a second one its "
    "users are cut off whenever the first is down. Add Connectors."
)
ELSEWHERE = Res(t.CONNECTOR, "c", {"remoteNetworkId": "n-1"})
ONE = [NETWORK, *connector("a")]


@pytest.mark.parametrize("stack", [fleet(), [NETWORK], [ELSEWHERE]], ids=["two", "none here", "network elsewhere"])
def test_passes(stack):
    assert analyze(NAME, *stack) == []


def test_fails():
    assert analyze(NAME, *ONE) == [("MANDATORY", "net", SAYS)]
    literal = Res(t.CONNECTOR, "c", {"remoteNetworkId": "n-1"})
    assert analyze(NAME, Res(t.REMOTE_NETWORK, "net", {}, computed={"id": "n-1"}), literal) == [
        ("MANDATORY", "net", SAYS)
    ]


def test_one_unknown_never_silences():
    assert silencing(NAME, ONE) == []


def test_a_connector_of_an_unknown_network_may_be_the_second():
    loose = Res(t.CONNECTOR, "c", {"remoteNetworkId": UNKNOWN})
    assert analyze(NAME, *ONE, loose) == [("ADVISORY", "", NOT_JUDGED + SAYS)]


def test_the_minimum_is_a_setting():
    assert analyze(NAME, *ONE, config={"minimum": 1}) == []
    said = SAYS.replace("has 1 Connector ", "has 2 Connectors ").replace("least 2", "least 3")
    assert analyze(NAME, *fleet(), config={"minimum": 3}) == [("MANDATORY", "net", said)]


def test_a_network_may_have_one():
    assert analyze(NAME, *ONE, config={"single": ["n?t"]}) == []
    assert analyze(NAME, *ONE, config={"single": ["lab-*"]}) == [("MANDATORY", "net", SAYS)]
    unknown = Res(t.REMOTE_NETWORK, "net", {"name": UNKNOWN})
    assert analyze(NAME, unknown, *connector("a"), config={"single": ["*"]}) == [("MANDATORY", "net", SAYS)]


def test_metadata():
    assert metadata(NAME) == {
        "name": "twingate-two-connectors",
        "description": "A Remote Network has at least two Connectors.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_HIGH",
        "tags": ["twingate", "redundancy", "BP4"],
        "remediationSteps": "Add TwingateConnector resources with the same `remoteNetworkId`, each with a host of "
        "its own.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
        "settings": {
            "minimum": {
                "minimum": 1.0,
                "description": "Connectors per Remote Network.",
                "type": "integer",
                "default": 2.0,
            },
            "single": {
                "description": "Names of Remote Networks, * for any text, that may be away: any number will do there.",
                "type": "array",
                "items": {"type": "string"},
                "default": [],
            },
        },
    }
