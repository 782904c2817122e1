"""A site of the fleet settings as AWS components."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pulumi

from ..labels import Labels
from ..rollout import GateArgs
from ..site import SlotArgs
from .dns import Dns, DnsArgs
from .exit_ips import ExitIp, ExitIps, ExitIpsArgs
from .network import Network, NetworkArgs, NetworkRef
from .site import ConnectorSite, ConnectorSiteArgs

if TYPE_CHECKING:
    from ..settings import CreateNetwork, NatExit, SiteSettings


def build(
    name: str,
    site: "SiteSettings",
    *,
    tenant: str,
    remote_network_id: pulumi.Input[str],
    network_type: str,
    labels: Labels,
    after: Sequence[pulumi.Output[Any]],
    gate: GateArgs,
    opts: pulumi.ResourceOptions,
) -> ConnectorSite:
    """Exit IPs, network (or the given one), DNS and Connectors of one site, all under the parent in ``opts``."""
    return ConnectorSite(
        name,
        ConnectorSiteArgs(
            tenant=tenant,
            remote_network_id=remote_network_id,
            network=_network(name, site, labels, opts),
            labels=labels,
            slots={key: SlotArgs(zone=slot.zone, generation=slot.generation) for key, slot in site.connectors.items()},
            reaches=[reach.reach() for reach in site.reach],
            dns=site.dns,
            network_type=network_type,
            strict=site.strict,
            image=site.image,
            size=site.size,
            log_level=site.log_level,
            after=after,
            gate=gate,
        ),
        opts,
    )


def _network(name: str, site: "SiteSettings", labels: Labels, opts: pulumi.ResourceOptions) -> NetworkRef:
    if site.exit.kind == "adopt":
        given = site.network.adopted
        addresses = {address: address for address in site.exit.addresses}
        return NetworkRef(region=site.region, vpc_id=given.vpc_id, subnets=given.subnets, exit_addresses=addresses)
    return _created(name, site, site.network.created, site.exit, labels, opts)


def _created(
    name: str,
    site: "SiteSettings",
    create: "CreateNetwork",
    nat: "NatExit",
    labels: Labels,
    opts: pulumi.ResourceOptions,
) -> NetworkRef:
    zones = create.zones if nat.per == "zone" else [min(create.zones)]
    exits = ExitIps(
        f"{name}-exits",
        ExitIpsArgs(
            region=site.region,
            labels=labels,
            addresses={zone: ExitIp(adopt=nat.adopt.get(zone)) for zone in zones},
            protect=nat.protect,
            retain=nat.retain,
        ),
        opts,
    ).exits
    args = NetworkArgs(
        region=site.region,
        labels=labels,
        cidr=create.cidr,
        zones=create.zones,
        exits=exits,
        protect=create.protect,
    )
    network = Network(f"{name}-network", args, opts)
    if site.dns:
        dns = DnsArgs(region=site.region, labels=labels, vpc_id=network.vpc_id, servers=site.dns)
        Dns(f"{name}-dns", dns, opts)
    return network.ref
