"""What works in a fleet's settings, but not as well as it could. Pure; the settings must be good ones."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, NamedTuple

from .placement import spread_problem
from .quotas import quota_advice
from .rule import is_private, within

if TYPE_CHECKING:
    from .settings import FleetSettings


class Advice(NamedTuple):
    """A sentence or two about a part of the fleet."""

    where: str
    """Key of the Remote Network and of the site, ``payments/frankfurt``; empty for the whole fleet."""
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" if self.where else self.text


def advice(fleet: "FleetSettings") -> list[Advice]:
    """Everything, in the order of the settings."""
    told = [Advice("", text) for text in quota_advice(fleet.remote_networks, fleet.quotas)]
    for key, network in fleet.remote_networks.items():
        for name, site in network.sites.items():
            told += (Advice(f"{key}/{name}", text) for text in _of_site(site, network.type))
    return told


def _of_site(site: Any, network_type: str) -> Iterator[str]:
    if one_zone := spread_problem(site.placed()):
        yield one_zone
    if not site.network.create:
        if network_type == "EXIT":
            yield (
                "The network exists already, so gatepost cannot see whether it is one of its own. Make sure that it "
                "has no peering and no transit: users would reach private systems past the access rules."
            )
        return
    segments = _segments(site)
    if len(segments) > 1:
        listed = "; ".join(f"{', '.join(reaches)} {how}" for how, reaches in segments.items())
        yield (
            f"The reaches lie in {len(segments)} segments ({listed}). A Remote Network for each segment keeps users "
            "of one out of the others when a Connector or a rule goes wrong."
        )


def _segments(site: Any) -> dict[str, list[str]]:
    """Private reaches by what leads to them. A reach over several counts for none of them."""
    segments: dict[str, list[str]] = {}
    for reach in site.reach:
        cidr = reach.reach().destination
        if not is_private(cidr):
            continue
        if within(cidr, site.network.create.cidr):
            how = "in the network"
        else:
            routes = [route for route in site.network.create.routes if within(cidr, route.cidr)]
            if not routes:
                continue
            how = f"by {max(routes, key=lambda route: ip_network(route.cidr).prefixlen).via}"
        segments.setdefault(how, []).append(cidr)
    return segments
