"""Two Connectors in a VPC that this team has, by its own provider and in its own region."""

import pulumi
import pulumi_aws as aws

from gatepost.aws import ConnectorSite, ConnectorSiteArgs, NetworkRef
from gatepost.egress import Reach
from gatepost.labels import Labels
from gatepost.rollout import GateArgs
from gatepost.site import SlotArgs
from gatepost.twingate import RemoteNetwork

config, environment = pulumi.Config(), pulumi.get_stack()
region = config.require("region")
ours = aws.Provider("ours", region=region)
network = RemoteNetwork(f"shop-{environment}")
site = ConnectorSite(
    "shop",
    ConnectorSiteArgs(
        tenant=config.require("tenant"),
        remote_network_id=network.remote_network_id,
        labels=Labels(environment=environment, network="shop", site="main"),
        network=NetworkRef(
            region=region,
            vpc_id=config.require("vpc_id"),
            subnets=config.require_object("subnets"),  # private, by zone
            exit_addresses=config.require_object("exit_addresses"),  # of their NAT gateways, by zone
        ),
        reaches=[Reach(cidr="10.0.0.0/8", protocol="tcp", ports=[443, 5432])],
        slots={"a": SlotArgs(), "b": SlotArgs()},
        gate=GateArgs(poll_seconds=config.get_float("poll_seconds") or 5),
    ),
    pulumi.ResourceOptions(providers=[ours]),
)
pulumi.export("connectors", site.connectors)
pulumi.export("exit_ips", site.exit_ips)
