"""Which resources of a stack serve Connector hosts, and what the hosts of one cloud are connected to.

Connections are found by following references (by dependency, and by literal id or name). Every answer is True, False,
or UNKNOWN where a preview cannot say. The reasons: docs/decisions/0003-policy-scope.md.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pulumi_policy import PolicyResource

from .index import ByName, Index, nameless, names, same
from .known import UNKNOWN, Answer, both, either, kind
from .topology import CLOUDS


@dataclass(frozen=True)
class Host:
    """A resource of a Connector host, how sure that is, and all it leads to (URNs, ids, names, perhaps UNKNOWN)."""

    resource: PolicyResource
    sure: Answer
    reached: frozenset[Any]

    def meets(self, wanted: Iterable[str]) -> Answer:
        """Tell whether the host is connected to something that goes by one of the names in `wanted`."""
        if any(isinstance(ref, str) and same(ref, name) for ref in self.reached for name in wanted):
            return self.sure
        return UNKNOWN if UNKNOWN in self.reached else False


class Scope:
    """The Connector hosts of one cloud and what they are connected to. `is_ours` judges a resource by itself."""

    def __init__(self, index: Index, cloud: str, is_ours: Callable[[PolicyResource], Answer]) -> None:
        self.index, self._is_ours = index, is_ours
        self._topology = CLOUDS[cloud]
        self._kinds = frozenset((*self._topology.leads, *self._topology.groups))
        self._parts = index.of(*self._topology.leads)
        self._owned: dict[str, Answer] = {}
        self.hosts = [Host(r, sure, self._reach(r)) for r in self._parts if (sure := is_ours(r)) is not False]
        self._by_urn = {host.resource.urn: host for host in self.hosts}

    def references(self, resource: PolicyResource, paths: Iterable[str]) -> set[Any]:
        """Return what the properties at `paths` point at: URNs, literal ids or names, UNKNOWN if nothing says where."""
        return self.index.references(resource, paths, self._kinds)

    def aliases(self, refs: Iterable[Any]) -> set[Any]:
        """Return `refs` and the ids and names of the resources that they point at, UNKNOWN for one without any."""
        found = set(refs)
        for ref in list(found):
            if isinstance(ref, str) and (resource := self.index.by_urn.get(ref)):
                found |= names(resource) | ({UNKNOWN} if nameless(resource) else set())
        return found

    def owns(self, resource: PolicyResource) -> Answer:
        """Tell whether `resource` is a Connector's or serves one of its hosts."""
        if resource.urn not in self._owned:
            self._owned[resource.urn] = either([self._is_ours(resource), self._meets(names(resource))])
        return self._owned[resource.urn]

    def owns_target(self, rule: PolicyResource, key: str) -> Answer:
        """Tell whether `rule`, or the group that its property `key` names, is in scope."""
        ours = self._is_ours(rule)
        if ours is True:
            return True
        refs = self.references(rule, [key])
        urns = [self.index.by_urn[ref] for ref in refs if ref in self.index.by_urn]
        if urns:
            return either(self.owns(group) for group in urns)
        literal = [ref for ref in refs if ref is not UNKNOWN]
        owned = [self.owns(r) for ref in literal for r in self.index.called(self._topology.groups, ref)]
        unclear = [self._nameless_owned] + ([self._any_ours] if UNKNOWN in refs else [])
        return either([ours, *owned, *(both(answer, UNKNOWN) for answer in unclear), self._meets(literal)])

    def groups_of(self, rule: PolicyResource, key: str) -> list[PolicyResource]:
        """Return the groups of this stack that the property `key` of a rule names."""
        refs = [ref for ref in self.references(rule, [key]) if isinstance(ref, str)]
        found = [r for ref in refs for r in self.index.called(self._topology.groups, ref)]
        return list({r.urn: r for r in found}.values())

    def reached(self, host: PolicyResource) -> frozenset[Any]:
        """Return what a host leads to; empty if it is none."""
        found = self._by_urn.get(host.urn)
        return found.reached if found else frozenset()

    def hosts_at(self, resource: PolicyResource) -> list[Host]:
        """Return the hosts that are connected to `resource` as far as it is known."""
        found = [host for name in sorted(names(resource)) for host in self._hosts_by_name.get(name)]
        return list({host.resource.urn: host for host in found}.values())

    @cached_property
    def _hosts_by_name(self) -> ByName[Host]:
        table: ByName[Host] = ByName()
        for host in self.hosts:
            for ref in host.reached - {UNKNOWN}:
                table.add(ref, host)
        return table

    @cached_property
    def _sure_by_name(self) -> ByName[Answer]:
        found: defaultdict[str, set[Answer]] = defaultdict(set)
        for host in self.hosts:
            for ref in host.reached - {UNKNOWN}:
                found[ref].add(host.sure)
        table: ByName[Answer] = ByName()
        for ref, answers in found.items():
            table.add(ref, either(answers))
        return table

    @cached_property
    def _loose(self) -> bool:
        return any(UNKNOWN in host.reached for host in self.hosts)

    def _meets(self, wanted: Iterable[str]) -> Answer:
        met = either(answer for name in wanted for answer in self._sure_by_name.get(name))
        return UNKNOWN if met is False and self._loose else met

    @cached_property
    def _nameless_owned(self) -> Answer:
        return either(self.owns(r) for r in self.index.of(*self._topology.groups) if nameless(r))

    @cached_property
    def _any_ours(self) -> Answer:
        return either(self._is_ours(r) for r in self.index.of(*self._kinds))

    @cached_property
    def _joined(self) -> ByName[PolicyResource]:
        """Parts by the host or part that they say they are joined to."""
        table: ByName[PolicyResource] = ByName()
        for part in self._parts:
            for ref in self.references(part, self._topology.joins.get(kind(part), ())):
                if isinstance(ref, str):
                    table.add(ref, part)
        return table

    def _reach(self, host: PolicyResource) -> frozenset[Any]:
        found: set[Any] = {host.urn}
        todo, done = [host], set()
        while todo:
            part = todo.pop()
            if part.urn in done:
                continue
            done.add(part.urn)
            refs = self.references(part, self._topology.leads[kind(part)])
            found |= refs | {part.urn}
            todo += [p for r in refs if isinstance(r, str) for p in self.index.called(self._topology.leads, r)]
            todo += [p for name in names(part) for p in self._joined.get(name)]
        return frozenset(found)
