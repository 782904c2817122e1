"""Images as a program names them (terraform-provider-google, google/services/compute/image.go)."""

import re
from typing import Any

from ..kind import ApiError
from .client import COMPUTE, Gcp, Gone
from .links import relative

_PUBLIC = {"debian": "debian-cloud", "ubuntu": "ubuntu-os-cloud", "cos": "cos-cloud"}
_LINK = re.compile(r"projects/[^/]+/global/images/(family/)?[^/]+")


def resolved(api: Gcp, value: str) -> str:
    """The link that the API takes: from a link, ``project/image``, ``project/family``, an image or a family."""
    path = relative(value)
    if _LINK.fullmatch(path):
        return path
    parts = value.split("/")
    if len(parts) > 2:
        raise ApiError(f"Could not find image or family {value}: write projects/PROJECT/global/images/family/FAMILY.")
    name = parts[-1]
    projects = [parts[0]] if len(parts) == 2 else [api.place("project"), _PUBLIC.get(name.partition("-")[0])]
    for project in filter(None, projects):
        for form in (f"projects/{project}/global/images/{name}", f"projects/{project}/global/images/family/{name}"):
            try:
                api.get(COMPUTE + form)
            except Gone:
                continue
            return form
    raise ApiError(f"Could not find image or family {value}.")


def family_of(path: str) -> tuple[str, str]:
    """Project and family of a link to a family."""
    parts = path.split("/")
    return parts[1], parts[5]


def same_image(old: Any, new: Any) -> bool:
    """Whether a disk made from ``old`` need not be made anew: a newer image of the same family changes nothing."""
    if not isinstance(old, str) or not isinstance(new, str):
        return old == new
    have, want = relative(old), relative(new)
    if _LINK.fullmatch(want):
        if "/family/" not in want:
            return have == want
        project, family = family_of(want)
    else:
        project, _, family = want.rpartition("/")
        if have.rpartition("/")[2] == family:
            return not project or have.split("/")[1] == project
    return (not project or have.split("/")[1] == project) and _in_family(have.rpartition("/")[2], family)


def _in_family(image: str, family: str) -> bool:
    """By their names: debian-12-bookworm-v20261006 is of the family debian-12, its arm64 form of debian-12-arm64."""
    bare = image.replace("-arm64", "")
    return ("-arm64" in image) == family.endswith("-arm64") and bare.startswith(f"{family.removesuffix('-arm64')}-")
