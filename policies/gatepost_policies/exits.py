"""The NAT gateways that Connector hosts go out by, and the addresses of exits: tables of connections."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pulumi_policy import PolicyResource

from .frame import Finding
from .graph import is_exit
from .known import UNKNOWN, Answer, both, either, kind, walk
from .scope import Host
from .stack import Stack
from .topology import (
    AWS_NAT,
    AZURE_ADDRESS,
    AZURE_INTERFACE,
    AZURE_NAT,
    AZURE_SUBNET,
    CONTAINER_GROUP,
    EIP,
    GCP_ADDRESS,
    GCP_NAT,
    GCP_NETWORK,
    GCP_ROUTER,
    GCP_SUBNETWORK,
    HOSTS,
    PROFILE,
    SUBNET,
    VPC,
)

NATS: Mapping[str, str] = {"aws": AWS_NAT, "azure": AZURE_NAT, "gcp": GCP_NAT}
_ADDRESSES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    AWS_NAT: (EIP, ("allocationId", "availabilityZoneAddresses.*.allocationIds.*", "secondaryAllocationIds.*")),
    AZURE_NAT: (AZURE_ADDRESS, ("publicIpAddresses.*.id",)),
    GCP_NAT: (GCP_ADDRESS, ("natIps.*",)),
}
"""Per type of NAT gateway: its addresses, and the properties that name them."""


def named(stack: Stack, resource: PolicyResource, path: str, wanted: str) -> list[PolicyResource]:
    """Return the resources of a type that the property at `path` names, by dependency, id or name."""
    near = [r for r in resource.property_dependencies.get(path.partition(".")[0], ()) if kind(r) == wanted]
    literal = [name for name in walk(resource.props, path) if isinstance(name, str) and name]
    return near or [r for name in literal for r in stack.index.called((wanted,), name)]


def profiles_of(stack: Stack, host: PolicyResource) -> list[PolicyResource]:
    """Return the instance profiles of a host of AWS; launch templates name theirs by name or ARN."""
    paths = ("iamInstanceProfile", "iamInstanceProfile.name", "iamInstanceProfile.arn")
    return list({r.urn: r for path in paths for r in named(stack, host, path, PROFILE)}.values())


def addresses_of(stack: Stack, nat: PolicyResource) -> list[PolicyResource]:
    """Return the addresses of this stack that a NAT gateway has."""
    wanted, paths = _ADDRESSES[kind(nat)]
    return list({r.urn: r for path in paths for r in named(stack, nat, path, wanted)}.values())


def nats(stack: Stack, cloud: str) -> Iterator[tuple[PolicyResource, Answer, list[Host]]]:
    """Yield the NAT gateways of this stack that Connector hosts go out by, how sure that is, and the hosts.

    A host counts as UNKNOWN where a preview cannot say whether it goes out there.
    """
    hosts = [host for host in stack.scope(cloud).hosts if kind(host.resource) in HOSTS]
    by_place: dict[Any, list[Host]] = {}
    for host in hosts:
        for place in _places(stack, cloud, host):
            by_place.setdefault(place, []).append(host)
    for nat in stack.of(NATS[cloud]):
        served = _served(stack, cloud, nat)
        found = {host.resource.urn: host for place in served for host in by_place.get(place, ())}
        unclear = hosts if UNKNOWN in served else by_place.get(UNKNOWN, []) if served else []
        for host in unclear:
            if host.resource.urn not in found or UNKNOWN in served:
                found[host.resource.urn] = replace(host, sure=both(host.sure, UNKNOWN))
        sure = either([stack.is_ours(nat), *(host.sure for host in found.values())])
        if sure is not False:
            yield nat, sure, list(found.values())


def where(stack: Stack, resources: Iterable[PolicyResource], path: str, wanted: str) -> set[Any]:
    """Return what the property at `path` names: URNs of a type, literal ids, UNKNOWN if nothing says where."""
    return {ref for r in resources for ref in stack.index.references(r, [path], frozenset({wanted}))}


def _places(stack: Stack, cloud: str, host: Host) -> set[Any]:
    """Where a host is, as a NAT gateway names it: URNs of subnets and networks, literal ids, perhaps UNKNOWN."""
    if cloud == "aws":
        return vpcs(stack, host.resource)
    loose = host.reached
    if kind(host.resource) == CONTAINER_GROUP:
        loose = frozenset(where(stack, [host.resource], "subnetIds.*.id", AZURE_SUBNET))
    return {ref for ref in host.reached if ref in stack.index.by_urn} | ({UNKNOWN} & loose)


def vpcs(stack: Stack, inside: PolicyResource) -> set[Any]:
    """Return the networks of AWS that a host or a NAT gateway is in, by its subnet."""
    refs = where(stack, [inside], "subnetId", SUBNET)
    subnets = [r for ref in refs if ref is not UNKNOWN for r in stack.index.called((SUBNET,), ref)]
    return where(stack, subnets, "vpcId", VPC) | ({UNKNOWN} & refs)


def _served(stack: Stack, cloud: str, nat: PolicyResource) -> set[Any]:
    if cloud == "aws":
        return vpcs(stack, nat) | where(stack, [nat], "vpcId", VPC)
    if cloud == "azure":
        named = {s.urn: where(stack, [s], "natGateway.id", AZURE_NAT) for s in stack.of(AZURE_SUBNET)}
        loose = {UNKNOWN} if any(UNKNOWN in refs for refs in named.values()) else set[Any]()
        return loose | {urn for urn, refs in named.items() if any(nat in _called(stack, AZURE_NAT, r) for r in refs)}
    subnets = where(stack, [nat], "subnetworks.*.name", GCP_SUBNETWORK)
    if not subnets:
        named_routers = where(stack, [nat], "router", GCP_ROUTER)
        routers = [r for ref in named_routers for r in _called(stack, GCP_ROUTER, ref)]
        networks = where(stack, routers, "network", GCP_NETWORK)
        return _urns(stack, GCP_NETWORK, networks) | ({UNKNOWN} & named_routers)
    return _urns(stack, GCP_SUBNETWORK, subnets)


def _called(stack: Stack, wanted: str, ref: Any) -> list[PolicyResource]:
    return [] if ref is UNKNOWN else stack.index.called((wanted,), ref)


def _urns(stack: Stack, wanted: str, refs: set[Any]) -> set[Any]:
    return {r.urn for ref in refs for r in _called(stack, wanted, ref)} | ({UNKNOWN} & refs)


def exiting(stack: Stack, resource: PolicyResource, hosts: list[Host]) -> Answer:
    """Tell whether an exit is declared: by gatepost, by the type EXIT of a host's network, or by the settings."""
    if stack.config["everywhere"]:
        return True
    return either([stack.is_ours(resource), *(both(host.sure, on_exit(stack, host.resource)) for host in hosts)])


def on_exit(stack: Stack, host: PolicyResource) -> Answer:
    """Tell whether a host is of a Remote Network of type EXIT."""
    return either(is_exit(network) for network in stack.networks(host))


def unlisted(stack: Stack, host: PolicyResource, judged: Iterable[Finding]) -> Iterator[Finding]:
    """Yield what is found about the passing addresses of a host, if it is of a Remote Network of type EXIT."""
    counts = on_exit(stack, host)
    for found in judged if counts is not False else ():
        text = f"{found.text} Its Remote Network is of type EXIT: who allow-lists an address refuses the next one."
        yield Finding(found.resource, text, both(counts, found.sure))


def exit_addresses(stack: Stack, cloud: str) -> dict[str, Answer]:
    """Return by URN the addresses that Connector hosts leave by, and how sure that is."""
    found: dict[str, Answer] = {}
    for nat, sure, _ in nats(stack, cloud):
        for address in addresses_of(stack, nat):
            found[address.urn] = either([found.get(address.urn, False), sure])
    for host in stack.scope(cloud).hosts:
        for address in own_addresses(stack, host):
            found[address.urn] = either([found.get(address.urn, False), host.sure])
    return found


def own_addresses(stack: Stack, host: Host) -> list[PolicyResource]:
    """Return the addresses of this stack that a host of Google Cloud or Azure has by itself."""
    if kind(host.resource) not in HOSTS:
        return []
    near = [r for r in host.resource.property_dependencies.get("networkInterfaces", ()) if kind(r) == GCP_ADDRESS]
    parts = [stack.index.by_urn[ref] for ref in host.reached if ref in stack.index.by_urn]
    cards = [part for part in parts if kind(part) == AZURE_INTERFACE]
    path = "ipConfigurations.*.publicIPAddress.id"
    return near + [address for card in cards for address in named(stack, card, path, AZURE_ADDRESS)]


EVERYWHERE: Mapping[str, Any] = {
    "everywhere": {
        "type": "boolean",
        "default": False,
        "description": "Judge every NAT gateway of Connector hosts, not only those of gatepost and of EXIT networks.",
    }
}
