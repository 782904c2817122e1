"""What the rules against inbound traffic share."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from .frame import Finding, Rule
from .known import UNKNOWN, both
from .stack import Stack
from .ways import Way


def nothing_in(
    *,
    name: str,
    cloud: str,
    description: str,
    remediation: str,
    admits: Callable[[Way, Stack], bool] = lambda _way, _stack: False,
    more: Callable[[Stack], Iterable[Finding]] = lambda _stack: (),
    settings: Mapping[str, dict[str, Any]] | None = None,
) -> Rule:
    """Build the rule of one cloud. An entry counts whatever its source or ports are, known or not.

    `more`: what is not said by entries.
    """

    def judge(stack: Stack) -> Iterator[Finding]:
        yield from more(stack)
        for way in stack.ways(cloud):
            if way.opaque:
                text = f"{way.title} may let traffic in by its property `{way.opaque}`. Write it out or drop it."
                yield Finding(way.resource, text, both(way.inbound, way.allows, way.sure, UNKNOWN))
            elif not admits(way, stack):
                text = f"{way.title} lets in {way.said}. {way.fix}: a Connector only dials out."
                yield Finding(way.resource, text, both(way.inbound, way.allows, way.sure))

    return Rule(
        name=name,
        description=description,
        practice="BP11",
        remediation=remediation,
        severity=Severity.CRITICAL,
        clouds=(cloud,),
        tags=("network", "nothing-in"),
        whole=judge,
        settings=settings or {},
    )
