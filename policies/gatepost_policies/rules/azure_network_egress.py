"""Azure: hosts dial what Twingate needs and the declared reaches, nothing else.

Weighed are the priorities of security rules and those that deny. Where nothing denies the rest, Azure's own rules at
65000 and 65001 let out everything. The service tag VirtualNetwork counts as every private block, and all other tags as
public addresses. On a network of type EXIT hosts dial every public address and no private one.
"""

from ..egress_rule import egress

rule = egress(
    cloud="azure",
    name="azure-network-egress",
    description="Network security groups of Connector hosts let out only what Connectors need.",
    remediation="Set `direction` Outbound with TCP 443, TCP 30000-31000 and UDP to `Internet` and the blocks that "
    "users reach (list those in the setting `reaches`), and at priority 4096 `access` Deny of everything.",
)
