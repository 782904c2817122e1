"""A site of the fleet settings as AWS components."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pulumi

from ..labels import Labels
from ..rollout import GateArgs
from ..site import ExitRef, SlotArgs
from .acl import Acl, AclArgs
from .dns import Dns, DnsArgs
from .exit_ips import ExitIp, ExitIps, ExitIpsArgs
from .network import Network, NetworkArgs, NetworkRef
from .routes import RouteTo
from .site import ConnectorSite, ConnectorSiteArgs

if TYPE_CHECKING:
    from ..aws_settings import AwsSite

_ROUTES: Mapping[str, Callable[[str], RouteTo]] = {
    "tgw": lambda via: RouteTo(transit_gateway_id=via),
    "pcx": lambda via: RouteTo(vpc_peering_connection_id=via),
    "vgw": lambda via: RouteTo(vpn_gateway_id=via),
    "eni": lambda via: RouteTo(network_interface_id=via),
}
"""What a route leads to, by the first letters of the id."""


def build(
    name: str,
    site: "AwsSite",
    *,
    tenant: str,
    remote_network_id: pulumi.Input[str],
    network_type: str,
    labels: Labels,
    after: Sequence[pulumi.Output[Any]],
    gate: GateArgs,
    allow_outage: str | None,
    opts: pulumi.ResourceOptions,
) -> ConnectorSite:
    """Exit IPs, network (or the given one), DNS and Connectors of one site, all under the parent in ``opts``."""
    exits = _exits(name, site, labels, opts)
    return ConnectorSite(
        name,
        ConnectorSiteArgs(
            tenant=tenant,
            remote_network_id=remote_network_id,
            network=_network(name, site, network_type, labels, exits, opts),
            labels=labels,
            slots={key: SlotArgs(zone=slot.zone, generation=slot.generation) for key, slot in site.connectors.items()},
            reaches=[reach.reach() for reach in site.reach],
            dns=site.dns,
            network_type=network_type,
            strict=site.strict,
            direct=exits if site.exit.kind == "direct" else None,
            allow_outage=allow_outage,
            image=site.image,
            size=site.size,
            volume_gib=site.volume_gib,
            kms_key=site.kms_key,
            sessions=site.sessions,
            termination_protection=site.termination_protection,
            log_level=site.log_level,
            metrics_port=site.metrics_port,
            after=after,
            gate=gate,
        ),
        opts,
    )


def _exits(name: str, site: "AwsSite", labels: Labels, opts: pulumi.ResourceOptions) -> Mapping[str, ExitRef]:
    """Addresses to make or adopt: by zone for NAT gateways, by slot for exit direct, none where others have them."""
    given = site.exit
    if given.kind == "adopt":
        return {}
    args = ExitIpsArgs(
        region=site.region,
        labels=labels,
        addresses={key: ExitIp(adopt=given.adopt.get(key)) for key in site.exit_keys()},
        protect=given.protect,
        retain=given.retain,
    )
    return ExitIps(f"{name}-exits", args, opts).exits


def _network(
    name: str,
    site: "AwsSite",
    network_type: str,
    labels: Labels,
    exits: Mapping[str, ExitRef],
    opts: pulumi.ResourceOptions,
) -> NetworkRef:
    given = site.network.adopt
    if given is None:
        return _created(name, site, network_type, labels, exits, opts)
    addresses = site.exit.addresses if site.exit.kind == "adopt" else []
    return NetworkRef(
        region=site.region,
        vpc_id=given.vpc_id,
        subnets=given.subnets,
        public_subnets=given.public_subnets,
        exit_addresses={address: address for address in addresses},
    )


def _created(
    name: str,
    site: "AwsSite",
    network_type: str,
    labels: Labels,
    exits: Mapping[str, ExitRef],
    opts: pulumi.ResourceOptions,
) -> NetworkRef:
    create, direct = site.network.create, site.exit.kind == "direct"
    assert create is not None  # noqa: S101  # NetworkSettings has one of the two
    args = NetworkArgs(
        region=site.region,
        labels=labels,
        cidr=create.cidr,
        zones=create.zones,
        exits={} if direct else exits,
        direct=direct,
        single_nat=site.exit.kind == "nat" and site.exit.per == "site",
        routes={route.cidr: _ROUTES[route.via[:3]](route.via) for route in create.routes},
        protect=create.protect,
        replace=create.replace,
    )
    network = Network(f"{name}-network", args, opts)
    if site.dns:
        dns = DnsArgs(region=site.region, labels=labels, vpc_id=network.vpc_id, servers=site.dns)
        Dns(f"{name}-dns", dns, opts)
    if create.acl:
        acl = AclArgs(
            region=site.region,
            labels=labels,
            vpc_id=network.vpc_id,
            subnets=network.ref.public_subnets if direct else network.ref.subnets,
            reaches=[reach.reach() for reach in site.reach],
            dns=site.dns,
            network_type=network_type,
            attachment_ranges=[create.cidr] if any(route.via.startswith("tgw-") for route in create.routes) else [],
        )
        Acl(f"{name}-acl", acl, opts)
    return network.ref
