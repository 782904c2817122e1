"""A static address and Connector firewall rules in a VPC network that exists; hosts and Cloud NAT are your own."""

import pulumi

from gatepost.egress import Reach
from gatepost.gcp import ExitIp, ExitIps, ExitIpsArgs, Firewall, FirewallArgs
from gatepost.labels import Labels

config = pulumi.Config()
region = config.require("region")
labels = Labels(environment=pulumi.get_stack(), network="shop", site="main")
exits = ExitIps("shop-exits", ExitIpsArgs(region=region, labels=labels, addresses={"a": ExitIp()}, retain=True))
firewall = Firewall(
    "shop-firewall",
    FirewallArgs(
        region=region,
        labels=labels,
        vpc_id=config.require("vpc_id"),
        reaches=[Reach(cidr="10.0.0.0/8", protocol="tcp", ports=5432)],
    ),
)
pulumi.export("addresses", exits.addresses)
pulumi.export("target_tag", firewall.target_tag)  # for your hosts
