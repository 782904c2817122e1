"""What the rules about outbound traffic share."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pulumi_policy import EnforcementLevel, Severity

from .egress_check import REACHES, allowed, fits, private, reach_problems
from .frame import Finding, Rule
from .graph import is_exit
from .known import UNKNOWN, Answer, both, either
from .scope import Host
from .stack import Stack
from .ways import Way
from .weigh import implied, opened

Blocks = tuple[tuple[Any, ...], tuple[Any, ...]]
"""What an entry opens for sure, and what it may open."""
_NETWORK = {
    "type": "string",
    "enum": ["auto", "REGULAR", "EXIT"],
    "default": "auto",
    "description": "Type of the hosts' Remote Networks. auto: as this stack says, REGULAR if made elsewhere.",
}


def egress(
    *,
    cloud: str,
    name: str,
    description: str,
    remediation: str,
    more: Callable[[Stack], Iterable[Finding]] = lambda _stack: (),
) -> Rule:
    """Build the rule of one cloud. An entry that denies, or lets in, passes. `more`: what is not said by entries."""

    def judge(stack: Stack) -> Iterator[Finding]:
        yield from more(stack)
        rows = allowed(cloud, stack.config["reaches"])
        ways = [way for way in stack.ways(cloud) if way.inbound is not True]
        denies = [way for way in ways if way.allows is not True]
        for way in (*ways, *implied(stack, cloud)):
            outbound = UNKNOWN if way.inbound is UNKNOWN else not way.inbound
            counts = both(outbound, way.allows, way.sure)
            if counts is False:
                continue
            if way.opaque:
                text = f"{way.title} may let too much out by its property `{way.opaque}`. Write it out or drop it."
                yield Finding(way.resource, text, UNKNOWN)
                continue
            sure, most = opened(way, denies, doubtful=True), opened(way, denies, doubtful=False)
            exits = _exits(way, stack, cloud)
            yield from _too_much(way, both(counts, _not(exits)), rows, (sure, most))
            yield from _too_private(way, both(counts, exits), (sure, most))

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
    machines = [host.resource for host in hosts] + [stack.index.by_urn[urn] for urn in way.hosts]
    return either(is_exit(network) for machine in machines for network in stack.networks(machine))


def _any(blocks: Blocks, judge: Callable[[Any], Answer]) -> Answer:
    """Tell whether one block is judged so: True by what is open for sure, UNKNOWN by what may be open."""
    sure, most = blocks
    found = either(map(judge, sure))
    return found if found is True else UNKNOWN if either(map(judge, most)) is not False else False


def _too_much(way: Way, counts: Answer, rows: list[Any], blocks: Blocks) -> Iterator[Finding]:
    much = counts is not False and _any(blocks, lambda cidr: _not(fits(way, cidr, rows)))
    text = f"{way.title} lets out {way.said}, more than a Connector needs. {way.fix}, or declare it in `reaches`."
    yield Finding(way.resource, text, both(counts, much))


def _too_private(way: Way, counts: Answer, blocks: Blocks) -> Iterator[Finding]:
    inward = counts is not False and _any(blocks, private)
    text = f"{way.title} lets out {way.said}, private addresses among them, on a network of type EXIT. {way.fix}, "
    text += "and let out public blocks only: users leave to the internet there, not into your network."
    yield Finding(way.resource, text, both(counts, inward))
    if way.others:
        text = f"{way.title} lets out {way.said} on a network of type EXIT. {way.fix}: it dials no private address."
        yield Finding(way.resource, text, counts)
