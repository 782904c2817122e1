"""What a fleet adopts on AWS, made in moto with the ids of the settings.

Nobody tells how a VPC to adopt is laid out. Here it has a range apart from the private destinations of its sites, a
transit gateway that leads to those, and a NAT gateway for each exit address.
"""

import contextlib
import threading
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from ipaddress import IPv4Network
from typing import Any

from gatepost_sandbox.prepare import ranges
from gatepost_sandbox.prepare.lines import CannotError, Line, Lines, Want

ANYWHERE = "0.0.0.0/0"
_LAUNCHED = datetime(2026, 10, 6, tzinfo=UTC)
_GIVEN = threading.local()


class Aws:
    """Makes things of AWS. ``ready`` returns when moto is loaded."""

    def __init__(self, ready: Callable[[], None]) -> None:
        self._ready = ready

    def make(self, want: Want) -> Lines:
        """Make a thing unless it is there. Raises CannotError."""
        self._ready()
        from moto.core.exceptions import ServiceException  # noqa: PLC0415 - moto takes long to import

        _listen()
        do = {"network": _network, "address": _address, "gateway": _gateway, "key": _key, "image": _image}[want["kind"]]
        try:
            yield from do(_backend("ec2", want["region"]), want)
        except (ServiceException, ValueError) as error:
            raise CannotError(f"AWS refuses {want['id']}: {getattr(error, 'message', error)}") from None

    def withhold(self, address: str) -> bool:
        """Never give out an address again; False when something has got it already."""
        self._ready()
        from gatepost_sandbox.refusals import public_ips  # noqa: PLC0415 - imports moto

        return public_ips.withhold(address)


def _backend(service: Any, region: str) -> Any:
    from moto.backends import get_backend  # noqa: PLC0415
    from moto.core import DEFAULT_ACCOUNT_ID  # noqa: PLC0415

    return get_backend(service)[DEFAULT_ACCOUNT_ID][region]


# --- ids that are given


def _listen() -> None:
    """Let moto take an id that ``_giving`` holds in this thread, where it would make one up."""
    from moto.ec2.models import elastic_ip_addresses, subnets, transit_gateway, vpcs, vpn_gateway  # noqa: PLC0415
    from moto.kms import models as keys  # noqa: PLC0415

    for module, name in (
        (vpcs, "random_vpc_id"),
        (subnets, "random_subnet_id"),
        (elastic_ip_addresses, "random_eip_allocation_id"),
        (transit_gateway, "random_transit_gateway_id"),
        (vpn_gateway, "random_vpn_gateway_id"),
        (keys, "generate_key_id"),
    ):
        made_up = getattr(module, name)
        if not hasattr(made_up, "made_up"):
            setattr(module, name, _given_or(made_up))


def _given_or(made_up: Callable[..., str]) -> Callable[..., str]:
    def given(*args: Any) -> str:
        return getattr(_GIVEN, "id", None) or made_up(*args)

    given.made_up = made_up  # ty: ignore[missing-attribute]  # the mark by which it is known
    return given


@contextlib.contextmanager
def _giving(rid: str) -> Generator[None]:
    _GIVEN.id = rid
    try:
        yield
    finally:
        _GIVEN.id = None


# --- single things


def _address(ec2: Any, want: Want) -> Lines:
    known = next((a for a in list(ec2.addresses) if a.allocation_id == want["id"]), None)
    if known is None:
        with _giving(want["id"]):
            made = ec2.allocate_address(domain="vpc")
    yield Line(known is None, f"Elastic IP {want['id']} ({(known or made).public_ip}) in {want['region']}")


def _gateway(ec2: Any, want: Want) -> Lines:
    rid = want["id"]
    transit = rid.startswith("tgw-")
    new = rid not in (ec2.transit_gateways if transit else ec2.vpn_gateways)
    if new:
        with _giving(rid):
            _ = ec2.create_transit_gateway("prepared") if transit else ec2.create_vpn_gateway()
    yield Line(new, f"{'transit' if transit else 'VPN'} gateway {rid} in {want['region']}")


def _key(ec2: Any, want: Want) -> Lines:
    account, rid = want["id"].split(":")[4], want["id"].rpartition("/")[2]
    kms = _backend("kms", want["region"])
    if account != kms.account_id:
        raise CannotError(
            f"The KMS key {want['id']} cannot be made: the sandbox's AWS is the account {kms.account_id}, and the key "
            f"is one of {account}. Leave kms_key out to try the rest."
        )
    new = rid not in kms.keys
    if new:
        with _giving(rid):
            kms.create_key(None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "prepared", None)
    yield Line(new, f"KMS key {rid} in {want['region']}")


def _image(ec2: Any, want: Want) -> Lines:
    from moto.ec2.models.amis import Ami  # noqa: PLC0415

    from gatepost_sandbox import moto_setup  # noqa: PLC0415

    new = want["id"] not in ec2.amis
    if new:
        image = moto_setup.image(Ami, ec2, want["id"], _LAUNCHED)
        image.architecture = "arm64" if want["arm"] else "x86_64"
        ec2.amis[want["id"]] = image
    yield Line(new, f"image {want['id']} in {want['region']}")


# --- networks


def _network(ec2: Any, want: Want) -> Lines:
    rid, where = want["id"], want["region"]
    new = rid not in ec2.vpcs
    if new:
        with _giving(rid):
            ec2.create_vpc(str(ranges.spare(want["private"])))
    vpc = ec2.vpcs[rid]
    yield Line(new, f"VPC {rid} ({vpc.cidr_block}) in {where}")
    internet = _internet(ec2, vpc)
    zones = [zone for zone, _ in want["subnets"]] or [zone for zone, _ in want["public_subnets"]]
    nats = []
    for index, address in enumerate(want["addresses"]):
        nat, line = _nat(ec2, vpc, internet, zones[index % len(zones)], address)
        nats.append(nat)
        yield line
    for zone, subnet in want["public_subnets"]:
        table, line = _subnet(ec2, vpc, zone, subnet)
        _route(ec2, table, ANYWHERE, gateway_id=internet)
        yield line
    for index, (zone, subnet) in enumerate(want["subnets"]):
        table, line = _subnet(ec2, vpc, zone, subnet)
        if nats:
            _route(ec2, table, ANYWHERE, nat_gateway_id=nats[index % len(nats)])
        yield line
    if want["private"]:
        yield from _lead(ec2, want)


def _internet(ec2: Any, vpc: Any) -> str:
    """The VPC's internet gateway."""
    for gateway in ec2.internet_gateways.values():
        if gateway.vpc is vpc:
            return gateway.id
    made = ec2.create_internet_gateway()
    ec2.attach_internet_gateway(made.id, vpc.id)
    return made.id


def _nat(ec2: Any, vpc: Any, internet: str, zone: str, ip: str) -> tuple[str, Line]:
    """The NAT gateway that leaves by an address, and what to say of it."""
    address = next((a for a in list(ec2.addresses) if a.public_ip == ip), None)
    address = address or ec2.allocate_address(domain="vpc", address=ip)
    for nat in ec2.nat_gateways.values():
        if nat.state == "available" and any(a.get("allocationId") == address.allocation_id for a in nat.address_set):
            return nat.id, Line(False, f"NAT gateway {nat.id} on {ip}")
    part = ec2.create_subnet(vpc.id, _free(ec2, vpc), availability_zone=zone)
    table = ec2.create_route_table(vpc.id).id
    ec2.associate_route_table(table, subnet_id=part.id)
    _route(ec2, table, ANYWHERE, gateway_id=internet)
    nat = ec2.create_nat_gateway(part.id, address.allocation_id)
    return nat.id, Line(True, f"NAT gateway {nat.id} on {ip}")


def _subnet(ec2: Any, vpc: Any, zone: str, rid: str) -> tuple[str, Line]:
    """The route table of a subnet that the settings name, and what to say of it."""
    new = not any(rid in subnets for subnets in ec2.subnets.values())
    if new:
        with _giving(rid):
            ec2.create_subnet(vpc.id, _free(ec2, vpc), availability_zone=zone)
        ec2.associate_route_table(ec2.create_route_table(vpc.id).id, subnet_id=rid)
    return _table(ec2, rid), Line(new, f"subnet {rid} in {zone}")


def _table(ec2: Any, subnet: str) -> str:
    """The route table of a subnet."""
    every = ec2.route_tables.values()
    return next(table.id for table in every if any(a.get("SubnetId") == subnet for a in table.associations))


def _free(ec2: Any, vpc: Any) -> str:
    taken = [subnet.cidr_block for subnets in ec2.subnets.values() for subnet in subnets.values()
             if subnet.vpc_id == vpc.id]  # fmt: skip
    return str(ranges.subnet(IPv4Network(vpc.cidr_block), taken))


def _route(ec2: Any, table: str, cidr: str, **target: str) -> bool:
    """Add a route unless the table has one there."""
    if any(route.destination_cidr_block == cidr for route in ec2.get_route_table(table).routes):
        return False
    ec2.create_route(table, cidr, **target)
    return True


# --- the way to private destinations


def _lead(ec2: Any, want: Want) -> Lines:
    """Send the private destinations to a transit gateway that is attached in every zone."""
    named = [*want["public_subnets"], *want["subnets"]]
    by_zone = dict(named)
    found = next((a for a in ec2.transit_gateway_attachments.values() if a.resource_id == want["id"]), None)
    if found is None:
        transit = ec2.create_transit_gateway("prepared: leads to the private destinations").id
        ec2.create_transit_gateway_vpc_attachment(transit, want["id"], list(by_zone.values()))
    else:
        transit = found.transit_gateway_id
        zones = {ec2.get_subnet(subnet).availability_zone for subnet in found.subnet_ids}
        found.subnet_ids += [subnet for zone, subnet in by_zone.items() if zone not in zones]
    tables = {_table(ec2, subnet) for _, subnet in named}
    for cidr in want["private"]:
        new = any([_route(ec2, table, cidr, transit_gateway_id=transit) for table in sorted(tables)])
        yield Line(new, f"way from {want['id']} to {cidr} by transit gateway {transit}")
