"""Azure: a container group names the DNS servers of its virtual network, because it does not see them by itself."""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import PolicyResource, Severity

from ..checks import label
from ..exits import named
from ..frame import Finding, Rule
from ..known import UNKNOWN, given, walk
from ..stack import Stack
from ..topology import AZURE_SUBNET, AZURE_VNET, CONTAINER_GROUP


def _judge(group: PolicyResource, stack: Stack) -> Iterator[Finding]:
    subnets = named(stack, group, "subnetIds.*.id", AZURE_SUBNET)
    networks = [v for s in subnets for v in named(stack, s, "virtualNetworkName", AZURE_VNET)]
    told = set(walk(group.props, "dnsConfig.nameServers.*"))
    for network in {network.urn: network for network in networks}.values():
        if not given(network, "dhcpOptions"):
            continue
        servers: list[Any] = list(walk(network.props, "dhcpOptions.dnsServers.*"))
        known = [server for server in servers if isinstance(server, str)]
        if not servers or set(known) & told:
            continue
        which = ", ".join(known) or UNKNOWN.value
        text = f"{label(group)} names none of the DNS servers of {label(network)} ({which}) and cannot see them."
        unclear = UNKNOWN in told or (UNKNOWN in servers and bool(told))
        yield Finding(group, f"{text} List them in `dnsConfig.nameServers`.", UNKNOWN if unclear else True)


rule = Rule(
    name="azure-container-dns",
    description="Container groups of Connectors name the DNS servers of their virtual network.",
    practice="BP20",
    remediation="Set `dnsConfig.nameServers` of the container group to the `dhcpOptions.dnsServers` of its network.",
    severity=Severity.MEDIUM,
    clouds=("azure",),
    tags=("host", "dns"),
    types=(CONTAINER_GROUP,),
    each=_judge,
)
