"""Google Cloud: no public address on a Connector host, unless its exit is direct: a reserved address of its own.

The evidence for a direct exit is a `gcp.compute.Address` of this stack (made or read) in `natIp`. A running host shows
its passing address there too, so an address that no resource of the stack holds does not count.
"""

from collections.abc import Iterator

from pulumi_policy import PolicyResource, Severity

from ..checks import GCP_HOSTS, label
from ..frame import Finding, Rule
from ..known import UNKNOWN, Answer, items, kind, read
from ..stack import Stack
from ..topology import GCP_ADDRESS

_FIX = "Remove it and let the host go out by Cloud NAT, or set `natIp` to a reserved address of its own."


def _reserved(stack: Stack) -> set[object]:
    return {read(address.props, "address") for address in stack.of(GCP_ADDRESS)}


def passing(host: PolicyResource, stack: Stack) -> Iterator[Finding]:
    """Yield the public addresses of a host that are none of its own for good."""
    near = any(kind(r) == GCP_ADDRESS for r in host.property_dependencies.get("networkInterfaces", ()))
    for index, interface in enumerate(items(read(host.props, "networkInterfaces"))):
        if interface is UNKNOWN:
            text = f"{label(host)} may have a public address by `networkInterfaces[{index}]`. {_FIX}"
            yield Finding(host, text, UNKNOWN)
            continue
        for number, config in enumerate(items(read(interface, "accessConfigs"))):
            path = f"networkInterfaces[{index}].accessConfigs[{number}]"
            text = f"{label(host)} has a public address that is not reserved, by `{path}`. {_FIX}"
            yield Finding(host, text, _passing(read(config, "natIp"), near, stack))
        for number, config in enumerate(items(read(interface, "ipv6AccessConfigs"))):
            path = f"networkInterfaces[{index}].ipv6AccessConfigs[{number}]"
            text = f"{label(host)} has a public IPv6 address by `{path}`. Remove it: a Connector needs IPv4 only."
            yield Finding(host, text, UNKNOWN if config is UNKNOWN else True)


def _passing(address: object, near: bool, stack: Stack) -> Answer:
    """Tell whether the address is one that passes with the host."""
    if address is UNKNOWN:
        return False if near else UNKNOWN
    if not address:
        return True
    reserved = stack.once(_reserved)
    return False if address in reserved else UNKNOWN if UNKNOWN in reserved else True


rule = Rule(
    name="gcp-compute-no-public-ip",
    description="Connector hosts on Compute Engine have no public address, unless it is a reserved one of their own.",
    practice="BP11",
    remediation="Remove `accessConfigs` from `networkInterfaces`, or set its `natIp` to the address of a "
    "`gcp.compute.Address`.",
    severity=Severity.HIGH,
    clouds=("gcp",),
    tags=("host", "network"),
    types=GCP_HOSTS,
    each=passing,
)
