"""Routes of a VPC network to private destinations: Classic VPN tunnels, internal load balancers, instances.

What is exchanged needs no route here, only the network (``Network.vpc_id``): a peering brings the subnet routes of the
other network by itself (more where both sides export and import them), HA VPN and Interconnect bring theirs by BGP of a
Cloud Router. Source: https://cloud.google.com/vpc/docs/routes
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_gcp import compute

from ..destinations import destination_problems
from ..gcp_names import checked, child_name, link_problems
from ..labels import Labels
from ..site import plain_problems
from ..words import refuse
from .shared import owner

_TARGETS: Mapping[str, str] = {
    # Field of RouteTo: kind of link.
    "vpn_tunnel_id": "vpnTunnels",
    "forwarding_rule_id": "forwardingRules",
    "instance_id": "instances",
}


@dataclass(frozen=True, kw_only=True)
class RouteTo:
    """Where a destination leads: exactly one of the ids (or self links). Raises ValueError with every problem.

    The target may change: the route to the new one is there before the old route goes.
    """

    vpn_tunnel_id: pulumi.Input[str] | None = None
    """Google only: a tunnel of Classic VPN. HA VPN has no static routes: its routes come by BGP."""
    forwarding_rule_id: pulumi.Input[str] | None = None
    """Google only: the forwarding rule of an internal passthrough load balancer, such as one before appliances."""
    instance_id: pulumi.Input[str] | None = None
    """Google only: an instance of this network that may forward (``can_ip_forward``), such as an appliance."""

    def __post_init__(self) -> None:
        given = [name for name in _TARGETS if getattr(self, name) is not None]
        problems = [p for n in given for p in link_problems(f"RouteTo.{n}", getattr(self, n), _TARGETS[n])]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            problems.insert(0, f"A RouteTo needs exactly one target, got {found}. Allowed: {', '.join(_TARGETS)}.")
        refuse(problems)


def route_problems(routes: Mapping[str, RouteTo], subnet: str | None = None) -> list[str]:
    """What is wrong with destinations, as sentences; ``subnet`` is the hosts' range where it is known.

    A larger block around that range is fine, as are blocks inside each other: the longest prefix wins. Google refuses a
    static route to a subnet's range or to a part of it (https://cloud.google.com/vpc/docs/routes).
    """
    return [problem for text in routes for problem in destination_problems(text, {}, subnet, "the network's")]


@dataclass(frozen=True, kw_only=True)
class RoutesArgs:
    """Destinations, and the network that gets a route to each of them."""

    project: str | None = None
    """Google only: project of the network where ``vpc_id`` does not name it, which only an Output can leave out. None:
    the provider's. Plain."""
    region: str
    """Google Cloud region of the hosts. Routes belong to the whole network: their descriptions say it. Plain."""
    labels: Labels
    """Names. Routes have no labels: their descriptions say whose they are. Plain."""
    vpc_id: pulumi.Input[str]
    """VPC network that gets the routes."""
    routes: Mapping[str, RouteTo]
    """Where each destination leads: private IPv4 blocks. Plain keys."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "project", "region", "labels", "routes")
        if not problems:
            if not self.routes:
                problems.append("RoutesArgs.routes is empty. Give at least one, or leave the component out.")
            problems += link_problems("RoutesArgs.vpc_id", self.vpc_id, "networks") + route_problems(self.routes)
        refuse(problems)


class Routes(pulumi.ComponentResource):
    """A static route per destination, for every host of the network."""

    routes: Mapping[str, compute.Route]
    """The route by destination, to wait for."""

    def __init__(self, name: str, args: RoutesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:gcp:Routes", checked(name), None, opts)
        self.routes = {
            destination: compute.Route(
                child_name(name, re.sub("[./]", "-", destination)),
                network=args.vpc_id,
                dest_range=destination,
                next_hop_vpn_tunnel=to.vpn_tunnel_id,
                next_hop_ilb=to.forwarding_rule_id,
                next_hop_instance=to.instance_id,
                description=f"{args.labels.name()}, {args.region}",
                project=owner(args.vpc_id, args.project),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for destination, to in args.routes.items()
        }
        self.register_outputs({})
