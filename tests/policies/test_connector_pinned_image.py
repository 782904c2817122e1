import pytest
from policies.analyzer import UNKNOWN, Res, analyze, metadata, silencing

from gatepost_policies import topology as t

NAME = "connector-pinned-image"
AMI = "Set it to an AMI id such as 'ami-0123456789abcdef0'."
GCP = "Set it to one image, such as 'projects/debian-cloud/global/images/debian-12-bookworm-v20261110'."
BOX = "Set it to a full version (':1.80.0') or a digest."
DEBIAN = "https://www.googleapis.com/compute/v1/projects/debian-cloud/global/images/debian-12-bookworm-v20261110"


def aws(image):
    return Res(t.INSTANCE, "x", {"ami": image}, inside="gatepost:aws:Host")


def gcp(image):
    disk = {"initializeParams": {"image": image}}
    return Res(t.GCP_INSTANCE, "x", {"bootDisk": disk}, inside="gatepost:gcp:Host")


def box(image):
    return Res(t.CONTAINER_GROUP, "x", {"containers": [{"image": image}]}, inside="gatepost:azure:Host")


@pytest.mark.parametrize(
    "res",
    [
        aws("ami-0123456789abcdef0"),
        gcp(DEBIAN),
        gcp("projects/debian-cloud/global/images/debian-12-bookworm-v20261110"),
        box("twingate/connector:1.80.0"),
        box("twingate/connector:1"[:-2] + "@sha256:" + "a" * 64),
        Res(t.INSTANCE, "web", {"ami": "resolve:ssm:/aws/service/x"}),
    ],
    ids=["AMI", "link", "id", "version", "digest", "another team's"],
)
def test_passes(res):
    assert analyze(NAME, res) == []


FAILS = [
    (aws("resolve:ssm:/aws/x"), f"Instance 'x' sets `ami` to 'resolve:ssm:/aws/x'. {AMI}"),
    (
        gcp("debian-cloud/debian-12"),
        f"Instance 'x' sets `bootDisk.initializeParams.image` to 'debian-cloud/debian-12'. {GCP}",
    ),
    (
        gcp("projects/debian-cloud/global/images/family/debian-12"),
        "Instance 'x' sets `bootDisk.initializeParams.image` to "
        f"'projects/debian-cloud/global/images/family/debian-12'. {GCP}",
    ),
    *(
        (box(image), f"Container group 'x' sets `containers[0].image` to '{image}'. {BOX}")
        for image in ("twingate/connector", "twingate/connector:1", "twingate/connector:latest")
    ),
]


@pytest.mark.parametrize(("res", "said"), FAILS, ids=range(len(FAILS)))
def test_fails(res, said):
    assert analyze(NAME, res) == [("ADVISORY", "x", said)]


@pytest.mark.parametrize(("res", "said"), FAILS, ids=range(len(FAILS)))
def test_one_unknown_never_silences(res, said):
    assert analyze(NAME, res, config={}) == [("MANDATORY", "x", said)]
    assert silencing(NAME, [res], {}) == []


def test_unknown_beside_a_violation():
    mixed = Res(t.CONTAINER_GROUP, "x", {"containers": [{"image": UNKNOWN}, {"image": "a"}]}, inside="gatepost:azure:H")
    assert [(level, name) for level, name, _ in analyze(NAME, mixed, config={})] == [
        ("MANDATORY", "x"),
        ("ADVISORY", ""),
    ]


def test_metadata():
    assert metadata(NAME) == {
        "name": "connector-pinned-image",
        "description": "Connector hosts run an image that is named by what never changes.",
        "enforcementLevel": "ADVISORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_LOW",
        "tags": ["aws", "gcp", "azure", "host", "image", "images"],
        "remediationSteps": "Set `ami`, `imageId`, `bootDisk.initializeParams.image` or `containers[].image` to one "
        "fixed image.",
        "url": "https://www.twingate.com/docs/docker",
    }
