"""Which resources of a stack belong to Connector hosts.

A resource is gatepost's if it carries gatepost's tags or labels, or lies inside one of its components. What such a host
is connected to is found by following references (by dependency, and by literal id or name). Every answer is True,
False, or UNKNOWN where a preview cannot say. The reasons: docs/decisions/0003-policy-scope.md.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pulumi_policy import PolicyResource

from .known import UNKNOWN, Unknown, given, items, read, walk

Answer = bool | Literal[Unknown.UNKNOWN]
Paths = Mapping[str, Sequence[str]]

# The tags and labels that gatepost.labels puts on everything; a test compares the two.
OWNER, NETWORK = "managed-by", "gatepost-network"
_MARKS = ("tags", "tagsAll", "labels", "effectiveLabels", "tagSpecifications.*.tags")
_NAMES = ("id", "name", "networkSecurityGroupName")
_AZURE = re.compile(r"azure-native[^:]*:(\w+)(?:/[^:]*)?:(\w+)")


def kind(resource: PolicyResource) -> str:
    """Return the type token; for Azure without the API version that it may carry."""
    token = resource.resource_type
    azure = _AZURE.fullmatch(token)
    return f"azure-native:{azure[1]}:{azure[2]}" if azure else token


def either(answers: Iterable[Answer]) -> Answer:
    """Return True if one answer is True, else UNKNOWN if one is, else False."""
    found = set(answers)
    return True if True in found else UNKNOWN if UNKNOWN in found else False


def both(*answers: Answer) -> Answer:
    """Return False if one answer is False, else UNKNOWN if one is, else True."""
    return False if False in answers else UNKNOWN if UNKNOWN in answers else True


def marked(resource: PolicyResource) -> Answer:
    """Tell whether the resource itself says that it is gatepost's."""
    parents = resource.urn.split("::")[2:3]
    if any(parent.startswith("gatepost:") for types in parents for parent in types.split("$")):
        return True
    return either(_is_ours(tags) for path in _MARKS for tags in _tags(resource, path))


def _tags(resource: PolicyResource, path: str) -> Iterable[Any]:
    key = path.partition(".")[0]
    for value in walk(resource.props, path):
        if value is not UNKNOWN or key in resource.property_dependencies:  # an unknown computed value says nothing
            yield value


def _is_ours(tags: Any) -> Answer:
    if tags is UNKNOWN:
        return UNKNOWN
    pairs = {read(tag, "key"): read(tag, "value") for tag in items(tags)}  # AWS also has lists of key and value
    owner = read(tags, OWNER, default=pairs.get(OWNER))
    network = read(tags, NETWORK, default=pairs.get(NETWORK))
    if owner == "gatepost" or network is not None:
        return True
    return UNKNOWN if owner is UNKNOWN or UNKNOWN in pairs else False


def same(one: str, other: str) -> bool:
    """Compare two ids or names, of which one may be a full path and the other only its end."""
    one, other = one.casefold(), other.casefold()
    return one == other or one.endswith(f"/{other}") or other.endswith(f"/{one}")


def names(resource: PolicyResource) -> set[str]:
    """Return what other resources may call this one, as far as it is known."""
    return {resource.urn} | {v for v in (read(resource.props, key) for key in _NAMES) if v and isinstance(v, str)}


def nameless(resource: PolicyResource) -> bool:
    """Tell whether the resource has a name that a preview does not know, so that a literal may mean it."""
    return names(resource) == {resource.urn} and any(read(resource.props, key) is UNKNOWN for key in _NAMES)


@dataclass(frozen=True)
class Host:
    """A resource of gatepost, how sure that is, and everything it leads to (URNs, ids, names, perhaps UNKNOWN)."""

    resource: PolicyResource
    sure: Answer
    reached: frozenset[Any]

    def meets(self, wanted: Iterable[str]) -> Answer:
        """Tell whether the host is connected to something that goes by one of the names in `wanted`."""
        if any(isinstance(ref, str) and same(ref, name) for ref in self.reached for name in wanted):
            return self.sure
        return UNKNOWN if UNKNOWN in self.reached else False


class Scope:
    """The Connector hosts of one stack and what they are connected to.

    `leads` says by which properties (dotted paths per type) a host names its groups and the parts that name them;
    `joins` by which properties a part (a network interface, an attachment) names the host that it is joined to.
    `everything` puts every resource in scope.
    """

    def __init__(
        self,
        resources: Sequence[PolicyResource],
        *,
        leads: Paths,
        joins: Paths,
        groups: Iterable[str],
        everything: bool,
    ) -> None:
        self.resources = resources
        self.everything = everything
        self._leads, self._joins, self._groups = leads, joins, frozenset(groups)
        self._parts = [r for r in resources if kind(r) in leads]
        self.hosts = [Host(r, sure, self._reach(r)) for r in self._parts if (sure := marked(r))]

    def references(self, resource: PolicyResource, paths: Iterable[str]) -> set[Any]:
        """Return what the properties at `paths` point at: URNs, literal ids or names, UNKNOWN if nothing says where."""
        found: set[Any] = set()
        for path in paths:
            key = path.partition(".")[0]
            if not given(resource, key):
                continue
            values = list(walk(resource.props, path))
            urns = {r.urn for r in resource.property_dependencies.get(key, ()) if self._is_part(r)}
            found |= urns | {v for v in values if v and isinstance(v, str)}
            if UNKNOWN in values and not urns:
                found.add(UNKNOWN)
        return found

    def aliases(self, refs: Iterable[Any]) -> set[Any]:
        """Return `refs` and the ids and names of the resources that they point at, UNKNOWN for one without any."""
        found = set(refs)
        return found.union(
            *(names(r) | ({UNKNOWN} if nameless(r) else set()) for r in self.resources if r.urn in found)
        )

    def owns(self, resource: PolicyResource) -> Answer:
        """Tell whether `resource` is gatepost's or serves one of its hosts."""
        if self.everything:
            return True
        return either([marked(resource), *(host.meets(names(resource)) for host in self.hosts)])

    def owns_target(self, rule: PolicyResource, key: str) -> Answer:
        """Tell whether `rule`, or the group that its property `key` names, is in scope."""
        if self.everything or marked(rule) is True:
            return True
        refs = self.references(rule, [key])
        urns = [r for r in self.resources if r.urn in refs]
        if urns:
            return either(self.owns(group) for group in urns)
        literal = {ref for ref in refs if ref is not UNKNOWN}
        groups = [r for r in self.resources if kind(r) in self._groups]
        owned = [self.owns(r) for r in groups if self._called(r, literal)]
        owned += [both(self.owns(r), UNKNOWN) for r in groups if nameless(r)]
        if UNKNOWN in refs:
            owned += [UNKNOWN for r in self.resources if kind(r) in {*self._groups, *self._leads} and marked(r)]
        return either([marked(rule), *owned, *(host.meets(literal) for host in self.hosts)])

    @staticmethod
    def _called(resource: PolicyResource, literal: set[str]) -> bool:
        return any(same(name, ref) for name in names(resource) for ref in literal)

    def _is_part(self, resource: PolicyResource) -> bool:
        return kind(resource) in self._leads or kind(resource) in self._groups

    def _reach(self, host: PolicyResource) -> frozenset[Any]:
        found: set[Any] = {host.urn}
        done: set[str] = set()
        while True:
            near = [
                part
                for part in self._parts
                if part.urn not in done
                and (part.urn in found or self.references(part, self._joins.get(kind(part), ())) & done)
            ]
            if not near:
                return frozenset(found)
            for part in near:
                done.add(part.urn)
                found |= self.references(part, self._leads[kind(part)]) | {part.urn}
