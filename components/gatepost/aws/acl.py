"""A network ACL around the hosts' subnets: what a security group cannot say, a deny."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..acl_rules import AclEntry, AclRules
from ..boot.aws import AwsBoot
from ..egress import Reach
from ..labels import Labels
from ..site import plain_problems, problems_of, region_problems
from ..words import refuse
from .routes import place_problems

_PROTOCOLS = {"all": "-1", "icmp": "1", "tcp": "6", "udp": "17"}  # the API knows numbers only


@dataclass(frozen=True, kw_only=True)
class AclArgs:
    """What may pass the border of the hosts' subnets. Raises ValueError with every problem."""

    region: str
    """AWS region of the VPC. Plain."""
    labels: Labels
    """Names and tags."""
    vpc_id: pulumi.Input[str]
    """VPC that owns the ACL."""
    subnets: Mapping[str, pulumi.Input[str]]
    """Subnet of the hosts by zone; nothing but Connectors may stand in them. Plain keys."""
    reaches: Sequence[Reach] = ()
    """Destinations that users reach through the site. Plain."""
    dns: Sequence[str] = ()
    """Custom DNS servers (IPv4). Plain."""
    network_type: str = "REGULAR"
    """REGULAR, or EXIT: every public address and no private one. Plain."""
    local_ports: tuple[int, int] = AwsBoot.local_ports
    """First and last local port of the hosts' connections, as in ``AwsBoot``. Answers come back to them. Plain."""
    attachment_ranges: Sequence[str] = ()
    """See ``AclRules.attachment_ranges``. Plain."""

    def __post_init__(self) -> None:
        names = ("region", "subnets", "reaches", "dns", "network_type", "local_ports", "attachment_ranges")
        problems = plain_problems(self, *names)
        if not problems:
            problems += region_problems("aws", self.region, self.subnets)
            if not self.subnets:
                problems.append("AclArgs.subnets is empty. Give at least one, {'eu-central-1a': 'subnet-...'}.")
            problems += place_problems({f"AclArgs.subnets[{zone!r}]": subnet for zone, subnet in self.subnets.items()})
            problems += problems_of(self._rules)
        refuse(problems)

    def _rules(self) -> AclRules:
        return AclRules(
            reaches=self.reaches,
            dns=self.dns,
            network_type=self.network_type,
            local_ports=self.local_ports,
            attachment_ranges=self.attachment_ranges,
        )

    def entries(self) -> tuple[AclEntry, ...]:
        """Every rule of the ACL, outbound ones first, in the order that AWS tries them."""
        return self._rules().entries()


class Acl(pulumi.ComponentResource):
    """Network ACL of the hosts' subnets. Optional: the security group alone lets hosts dial what they need.

    The vendor's rules are for 0.0.0.0/0, so a security group lets hosts dial private addresses past the reaches on UDP,
    TCP 443, 80 and 30000-31000. Here these are closed: out go the reaches and private DNS servers, nothing else
    private, then what the vendor and the platform need (EXIT: everything public). That also closes what people may not
    think of, such as an interface endpoint or a UDP 443 service at a private address of the same VPC: make it a reach.
    Inside one subnet AWS checks nothing. An ACL keeps no state, so answers come in by rules: TCP and UDP to the local
    ports of connections, ICMP where it may go out, and ICMP "fragmentation needed".

    AWS filters neither its resolver (.2), the metadata service, DHCP nor the time service
    (https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html). NAT gateways stand in other subnets, which this
    ACL does not touch. The subnets get the ACL when all its rules exist, and the VPC's default ACL back when it goes.

    Rules have no in-place change. Name and number are made of the content, so a change opens the new before it closes
    the old. Two rules of one edit, a new one and a removed one, meet on one number about once in 20,000 times: AWS then
    refuses the new one and nothing changes; add and remove in two steps.
    """

    acl_id: pulumi.Output[str]
    """The ACL."""

    def __init__(self, name: str, args: AclArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:aws:Acl", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        # No inline rule and no subnet here, not even an empty list: they would fight with the resources below.
        acl = aws.ec2.NetworkAcl(
            f"{name}-acl",
            vpc_id=args.vpc_id,
            region=args.region,
            tags=args.labels.tags(Name=args.labels.name("hosts")),
            opts=child,
        )
        rules = [
            aws.ec2.NetworkAclRule(
                f"{name}-{entry.key}",
                network_acl_id=acl.id,
                egress=entry.egress,
                rule_number=entry.number,
                rule_action="allow" if entry.allow else "deny",
                protocol=_PROTOCOLS[entry.protocol],
                cidr_block=entry.cidr,
                from_port=entry.first_port,
                to_port=entry.last_port,
                icmp_type=entry.icmp[0] if entry.protocol == "icmp" else None,
                icmp_code=entry.icmp[1] if entry.protocol == "icmp" else None,
                region=args.region,
                opts=child,
            )
            for entry in args.entries()
        ]
        for zone, subnet in args.subnets.items():
            aws.ec2.NetworkAclAssociation(
                f"{name}-link-{zone}",
                network_acl_id=acl.id,
                subnet_id=subnet,
                region=args.region,
                opts=pulumi.ResourceOptions(parent=self, depends_on=rules),
            )
        self.acl_id = acl.id
        self.register_outputs({"acl_id": self.acl_id})
