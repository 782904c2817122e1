"""The NAT gateways that Connector hosts go out by, and the addresses of exits: tables of connections."""

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import PolicyResource

from .graph import is_exit
from .known import Answer, either, kind, read, walk
from .scope import Host
from .stack import Stack
from .topology import (
    AWS_NAT,
    AZURE_ADDRESS,
    AZURE_NAT,
    AZURE_SUBNET,
    EIP,
    GCP_ADDRESS,
    GCP_NAT,
    GCP_NETWORK,
    GCP_ROUTER,
    GCP_SUBNETWORK,
    HOSTS,
    SUBNET,
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


def addresses_of(stack: Stack, nat: PolicyResource) -> list[PolicyResource]:
    """Return the addresses of this stack that a NAT gateway has."""
    wanted, paths = _ADDRESSES[kind(nat)]
    return list({r.urn: r for path in paths for r in named(stack, nat, path, wanted)}.values())


def nats(stack: Stack, cloud: str) -> Iterator[tuple[PolicyResource, Answer, list[Host]]]:
    """Yield the NAT gateways of this stack that Connector hosts go out by, how sure that is, and the hosts."""
    by_place: dict[str, list[Host]] = {}
    for host in stack.scope(cloud).hosts:
        if kind(host.resource) in HOSTS:
            for place in _places(stack, cloud, host):
                by_place.setdefault(place, []).append(host)
    for nat in stack.of(NATS[cloud]):
        hosts = [host for place in sorted(_served(stack, cloud, nat)) for host in by_place.get(place, ())]
        sure = either([stack.is_ours(nat), *(host.sure for host in hosts)])
        if sure is not False:
            yield nat, sure, hosts


def _places(stack: Stack, cloud: str, host: Host) -> set[str]:
    """Where a host is, as a NAT gateway names it: URNs of subnets and networks, or literal ids."""
    if cloud == "aws":
        return {vpc for subnet in named(stack, host.resource, "subnetId", SUBNET) for vpc in _vpc(subnet)}
    found = {ref for ref in host.reached if isinstance(ref, str)}
    return {urn for ref in found for urn in [ref] if urn in stack.index.by_urn}


def _vpc(subnet: PolicyResource) -> set[str]:
    near = {r.urn for r in subnet.property_dependencies.get("vpcId", ())}
    literal = read(subnet.props, "vpcId")
    return near or ({literal} if isinstance(literal, str) else set())


def _served(stack: Stack, cloud: str, nat: PolicyResource) -> set[str]:
    if cloud == "aws":
        return {vpc for subnet in named(stack, nat, "subnetId", SUBNET) for vpc in _vpc(subnet)} | _vpc(nat)
    if cloud == "azure":
        return {s.urn for s in stack.of(AZURE_SUBNET) if nat in named(stack, s, "natGateway.id", AZURE_NAT)}
    subnets = named(stack, nat, "subnetworks.*.name", GCP_SUBNETWORK)
    routers = named(stack, nat, "router", GCP_ROUTER) if not subnets else []
    return {r.urn for r in (*subnets, *(n for router in routers for n in named(stack, router, "network", GCP_NETWORK)))}


def exiting(stack: Stack, resource: PolicyResource, hosts: list[Host]) -> Answer:
    """Tell whether an exit is declared: by gatepost, by the type EXIT of a host's network, or by the settings."""
    if stack.config["everywhere"] or stack.is_ours(resource) is True:
        return True
    return either(is_exit(network) for host in hosts for network in stack.networks(host.resource))


def exit_addresses(stack: Stack, cloud: str) -> dict[str, Answer]:
    """Return by URN the addresses that Connector hosts leave by, and how sure that is."""
    found: dict[str, Answer] = {}
    for nat, sure, _ in nats(stack, cloud):
        for address in addresses_of(stack, nat):
            found[address.urn] = either([found.get(address.urn, False), sure])
    if cloud == "gcp":
        for host in stack.scope(cloud).hosts:
            for address in host.resource.property_dependencies.get("networkInterfaces", ()):
                if kind(address) == GCP_ADDRESS:
                    found[address.urn] = either([found.get(address.urn, False), host.sure])
    return found


EVERYWHERE: Mapping[str, Any] = {
    "everywhere": {
        "type": "boolean",
        "default": False,
        "description": "Judge every NAT gateway of Connector hosts, not only those of gatepost and of EXIT networks.",
    }
}
