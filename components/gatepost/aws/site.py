"""The Connectors of a Remote Network in one AWS network."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import pulumi
import pulumi_aws as aws

from ..boot.aws import AwsBoot
from ..connector_site import Site, SiteArgs, Slot
from ..sizes import AWS_SIZE, aws_host_problems, aws_zone_warning
from .adopted import looked_up
from .firewall import Firewall, FirewallArgs
from .host import Host, HostArgs, HostSpec
from .network import NetworkRef


@dataclass(frozen=True, kw_only=True)
class ConnectorSiteArgs(SiteArgs):
    """A site on AWS: one VPC, and a slot for each Connector."""

    cloud = "aws"
    flows = (*SiteArgs.flows, "kms_key")

    network: NetworkRef
    """Where the hosts run."""
    image: str | None = None
    """See ``HostSpec.image``. Plain."""
    size: str = AWS_SIZE
    """See ``HostSpec.size``. Plain."""
    volume_gib: int = 8
    """See ``HostSpec.volume_gib``. Plain."""
    kms_key: pulumi.Input[str] | None = None
    """See ``HostSpec.kms_key``."""
    sessions: bool = False
    """See ``HostArgs.sessions``. Plain."""
    termination_protection: bool = False
    """See ``HostArgs.termination_protection``. Plain."""

    def host_problems(self) -> list[str]:
        """Sentences for an image or size that cannot be used."""
        return aws_host_problems(self.image, self.size)

    def spec(self, slot: str, zone: str) -> HostSpec:
        """The host of a slot."""
        return HostSpec(
            region=self.network.region,
            slot=slot,
            generation=self.slots[slot].generation,
            subnet_id=self.subnets[zone],
            boot=self.boot(slot),
            image=self.image_of(slot),
            size=self.size,
            volume_gib=self.volume_gib,
            kms_key=self.kms_key,
            # An EXIT network never leaves by another address than its own, not even for the time of a gate.
            public_address=self.direct is not None and self.network_type == "REGULAR",
        )

    def boot(self, slot: str) -> AwsBoot:
        """What the host of a slot runs."""
        return AwsBoot(settings=self.settings(slot).environment(), region=self.network.region, dns=tuple(self.dns))

    def firewall(self) -> FirewallArgs:
        """What the hosts may dial."""
        return FirewallArgs(
            region=self.network.region,
            labels=self.labels,
            vpc_id=self.network.vpc_id,
            reaches=self.reaches,
            dns=self.dns,
            network_type=self.network_type,
            strict=self.strict,
        )

    def warnings(self) -> list[str]:
        """Zones that are not known to have the size."""
        found = [aws_zone_warning(self.size, zone) for zone in sorted(set(self.zones().values()))]
        return [told for told in found if told]


class ConnectorSite(Site):
    """Interchangeable Connectors on AWS: same firewall, permissions, DNS and exits, each with a pair of its own."""

    args: ConnectorSiteArgs

    def __init__(self, name: str, args: ConnectorSiteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args, opts)

    def make_firewall(self, name: str) -> pulumi.Output[str]:
        """A security group, by its id, once the subnets are known to be fit."""
        args = self.args
        fit = looked_up(args.network, args.subnets, Counter(args.zones().values()), self)
        vpc = pulumi.Output.all(args.network.vpc_id, fit).apply(lambda both: str(both[0]))
        return Firewall(name, replace(args.firewall(), vpc_id=vpc), self.child).security_group_id

    def make_host(self, slot: Slot, firewall: Any) -> tuple[Host, pulumi.Output[Any]]:
        """The instance; with exit direct, the slot's address moves to it.

        REGULAR: the host first comes alive by an automatic address, so a broken image costs nothing, and the slot is
        away for a reconnect only. EXIT: the address moves at once, since a wrong exit is worse than a slot away.
        """
        args = self.args
        made = Host(
            f"{slot.name}-host",
            HostArgs(
                spec=slot.spec,
                labels=args.labels,
                security_group_id=firewall,
                connector_id=slot.incarnation.connector_id,
                access_token=slot.incarnation.access_token,
                refresh_token=slot.incarnation.refresh_token,
                sessions=args.sessions,
                termination_protection=args.termination_protection,
            ),
            self.child,
        )
        if args.direct is None:
            return made, self.wait_for(slot, made, made.instance)
        address = args.direct[slot.key]
        alive = [self.wait_for(slot, made, made.instance, [])] if args.network_type == "REGULAR" else []
        moved = aws.ec2.EipAssociation(
            f"{slot.name}-address",
            allocation_id=address.id,
            instance_id=made.instance_id,
            allow_reassociation=True,
            region=args.network.region,
            opts=pulumi.ResourceOptions(parent=self, depends_on=alive),
        )
        return made, self.wait_for(slot, made, moved, [address.address])
