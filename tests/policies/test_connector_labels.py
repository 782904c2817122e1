import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, Res, analyze, metadata, silencing
from policies.stacks import fleet

from gatepost_policies import topology as t

NAME = "connector-labels"
KEYS = {"keys": ["managed-by", "cost-center"]}
OURS = {"managed-by": "gatepost"}


def says(words, missing, where="tags"):
    return f"{words} lacks {missing} in `{where}`. Add them, so that people know whose it is."


def test_asks_for_nothing_by_default():
    assert analyze(NAME, *fleet()) == []


@pytest.mark.parametrize(
    "res",
    [
        Res(t.INSTANCE, "x", {"tags": {**OURS, "cost-center": "7"}}),
        Res(t.INSTANCE, "x", {"tags": OURS}, computed={"tagsAll": {**OURS, "cost-center": "7"}}),
        Res(t.INSTANCE, "x", {"tags": {**OURS, "cost-center": UNKNOWN}}),
        Res(t.AUTOSCALING_GROUP, "x", {"tags": [{"key": k, "value": "gatepost"} for k in KEYS["keys"]]}),
        Res(t.GCP_INSTANCE, "x", {"labels": {**OURS, "cost-center": "7"}}),
        Res(t.INSTANCE, "web", {"tags": {"team": "web"}}),
        Res("aws:s3/bucket:Bucket", "b", {"tags": OURS}),
    ],
    ids=["all", "default tags", "value unknown", "list", "Google", "another team's", "another type"],
)
def test_passes(res):
    assert analyze(NAME, res, config=KEYS) == []


FAILS = [
    pytest.param(Res(t.INSTANCE, "x", {"tags": OURS}), says("Instance 'x'", "cost-center"), id="instance"),
    pytest.param(Res(t.EIP, "x", {"tags": OURS}), says("Eip 'x'", "cost-center"), id="address"),
    pytest.param(
        Res(t.GCP_INSTANCE, "x", {"labels": OURS}), says("Instance 'x'", "cost-center", "labels"), id="Google"
    ),
    pytest.param(
        Res(t.CONTAINER_GROUP, "x", {"location": "westeurope"}, inside="gatepost:azure:Host"),
        says("Container group 'x'", "managed-by, cost-center"),
        id="no tags",
    ),
]


@pytest.mark.parametrize(("res", "said"), FAILS)
def test_fails(res, said):
    assert analyze(NAME, res, config=KEYS) == [("MANDATORY", "x", said)]
    assert silencing(NAME, [res], KEYS) == []


def test_default_tags_that_are_not_known_leave_it_unjudged():
    unclear = Res(t.INSTANCE, "x", {"tags": UNKNOWN}, inside="gatepost:aws:Host")
    said = says("Instance 'x'", "managed-by, cost-center")
    assert analyze(NAME, unclear, config=KEYS) == [("ADVISORY", "", NOT_JUDGED + said)]


def test_metadata():
    assert metadata(NAME) == {
        "name": "connector-labels",
        "description": "Connector hosts, their firewalls and addresses carry the required tags or labels.",
        "enforcementLevel": "ADVISORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_LOW",
        "tags": ["aws", "gcp", "azure", "labels", "aws-tags"],
        "remediationSteps": "Add the keys that the setting `keys` lists to `tags` (Google: `labels`).",
        "url": "https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html",
        "settings": {
            "keys": {
                "description": "Keys of tags, and of labels on Google Cloud, that must be there; none by default.",
                "type": "array",
                "items": {"type": "string"},
                "default": [],
            }
        },
    }
