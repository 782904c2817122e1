"""Azure: where an exit is declared, NAT gateways and hosts leave by static addresses of the SKU Standard.

An exit is declared by gatepost's components, and on every Remote Network of type EXIT. A host of such a network without
a NAT gateway, a route table or an address of its own leaves by one that Azure lends it.
"""

from collections import defaultdict
from collections.abc import Iterator

from pulumi_policy import PolicyResource, Severity

from ..checks import label, must
from ..exits import EVERYWHERE, addresses_of, exiting, nats, on_exit, own_addresses
from ..frame import Finding, Rule
from ..known import UNKNOWN, Answer, both, either, given, items, kind, read
from ..scope import Host
from ..stack import Stack
from ..topology import AZURE_SUBNET, CONTAINER_GROUP, HOSTS

_FIX = "partners have the address on their allow-lists."
_LENT = "and hosts of a network of type EXIT then leave by an address that Azure lends them."


def _judge(stack: Stack) -> Iterator[Finding]:
    used: defaultdict[str, list[Answer]] = defaultdict(list)
    lent: defaultdict[tuple[str, str], list[Answer]] = defaultdict(list)  # hosts of one subnet say the same
    for nat, sure, hosts in nats(stack, "azure"):
        counts = both(sure, exiting(stack, nat, hosts))
        text = f"{label(nat)} sets neither `publicIpAddresses` nor `publicIpPrefixes`. Set one of them: {_FIX}"
        yield Finding(nat, text, both(counts, *(_none(nat, key) for key in ("publicIpAddresses", "publicIpPrefixes"))))
        for address in addresses_of(stack, nat):
            used[address.urn].append(counts)
    for host in stack.scope("azure").hosts:
        counts = both(host.sure, on_exit(stack, host.resource))
        own = own_addresses(stack, host)
        for address in own:
            used[address.urn].append(counts)
        if not own and kind(host.resource) in HOSTS:
            for found in _lent(stack, host):
                lent[found.resource.urn, found.text].append(both(counts, found.sure))
    for (urn, text), answers in lent.items():
        yield Finding(stack.index.by_urn[urn], text, either(answers))
    for urn, answers in used.items():
        address, counts = stack.index.by_urn[urn], either(answers)
        for path, good in (("publicIPAllocationMethod", ("Static",)), ("sku.name", ("Standard", "StandardV2"))):
            allowed = {word.casefold() for word in good}  # Azure takes such words in any case
            for found in must(
                address, path, lambda v, a=allowed: str(v).casefold() in a, f"Set it to '{good[0]}': {_FIX}"
            ):
                yield Finding(address, found.text, both(counts, found.sure))


def _none(resource: PolicyResource, key: str) -> Answer:
    """Tell whether a list names nothing. An unknown one names something as long as it depends on a resource."""
    found = items(read(resource.props, key)) if given(resource, key) else []
    return UNKNOWN if found == [UNKNOWN] and not resource.property_dependencies.get(key) else not found


def _lent(stack: Stack, host: Host) -> Iterator[Finding]:
    """Where nothing says by which address the host leaves."""
    if kind(host.resource) == CONTAINER_GROUP:
        named = stack.scope("azure").references(host.resource, ["subnetIds.*.id"])
        none = UNKNOWN if UNKNOWN in named else _none(host.resource, "subnetIds")
        said = f"sets `subnetIds` to {UNKNOWN.value}" if none is UNKNOWN else "sets no `subnetIds`"
        text = f"{label(host.resource)} {said}, {_LENT} Set it to a subnet with a NAT gateway."
        yield Finding(host.resource, text, none)
    for subnet in (stack.index.by_urn[ref] for ref in sorted(map(str, host.reached)) if ref in stack.index.by_urn):
        if kind(subnet) == AZURE_SUBNET and not given(subnet, "natGateway") and not given(subnet, "routeTable"):
            text = f"{label(subnet)} sets no `natGateway`, {_LENT} Set it to a NAT gateway with a static address."
            yield Finding(subnet, text)


rule = Rule(
    name="azure-network-static-exit",
    description="Declared exits on Azure have static addresses only.",
    practice="BP14",
    remediation="Set `natGateway` of the subnet to a NatGateway, its `publicIpAddresses` to a PublicIPAddress, and of "
    "that one `publicIPAllocationMethod` to Static and `sku.name` to Standard.",
    severity=Severity.HIGH,
    clouds=("azure",),
    tags=("network", "exit"),
    whole=_judge,
    settings=EVERYWHERE,
)
