"""One row for each resource type of the provider: inputs that make one, and what a change of each input does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.azure.cloud import CONTAINERS, IMAGE, STANDARD, Place

Props = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """The input ``key`` gets the value ``to``, which replaces the resource or is made in place."""

    key: str
    to: Callable[[Place], Any]
    replaces: bool


@dataclass(frozen=True)
class Row:
    token: str
    inputs: Callable[[Place], Props]
    changes: tuple[Change, ...]


def new(key: str, to: Any) -> Change:
    return Change(key, to if callable(to) else lambda _: to, True)


def same(key: str, to: Any) -> Change:
    return Change(key, to if callable(to) else lambda _: to, False)


def named(key: str) -> tuple[Change, ...]:
    return new(key, "other"), new("resourceGroupName", "other")


TAGS = same("tags", {"kept": "new", "came": "here"})
OLD_TAGS = {"kept": "old", "gone": "soon"}
PLACE = new("location", "northeurope")
FAR = Change("location", lambda _: "northeurope", False)  # Azure refuses it; the provider knows no better
TCP = {"access": "Allow", "direction": "Outbound", "protocol": "Tcp", "priority": 100, "sourcePortRange": "*",
       "sourceAddressPrefix": "*", "destinationAddressPrefix": "Internet", "destinationPortRange": "443"}  # fmt: skip
DELEGATIONS = [{"name": "groups", "serviceName": CONTAINERS}]


def with_id(make: Callable[[Place], str]) -> Callable[[Place], Props]:
    return lambda p: {"id": make(p)}


def in_group(p: Place, key: str, **more: Any) -> Props:
    return {"resourceGroupName": p.name, key: f"{p.name}-x", **more}


def container(*, image: str = IMAGE, **more: Any) -> Props:
    requests = {"requests": {"cpu": 1, "memoryInGB": 2}}
    return {"name": "connector", "image": image, "resources": requests, **more}


def a_subnet(p: Place) -> str:
    return p.subnet(p.network("used"))


def a_peer(p: Place) -> Props:
    return {"remoteVirtualNetwork": {"id": p.network("far", "10.80.0.0/16")}}


ROWS = (
    Row(
        "azure-native:resources:ResourceGroup",
        lambda p: {"resourceGroupName": f"{p.name}-x", "location": "westeurope", "tags": OLD_TAGS},
        (new("resourceGroupName", "other"), PLACE, TAGS, same("managedBy", "someone")),
    ),
    Row(
        "azure-native:network:VirtualNetwork",
        lambda p: in_group(
            p, "virtualNetworkName", location="westeurope", tags=OLD_TAGS,
            addressSpace={"addressPrefixes": ["10.70.0.0/16"]},
            subnets=[{"name": "a", "addressPrefix": "10.70.1.0/24", "delegations": DELEGATIONS}],
        ),
        (
            *named("virtualNetworkName"), PLACE, TAGS,
            same("addressSpace", {"addressPrefixes": ["10.70.0.0/16", "10.71.0.0/16"]}),
            same("dhcpOptions", {"dnsServers": ["10.70.0.4"]}),
            same("subnets", [{"name": "b", "addressPrefix": "10.70.1.0/24", "defaultOutboundAccess": False}]),
            same("enableDdosProtection", True), same("enableVmProtection", True),
            same("flowTimeoutInMinutes", 10),
            same("privateEndpointVNetPolicies", "Basic"),
        ),
    ),
    Row(
        "azure-native:network:Subnet",
        lambda p: {"resourceGroupName": p.name, "virtualNetworkName": p.name, "subnetName": "a",
                   "addressPrefix": "10.60.1.0/24", "delegations": DELEGATIONS, "defaultOutboundAccess": False},
        (
            *named("virtualNetworkName"), new("subnetName", "b"),
            same("addressPrefix", "10.60.2.0/24"),
            same("addressPrefixes", ["10.60.3.0/24"]),
            same("defaultOutboundAccess", True),
            same("delegations", [{"name": "web", "serviceName": "Microsoft.Web/serverFarms"}]),
            same("natGateway", with_id(lambda p: p.gateway())),
            same("networkSecurityGroup", with_id(lambda p: p.rules())),
            same("routeTable", with_id(lambda p: p.simple("routeTables")["id"])),
            same("privateEndpointNetworkPolicies", "Enabled"),
            same("privateLinkServiceNetworkPolicies", "Disabled"),
            same("serviceEndpoints", [{"service": "Microsoft.Storage"}]),
        ),
    ),
    Row(
        "azure-native:network:VirtualNetworkPeering",
        lambda p: {"resourceGroupName": p.name, "virtualNetworkName": p.name, "virtualNetworkPeeringName": "a",
                   **a_peer(p)},
        (
            *named("virtualNetworkName"), new("virtualNetworkPeeringName", "b"),
            same("allowForwardedTraffic", True), same("allowGatewayTransit", True),
            same("allowVirtualNetworkAccess", False),
            same("remoteVirtualNetwork", with_id(lambda p: p.network("third", "10.90.0.0/16"))),
        ),
    ),
    Row(
        "azure-native:network:NetworkSecurityGroup",
        lambda p: in_group(
            p, "networkSecurityGroupName", location="westeurope", tags=OLD_TAGS, securityRules=[{"name": "a", **TCP}]
        ),
        (
            *named("networkSecurityGroupName"), FAR, TAGS,
            same("flushConnection", True),
            same("securityRules", [{"name": "b", **TCP, "description": "what"}]),
        ),
    ),
    Row(
        "azure-native:network:SecurityRule",
        lambda p: {"resourceGroupName": p.name, "networkSecurityGroupName": p.name, "securityRuleName": "a", **TCP},
        (
            *named("networkSecurityGroupName"), new("securityRuleName", "b"),
            same("access", "Deny"), same("direction", "Inbound"), same("protocol", "*"), same("priority", 200),
            same("description", "what"),
            same("sourcePortRange", "1-65535"), same("sourceAddressPrefix", "10.0.0.0/8"),
            same("destinationPortRange", "80"), same("destinationAddressPrefix", "VirtualNetwork"),
            same("sourcePortRanges", ["1-2"]), same("sourceAddressPrefixes", ["10.0.0.0/9"]),
            same("destinationPortRanges", ["80", "81"]), same("destinationAddressPrefixes", ["10.0.0.0/9"]),
        ),
    ),
    Row(
        "azure-native:network:PublicIPAddress",
        lambda p: in_group(p, "publicIpAddressName", location="westeurope", tags=OLD_TAGS, sku=STANDARD,
                           publicIPAllocationMethod="Static", zones=["1"]),
        (
            *named("publicIpAddressName"), PLACE, TAGS,
            same("idleTimeoutInMinutes", 10),
            new("publicIPAddressVersion", "IPv6"),
            new("publicIPPrefix", {"id": "/subscriptions/x"}),
            new("sku", {"name": "StandardV2"}),
        ),
    ),
    Row(
        "azure-native:network:PublicIPPrefix",
        lambda p: in_group(p, "publicIpPrefixName", location="westeurope", tags=OLD_TAGS, sku=STANDARD,
                           prefixLength=31),
        (*named("publicIpPrefixName"), FAR, TAGS),
    ),
    Row(
        "azure-native:network:NatGateway",
        lambda p: in_group(p, "natGatewayName", location="westeurope", tags=OLD_TAGS, sku=STANDARD, zones=["1"]),
        (
            *named("natGatewayName"), FAR, TAGS,
            same("idleTimeoutInMinutes", 10),
            same("publicIpAddresses", lambda p: [{"id": p.address()["id"]}]),
            same("publicIpPrefixes", lambda p: [
                {"id": p.simple("publicIPPrefixes", "", {"prefixLength": 31}, sku=STANDARD)["id"]}
            ]),
        ),
    ),
    Row(
        "azure-native:network:RouteTable",
        lambda p: in_group(p, "routeTableName", location="westeurope", tags=OLD_TAGS,
                           routes=[{"name": "a", "addressPrefix": "10.0.0.0/8", "nextHopType": "None"}]),
        (
            *named("routeTableName"), FAR, TAGS,
            same("disableBgpRoutePropagation", True),
            same("routes", [{"name": "b", "addressPrefix": "10.0.0.0/8", "nextHopType": "Internet"}]),
        ),
    ),
    Row(
        "azure-native:network:Route",
        lambda p: {"resourceGroupName": p.name, "routeTableName": p.name, "routeName": "a",
                   "addressPrefix": "10.0.0.0/8", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.60.0.4"},
        (
            *named("routeTableName"), new("routeName", "b"),
            same("addressPrefix", "10.0.0.0/9"), same("nextHopIpAddress", "10.60.0.5"),
        ),
    ),
    Row(
        "azure-native:containerinstance:ContainerGroup",
        lambda p: in_group(
            p, "containerGroupName", location="westeurope", tags=OLD_TAGS, osType="Linux",
            sku="Standard", priority="Regular", zones=["1"],
            subnetIds=[{"id": a_subnet(p)}],
            containers=[container(environmentVariables=[{"name": "A", "value": "x"},
                                                        {"name": "B", "secureValue": "hunter2"}])],
            imageRegistryCredentials=[{"server": "a.azurecr.io", "username": "u", "password": "hunter3"}],
            diagnostics={"logAnalytics": {"workspaceId": "w", "workspaceKey": "hunter4"}},
        ),
        (
            *named("containerGroupName"), PLACE, TAGS,
            same("containers", [container(image="twingate/connector:1.80.0", ports=[{"port": 9090}],
                                          environmentVariables=[{"name": "B", "secureValue": "hunter5"}])]),
            same("imageRegistryCredentials", [{"server": "b.azurecr.io", "username": "u", "password": "hunter6"}]),
            same("diagnostics", {"logAnalytics": {"workspaceId": "w2", "workspaceKey": "hunter4"}}),
        ),
    ),
)  # fmt: skip
