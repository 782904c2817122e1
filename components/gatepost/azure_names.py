"""Names, ids, regions and zones of Azure. Pure."""

import re
from collections.abc import Iterable, Mapping

from . import labels
from .labels import name_start
from .placement import region_problems

REGIONAL = "regional"
"""Stands where a zone would, for what is in no zone: Azure's word for it. Real zones are ``1``, ``2`` and ``3``."""
_WITHOUT_ZONES = """
australiacentral australiacentral2 australiasoutheast brazilsoutheast canadaeast francesouth germanynorth koreasouth
northcentralus norwaywest southafricawest southindia switzerlandwest uaecentral ukwest westcentralus westindia westus
"""
WITHOUT_ZONES = frozenset(_WITHOUT_ZONES.split())
"""Regions that are known to have no zones: https://learn.microsoft.com/azure/reliability/regions-list"""

_GROUP = "azure container group"
_KINDS: Mapping[str, str] = {
    "virtual network": "virtualNetworks/main",
    "subnet": "virtualNetworks/main/subnets/connectors",
    "network security group": "networkSecurityGroups/connectors",
    "public IP address": "publicIPAddresses/exit",
    "public IP prefix": "publicIPPrefixes/exits",
}
"""What ids of ``Microsoft.Network`` end in, with names as an example."""


def checked(name: str) -> str:
    """``name``, the name of a component. Raises ValueError when no name of a container group can start with it."""
    return name_start(_GROUP, name, "Azure resources", "lower-case letters, digits and single inner hyphens")


def child_name(name: str, *parts: str) -> str:
    """``name-parts``; where Pulumi's eight digits would not fit into 63 characters, the tail becomes a hash."""
    return labels.child_name(_GROUP, name, *parts)


def zone_problems(region: str, zones: Iterable[str]) -> list[str]:
    """Sentences for a region that is not spelt as Azure spells it, and for zones that it cannot have.

    Zones are ``1`` to ``3`` or, alone, ``regional``: hosts and gateways in no zone.
    """
    given = list(dict.fromkeys(zones))
    if not re.fullmatch(r"[a-z]+[0-9]?", region):
        return [f"The region {region!r} must be spelt as Azure's programs spell it, such as 'westeurope'."]
    zonal = [zone for zone in given if zone != REGIONAL]
    problems = [
        problem.replace("looks like '1'.", f"is '1', '2' or '3', or {REGIONAL!r} for none of them.")
        for problem in region_problems("azure", region, zonal)
    ]
    if zonal and REGIONAL in given:
        problems.append(f"The zone {REGIONAL!r} stands for no zone at all, so it goes with none of {', '.join(zonal)}.")
    if zonal and region in WITHOUT_ZONES:
        problems.append(f"The region {region!r} has no zones. Give {REGIONAL!r} in place of {', '.join(zonal)}.")
    return problems


def zones_of(zone: str) -> list[str] | None:
    """A zone as resources take it; None for ``regional``."""
    return None if zone == REGIONAL else [zone]


def id_problems(where: str, value: object, kind: str) -> list[str]:
    """What is wrong with an id of a kind (a row of ``_KINDS``) given as text."""
    if not isinstance(value, str):
        return []  # an Output: known later
    steps = _KINDS[kind].split("/")
    path = "/".join(rf"{step}/[\w.()-]+" for step in steps[::2])
    start = "/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft.Network/"
    if re.fullmatch(start + path, value, re.IGNORECASE):
        return []
    example = start.replace("[^/]+", "0000-1111", 1).replace("[^/]+", "acme") + _KINDS[kind]
    return [f"{where} must be the id of a {kind} like {example}, got {value!r}."]


def foreign_problems(what: str, subnet: object, vnet: object) -> list[str]:
    """A sentence for a subnet that is none of the virtual network, where both ids are text."""
    if not isinstance(subnet, str) or not isinstance(vnet, str) or subnet.lower().startswith(f"{vnet}/".lower()):
        return []
    return [f"{what} {subnet} is none of the virtual network {vnet}. Give one of its own, or the network it is in."]


def name_in(rid: str) -> str:
    """The name of a resource, from its id."""
    return rid.rpartition("/")[2]


def group_in(rid: str) -> str:
    """The name of the resource group, from the id of a resource or of the group itself. Empty when there is none."""
    found = re.search("/resourceGroups/([^/]+)", rid, re.IGNORECASE)
    return found[1] if found else ""
