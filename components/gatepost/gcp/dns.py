"""Custom DNS servers for a whole VPC network. The Connectors themselves get them as ``TWINGATE_DNS`` besides."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_gcp import dns

from ..egress import dns_problems, is_private
from ..gcp_dns import policy_problems
from ..gcp_names import checked, child_name, link_problems
from ..labels import Labels
from ..site import plain_problems
from ..words import refuse
from .shared import owner


@dataclass(frozen=True, kw_only=True)
class DnsArgs:
    """Which servers, for which network."""

    project: str | None = None
    """Google only: project of the network where ``vpc_id`` does not name it, which only an Output can leave out. None:
    the provider's. Plain."""
    region: str
    """Google Cloud region of the hosts. The policy belongs to the whole network: its description says it. Plain."""
    labels: Labels
    """Names. DNS policies have no labels: the description says whose it is. Plain."""
    vpc_id: pulumi.Input[str]
    """The VPC network whose hosts resolve through the servers."""
    servers: Sequence[str]
    """IPv4 addresses of the DNS servers, at least one, none of them link-local. Plain."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "project", "region", "labels", "servers")
        if not problems:
            told = dns_problems(self.servers)
            problems += link_problems("DnsArgs.vpc_id", self.vpc_id, "networks") + told
            problems += [] if told else policy_problems(self.servers)
            if not self.servers:
                problems.append("DnsArgs.servers is empty. Give at least one, or leave the component out.")
        refuse(problems)


class Dns(pulumi.ComponentResource):
    """Outbound server policy of Cloud DNS; a network has one policy at most.

    It covers what hosts ask Google's resolver (169.254.169.254): all of it goes to the given servers, so private zones
    and ``.internal`` names resolve no more unless the servers know them. Private servers are asked through the network,
    from 35.199.192.0/19: they must route their answers back to it. Public ones are asked through the internet. Firewall
    rules of the hosts play no part. https://cloud.google.com/dns/docs/server-policies-overview
    """

    policy_id: pulumi.Output[str]
    """Google only: the policy in use."""

    def __init__(self, name: str, args: DnsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:gcp:Dns", checked(name), None, opts)
        servers = [
            dns.PolicyAlternativeNameServerConfigTargetNameServerArgs(
                ipv4_address=server, forwarding_path="private" if is_private(server) else "default"
            )
            for server in args.servers
        ]
        policy = dns.Policy(
            child_name(name, "policy"),
            networks=[dns.PolicyNetworkArgs(network_url=args.vpc_id)],
            alternative_name_server_config=dns.PolicyAlternativeNameServerConfigArgs(target_name_servers=servers),
            enable_inbound_forwarding=False,
            description=f"{args.labels.name()}, {args.region}",
            project=owner(args.vpc_id, args.project),
            # In place it would be taken from the network that live hosts are still in.
            opts=pulumi.ResourceOptions(parent=self, replace_on_changes=["networks"]),
        )
        self.policy_id = policy.id
        self.register_outputs({"policy_id": self.policy_id})
