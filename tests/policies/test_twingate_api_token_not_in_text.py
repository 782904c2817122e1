import pytest
from policies.analyzer import UNKNOWN, Res, analyze, metadata, silencing

from gatepost_policies import topology as t

NAME = "twingate-api-token-not-in-text"
FIX = "Remove it: a Connector needs no API token, and whoever reads one may change the whole account."
SECRET = "abcdefghijklmnopqrstuvwxyz0123"
ENV = {"name": "TWINGATE_API_TOKEN", "value": SECRET}


def containers(*entries):
    return Res(t.CONTAINER_GROUP, "x", {"containers": [{"environmentVariables": list(entries)}]})


@pytest.mark.parametrize(
    "res",
    [
        Res(t.INSTANCE, "x", {"userData": "TWINGATE_API_TOKEN=$(fetch)"}),
        containers({"name": "TWINGATE_API_TOKEN", "secureValue": SECRET}),
        containers({"name": "TWINGATE_NETWORK", "value": "acme"}),
        Res("pulumi:providers:twingate", "x", {"apiToken": SECRET}),
    ],
    ids=["read at boot", "secure", "another setting", "provider"],
)
def test_passes(res):
    assert analyze(NAME, res) == []


FAILS = [
    pytest.param(
        Res(t.INSTANCE, "x", {"userData": f"export TWINGATE_API_TOKEN={SECRET}"}), "Instance", "userData", id="script"
    ),
    pytest.param(Res(t.INSTANCE, "x", {"tags": {"a": f"TWINGATE_API_TOKEN={SECRET}"}}), "Instance", "tags", id="tag"),
    pytest.param(
        containers(ENV), "Container group", "containers[0].environmentVariables[0].value", id="plain environment"
    ),
]


@pytest.mark.parametrize(("res", "word", "where"), FAILS)
def test_fails(res, word, where):
    said = f"{word} 'x' holds a Twingate API token in `{where}`. {FIX}"
    assert analyze(NAME, res) == [("MANDATORY", "x", said)]


def test_one_unknown_never_silences():
    stack = [Res(t.INSTANCE, "x", {"userData": f"export TWINGATE_API_TOKEN={SECRET}"}, inside="gatepost:aws:Host")]
    assert silencing(NAME, stack) == []
    ours = {**containers(ENV).props}
    assert silencing(NAME, [Res(t.CONTAINER_GROUP, "x", ours, inside="gatepost:azure:Host")]) == []


def test_unknown_user_data_of_others_is_left_alone():
    assert analyze(NAME, Res(t.INSTANCE, "x", {"userData": UNKNOWN})) == []


def test_metadata():
    assert metadata(NAME) == {
        "name": "twingate-api-token-not-in-text",
        "description": "Twingate API tokens are in no text that people can read.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_CRITICAL",
        "tags": ["twingate", "secrets", "twingate-api"],
        "remediationSteps": "Remove TWINGATE_API_TOKEN from user data, environment and tags; give it to the "
        "provider as a secret.",
        "url": "https://www.twingate.com/docs/api-overview",
    }
