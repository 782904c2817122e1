"""One request on its way through the sandbox, and what its path says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .errors import Refusal
from .state import Props, State, references

GROUP_TYPES = ("resourceGroups",)
"""The types of a path that ends at a resource group, or at the list of them."""


@dataclass(frozen=True)
class Path:
    """A path of Azure Resource Manager: ``/subscriptions/S/resourceGroups/G/providers/NAMESPACE/TYPE/NAME/...``."""

    subscription: str
    group: str
    namespace: str
    types: tuple[str, ...]
    """Types on the way, such as ``virtualNetworks`` and ``subnets``. A last one without name is a list or an action."""
    names: tuple[str, ...]

    @property
    def kind(self) -> str:
        """``Microsoft.Network/virtualNetworks/subnets``."""
        return "/".join((self.namespace, *self.types))

    @property
    def rid(self) -> str:
        """The id, without a last type that has no name."""
        if self.types == GROUP_TYPES:
            return self.group_id
        pairs = "".join(f"/{t}/{n}" for t, n in zip(self.types, self.names, strict=False))
        return f"{self.group_id}/providers/{self.namespace}{pairs}"

    @property
    def group_id(self) -> str:
        """The id of the resource group."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"


def parse(path: str) -> Path | None:
    """What a path means; None for one that is not of a resource group or of something in it."""
    parts = path.strip("/").split("/")
    words = [part.lower() for part in parts]
    if len(parts) < 3 or words[0] != "subscriptions" or words[2] != "resourcegroups":
        return None
    if len(parts) <= 4:
        names = tuple(parts[3:4])
        return Path(parts[1], names[0] if names else "", "Microsoft.Resources", GROUP_TYPES, names)
    if words[4] != "providers" or len(parts) < 7:
        return None
    return Path(parts[1], parts[3], parts[5], tuple(parts[6::2]), tuple(parts[7::2]))


@dataclass(frozen=True)
class Call:
    """A request whose path, API version and body are all right."""

    state: State
    path: Path
    query: dict[str, str]
    body: Props = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """Status and body; ``operation`` is the path of the operation that does the rest."""

    status: int
    body: Any = None
    operation: str | None = None


Handler = Callable[[Call], Answer]


def referred(call: Call, value: Any, kind: str, member: str) -> Props | None:
    """The resource that ``{"id": ...}`` means; None without one. Raises a Refusal when it is of another type."""
    rid = value.get("id") if isinstance(value, dict) else None
    if rid is None:
        return None
    found = call.state.found(rid)
    if found["type"] != kind:
        text = f"Cannot parse the request. The value of '{member}' is the id of a {found['type']}, not of a {kind}."
        raise Refusal(400, "InvalidRequestFormat", text)
    return found


def check_references(call: Call, resource: Props) -> None:
    """Every id in a resource must be that of something that exists, or of a part of itself."""
    own = call.path.rid.lower()
    for wanted in sorted(references(resource["properties"])):
        if wanted not in call.state.resources and not wanted.startswith(own):
            where = f"Resource {wanted} referenced by resource {call.path.rid} was not found."
            hint = "Please make sure that the referenced resource exists, and that both resources are in the same "
            raise Refusal(400, "InvalidResourceReference", f"{where} {hint}region.")
