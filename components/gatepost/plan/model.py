"""The plan of a stack: the answers of this package, put together from its settings."""

from dataclasses import dataclass
from typing import Any

from ..advice import Advice
from ..stack_settings import StackSettings
from .against import Change, ExitChange, changes, exit_changes
from .allow_list import AllowList, allow_list
from .capacity import Limit, capacity
from .exits import ExitPlan, exit_plan
from .order import Rollout, api_seconds, rollout
from .prices import Costs, costs
from .resources import Finding, findings
from .warnings import warnings


@dataclass(frozen=True, kw_only=True)
class SitePlan:
    """One site."""

    key: str
    cloud: str
    region: str
    account: str | None
    network: str
    """``create`` with its range, or ``adopt`` with its id."""
    slots: dict[str, str]
    """The zone of each Connector."""
    exit: ExitPlan
    allow: AllowList
    capacity: tuple[Limit, ...]
    costs: Costs


@dataclass(frozen=True, kw_only=True)
class NetworkPlan:
    """One Remote Network."""

    key: str
    title: str
    type: str
    replicated: bool
    sites: tuple[SitePlan, ...]
    rollout: Rollout
    resources: int
    """Resources that the settings list."""
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class FleetPlan:
    """The whole fleet."""

    environment: str
    tenant: str
    networks: tuple[NetworkPlan, ...]
    api_seconds: float
    """Least time that Twingate's API takes for a rollout of everything."""
    warnings: tuple[Advice, ...]
    changes: tuple[Change, ...] | None
    """Against other settings; None: not asked."""
    exit_changes: tuple[ExitChange, ...]
    """Against other settings; empty: not asked, or none."""

    @property
    def counter_examples(self) -> list[Finding]:
        """Resources that a Connector would not reach."""
        return [one for network in self.networks for one in network.findings if one.gap.known]


def fleet_plan(settings: StackSettings, old: StackSettings | None = None) -> FleetPlan:
    """The plan of good settings, and what is different from ``old`` ones."""
    fleet = settings.fleet
    networks = tuple(
        NetworkPlan(
            key=key,
            title=f"adopted {network.adopt}" if network.adopt else network.title or f"{key}-{settings.environment}",
            type=network.type,
            replicated=network.replicated,
            sites=tuple(_site(name, site, network.type) for name, site in network.sites.items()),
            rollout=rollout(network.sites, settings.gate, network.type),
            resources=len(network.resources),
            findings=tuple(findings(key, network)),
        )
        for key, network in fleet.remote_networks.items()
    )
    rollouts = {network.key: network.rollout for network in networks}
    return FleetPlan(
        environment=settings.environment,
        tenant=settings.tenant,
        networks=networks,
        api_seconds=api_seconds(sum(len(network.rollout.turns) for network in networks)),
        warnings=tuple(warnings(fleet)),
        changes=None if old is None else changes(old.fleet, fleet, rollouts),
        exit_changes=() if old is None else exit_changes(old.fleet, fleet),
    )


def _site(name: str, site: Any, network_type: str) -> SitePlan:
    create, adopt = site.network.create, site.network.adopt
    return SitePlan(
        key=name,
        cloud=site.cloud,
        region=site.region,
        account=site.account,
        network=f"create {create.cidr}" if create else f"adopt {adopt.vpc_id}" if adopt else "people's own",
        slots=dict(site.placed()),
        exit=exit_plan(site),
        allow=allow_list(site, network_type),
        capacity=capacity(site, network_type),
        costs=costs(site),
    )
