"""The Connectors of a Remote Network run in at least two zones.

The zone of a host is its own or that of its subnet. Hosts of one subnet, or of one zone, fail together.
"""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import PolicyResource, Severity

from ..checks import label
from ..frame import Finding, Rule
from ..graph import number_of_hosts
from ..known import UNKNOWN, items, kind, read
from ..stack import Stack
from ..topology import AUTOSCALING_GROUP, CONTAINER_GROUP, GCP_INSTANCE, INSTANCE, SPOT, SUBNET

Domain = tuple[str, Any]


def _domains(host: PolicyResource) -> set[Domain]:
    """What the host fails with: ("zone", name), else ("subnet", name), else ("", UNKNOWN)."""
    match kind(host):
        case token if token in (INSTANCE, SPOT):
            return {_aws(host)}
        case token if token == AUTOSCALING_GROUP:
            zones = [("zone", z) for z in items(read(host.props, "availabilityZones")) if isinstance(z, str)]
            subnets = [("subnet", s) for s in items(read(host.props, "vpcZoneIdentifiers")) if isinstance(s, str)]
            return set(zones or subnets) or {("", UNKNOWN)}
        case token if token == GCP_INSTANCE:
            return {_known("zone", read(host.props, "zone"))}
        case token if token == CONTAINER_GROUP:
            zones = [z for z in items(read(host.props, "zones")) if isinstance(z, str)]
            place = read(host.props, "location")
            known = isinstance(place, str)
            return {("zone", f"{place}-{zone}") for zone in zones if known} or {("", UNKNOWN)}
        case _:
            return {("", UNKNOWN)}


def _known(word: str, value: Any) -> Domain:
    return (word, value) if isinstance(value, str) else ("", UNKNOWN)


def _aws(host: PolicyResource) -> Domain:
    if isinstance(zone := read(host.props, "availabilityZone"), str):
        return ("zone", zone)  # of its own, or what AWS tells of a host that exists
    near = [r for r in host.property_dependencies.get("subnetId", ()) if kind(r) == SUBNET]
    if len(near) == 1:
        zone = read(near[0].props, "availabilityZone")
        return ("zone", zone) if isinstance(zone, str) else ("subnet", near[0].urn)
    return _known("subnet", read(host.props, "subnetId"))


def _judge(stack: Stack) -> Iterator[Finding]:
    for urn, several in stack.pairs.by_network.items():
        domains = {domain for machine in several for domain in _domains(machine)}
        zones = {domain for domain in domains if domain[0] == "zone"}
        single = len(several) == 1 and number_of_hosts(several[0]) == 1
        if single or len(zones) > 1:
            continue  # one host is what twingate-two-connectors speaks of
        network = stack.index.by_urn[urn]
        text = f"All Connectors of {label(network)} run in one place"
        if len(domains) == 1 and ("", UNKNOWN) not in domains:
            text += f" ({' '.join(next(iter(domains)))}), and fail together. Put one into another zone."
            yield Finding(network, text)
        else:
            yield Finding(network, f"{text}, as far as is known. Name two zones.", UNKNOWN)


rule = Rule(
    name="connector-failure-domains",
    description="The Connectors of a Remote Network run in at least two zones.",
    practice="BP24",
    remediation="Set another `subnetId` or `availabilityZone` (AWS), `zone` (Google) or `zones` (Azure) on one host.",
    severity=Severity.MEDIUM,
    clouds=("aws", "gcp", "azure"),
    tags=("redundancy",),
    whole=_judge,
)
