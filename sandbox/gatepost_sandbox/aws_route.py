"""Where the routes of an EC2 instance's subnet lead: most specific route, its target, and the exit's address.

What stands behind a target (a transit gateway's own tables, the far VPC, the other end of a VPN) is not modelled.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from gatepost_sandbox.addresses import Step, holds

EVERYWHERE = "0.0.0.0/0"
PROBE = "8.8.8.8"
"""Stands for "a public address" where routes are asked for the way to the internet."""
PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
"""Not on the internet. The other special ranges stand for public ones here: the sandbox's own are among them."""
LOCAL = "the VPC itself"


class Routes:
    """The routes of one instance."""

    def __init__(self, ec2: Any, instance: Any) -> None:
        self._ec2, self._instance = ec2, instance
        self._targets: Mapping[str, Callable[[Any, Any, str], str | None]] = {
            "transit_gateway": self._transit_problem,
            "vpc_pcx": self._peering_problem,
            "interface": self._interface_problem,
            "instance": self._instance_problem,
            "gateway": self._gateway_problem,
        }

    @cached_property
    def subnet(self) -> Any:
        """The subnet of the instance."""
        return self._ec2.get_subnet(self._instance.subnet_id)

    def steps(self, address: str) -> list[Step]:
        """The way to an address, up to the exit if there is one."""
        return list(self._leg(self.subnet, address, "the host", self._instance.public_ip))

    def nat(self, address: str) -> Any:
        """The NAT gateway that the way to an address passes first, or None."""
        route = self._lookup(self.subnet, address)[2]
        nat = getattr(route, "nat_gateway", None)
        return self._ec2.nat_gateways.get(nat.id) if nat else None

    def _leg(self, subnet: Any, address: str, who: str, public_ip: str | None, first: bool = True) -> Iterator[Step]:
        """The way from one subnet on; ``who`` sends from it and has the public address, if any."""
        table, cidr, route = self._lookup(subnet, address)
        where = f"table {table.id if table else 'that is missing'} of {subnet.id}"
        if route is None:
            yield Step("route", False, f"{where} sends {EVERYWHERE if address == PROBE else address} nowhere")
            return
        if route == LOCAL:
            there = any(s.vpc_id == subnet.vpc_id and holds(s.cidr_block, address) for s in self._subnets())
            yield Step("route", there, f"{where} sends {cidr} to {LOCAL}{'' if there else ', and no subnet holds it'}")
            return
        name, target = self._target(route)
        if target is None:
            yield Step("route", False, f"{where} sends {cidr} to a target that is gone (a blackhole)")
            return
        shown, nat = str(target.id), name == "nat_gateway"
        problem = self._nat_problem(target, subnet, first) if nat else self._targets[name](target, subnet, address)
        to_internet = shown.startswith("igw-")
        if to_internet and not problem:
            if any(holds(block, address) for block in PRIVATE):
                problem = f"it goes to {shown}, but {address} is a private address"
            elif public_ip is None:
                problem = f"it goes to {shown}, but {who} has no public address"
        yield Step("route", not problem, problem or f"{where} sends {cidr} to {shown}")
        if to_internet and not problem:
            yield Step("exit", True, f"{public_ip} is the address that the far side sees", public_ip)
        if nat and not problem:
            behind = self._ec2.get_subnet(target.subnet_id)
            yield from self._leg(behind, address, shown, self._nat_address(target), False)

    def _lookup(self, subnet: Any, address: str) -> tuple[Any, str, Any]:
        """The subnet's table, and of its routes that hold the address the most specific one with its block."""
        tables = [table for table in list(self._ec2.route_tables.values()) if table.vpc_id == subnet.vpc_id]
        explicit = [t for t in tables if any(a.get("SubnetId") == subnet.id for a in t.associations)]
        table = next(iter(explicit or [t for t in tables if t.main_association_id]), None)
        vpc = self._ec2.get_vpc(subnet.vpc_id)
        local = [(block["cidr_block"], LOCAL) for block in vpc.get_cidr_block_association_set()]
        rest = [(cidr, route) for route in (table.routes if table else []) for cidr in self._blocks(route)]
        found = [(cidr, route) for cidr, route in [*local, *rest] if holds(cidr, address)]
        cidr, route = max(found, key=lambda pair: int(pair[0].partition("/")[2]), default=("", None))
        return table, cidr, route

    def _blocks(self, route: Any) -> tuple[str, ...]:
        listed = route.destination_prefix_list
        if listed:
            return tuple(entry["Cidr"] for entry in listed.entries.get(listed.version) or [] if "." in entry["Cidr"])
        return (route.destination_cidr_block,) if route.destination_cidr_block and not route.local else ()

    def _target(self, route: Any) -> tuple[str, Any]:
        """What a route leads to, as it is now; None for what is gone."""
        if route.nat_gateway:
            return "nat_gateway", self._ec2.nat_gateways.get(route.nat_gateway.id, route.nat_gateway)
        return next(((name, getattr(route, name)) for name in self._targets if getattr(route, name)), ("", None))

    def _nat_problem(self, nat: Any, subnet: Any, first: bool) -> str | None:
        if not first:
            return f"it goes from one NAT gateway to another, {nat.id}"
        if nat.state != "available" or nat.id not in self._ec2.nat_gateways:
            return f"NAT gateway {nat.id} is {nat.state if nat.state != 'available' else 'gone'}"
        if nat.vpc_id != subnet.vpc_id:
            return f"NAT gateway {nat.id} is in another VPC"
        return None

    def _nat_address(self, nat: Any) -> str | None:
        held = {address.public_ip for address in list(self._ec2.addresses)}
        return next((a.get("publicIp") for a in nat.address_set if a.get("publicIp") in held), None)

    def _transit_problem(self, gateway: Any, subnet: Any, _address: str) -> str | None:
        """Source: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html (limits)."""
        if gateway.id not in self._ec2.transit_gateways:
            return f"transit gateway {gateway.id} is deleted"
        attached = [
            self._ec2.get_subnet(subnet_id).availability_zone
            for attachment in list(self._ec2.transit_gateway_attachments.values())
            if attachment.transit_gateway_id == gateway.id
            and attachment.resource_id == subnet.vpc_id
            and attachment.state == "available"
            for subnet_id in attachment.subnet_ids
        ]
        if not attached:
            return f"transit gateway {gateway.id} has no attachment in {subnet.vpc_id}"
        if subnet.availability_zone not in attached:
            zones = ", ".join(sorted(set(attached)))
            return f"transit gateway {gateway.id} is attached in {zones}, not in {subnet.availability_zone}"
        return None

    def _peering_problem(self, peering: Any, subnet: Any, address: str) -> str | None:
        if peering._status.code != "active":
            return f"peering {peering.id} is {peering._status.code}, not active"
        ends = {peering.vpc.id: peering.peer_vpc, peering.peer_vpc.id: peering.vpc}
        far = ends.get(subnet.vpc_id)
        if far is None:
            return f"peering {peering.id} does not belong to {subnet.vpc_id}"
        if not any(holds(block["cidr_block"], address) for block in far.get_cidr_block_association_set()):
            return f"peering {peering.id} leads to {far.id} only, which does not hold {address}"
        return None

    def _interface_problem(self, interface: Any, _subnet: Any, address: str) -> str | None:
        if interface.id not in self._ec2.enis or interface.instance is None:
            return f"interface {interface.id} belongs to no instance (a blackhole)"
        if interface.instance.state != "running":
            return f"interface {interface.id} belongs to {interface.instance.id}, which is {interface.instance.state}"
        checked = interface.source_dest_check and _flag(interface.instance.source_dest_check)
        if checked and interface.private_ip_address != address:
            return f"interface {interface.id} forwards nothing: its source/destination check is on"
        return None

    def _instance_problem(self, instance: Any, subnet: Any, address: str) -> str | None:
        return self._interface_problem(instance.nics[0], subnet, address)

    def _gateway_problem(self, gateway: Any, subnet: Any, _address: str) -> str | None:
        """Internet, VPN and endpoint gateways share one field of a route."""
        kind = str(gateway.id).partition("-")[0]
        if kind == "igw":
            current = self._ec2.internet_gateways.get(gateway.id)
            there = current is not None and current.vpc is not None and current.vpc.id == subnet.vpc_id
            return None if there else f"internet gateway {gateway.id} is not attached to {subnet.vpc_id}"
        if kind == "vgw":
            link = gateway.attachments.get(subnet.vpc_id) if gateway.state == "available" else None
            there = link is not None and link.state == "attached"
            return None if there else f"VPN gateway {gateway.id} is not attached to {subnet.vpc_id}"
        return None if gateway.id in self._ec2.vpc_end_points else f"endpoint {gateway.id} is gone (a blackhole)"

    def _subnets(self) -> list[Any]:
        return [subnet for zone in list(self._ec2.subnets.values()) for subnet in list(zone.values())]


def _flag(value: Any) -> bool:
    return value is True or str(value).lower() == "true"
