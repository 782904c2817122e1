"""What the sandbox's Azure knows: resources by their ids, and the operations under way."""

import itertools
import threading
import uuid
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network
from typing import Any, TypeVar

from gatepost_sandbox.indexed import Indexed, Props

from .errors import Refusal, bad

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
        self.resources = Indexed(_marks)
        """By id in lower case. Members that start with ``_`` are never shown. A write puts a new dict in the place."""
        self.operations: set[str] = set()
        """Paths of operations, which are all done."""
        self.pulls: deque[datetime] = deque()
        """When images were pulled from Docker Hub without an account."""
        self.version = 0
        """Another one before and after each write."""
        self._remembered: dict[Hashable, tuple[int, Any]] = {}
        self._addresses = (int(address) for text in BLOCKS for address in IPv4Network(text).hosts())
        self._out, self._withheld = set[int](), set[int]()
        self.given: str | None = None
        """The address that ``new_addresses`` hands out, where somebody may choose it."""
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
        if self.given:
            return IPv4Network(self.given)
        taken = list(itertools.islice(self._addresses, count))
        while len(taken) == count and (taken[0] % count or not self._withheld.isdisjoint(taken)):
            taken = [*taken[1:], *itertools.islice(self._addresses, 1)]
        if len(taken) < count:
            text = "The sandbox has given out all of its 762 addresses"
            raise bad("PublicIPCountLimitReached", f"{text}, and none twice. Restart it to begin anew.")
        self._out.update(taken)
        return IPv4Network((taken[0], 32 - (count.bit_length() - 1)))

    def withhold(self, address: str) -> bool:
        """Never give an address out; False when somebody has it already."""
        with self.lock:
            self._withheld.add(int(IPv4Address(address)))
            return int(IPv4Address(address)) not in self._out

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
        return (resource for _, resource in self.resources.having(("in", f"{rid}/{collection}".lower())))

    def all(self, kind: str) -> Iterator[Props]:
        """The resources of a type, such as ``Microsoft.Network/natGateways``, in every group."""
        return (resource for _, resource in self.resources.having(("type", kind)))

    def users(self, rid: str, kind: str = "") -> Iterator[Props]:
        """The resources that mention one by its id, in the order in which they came to do so; of one type or of all."""
        found = self.resources.having(("uses", rid.lower()))
        return (resource for _, resource in found if resource["type"].endswith(kind))

    def new_operation(self, subscription: str, namespace: str, last: str) -> str:
        """The path of an operation; ``last`` is the name of the collection it is in."""
        path = f"/subscriptions/{subscription}/providers/{namespace}/locations/all/{last}/{uuid.uuid4()}"
        self.operations.add(path)
        return path


def _marks(key: str, resource: Props) -> Iterator[Hashable]:
    """What a resource is found by."""
    yield "in", key.rpartition("/")[0]
    yield "type", resource["type"]
    for wanted in references(resource["properties"]) - {key}:
        yield "uses", wanted
    if "_ip" in resource:
        yield "ip", resource["properties"]["subnetIds"][0]["id"].lower(), resource["_ip"]


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
