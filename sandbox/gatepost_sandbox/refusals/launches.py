"""Launches of instances, and subnets, that AWS does not make."""

import base64
from functools import cache
from ipaddress import IPv4Address
from typing import Any

from gatepost_sandbox.refusals.keys import key_problem
from gatepost_sandbox.refusals.row import Found

USER_DATA_LIMIT = 16384
"""Bytes, before base64."""
RESERVED_FIRST, RESERVED_LAST = 4, 1
"""Addresses of a subnet that AWS keeps."""


def zone_unknown(ec2: Any, call: Any) -> Found:
    """A subnet in a zone that the region does not have."""
    zones = [zone.name for zone in ec2.describe_availability_zones()]
    if call.availability_zone is None or call.availability_zone in zones:
        return False
    return {"zones": ", ".join(sorted(zones))}


def user_data_too_long(ec2: Any, call: Any) -> Found:
    """More than 16 KiB of user data."""
    return bool(call.user_data) and len(base64.b64decode(str(call.user_data))) > USER_DATA_LIMIT


def type_not_offered(ec2: Any, call: Any) -> Found:
    """An instance type that the region offers, but not in this zone."""
    subnet = _subnet(ec2, call)
    zone = subnet.availability_zone if subnet else _zone(ec2, call)
    offered = _zones_by_type(ec2.region_name).get(_given(call, "instance_type"), [])
    return {"zone": zone, "zones": ", ".join(offered)} if offered and zone not in offered else False


def group_elsewhere(ec2: Any, call: Any) -> Found:
    """A security group of another VPC than the subnet's."""
    subnet = _subnet(ec2, call)
    nics = _given(call, "nics") or []
    ids = [*(_given(call, "security_group_ids") or []), *(g for nic in nics for g in nic.get("Groups") or [])]
    for group in (ec2.get_security_group_from_id(i) for i in ids if isinstance(i, str)):
        if subnet and group and group.vpc_id != subnet.vpc_id:
            return {"group": group.id, "subnet": subnet.id}
    return False


def private_ip_in_use(ec2: Any, call: Any) -> Found:
    """A private address that another interface of the subnet has."""
    subnet, wanted = _subnet(ec2, call), _private_ip(call)
    if not subnet or not wanted:
        return False
    taken = any(
        wanted in {a.get("PrivateIpAddress") for a in eni.private_ip_addresses}
        for eni in list(ec2.enis.values())
        if eni.subnet.id == subnet.id
    )
    return {"address": wanted} if taken else False


def private_ip_outside(ec2: Any, call: Any) -> Found:
    """A private address outside of the subnet's range."""
    subnet, wanted = _subnet(ec2, call), _private_ip(call)
    return {"address": wanted} if subnet and wanted and IPv4Address(wanted) not in subnet.cidr else False


def private_ip_reserved(ec2: Any, call: Any) -> Found:
    """One of the five addresses of a subnet that AWS keeps."""
    subnet, wanted = _subnet(ec2, call), _private_ip(call)
    if not subnet or not wanted:
        return False
    position = int(IPv4Address(wanted)) - int(subnet.cidr.network_address)
    free = range(RESERVED_FIRST, subnet.cidr.num_addresses - RESERVED_LAST)
    return {"address": wanted} if position not in free else False


def disk_key_unusable(ec2: Any, call: Any) -> Found:
    """A disk to be encrypted with a key that does not exist or cannot be used."""
    for mapping in _given(call, "block_device_mappings") or []:
        problem = key_problem(ec2, (mapping.get("Ebs") or {}).get("KmsKeyId"))
        if problem:
            return {"problem": problem}
    return False


def volume_key_unusable(ec2: Any, call: Any) -> Found:
    """The same for a volume of its own."""
    problem = key_problem(ec2, call.kms_key_id)
    return {"problem": problem} if problem else False


def _given(call: Any, name: str) -> Any:
    return getattr(call, name, None)


def _nic(call: Any) -> dict[str, Any]:
    nics = _given(call, "nics") or []
    return next((nic for nic in nics if int(nic.get("DeviceIndex") or 0) == 0), {})


def _subnet(ec2: Any, call: Any) -> Any:
    wanted = _given(call, "subnet_id") or _nic(call).get("SubnetId")
    if not wanted and _nic(call).get("NetworkInterfaceId"):
        eni = ec2.enis.get(_nic(call)["NetworkInterfaceId"])
        return eni.subnet if eni else None
    if not wanted:
        return ec2.get_default_subnets().get(_zone(ec2, call))
    return next((zone[wanted] for zone in list(ec2.subnets.values()) if wanted in zone), None)


def _zone(ec2: Any, call: Any) -> str:
    return _given(call, "placement") or f"{ec2.region_name}a"


def _private_ip(call: Any) -> str | None:
    nic = _nic(call)
    primary = next((a for a in nic.get("PrivateIpAddresses") or [] if a.get("Primary")), {})
    return _given(call, "private_ip") or nic.get("PrivateIpAddress") or primary.get("PrivateIpAddress")


@cache
def _zones_by_type(region: str) -> dict[str, list[str]]:
    from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS  # noqa: PLC0415 - moto takes long to import

    found: dict[str, list[str]] = {}
    for offering in INSTANCE_TYPE_OFFERINGS["availability-zone"].get(region, ()):
        found.setdefault(offering["InstanceType"], []).append(offering["Location"])
    return {kind: sorted(zones) for kind, zones in found.items()}
