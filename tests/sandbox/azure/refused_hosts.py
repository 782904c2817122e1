"""Cases of refusals: public addresses, NAT gateways, container groups and their images."""

from typing import Any

from sandbox.azure.cloud import LOCATION, STANDARD, Place, container
from sandbox.azure.refused_requests import REST, address
from sandbox.refusing import LEFT_OUT, Case, Request, after

from gatepost_sandbox.refusals import quotas

ACI = "https://learn.microsoft.com/en-us/azure/container-instances"
ACI_REST = "https://learn.microsoft.com/en-us/rest/api/container-instances/container-groups/create-or-update"
LIMITS = f"{ACI}/container-instances-resource-and-quota-limits"
IN_VNET = f"{ACI}/container-instances-virtual-network-concepts"
PULLS = f"{ACI}/container-instances-troubleshooting"
NAT = "https://learn.microsoft.com/en-us/azure/nat-gateway"
STATIC = {"publicIPAllocationMethod": "Static"}
V2 = {"name": "StandardV2"}


def static(p: Place, **more: Any) -> Request:
    return address(p, properties={**STATIC, **more})


def prefix(p: Place, **more: Any) -> Request:
    body = {"location": LOCATION, "sku": STANDARD, "properties": {"prefixLength": 31, **more}}
    return "PUT", p.rid("publicIPPrefixes", "p"), body


def full_prefix(p: Place) -> dict[str, str]:
    """A block of two addresses, both of them given out."""
    made = p.cloud.put(*prefix(p)[1:])
    for name in "xy":
        p.cloud.put(p.rid("publicIPAddresses", name), static(p, publicIPPrefix={"id": made["id"]})[2])
    return {"id": made["id"]}


def gateway(p: Place, *used: str, **more: Any) -> Request:
    given = {"publicIpAddresses": [{"id": rid} for rid in used]}
    return "PUT", p.rid("natGateways", "g"), {"location": LOCATION, "sku": STANDARD, "properties": given, **more}


def group(p: Place, inside: bool = True, **more: Any) -> Request:
    made = p.subnet(p.network()) if inside else None
    return "PUT", p.container_id(), p.containers_body(made, **more)


def sized(cpu: float) -> list[dict[str, Any]]:
    return [container(resources={"requests": {"cpu": cpu, "memoryInGB": 1}})]


def image(p: Place, name: str) -> Request:
    return group(p, containers=[container(image=name)])


def all_addresses(p: Place) -> None:
    for _ in range(762):
        p.cloud.state.new_addresses()


CASES = (
    # --- addresses
    Case("a Basic address", lambda p: address(p, sku={"name": "Basic"}), 400, "IPv4BasicSkuPublicIpCountLimitReached",
         "Cannot create more than 0 IPv4 Basic SKU public IP addresses for this subscription in this region.",
         "https://github.com/skypilot-org/skypilot/issues/7977"),
    Case("a global address", lambda p: address(p, sku={**STANDARD, "tier": "Global"}), 501, "NotImplemented",
         "The sandbox does not model the tier Global of public addresses.", LEFT_OUT),
    Case("a part of an address that is left out", lambda p: static(p, ipTags=[{"tag": "x"}]), 501, "NotImplemented",
         "The sandbox does not model ipTags of public addresses.", LEFT_OUT),
    Case("an address of IPv6", lambda p: static(p, publicIPAddressVersion="IPv6"), 501, "NotImplemented",
         "The sandbox does not model IPv6 addresses.", LEFT_OUT),
    Case("a dynamic address", lambda p: address(p, properties={}), 400, "StandardSkuPublicIPAddressMustBeStatic",
         "of SKU Standard must have the allocation method Static, and has Dynamic.",
         "https://learn.microsoft.com/en-us/azure/virtual-network/ip-services/public-ip-addresses"),
    Case("an idle time that is too long", lambda p: static(p, idleTimeoutInMinutes=31), 400, "InvalidIdleTimeout",
         "It must be 4 to 30.", f"{REST}/public-ip-addresses/create-or-update"),
    Case("an address of one's choice", lambda p: static(p, ipAddress="203.0.113.9"), 400,
         "PublicIPAddressCannotBeChosen", "The address 203.0.113.9 cannot be chosen: Azure gives one out.",
         "https://learn.microsoft.com/en-us/azure/virtual-network/ip-services/public-ip-addresses"),
    Case("the quota of addresses", lambda p: after(quotas.set("public_ips", 0), ask=static(p)), 400,
         "PublicIPCountLimitReached", "Cannot create more than 0 public IP addresses for this subscription in this "
         "region.", "https://github.com/evgenyb/aks-workshops/issues/22"),
    Case("the sandbox has no address left", lambda p: after(all_addresses(p), ask=static(p)), 400,
         "PublicIPCountLimitReached", "The sandbox has given out all of its 762 addresses, and none twice.", LEFT_OUT),
    Case("the delete of an address in use", lambda p: after(
            p.gateway("", p.address()["id"]), ask=("DELETE", p.rid("publicIPAddresses", p.name), None)), 400,
         "PublicIPAddressCannotBeDeleted", "can not be deleted since it is still allocated to resource ",
         "https://github.com/Azure/terraform-azurerm-compute/issues/107"),
    # --- prefixes
    Case("a part of a prefix that is left out", lambda p: prefix(p, ipTags=[{"tag": "x"}]), 501, "NotImplemented",
         "The sandbox does not model customIPPrefix and ipTags of public address prefixes.", LEFT_OUT),
    Case("a prefix that is too large", lambda p: prefix(p, prefixLength=27), 400, "InvalidPublicIPPrefixLength",
         "is not allowed. It must be 28 to 31 for IPv4.",
         "https://learn.microsoft.com/en-us/azure/virtual-network/ip-services/public-ip-address-prefix"),
    Case("an address of a full prefix", lambda p: static(p, publicIPPrefix=full_prefix(p)), 400,
         "PublicIPPrefixOutOfIpAddresses", "has no address left.",
         "https://learn.microsoft.com/en-us/azure/virtual-network/ip-services/public-ip-address-prefix"),
    Case("the delete of a prefix in use", lambda p: ("DELETE", full_prefix(p)["id"], None), 400,
         "InUsePublicIpPrefixCannotBeDeleted", " and cannot be deleted.",
         "https://learn.microsoft.com/en-us/azure/virtual-network/ip-services/manage-public-ip-address-prefix"),
    # --- NAT gateways
    Case("a Standard gateway in two zones", lambda p: gateway(p, zones=["1", "2"]), 400, "NatGatewayZonesNotSupported",
         "of SKU Standard can be in one zone, not in 2.", f"{NAT}/nat-availability-zones"),
    Case("a part of a gateway that is left out", lambda p: gateway(p, properties={"serviceGateway": {"id": "x"}}), 501,
         "NotImplemented", "The sandbox does not model serviceGateway of NAT gateways.", LEFT_OUT),
    Case("seventeen addresses", lambda p: gateway(p, properties={
            "publicIpAddresses": [{"id": p.address()["id"]}],
            "publicIpPrefixes": [{"id": p.cloud.put(*prefix(p, prefixLength=28)[1:])["id"]}]}), 400,
         "NatGatewayPublicIpCountLimitReached", "would have 17 addresses. At most 16 are allowed.",
         f"{NAT}/nat-overview"),
    Case("an address of another SKU", lambda p: gateway(p, p.address()["id"], sku=V2), 400,
         "InvalidResourceReference", "with SKU Standard. Both must be the same.", f"{NAT}/nat-overview"),
    Case("an address of another zone", lambda p: gateway(p, p.address(zones=["2"])["id"], zones=["1"]), 400,
         "NatGatewayPublicIpZoneMismatch", "An address in one zone can serve a gateway of that zone only.",
         f"{NAT}/nat-availability-zones"),
    Case("an address of another gateway", lambda p: after(
            made := p.address()["id"], p.gateway("first", made), ask=gateway(p, made)), 400, "PublicIPAddressInUse",
         "that is already allocated to resource ", f"{NAT}/nat-gateway-resource"),
    Case("the delete of a gateway in use", lambda p: after(
            p.subnet(p.network(), natGateway=p.gateway()), ask=("DELETE", p.rid("natGateways", p.name), None)), 400,
         "InUseNatGatewayCannotBeDeleted", " and cannot be deleted. Remove it from the subnet first.",
         f"{NAT}/manage-nat-gateway"),
    # --- container groups
    Case("a part of a group that is left out", lambda p: group(p, volumes=[{"name": "v", "emptyDir": {}}]), 501,
         "NotImplemented", "The sandbox does not model volumes of container groups.", LEFT_OUT),
    Case("a group on spot", lambda p: group(p, priority="Spot"), 501, "NotImplemented",
         "The sandbox does not model container groups of sku Standard and priority Spot.", LEFT_OUT),
    Case("a group in two zones", lambda p: group(p, zones=["1", "2"]), 400, "InvalidAvailabilityZone",
         "Container group 'g' can be in one zone, and the request has 2.",
         f"{ACI}/container-instances-availability-zones"),
    Case("a group without containers", lambda p: group(p, containers=[]), 400, "InvalidContainerGroup",
         "Container group 'g' needs containers, each with a name of its own, and has [].", ACI_REST),
    Case("a variable without a value",
         lambda p: group(p, containers=[container(environmentVariables=[{"name": "A"}])]), 400,
         "InvalidEnvironmentVariable", "The environment variable 'A' of container 'connector' in container group "
         "'g' must be there once, with one of value and secureValue.",
         f"{ACI}/container-instances-environment-variables"),
    Case("a container without CPU", lambda p: group(p, containers=sized(0)), 400, "InvalidResourceRequests",
         "requests 0 CPU and 1 GB memory. Both must be above 0.", ACI_REST),
    Case("a group in two subnets", lambda p: group(p, False, subnetIds=[{"id": "x"}, {"id": "y"}]), 400,
         "InvalidSubnetIds", "Container group 'g' can be in one subnet, and the request has 2.", ACI_REST),
    Case("a private address without a subnet",
         lambda p: group(p, False, ipAddress={"type": "Private", "ports": [{"port": 80}]}), 400,
         "InvalidIPAddressType", "Container group 'g' is in no subnet, and so can have no private IP address",
         IN_VNET),
    Case("a public address in a subnet",
         lambda p: group(p, ipAddress={"type": "Public", "ports": [{"port": 80}]}), 400,
         "PublicIPAddressTypeNotSupported", "IP address type 'Public' of container group 'g' is not supported in "
         "a virtual network.", IN_VNET),
    Case("a subnet without delegation", lambda p: group(
            p, False, subnetIds=[{"id": p.subnet(p.network(), delegated=None)}]), 400,
         "SubnetMissingRequiredDelegation", "Subnet missing required delegation 'Microsoft.ContainerInstance' for "
         "container group 'g'.", "https://github.com/MicrosoftDocs/azure-docs/issues/87011"),
    Case("a full subnet", lambda p: after(
            small := p.subnet(p.network(), "a", "10.60.1.0/29"), *(p.containers(small, name) for name in "abc"),
            ask=("PUT", p.container_id("d"), p.containers_body(small))), 400, "SubnetIsFull",
         "Subnet a with address prefix 10.60.1.0/29 does not have enough capacity for 1 IP addresses.", IN_VNET),
    Case("a name server that is no address", lambda p: group(p, dnsConfig={"nameServers": ["dns"]}), 400,
         "InvalidDnsConfig", "The name servers ['dns'] of container group 'g' are no IP addresses.",
         f"{ACI}/container-instances-custom-dns"),
    Case("another size of a group", lambda p: after(
            inside := p.subnet(p.network()), p.containers(inside),
            ask=("PUT", p.container_id(), p.containers_body(inside, containers=sized(2)))), 400,
         "InvalidContainerGroupUpdate", "If you are going to update the os type, restart policy, network profile, CPU, "
         "memory or GPU resources for a container group, you must delete it first and then create a new one.",
         "https://github.com/MicrosoftDocs/azure-docs/issues/38067"),
    Case("a group that is too large", lambda p: group(p, containers=sized(4.5)), 409, "ServiceUnavailable",
         "The requested resource is not available in the location 'westeurope' at this moment. Please retry with a "
         "different resource request or in another location. Resource requested: '4.5' CPU '1' GB memory 'Linux' OS "
         "virtual network", "https://github.com/virtual-kubelet/virtual-kubelet/issues/592"),
    Case("the quota of groups", lambda p: after(quotas.set("container_groups", 0), ask=group(p)), 409,
         "ContainerGroupQuotaReached", "Resource type 'Microsoft.ContainerInstance/containerGroups' container group "
         "quota 'ContainerGroups' exceeded in region 'westeurope'. Limit: '0', Usage: '0' Requested: '1'.", LIMITS),
    Case("the logs of no container", lambda p: ("GET", f"{p.containers(None)['id']}/containers/other/logs", None), 404,
         "ContainerNotFound", "The container 'other' is not found in container group 'g'.",
         "https://learn.microsoft.com/en-us/rest/api/container-instances/containers/list-logs"),
    # --- images
    Case("no name of an image", lambda p: image(p, "Twingate/Connector:1"), 400, "InaccessibleImage",
         "The image 'Twingate/Connector:1' in container group 'g' is not accessible. Please check the image and "
         "registry credential. That is not the name of an image.", PULLS),
    Case("another image", lambda p: image(p, "nginx"), 400, "InaccessibleImage",
         "The sandbox knows twingate/connector, copies of it in other registries, and what is on mcr.microsoft.com.",
         LEFT_OUT),
    Case("a closed registry", lambda p: image(p, "acme.azurecr.io/twingate/connector:1"), 400, "InaccessibleImage",
         "The registry acme.azurecr.io lets nobody in without an account: give imageRegistryCredentials for it.",
         f"{ACI}/using-azure-container-registry-mi"),
    Case("another tag", lambda p: image(p, "twingate/connector:2"), 400, "InaccessibleImage",
         "There is no tag 2. The sandbox knows latest, 1, and versions such as 1.80 and 1.80.0.", PULLS),
    Case("too many pulls from Docker Hub", lambda p: after(quotas.set("docker_hub_pulls", 0), ask=group(p)), 409,
         "RegistryErrorResponse", "An error response is received from the docker registry 'index.docker.io'.", PULLS),
)  # fmt: skip
