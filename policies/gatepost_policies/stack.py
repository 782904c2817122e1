"""A stack as rules see it: resources by type, which of them are in scope, pairs of hosts, firewalls."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pulumi_policy import PolicyResource

from .evidence import imaged, marked, told
from .graph import Pairs
from .index import Index
from .known import UNKNOWN, Answer, either, kind
from .scope import Scope
from .topology import HOSTS
from .ways import READERS, Way

T = TypeVar("T")
_PREFIXES = {"aws:": "aws", "gcp:": "gcp", "azure-native:": "azure"}


class Stack:
    """The resources of one stack, with the settings of the rule that looks at them. Everything is found when asked."""

    def __init__(self, resources: Sequence[PolicyResource], config: Mapping[str, Any]) -> None:
        self.resources, self.config = resources, config
        self.index = Index(resources)
        self.pairs = Pairs(self.index)
        self._scopes: dict[str, Scope] = {}
        self._answers: dict[str, Answer] = {}
        self._once: dict[Any, Any] = {}
        self._twingate = any(r.resource_type.startswith("twingate:") for r in resources)

    @property
    def name(self) -> str:
        """Name of the stack, from the URN of a resource; empty in an empty stack."""
        return self.resources[0].urn.split(":")[2] if self.resources else ""

    @property
    def everything(self) -> bool:
        """Whether the settings put every resource in scope."""
        return self.config.get("scope") == "all"

    def of(self, *kinds: str) -> list[PolicyResource]:
        """Return the resources of these types (Azure without the API version)."""
        return self.index.of(*kinds)

    def once(self, find: Callable[["Stack"], T]) -> T:
        """Return what `find` finds in this stack; it looks only once."""
        if find not in self._once:
            self._once[find] = find(self)
        return self._once[find]

    def reached(self, host: PolicyResource) -> frozenset[Any]:
        """Return all that a host is connected to: URNs, ids, names, perhaps UNKNOWN; empty for what is no host."""
        cloud = _cloud(host)
        return self.scope(cloud).reached(host) if cloud else frozenset()

    def scope(self, cloud: str) -> Scope:
        """Return what the hosts of a cloud are connected to."""
        if cloud not in self._scopes:
            self._scopes[cloud] = Scope(self.index, cloud, self.is_ours)
        return self._scopes[cloud]

    def is_ours(self, resource: PolicyResource) -> Answer:
        """Tell by the resource itself, and by the pairs that reach it, whether it is a Connector's."""
        if self.everything:
            return True
        if resource.urn not in self._answers:
            self._answers[resource.urn] = self._is_ours(resource)
        return self._answers[resource.urn]

    def _is_ours(self, resource: PolicyResource) -> Answer:
        mark = marked(resource)
        if mark is True or self.config.get("scope") == "gatepost" or kind(resource) not in HOSTS:
            return mark
        if self.pairs.reaching(resource):
            return True
        text = told(resource)
        if text is UNKNOWN and not self._twingate:
            text = False  # an unknown text is no evidence where nothing else speaks of Twingate
        image = imaged(resource, self.config.get("images", ()))
        return either([mark, text, image, *map(self.is_ours, self._templates(resource))])

    def _templates(self, host: PolicyResource) -> list[PolicyResource]:
        """The templates of this stack that a host is made from."""
        found = [r for key in HOSTS[kind(host)].via for r in host.property_dependencies.get(key, ())]
        return [r for r in found if kind(r) in HOSTS and not HOSTS[kind(r)].machine]

    def owns(self, resource: PolicyResource) -> Answer:
        """Tell whether `resource` is a Connector's or serves one of its hosts."""
        if self.everything or resource.resource_type.startswith("twingate:"):
            return True
        cloud = _cloud(resource)
        return self.scope(cloud).owns(resource) if cloud else self.is_ours(resource)

    def networks(self, host: PolicyResource) -> list[PolicyResource]:
        """Return the Remote Networks of this stack whose Connectors run on the host; templates and groups count."""
        return self.pairs.networks(host) if kind(host) in HOSTS else []

    def hosts(self, *, machines: bool = True) -> list[tuple[PolicyResource, Answer]]:
        """Return the Connector hosts of all clouds with how sure that is; `machines` False: templates as well."""
        found = self.of(*(token for token, host in HOSTS.items() if host.machine or not machines))
        return [(r, sure) for r in found if (sure := self.is_ours(r)) is not False]

    def ways(self, cloud: str) -> list[Way]:
        """Return every firewall rule of the cloud that is in scope or may be, in one spelling."""
        return [way for way in READERS[cloud](self) if way.sure is not False]


def _cloud(resource: PolicyResource) -> str | None:
    return next((cloud for prefix, cloud in _PREFIXES.items() if resource.resource_type.startswith(prefix)), None)
