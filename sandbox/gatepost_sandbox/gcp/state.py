"""What the sandbox's Google Cloud knows: resources, IAM policies and operations, in one place."""

import copy
import itertools
import threading
import uuid
from collections.abc import Callable, Hashable, Iterator
from datetime import UTC, datetime
from ipaddress import IPv4Network
from typing import Any

from gatepost_sandbox.indexed import Indexed, Props
from gatepost_sandbox.refusals.pool import Pool

from .errors import Refusal

ROOT = "https://www.googleapis.com/compute/v1/"
"""What links to resources of Compute Engine start with, here as there."""
ADDRESSES = IPv4Network("198.19.0.0/16")
"""External addresses: the second half of the range for benchmarks (RFC 2544), in use by nobody."""


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class State:
    """Everything there is. Hold ``lock`` while reading more than one thing, and while writing."""

    def __init__(self, clock: Callable[[], datetime] = now) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.resources = Indexed(_marks)
        """By relative name, such as ``projects/p/global/networks/n``. Members that start with ``_`` are never shown."""
        self.policies: dict[str, Props] = {}
        """IAM policies by the relative name of what they are on."""
        self.operations: dict[str, Props] = {}
        self._ids = itertools.count(1)
        self.addresses = Pool(ADDRESSES)
        self.given: str | None = None
        """The address that ``new_address`` hands out, where somebody may choose it."""

    def new_id(self) -> str:
        """A number of 19 digits, never the same twice."""
        return str(4_000_000_000_000_000_000 + next(self._ids))

    def new_address(self) -> str:
        """An external address that nobody ever had."""
        address = self.given or self.addresses.next()
        if address is None:
            raise Refusal(403, "Quota 'STATIC_ADDRESSES' exceeded: the sandbox has given out all of its addresses.")
        return address

    def timestamp(self) -> str:
        """The time in Compute Engine's form."""
        return self.clock().isoformat(timespec="milliseconds")

    def below(self, prefix: str) -> Iterator[tuple[str, Props]]:
        """The resources right below a collection's name, in the order of their creation."""
        return self.resources.having(("in", prefix))

    def all(self, collection: str) -> Iterator[tuple[str, Props]]:
        """The resources of a collection, such as ``instances``, in every project and place."""
        return self.resources.having(("all", collection))

    def users(self, text: str) -> Iterator[tuple[str, Props]]:
        """The resources that say a link or an external address, in the order in which they came to do so."""
        return self.resources.having(("says", text))


def link(name: str) -> str:
    """The full link of a resource of Compute Engine."""
    return ROOT + name


def relative(value: Any, project: str = "") -> str | None:
    """The relative name that a link means: a full one, or one from projects/, global/, regions/ or zones/ on."""
    if not isinstance(value, str):
        return None
    if "://" in value:
        _, found, rest = value.partition("/projects/")
        return f"projects/{rest}" if found else None
    if value.startswith("projects/"):
        return value
    return f"projects/{project}/{value}" if value.startswith(("global/", "regions/", "zones/")) else None


def shown(value: Any) -> Any:
    """A copy without the members that are nobody's business."""
    if isinstance(value, dict):
        return {k: shown(v) for k, v in value.items() if not k.startswith("_")}
    if isinstance(value, list):
        return [shown(v) for v in value]
    return copy.copy(value)


def _marks(name: str, resource: Props) -> Iterator[Hashable]:
    """What a resource is found by. The default route of a network does not count as a user of it."""
    parts = name.split("/")
    yield "in", "/".join(parts[:-1])
    yield "all", parts[-2]
    for field in ("email", "address"):
        if field in resource:
            yield field, resource[field]
    if not resource.get("_default"):
        for key, value in resource.items():
            if key != "selfLink":
                yield from (("says", text) for text in _said(value))
    for interface in resource.get("networkInterfaces") or ():
        yield "inner", interface["subnetwork"], interface["networkIP"]


def _said(value: Any) -> Iterator[str]:
    """The links and addresses in a value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "natIP":
                yield inner
            yield from _said(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _said(inner)
    elif isinstance(value, str) and value.startswith(ROOT):
        yield value


def new_name(kind: str) -> str:
    """A name that the API makes up."""
    return f"{kind}-{uuid.uuid4().hex[:16]}"
