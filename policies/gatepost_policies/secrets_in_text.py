"""What the rules against secrets in plain text share: where texts are, and what a secret looks like.

A value is never shown: messages name the resource and the property only.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import PolicyResource

from .evidence import boot_values, texts
from .known import UNKNOWN, given, items, kind, read, walk
from .topology import CONTAINER_GROUP

TAGS = ("tags", "tagsAll", "labels", "effectiveLabels", "tagSpecifications")
STACK = "pulumi:pulumi:Stack"


PARAMETER = "aws:ssm/parameter:Parameter"
PLAIN: Mapping[str, tuple[str, ...]] = {
    PARAMETER: ("value", "insecureValue"),
    "gcp:compute/projectMetadata:ProjectMetadata": ("metadata",),
    "gcp:compute/projectMetadataItem:ProjectMetadataItem": ("value",),
    "azure-native:compute:VirtualMachineExtension": ("settings",),
}
"""Properties of other resources that people can read: a parameter that is no SecureString, metadata of a project."""


def plain_keys(resource: PolicyResource) -> list[str]:
    """Return the properties of a resource that is no host which people can read."""
    found = [key for key in PLAIN.get(kind(resource), ()) if given(resource, key)]
    secure = kind(resource) == PARAMETER and read(resource.props, "type") not in ("String", "StringList")
    return [key for key in found if not (secure and key == "value")]


def assigned(names: str) -> re.Pattern[str]:
    """A pattern for a setting of one of these names that is given a literal value."""
    then = r"""["']?(?:\s*[=:]|\s*,?\s*["']?value["']?\s*:)\s*["']?[A-Za-z0-9_.+/-]{20,}"""
    return re.compile(rf"\b(?:{names}){then}")


def environment(resource: PolicyResource) -> Iterator[tuple[str, Any, Any]]:
    """Yield (path, name, value) of the plain environment of an Azure container group; secure values are left out."""
    if kind(resource) != CONTAINER_GROUP:
        return
    for key in ("containers", "initContainers"):
        for index, container in enumerate(items(read(resource.props, key))):
            for number, entry in enumerate(items(read(container, "environmentVariables"))):
                value = read(entry, "value")
                if value is not None:
                    yield f"{key}[{index}].environmentVariables[{number}].value", read(entry, "name"), value


def plain_texts(resource: PolicyResource) -> Iterator[tuple[str, str]]:
    """Yield (property, text) of everything about a resource that people can read: boot texts and tags."""
    for key, value in boot_values(resource):
        for text in _readable(resource, value):
            yield key, text
    for key in (*plain_keys(resource), *TAGS):
        if given(resource, key):
            for text in texts(read(resource.props, key)):
                if text is not UNKNOWN:
                    yield key, text


def _readable(resource: PolicyResource, value: Any) -> Iterator[str]:
    found = walk(value, "*.command.*") if kind(resource) == CONTAINER_GROUP else [value]
    for one in found:
        for text in texts(one):
            if text is not UNKNOWN:
                yield text


def readable_keys(resource: PolicyResource) -> list[str]:
    """Return the properties that people can read: what a host boots with, and tags."""
    return [*(key for key, _ in boot_values(resource)), *(key for key in TAGS if given(resource, key))]


def unknown_texts(resource: PolicyResource) -> Iterator[str]:
    """Yield the properties of which a part is unknown, so that it may hold a secret.

    Of containers what counts is a plain value whose name is unknown, and a list that is unknown as a whole: unknown
    secure values are as they should be.
    """
    for key in readable_keys(resource):
        value = read(resource.props, key)
        if kind(resource) == CONTAINER_GROUP and key not in TAGS:
            if value is UNKNOWN or any(UNKNOWN in (c, read(c, "environmentVariables")) for c in items(value)):
                yield key
        elif UNKNOWN in texts(value):
            yield key
    for path, name, _ in environment(resource):
        if name is UNKNOWN:
            yield path


def outputs(resources: list[PolicyResource]) -> Iterator[tuple[PolicyResource, str, str]]:
    """Yield (stack, name, text) of what the stack exports."""
    for stack in resources:
        props: Mapping[str, Any] = stack.props
        for name in props:
            for text in texts(read(props, name)):
                if text is not UNKNOWN:
                    yield stack, name, text
