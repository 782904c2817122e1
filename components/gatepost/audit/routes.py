"""Where the routes of a host's subnet lead, and by which address it leaves. IPv4."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from .find import Host
from .place import Place

_TARGETS = (
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
    "InstanceId",
    "NetworkInterfaceId",
    "GatewayId",
)
_PROBE = IPv4Network("8.8.8.8/32")
"""Stands for any public address."""


@dataclass(frozen=True, kw_only=True)
class Exit:
    """How a host leaves to the internet. Exactly one of `address`, `problem` and `beyond` says something."""

    address: str = ""
    problem: str = ""
    """Why it does not leave, as the rest of a sentence about the host."""
    beyond: str = ""
    """Where the way leads out of what an account shows."""
    nat: str = ""
    """The NAT gateway, if any."""


def target(route: Mapping[str, Any]) -> str:
    """Return the id of what a route leads to."""
    return next((str(route[key]) for key in _TARGETS if route.get(key)), "nothing")


def routes(table: Mapping[str, Any]) -> list[tuple[IPv4Network, Mapping[str, Any]]]:
    """Return the routes for IPv4 blocks. Those of prefix lists (gateway endpoints) lead to services only."""
    found = [(route.get("DestinationCidrBlock"), route) for route in table.get("Routes", ())]
    return [(IPv4Network(cidr), route) for cidr, route in found if cidr]


def best(table: Mapping[str, Any], block: IPv4Network) -> Mapping[str, Any] | None:
    """Return the most specific route that holds a whole block."""
    held = [(cidr.prefixlen, route) for cidr, route in routes(table) if block.subnet_of(cidr)]
    return max(held, key=lambda pair: pair[0], default=(0, None))[1]


def way_out(place: Place, host: Host) -> Exit | None:
    """Return how a host leaves; None where the answers to tell are missing."""
    if place.tables is None:
        return None
    where = f"subnet {host.raw.get('SubnetId')}"
    table = place.table(str(host.raw.get("SubnetId")), str(host.raw.get("VpcId")))
    if table is None:
        return Exit(problem=f"is in {where}, which has no route table")
    where = f"route table {table['RouteTableId']} of {where}"
    route = best(table, _PROBE)
    if route is None:
        return Exit(problem=f"has no route to the internet: {where} sends 0.0.0.0/0 nowhere")
    goal = target(route)
    if route.get("State") == "blackhole":
        return Exit(problem=f"has no route to the internet: {where} sends it to {goal}, which is gone (a blackhole)")
    if goal.startswith("nat-"):
        zone = (host.raw.get("Placement") or {}).get("AvailabilityZone")
        return None if place.nats is None else _by_nat(place, goal, where, zone)
    if not goal.startswith("igw-"):
        return Exit(beyond=goal)
    if not host.public_ip:
        return Exit(problem=f"has no way to the internet: {where} leads to {goal}, but the host has no public address")
    return Exit(address=host.public_ip)


def _by_nat(place: Place, name: str, where: str, zone: str | None) -> Exit:
    nat = next((nat for nat in place.nats or () if nat["NatGatewayId"] == name), None)
    state = "gone" if nat is None else str(nat.get("State"))
    if nat is None or state != "available":
        return Exit(problem=f"has no way to the internet: {where} leads to NAT gateway {name}, which is {state}")
    if nat.get("ConnectivityType") == "private":
        return Exit(beyond=f"private NAT gateway {name}")
    if subnet := nat.get("SubnetId"):
        table = place.table(str(subnet), str(nat.get("VpcId")))
        onward = best(table, _PROBE) if table else None
        if onward is None or not target(onward).startswith("igw-") or onward.get("State") == "blackhole":
            told = f"leads to NAT gateway {name}, whose own subnet {subnet} has no route to an internet gateway"
            return Exit(problem=f"has no way to the internet: {where} {told}")
    held = [a for a in nat.get("NatGatewayAddresses", ()) if a.get("PublicIp")]
    held.sort(key=lambda a: a.get("AvailabilityZone") not in (None, zone))  # a regional one has addresses by zone
    address = next((str(a["PublicIp"]) for a in held), "")
    if not address:
        return Exit(problem=f"has no way to the internet: {where} leads to NAT gateway {name}, which has no address")
    return Exit(address=address, nat=name)
