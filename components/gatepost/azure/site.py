"""The Connectors of a Remote Network in one virtual network of Azure."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import pulumi

from ..connector import ConnectorSettings
from ..connector_site import Site, SiteArgs, Slot
from ..sizes import AZURE_CPU, AZURE_MEMORY_GB, azure_host_problems
from .adopted import looked_up
from .dns import unseen_problems
from .firewall import Firewall, FirewallArgs
from .host import Host, HostArgs, HostSpec, LogAnalytics, Registry
from .network import NO_PUBLIC_ADDRESS, NetworkRef


@dataclass(frozen=True, kw_only=True)
class ConnectorSiteArgs(SiteArgs):
    """A site on Azure: the subnets of one virtual network, and a slot for each Connector. ``direct`` is refused."""

    cloud = "azure"

    network: NetworkRef
    """Where the hosts run."""
    image: str | None = None
    """See ``HostSpec.image``. Plain."""
    cpu: float = AZURE_CPU
    """Azure only: see ``HostSpec.cpu``. Plain."""
    memory_gb: float = AZURE_MEMORY_GB
    """Azure only: see ``HostSpec.memory_gb``. Plain."""
    registry: Registry | None = None
    """Azure only: see ``HostSpec.registry``. Whether it is given is plain."""
    log_analytics: LogAnalytics | None = None
    """Azure only: see ``HostSpec.log_analytics``. Whether it is given is plain."""
    portal: bool = False
    """Azure only: see ``FirewallArgs.portal``. Plain."""

    def _direct_problems(self) -> list[str]:
        return super()._direct_problems() if self.direct is None else [NO_PUBLIC_ADDRESS]

    def host_problems(self) -> list[str]:
        """Sentences for image, sizes and DNS that cannot be used."""
        server = self.registry.server if self.registry else None
        images = [self.image, *(slot.image for slot in self.slots.values() if slot.image is not None)]
        return [
            *(told for image in images for told in azure_host_problems(image, self.cpu, self.memory_gb, server)),
            *unseen_problems(self.network.dns_servers, self.dns),
        ]

    def settings(self, slot: str) -> ConnectorSettings:
        """What the Connector of a slot is told: with times, because a container's log has none of its own."""
        return replace(super().settings(slot), timestamp="absolute")

    def spec(self, slot: str, zone: str) -> HostSpec:
        """The host of a slot."""
        return HostSpec(
            region=self.network.region,
            resource_group=self.network.resource_group,
            zone=zone,
            slot=slot,
            generation=self.slots[slot].generation,
            subnet_id=self.subnets[zone],
            settings=self.settings(slot).environment(),
            dns=tuple(self.dns),
            image=self.image_of(slot),
            cpu=self.cpu,
            memory_gb=self.memory_gb,
            registry=self.registry,
            log_analytics=self.log_analytics,
        )

    def firewall(self) -> FirewallArgs:
        """What the hosts may dial."""
        return FirewallArgs(
            region=self.network.region,
            labels=self.labels,
            security_group_id=self.network.security_group_id,
            reaches=self.reaches,
            dns=self.dns,
            network_type=self.network_type,
            portal=self.portal,
        )

    def warnings(self) -> list[str]:
        """A network whose way out is not known to be a NAT gateway with a static address."""
        if self.network.exit_addresses:
            return []
        return [
            "NetworkRef.exit_addresses is empty, so gates let Connectors pass by any address. Each subnet needs a "
            "Standard NAT gateway: it is the only way out that Azure supports for container groups in a virtual "
            "network. List its addresses."
        ]


class ConnectorSite(Site):
    """Interchangeable Connectors on Azure: same firewall, DNS and exits, each with a pair of its own. Relay only.

    Azure's NAT gateways map each destination to another port, so clients reach these Connectors through Relays.
    """

    args: ConnectorSiteArgs

    def __init__(self, name: str, args: ConnectorSiteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args, opts)

    def make_firewall(self, name: str) -> pulumi.Output[str]:
        """Rules in the security group of the subnets, by the group's id, once the network is known to be fit."""
        fit = looked_up(self.args.network, Counter(self.args.zones().values()), self.args.dns, self)
        guard = pulumi.Output.all(self.args.network.security_group_id, fit).apply(lambda both: str(both[0]))
        return Firewall(name, replace(self.args.firewall(), security_group_id=guard), self.child).security_group_id

    def make_host(self, slot: Slot, firewall: Any) -> tuple[Host, pulumi.Output[Any]]:
        """The container group."""
        made = Host(
            f"{slot.name}-host",
            HostArgs(
                spec=slot.spec,
                labels=self.args.labels,
                security_group_id=firewall,
                connector_id=slot.incarnation.connector_id,
                access_token=slot.incarnation.access_token,
                refresh_token=slot.incarnation.refresh_token,
            ),
            self.child,
        )
        return made, self.wait_for(slot, made, made.instance)
