"""Where the routes of a host's subnet lead, and by which address it leaves. IPv4."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from ..cover import without
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
_INTERNET = ("igw-", "eigw-", "cagw-")
"""Begin the ids of gateways behind which no private address is."""
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


def led(place: Place, table: Mapping[str, Any], *, past_nat: bool = True) -> list[str]:
    """Return the blocks that a table leads to something alive, other than the internet.

    Of what goes to a NAT gateway that is what the table of the gateway's own subnet leads on.
    """
    found: list[IPv4Network] = []
    for cidr, route in sorted(routes(table), key=_weight):
        ends = _ends(place, cidr, route, past_nat=past_nat)
        if ends != [cidr]:  # the more specific route counts, also one to nowhere
            parts = [without(str(one), [str(cidr)]) if one.overlaps(cidr) else [one] for one in found]
            found = [part for several in parts for part in several]
        found += ends
    return [str(one) for one in found]


def _weight(pair: tuple[IPv4Network, Mapping[str, Any]]) -> tuple[int, bool]:
    """Later ones count more: a route of one's own goes before one that a gateway tells of the same block."""
    return pair[0].prefixlen, pair[1].get("Origin") != "EnableVgwRoutePropagation"


def _ends(place: Place, cidr: IPv4Network, route: Mapping[str, Any], *, past_nat: bool) -> list[IPv4Network]:
    goal = target(route)
    if route.get("State") == "blackhole" or goal == "nothing" or goal.startswith(_INTERNET):
        return []
    if not goal.startswith("nat-") or place.nats is None:
        return [cidr]  # without an answer about NAT gateways nothing speaks against it
    nat = next((nat for nat in place.nats if nat["NatGatewayId"] == goal), None)
    if nat is None or nat.get("State") != "available" or not past_nat:
        return []
    own = (t for t in place.tables or () if t["RouteTableId"] == nat.get("RouteTableId"))  # of a regional gateway
    table = next(own, None) or place.table(str(nat.get("SubnetId")), str(nat.get("VpcId")))
    if table is None:
        return [cidr]
    onward = [IPv4Network(block) for block in led(place, table, past_nat=False)]
    return [max(one, cidr, key=lambda block: block.prefixlen) for one in onward if one.overlaps(cidr)]


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
