"""What the sandbox's Azure knows: resources by their ids, and the operations under way."""

import itertools
import threading
import uuid
from collections.abc import Callable, Hashable, Iterator
from datetime import UTC, datetime
from ipaddress import IPv4Network
from typing import Any, TypeVar

from .errors import Refusal, bad

Props = dict[str, Any]
T = TypeVar("T")

BLOCKS = ("203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24")
"""Public addresses: the blocks for documentation (RFC 5737), which nobody has. The block for benchmarks is taken by
the sandbox's AWS and Google. There are no larger ones, so 762 addresses must do for one run of the sandbox."""


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class State:
    """Everything there is. Hold ``lock`` while reading more than one thing, and while writing."""

    def __init__(self, clock: Callable[[], datetime] = now) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.resources: dict[str, Props] = {}
        """By id in lower case. Members that start with ``_`` are never shown. A write puts a new dict in the place."""
        self.operations: set[str] = set()
        """Paths of operations, which are all done."""
        self.pulls: list[datetime] = []
        """When images were pulled from Docker Hub without an account."""
        self.version = 0
        """Another one before and after each write."""
        self._remembered: dict[Hashable, tuple[int, Any]] = {}
        self._addresses = (int(address) for text in BLOCKS for address in IPv4Network(text).hosts())
        self._numbers = itertools.count(1)

    def remembered(self, key: Hashable, find: Callable[[], T]) -> T:
        """What ``find`` gave, until something is written. Not for writes, which must see their own."""
        version = self.version
        kept = self._remembered.get(key)
        if kept is None or kept[0] != version:
            kept = self._remembered[key] = (version, find())
        return kept[1]

    def new_number(self) -> int:
        """1, 2, 3, ..."""
        return next(self._numbers)

    def new_addresses(self, count: int = 1) -> IPv4Network:
        """A block of public addresses that nobody ever had; ``count`` is a power of two."""
        taken = list(itertools.islice(self._addresses, count))
        while len(taken) == count and taken[0] % count:
            taken = [*taken[1:], *itertools.islice(self._addresses, 1)]
        if len(taken) < count:
            text = "The sandbox has given out all of its 762 addresses"
            raise bad("PublicIPCountLimitReached", f"{text}, and none twice. Restart it to begin anew.")
        return IPv4Network((taken[0], 32 - (count.bit_length() - 1)))

    def get(self, rid: str) -> Props | None:
        """A resource by its id, in any case."""
        return self.resources.get(rid.lower())

    def found(self, rid: str) -> Props:
        """A resource that must be there."""
        resource = self.get(rid)
        if resource is None:
            raise not_found(rid)
        return resource

    def below(self, rid: str, collection: str) -> Iterator[Props]:
        """The children of a resource, in the order of their creation."""
        prefix = f"{rid}/{collection}/".lower()
        for key, resource in list(self.resources.items()):
            if key.startswith(prefix) and "/" not in key[len(prefix) :]:
                yield resource

    def all(self, kind: str) -> Iterator[Props]:
        """The resources of a type, such as ``Microsoft.Network/natGateways``, in every group."""
        return (resource for resource in list(self.resources.values()) if resource["type"] == kind)

    def users(self, rid: str, kind: str = "") -> Iterator[Props]:
        """The resources that mention one by its id, in the order of their creation; of one type or of all."""
        wanted = rid.lower()
        for key, resource in list(self.resources.items()):
            if key != wanted and resource["type"].endswith(kind) and wanted in references(resource["properties"]):
                yield resource

    def new_operation(self, subscription: str, namespace: str, last: str) -> str:
        """The path of an operation; ``last`` is the name of the collection it is in."""
        path = f"/subscriptions/{subscription}/providers/{namespace}/locations/all/{last}/{uuid.uuid4()}"
        self.operations.add(path)
        return path


def references(value: Any) -> set[str]:
    """Every ``{"id": ...}`` of another resource in a value, in lower case."""
    if isinstance(value, dict):
        own = value.get("id")
        found = {own.lower()} if isinstance(own, str) and own.lower().startswith("/subscriptions/") else set()
        return found.union(*map(references, value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


def shown(value: Any) -> Any:
    """A copy without the members that are nobody's business."""
    if isinstance(value, dict):
        return {k: shown(v) for k, v in value.items() if not k.startswith("_")}
    return [shown(v) for v in value] if isinstance(value, list) else value


def group_of(rid: str) -> str:
    """The id of the resource group that an id is in."""
    return "/".join(rid.split("/")[:5])


def not_found(rid: str) -> Refusal:
    """Azure's answer for an id where nothing is."""
    parts = rid.split("/")
    if len(parts) <= 5:
        return Refusal(404, "ResourceGroupNotFound", f"Resource group '{parts[-1]}' could not be found.")
    if len(parts) > 9:
        return Refusal(404, "NotFound", f"Resource {rid} not found.")
    more = "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    text = f"The Resource '{'/'.join(parts[6:])}' under resource group '{parts[4]}' was not found. {more}"
    return Refusal(404, "ResourceNotFound", text)
