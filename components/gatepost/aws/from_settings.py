"""A site of the fleet settings as AWS components."""

from collections.abc import Callable, Mapping

from .. import aws
from ..from_settings import CloudSiteBuilder
from ..site import ExitRef
from .acl import Acl, AclArgs
from .dns import Dns, DnsArgs
from .network import Network, NetworkArgs, NetworkRef
from .routes import RouteTo

_ROUTES: Mapping[str, Callable[[str], RouteTo]] = {
    "tgw": lambda via: RouteTo(transit_gateway_id=via),
    "pcx": lambda via: RouteTo(vpc_peering_connection_id=via),
    "vgw": lambda via: RouteTo(vpn_gateway_id=via),
    "eni": lambda via: RouteTo(network_interface_id=via),
}
"""What a route leads to, by the first letters of the id."""


class Builder(CloudSiteBuilder):
    """A site on AWS. ``site`` is an ``AwsSite``."""

    parts = aws
    options = ("strict", "image", "size", "volume_gib", "kms_key", "sessions", "termination_protection")

    def created(self, exits: Mapping[str, ExitRef]) -> NetworkRef:
        """A VPC, its DHCP options, and its network ACL where the settings ask for one."""
        site, create = self.site, self.site.network.create
        args = NetworkArgs(
            **self.place(),
            labels=self.labels,
            cidr=create.cidr,
            zones=create.zones,
            exits=exits,
            direct=self.direct,
            single_nat=site.exit.kind == "nat" and site.exit.per == "site",
            routes={route.cidr: _ROUTES[route.via[:3]](route.via) for route in create.routes},
            protect=create.protect,
            replace=create.replace,
        )
        network = Network(f"{self.name}-network", args, self.opts)
        if site.dns:
            dns = DnsArgs(**self.place(), labels=self.labels, vpc_id=network.vpc_id, servers=site.dns)
            Dns(f"{self.name}-dns", dns, self.opts)
        if create.acl:
            acl = AclArgs(
                **self.place(),
                labels=self.labels,
                vpc_id=network.vpc_id,
                subnets=network.ref.public_subnets if self.direct else network.ref.subnets,
                reaches=[reach.reach() for reach in site.reach],
                dns=site.dns,
                network_type=self.network_type,
                attachment_ranges=[create.cidr] if any(route.via.startswith("tgw-") for route in create.routes) else [],
            )
            Acl(f"{self.name}-acl", acl, self.opts)
        return network.ref
