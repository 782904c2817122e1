"""The clouds, as engine tests that are the same on all of them see each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from places import aws_site, azure_site, gcp_site


@dataclass(frozen=True)
class Place:
    """One cloud. What ``parts`` has (``OLD``, ``NEW``, ``delete_host``, ...) is called the same on each."""

    parts: ModuleType
    site: Callable[..., dict[str, Any]]
    """Gives the stack a site there; the site, to edit."""
    key: str = "frankfurt"
    """Of the site."""
    faults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Operations of its API that fail, are throttled or slow while a rollout goes on."""
    pair: tuple[str, ...] = ()
    """What is made anew when the pair of a host is another one."""


_SLOW = {"kind": "latency", "seconds": 0.2}
_THROTTLED, _FAILED = {"kind": "throttle", "seconds": 0, "count": 2}, {"kind": "error", "status": 503}
_SECRETS = "secretmanager.projects.secrets"
_GROUP = "Microsoft.ContainerInstance/containerGroups"

PLACES: Mapping[str, Place] = {
    "aws": Place(aws_site, aws_site.aws, pair=("pair", "opens-pair", "instance")),
    "gcp": Place(
        gcp_site,
        gcp_site.google,
        faults={
            "compute.instances.insert": _THROTTLED,
            "compute.instances.delete": _FAILED,
            f"{_SECRETS}.create": _FAILED,
            f"{_SECRETS}.addVersion": _THROTTLED,
            f"{_SECRETS}.setIamPolicy": _SLOW,
        },
        pair=("pair", "pair-version", "opens-pair", "instance"),
    ),
    "azure": Place(
        azure_site,
        azure_site.azure,
        key="amsterdam",
        faults={f"PUT {_GROUP}": _THROTTLED, f"DELETE {_GROUP}": _FAILED, f"GET {_GROUP}": _SLOW},
        pair=("group",),
    ),
}
