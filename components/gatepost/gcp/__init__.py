"""Connector sites on Google Cloud."""

from .dns import Dns, DnsArgs
from .exit_ips import ExitIp, ExitIps, ExitIpsArgs
from .firewall import Firewall, FirewallArgs
from .host import Host, HostArgs, HostSpec
from .network import Network, NetworkArgs, NetworkRef
from .routes import Routes, RoutesArgs, RouteTo
from .site import ConnectorSite, ConnectorSiteArgs

__all__ = [
    "ConnectorSite",
    "ConnectorSiteArgs",
    "Dns",
    "DnsArgs",
    "ExitIp",
    "ExitIps",
    "ExitIpsArgs",
    "Firewall",
    "FirewallArgs",
    "Host",
    "HostArgs",
    "HostSpec",
    "Network",
    "NetworkArgs",
    "NetworkRef",
    "RouteTo",
    "Routes",
    "RoutesArgs",
]
