"""What becomes of a container: whether its image can be pulled, and whether its process stays up."""

import re
from dataclasses import dataclass

from .state import Props

CONNECTOR = "twingate/connector"
"""The image of the Connector on Docker Hub: https://www.twingate.com/docs/deploy-connectors-docker."""
HEALTH = ["/connectorctl", "health"]
"""The only command in that image that a probe can run."""
_REFERENCE = re.compile(
    r"(?:(?P<host>[a-z0-9.-]+\.[a-z0-9.-]+(?::\d+)?)/)?(?P<path>[a-z0-9._-]+(?:/[a-z0-9._-]+)*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_MICROSOFT = "mcr.microsoft.com"


@dataclass(frozen=True)
class Ailment:
    """Why a container does not run."""

    status: str
    """Azure's word for it."""
    text: str
    """A clause that follows the container group's id."""


def is_connector(image: str) -> bool:
    """Whether an image is the Connector's: from Docker Hub, or from a registry that keeps a copy of it."""
    found = _REFERENCE.fullmatch(image)
    return found is not None and (found["path"] == CONNECTOR or bool(found["host"] and _copies(found["path"])))


def ailment(container: Props) -> Ailment | None:
    """Why a container does not run, or None."""
    given = container["properties"]
    image = given["image"]
    found = _REFERENCE.fullmatch(image)
    if found is None:
        return Ailment("InvalidImageName", f"never boots: '{image}' is not the name of an image")
    if not is_connector(image):
        if found["host"] == _MICROSOFT:
            return None
        return Ailment("ErrImagePull", f"never boots: the sandbox knows no image '{image}' but {CONNECTOR}")
    if given.get("command"):
        return Ailment("CrashLoopBackOff", "does not run the Connector: its container has a command of its own")
    probe = given.get("livenessProbe")
    if probe and (probe.get("exec") or {}).get("command") != HEALTH:
        text = "is restarted again and again: its liveness probe can only be the command " + " ".join(HEALTH)
        return Ailment("CrashLoopBackOff", text)
    return None


def _copies(path: str) -> bool:
    return path.endswith(f"/{CONNECTOR}")
