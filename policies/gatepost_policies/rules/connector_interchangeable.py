"""Connectors of one site are interchangeable: one network, the same firewall rules, permissions and DNS servers.

Twingate sends a user through any Connector of a Remote Network. Compared are hosts of one Remote Network in one region
of one cloud; where they have the label gatepost-site, those of one site.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from pulumi_policy import PolicyResource, Severity

from ..checks import label
from ..frame import Finding, Rule
from ..known import UNKNOWN, given, kind, read
from ..stack import Stack
from ..traits import LATER, TRAITS, Words

_CLOUDS = {"aws": "aws", "gcp": "gcp", "azure-native": "azure"}
_SHOWN = 2


def _judge(stack: Stack) -> Iterator[Finding]:
    for urn, found in stack.pairs.by_network.items():
        machines = sorted(found, key=lambda machine: machine.urn)  # the engine's order is another in every run
        places = {machine.urn: _place(machine) for machine in machines}
        loose = [machine for machine in machines if UNKNOWN in places[machine.urn]]
        for place in dict.fromkeys(places.values()):
            here = [machine for machine in machines if places[machine.urn] == place]
            if UNKNOWN not in place:
                here += [machine for machine in loose if places[machine.urn][0] == place[0]]
            for finding in _site(stack, here, f"Connectors of {label(stack.index.by_urn[urn])} in {place[1]}"):
                odd = places[finding.resource.urn]
                yield Finding(finding.resource, finding.text, UNKNOWN if UNKNOWN in odd else finding.sure)


def _place(machine: PolicyResource) -> tuple[Any, ...]:
    """Cloud, region and gatepost's site; empty texts for what nothing says."""
    cloud = _CLOUDS[kind(machine).partition(":")[0]]
    zone = read(machine.props, "zone" if cloud == "gcp" else "availabilityZone", default="")
    zoned = zone if zone is UNKNOWN else str(zone).rpartition("-")[0] if cloud == "gcp" else str(zone)[:-1]
    key = "location" if cloud == "azure" else "region"
    region = read(machine.props, key) if given(machine, key) else None
    region = region or (zoned if cloud == "gcp" or given(machine, "availabilityZone") else "")
    site = read(machine.props, "labels" if cloud == "gcp" else "tags", "gatepost-site", default="")
    return cloud, region if region is UNKNOWN else "".join(str(region).casefold().split()), site


def _site(stack: Stack, machines: list[PolicyResource], what: str) -> Iterator[Finding]:
    told: set[str] = set()
    for trait, (find, fix) in TRAITS.items():
        found = {machine.urn: find(stack, _CLOUDS[kind(machine).partition(":")[0]], machine) for machine in machines}
        if trait == "network":
            found = {urn: words for urn, words in found.items() if words}  # a subnet from elsewhere says nothing
        shared = frozenset.intersection(*found.values()) if found else frozenset()
        later = {urn: sorted(w for w in words - shared if w.startswith(LATER)) for urn, words in found.items()}
        clear = [machine for machine in machines if later.get(machine.urn) == []]
        usual = Counter(found[machine.urn] for machine in clear).most_common(1)[0][0] if clear else frozenset()
        pattern = next((machine for machine in clear if found[machine.urn] == usual), None)
        for machine in machines if len(found) > 1 else ():
            if machine.urn in told or machine.urn not in found:
                continue
            words = found[machine.urn]
            mine = frozenset(words - usual - set(later[machine.urn]))
            yours = usual - words if machine in clear else frozenset()
            if pattern and (mine or yours):
                told.add(machine.urn)
                yield Finding(machine, f"{_differs(machine, pattern, trait, mine, yours)} Both run {what}. {fix}")
            elif later[machine.urn]:
                text = f"{label(machine)} may have other {trait} than other hosts that run {what}: it has "
                yield Finding(machine, f"{text}{_shown(later[machine.urn])}. {fix}", UNKNOWN)


def _differs(machine: PolicyResource, pattern: PolicyResource, trait: str, mine: Words, yours: Words) -> str:
    only = [f"only {label(one)} has {_shown(more)}" for one, more in ((machine, mine), (pattern, yours)) if more]
    return f"{label(machine)} has other {trait} than {label(pattern)}: {', '.join(only)}."


def _shown(words: Collection[str]) -> str:
    several = sorted(words)
    more = f" and {len(several) - _SHOWN} more" if len(several) > _SHOWN else ""
    return f"{', '.join(several[:_SHOWN])}{more}"


rule = Rule(
    name="connector-interchangeable",
    description="Connectors of one site have the same network, firewall rules, permissions and DNS servers.",
    practice="BP9",
    remediation="Give the hosts of one site the same `subnetId` network, `vpcSecurityGroupIds` (Google: `tags`), "
    "actions in their policies and `dnsConfig.nameServers`.",
    severity=Severity.MEDIUM,
    clouds=("aws", "gcp", "azure"),
    tags=("redundancy", "network"),
    whole=_judge,
)
