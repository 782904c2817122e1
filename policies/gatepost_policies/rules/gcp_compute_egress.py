"""Google Cloud: hosts dial what Twingate needs and the declared reaches, nothing else.

Weighed are the priorities of firewall rules and those that deny: what another rule denies before is not let out. Where
nothing denies the rest, Google's implied rule lets out everything; that is judged for networks of this stack. On a
network of type EXIT hosts dial every public address and no private one.
"""

from ..egress_rule import egress

rule = egress(
    cloud="gcp",
    name="gcp-compute-egress",
    description="Firewall rules let out of Connector hosts only what Connectors need.",
    remediation="Set `direction` EGRESS with `allows` of TCP 443, TCP 30000-31000, UDP 1-65535 and the blocks that "
    "users reach (list those in the setting `reaches`), and below them one rule with `denies` of all protocols.",
)
