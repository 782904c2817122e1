"""The way out of an EC2 instance: security groups, network ACL, route tables, gateways."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from gatepost_sandbox.addresses import Need, Rule, lets_out
from gatepost_sandbox.evidence import Exit

EVERYWHERE = "0.0.0.0/0"
PROBE = ipaddress.IPv4Address("8.8.8.8")  # stands for "a public address" where a network ACL is asked
RETURN_PORTS = (32768, 60999)  # the ports Linux dials from; a network ACL must let the answers back in
_PROTOCOLS = {"tcp": "6", "udp": "17"}


class Network:
    """What surrounds one instance. Problems are clauses that follow the instance's id, or ``has``."""

    def __init__(self, ec2: Any, instance: Any) -> None:
        self._ec2, self._instance = ec2, instance

    def egress_problem(self, need: Need) -> str | None:
        """Which of security groups and network ACL keeps the host from dialling, or None."""
        # Instances launched with a network interface specification have empty security_groups in moto.
        groups = self._instance.security_groups or self._instance.nics[0]._group_set
        rules = [rule for group in groups for rule in self._rules(group)]
        if not lets_out(rules, need):
            names = ", ".join(sorted(group.id for group in groups))
            return f"may not dial {need}: security groups {names} do not let it out to all public addresses"
        acl = next(
            (
                a
                for a in list(self._ec2.network_acls.values())
                if self._subnet_id in {s.subnet_id for s in a.associations}
            ),
            None,
        )
        if acl and not all(_acl_allows(acl, True, need.protocol, port) for port in (need.first, need.last)):
            return f"may not dial {need}: network ACL {acl.id} does not let it out"
        if acl and not all(_acl_allows(acl, False, need.protocol, port) for port in RETURN_PORTS):
            return f"may not dial {need}: network ACL {acl.id} does not let the answers in"
        return None

    def exit(self) -> Exit:
        """The public address the traffic leaves from, or the problem."""
        route = self._default_route(self._subnet_id)
        nowhere = f"no route to the internet from subnet {self._subnet_id}"
        if route is None:
            return Exit(problem=f"{nowhere}: its route table sends {EVERYWHERE} nowhere")
        if route.nat_gateway:
            return self._through_nat(route.nat_gateway, nowhere)
        problem = self._gateway_problem(route, self._subnet_id)
        if problem:
            return Exit(problem=f"{nowhere}: {problem}")
        address = self._instance.public_ip
        if not address:
            return Exit(problem=f"{nowhere}: it goes to {route.gateway.id}, but the host has no public address")
        return Exit(public_ip=address)

    def _through_nat(self, nat: Any, nowhere: str) -> Exit:
        current = self._ec2.nat_gateways.get(nat.id)
        if current is None or current.state != "available":
            return Exit(problem=f"{nowhere}: NAT gateway {nat.id} is {current.state if current else 'gone'}")
        held = {eip.public_ip for eip in list(self._ec2.addresses)}
        address = next((a.get("publicIp") for a in current.address_set if a.get("publicIp") in held), None)
        if (current.connectivity_type or "public") != "public" or address is None:
            return Exit(problem=f"{nowhere}: NAT gateway {nat.id} has no public address")
        if current.vpc_id != self._ec2.get_subnet(self._subnet_id).vpc_id:
            return Exit(problem=f"{nowhere}: NAT gateway {nat.id} is in another VPC")
        route = self._default_route(current.subnet_id)
        problem = self._gateway_problem(route, current.subnet_id) if route else f"it has no route for {EVERYWHERE}"
        if problem:
            return Exit(problem=f"{nowhere}: NAT gateway {nat.id} is in subnet {current.subnet_id}, and {problem}")
        return Exit(public_ip=address)

    def _gateway_problem(self, route: Any, subnet_id: str) -> str | None:
        """Why a route does not end at an internet gateway that is attached to the VPC."""
        gateway = self._ec2.internet_gateways.get(route.gateway.id) if route.gateway else None
        if gateway is None:
            return f"{EVERYWHERE} does not go to an internet gateway or a NAT gateway that exists"
        vpc_id = self._ec2.get_subnet(subnet_id).vpc_id
        if gateway.vpc is None or gateway.vpc.id != vpc_id:
            return f"internet gateway {gateway.id} is not attached to {vpc_id}"
        return None

    def _default_route(self, subnet_id: str) -> Any:
        vpc_id = self._ec2.get_subnet(subnet_id).vpc_id
        tables = [table for table in list(self._ec2.route_tables.values()) if table.vpc_id == vpc_id]
        explicit = [t for t in tables if any(a.get("SubnetId") == subnet_id for a in t.associations)]
        main = [t for t in tables if t.main_association_id]
        table = next(iter(explicit or main), None)
        routes = table.routes if table else []
        return next((route for route in routes if route.destination_cidr_block == EVERYWHERE), None)

    @property
    def _subnet_id(self) -> str:
        return self._instance.subnet_id

    def _rules(self, group: Any) -> Iterator[Rule]:
        for rule in list(group.egress_rules):
            cidrs = (rule.cidr_ipv4,) if rule.cidr_ipv4 else self._prefix_list(rule.prefix_list_id)
            ports = (0, 65535) if rule.from_port in (None, -1) else (rule.from_port, rule.to_port)
            yield Rule(str(rule.ip_protocol), *ports, cidrs)

    def _prefix_list(self, prefix_list_id: str | None) -> tuple[str, ...]:
        found = self._ec2.managed_prefix_lists.get(prefix_list_id) if prefix_list_id else None
        if found is None or found.address_family != "IPv4":
            return ()
        return tuple(entry["Cidr"] for entry in found.entries.get(found.version) or [])


def _acl_allows(acl: Any, egress: bool, protocol: str, port: int) -> bool:
    entries = [entry for entry in list(acl.network_acl_entries) if _flag(entry.egress) == egress and entry.cidr_block]
    for entry in sorted(entries, key=lambda e: int(e.rule_number)):
        if str(entry.protocol) not in ("-1", protocol, _PROTOCOLS[protocol]):
            continue
        in_ports = str(entry.protocol) == "-1" or int(entry.port_range_from) <= port <= int(entry.port_range_to)
        if in_ports and PROBE in ipaddress.IPv4Network(entry.cidr_block, strict=False):
            return entry.rule_action == "allow"
    return False


def _flag(value: Any) -> bool:
    return value is True or str(value).lower() == "true"
