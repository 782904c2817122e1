"""The image of a Connector host is named by what never changes.

A moving name (`latest`, an image family, an SSM parameter) means another image for the next host, without a review. The
vendor advises `latest` so that updates arrive: choose by the level of the rule, and roll pinned images often.
"""

import re
from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, PolicyResource, Severity

from ..checks import must
from ..frame import Finding, Rule
from ..known import kind
from ..stack import Stack
from ..topology import HOSTS

_CONTAINER = re.compile(r".+:v?\d+\.\d+(\.\d+)*[\w.-]*|.+@sha256:[0-9a-f]{64}")
_AWS = re.compile(r"ami-[0-9a-f]{8,17}")
_GCP = re.compile(r"(https://www\.googleapis\.com/compute/v1/)?projects/[^/]+/global/images/[^/]+")
_AZURE = re.compile(r"/subscriptions/.+/(images/[^/]+|versions/(?!latest$)[^/]+)")
_ROWS = {
    "aws:": (_AWS, "Set it to an AMI id such as 'ami-0123456789abcdef0'."),
    "gcp:": (_GCP, "Set it to one image, such as 'projects/debian-cloud/global/images/debian-12-bookworm-v20261110'."),
    "azure-native:containerinstance:": (
        _CONTAINER,
        "Set it to a full version (':1.80.0') or a digest.",
    ),
    "azure-native:compute:": (_AZURE, "Set it to the id of one version of an image."),
}


def _judge(host: PolicyResource, _stack: Stack) -> Iterator[Finding]:
    pattern, fix = next(row for prefix, row in _ROWS.items() if kind(host).startswith(prefix))
    for path in HOSTS[kind(host)].images:
        yield from must(host, path, lambda image: image is None or bool(pattern.fullmatch(str(image))), fix)


rule = Rule(
    name="connector-pinned-image",
    description="Connector hosts run an image that is named by what never changes.",
    practice="images",
    remediation="Set `ami`, `imageId`, `bootDisk.initializeParams.image` or `containers[].image` to one fixed image.",
    severity=Severity.LOW,
    level=EnforcementLevel.ADVISORY,
    clouds=("aws", "gcp", "azure"),
    tags=("host", "image"),
    types=tuple(token for token, host in HOSTS.items() if host.images),
    each=_judge,
)
