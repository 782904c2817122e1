"""What makes a resource a Connector host: gatepost's marks, the Twingate image, TWINGATE_* settings.

A Connector's pair that reaches it is evidence too: graph.py. An unknown boot text says nothing in a stack
without Twingate's resources; beside them the answer is UNKNOWN.
"""

import base64
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import pulumi
from pulumi_policy import PolicyResource

from .known import UNKNOWN, Answer, either, given, items, kind, read, walk
from .topology import HOSTS

# The tags and labels that gatepost.labels puts on everything; a test compares the two.
OWNER, NETWORK = "managed-by", "gatepost-network"
_MARKS = ("tags", "tagsAll", "labels", "effectiveLabels", "tagSpecifications.*.tags")
_SIGNS = re.compile(
    r"\btwingate/connector\b|\bTWINGATE_(?!API_|SERVICE_|NETWORK\b)[A-Z]|/etc/twingate/(?!service)|\btwingate-connector\b"
)
_ALSO = re.compile(r"\bTWINGATE_NETWORK\b")
_OTHERS = re.compile(r"\bTWINGATE_(?:API|SERVICE)_|\bservice_key\b|twingate\.com/client/")
"""A network is set for Twingate's client and its API, too: beside these words it is no sign of a Connector."""
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{16,}\s*)+={0,2}")
"""Base64, also in the middle of a text and over several lines: files of cloud-init, parts of MIME."""
_SHORTEST = 24
_MOST = 1_000_000
"""Characters of one text that are read: user data has 16 KiB at most, metadata of Google Cloud 256 KiB."""
_DEEPEST = 20
_NESTED = 3
"""Texts inside texts: a gzipped file in cloud-init in user data."""


def marked(resource: PolicyResource) -> Answer:
    """Tell whether the resource itself says that it is gatepost's."""
    parents = resource.urn.split("::")[2:3]
    if any(parent.startswith("gatepost:") for types in parents for parent in types.split("$")):
        return True
    return either(_is_ours(tags) for path in _MARKS for tags in _tags(resource, path))


def _tags(resource: PolicyResource, path: str) -> Iterable[Any]:
    key = path.partition(".")[0]
    for value in walk(resource.props, path):
        if value is not UNKNOWN or key in resource.property_dependencies:  # an unknown computed value says nothing
            yield value


def _is_ours(tags: Any) -> Answer:
    if tags is UNKNOWN:
        return UNKNOWN
    pairs = {k: read(tag, "value") for tag in items(tags) if (k := key_of(tag))}  # AWS also has lists of key and value
    owner = read(tags, OWNER, default=pairs.get(OWNER))
    network = read(tags, NETWORK, default=pairs.get(NETWORK))
    if owner == "gatepost" or network is not None:
        return True
    return UNKNOWN if owner is UNKNOWN or UNKNOWN in pairs else False


def key_of(tag: Any) -> Any:
    """The key of an entry of a list of tags: a text, UNKNOWN, or None for what has none."""
    key = read(tag, "key")
    return key if isinstance(key, str) or key is UNKNOWN else None


def boot_values(resource: PolicyResource) -> Iterator[tuple[str, Any]]:
    """Yield the properties whose texts reach the host, with their values; absent ones are left out."""
    host = HOSTS.get(kind(resource))
    for key in host.boot if host else ():
        if given(resource, key):
            yield key, read(resource.props, key)


def texts(value: Any, depth: int = 0) -> Iterator[Any]:
    """Yield every text inside a value, keys included, decoded where it is Base64 or gzip; UNKNOWN for unknown ones."""
    if value is UNKNOWN or depth > _DEEPEST:
        yield UNKNOWN
    elif isinstance(value, str):
        yield from _decoded(value[:_MOST])
    elif isinstance(value, pulumi.StringAsset):
        yield from _decoded(str(value.text)[:_MOST])
    elif isinstance(value, Mapping):
        for key in value:
            yield str(key)
            yield from texts(read(value, key), depth + 1)
    elif isinstance(value, Sequence):
        for item in items(value):
            yield from texts(item, depth + 1)


def _decoded(text: str, depth: int = 0) -> Iterator[str]:
    yield text
    for found in _BASE64.finditer(text) if depth < _NESTED else ():
        packed = "".join(found[0].rstrip("=\n ").split())
        if len(packed) < _SHORTEST:
            continue
        raw = base64.b64decode(packed[: len(packed) - (len(packed) % 4 == 1)] + "==")
        if raw[:2] == b"\x1f\x8b":
            try:
                raw = zlib.decompressobj(wbits=31).decompress(raw, _MOST)
            except zlib.error:
                continue
        try:
            inner = raw[:_MOST].decode("utf-8")
        except UnicodeDecodeError:
            continue
        yield from _decoded(inner, depth + 1)


def told(resource: PolicyResource) -> Answer:
    """Tell whether the texts that reach the host speak of a Connector."""
    return either(speaks(value) for _, value in boot_values(resource))


def speaks(value: Any) -> Answer:
    """Tell whether the texts inside a value speak of a Connector."""
    found = list(texts(value))
    known = "\n".join(text for text in found if text is not UNKNOWN)
    if _SIGNS.search(known) or (_ALSO.search(known) and not _OTHERS.search(known)):
        return True
    return UNKNOWN if UNKNOWN in found else False


def imaged(resource: PolicyResource, images: Sequence[str]) -> Answer:
    """Tell whether the machine's image is one of `images` (ids or names, * for any text)."""
    host = HOSTS.get(kind(resource))
    found = [image for path in (host.images if host and images else ()) for image in walk(resource.props, path)]
    return either(
        UNKNOWN if image is UNKNOWN else any(fnmatchcase(str(image), pattern) for pattern in images) for image in found
    )
