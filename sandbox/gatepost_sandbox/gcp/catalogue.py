"""What Google Cloud offers: regions, zones, machine types, images. Tables, and the methods that read them.

Regions and zones: https://cloud.google.com/compute/docs/regions-zones. Machine types:
https://cloud.google.com/compute/docs/general-purpose-machines, a selection. Images: Debian's, with made-up dates.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_ZONES = {"europe-west1": "bcd", "us-central1": "abcf", "us-east1": "bcd"}  # all others: a, b and c
_AREAS = {
    "africa": ("south1",),
    "asia": (
        "east1",
        "east2",
        "northeast1",
        "northeast2",
        "northeast3",
        "south1",
        "south2",
        "southeast1",
        "southeast2",
    ),
    "australia": ("southeast1", "southeast2"),
    "europe": (
        "central2",
        "north1",
        "north2",
        "southwest1",
        "west1",
        "west2",
        "west3",
        "west4",
        "west6",
        "west8",
        "west9",
        "west10",
        "west12",
    ),
    "me": ("central1", "central2", "west1"),
    "northamerica": ("northeast1", "northeast2", "south1"),
    "southamerica": ("east1", "west1"),
    "us": ("central1", "east1", "east4", "east5", "south1", "west1", "west2", "west3", "west4"),
}
REGIONS = tuple(f"{area}-{place}" for area, places in _AREAS.items() for place in places)
ZONES = {f"{region}-{letter}": region for region in REGIONS for letter in _ZONES.get(region, "abc")}
"""Zone -> its region."""

X86, ARM = "X86_64", "ARM64"


@dataclass(frozen=True)
class MachineType:
    """Size of a machine; ``zones`` is None where every zone has it."""

    cpus: int
    memory_mb: int
    architecture: str = X86
    zones: frozenset[str] | None = None


_T2A = frozenset(
    f"{region}-{zone}"
    for region, zones in (("asia-southeast1", "bc"), ("europe-west4", "abc"), ("us-central1", "abf"))
    for zone in zones
)
MACHINE_TYPES: dict[str, MachineType] = {
    "f1-micro": MachineType(1, 614),
    "g1-small": MachineType(1, 1740),
    "e2-micro": MachineType(2, 1024),
    "e2-small": MachineType(2, 2048),
    "e2-medium": MachineType(2, 4096),
    **{f"e2-standard-{n}": MachineType(n, 4096 * n) for n in (2, 4, 8, 16, 32)},
    **{f"n1-standard-{n}": MachineType(n, 3840 * n) for n in (1, 2, 4, 8)},
    **{f"n2-standard-{n}": MachineType(n, 4096 * n) for n in (2, 4, 8, 16)},
    **{f"t2a-standard-{n}": MachineType(n, 4096 * n, ARM, _T2A) for n in (1, 2, 4, 8)},
}


@dataclass(frozen=True)
class Image:
    """A public image; the newest of a family is the last one in ``IMAGES``."""

    project: str
    family: str
    name: str
    architecture: str
    created: str

    @property
    def path(self) -> str:
        """Its relative name."""
        return f"projects/{self.project}/global/images/{self.name}"


IMAGES = [
    Image("debian-cloud", f"debian-12{arm}", f"debian-12-bookworm{arm}-v{day}", architecture, created)
    for day, created in (("20260811", "2026-08-11T00:00:00.000+00:00"), ("20261006", "2026-10-06T00:00:00.000+00:00"))
    for arm, architecture in (("", X86), ("-arm64", ARM))
]


def add(path: str, architecture: str) -> None:
    """Add an image that is of no family."""
    _, project, _, _, name = path.split("/")
    IMAGES.append(Image(project, "", name, architecture, "2026-10-06T00:00:00.000+00:00"))


def image(path: str | None) -> Image | None:
    """The image that a relative name means: an image's own, or its family's."""
    parts = (path or "").split("/")
    if len(parts) == 6 and parts[4] == "family":
        return newest(parts[1], parts[5])
    return next((i for i in IMAGES if i.path == path), None)


def newest(project: str, family: str) -> Image | None:
    """The newest image of a family."""
    found = [i for i in IMAGES if (i.project, i.family) == (project, family)]
    return found[-1] if found else None


def machine_types(zone: str) -> Iterator[tuple[str, MachineType]]:
    """What a zone has."""
    for name, found in MACHINE_TYPES.items():
        if found.zones is None or zone in found.zones:
            yield name, found


def as_resource(found: Image) -> dict[str, Any]:
    """An image in the API's form, without its links."""
    return {
        "kind": "compute#image",
        "id": str(7_000_000_000_000_000_000 + IMAGES.index(found)),
        "name": found.name,
        **({"family": found.family} if found.family else {}),
        "architecture": found.architecture,
        "creationTimestamp": found.created,
        "description": "Debian, Debian GNU/Linux, 12 (bookworm)",
        "diskSizeGb": "10",
        "archiveSizeBytes": "1",
        "status": "READY",
        "sourceType": "RAW",
    }
