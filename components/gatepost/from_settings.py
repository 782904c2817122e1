"""A site of the fleet settings as components: what is the same on every cloud."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, ClassVar

import pulumi

from .labels import Labels
from .rollout import GateArgs
from .site import ExitRef, SlotArgs


@dataclass(frozen=True, kw_only=True)
class SiteBuilder:
    """Builds one site, all under the parent in ``opts``."""

    name: str
    site: Any
    """The settings of the site."""
    tenant: str
    remote_network_id: pulumi.Input[str]
    network_type: str
    labels: Labels
    after: Sequence[pulumi.Output[Any]]
    gate: GateArgs
    allow_outage: str | None
    secrets: Any
    """What ``gatepost:azure`` holds: an ``AzureSecrets``."""
    opts: pulumi.ResourceOptions

    @abstractmethod
    def build(self) -> Any:
        """The ``ConnectorSite``."""


class CloudSiteBuilder(SiteBuilder):
    """Builds a site in a cloud: exit IPs, network (or the given one), DNS and Connectors."""

    parts: ClassVar[ModuleType]
    """The cloud's package, such as ``gatepost.aws``: its components have the same names on every cloud."""
    options: ClassVar[tuple[str, ...]]
    """Settings of the cloud's sites that its ``ConnectorSiteArgs`` takes under the same name, as they are."""

    def build(self) -> Any:
        """The cloud's ``ConnectorSite``."""
        site, exits = self.site, self._exits()
        args = self.parts.ConnectorSiteArgs(
            tenant=self.tenant,
            remote_network_id=self.remote_network_id,
            network=self._network(exits),
            labels=self.labels,
            slots={key: SlotArgs(**slot.model_dump()) for key, slot in site.connectors.items()},
            reaches=[reach.reach() for reach in site.reach],
            dns=site.dns,
            network_type=self.network_type,
            direct=exits if self.direct else None,
            allow_outage=self.allow_outage,
            log_level=site.log_level,
            metrics_port=site.metrics_port,
            after=self.after,
            gate=self.gate,
            **self.host_options(),
        )
        return self.parts.ConnectorSite(self.name, args, self.opts)

    @property
    def direct(self) -> bool:
        """Whether each host has an address of its own."""
        return self.site.exit.kind == "direct"

    def host_options(self) -> dict[str, Any]:
        """What only this cloud's hosts have."""
        return {option: getattr(self.site, option) for option in self.options}

    def exit_options(self) -> dict[str, Any]:
        """What only this cloud's exit addresses have."""
        return {}

    def place(self) -> dict[str, Any]:
        """Where the components are made: what the arguments of each of them begin with."""
        return {"region": self.site.region}

    def _exits(self) -> Mapping[str, ExitRef]:
        """Addresses to make or adopt: for NAT, or by slot for exit direct; none where the network has its exits."""
        given = self.site.exit
        if given.kind == "adopt":
            return {}
        args = self.parts.ExitIpsArgs(
            **self.place(),
            labels=self.labels,
            addresses={key: self.parts.ExitIp(adopt=given.adopt.get(key)) for key in self.site.exit_keys()},
            protect=given.protect,
            retain=given.retain,
            **self.exit_options(),
        )
        return self.parts.ExitIps(f"{self.name}-exits", args, self.opts).exits

    def _network(self, exits: Mapping[str, ExitRef]) -> Any:
        given = self.site.network.adopt
        if given is None:
            return self.created({} if self.direct else exits)
        addresses = self.site.exit.addresses if self.site.exit.kind == "adopt" else []
        return self.parts.NetworkRef(
            **self.place(),
            **self.adopted(given),
            exit_addresses={address: address for address in addresses},
        )

    def adopted(self, given: Any) -> dict[str, Any]:
        """A network that exists, as the fields of the cloud's ``NetworkRef``."""
        return {"vpc_id": given.vpc_id, "subnets": given.subnets, "public_subnets": given.public_subnets}

    @abstractmethod
    def created(self, exits: Mapping[str, ExitRef]) -> Any:
        """The network to make, with these addresses for NAT, and its DNS: the cloud's ``NetworkRef``."""
