"""Firewalls in front of Connector hosts let out all that a Connector itself dials: the vendor's three rules.

Entries of all groups of a host add up; priorities and entries that deny are weighed. A host for which this stack has no
outbound entry at all is left alone: they may be elsewhere. A private address may be closed, a public one may not.
"""

from collections.abc import Iterator
from ipaddress import IPv4Network

from pulumi_policy import PolicyResource, Severity

from gatepost.egress import VENDOR_RULES, Rule, public_complement

from ..checks import label
from ..frame import Finding
from ..frame import Rule as PolicyRule
from ..known import UNKNOWN, Answer, both
from ..stack import Stack
from ..weigh import Front, fronts, missing, spans

_PUBLIC = tuple(map(IPv4Network, public_complement()))
_SHOWN = 2


def _judge(stack: Stack) -> Iterator[Finding]:
    for cloud in rule.clouds:
        done: dict[tuple[object, ...], PolicyResource] = {}
        for front in fronts(stack, cloud):
            # Hosts of one site have the same entries, which are weighed once.
            key = tuple(id(way) for way in front.ways[:-1]) if cloud == "gcp" else (front.resource.urn,)
            if done.setdefault(key, front.resource) is front.resource:
                for row in VENDOR_RULES:
                    yield from _missing(front, row)


def _missing(front: Front, row: Rule) -> Iterator[Finding]:
    sure: Answer = True
    found: list[IPv4Network] = []
    for span in spans(front, row):
        blocks = missing(front, row.protocol, span, _PUBLIC, doubtful=False)
        if blocks:
            found += blocks
            sure = both(sure, True if missing(front, row.protocol, span, _PUBLIC, doubtful=True) else UNKNOWN)
    if found:
        several = list(dict.fromkeys(map(str, found)))
        where = "" if len(several) >= len(_PUBLIC) else f" to {', '.join(several[:_SHOWN])}"
        where += f" and {len(several) - _SHOWN} more blocks" if where and len(several) > _SHOWN else ""
        text = f"{label(front.resource)} lets out no {row.protocol} {row.ports}{where}, which a Connector dials. "
        yield Finding(front.resource, f"{text}Let it out to 0.0.0.0/0.", both(front.sure, sure))


rule = PolicyRule(
    name="connector-vendor-ports",
    description="Firewalls let out all that a Connector itself dials.",
    practice="BP12",
    remediation="Add outbound entries for TCP 443, TCP 30000-31000 and UDP 1-65535 to 0.0.0.0/0 (Azure: `Internet`).",
    severity=Severity.HIGH,
    clouds=("aws", "gcp", "azure"),
    tags=("network", "egress"),
    whole=_judge,
)
