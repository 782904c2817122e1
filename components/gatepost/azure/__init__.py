"""Connector sites on Azure."""

from .exit_ips import ExitIp, ExitIps, ExitIpsArgs
from .firewall import Firewall, FirewallArgs
from .host import Host, HostArgs, HostSpec, LogAnalytics, Registry
from .network import Network, NetworkArgs, NetworkRef
from .routes import Routes, RoutesArgs, RouteTo
from .site import ConnectorSite, ConnectorSiteArgs

__all__ = [
    "ConnectorSite",
    "ConnectorSiteArgs",
    "ExitIp",
    "ExitIps",
    "ExitIpsArgs",
    "Firewall",
    "FirewallArgs",
    "Host",
    "HostArgs",
    "HostSpec",
    "LogAnalytics",
    "Network",
    "NetworkArgs",
    "NetworkRef",
    "Registry",
    "RouteTo",
    "Routes",
    "RoutesArgs",
]
