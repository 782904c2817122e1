"""AWS: no public address on a Connector host, unless its exit is direct: a fixed address of its own.

The evidence for a direct exit is an Elastic IP that this stack puts on the host (`Eip.instance`, `EipAssociation`).
"""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import PolicyResource, Severity

from ..checks import AWS_HOSTS, label, must, yes
from ..exits import named
from ..frame import Finding, Rule
from ..known import UNKNOWN, Answer, either, given, kind, read, walk
from ..stack import Stack
from ..topology import (
    AUTOSCALING_GROUP,
    ECS_SERVICE,
    EIP,
    EIP_ASSOCIATION,
    LAUNCH_CONFIGURATION,
    LAUNCH_TEMPLATE,
    SUBNET,
)

_SUBNETS = {AUTOSCALING_GROUP: "vpcZoneIdentifiers.*"}
_TEMPLATES = {
    LAUNCH_TEMPLATE: ("networkInterfaces.*.associatePublicIpAddress",),
    LAUNCH_CONFIGURATION: ("associatePublicIpAddress",),
}
_KEYS = ("instance", "instanceId", "networkInterface", "networkInterfaceId")
_FIX = "Set it to false and let the host go out by a NAT gateway, or give it an Elastic IP of its own."


def _direct(host: PolicyResource, stack: Stack) -> Answer:
    """Tell whether this stack puts an Elastic IP on the host."""
    fixed, loose = stack.once(_fixed)
    reached = {host.urn, read(host.props, "id"), *stack.reached(host)} - {UNKNOWN, None}
    return True if reached & fixed else UNKNOWN if loose else False


def _fixed(stack: Stack) -> tuple[set[str], bool]:
    """What addresses are put on: URNs and ids; and whether one goes where nothing says."""
    found: set[str] = set()
    loose = False
    for address in stack.of(EIP, EIP_ASSOCIATION):
        for key in _KEYS:
            if given(address, key):
                near = {r.urn for r in address.property_dependencies.get(key, ())}
                value = read(address.props, key)
                found |= near | ({value} if isinstance(value, str) else set())
                loose = loose or (value is UNKNOWN and not near)
    return found, loose


def passing(host: PolicyResource, stack: Stack) -> Iterator[Finding]:
    """Yield the public addresses of a host that are none of its own for good."""
    direct = _direct(host, stack)
    if direct is True:
        return
    for finding in _public(host, stack):
        yield Finding(finding.resource, finding.text, UNKNOWN if direct is UNKNOWN else finding.sure)


def _public(host: PolicyResource, stack: Stack) -> Iterator[Finding]:
    if kind(host) == LAUNCH_TEMPLATE:
        path = "networkInterfaces.*.associatePublicIpAddress"
        yield from must(host, path, lambda v: v is None or str(v).casefold() == "false", _FIX)
        return
    path = "associatePublicIpAddress"
    if kind(host) == ECS_SERVICE:
        at = "networkConfiguration.assignPublicIp"
        yield from must(host, at, lambda v: v is None or v is False, "Set it to false and go out by a NAT gateway.")
    elif given(host, path):
        yield from must(host, path, lambda v: v is False, _FIX)
    elif kind(host) != LAUNCH_CONFIGURATION and not _decided(host, stack):
        subnets = named(stack, host, _SUBNETS.get(kind(host), "subnetId"), SUBNET)
        gives = either(yes(v) if v is not UNKNOWN else v for r in subnets if (v := _mapped(r)) is not None)
        text = f"{label(host)} does not set `{path}`, and its subnet gives public addresses. {_FIX}"
        if kind(host) == AUTOSCALING_GROUP:
            text = f"{label(host)} is in a subnet that gives public addresses, and its launch template does not set "
            text += f"`networkInterfaces[].{path}`. Set it to false there and go out by a NAT gateway."
        yield Finding(host, text, gives)


def _mapped(subnet: PolicyResource) -> Any:
    return read(subnet.props, "mapPublicIpOnLaunch") if given(subnet, "mapPublicIpOnLaunch") else None


def _decided(host: PolicyResource, stack: Stack) -> bool:
    """Tell whether a template of the host says itself whether there is a public address; it is judged itself."""
    templates = [stack.index.by_urn[ref] for ref in stack.reached(host) if ref in stack.index.by_urn]
    return any(
        value is not None
        for r in templates
        for path in _TEMPLATES.get(kind(r), ())
        for value in walk(r.props, path)
        if kind(r) != kind(host)
    )


rule = Rule(
    name="aws-ec2-no-public-ip",
    description="Connector hosts on EC2 have no public address, unless it is a fixed one of their own.",
    practice="BP11",
    remediation="Set `associatePublicIpAddress` to false, or give the host an Elastic IP by an EipAssociation.",
    severity=Severity.HIGH,
    clouds=("aws",),
    tags=("host", "network"),
    types=(*AWS_HOSTS, AUTOSCALING_GROUP, ECS_SERVICE),
    each=passing,
)
