"""Images of containers: which can be pulled, and whether what runs in them stays up."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from gatepost_sandbox.refusals import quotas

from .errors import Refusal, bad
from .state import Props, State

CONNECTOR = "twingate/connector"
"""The image of the Connector on Docker Hub: https://www.twingate.com/docs/deploy-connectors-docker."""
HEALTH = ["/connectorctl", "health"]
"""The only command in that image that a probe can run."""
HUB = "index.docker.io"
"""Docker Hub, as Azure names it in its messages."""
WINDOW = timedelta(hours=6)
"""The time in which Docker Hub counts pulls."""
_HUBS = (HUB, "docker.io", "registry-1.docker.io", "registry.hub.docker.com")
_MICROSOFT = "mcr.microsoft.com"
_OWN_REGISTRY = ".azurecr.io"
_REFERENCE = re.compile(
    r"(?:(?P<host>[a-z0-9.-]+\.[a-z0-9.-]+(?::\d+)?)/)?(?P<path>[a-z0-9._-]+(?:/[a-z0-9._-]+)*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_TAG = re.compile(r"latest|1(\.\d+){0,2}")


@dataclass(frozen=True)
class Image:
    """The name of an image in its parts. ``host`` is empty for Docker Hub."""

    host: str
    path: str
    tag: str
    digest: str | None

    @property
    def is_connector(self) -> bool:
        """Whether it is the Connector's: from Docker Hub, or from a registry that keeps a copy of it."""
        return self.path == CONNECTOR or (bool(self.host) and self.path.endswith(f"/{CONNECTOR}"))


@dataclass(frozen=True)
class Ailment:
    """Why a container does not run."""

    status: str
    """Azure's word for it."""
    text: str
    """A clause that follows the container group's id."""


def parse(name: str) -> Image | None:
    """What the name of an image says; None for what is no such name."""
    found = _REFERENCE.fullmatch(name)
    if found is None:
        return None
    host = "" if found["host"] in _HUBS else found["host"] or ""
    return Image(host, found["path"], found["tag"] or "latest", found["digest"])


def is_connector(name: str) -> bool:
    """Whether an image is the Connector's."""
    image = parse(name)
    return image is not None and image.is_connector


def ailment(container: Props) -> Ailment | None:
    """Why a container does not run, or None."""
    given = container["properties"]
    if not is_connector(given["image"]):
        return None
    if given.get("command"):
        return Ailment("CrashLoopBackOff", "does not run the Connector: its container has a command of its own")
    probe = given.get("livenessProbe")
    if probe and (probe.get("exec") or {}).get("command") != HEALTH:
        text = "is restarted again and again: its liveness probe can only be the command " + " ".join(HEALTH)
        return Ailment("CrashLoopBackOff", text)
    return None


# --- pulls


def pull(state: State, group: Props) -> None:
    """Pull a group's images, as Azure does it before each start. Raises a Refusal for one that it does not get.

    https://learn.microsoft.com/en-us/azure/container-instances/container-instances-troubleshooting
    """
    names = dict.fromkeys(container["properties"]["image"] for container in group["properties"]["containers"])
    servers = frozenset(_servers(group))
    images = {name: parse(name) for name in names}
    for name, image in images.items():
        problem = _problem(image, servers)
        if problem:
            text = f"The image '{name}' in container group '{group['name']}' is not accessible. Please check the image "
            raise bad("InaccessibleImage", f"{text}and registry credential. {problem}")
    anonymous = sum(1 for image in images.values() if image and not image.host) if not servers & {*_HUBS} else 0
    _count(state, anonymous)


def _servers(group: Props) -> Iterator[str]:
    """The registries that the group has an account for."""
    for given in group["properties"].get("imageRegistryCredentials") or ():
        if given.get("username") and given.get("password"):
            yield given["server"].lower().removeprefix("https://").split("/")[0]


def _problem(image: Image | None, servers: frozenset[str]) -> str | None:
    """Why an image cannot be pulled: a sentence, or None."""
    if image is None:
        return "That is not the name of an image."
    if image.host == _MICROSOFT:
        return None
    if not image.is_connector:
        return f"The sandbox knows {CONNECTOR}, copies of it in other registries, and what is on {_MICROSOFT}."
    if image.host.endswith(_OWN_REGISTRY) and image.host not in servers:
        return f"The registry {image.host} lets nobody in without an account: give imageRegistryCredentials for it."
    if image.digest is None and not _TAG.fullmatch(image.tag):
        return f"There is no tag {image.tag}. The sandbox knows latest, 1, and versions such as 1.80 and 1.80.0."
    return None


def _count(state: State, pulls: int) -> None:
    """Note pulls from Docker Hub without an account; one too many is refused."""
    now = state.clock()
    while state.pulls and state.pulls[0] <= now - WINDOW:
        state.pulls.popleft()
    if pulls and quotas.exceeded("docker_hub_pulls", len(state.pulls) + pulls):
        text = f"An error response is received from the docker registry '{HUB}'. Please retry later."
        raise Refusal(409, "RegistryErrorResponse", text)
    state.pulls.extend([now] * pulls)
