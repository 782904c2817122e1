"""Virtual networks and subnets."""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError
from typing import Any

from gatepost_sandbox.addresses import inside

from . import catalogue
from .call import Call, referred
from .errors import Refusal, bad, not_modelled
from .resources import Row
from .state import Props, State

NETWORK = "Microsoft.Network/virtualNetworks"
SUBNET = f"{NETWORK}/subnets"
GROUPS = "Microsoft.ContainerInstance/containerGroups"
RESERVED = 5
"""Addresses of a subnet that Azure keeps: the first four and the last.
https://learn.microsoft.com/en-us/azure/virtual-network/virtual-networks-faq"""
_USES = {
    "networkSecurityGroup": "Microsoft.Network/networkSecurityGroups",
    "routeTable": "Microsoft.Network/routeTables",
    "natGateway": "Microsoft.Network/natGateways",
}
_DEFAULTS = {"delegations": [], "privateEndpointNetworkPolicies": "Disabled",
             "privateLinkServiceNetworkPolicies": "Enabled"}  # fmt: skip
_ELSEWHERE = ("serviceEndpointPolicies", "applicationGatewayIPConfigurations", "ipAllocations", "serviceGateway",
              "ipamPoolPrefixAllocations", "sharingScope")  # fmt: skip


def _network(call: Call, network: Props, old: Props) -> None:
    given = network["properties"]
    for member in ("virtualNetworkPeerings", "ddosProtectionPlan", "ipAllocations", "bgpCommunities"):
        if given.get(member):
            raise not_modelled(f"{member} of virtual networks")
    prefixes = (given.get("addressSpace") or {}).get("addressPrefixes") or []
    if not prefixes:
        raise bad("InvalidRequestFormat", "Cannot parse the request. The addressSpace needs addressPrefixes.")
    blocks = [block(prefix, network["id"]) for prefix in prefixes]
    for index, one in enumerate(blocks):
        for other in blocks[:index]:
            if one.overlaps(other):
                text = f"The address prefixes {other} and {one} of virtual network {network['name']} overlap."
                raise bad("NetcfgInvalidVirtualNetworkPrefixes", text)
    for server in dns_servers(network):
        if not is_address(server):
            raise bad("InvalidIPAddressFormat", f"The value '{server}' of dhcpOptions.dnsServers is no IP address.")
    if call.body.get("properties", {}).get("subnets") is None:
        for subnet in call.state.below(network["id"], "subnets"):
            _check_inside(subnet["name"], blocks_of(subnet), blocks, network["name"])
    given.setdefault("enableDdosProtection", False)
    given.setdefault("privateEndpointVNetPolicies", "Disabled")


def _subnet(call: Call, subnet: Props, old: Props) -> None:
    given, state = subnet["properties"], call.state
    for member in _ELSEWHERE:
        if given.get(member):
            raise not_modelled(f"{member} of subnets")
    network = network_of(state, subnet)
    if not _prefixes(subnet):
        raise bad("InvalidRequestFormat", f"Cannot parse the request. Subnet {subnet['name']} needs an addressPrefix.")
    blocks = [block(str(b), subnet["id"]) for b in _prefixes(subnet)]
    _check_inside(subnet["name"], blocks, space(network), network["name"])
    for other in state.below(network["id"], "subnets"):
        if other["id"].lower() != subnet["id"].lower() and any(
            one.overlaps(its) for one in blocks for its in blocks_of(other)
        ):
            text = f"Subnet '{subnet['name']}' is not valid because its IP address range overlaps with that of an "
            text += f"existing subnet in virtual network '{network['name']}'."
            raise bad("NetcfgSubnetRangesOverlap", text)
    for key, value in _DEFAULTS.items():
        given.setdefault(key, value)
    for delegation in given["delegations"]:
        _delegation(subnet, delegation)
    for member, kind in _USES.items():
        used = referred(call, given.get(member), kind, member)
        if used and used["location"] != network["location"]:
            text = f"Resource {used['id']} is in location {used['location']}, and subnet {subnet['id']} is in location "
            raise bad("InvalidResourceReference", f"{text}{network['location']}. Both must be in the same region.")
    _check_gateway(call, subnet)
    _check_in_use(state, subnet, old)


def _delegation(subnet: Props, delegation: Props) -> None:
    wanted = (delegation.get("properties") or {}).get("serviceName")
    if not delegation.get("name") or wanted not in catalogue.DELEGATIONS:
        known = ", ".join(catalogue.DELEGATIONS)
        text = f"Delegation '{delegation.get('name')}' of subnet {subnet['name']} names the service '{wanted}'."
        raise bad("InvalidServiceDelegation", f"{text} Each needs a name, and one of the services {known}.")
    delegation["id"] = f"{subnet['id']}/delegations/{delegation['name']}"
    delegation["properties"]["provisioningState"] = "Succeeded"


def _check_gateway(call: Call, subnet: Props) -> None:
    gateway = referred(call, subnet["properties"].get("natGateway"), _USES["natGateway"], "natGateway")
    if gateway and is_delegated(subnet) and gateway["sku"]["name"] == "StandardV2":
        text = f"NAT gateway {gateway['id']} of SKU StandardV2 cannot be attached to subnet {subnet['id']}, which is "
        raise bad("NatGatewayV2NotSupportedForDelegatedSubnet", f"{text}delegated to {GROUPS}. Use SKU Standard.")


def _check_in_use(state: State, subnet: Props, old: Props) -> None:
    user = next(groups_in(state, subnet), None) if old else None
    if user is None:
        return
    if _prefixes(subnet) != _prefixes(old):
        text = f"Subnet {subnet['name']} is in use by {user['id']} and cannot be updated."
        raise bad("InUseSubnetCannotBeUpdated", text)
    if not is_delegated(subnet):
        text = f"Subnet {subnet['id']} requires any of the following delegation(s) [{GROUPS}] to reference service "
        text += f"association link {subnet['id']}/serviceAssociationLinks/acisal."
        raise bad("SubnetMissingRequiredDelegation", text)


def _before_delete(state: State, subnet: Props) -> None:
    user = next(groups_in(state, subnet), None)
    if user:
        text = f"Subnet {subnet['name']} is in use by {subnet['id']}/serviceAssociationLinks/acisal (container group "
        text += f"{user['id']}) and cannot be deleted. In order to delete the subnet, delete all the resources within "
        raise bad("InUseSubnetCannotBeDeleted", f"{text}the subnet. See aka.ms/deletesubnet.")


def _check_inside(name: str, blocks: list[IPv4Network], spaces: list[IPv4Network], network: str) -> None:
    if not all(any(one.subnet_of(whole) for whole in spaces) for one in blocks):
        text = f"Subnet '{name}' is not valid because its IP address range is outside the IP address range of virtual "
        raise bad("NetcfgSubnetRangeOutsideVnet", f"{text}network '{network}'.")


def _prefixes(subnet: Props) -> list[str]:
    given = subnet["properties"]
    return list(given.get("addressPrefixes") or filter(None, [given.get("addressPrefix")]))


# --- what others ask


def block(text: Any, owner: str) -> IPv4Network:
    """The IPv4 block that a text means. Raises a Refusal."""
    if ":" in str(text):
        raise not_modelled("IPv6")
    try:
        return _with_length(str(text))
    except (AddressValueError, NetmaskValueError):
        message = f"Address prefix {text} of resource {owner} is not formatted correctly. It should follow CIDR "
        raise bad("InvalidAddressPrefixFormat", f"{message}notation, for example 10.0.0.0/24.") from None
    except ValueError:
        wanted = IPv4Network(str(text), strict=False)
        message = f"The address prefix {text} in resource {owner} has an invalid CIDR notation. For the given prefix "
        message += f"length, the address prefix should be {wanted}."
        raise bad("InvalidCIDRNotation", message) from None


def _with_length(text: str) -> IPv4Network:
    if not re.search(r"/\d+$", text):
        raise NetmaskValueError
    return IPv4Network(text)


def is_address(text: Any) -> bool:
    """Whether a text is an IPv4 address."""
    try:
        IPv4Address(text)
    except ValueError:
        return False
    return True


def network_of(state: State, subnet: Props) -> Props:
    """The virtual network that a subnet is in."""
    return state.found(subnet["id"].rpartition("/subnets/")[0])


def dns_servers(network: Props) -> list[str]:
    """The custom DNS servers of a virtual network."""
    return list((network["properties"].get("dhcpOptions") or {}).get("dnsServers") or ())


def space(network: Props) -> list[IPv4Network]:
    """The address space of a virtual network."""
    return [IPv4Network(prefix) for prefix in network["properties"]["addressSpace"]["addressPrefixes"]]


def blocks_of(subnet: Props) -> list[IPv4Network]:
    """The ranges of a subnet."""
    return [IPv4Network(prefix, strict=False) for prefix in _prefixes(subnet)]


def is_delegated(subnet: Props) -> bool:
    """Whether a subnet is delegated to container groups."""
    return any(d["properties"]["serviceName"] == GROUPS for d in subnet["properties"].get("delegations") or ())


def groups_in(state: State, subnet: Props) -> Iterator[Props]:
    """The container groups in a subnet."""
    return state.users(subnet["id"], GROUPS)


def free_address(state: State, subnet: Props, last: str | None = None) -> str:
    """The lowest address of a subnet that no container group has; else ``last``, if a group that had it boots anew.

    Raises a Refusal when there is none.
    """
    rid, taken = subnet["id"].lower(), state.resources.marks
    for one in blocks_of(subnet):
        for address in inside(one, RESERVED - 1, 1):
            if ("ip", rid, address) not in taken:
                return address
    if last and any(IPv4Address(last) in one for one in blocks_of(subnet)):
        return last
    text = f"Subnet {subnet['name']} with address prefix {_prefixes(subnet)[0]} does not have enough capacity for 1 "
    raise Refusal(400, "SubnetIsFull", f"{text}IP addresses.")


def subnets_view(state: State, resource: Props) -> Props:
    """The subnets that use a resource."""
    found = [{"id": subnet["id"]} for subnet in state.users(resource["id"], "/subnets")]
    return {"subnets": found} if found else {}


ROWS = (
    # Without the list a request keeps the subnets, which is so for every API version since 2024:
    # https://techcommunity.microsoft.com/blog/azurenetworkingblog/azure-virtual-network-now-supports-updates-without-subnet-property/4067952
    Row(kind=NETWORK, model="VirtualNetwork", settle=_network, children="subnets", keeps_children=True),
    Row(kind=SUBNET, model="Subnet", settle=_subnet, before_delete=_before_delete),
)
