"""Elastic IP addresses that something holds."""

from typing import Any

from gatepost_sandbox.refusals.row import Found

NAT = "nat_gateway"
"""The type of a NAT gateway's interface."""


def find(ec2: Any, call: Any) -> Any:
    """The address a call is about, by allocation, association or the address itself; None leaves the answer to moto."""
    wanted = [getattr(call, name, None) for name in ("allocation_id", "association_id", "address")]
    given = next((w for w in wanted if w), None)
    return next((a for a in list(ec2.addresses) if given in (a.allocation_id, a.association_id, a.public_ip)), None)


def target(call: Any) -> Any:
    """The interface that an address goes to."""
    return call.eni or (call.instance.nics[0] if call.instance else None)


def of_nat(ec2: Any, call: Any) -> Found:
    """The address, or the interface it is to go to, belongs to a NAT gateway."""
    held = find(ec2, call)
    interfaces = [held.eni if held else None, target(call) if hasattr(call, "eni") else None]
    return any(eni is not None and eni.interface_type == NAT for eni in interfaces)


def in_use(ec2: Any, call: Any) -> Found:
    """The address is associated."""
    held = find(ec2, call)
    return {"public_ip": held.public_ip} if held and held.association_id else False


def elsewhere(ec2: Any, call: Any) -> Found:
    """The address is associated with another interface, and the call does not say that it may be moved."""
    held = find(ec2, call)
    if call.reassociate or held is None or held.eni is None or held.eni is target(call):
        return False
    return {"resource": held.allocation_id or held.public_ip, "association": held.association_id or ""}


def taken(ec2: Any, call: Any) -> Found:
    """The interface has another Elastic IP address, and the call does not say that it may be replaced."""
    eni, held = target(call), find(ec2, call)
    there = getattr(eni, "elastic", None)
    if call.reassociate or there is None or there is held:
        return False
    return {"interface": eni.id, "private_ip": eni.private_ip_address, "public_ip": there.public_ip}


def of_something(ec2: Any, call: Any) -> Found:
    """The address of a new public NAT gateway is associated already."""
    return bool(call.allocation_id) and call.connectivity_type != "private" and bool(in_use(ec2, call))
