"""Connector hosts, their firewalls and addresses say who owns them: by tags, or by labels on Google Cloud."""

from collections.abc import Iterator

from pulumi_policy import EnforcementLevel, PolicyResource, Severity

from ..checks import label
from ..evidence import key_of
from ..frame import Finding, Rule
from ..known import UNKNOWN, given, items, kind, read
from ..stack import Stack
from ..topology import (
    AUTOSCALING_GROUP,
    AZURE_GROUP,
    AZURE_MACHINE,
    CONTAINER_GROUP,
    EIP,
    GCP_INSTANCE,
    INSTANCE,
    SECURITY_GROUPS,
    SPOT,
)

_KEYS = {
    **dict.fromkeys((INSTANCE, SPOT, AUTOSCALING_GROUP, EIP, *SECURITY_GROUPS), "tags"),
    **dict.fromkeys((CONTAINER_GROUP, AZURE_MACHINE, AZURE_GROUP), "tags"),
    GCP_INSTANCE: "labels",
}
_ALL = {"tags": ("tags", "tagsAll"), "labels": ("labels", "effectiveLabels")}


def _judge(resource: PolicyResource, stack: Stack) -> Iterator[Finding]:
    key = _KEYS[kind(resource)]
    found: set[object] = set()
    for where in _ALL[key]:
        tags = read(resource.props, where)
        if tags is UNKNOWN and (where == key or not found) and given(resource, where):
            found.add(UNKNOWN)
        elif tags is not UNKNOWN and tags is not None:
            found |= {key_of(tag) for tag in items(tags)} | (set(tags) if hasattr(tags, "keys") else set())
    missing = [name for name in stack.config["keys"] if name not in found]
    if missing:
        text = f"{label(resource)} lacks {', '.join(missing)} in `{key}`. Add them, so that people know whose it is."
        yield Finding(resource, text, UNKNOWN if UNKNOWN in found else True)


rule = Rule(
    name="connector-labels",
    description="Connector hosts, their firewalls and addresses carry the required tags or labels.",
    practice="aws-tags",
    remediation="Add the keys that the setting `keys` lists to `tags` (Google: `labels`).",
    severity=Severity.LOW,
    level=EnforcementLevel.ADVISORY,
    clouds=("aws", "gcp", "azure"),
    tags=("labels",),
    types=tuple(_KEYS),
    each=_judge,
    settings={
        "keys": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "Keys of tags, and of labels on Google Cloud, that must be there; none by default.",
        }
    },
)
