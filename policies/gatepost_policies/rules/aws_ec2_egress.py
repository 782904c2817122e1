"""AWS: hosts dial what Twingate and the platform need and the declared reaches, nothing else.

On a network of type EXIT they dial every public address and no private one. Whether a host is on one is read from its
token pair: TwingateConnectorTokens, TwingateConnector, TwingateRemoteNetwork.
"""

from ..egress_rule import egress

rule = egress(
    cloud="aws",
    name="aws-ec2-egress",
    description="Security groups of Connector hosts let out only what Connectors need.",
    remediation="Replace the entry by SecurityGroupEgressRule for TCP 443, TCP 30000-31000, UDP 1-65535, TCP 80 of the "
    "image's mirrors and the blocks that users reach; list those in the setting `reaches`.",
)
