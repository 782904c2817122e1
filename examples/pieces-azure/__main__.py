"""A static address, and rules in a network security group that exists; container groups and NAT are your own."""

import pulumi

from gatepost.azure import ExitIp, ExitIps, ExitIpsArgs, Firewall, FirewallArgs
from gatepost.egress import Reach
from gatepost.labels import Labels

config = pulumi.Config()
region = config.require("region")
labels = Labels(environment=pulumi.get_stack(), network="shop", site="main")
exits = ExitIps("shop-exits", ExitIpsArgs(region=region, labels=labels, addresses={"1": ExitIp()}, retain=True))
firewall = Firewall(
    "shop-firewall",
    FirewallArgs(
        region=region,
        labels=labels,
        security_group_id=config.require("security_group_id"),
        reaches=[Reach(cidr="10.0.0.0/8", protocol="tcp", ports=1433)],
    ),
)
pulumi.export("addresses", exits.addresses)
pulumi.export("security_group_id", firewall.security_group_id)  # for your subnets
