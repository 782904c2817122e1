"""The resources of a stack by type, by URN and by what others call them: every look-up takes constant time."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Generic, TypeVar

from pulumi_policy import PolicyResource

from .known import UNKNOWN, given, kind, read, walk

V = TypeVar("V")
_NAMES = ("id", "name", "networkSecurityGroupName", "subnetName", "networkInterfaceName", "vmName")
"""Azure has inputs of other names than outputs, which is all that a preview of a new resource shows."""


def same(one: str, other: str) -> bool:
    """Compare two ids or names, of which one may be a full path and the other only its end."""
    one, other = one.casefold(), other.casefold()
    return one == other or one.endswith(f"/{other}") or other.endswith(f"/{one}")


class ByName(Generic[V]):
    """Values by name, found by every name that is the `same`."""

    def __init__(self) -> None:
        self._rows: defaultdict[str, dict[str, list[V]]] = defaultdict(dict)

    def add(self, name: str, value: V) -> None:
        """Put a value under a name."""
        self._rows[_end(name)].setdefault(name.casefold(), []).append(value)

    def get(self, name: str) -> list[V]:
        """Return the values under the names that are the same as `name`."""
        return [v for other, values in self._rows.get(_end(name), {}).items() if same(name, other) for v in values]


def _end(name: str) -> str:
    return name.casefold().rpartition("/")[2]


def names(resource: PolicyResource) -> set[str]:
    """Return what other resources may call this one, as far as it is known."""
    return {resource.urn} | {v for v in (read(resource.props, key) for key in _NAMES) if v and isinstance(v, str)}


def nameless(resource: PolicyResource) -> bool:
    """Tell whether the resource has a name that a preview does not know, so that a literal may mean it."""
    return names(resource) == {resource.urn} and any(read(resource.props, key) is UNKNOWN for key in _NAMES)


class Index:
    """The resources of one stack."""

    def __init__(self, resources: Sequence[PolicyResource]) -> None:
        self.resources = resources
        self.by_urn = {resource.urn: resource for resource in resources}
        self._by_kind: defaultdict[str, list[PolicyResource]] = defaultdict(list)
        self._by_name: dict[frozenset[str], ByName[PolicyResource]] = {}
        for resource in resources:
            self._by_kind[kind(resource)].append(resource)

    def of(self, *kinds: str) -> list[PolicyResource]:
        """Return the resources of these types (Azure without the API version)."""
        return [resource for token in dict.fromkeys(kinds) for resource in self._by_kind.get(token, ())]

    def called(self, kinds: Iterable[str], name: str) -> list[PolicyResource]:
        """Return the resources of these types that go by `name`, which may be a URN."""
        wanted = frozenset(kinds)
        if wanted not in self._by_name:
            table = self._by_name[wanted] = ByName()
            for resource in self.of(*sorted(wanted)):
                for known in names(resource):
                    table.add(known, resource)
        return self._by_name[wanted].get(name)

    def references(self, resource: PolicyResource, paths: Iterable[str], kinds: frozenset[str]) -> set[Any]:
        """Return what the properties at `paths` point at: URNs of `kinds`, literal ids or names, UNKNOWN if neither."""
        found: set[Any] = set()
        for path in paths:
            key = path.partition(".")[0]
            if not given(resource, key):
                continue
            values = list(walk(resource.props, path))
            urns = {r.urn for r in resource.property_dependencies.get(key, ()) if kind(r) in kinds}
            found |= urns | {v for v in values if v and isinstance(v, str)}
            if UNKNOWN in values and not urns:
                found.add(UNKNOWN)
        return found
