"""What the rules about outbound traffic share."""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import EnforcementLevel, Severity

from .egress_check import REACHES, allowed, fits, private, reach_problems
from .frame import Finding, Rule
from .graph import is_exit
from .known import UNKNOWN, Answer, both, either
from .scope import Host
from .stack import Stack
from .ways import Way

_NETWORK = {
    "type": "string",
    "enum": ["auto", "REGULAR", "EXIT"],
    "default": "auto",
    "description": "Type of the hosts' Remote Networks. auto: as this stack says, REGULAR if made elsewhere.",
}


def egress(*, cloud: str, name: str, description: str, remediation: str) -> Rule:
    """Build the rule of one cloud. An entry that denies, or lets in, passes."""

    def judge(stack: Stack) -> Iterator[Finding]:
        rows = allowed(cloud, stack.config["reaches"])
        for way in stack.ways(cloud):
            outbound = UNKNOWN if way.inbound is UNKNOWN else not way.inbound
            counts = both(outbound, way.allows, way.sure)
            if counts is False:
                continue
            if way.opaque:
                text = f"{way.title} may let too much out by its property `{way.opaque}`. Write it out or drop it."
                yield Finding(way.resource, text, UNKNOWN)
                continue
            exits = _exits(way, stack, cloud)
            yield from _too_much(way, both(counts, _not(exits)), rows)
            yield from _too_private(way, both(counts, exits))

    return Rule(
        name=name,
        description=description,
        practice="BP12",
        remediation=remediation,
        severity=Severity.HIGH,
        level=EnforcementLevel.MANDATORY,
        clouds=(cloud,),
        tags=("network", "egress"),
        whole=judge,
        problems=reach_problems,
        settings={"reaches": dict(REACHES), "network_type": _NETWORK},
    )


def _not(answer: Answer) -> Answer:
    return UNKNOWN if answer is UNKNOWN else not answer


def _exits(way: Way, stack: Stack, cloud: str) -> Answer:
    """Tell whether the hosts behind the entry are of an EXIT network."""
    told = stack.config["network_type"]
    if told != "auto":
        return bool(told == "EXIT")
    hosts: list[Host] = stack.scope(cloud).hosts_at(way.group) if way.group else []
    return either(is_exit(network) for host in hosts for network in stack.networks(host.resource))


def _too_much(way: Way, counts: Answer, rows: list[Any]) -> Iterator[Finding]:
    for cidr in way.cidrs:
        fit = fits(way, cidr, rows)
        text = f"{way.title} lets out {way.said}, more than a Connector needs. {way.fix}, or declare it in `reaches`."
        yield Finding(way.resource, text, both(counts, _not(fit)))


def _too_private(way: Way, counts: Answer) -> Iterator[Finding]:
    for cidr in way.cidrs:
        text = f"{way.title} lets out {way.said}, private addresses among them, on a network of type EXIT. {way.fix}, "
        text += "and let out public blocks only: users leave to the internet there, not into your network."
        yield Finding(way.resource, text, both(counts, private(cidr)))
    if way.others:
        text = f"{way.title} lets out {way.said} on a network of type EXIT. {way.fix}: it dials no private address."
        yield Finding(way.resource, text, counts)
