"""The Connectors of a Remote Network in one VPC network of Google Cloud."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import pulumi

from ..boot.gcp import GcpBoot
from ..connector_site import Site, SiteArgs, Slot
from ..sizes import GCP_SIZE, gcp_host_problems
from .adopted import looked_up
from .firewall import Firewall, FirewallArgs
from .host import Host, HostArgs, HostSpec
from .network import NetworkRef


@dataclass(frozen=True, kw_only=True)
class ConnectorSiteArgs(SiteArgs):
    """A site on Google Cloud: one subnetwork, and a slot for each Connector."""

    cloud = "gcp"
    flows = (*SiteArgs.flows, "kms_key")

    network: NetworkRef
    """Where the hosts run."""
    image: str | None = None
    """See ``HostSpec.image``. Plain."""
    size: str = GCP_SIZE
    """See ``HostSpec.size``. Plain."""
    volume_gib: int = 10
    """See ``HostSpec.volume_gib``. Plain."""
    kms_key: pulumi.Input[str] | None = None
    """See ``HostSpec.kms_key``."""
    regional_pair: bool = False
    """Google only: see ``HostSpec.regional_pair``. Plain."""
    version: str | None = None
    """Google only: see ``GcpBoot.version``. On AWS the image has the Connector. Plain."""
    upgrade_hour: int = 3
    """Google only: hour of the day (UTC) in which the first slot upgrades its packages; each further slot an hour
    later, so that no two restart at once. Plain."""

    def host_problems(self) -> list[str]:
        """Sentences for an image or size that cannot be used."""
        return gcp_host_problems(self.image, self.size)

    def spec(self, slot: str, zone: str) -> HostSpec:
        """The host of a slot."""
        return HostSpec(
            project=self.network.project,
            zone=zone,
            slot=slot,
            generation=self.slots[slot].generation,
            subnet_id=self.subnets[zone],
            boot=self.boot(slot),
            image=self.image_of(slot),
            size=self.size,
            volume_gib=self.volume_gib,
            regional_pair=self.regional_pair,
            kms_key=self.kms_key,
            address=None if self.direct is None else self.direct[slot].address,
        )

    def boot(self, slot: str) -> GcpBoot:
        """What the host of a slot runs."""
        return GcpBoot(
            settings=self.settings(slot).environment(),
            dns=tuple(self.dns),
            version=self.version,
            upgrade_hour=(self.upgrade_hour + _place(slot)) % 24,
        )

    def firewall(self) -> FirewallArgs:
        """What the hosts may dial."""
        return FirewallArgs(
            project=self.network.project,
            region=self.network.region,
            labels=self.labels,
            vpc_id=self.network.vpc_id,
            reaches=self.reaches,
            dns=self.dns,
            network_type=self.network_type,
        )


def _place(slot: str) -> int:
    """A number that belongs to the key alone, so that adding a slot changes no other one's hour: ``a`` is 0."""
    return sum(ord(letter) - ord("a") for letter in slot)


class ConnectorSite(Site):
    """Interchangeable Connectors on Google Cloud: same firewall, permissions, DNS and exits, each with its own pair."""

    args: ConnectorSiteArgs

    def __init__(self, name: str, args: ConnectorSiteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args, opts)

    def make_firewall(self, name: str) -> pulumi.Output[str]:
        """Rules for a network tag, by the tag, once the subnetworks are known to be fit."""
        args = self.args
        fit = looked_up(args.network, args.subnets, Counter(args.zones().values()), self)
        vpc = pulumi.Output.all(args.network.vpc_id, fit).apply(lambda both: str(both[0]))
        return Firewall(name, replace(args.firewall(), vpc_id=vpc), self.child).target_tag

    def make_host(self, slot: Slot, firewall: Any) -> tuple[Host, pulumi.Output[Any]]:
        """The instance. With exit direct it starts with the slot's address, and the old one is deleted before."""
        args = self.args
        made = Host(
            f"{slot.name}-host",
            HostArgs(
                spec=slot.spec,
                labels=args.labels,
                network_tags=[firewall],
                connector_id=slot.incarnation.connector_id,
                access_token=slot.incarnation.access_token,
                refresh_token=slot.incarnation.refresh_token,
            ),
            self.child,
        )
        exits = None if args.direct is None else [args.direct[slot.key].address]
        return made, self.wait_for(slot, made, made.instance, exits)
