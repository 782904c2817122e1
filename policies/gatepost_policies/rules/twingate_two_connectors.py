"""Twingate: at least two Connectors per Remote Network of this stack.

A Remote Network without any Connector here is fine: they may be in other stacks.
"""

from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase

from pulumi_policy import Severity

from ..checks import label
from ..frame import Finding, Rule
from ..known import UNKNOWN, read
from ..stack import Stack
from ..topology import CONNECTOR, REMOTE_NETWORK


def _judge(stack: Stack) -> Iterator[Finding]:
    least = int(stack.config["minimum"])
    counted: Counter[str] = Counter()
    loose = 0
    for connector in stack.of(CONNECTOR):
        networks = stack.pairs.network_of(connector)
        counted.update({network.urn for network in networks})
        loose += not networks and read(connector.props, "remoteNetworkId") is UNKNOWN
    for network in stack.of(REMOTE_NETWORK):
        found = counted[network.urn]
        title = read(network.props, "name")
        if isinstance(title, str) and any(fnmatchcase(title, pattern) for pattern in stack.config["single"]):
            continue
        if found + loose and found < least:
            text = f"{label(network)} has {found} Connector{'' if found == 1 else 's'} in this stack, at least {least} "
            text += "are needed: without a second one its users are cut off whenever the first is down. Add Connectors."
            yield Finding(network, text, UNKNOWN if found + loose >= least else True)


rule = Rule(
    name="twingate-two-connectors",
    description="A Remote Network has at least two Connectors.",
    practice="BP4",
    remediation="Add TwingateConnector resources with the same `remoteNetworkId`, each with a host of its own.",
    severity=Severity.HIGH,
    clouds=("twingate",),
    tags=("redundancy",),
    whole=_judge,
    settings={
        "minimum": {"type": "integer", "minimum": 1, "default": 2, "description": "Connectors per Remote Network."},
        "single": {
            "type": "array",
            "items": {"type": "string"},
            "default": [],
            "description": "Names of Remote Networks, * for any text, that may be away: any number will do there.",
        },
    },
)
