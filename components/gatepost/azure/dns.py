"""Custom DNS servers, in the forms that a container group and a virtual network take them.

There is no component for them, because Azure has no resource for them: they are a property of a virtual network
(``NetworkArgs.dns``) and of each container group (``ConnectorSiteArgs.dns``), and a group does not see those of its
network. The Connectors get them as ``TWINGATE_DNS`` besides.
"""

from collections.abc import Sequence

from pulumi_azure_native import containerinstance, network

from ..rule import AZURE_RESOLVER


def group_dns(servers: Sequence[str]) -> containerinstance.DnsConfigurationArgs | None:
    """The servers of a container group; None: Azure's own resolver."""
    return containerinstance.DnsConfigurationArgs(name_servers=list(servers)) if servers else None


def network_dns(servers: Sequence[str]) -> network.DhcpOptionsArgs:
    """The servers of a virtual network; without any, Azure's own resolver. Given in any case, so that they can go."""
    return network.DhcpOptionsArgs(dns_servers=list(servers))


def unseen_problems(of_network: Sequence[str], of_site: Sequence[str]) -> list[str]:
    """A sentence for a virtual network with custom DNS servers that the Connectors in it would not ask."""
    custom = [server for server in of_network if server != AZURE_RESOLVER]
    if not custom or of_site:
        return []
    return [
        f"The virtual network resolves names by {', '.join(custom)}, but the site's dns is empty. Container groups "
        "do not see the DNS servers of their network, so private names would resolve nowhere. Give the servers as dns."
    ]
