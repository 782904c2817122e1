"""What surrounds an EC2 instance: security groups and network ACLs here, routes and gateways in ``aws_route``."""

from collections.abc import Hashable, Iterator
from functools import cached_property
from ipaddress import IPv4Network
from typing import Any

from gatepost_sandbox.addresses import (
    PING,
    Destination,
    Flow,
    Need,
    Rule,
    Step,
    decide,
    holds,
    one,
    public,
)
from gatepost_sandbox.aws_route import EVERYWHERE, PROBE, Routes
from gatepost_sandbox.evidence import Exit

NAT_PORTS = (1024, 65535)
"""The ports a NAT gateway dials from: https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html."""
METADATA = "169.254.169.254"
PLATFORM = {
    METADATA: "the metadata service",
    "169.254.169.253": "the resolver of the VPC",
    "169.254.169.123": "the time service",
}
"""Answered on the machine below: no group and no ACL filters them, and they need no route.
https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html, .../vpc-security-groups.html."""
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp"}
_LAST_ENTRY = 32767  # the entry that the console shows as *


class Network:
    """What surrounds one instance. Problems are clauses that follow the instance's id, or ``has``.

    ``local_ports`` are the first and last port that the host dials from.
    """

    def __init__(self, ec2: Any, instance: Any, local_ports: tuple[int, int]) -> None:
        self._ec2, self._instance, self._local_ports = ec2, instance, local_ports
        self._routes = Routes(ec2, instance)

    @property
    def surroundings(self) -> Hashable:
        """All of this instance that ``egress_problem`` and ``exit`` depend on; the rest is the same for a whole region.

        Its private address counts only where a network ACL has an entry for a part of all addresses.
        """
        instance = self._instance
        acls = [acl for acl in list(self._ec2.network_acls.values()) if acl.vpc_id == self._routes.subnet.vpc_id]
        narrow = any(entry.cidr_block != EVERYWHERE for acl in acls for entry in list(acl.network_acl_entries))
        own = instance.private_ip if narrow else None
        groups = tuple(group.id for group in self._groups)
        return instance.subnet_id, groups, instance.public_ip, self._local_ports, own

    def egress_problem(self, need: Need) -> str | None:
        """Which of security groups and network ACLs keeps the host from dialling, or None."""
        flow = public(need)
        if not decide(self._group_rules, flow).ok:
            return f"may not dial {need}: security groups {self._group_ids} do not let it out to all public addresses"
        failed = next((step for step in self._acl_steps(flow, PROBE) if step.ok is False), None)
        return f"may not dial {need}: {failed}" if failed else None

    def exit(self) -> Exit:
        """The public address the traffic leaves from, or the problem."""
        steps = self._routes.steps(PROBE)
        address = next((step.exit_ip for step in steps if step.exit_ip), None)
        if address:
            return Exit(public_ip=address)
        failed = next((step for step in steps if step.ok is False), None)
        why = failed.text if failed else f"{steps[-1].text}, and what is behind it is not known here"
        return Exit(problem=f"no route to the internet from subnet {self._routes.subnet.id}: {why}")

    def reach(self, destination: Destination) -> list[Step]:
        """What decides on the way to a destination."""
        address = destination.address
        named = PLATFORM.get(address) or (PLATFORM["169.254.169.253"] if address == self._resolver else None)
        if address == METADATA and self._instance.metadata_options.http_endpoint == "disabled":
            return [Step("platform", False, f"{address} is {named}, which this host has disabled")]
        if named:
            return [Step("platform", True, f"{address} is {named}: no group, ACL or route stands before it")]
        if holds("169.254.0.0/16", address):
            return [Step("route", False, f"{address} is a link-local address, which no route leads to")]
        kind = PING if destination.protocol == "icmp" else destination.port
        flow = Flow(destination.protocol, kind, kind, one(address))
        return [self._group_step(flow), *self._acl_steps(flow, address), *self._routes.steps(address)]

    def dhcp_servers(self) -> tuple[str, ...]:
        """Custom DNS servers that the VPC's DHCP options name."""
        options = self._ec2.get_vpc(self._routes.subnet.vpc_id).dhcp_options
        listed = (options._options.get("domain-name-servers") if options else None) or []
        return tuple(server for server in listed if server.replace(".", "").isdigit())

    def _group_step(self, flow: Flow) -> Step:
        verdict = decide(self._group_rules, flow)
        if verdict.ok:
            return Step("security group", True, f"rule {verdict.rule} lets it out")
        return Step("security group", False, f"{self._group_ids}: no rule lets {flow} out to it")

    def _acl_steps(self, flow: Flow, address: str) -> Iterator[Step]:
        """Each crossing of a subnet's border: the packets, their answers, and both again at a NAT gateway."""
        subnet, nat = self._routes.subnet, self._routes.nat(address)
        if holds(subnet.cidr_block, address):
            yield Step("network ACL", None, f"is not asked inside {subnet.id}")
            return
        back = _answers(flow, self._local_ports)
        yield self._acl_step(subnet.id, True, flow, "it out")
        yield self._acl_step(subnet.id, False, back, f"the answers ({back}) in")
        if nat is None or nat.subnet_id == subnet.id:
            return
        host = one(self._instance.private_ip)
        far = _answers(flow, NAT_PORTS)
        yield self._acl_step(nat.subnet_id, False, Flow(flow.protocol, flow.first, flow.last, host), "the host's in")
        yield self._acl_step(nat.subnet_id, True, flow, "it out")
        yield self._acl_step(nat.subnet_id, False, far, f"the answers ({far}) in")
        home = Flow(back.protocol, back.first, back.last, host)
        yield self._acl_step(nat.subnet_id, True, home, f"the answers ({home}) out to the host")

    def _acl_step(self, subnet_id: str, egress: bool, flow: Flow, what: str) -> Step:
        acl = next(
            (
                acl
                for acl in list(self._ec2.network_acls.values())
                if subnet_id in {association.subnet_id for association in acl.associations}
            ),
            None,
        )
        if acl is None:
            return Step("network ACL", None, f"of {subnet_id}: there is none")
        verdict = decide(_acl_rules(acl, egress), flow)
        by = f"entry {verdict.rule}" if verdict.rule else "no entry allows it"
        does = "lets" if verdict.ok else "does not let"
        return Step("network ACL", verdict.ok, f"{acl.id} of {subnet_id} {does} {what}: {by}")

    @property
    def _resolver(self) -> str:
        """The VPC's resolver answers at the third address of the VPC's first block."""
        vpc = self._ec2.get_vpc(self._routes.subnet.vpc_id)
        return str(IPv4Network(vpc.cidr_block)[2]) if vpc.enable_dns_support else ""

    @property
    def _groups(self) -> list[Any]:
        # Instances launched with a network interface specification have empty security_groups in moto.
        return self._instance.security_groups or self._instance.nics[0]._group_set

    @property
    def _group_ids(self) -> str:
        return ", ".join(sorted(group.id for group in self._groups))

    @cached_property
    def _group_rules(self) -> tuple[Rule, ...]:
        return tuple(rule for group in self._groups for rule in self._rules_of(group))

    def _rules_of(self, group: Any) -> Iterator[Rule]:
        for rule in list(group.egress_rules):
            if rule.cidr_ipv4:
                cidrs = (rule.cidr_ipv4,)
            elif rule.prefix_list_id:
                cidrs = self._prefix_list(rule.prefix_list_id)
            else:
                cidrs = self._members(rule.source_group.get("GroupId"))
            first, last = (0, 65535) if rule.from_port in (None, -1) else (rule.from_port, rule.to_port)
            if rule.ip_protocol == "icmp" and rule.from_port != -1:
                last = first  # a type and a code; the sandbox looks at the type
            yield Rule(str(rule.ip_protocol), first, last, cidrs, id=f"{rule.id} of {group.id}")

    def _prefix_list(self, prefix_list_id: str) -> tuple[str, ...]:
        found = self._ec2.managed_prefix_lists.get(prefix_list_id)
        if found is None or found.address_family != "IPv4":
            return ()
        return tuple(entry["Cidr"] for entry in found.entries.get(found.version) or [])

    def _members(self, group_id: str | None) -> tuple[str, ...]:
        """The addresses of a group's interfaces: what a rule that names a group stands for."""
        interfaces = list(self._ec2.enis.values()) if group_id else []
        return tuple(f"{i.private_ip_address}/32" for i in interfaces if group_id in {g.id for g in i.group_set})


def _answers(flow: Flow, local_ports: tuple[int, int]) -> Flow:
    first, last = (0, 0) if flow.protocol == "icmp" else local_ports
    return Flow(flow.protocol, first, last, flow.spans)


def _acl_rules(acl: Any, egress: bool) -> tuple[Rule, ...]:
    entries = [entry for entry in list(acl.network_acl_entries) if _flag(entry.egress) == egress and entry.cidr_block]
    return tuple(_acl_rule(entry) for entry in sorted(entries, key=lambda entry: int(entry.rule_number)))


def _acl_rule(entry: Any) -> Rule:
    number, protocol = int(entry.rule_number), str(entry.protocol)
    protocol = _PROTOCOLS.get(protocol, protocol)
    first, last = 0, 65535
    if protocol in ("tcp", "udp"):
        first, last = int(entry.port_range_from), int(entry.port_range_to)
    elif protocol == "icmp" and entry.icmp_type is not None and int(entry.icmp_type) != -1:
        first = last = int(entry.icmp_type)
    name = "*" if number == _LAST_ENTRY else str(number)
    return Rule(protocol, first, last, (entry.cidr_block,), entry.rule_action == "allow", name)


def _flag(value: Any) -> bool:
    return value is True or str(value).lower() == "true"
