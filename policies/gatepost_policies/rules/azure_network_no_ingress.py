"""Azure: no network security group of a Connector host lets traffic in.

A separate rule names its group only by name and has no tags: the rule counts if its group is a host's, by its subnet or
network interface. Types count in every API version.
"""

from ..nothing_in import nothing_in
from ..stack import Stack
from ..ways import Way


def _admits(way: Way, stack: Stack) -> bool:
    """Admit what container groups in a virtual network use for the platform's own access: TCP 19390."""
    return (
        bool(stack.config["allow_container_group_ports"])
        and way.protocol == "tcp"
        and way.ports == ((19390, 19390),)
        and (way.cidrs, way.others) == ((), ("VirtualNetwork",))
    )


rule = nothing_in(
    name="azure-network-no-ingress",
    cloud="azure",
    description="Network security groups of Connector hosts let nothing in.",
    remediation="Remove the rule with `direction` Inbound and `access` Allow from `securityRules`, or the SecurityRule "
    "itself. Replies need no rule.",
    admits=_admits,
    settings={
        "allow_container_group_ports": {
            "type": "boolean",
            "default": False,
            "description": "Admit TCP 19390 from VirtualNetwork, which Azure uses to reach container groups.",
        }
    },
)
