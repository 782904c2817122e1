"""A site of the fleet settings as components of Azure."""

from collections.abc import Mapping
from typing import Any

import pulumi

from .. import azure
from ..azure_settings import GATEWAY
from ..from_settings import CloudSiteBuilder
from ..site import ExitRef
from .host import LogAnalytics, Registry
from .network import Network, NetworkArgs, NetworkRef
from .routes import RouteTo


class Builder(CloudSiteBuilder):
    """A site on Azure. ``site`` is an ``AzureSite``."""

    parts = azure
    options = ("image", "cpu", "memory_gb", "portal")

    def host_options(self) -> dict[str, Any]:
        """With the secrets that the site names."""
        site, secrets = self.site, self.secrets
        options = super().host_options()
        if site.registry is not None:
            login = secrets.registries[site.registry]
            password = pulumi.Output.secret(login.password)
            options["registry"] = Registry(server=site.registry, username=login.username, password=password)
        if site.log_analytics is not None:
            key = pulumi.Output.secret(secrets.workspaces[site.log_analytics])
            options["log_analytics"] = LogAnalytics(workspace_id=site.log_analytics, workspace_key=key)
        return options

    def exit_options(self) -> dict[str, Any]:
        """The prefix that new addresses are taken from."""
        return {"prefix": self.site.exit.prefix}

    def adopted(self, given: Any) -> dict[str, Any]:
        """A virtual network, with the security group on its subnets."""
        return {
            "resource_group": given.resource_group,
            "vpc_id": given.vpc_id,
            "subnets": given.subnets,
            "security_group_id": given.security_group_id,
            "dns_servers": given.dns_servers,
        }

    def created(self, exits: Mapping[str, ExitRef]) -> NetworkRef:
        """A virtual network with delegated subnets and NAT gateways."""
        site, create = self.site, self.site.network.create
        placed = list(site.placed().values())
        args = NetworkArgs(
            **self.place(),
            resource_group=create.resource_group,
            labels=self.labels,
            cidr=create.cidr,
            zones=create.zones,
            exits=exits,
            single_nat=site.exit.per == "site",
            routes={
                route.cidr: RouteTo(network_gateway=True) if route.via == GATEWAY else RouteTo(appliance_ip=route.via)
                for route in create.routes
            },
            dns=site.dns,
            protect=create.protect,
            slots_per_zone=max(map(placed.count, placed)),
        )
        return Network(f"{self.name}-network", args, self.opts).ref
