"""Cases of refusals: paths, API versions, bodies, places, resource groups."""

from typing import Any

from sandbox.azure.cloud import LOCATION, STANDARD, Place, container
from sandbox.refusing import LEFT_OUT, Case, Request, after

ARM = "https://learn.microsoft.com/en-us/azure/azure-resource-manager/troubleshooting/common-deployment-errors"
REST = "https://learn.microsoft.com/en-us/rest/api/virtualnetwork"
GROUPS = "https://learn.microsoft.com/en-us/rest/api/resources/resource-groups"
MODELS = "https://github.com/Azure/azure-sdk-for-python/tree/main/sdk/network/azure-mgmt-network"
CONTAINER_MODELS = (
    "https://github.com/Azure/azure-sdk-for-python/tree/main/sdk/containerinstance/azure-mgmt-containerinstance"
)
ZONES = "https://github.com/Azure/AzOps/issues/701"


def vnet(p: Place, properties: Any = None, **more: Any) -> Request:
    """The request for a virtual network with these properties."""
    body = {"location": LOCATION, "properties": properties or {}, **more}
    return "PUT", p.rid("virtualNetworks", "v"), body


def address(p: Place, **more: Any) -> Request:
    """The request for a public address."""
    body = {"location": LOCATION, "sku": STANDARD, "properties": {"publicIPAllocationMethod": "Static"}, **more}
    return "PUT", p.rid("publicIPAddresses", "a"), body


def nothing(p: Place, kind: str, method: str = "GET") -> Request:
    return method, p.rid(kind, "x"), None


CASES = (
    # --- paths and versions
    Case("no API version", lambda p: ("GET", f"{p.group}?x=1", None), 400, "MissingApiVersionParameter",
         "The api-version query parameter (?api-version=) is required for all requests.", ARM),
    Case("an unknown API version", lambda p: ("GET", f"{p.group}?api-version=2019-13-01", None), 400,
         "InvalidApiVersionParameter", "The api-version '2019-13-01' is invalid. The supported versions are '", ARM),
    Case("no path of a resource group", lambda p: ("GET", "/subscriptions", None), 404, "InvalidResourceType",
         "The sandbox knows no path like /subscriptions for GET.", LEFT_OUT),
    Case("another namespace", lambda p: ("GET", p.rid("storageAccounts", "s", "Microsoft.Storage"), None), 404,
         "InvalidResourceNamespace", "The resource namespace 'Microsoft.Storage' is invalid, or the sandbox does", ARM),
    Case("another type", lambda p: nothing(p, "loadBalancers"), 404, "InvalidResourceType",
         "The resource type 'loadBalancers' could not be found in the namespace 'Microsoft.Network'", ARM),
    Case("another method", lambda p: nothing(p, "natGateways", "POST"), 405, "MethodNotAllowed",
         "The resource type 'Microsoft.Network/natGateways' does not support POST here.", f"{REST}/nat-gateways"),
    Case("a change of tags of a part", lambda p: ("PATCH", p.subnet(p.network()), {}), 405, "MethodNotAllowed",
         "Resources of type Microsoft.Network/virtualNetworks/subnets cannot be patched.", f"{REST}/subnets"),
    # --- what is not there
    Case("no such resource", lambda p: nothing(p, "natGateways"), 404, "ResourceNotFound",
         "The Resource 'Microsoft.Network/natGateways/x' under resource group 'g' was not found.", ARM),
    Case("no such part", lambda p: ("GET", f"{p.network()}/subnets/x", None), 404, "NotFound",
         "/virtualNetworks/g/subnets/x not found.", ARM),
    Case("no such group", lambda p: ("GET", f"{p.group}x", None), 404, "ResourceGroupNotFound",
         "Resource group 'gx' could not be found.", ARM),
    Case("the delete of no such group", lambda p: ("DELETE", f"{p.group}x", None), 404, "ResourceGroupNotFound",
         "Resource group 'gx' could not be found.", f"{GROUPS}/delete"),
    Case("a part of nothing", lambda p: ("PUT", f"{p.rid('virtualNetworks', 'x')}/subnets/a", {}), 404,
         "ParentResourceNotFound", "type 'virtualNetworks/subnets', because the parent resource '", ARM),
    # --- bodies
    Case("no JSON", lambda p: ("PUT", p.group, b"{"), 400, "InvalidRequestContent",
         "The request content was invalid: it is not JSON.", ARM),
    Case("no object", lambda p: ("PUT", p.group, [1]), 400, "InvalidRequestContent",
         "The request content was invalid: it must be an object.", ARM),
    Case("an unknown member", lambda p: vnet(p, {"addressSpaces": {}}), 400, "InvalidRequestFormat",
         "Could not find member 'addressSpaces' on object of type 'VirtualNetworkPropertiesFormat'. Path "
         "'properties.addressSpaces'. Did you mean 'addressSpace'?", MODELS),
    Case("a missing member", lambda p: ("PUT", p.container_id(), {"location": LOCATION, "properties": {}}), 400,
         "InvalidRequestContent", "Required property 'properties.containers' was not found in JSON.", CONTAINER_MODELS),
    Case("no object inside", lambda p: vnet(p, {"addressSpace": []}), 400, "InvalidRequestFormat",
         "The value of 'properties.addressSpace' must be an object, got list.", MODELS),
    Case("no list", lambda p: vnet(p, {"subnets": {}}), 400, "InvalidRequestFormat",
         "The value of 'properties.subnets' must be an array, got dict.", MODELS),
    Case("no map", lambda p: vnet(p, tags=["a"]), 400, "InvalidRequestFormat",
         "The value of 'tags' must be an object, got list.", MODELS),
    Case("another type of value", lambda p: vnet(p, {"enableDdosProtection": "true"}), 400, "InvalidRequestFormat",
         "The value of 'properties.enableDdosProtection' must be of type boolean, got str.", MODELS),
    Case("no word", lambda p: vnet(p, {"privateEndpointVNetPolicies": 1}), 400, "InvalidRequestFormat",
         "The value of 'properties.privateEndpointVNetPolicies' must be a string, got int.", MODELS),
    Case("another word", lambda p: vnet(p, {"privateEndpointVNetPolicies": "Off"}), 400, "InvalidRequestFormat",
         "The value 'Off' of 'properties.privateEndpointVNetPolicies' is not allowed; allowed: Disabled, Basic.",
         MODELS),
    Case("an inline part without a name", lambda p: ("PUT", *p.vnet_with(subnets=[{"properties": {}}])), 400,
         "InvalidRequestFormat", "Each of the subnets of ", f"{REST}/virtual-networks/create-or-update"),
    Case("the id of another type", lambda p: ("PUT", *p.subnet_with(natGateway={"id": p.rules()})), 400,
         "InvalidRequestFormat", "The value of 'natGateway' is the id of a Microsoft.Network/networkSecurityGroups, "
         "not of a Microsoft.Network/natGateways.", f"{REST}/subnets/create-or-update"),
    Case("the id of nothing", lambda p: ("PUT", *p.subnet_with(natGateway={"id": p.rid("natGateways", "x")})), 400,
         "InvalidResourceReference", "was not found. Please make sure that the referenced resource exists, and that "
         "both resources are in the same region.", ARM),
    # --- places
    Case("no location", lambda p: vnet(p, location=None), 400, "LocationRequired",
         "The location property is required for this definition.", f"{REST}/virtual-networks/create-or-update"),
    Case("an unknown location", lambda p: vnet(p, location="mars"), 400, "LocationNotAvailableForResourceType",
         "The provided location 'mars' is not available for resource type 'Microsoft.Network/virtualNetworks'. List of "
         "available regions for the resource type is 'australiaeast,", "https://github.com/deis/workflow/issues/761"),
    Case("another location than before", lambda p: after(p.network("v"), ask=vnet(p, location="northeurope")), 409,
         "InvalidResourceLocation", "The resource 'v' already exists in location 'westeurope' in resource group "
         "'g'. A resource with the same name cannot be created in location 'northeurope'.", ARM),
    Case("zones where there are none", lambda p: address(p, location="westus", zones=["1"]), 400,
         "LocationNotSupportAvailabilityZones", "does not support availability zones at location 'westus'.",
         "https://learn.microsoft.com/en-us/azure/reliability/regions-list"),
    Case("an unknown zone", lambda p: address(p, zones=["4"]), 400, "InvalidAvailabilityZone",
         "The zone(s) '4' for resource 'Microsoft.Network/publicIPAddresses/a' is not supported. The supported zones "
         "for location 'westeurope' are '1,2,3'", "https://learn.microsoft.com/en-us/azure/reliability/regions-list"),
    Case("other zones than before", lambda p: after(p.address("a"), ask=address(p, zones=["1"])), 400,
         "ResourceAvailabilityZonesCannotBeModified", "has an existing availability zone constraint NoZone and the "
         "request has availability zone constraint 1, which do not match.", ZONES),
    Case("another SKU than before", lambda p: after(p.address("a"), ask=address(p, sku={"name": "StandardV2"})), 400,
         "PropertyChangeNotAllowed", "Property 'sku' of ", f"{REST}/public-ip-addresses/create-or-update"),
    # --- resource groups
    Case("a group in an unknown location", lambda p: ("PUT", f"{p.group}x", {"location": "mars"}), 400,
         "LocationNotAvailableForResourceGroup", "The provided location 'mars' is not available for resource group. "
         "List of available regions is 'australiaeast,", "https://github.com/cloud-barista/cb-spider/issues/527"),
    Case("a group that moves", lambda p: ("PUT", p.group, {"location": "northeurope"}), 409,
         "InvalidResourceGroupLocation", "Invalid resource group location 'northeurope'. The Resource group already "
         "exists in location 'westeurope'.", "https://github.com/Azure/azure-cli/issues/23043"),
    Case("a group that another one needs", lambda p: after(
            Place(p.cloud, "other").containers(p.subnet(p.network()), containers=[container()]),
            ask=("DELETE", p.group, None)), 409, "ResourceGroupDeletionBlocked",
         "Deletion of resource group 'g' did not finish: ", f"{GROUPS}/delete"),
)  # fmt: skip
