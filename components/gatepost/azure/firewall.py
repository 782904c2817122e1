"""Security rules that let Connectors out to what they may dial, and nothing in."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import network

from ..azure_names import checked, child_name, group_in, id_problems, name_in
from ..azure_rules import ANY, Line, lines, priorities
from ..egress import Reach, Rule, egress_rules
from ..labels import Labels
from ..site import plain_problems, problems_of
from ..words import refuse


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """What the hosts of a site may dial. Raises ValueError with every problem."""

    region: str
    """Azure region of the hosts. Rules are parts of their group and have no region of their own. Plain."""
    labels: Labels
    """Names. Rules have no tags. Plain."""
    security_group_id: pulumi.Input[str]
    """Azure only: id of the network security group of the hosts' subnets, such as ``NetworkRef.security_group_id``. It
    belongs to one site: rules of others could allow more, and would want the same priorities."""
    reaches: Sequence[Reach] = ()
    """Destinations that users reach through this site. Plain: each one is part of a rule."""
    dns: Sequence[str] = ()
    """Custom DNS servers (IPv4). Plain."""
    network_type: str = "REGULAR"
    """REGULAR, or EXIT: every public address and no private one. Plain."""
    portal: bool = False
    """Azure only: admits TCP 19390 from the virtual network, which the portal needs for its features for container
    groups in a network. Nothing else ever comes in. Plain."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "region", "labels", "reaches", "dns", "network_type", "portal")
        if not problems:
            problems = id_problems("FirewallArgs.security_group_id", self.security_group_id, "network security group")
            problems += problems_of(lambda: priorities(self.lines()))
        refuse(problems)

    def rules(self) -> tuple[Rule, ...]:
        """Everything the hosts may dial. Always strict: the service tag ``Internet`` does it on Azure."""
        return egress_rules(
            cloud="azure", reaches=self.reaches, dns=self.dns, network_type=self.network_type, strict=True
        )

    def lines(self) -> list[Line]:
        """Azure only: the security rules that say so."""
        return lines(self.rules(), portal=self.portal)


_PROTOCOLS = {"tcp": "Tcp", "udp": "Udp", "icmp": "Icmp", "all": ANY}


class Firewall(pulumi.ComponentResource):
    """Rules in the network security group of the site's subnets.

    A rule's name and its priority are made of what it says, so a change makes the new rules before it drops the old
    ones. What the platform does for a container group, such as the pull of its image, is not filtered by them.
    """

    security_group_id: pulumi.Output[str]
    """The group. Known at once, but who uses it waits for the rules."""

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:azure:Firewall", checked(name), None, opts)
        guard = pulumi.Output.from_input(args.security_group_id)
        found = args.lines()
        given = priorities(found)
        rules = [self._rule(name, line, given[line.key], guard) for line in found]
        # By URN, which every preview knows: an unknown group would show hosts as changed.
        self.security_group_id = pulumi.Output.all(guard, *(rule.urn for rule in rules)).apply(lambda ids: str(ids[0]))
        self.register_outputs({"security_group_id": self.security_group_id})

    def _rule(self, name: str, line: Line, priority: int, guard: pulumi.Output[str]) -> network.SecurityRule:
        one, several = (line.destinations[0], None) if len(line.destinations) == 1 else (None, list(line.destinations))
        return network.SecurityRule(
            child_name(name, line.key),
            security_rule_name=line.key,
            direction="Inbound" if line.direction == "in" else "Outbound",
            access=line.access.capitalize(),
            priority=priority,
            protocol=_PROTOCOLS[line.protocol],
            source_address_prefix=line.source,
            source_port_range=ANY,
            destination_address_prefix=one,
            destination_address_prefixes=several,
            destination_port_range=line.ports or ANY,
            description=line.description,
            network_security_group_name=guard.apply(name_in),
            resource_group_name=guard.apply(group_in),
            opts=pulumi.ResourceOptions(
                parent=self,
                delete_before_replace=False,  # the provider's way with fixed names; rules of two groups do not clash
            ),
        )
