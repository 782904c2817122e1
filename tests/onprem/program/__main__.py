"""A program of another team: two hosts of its own, under a Remote Network that it makes."""

import pulumi

from gatepost.labels import Labels
from gatepost.onprem import ConnectorSite, ConnectorSiteArgs, SlotArgs
from gatepost.twingate import RemoteNetwork, RemoteNetworkArgs

stack = pulumi.get_stack()
network = RemoteNetwork(f"hq-{stack}", RemoteNetworkArgs(location="ON_PREMISE"))
site = ConnectorSite(
    f"hq-{stack}-site",
    ConnectorSiteArgs(
        tenant="acme",
        remote_network_id=network.remote_network_id,
        labels=Labels(environment=stack, network="hq", site="site"),
        slots={key: SlotArgs(**slot) for key, slot in pulumi.Config("hq").require_object("slots").items()},
    ),
)
pulumi.export("connectors", site.connectors)
