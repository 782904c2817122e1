"""What is looked up about a network or address that exists, so that a preview refuses one that could not serve.

Of a network only ids given as text are looked up, in the provider's own subscription: what gatepost made itself comes
as Outputs.
"""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_azure_native import network

from ..adopted import fit, per_subnet
from ..azure_names import REGIONAL, group_in, name_in
from ..azure_ranges import TAKEN
from ..labels import Labels
from ..placement import room_problems
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
    looks: list[pulumi.Output[list[str]]] = []
    for subnet, zones in per_subnet(ref.subnets, slots).items():
        found = network.get_subnet_output(
            resource_group_name=group_in(subnet),
            virtual_network_name=name_in(subnet.rpartition("/subnets/")[0]),
            subnet_name=name_in(subnet),
            opts=invoke,
        )
        both = pulumi.Output.all(found, ref.security_group_id)
        looks.append(both.apply(lambda both, s=subnet, z=zones: _subnet_problems(s, sum(z.values()), *both, parent)))
    if isinstance(ref.vpc_id, str):
        vnet = network.get_virtual_network_output(
            resource_group_name=group_in(ref.vpc_id), virtual_network_name=name_in(ref.vpc_id), opts=invoke
        )
        looks.append(
            vnet.apply(lambda found: unseen_problems(_servers(found), dns) + _place_problems(found, ref.region))
        )
    return fit(looks)


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
        problems += room_problems(f"The subnet {subnet} ({', '.join(blocks)})", blocks, slots, TAKEN)
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


def fit_address(
    adopted: pulumi.Input[str], key: str, region: str, labels: Labels, parent: pulumi.Resource
) -> pulumi.Output[str]:
    """The IPv4 address of an adopted exit, when a NAT gateway of the site could have it.

    Raises pulumi.RunError with every problem, also in a preview. Source:
    https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource (SKU, static, IPv4, zone), and "Public IP
    addresses": an address is attached to one resource at a time.
    """
    invoke = pulumi.InvokeOptions(parent=parent)

    def look(rid: str) -> pulumi.Output[network.GetPublicIPAddressResult]:
        # Asked for, and not read off the resource: in a preview that one does not tell what Azure leaves out.
        return network.get_public_ip_address_output(
            resource_group_name=group_in(rid), public_ip_address_name=name_in(rid), opts=invoke
        )

    def check(found: network.GetPublicIPAddressResult) -> pulumi.Output[str] | str:
        told = f"The address {found.id} (exit {key!r}) cannot be adopted. "
        if problems := _address_problems(found, key, region):
            raise pulumi.RunError(told + " ".join(problems))
        address, gateway = found.ip_address or "", found.nat_gateway.id if found.nat_gateway else None
        return _unless_taken(gateway, told, labels, invoke, address) if gateway else address

    return pulumi.Output.from_input(adopted).apply(look).apply(check)


def _address_problems(found: network.GetPublicIPAddressResult, key: str, region: str) -> list[str]:
    location = (found.location or "").replace(" ", "").lower()
    wanted = (
        ("SKU", found.sku and found.sku.name, "Standard", "a NAT gateway of the SKU Standard takes no other"),
        ("allocation", found.public_ip_allocation_method, "Static", "it could change under the partners who allow it"),
        ("version", found.public_ip_address_version, "IPv4", "Connectors leave by IPv4"),
        ("region", location, region, "an address serves its own region only"),
    )
    problems = [f"Its {what} is {is_!r} and must be {must!r}: {why}." for what, is_, must, why in wanted if is_ != must]
    if key != REGIONAL and found.zones and key not in found.zones:
        problems.append(
            f"It is in zone {found.zones[0]!r}, but its NAT gateway stands in zone {key!r}. Adopt it under its own "
            "zone."
        )
    if found.ip_configuration:
        problems.append(f"It is in use by {found.ip_configuration.id}. Free it there first, or adopt another address.")
    return problems


def _unless_taken(
    gateway: str, told: str, labels: Labels, invoke: pulumi.InvokeOptions, address: str
) -> pulumi.Output[str]:
    """The address, unless the NAT gateway that has it is somebody else's."""
    own = {name: value for name, value in labels.tags().items() if name.startswith("gatepost-")}

    def check(nat: network.GetNatGatewayResult) -> str:
        if any((nat.tags or {}).get(name) != own[name] for name in own):
            raise pulumi.RunError(
                f"{told}It is on the NAT gateway {gateway}, which is none of this site's, and Azure attaches an "
                "address once. Adopt another address, or free this one first."
            )
        return address

    return network.get_nat_gateway_output(
        resource_group_name=group_in(gateway), nat_gateway_name=name_in(gateway), opts=invoke
    ).apply(check)
