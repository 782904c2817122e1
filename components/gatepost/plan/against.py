"""What another version of the settings would change for the hosts: moves between zones, and incarnations made anew."""

from dataclasses import dataclass
from typing import Any

from ..placement import moves
from .exits import ExitIp, exit_plan
from .order import Rollout

_IN_PLACE = (
    *("connectors", "exit", "network", "portal", "reach", "retire", "sessions", "strict", "termination_protection"),
)
"""Settings of a site whose change rebuilds no host by itself, or that are compared on their own."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """A slot that the new settings touch."""

    network: str
    site: str
    slot: str
    kind: str
    """added, removed or rebuilt."""
    why: str
    """Settings that differ; empty for what is added or removed."""
    wave: int | None = None
    """When its turn comes in the rollout of its Remote Network; None for what is removed or has no gate."""
    pin: str | None = None
    """The line that keeps it in its zone."""


@dataclass(frozen=True, kw_only=True)
class ExitChange:
    """Static public addresses that a site had before, or has now, alone."""

    network: str
    site: str
    goes: tuple[ExitIp, ...]
    comes: tuple[ExitIp, ...]


@dataclass(frozen=True, kw_only=True)
class _Slot:
    zone: str
    facts: dict[str, Any]


def changes(old: Any, new: Any, rollouts: dict[str, Rollout]) -> tuple[Change, ...]:
    """Slots that differ between two fleets of settings, in the order of the new rollout, removed ones last."""
    before, after = _slots(old), _slots(new)
    waves = {(key, turn.site, turn.slot): turn.wave for key, plan in rollouts.items() for turn in plan.turns}
    pins = {
        (*place, move.slot): move.pin
        for place in dict.fromkeys(key[:2] for key in after if key in before)
        for move in moves(_zones(before, place), _zones(after, place))
    }
    found: list[Change] = []
    for key, slot in after.items():
        was = before.get(key)
        differing = [] if was is None else [name for name, value in slot.facts.items() if was.facts.get(name) != value]
        if was and was.zone != slot.zone:
            differing.insert(0, f"zone {was.zone} to {slot.zone}")
        if was is None or differing:
            kind, why = ("added", "") if was is None else ("rebuilt", ", ".join(differing))
            found.append(_change(key, kind, why, waves.get(key), pins.get(key)))
    found.sort(key=lambda change: (change.network, change.wave or 0))
    return (*found, *(_change(key, "removed", "") for key in before if key not in after))


def exit_changes(old: Any, new: Any) -> tuple[ExitChange, ...]:
    """Exit addresses that differ between two fleets of settings, for sites that the old one has."""
    before, after = _exits(old), _exits(new)
    found: list[ExitChange] = []
    for (network, site), had in before.items():
        has = after.get((network, site), {})
        goes = tuple(ip for key, ip in had.items() if key not in has)
        comes = tuple(ip for key, ip in has.items() if key not in had)
        if goes or comes:
            found.append(ExitChange(network=network, site=site, goes=goes, comes=comes))
    return tuple(found)


def _exits(fleet: Any) -> dict[tuple[str, str], dict[Any, ExitIp]]:
    """The exit addresses of each site by what they are: their id, or where one is made and what for."""
    return {
        (key, name): {
            ip.known or (ip.key, site.exit.kind, site.cloud, site.region, site.account): ip
            for ip in exit_plan(site).ips
        }
        for key, network in fleet.remote_networks.items()
        for name, site in network.sites.items()
    }


def _change(key: tuple[str, str, str], kind: str, why: str, wave: int | None = None, pin: str | None = None) -> Change:
    network, site, slot = key
    return Change(network=network, site=site, slot=slot, kind=kind, why=why, wave=wave, pin=pin)


def _zones(slots: dict[tuple[str, str, str], _Slot], place: tuple[str, ...]) -> dict[str, str]:
    return {key[2]: slot.zone for key, slot in slots.items() if key[:2] == place}


def _slots(fleet: Any) -> dict[tuple[str, str, str], _Slot]:
    found: dict[tuple[str, str, str], _Slot] = {}
    for key, network in fleet.remote_networks.items():
        for name, site in network.sites.items():
            placed = site.placed()
            for slot, settings in site.connectors.items():
                own = {field: getattr(settings, field) for field in ("generation", "image", "log_level")}
                of_site = {f: getattr(site, f) for f in type(site).model_fields if f not in _IN_PLACE}
                facts = of_site | {f: value for f, value in own.items() if value is not None}
                facts |= {"Remote Network": (network.adopt, network.type), "exit.kind": site.exit.kind}
                facts |= _network(site)
                found[key, name, slot] = _Slot(zone=placed[slot], facts=facts)
    return found


def _network(site: Any) -> dict[str, Any]:
    """What of a network decides about its hosts."""
    if site.network.create:
        return {"network.create.cidr": site.network.create.cidr}
    if site.network.adopt:
        kept = site.network.adopt
        return {"network.adopt.vpc_id": kept.vpc_id, "network.adopt.subnets": kept.subnets}
    return {}
