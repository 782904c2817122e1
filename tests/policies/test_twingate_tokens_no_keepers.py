import pytest
from policies.analyzer import UNKNOWN, Res, analyze, metadata, silencing

from gatepost_policies import topology as t

NAME = "twingate-tokens-no-keepers"
TOKENS = "Twingate connector tokens 'x'"


@pytest.mark.parametrize("props", [{"connectorId": UNKNOWN}, {"connectorId": "c", "keepers": {}}])
def test_passes(props):
    assert analyze(NAME, Res(t.TOKENS, "x", props)) == []


def test_leaves_other_resources_alone():
    assert analyze(NAME, Res("random:index:RandomId", "x", {"keepers": {"a": "b"}}, delete_before_replace=True)) == []


FAILS = [
    pytest.param(
        Res(t.TOKENS, "x", {"connectorId": "c", "keepers": {"month": "11"}}),
        f"{TOKENS} sets `keepers` to a whole object. Remove it; to rotate, replace the Connector with its host.",
        id="keepers",
    ),
    pytest.param(
        Res(t.TOKENS, "x", {"connectorId": "c"}, delete_before_replace=True),
        f"{TOKENS} is deleted before it is replaced: its host is cut off until the new one is there. "
        "Remove the option `deleteBeforeReplace`.",
        id="tokens deleted first",
    ),
    pytest.param(
        Res(t.CONNECTOR, "x", {"remoteNetworkId": "r"}, delete_before_replace=True),
        "Twingate connector 'x' is deleted before it is replaced: its host is cut off until the new one is there. "
        "Remove the option `deleteBeforeReplace`.",
        id="connector deleted first",
    ),
]


@pytest.mark.parametrize(("bad", "said"), FAILS)
def test_fails(bad, said):
    assert analyze(NAME, bad) == [("MANDATORY", "x", said)]
    assert silencing(NAME, [bad]) == []


def test_metadata():
    assert metadata(NAME) == {
        "name": "twingate-tokens-no-keepers",
        "description": "Token pairs are replaced with their Connector only, the new one first.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_HIGH",
        "tags": ["twingate", "tokens", "rollout", "twingate-provider"],
        "remediationSteps": "Remove `keepers` and the option `deleteBeforeReplace` from TwingateConnectorTokens and "
        "TwingateConnector.",
        "url": "https://www.pulumi.com/registry/packages/twingate/api-docs/twingateconnectortokens/",
    }
