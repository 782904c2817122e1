"""Routes of a virtual network to private destinations: appliances, and the network's VPN gateway.

What is learned needs no route here: a peering brings the other network's range by itself, and a gateway brings what it
learns by BGP. To an ExpressRoute gateway BGP is the only way: Azure lets no route name one as its next hop.
Source: https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address

import pulumi
from pulumi_azure_native import network

from ..azure_names import checked, child_name, group_in, name_in
from ..destinations import destination_problems
from ..labels import Labels
from ..rule import is_private
from ..site import plain_problems
from ..words import refuse


@dataclass(frozen=True, kw_only=True)
class RouteTo:
    """Where a destination leads: exactly one of the targets. Raises ValueError with every problem."""

    appliance_ip: pulumi.Input[str] | None = None
    """Azure only: private IPv4 address of a virtual appliance, such as Azure Firewall, or of a load balancer before
    appliances, in this VNet or a peered one."""
    network_gateway: bool = False
    """Azure only: the VNet's own VPN gateway, or that of a peered VNet which lends it. None of ExpressRoute, which
    learns its routes by BGP. Plain."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "network_gateway")
        if not problems and (self.appliance_ip is not None) == self.network_gateway:
            found = "both" if self.network_gateway else "none"
            problems.append(
                f"A RouteTo needs exactly one target, got {found}. Allowed: appliance_ip='10.0.0.4', or "
                "network_gateway=True."
            )
        if isinstance(self.appliance_ip, str) and not _is_private_address(self.appliance_ip):
            problems.append(
                f"RouteTo.appliance_ip must be a private IPv4 address like 10.0.0.4, got {self.appliance_ip!r}."
            )
        refuse(problems)


def _is_private_address(text: str) -> bool:
    try:
        return is_private(f"{IPv4Address(text)}/32")
    except AddressValueError:
        return False


def route_problems(routes: Mapping[str, RouteTo], vnet: str | None = None) -> list[str]:
    """What is wrong with destinations, as sentences; ``vnet`` is the network's range where it is known.

    A larger block around that range is fine, as are blocks inside each other: the longest prefix wins.
    """
    return [problem for text in routes for problem in destination_problems(text, {}, vnet, "the network's")]


@dataclass(frozen=True, kw_only=True)
class RoutesArgs:
    """Destinations, and the table that gets a route to each of them. Raises ValueError with every problem."""

    region: str
    """Azure region of the hosts. Routes are parts of their table and have no region of their own. Plain."""
    labels: Labels
    """Names. Routes have no tags. Plain."""
    table_id: pulumi.Input[str]
    """Azure only: id of the route table, such as ``Network.route_table_id``."""
    routes: Mapping[str, RouteTo]
    """Where each destination leads: private IPv4 blocks. Plain keys."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "region", "labels", "routes")
        if not problems:
            if not self.routes:
                problems.append("RoutesArgs.routes is empty. Give at least one, or leave the component out.")
            problems += route_problems(self.routes)
        refuse(problems)


class Routes(pulumi.ComponentResource):
    """A route per destination, for every subnet of the table. Another target turns the route over in place."""

    routes: Mapping[str, network.Route]
    """The route by destination, to wait for."""

    def __init__(self, name: str, args: RoutesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:azure:Routes", checked(name), None, opts)
        table = pulumi.Output.from_input(args.table_id)
        self.routes = {
            destination: network.Route(
                child_name(name, re.sub("[./]", "-", destination)),
                route_name=re.sub("[./]", "-", destination),
                address_prefix=destination,
                next_hop_type="VirtualNetworkGateway" if to.network_gateway else "VirtualAppliance",
                next_hop_ip_address=to.appliance_ip,
                route_table_name=table.apply(name_in),
                resource_group_name=table.apply(group_in),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for destination, to in args.routes.items()
        }
        self.register_outputs({})
