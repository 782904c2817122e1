"""A security group that lets Connectors out to what they may dial, and nothing in."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..egress import Reach, Rule, egress_rules, quota_problem
from ..labels import Labels
from ..site import plain_problems, problems_of
from ..words import refuse


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """What the hosts of a site may dial."""

    region: str
    """AWS region of the VPC. Plain."""
    labels: Labels
    """Names and tags."""
    vpc_id: pulumi.Input[str]
    """VPC that owns the group."""
    reaches: Sequence[Reach] = ()
    """Destinations that users reach through this site. Plain: each one is a rule."""
    dns: Sequence[str] = ()
    """Custom DNS servers (IPv4). Plain."""
    network_type: str = "REGULAR"
    """REGULAR, or EXIT: every public address and no private one. Plain."""
    strict: bool = False
    """Narrow the vendor's UDP rule to public addresses, so that it opens no private UDP service past the reaches. It
    takes 47 of the 60 rules that a group holds by default. Plain."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "region", "reaches", "dns", "network_type", "strict")
        refuse(problems or problems_of(self._check_rules))

    def _check_rules(self) -> None:
        problem = quota_problem("aws", self.rules())
        refuse([problem] if problem else [])

    def rules(self) -> tuple[Rule, ...]:
        """Every rule of the group."""
        return egress_rules(
            cloud="aws", reaches=self.reaches, dns=self.dns, network_type=self.network_type, strict=self.strict
        )


class Firewall(pulumi.ComponentResource):
    """Security group without any inline rule: each egress rule is a resource of its own.

    A rule's name is made of what it opens, so a change opens the new before it closes the old. The provider removes the
    allow-all rule that AWS puts into a new group (docstring of ``aws.ec2.SecurityGroup``).
    """

    security_group_id: pulumi.Output[str]
    """Attach this to the hosts."""

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:aws:Firewall", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            f"{name}-group",
            vpc_id=args.vpc_id,
            description="Twingate Connectors: outbound only",
            region=args.region,
            tags=args.labels.tags(Name=args.labels.name("connectors")),
            opts=child,
        )
        for rule in args.rules():
            first, last = _ports(rule)
            aws.vpc.SecurityGroupEgressRule(
                f"{name}-rule-{rule.key}",
                security_group_id=group.id,
                ip_protocol="-1" if rule.protocol == "all" else rule.protocol,
                from_port=first,
                to_port=last,
                cidr_ipv4=rule.destination,
                description=rule.description,
                region=args.region,
                tags=args.labels.tags(),
                opts=child,
            )
        self.security_group_id = group.id
        self.register_outputs({"security_group_id": self.security_group_id})


def _ports(rule: Rule) -> tuple[int | None, int | None]:
    """Ports as the API takes them: none for every protocol, -1 for every type and code of ICMP."""
    if rule.protocol == "icmp":
        return -1, -1
    return (rule.first_port, rule.last_port) if rule.ports else (None, None)
