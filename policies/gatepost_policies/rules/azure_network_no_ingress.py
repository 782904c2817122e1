"""Azure: no network security group of a Connector host lets traffic in.

A separate rule names its group only by name and has no tags: the rule counts if its group is a host's, by its subnet or
network interface. Types count in every API version.
"""

from collections.abc import Iterator

from ..checks import label
from ..frame import Finding
from ..known import UNKNOWN, Answer, both, given, kind, read
from ..nothing_in import nothing_in
from ..stack import Stack
from ..topology import CONTAINER_GROUP
from ..ways import Way


def _admits(way: Way, stack: Stack) -> bool:
    """Admit what container groups in a virtual network use for the platform's own access: TCP 19390."""
    return (
        bool(stack.config["allow_container_group_ports"])
        and way.protocol == "tcp"
        and way.ports == ((19390, 19390),)
        and (way.cidrs, way.others) == ((), ("VirtualNetwork",))
    )


def _public(stack: Stack) -> Iterator[Finding]:
    """A public address of a container group lets in what its `ports` name; no security group is asked."""
    for host, sure in stack.hosts():
        if kind(host) == CONTAINER_GROUP and given(host, "ipAddress"):
            type = read(host.props, "ipAddress", "type", default="Public")
            public: Answer = UNKNOWN if type is UNKNOWN else str(type).casefold() == "public"
            text = (
                f"{label(host)} has a public address by `ipAddress`, and lets in what its `ports` name. Remove it: a "
            )
            yield Finding(host, f"{text}Connector only dials out.", both(sure, public))


rule = nothing_in(
    name="azure-network-no-ingress",
    cloud="azure",
    description="Network security groups of Connector hosts let nothing in.",
    remediation="Remove the rule with `direction` Inbound and `access` Allow from `securityRules`, or the SecurityRule "
    "itself. Replies need no rule.",
    admits=_admits,
    more=_public,
    settings={
        "allow_container_group_ports": {
            "type": "boolean",
            "default": False,
            "description": "Admit TCP 19390 from VirtualNetwork, which Azure uses to reach container groups.",
        }
    },
)
