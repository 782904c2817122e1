"""A site of the fleet settings as components of Google Cloud."""

from collections.abc import Callable, Mapping
from typing import Any

from .. import gcp
from ..from_settings import CloudSiteBuilder
from ..site import ExitRef
from .dns import Dns, DnsArgs
from .network import Network, NetworkArgs, NetworkRef
from .routes import RouteTo

_ROUTES: Mapping[str, Callable[[str], RouteTo]] = {
    "vpnTunnels": lambda via: RouteTo(vpn_tunnel_id=via),
    "forwardingRules": lambda via: RouteTo(forwarding_rule_id=via),
    "instances": lambda via: RouteTo(instance_id=via),
}
"""What a route leads to, by the kind of the link."""


class Builder(CloudSiteBuilder):
    """A site on Google Cloud. ``site`` is a ``GcpSite``."""

    parts = gcp
    options = ("image", "size", "volume_gib", "kms_key", "regional_pair", "version", "upgrade_hour")

    def place(self) -> dict[str, Any]:
        """Project and region."""
        return {"project": self.site.project, "region": self.site.region}

    def created(self, exits: Mapping[str, ExitRef]) -> NetworkRef:
        """A VPC network with Cloud NAT, and its DNS policy."""
        site, create = self.site, self.site.network.create
        args = NetworkArgs(
            **self.place(),
            labels=self.labels,
            cidr=create.cidr,
            zones=create.zones,
            exits=exits,
            direct=self.direct,
            routes={route.cidr: _ROUTES[route.via.split("/")[-2]](route.via) for route in create.routes},
            protect=create.protect,
            replace=create.replace,
            network_type=self.network_type,
            hosts=len(site.connectors),
            min_ports_per_vm=site.ports(),
            flow_logs=create.flow_logs,
        )
        network = Network(f"{self.name}-network", args, self.opts)
        if site.dns:
            dns = DnsArgs(**self.place(), labels=self.labels, vpc_id=network.vpc_id, servers=site.dns)
            Dns(f"{self.name}-dns", dns, self.opts)
        return network.ref
