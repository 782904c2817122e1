"""What is looked up about a network that exists, so that a preview refuses one in which no host could live.

Only ids given as text are looked up, in the provider's own subscription: what gatepost made itself comes as Outputs.
"""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_azure_native import network

from ..azure_names import group_in, name_in
from ..azure_ranges import room_problems
from .dns import unseen_problems
from .network import DELEGATION, NetworkRef

_BY = "it is the only way out that Azure supports for container groups in a virtual network"


def looked_up(
    ref: NetworkRef, slots: Mapping[str, int], dns: Sequence[str], parent: pulumi.Resource
) -> pulumi.Output[None]:
    """Resolves when the network is known to be fit for ``slots``, how many there are by zone.

    A subnet without a NAT gateway is a warning. Raises pulumi.RunError with every problem of a subnet or the network,
    also in a preview.
    """
    invoke = pulumi.InvokeOptions(parent=parent)
    checks: list[pulumi.Output[list[str]]] = []
    wanted: dict[str, int] = {}
    for zone, subnet in ref.subnets.items():
        if isinstance(subnet, str):
            wanted[subnet] = wanted.get(subnet, 0) + slots.get(zone, 0)
    for subnet, count in wanted.items():
        found = network.get_subnet_output(
            resource_group_name=group_in(subnet),
            virtual_network_name=name_in(subnet.rpartition("/subnets/")[0]),
            subnet_name=name_in(subnet),
            opts=invoke,
        )
        both = pulumi.Output.all(found, ref.security_group_id)
        checks.append(both.apply(lambda both, s=subnet, n=count: _subnet_problems(s, n, *both, parent)))
    if isinstance(ref.vpc_id, str):
        vnet = network.get_virtual_network_output(
            resource_group_name=group_in(ref.vpc_id), virtual_network_name=name_in(ref.vpc_id), opts=invoke
        )
        checks.append(
            vnet.apply(lambda found: unseen_problems(_servers(found), dns) + _place_problems(found, ref.region))
        )
    return pulumi.Output.all(*checks).apply(_refuse)


def _subnet_problems(
    subnet: str, slots: int, found: network.GetSubnetResult, guard: str, parent: pulumi.Resource
) -> list[str]:
    problems = []
    if DELEGATION not in [delegation.service_name for delegation in found.delegations or ()]:
        problems.append(f"The subnet {subnet} is not delegated to {DELEGATION}, so no container group can be in it.")
    attached = str(found.network_security_group.id) if found.network_security_group else ""
    if attached.lower() != guard.lower():
        problems.append(
            f"The subnet {subnet} has {attached or 'no group'} for its network security group, but the site's rules go "
            f"into {guard}, so they would hold for no host. Attach that one, or give the subnet's own as "
            "security_group_id."
        )
    blocks = [str(block) for block in found.address_prefixes or [found.address_prefix] if block and ":" not in block]
    if blocks:  # hosts have IPv4 addresses, and any of several blocks
        largest = min(blocks, key=lambda block: int(block.rpartition("/")[2]))
        problems += room_problems(f"The subnet {subnet} ({largest})", largest, slots)
    if found.nat_gateway is None:
        pulumi.log.warn(
            f"The subnet {subnet} has no NAT gateway. Attach one of the SKU Standard: {_BY}. Whatever else leads out "
            "may work for a while.",
            parent,
        )
    return problems


def _servers(vnet: network.GetVirtualNetworkResult) -> Sequence[str]:
    return (vnet.dhcp_options.dns_servers or ()) if vnet.dhcp_options else ()


def _place_problems(vnet: network.GetVirtualNetworkResult, region: str) -> list[str]:
    """Azure puts a container group only into a network of its own region."""
    found = (vnet.location or "").replace(" ", "").lower()
    if found in ("", region):
        return []
    return [f"The virtual network is in the region {found!r}, but the site is in {region!r}. Change one."]


def _refuse(found: Sequence[Sequence[str]]) -> None:
    problems = [problem for some in found for problem in some]
    if problems:
        raise pulumi.RunError("\n".join(problems))
