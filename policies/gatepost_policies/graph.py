"""Which token pairs reach which hosts, and which Remote Network a pair is of: by the dependencies of properties."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from pulumi_policy import PolicyResource

from .index import Index
from .known import UNKNOWN, Answer, kind, read, walk
from .topology import CONNECTOR, HOSTS, REMOTE_NETWORK, SECRET_VERSIONS, TOKENS


class Pairs:
    """The token pairs of a stack and the hosts that they reach."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._found: dict[str, frozenset[str]] = {}

    def reaching(self, host: PolicyResource) -> frozenset[str]:
        """Return the URNs of the tokens that reach a host by the texts that it boots with, or by its template.

        Followed are the dependencies of properties through parameters, secrets and what fills them, never through
        another host: who uses the address of a Connector's host does not get its pair.
        """
        if host.urn not in self._found:
            self._found[host.urn] = self._reaching(host)
        return self._found[host.urn]

    def _reaching(self, host: PolicyResource) -> frozenset[str]:
        row = HOSTS[kind(host)]
        return self.behind(host, (*row.boot, *row.via))

    def behind(self, resource: PolicyResource, keys: Iterable[str]) -> frozenset[str]:
        """Return the URNs of the tokens that these properties of a resource lead to."""
        todo = [r for key in keys for r in resource.property_dependencies.get(key, ())]
        found, done = set(), {resource.urn}
        while todo:
            resource = todo.pop()
            if resource.urn in done:
                continue
            done.add(resource.urn)
            token = kind(resource)
            if token == TOKENS:
                found.add(resource.urn)
            elif token in HOSTS:
                if not HOSTS[token].machine:
                    found |= self.reaching(resource)
            elif not token.startswith("twingate:"):
                todo += [r for deps in resource.property_dependencies.values() for r in deps]
                todo += self._versions.get(resource.urn, ())
        return frozenset(found)

    @cached_property
    def _versions(self) -> dict[str, list[PolicyResource]]:
        """What fills each secret, by the secret's URN."""
        found: dict[str, list[PolicyResource]] = {}
        for version in self._index.of(*SECRET_VERSIONS):
            key, wanted = SECRET_VERSIONS[kind(version)]
            for ref in self._index.references(version, [key], frozenset({wanted})) - {UNKNOWN}:
                for secret in self._index.called((wanted,), ref):
                    found.setdefault(secret.urn, []).append(version)
        return found

    @cached_property
    def by_tokens(self) -> dict[str, list[PolicyResource]]:
        """The machines that each pair reaches, by the URN of the tokens."""
        found: dict[str, list[PolicyResource]] = {tokens.urn: [] for tokens in self._index.of(TOKENS)}
        for host in self._index.of(*(token for token, row in HOSTS.items() if row.machine)):
            for urn in sorted(self.reaching(host)):
                found[urn].append(host)
        return found

    def connectors(self, host: PolicyResource) -> list[PolicyResource]:
        """Return the Connectors of this stack whose pairs reach the host."""
        return [c for urn in sorted(self.reaching(host)) for c in self._connectors(self._index.by_urn[urn])]

    def networks(self, host: PolicyResource) -> list[PolicyResource]:
        """Return the Remote Networks of this stack whose Connectors' pairs reach the host."""
        found = {r.urn: r for c in self.connectors(host) for r in self.network_of(c)}
        return list(found.values())

    @cached_property
    def by_network(self) -> dict[str, list[PolicyResource]]:
        """The machines that run Connectors of each Remote Network, by its URN."""
        found: dict[str, dict[str, PolicyResource]] = {}
        for machine in (machine for machines in self.by_tokens.values() for machine in machines):
            for network in self.networks(machine):
                found.setdefault(network.urn, {})[machine.urn] = machine
        return {urn: list(machines.values()) for urn, machines in found.items()}

    def _connectors(self, tokens: PolicyResource) -> list[PolicyResource]:
        return [r for r in tokens.property_dependencies.get("connectorId", ()) if kind(r) == CONNECTOR]

    def network_of(self, member: PolicyResource) -> list[PolicyResource]:
        """Return the Remote Network of a Connector or Resource, by dependency or literal id; empty if elsewhere."""
        near = [r for r in member.property_dependencies.get("remoteNetworkId", ()) if kind(r) == REMOTE_NETWORK]
        literal = read(member.props, "remoteNetworkId")
        if near or not isinstance(literal, str):
            return near
        return self._index.called((REMOTE_NETWORK,), literal)


def is_exit(network: PolicyResource) -> Answer:
    """Tell whether a Remote Network is of the type EXIT."""
    found = read(network.props, "type", default="REGULAR")
    return UNKNOWN if found is UNKNOWN else str(found).upper() == "EXIT"


def number_of_hosts(machine: PolicyResource) -> Any:
    """Return how many hosts a machine, or a group of machines, is at most; UNKNOWN where a preview cannot say."""
    found = [n for path in HOSTS[kind(machine)].count for n in walk(machine.props, path)]
    if UNKNOWN in found:
        return UNKNOWN
    return max((int(n) for n in found if isinstance(n, int | float)), default=1)
