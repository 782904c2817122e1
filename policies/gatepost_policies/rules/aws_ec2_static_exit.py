"""AWS: where an exit is declared, NAT gateways and hosts leave by Elastic IPs, each by its own.

An exit is declared by gatepost's components, and on every Remote Network of type EXIT. A regional NAT gateway that is
not told its addresses takes new ones of AWS in every zone. A private NAT gateway is no exit.
"""

from collections.abc import Iterator

from pulumi_policy import PolicyResource, Severity

from ..checks import AWS_HOSTS, label
from ..exits import EVERYWHERE, addresses_of, exiting, nats, unlisted
from ..frame import Finding, Rule
from ..known import UNKNOWN, Answer, both, given, read
from ..stack import Stack
from .aws_ec2_no_public_ip import passing

_FIX = "to an Elastic IP of its own: partners have it on their allow-lists."


def _judge(stack: Stack) -> Iterator[Finding]:
    taken: dict[str, PolicyResource] = {}
    for nat, sure, hosts in nats(stack, "aws"):
        counts = both(sure, exiting(stack, nat, hosts), _is_not(nat, "connectivityType", "private"))
        regional = _is_not(nat, "availabilityMode", "regional") is False
        key = "availabilityZoneAddresses" if regional else "allocationId"
        none = _none(stack, nat, key)
        found = f"sets `{key}` to {UNKNOWN.value}" if none is UNKNOWN else f"does not set `{key}`"
        yield Finding(nat, f"{label(nat)} {found}. Set it {_FIX}", both(counts, none))
        for name in _address(stack, nat):
            other = taken.setdefault(name, nat)
            text = f"{label(nat)} has the address of {label(other)}, and one address is in one place only."
            yield Finding(nat, f"{text} Set `{key}` {_FIX}", both(counts, other is not nat))
    for host in stack.of(*AWS_HOSTS):
        yield from unlisted(stack, host, passing(host, stack))


def _is_not(nat: PolicyResource, key: str, word: str) -> Answer:
    value = read(nat.props, key) if given(nat, key) else None
    return UNKNOWN if value is UNKNOWN else value != word


def _none(stack: Stack, nat: PolicyResource, key: str) -> Answer:
    """Tell whether the gateway is not told its addresses."""
    value = read(nat.props, key) if given(nat, key) else None
    if value is UNKNOWN:
        return False if addresses_of(stack, nat) else UNKNOWN
    return not value


def _address(stack: Stack, nat: PolicyResource) -> list[str]:
    """The one address of a gateway, by URN or literal id; none where there are several or it is not known."""
    made = [address.urn for address in addresses_of(stack, nat)]
    literal = read(nat.props, "allocationId")
    return made[:1] if len(made) == 1 else [literal] if not made and literal and isinstance(literal, str) else []


rule = Rule(
    name="aws-ec2-static-exit",
    description="Declared exits on AWS have Elastic IPs only.",
    practice="BP14",
    remediation="Set `allocationId` of the NatGateway (regional: `availabilityZoneAddresses`) to an Elastic IP of its "
    "own; for a host, associate one by an EipAssociation.",
    severity=Severity.HIGH,
    clouds=("aws",),
    tags=("network", "exit"),
    whole=_judge,
    settings=EVERYWHERE,
)
