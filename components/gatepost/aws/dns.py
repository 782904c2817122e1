"""Custom DNS servers for a whole VPC. The Connectors themselves get them as ``TWINGATE_DNS`` besides."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..egress import dns_problems
from ..labels import Labels
from ..site import plain_problems
from ..words import refuse


@dataclass(frozen=True, kw_only=True)
class DnsArgs:
    """Which servers, for which VPC."""

    region: str
    """AWS region of the VPC. Plain."""
    labels: Labels
    """Names and tags."""
    vpc_id: pulumi.Input[str]
    """The VPC whose hosts get the servers by DHCP."""
    servers: Sequence[str]
    """IPv4 addresses of the DNS servers, at most four (limit of DHCP option sets). Plain."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "region", "servers")
        if not problems:
            problems += dns_problems(self.servers)
            if not 1 <= len(self.servers) <= 4:
                problems.append(f"A VPC takes one to four DNS servers, got {len(self.servers)}.")
        refuse(problems)


class Dns(pulumi.ComponentResource):
    """DHCP options that name custom DNS servers."""

    dhcp_options_id: pulumi.Output[str]
    """The option set in use."""

    def __init__(self, name: str, args: DnsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:aws:Dns", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        options = aws.ec2.VpcDhcpOptions(
            f"{name}-options",
            domain_name_servers=list(args.servers),
            region=args.region,
            tags=args.labels.tags(Name=args.labels.name("dns")),
            opts=child,
        )
        aws.ec2.VpcDhcpOptionsAssociation(
            f"{name}-association", vpc_id=args.vpc_id, dhcp_options_id=options.id, region=args.region, opts=child
        )
        self.dhcp_options_id = options.id
        self.register_outputs({"dhcp_options_id": self.dhcp_options_id})
