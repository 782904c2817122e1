import base64

import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, Res, analyze, metadata, silencing
from policies.stacks import NETWORK, connector, fleet, host

from gatepost_policies import topology as t

NAME = "twingate-tokens-not-in-text"
FIX = "Put the pair into the cloud's secret store and let the host read it with its own identity."
LITERAL = "#!/bin/sh\nexport TWINGATE_ACCESS_TOKEN=abcdefghijklmnopqrstuvwxyz0123\n"
JWT = "eyJhbGciOiJFUzI1NiIs.eyJudCI6IkFOIiwiYWlk.c2lnbmF0dXJlLWhlcmU"
PLAIN_ENV = {"name": "TWINGATE_ACCESS_TOKEN", "value": UNKNOWN}
SECURE_ENV = {"name": "TWINGATE_ACCESS_TOKEN", "secureValue": UNKNOWN}


def instance(**props):
    return Res(t.INSTANCE, "x", props)


def containers(*entries):
    image = {"name": "c", "image": "twingate/connector:1.80.0", "environmentVariables": list(entries)}
    return Res(t.CONTAINER_GROUP, "x", {"containers": [image]}, {"containers": ["tokens-a"]})


def says(words, how="", holds="holds"):
    return f"{words} {holds} a Connector's token in {how}. {FIX}"


@pytest.mark.parametrize(
    "stack",
    [
        pytest.param([instance(userData="TWINGATE_NETWORK=acme\nTWINGATE_ACCESS_TOKEN=$(cat /run/pair)")], id="read"),
        pytest.param([instance(userData='TWINGATE_ACCESS_TOKEN="${access_token_from_the_secret_store}"')], id="shell"),
        pytest.param([containers(SECURE_ENV), NETWORK, *connector("a")], id="secure value"),
        pytest.param([NETWORK, *connector("a")], id="secret store"),
        pytest.param([Res(t.INSTANCE, "x", {"userData": UNKNOWN})], id="a host of nobody knows whom"),
    ],
)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


FAILS = [
    pytest.param([instance(userData=LITERAL)], says("Instance 'x'", "`userData`"), id="user data"),
    pytest.param(
        [instance(userDataBase64=base64.b64encode(LITERAL.encode()).decode())],
        says("Instance 'x'", "`userDataBase64`"),
        id="base64",
    ),
    pytest.param([instance(tags={"pair": JWT})], says("Instance 'x'", "`tags`"), id="tag"),
    pytest.param([Res("aws:s3/bucket:Bucket", "x", {"tags": {"a": JWT}})], says("Bucket 'x'", "`tags`"), id="any tag"),
    pytest.param(
        [
            Res(
                t.ECS_TASK,
                "x",
                {"containerDefinitions": '[{"environment":[{"name":"A","value":"' + JWT + '"}]}]'},
            )
        ],
        says("Task definition 'x'", "`containerDefinitions`"),
        id="ECS environment",
    ),
    pytest.param(
        [Res(t.GCP_INSTANCE, "x", {"metadata": {"startup-script": LITERAL}})],
        says("Instance 'x'", "`metadata`"),
        id="metadata",
    ),
    pytest.param(
        [containers(PLAIN_ENV), NETWORK, *connector("a")],
        says("Container group 'x'", "`containers[0].environmentVariables[0].value`, in plain text: use `secureValue`"),
        id="plain environment",
    ),
    pytest.param(
        [Res(t.INSTANCE, "x", {"userData": UNKNOWN}, {"userData": ["tokens-a"]}), NETWORK, *connector("a")],
        says("Instance 'x'", "`userData` (it depends on TwingateConnectorTokens)"),
        id="by dependency",
    ),
    pytest.param(
        [Res("aws:s3/bucket:Bucket", "x", {"tags": {"a": UNKNOWN}}, {"tags": ["tokens-a"]}), NETWORK, *connector("a")],
        says("Bucket 'x'", "`tags` (it depends on TwingateConnectorTokens)"),
        id="tag by dependency",
    ),
]


@pytest.mark.parametrize(("stack", "said"), FAILS)
def test_fails(stack, said):
    assert analyze(NAME, *stack) == [("MANDATORY", "x", said)]
    assert JWT not in said
    assert "abcdefghij" not in said


@pytest.mark.parametrize("stack", [FAILS[i].values[0] for i in (6, 7)])
def test_one_unknown_never_silences(stack):
    assert silencing(NAME, stack) == []


def test_one_unknown_never_silences_of_a_marked_host():
    stack = [Res(t.INSTANCE, "x", {"userData": LITERAL, "ami": "ami-1"}, inside="gatepost:aws:Host")]
    assert silencing(NAME, stack) == []


def test_unknown_user_data_of_a_connector_is_listed():
    said = [says(f"Instance 'host-{slot}'", "`userData`", "may hold") for slot in "ab"]
    assert analyze(NAME, *fleet()) == [("ADVISORY", "", " ".join(NOT_JUDGED + text for text in said))]


def test_unknown_beside_a_violation():
    stack = [*fleet(host("a")), instance(userData=LITERAL)]
    assert [(level, name) for level, name, _ in analyze(NAME, *stack)] == [("MANDATORY", "x"), ("ADVISORY", "")]


def test_outputs():
    tokens = Res(t.TOKENS, "t", {"connectorId": "c"}, computed={"accessToken": JWT, "refreshToken": "r" * 30})
    out = Res("pulumi:pulumi:Stack", "shop-dev", {}, computed={"names": ["a"], "debug": {"env": f"A={JWT}"}})
    said = "The stack exports a Connector's token as `debug`. Remove it: who reads it can pose as the host."
    assert analyze(NAME, tokens, out) == [("MANDATORY", "shop-dev", said)]
    assert analyze(NAME, out) == []


def test_metadata():
    assert metadata(NAME) == {
        "name": "twingate-tokens-not-in-text",
        "description": "Tokens of Connectors are in no text that people can read.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_CRITICAL",
        "tags": ["twingate", "tokens", "secrets", "twingate-tokens"],
        "remediationSteps": "Write the pair to AWS SSM (SecureString), Google Secret Manager or `secureValue` of a "
        "container, and pass only the secret's name in user data.",
        "url": "https://www.twingate.com/docs/connector-advanced-settings",
    }
