"""Whether users reach the Resources that the settings list, through every Connector of their Remote Network."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..reachability import Gap, Place, gaps
from ..rule import ANYWHERE, Rule, public_complement
from .allow_list import site_rules


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Why a Resource would not be reached, or what the settings leave open about it."""

    network: str
    gap: Gap
    fix: str
    """What to write, and where."""

    def __str__(self) -> str:
        return f"{self.gap.place}: {self.gap.resource}: {self.gap.text} {self.fix}".rstrip()


def site_place(name: str, site: Any, network_type: str) -> Place:
    """A site of the settings as its Connectors see it."""
    create = site.network.create
    rules = site_rules(site, network_type)
    if create and getattr(create, "acl", False):
        rules = tuple(_past_acl(rules))
    return Place(
        name=name,
        rules=rules,
        ranges=site.network.ranges() if create else None,
        dns=site.dns,
        zones=() if create else None,
    )


def _past_acl(rules: tuple[Rule, ...]) -> Iterator[Rule]:
    """What a network ACL leaves of them: private addresses are closed, other than reaches and DNS servers."""
    for rule in rules:
        if rule.destination == ANYWHERE:
            yield from (replace(rule, destination=block) for block in public_complement())
        else:
            yield rule


def findings(key: str, network: Any) -> list[Finding]:
    """Every gap of a Remote Network of the settings, counter-examples first."""
    found: list[Finding] = []
    for name, site in network.sites.items():
        place = site_place(f"{key}/{name}", site, network.type)
        for resource in network.resources:
            answered = {resource.address} if resource.private_zone else place.zones
            for gap in gaps(replace(place, zones=answered), resource.target(name)):
                found.append(Finding(network=key, gap=gap, fix=_fix(key, name, site, network.type, gap)))
    return sorted(found, key=lambda one: not one.gap.known)


def _fix(key: str, name: str, site: Any, network_type: str, gap: Gap) -> str:
    where = f"remote_networks.{key}.sites.{name}"
    if not gap.known:
        if gap.step == "route" and not gap.missing:
            return f"Write its addresses there under resolves_to: {{{name}: [...]}}."
        return ""
    if network_type == "EXIT":
        return "An EXIT network leads to public addresses only. List the Resource in a REGULAR network."
    if gap.step == "resolve":
        told = f"Give DNS servers under {where}.dns, with a route to them"
        return f"{told}, or set private_zone: true on the Resource if a private zone of every network answers."
    if gap.step == "route":
        return f"Add a route under {where}.network.create.routes: {{cidr: {gap.missing[0]}, via: ...}}."
    return f"Add under {where}.reach: {_reach(gap.missing[0])}."


def _reach(missing: str) -> str:
    """The reach that opens what is missing: ``tcp 5432 10.9.0.0/16``."""
    protocol, *ports, where = missing.split()
    if "." not in where:
        ports, where = [where], "..."
    return f"{{cidr: {where}, protocol: {protocol}{f', ports: {ports[0]}' if ports else ''}}}"
