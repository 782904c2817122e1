"""Route tables: associations that conflict, and targets that are not there."""

from typing import Any

from gatepost_sandbox.refusals.row import Found


def subnet_has_another(ec2: Any, call: Any) -> Found:
    """The subnet is associated with another route table."""
    tables = list(ec2.route_tables.values())
    held = next((t for t in tables if call.subnet_id and call.subnet_id in t._associations.values()), None)
    return held is not None and held.id != call.route_table_id and call.route_table_id in ec2.route_tables


def nat_missing(ec2: Any, call: Any) -> Found:
    """The NAT gateway does not exist (any more)."""
    nat = ec2.nat_gateways.get(call.nat_gateway_id)
    return bool(call.nat_gateway_id) and (nat is None or nat.state == "deleted")


def transit_gateway_missing(ec2: Any, call: Any) -> Found:
    """The transit gateway does not exist, or is not attached to the VPC."""
    table = ec2.route_tables.get(call.route_table_id)
    if not call.transit_gateway_id or table is None:
        return False
    return not any(
        a.transit_gateway_id == call.transit_gateway_id and a.resource_id == table.vpc_id
        for a in list(ec2.transit_gateway_attachments.values())
    )
