"""Names that Google Cloud takes, and the links by which it names what exists. Pure."""

import re
from collections.abc import Mapping

from . import labels
from .labels import NAME_LIMITS, name_start

_RESOURCE = "gcp resource"
_LIMIT = NAME_LIMITS[_RESOURCE]
_PLACES: Mapping[str, str] = {
    "networks": "global",
    "subnetworks": "regions/europe-west3",
    "addresses": "regions/europe-west3",
    "vpnTunnels": "regions/europe-west3",
    "forwardingRules": "regions/europe-west3",
    "instances": "zones/europe-west3-b",
}
"""Where each kind of resource lies, with an example of the place."""


def checked(name: str) -> str:
    """``name``, the name of a component. Raises ValueError when no name of a Google resource can start with it."""
    allowed = "lower-case letters, digits and inner hyphens, a letter first"
    return name_start(_RESOURCE, name, "Google Cloud resources", allowed)


def child_name(name: str, *parts: str) -> str:
    """``name-parts``; where Pulumi's suffix would not fit into Google's 63 characters, the tail becomes a hash."""
    return labels.child_name(_RESOURCE, name, *parts)


def link_problems(where: str, value: object, kind: str, region: str | None = None) -> list[str]:
    """What is wrong with a link (a row of ``_PLACES``) given as text; ``region``: the one it must lie in.

    A bare name is refused, because it says nothing about the project: a shared VPC's subnetworks are in another one.
    """
    if not isinstance(value, str):
        return []  # an Output: known later
    place, _, example = _PLACES[kind].partition("/")
    middle = rf"{place}/([a-z0-9-]+)" if example else f"{place}()"
    name = f"(?P<name>{_LIMIT.pattern})"
    found = re.fullmatch(rf"(?:https://[^/]+/compute/[^/]+/)?projects/[^/]+/{middle}/{kind}/{name}", value)
    if not found:
        return [f"{where} must be an id or self link like projects/acme/{_PLACES[kind]}/{kind}/name, got {value!r}."]
    if len(found["name"]) > _LIMIT.longest:
        told = f"{where} ends with the name {found['name']!r} of {len(found['name'])} characters"
        return [f"{told}. Names of Google Cloud have at most {_LIMIT.longest} ({_LIMIT.source})."]
    if region and found[1] != region:
        return [f"{where} is in the region {found[1]!r}, but the site is in {region!r}. Change one."]
    return []


def apart_problems(where: str, network: object, subnetwork: object) -> list[str]:
    """Sentence for a subnetwork in another project than its network; a project's number tells nothing about its id."""
    one, other = (project_of(link) if isinstance(link, str) else None for link in (network, subnetwork))
    if one is None or other is None or one == other or one.isdigit() or other.isdigit():
        return []
    return [f"{where} is in the project {other!r}, but its network is in {one!r}. Change one."]


def path(link: str) -> str:
    """A link from ``projects/`` on, which is the same in an id and in every self link; other texts as they are."""
    found = re.search("(?:^|/)(projects/.*)", link)
    return found[1] if found else link


def project_of(link: str) -> str | None:
    """The project that a link names, by id or number; None for a bare name."""
    found = re.match("projects/([^/]+)/", path(link))
    return found[1] if found else None
