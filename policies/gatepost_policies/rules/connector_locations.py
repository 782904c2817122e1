"""Connector hosts run where they may: in the approved regions, and not where Twingate is not dependable."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from pulumi_policy import PolicyResource, Severity

from ..checks import must
from ..frame import Finding, Rule
from ..known import kind
from ..stack import Stack
from ..topology import AZURE_MACHINE, AZURE_SCALE_SET, CONTAINER_GROUP, GCP_FROM_TEMPLATE, GCP_INSTANCE, INSTANCE, SPOT

_PATHS = {
    INSTANCE: ("region", "availabilityZone"),
    SPOT: ("region", "availabilityZone"),
    GCP_INSTANCE: ("zone",),
    GCP_FROM_TEMPLATE: ("zone",),
    CONTAINER_GROUP: ("location",),
    AZURE_MACHINE: ("location",),
    AZURE_SCALE_SET: ("location",),
}


def _judge(host: PolicyResource, stack: Stack) -> Iterator[Finding]:
    allowed, refused = stack.config["allowed"], stack.config["refused"]

    def passes(place: object) -> bool:
        text = "".join(str(place).casefold().split())
        return place is None or (
            any(fnmatchcase(text, pattern) for pattern in allowed)
            and not any(fnmatchcase(text, pattern) for pattern in refused)
        )

    fix = f"Use one of {', '.join(allowed)}, but none of {', '.join(refused) or 'nothing else'}."
    for path in _PATHS[kind(host)]:
        yield from must(host, path, passes, fix)


rule = Rule(
    name="connector-locations",
    description="Connector hosts run in approved regions.",
    practice="twingate-regions",
    remediation="Set `region` or `availabilityZone` (AWS), `zone` (Google) or `location` (Azure) to an approved one.",
    severity=Severity.MEDIUM,
    clouds=("aws", "gcp", "azure"),
    tags=("host", "location"),
    types=tuple(_PATHS),
    each=_judge,
    settings={
        "allowed": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["*"],
            "description": "Approved regions and zones in lower case, * for any text (`eu-*`, `europe-west3-?`).",
        },
        "refused": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["cn-*", "china*"],
            "description": "Regions that never pass. Default: China, where Twingate is not dependable.",
        },
    },
)
