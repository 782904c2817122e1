"""Google Cloud: no firewall rule lets traffic in to a Connector host.

Firewall rules have no labels: a rule counts if it is on the network of a host and its targets include that host. A
rule without a direction is for incoming traffic. A rule that only denies is fine.
"""

from ..nothing_in import nothing_in

rule = nothing_in(
    name="gcp-compute-no-ingress",
    cloud="gcp",
    description="Firewall rules let nothing in to Connector hosts.",
    remediation="Remove the firewall rule with direction INGRESS and `allows`, or take the Connector hosts out of its "
    "`targetTags` or `targetServiceAccounts`. Replies need no rule.",
)
