import pytest
from policies.analyzer import Res, analyze, metadata, silencing

from gatepost_policies import topology as t

NAME = "connector-locations"
ANY = "Use one of *, but none of cn-*, china*."
EU = {"allowed": ["eu-*", "europe-*", "westeurope"]}
USE = "Use one of eu-*, europe-*, westeurope, but none of cn-*, china*."


def res(token, **props):
    return Res(token, "x", props, inside="gatepost:any:Host")


@pytest.mark.parametrize(
    "good",
    [
        res(t.INSTANCE, region="eu-central-1", availabilityZone="eu-central-1a"),
        res(t.GCP_INSTANCE, zone="europe-west3-a"),
        res(t.CONTAINER_GROUP, location="West Europe"),
        res(t.CONTAINER_GROUP),
        Res(t.INSTANCE, "web", {"region": "us-east-1"}),
    ],
    ids=["aws", "gcp", "azure", "not set", "another team's"],
)
def test_passes(good):
    assert analyze(NAME, good, config=EU) == []


FAILS = [
    (res(t.INSTANCE, region="cn-north-1"), f"Instance 'x' sets `region` to 'cn-north-1'. {ANY}", {}),
    (
        res(t.CONTAINER_GROUP, location="China East 2"),
        f"Container group 'x' sets `location` to 'China East 2'. {ANY}",
        {},
    ),
    (res(t.GCP_INSTANCE, zone="us-east1-b"), f"Instance 'x' sets `zone` to 'us-east1-b'. {USE}", EU),
    (res(t.INSTANCE, region="us-east-1"), f"Instance 'x' sets `region` to 'us-east-1'. {USE}", EU),
]


@pytest.mark.parametrize(("bad", "said", "config"), FAILS, ids=range(len(FAILS)))
def test_fails(bad, said, config):
    assert analyze(NAME, bad, config=config) == [("MANDATORY", "x", said)]
    assert silencing(NAME, [bad], config) == []


def test_metadata():
    assert metadata(NAME) == {
        "name": "connector-locations",
        "description": "Connector hosts run in approved regions.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_MEDIUM",
        "tags": ["aws", "gcp", "azure", "host", "location", "twingate-regions"],
        "remediationSteps": "Set `region` or `availabilityZone` (AWS), `zone` (Google) or `location` (Azure) to an "
        "approved one.",
        "url": "https://help.twingate.com/hc/en-us/articles/9841905042",
        "settings": {
            "refused": {
                "description": "Regions that never pass. Default: China, where Twingate is not dependable.",
                "type": "array",
                "items": {"type": "string"},
                "default": ["cn-*", "china*"],
            },
            "allowed": {
                "description": "Approved regions and zones in lower case, * for any text (`eu-*`, `europe-west3-?`).",
                "type": "array",
                "items": {"type": "string"},
                "default": ["*"],
            },
        },
    }
