"""Whether users reach the Resources that the settings list, through every Connector of their Remote Network."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from typing import Any

from ..egress import dns_rules
from ..reachability import Gap, Place, Target, gaps
from ..rule import ANYWHERE, Rule, is_private, public_complement, within
from .allow_list import site_rules

EXIT_ONLY = "An EXIT network leads to public addresses only. List the Resource in a REGULAR network."
"""What to do about a Resource with private addresses in an EXIT network."""


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
    if create and getattr(create, "acl", False):  # what reaches and DNS servers need, the ACL opens too
        asked = (rule for reach in site.reach for rule in reach.reach().rules())
        rules = (*_past_acl(rules), *dns_rules(site.dns, strict=True), *asked)
    return Place(
        name=name,
        rules=rules,
        ranges=site.network.ranges() if create else None,
        dns=site.dns,
        resolver=str(IPv4Network(create.cidr)[2]) if create and site.cloud == "aws" else None,
        zones=_zones(site) if create else None,
    )


def _zones(site: Any) -> tuple[str, ...]:
    """Names of hosts that the resolver of a network without zones of its own answers for.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html, https://cloud.google.com/compute/docs/internal-dns
    """
    if site.cloud == "aws":
        return ("ec2.internal" if site.region == "us-east-1" else f"{site.region}.compute.internal",)
    return (f"c.{site.project or '*'}.internal",) if site.cloud == "gcp" else ()


def _past_acl(rules: tuple[Rule, ...]) -> Iterator[Rule]:
    """What a network ACL leaves of them: private addresses are closed, other than reaches and DNS servers."""
    for rule in rules:
        if rule.destination == ANYWHERE:
            yield from (replace(rule, destination=block) for block in public_complement())
        else:
            yield rule


def resource_gaps(place: Place, resource: Any, site: str) -> list[Gap]:
    """What keeps the Connectors of a place, which is a site of the settings, from a Resource of the settings.

    A site that is not known is an empty text: what names resolve to there is not known either.
    """
    zones = {resource.address} if resource.private_zone else place.zones
    return gaps(replace(place, zones=zones), resource.target(site))


def findings(key: str, network: Any) -> list[Finding]:
    """Every gap of a Remote Network of the settings, counter-examples first."""
    found: list[Finding] = []
    for name, site in network.sites.items():
        place = site_place(f"{key}/{name}", site, network.type)
        for resource in network.resources:
            for gap in resource_gaps(place, resource, name):
                fix = _fix(key, name, network.type, gap, resource.target(name))
                found.append(Finding(network=key, gap=gap, fix=fix))
    return sorted(found, key=lambda one: not one.gap.known)


def _fix(key: str, name: str, network_type: str, gap: Gap, target: Target) -> str:
    where = f"remote_networks.{key}.sites.{name}"
    if not gap.known:
        if gap.step == "route" and not gap.missing:
            return f"Write its addresses there under resolves_to: {{{name}: [...]}}."
        return ""
    if network_type == "EXIT":
        return EXIT_ONLY
    if gap.step == "resolve":
        told = f"Give DNS servers under {where}.dns, with a route to them"
        return f"{told}, or set private_zone: true on the Resource if a private zone of every network answers."
    if gap.step == "route":
        routes = ", ".join(f"{{cidr: {block}, via: ...}}" for block in _whole(gap, target) if is_private(block))
        return f"Add under {where}.network.create.routes: {routes or '{cidr: ..., via: ...}'}."
    kind = f", protocol: {target.protocol}" if target.protocol != "all" else ""
    if target.ports is not None:
        many = isinstance(target.ports, list | tuple)
        kind += f", ports: [{', '.join(map(str, target.ports))}]" if many else f", ports: {target.ports}"
    reaches = ", ".join(f"{{cidr: {block}{kind}}}" for block in _whole(gap, target) or ["..."])
    return f"Add under {where}.reach: {reaches}."


def _whole(gap: Gap, target: Target) -> list[str]:
    """The destinations of which something is missing, whole, as the Resource has them."""
    parts = [word for missing in gap.missing for word in missing.split() if "." in word]
    blocks = dict.fromkeys(str(IPv4Network(block)) for block in target.known_blocks())
    return [block for block in blocks if any(within(part, block) for part in parts)]
