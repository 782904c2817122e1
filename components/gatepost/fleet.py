"""The whole fleet: settings in, Remote Networks and their sites out. Clouds are imported only when a site uses them."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi

from .labels import Labels, check_key
from .placement import place, spread_problem
from .rollout import GateArgs
from .site import tenant_problems
from .twingate import RemoteNetwork, RemoteNetworkArgs
from .words import refuse

if TYPE_CHECKING:
    from .settings import FleetSettings, RemoteNetworkSettings

LOCATIONS = {"aws": "AWS", "gcp": "GOOGLE_CLOUD"}
"""What Twingate calls the clouds; a Remote Network over several of them is OTHER."""


@dataclass(frozen=True, kw_only=True)
class FleetArgs:
    """A fleet. Everything is plain."""

    settings: "FleetSettings"
    """What to build: ``gatepost.settings.parse`` makes it."""
    environment: str
    """Key of the environment, usually the stack's name."""
    tenant: str
    """Twingate network name, ``acme`` of acme.twingate.com."""
    gate: GateArgs = field(default_factory=GateArgs)
    """How rollouts wait for new Connectors."""

    def __post_init__(self) -> None:
        refuse(check_key("environment", self.environment) + tenant_problems(self.tenant))


class Fleet(pulumi.ComponentResource):
    """Remote Networks times sites. Remote Networks roll out side by side, each one canary first."""

    remote_networks: pulumi.Output[dict[str, Any]]
    """By key: ``id``, ``exit_ips`` and ``sites`` (each with ``exit_ips`` and ``connectors`` by slot)."""

    def __init__(self, name: str, args: FleetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:index:Fleet", name, None, opts)
        networks = args.settings.remote_networks
        self.remote_networks = pulumi.Output.all(
            **{key: self._network(key, network, args) for key, network in networks.items()}
        )
        self.register_outputs({"remote_networks": self.remote_networks})

    def _network(self, key: str, settings: "RemoteNetworkSettings", args: FleetArgs) -> pulumi.Output[Any]:
        child = pulumi.ResourceOptions(parent=self)
        labels = Labels(environment=args.environment, network=key, extra=args.settings.tags)
        clouds = {site.cloud for site in settings.sites.values()}
        network = RemoteNetwork(
            key,
            RemoteNetworkArgs(
                title=None if settings.adopt else settings.title or f"{key}-{args.environment}",
                location=settings.location or (LOCATIONS[clouds.pop()] if len(clouds) == 1 else "OTHER"),
                type=settings.type,
                adopt=settings.adopt,
            ),
            child,
        )
        self._warn_of_one_zone(settings)
        sites: dict[str, pulumi.Output[Any]] = {}
        canary: list[pulumi.Output[Any]] = []
        direct: list[pulumi.Output[Any]] = []
        for site_key, site in settings.sites.items():
            made = (
                importlib.import_module(f"gatepost.{site.cloud}.from_settings")
                .Builder(
                    name=f"{key}-{site_key}",
                    site=site,
                    tenant=args.tenant,
                    remote_network_id=network.remote_network_id,
                    network_type=settings.type,
                    labels=labels.with_site(site_key),
                    # Sites follow the canary side by side, but of those whose addresses move one after the other.
                    after=[*canary, *(direct if site.exit.kind == "direct" else ())],
                    gate=args.gate,
                    allow_outage=settings.reason or ("other sites of its network" if len(settings.sites) > 1 else None),
                    opts=child,
                )
                .build()
            )
            canary = canary or [made.canary]
            direct = [made.gate] if site.exit.kind == "direct" else direct
            sites[site_key] = pulumi.Output.all(exit_ips=made.exit_ips, connectors=made.connectors)
        return pulumi.Output.all(id=network.remote_network_id, sites=pulumi.Output.all(**sites)).apply(_summary)

    def _warn_of_one_zone(self, settings: "RemoteNetworkSettings") -> None:
        (site, *others) = settings.sites.values()
        slots = {key: slot.zone for key, slot in site.connectors.items()}
        told = None if others else spread_problem(place(slots, site.zones()))
        if told:
            pulumi.log.warn(told, self)


def _summary(network: Mapping[str, Any]) -> dict[str, Any]:
    exits = sorted({ip for site in network["sites"].values() for ip in site["exit_ips"]})
    return {"id": network["id"], "exit_ips": exits, "sites": dict(network["sites"])}
