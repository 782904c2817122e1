"""Cases of refusals: virtual networks, subnets, peerings, security rules, routes."""

from typing import Any

from sandbox.azure.cloud import STANDARD, Place, rule, subnet
from sandbox.azure.refused_requests import ARM, REST, vnet
from sandbox.refusing import LEFT_OUT, Case, Request, after

FAQ = "https://learn.microsoft.com/en-us/azure/virtual-network/virtual-networks-faq"
OVERVIEW = "https://learn.microsoft.com/en-us/azure/virtual-network"
PEERING = f"{OVERVIEW}/virtual-network-manage-peering"
RULES = f"{OVERVIEW}/network-security-groups-overview"
LINK = "https://github.com/MicrosoftDocs/azure-docs/issues/92894"


def network(p: Place, *blocks: str, **more: Any) -> Request:
    return "PUT", *p.vnet_with(*blocks, **more)


def subnetwork(p: Place, block: str = "10.60.1.0/24", **more: Any) -> Request:
    return "PUT", *p.subnet_with(block, **more)


def used(p: Place, **more: Any) -> str:
    """A subnet with a container group."""
    made = p.subnet(p.network(), **more)
    p.containers(made)
    return made


def peering(p: Place, name: str = "p", block: str = "10.80.0.0/16", **more: Any) -> Request:
    remote = {"remoteVirtualNetwork": {"id": p.network("far", block)}, **more}
    return "PUT", f"{p.network()}/virtualNetworkPeerings/{name}", {"properties": remote}


def peered(p: Place) -> Request:
    """A second peering with the same network."""
    method, path, body = peering(p)
    p.cloud.put(path, body)
    return method, f"{path}-b", body


def security(p: Place, priority: int = 300, **more: Any) -> Request:
    return "PUT", f"{p.rules('', [rule('first', 200)])}/securityRules/second", rule("second", priority, **more)


def route(p: Place, **properties: Any) -> Request:
    first = {"name": "first", "properties": {"addressPrefix": "10.9.0.0/16", "nextHopType": "None"}}
    table = p.simple("routeTables", "", {"routes": [first]})["id"]
    return "PUT", f"{table}/routes/second", {"properties": {"nextHopType": "None", **properties}}


def gateway_elsewhere(p: Place) -> str:
    body = {"location": "northeurope", "sku": STANDARD, "properties": {}}
    return p.cloud.put(p.rid("natGateways", "far"), body)["id"]


CASES = (
    # --- virtual networks
    Case("a part of a network that is left out", lambda p: network(p, ddosProtectionPlan={"id": "x"}), 501,
         "NotImplemented", "The sandbox does not model ddosProtectionPlan of virtual networks.", LEFT_OUT),
    Case("a network without addresses", vnet, 400, "InvalidRequestFormat",
         "The addressSpace needs addressPrefixes.", f"{REST}/virtual-networks/create-or-update"),
    Case("a network of IPv6", lambda p: network(p, "fd00::/48"), 501, "NotImplemented",
         "The sandbox does not model IPv6.", LEFT_OUT),
    Case("a network without a length", lambda p: network(p, "10.60.0.0"), 400, "InvalidAddressPrefixFormat",
         "Address prefix 10.60.0.0 of resource ", "https://github.com/Azure/azure-service-operator/issues/997"),
    Case("a network that begins inside of itself", lambda p: network(p, "10.60.1.0/16"), 400, "InvalidCIDRNotation",
         "has an invalid CIDR notation. For the given prefix length, the address prefix should be 10.60.0.0/16.", FAQ),
    Case("a network that overlaps itself", lambda p: network(p, "10.60.0.0/16", "10.60.3.0/24"), 400,
         "NetcfgInvalidVirtualNetworkPrefixes", "The address prefixes 10.60.0.0/16 and 10.60.3.0/24 of virtual network "
         "v overlap.", FAQ),
    Case("a DNS server that is no address", lambda p: network(p, dhcpOptions={"dnsServers": ["dns"]}), 400,
         "InvalidIPAddressFormat", "The value 'dns' of dhcpOptions.dnsServers is no IP address.",
         f"{OVERVIEW}/manage-virtual-network"),
    # --- subnets
    Case("a part of a subnet that is left out", lambda p: subnetwork(p, ipAllocations=[{"id": "x"}]), 501,
         "NotImplemented", "The sandbox does not model ipAllocations of subnets.", LEFT_OUT),
    Case("a subnet without addresses", lambda p: ("PUT", f"{p.network()}/subnets/a", {"properties": {}}), 400,
         "InvalidRequestFormat", "Subnet a needs an addressPrefix.", f"{REST}/subnets/create-or-update"),
    Case("a subnet outside of its network", lambda p: subnetwork(p, "10.61.0.0/24"), 400,
         "NetcfgSubnetRangeOutsideVnet", "Subnet 'new' is not valid because its IP address range is outside the IP "
         "address range of virtual network 'g'.", ARM),
    Case("a subnet on another one", lambda p: after(
            p.subnet(p.network(), "a", "10.60.0.0/20"),
            ask=("PUT", f"{p.rid('virtualNetworks', p.name)}/subnets/b", {"properties": subnet("10.60.1.0/24")})),
         400, "NetcfgSubnetRangesOverlap", "Subnet 'b' is not valid because its IP address range overlaps with that of "
         "an existing subnet in virtual network 'g'.", "https://github.com/Azure/azure-cli/issues/10917"),
    Case("a delegation to nobody", lambda p: subnetwork(p, delegated="Microsoft.ContainerInstance/groups"), 400,
         "InvalidServiceDelegation", "Delegation 'groups' of subnet new names the service "
         "'Microsoft.ContainerInstance/groups'.", f"{OVERVIEW}/subnet-delegation-overview"),
    Case("a gateway in another location", lambda p: subnetwork(p, natGateway=gateway_elsewhere(p)), 400,
         "InvalidResourceReference", "is in location westeurope. Both must be in the same region.", ARM),
    Case("a gateway StandardV2 for container groups",
         lambda p: subnetwork(p, natGateway=p.gateway(sku={"name": "StandardV2"})), 400,
         "NatGatewayV2NotSupportedForDelegatedSubnet", "of SKU StandardV2 cannot be attached to subnet ",
         "https://learn.microsoft.com/en-us/azure/nat-gateway/nat-overview"),
    Case("another range under container groups", lambda p: ("PUT", used(p), {"properties": subnet("10.60.2.0/24")}),
         400, "InUseSubnetCannotBeUpdated", "Subnet a is in use by ", f"{OVERVIEW}/virtual-network-manage-subnet"),
    Case("no delegation under container groups",
         lambda p: ("PUT", used(p), {"properties": subnet("10.60.1.0/24", delegated=None)}), 400,
         "SubnetMissingRequiredDelegation", "requires any of the following delegation(s) "
         "[Microsoft.ContainerInstance/containerGroups] to reference service association link ", LINK),
    Case("the delete of a subnet with container groups", lambda p: ("DELETE", used(p), None), 400,
         "InUseSubnetCannotBeDeleted", "Subnet a is in use by ", ARM),
    # --- peerings
    Case("a peering with nobody", lambda p: ("PUT", f"{p.network()}/virtualNetworkPeerings/p", {"properties": {}}),
         400, "InvalidRequestFormat", "Peering p needs a remoteVirtualNetwork.",
         f"{REST}/virtual-network-peerings/create-or-update"),
    Case("a peering through gateways", lambda p: peering(p, useRemoteGateways=True), 501, "NotImplemented",
         "The sandbox does not model gateways of a remote virtual network.", LEFT_OUT),
    Case("a second peering with a network", peered, 400, "AnotherPeeringAlreadyReferencesRemoteVnet",
         "Peering p-b cannot be created or updated because peering p of virtual network ", PEERING),
    Case("a peering of networks that overlap", lambda p: peering(p, block="10.60.0.0/20"), 400,
         "VnetAddressSpacesOverlap", "cannot be peered because their address spaces overlap. Overlapping address "
         "prefixes: 10.60.0.0/16, 10.60.0.0/20.", PEERING),
    # --- security rules
    Case("application security groups", lambda p: security(p, sourceApplicationSecurityGroups=[{"id": "x"}]), 501,
         "NotImplemented", "The sandbox does not model application security groups.", LEFT_OUT),
    Case("a rule from nowhere", lambda p: security(p, sourceAddressPrefix=None), 400,
         "SecurityRuleParameterContainsInvalidValue", "Security rule second needs sourceAddressPrefix or "
         "sourceAddressPrefixes.", f"{REST}/security-rules/create-or-update"),
    Case("a rule without ports", lambda p: security(p, destinationPortRange=None), 400,
         "SecurityRuleParameterContainsInvalidValue", "Security rule second needs destinationPortRange or "
         "destinationPortRanges.", f"{REST}/security-rules/create-or-update"),
    Case("a priority that there is not", lambda p: security(p, 4097), 400, "SecurityRuleInvalidPriority",
         "Security rule has invalid Priority. Value provided: 4097. Allowed range 100-4096.", RULES),
    Case("a priority that another rule has", lambda p: security(p, 200), 400, "SecurityRuleConflict",
         "Security rule second conflicts with rule first. Rules cannot have the same Priority and Direction.",
         "https://github.com/Azure/aks-engine/issues/2106"),
    Case("another service tag", lambda p: security(p, destinationAddressPrefix="Storage"), 501, "NotImplemented",
         "The sandbox does not model the service tag Storage; it knows Internet, ", LEFT_OUT),
    Case("a rule to no address", lambda p: security(p, destinationAddressPrefix="10.0.0.256"), 400,
         "SecurityRuleInvalidAddressPrefix", "has invalid Address prefix. Value provided: 10.0.0.256",
         "https://github.com/Azure/azure-powershell/issues/4557"),
    Case("ports in the wrong order", lambda p: security(p, destinationPortRange="443-80"), 400,
         "SecurityRuleInvalidPortRange", "Security rule has invalid Port range. Value provided: 443-80.", RULES),
    Case("the delete of a group that a subnet uses", lambda p: after(
            p.subnet(p.network(), networkSecurityGroup=p.rules()),
            ask=("DELETE", p.rid("networkSecurityGroups", p.name), None)), 400,
         "InUseNetworkSecurityGroupCannotBeDeleted", "cannot be deleted because it is in use by the following "
         "resources: ", f"{OVERVIEW}/manage-network-security-group"),
    # --- routes
    Case("a route to nowhere", route, 400, "InvalidRequestFormat", "Route second needs an addressPrefix.",
         f"{REST}/routes/create-or-update"),
    Case("a route to a service tag", lambda p: route(p, addressPrefix="Storage"), 501, "NotImplemented",
         "The sandbox does not model routes to service tags such as Storage.", LEFT_OUT),
    Case("an appliance without an address", lambda p: route(p, addressPrefix="10.0.0.0/8",
                                                           nextHopType="VirtualAppliance"), 400,
         "InvalidNextHopIpAddress", "Only VirtualAppliance has one, which must be an IP address.",
         f"{OVERVIEW}/virtual-networks-udr-overview"),
    Case("two routes to one block", lambda p: route(p, addressPrefix="10.9.0.0/16"), 400, "RouteConflict",
         "Route second has the same address prefix 10.9.0.0/16 as route first.",
         f"{OVERVIEW}/virtual-networks-udr-overview"),
    Case("the delete of a route table that a subnet uses", lambda p: after(
            p.subnet(p.network(), routeTable=p.simple("routeTables")["id"]),
            ask=("DELETE", p.rid("routeTables", p.name), None)), 400, "InUseRouteTableCannotBeDeleted",
         "Route table g is in use and cannot be deleted. It is used by ", f"{OVERVIEW}/manage-route-table"),
)  # fmt: skip
