"""What works, but not as well as it could: the advice that an update gives too, and what only the whole fleet shows."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..advice import Advice, advice

_AREAS: Mapping[str, str] = {
    "Europe": r"eu(sc)?-|europe-|.*europe$|uk(south|west)$|(austria|belgium|denmark|france|germany|italy|norway|poland|"
    r"spain|sweden|switzerland)",
    "North America": r"us-|ca-|mx-|northamerica-|(east|west|central|northcentral|southcentral|westcentral)us[0-9]?$|"
    r"canada|mexico",
    "South America": r"sa-east-|sa-west-|southamerica-|brazil|chile",
    "Africa": r"af-|africa-|southafrica",
    "the Middle East": r"(me|il)-|me-(central|west)[0-9]|israel|qatar|uae",
    "Asia and the Pacific": r"ap-|asia-|australia|.*asia$|.*india$|indonesia|japan|korea|malaysia|newzealand",
}
"""Parts of the world by how regions of all clouds are spelt."""


def area(region: str) -> str | None:
    """The part of the world that a region is in; None where its name does not tell."""
    return next((area for area, spelt in _AREAS.items() if re.match(spelt, region)), None)


def warnings(fleet: Any) -> list[Advice]:
    """Everything, for settings that are good ones."""
    told = advice(fleet)
    for key, network in fleet.remote_networks.items():
        told += (Advice(key, text) for text in _geography(network))
        if network.type == "EXIT":
            told += (Advice(f"{key}/{name}", text) for name, site in network.sites.items() for text in _relays(site))
    return told


def _relays(site: Any) -> Iterator[str]:
    if site.clients_path() == "relay":
        yield (
            "Clients reach these exit nodes by relay only: 200-250 Mbit/s at most for all of a user's internet "
            f"traffic, and relayed bytes fall under Twingate's Fair Use Policy. {site.peer_to_peer_exit}"
        )


def _geography(network: Any) -> Iterator[str]:
    places = {key: site.region for key, site in network.sites.items() if site.cloud != "onprem"}
    areas = {key: found for key, region in places.items() if (found := area(region))}
    if len(set(areas.values())) > 1 and not network.replicated and network.type != "EXIT":
        listed = ", ".join(f"{key} in {where}" for key, where in areas.items())
        yield (
            f"Twingate takes the Connector nearest to the user ({listed}), not the one nearest to the Resource, and "
            "nothing says that Resources are copied to each place: users may go round the world. Set replicated: true "
            "if they are, or make a Remote Network for each place. https://www.twingate.com/docs/connector-best-practices"
        )
    clouds = {site.cloud for site in network.sites.values()}
    if network.replicated and len(places) > 1 and len(set(places.values())) == len(clouds) == 1:
        yield (
            f"The sites are said to be copies for geographic routing, but all are in {next(iter(places.values()))}, so "
            "nobody is nearer to one of them."
        )
