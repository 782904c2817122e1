"""Things that AWS does not delete while something uses them. Each check is one pass over a region's interfaces."""

from collections.abc import Iterator
from typing import Any

from gatepost_sandbox.refusals.row import Found


def group_in_use(ec2: Any, call: Any) -> Found:
    """A security group that an interface has, or that a rule of another group names."""
    found = ec2.get_security_group_by_name_or_id(call.group_id or call.name)
    if found is None:
        return False
    used = any(found in groups_of(eni) for eni in list(ec2.enis.values()))
    named = (
        rule.source_group.get("GroupId") == found.id
        for groups in list(ec2.groups.values())
        for group in list(groups.values())
        if group is not found
        for rule in (*group.egress_rules, *group.ingress_rules)
    )
    return {"group_id": found.id} if used or any(named) else False


def groups_of(eni: Any) -> list[Any]:
    """The security groups of an interface; moto keeps those of an instance in two places."""
    own = list(eni._group_set)
    return own + list(eni.instance.security_groups) if eni.instance and eni.device_index == 0 else own


def subnet_in_use(ec2: Any, call: Any) -> Found:
    """A subnet with an interface (of an instance, a NAT gateway, an endpoint), or a transit gateway's attachment."""
    attached = (getattr(a, "subnet_ids", ()) for a in list(ec2.transit_gateway_attachments.values()))
    return any(eni.subnet.id == call.subnet_id for eni in list(ec2.enis.values())) or any(
        call.subnet_id in subnets for subnets in attached
    )


def vpc_in_use(ec2: Any, call: Any) -> Found:
    """A VPC that holds more than AWS made with it."""
    return call.vpc_id in ec2.vpcs and any(True for _ in _contents(ec2, call.vpc_id))


def _contents(ec2: Any, vpc_id: str) -> Iterator[Any]:
    yield from (s for zone in list(ec2.subnets.values()) for s in list(zone.values()) if s.vpc_id == vpc_id)
    yield from (g for g in list(ec2.internet_gateways.values()) if g.vpc and g.vpc.id == vpc_id)
    yield from (g for g in list(ec2.groups[vpc_id].values()) if g.name != "default")
    yield from (a for a in list(ec2.network_acls.values()) if a.vpc_id == vpc_id and not a.default)
    tables = [t for t in list(ec2.route_tables.values()) if t.vpc_id == vpc_id]
    yield from (t for t in tables if not t.main_association_id)
    yield from (a for a in list(ec2.transit_gateway_attachments.values()) if a.resource_id == vpc_id)
    for gateway in list(ec2.vpn_gateways.values()):
        attachment = gateway.attachments.get(vpc_id)
        if attachment and attachment.state == "attached":
            yield gateway


def gateway_in_use(ec2: Any, call: Any) -> Found:
    """An internet gateway of a VPC in which an interface has a public address."""
    gateway = ec2.internet_gateways.get(call.internet_gateway_id)
    attached = gateway is not None and gateway.vpc is not None and gateway.vpc.id == call.vpc_id
    return attached and any(e.public_ip and e.subnet.vpc_id == call.vpc_id for e in list(ec2.enis.values()))


def nat_unknown(ec2: Any, call: Any) -> Found:
    """A NAT gateway that never was."""
    return call.nat_gateway_id not in ec2.nat_gateways


def attachment_unknown(ec2: Any, call: Any) -> Found:
    """A transit gateway's attachment that is not there (any more)."""
    return call.transit_gateway_attachment_id not in ec2.transit_gateway_attachments
