"""The resource types: their inputs, what the service adds, and what forces a replacement."""

from typing import ClassVar

from .base import AzureKind

_TAGGED = frozenset({"location", "tags"})
_NSG = "/providers/Microsoft.Network/networkSecurityGroups/{networkSecurityGroupName}"
_TABLE = "/providers/Microsoft.Network/routeTables/{routeTableName}"
_VNET = "/providers/Microsoft.Network/virtualNetworks/{virtualNetworkName}"
_STATE = frozenset({"provisioningState"})
_ETAG = frozenset({"provisioningState", "etag"})
ID = frozenset({"id"})
SKU = frozenset({"name", "tier"})


class ResourceGroup(AzureKind):
    token = "azure-native:resources:ResourceGroup"
    template = ""
    version = "2024-03-01"
    fields = frozenset({"location", "tags", "managedBy"})
    replaces = frozenset({"location"})

    def body(self, news: dict) -> dict:
        return {k: v for k, v in super().body(news).items() if k != "properties"}


_RULE = frozenset(
    {"access", "description", "direction", "priority", "protocol"}
    | {f"{s}{w}" for s in ("source", "destination")
       for w in ("AddressPrefix", "AddressPrefixes", "PortRange", "PortRanges")}
)  # fmt: skip
_ROUTE = frozenset({"addressPrefix", "nextHopIpAddress", "nextHopType"})
_SUBNET = frozenset(
    {"addressPrefix", "addressPrefixes", "defaultOutboundAccess", "delegations", "natGateway", "networkSecurityGroup",
     "privateEndpointNetworkPolicies", "privateLinkServiceNetworkPolicies", "routeTable", "serviceEndpoints"}
)  # fmt: skip
_DELEGATION = frozenset({"name", "serviceName", "id", "type"})


class VirtualNetwork(AzureKind):
    token = "azure-native:network:VirtualNetwork"
    template = _VNET
    children = "subnets"
    fields = _TAGGED | {"addressSpace", "dhcpOptions", "subnets", "enableDdosProtection", "enableVmProtection",
                        "flowTimeoutInMinutes", "privateEndpointVNetPolicies"}  # fmt: skip
    nested: ClassVar = {"addressSpace": frozenset({"addressPrefixes"}), "dhcpOptions": frozenset({"dnsServers"})}
    members: ClassVar = {
        "subnets": _SUBNET | {"name", "id", "type"},
        "subnets.delegations": _DELEGATION,
        **{f"subnets.{key}": ID for key in ("natGateway", "networkSecurityGroup", "routeTable")},
    }
    outputs = _ETAG | {"subnets"}
    replaces = frozenset({"location"})


class Subnet(AzureKind):
    token = "azure-native:network:Subnet"
    template = f"{_VNET}/subnets/{{subnetName}}"
    child = True
    fields = _SUBNET
    nested: ClassVar = dict.fromkeys(("natGateway", "networkSecurityGroup", "routeTable"), ID)
    members: ClassVar = {"delegations": _DELEGATION}
    outputs = _ETAG


class VirtualNetworkPeering(AzureKind):
    token = "azure-native:network:VirtualNetworkPeering"
    template = f"{_VNET}/virtualNetworkPeerings/{{virtualNetworkPeeringName}}"
    child = True
    fields = frozenset({"allowForwardedTraffic", "allowGatewayTransit", "allowVirtualNetworkAccess",
                        "remoteVirtualNetwork", "useRemoteGateways"})  # fmt: skip
    nested: ClassVar = {"remoteVirtualNetwork": ID}
    outputs = _ETAG | {"peeringState"}


class NetworkSecurityGroup(AzureKind):
    token = "azure-native:network:NetworkSecurityGroup"
    template = _NSG
    children = "securityRules"
    fields = _TAGGED | {"flushConnection", "securityRules"}
    members: ClassVar = {"securityRules": _RULE | {"name", "id", "type"}}
    outputs = _ETAG | {"securityRules", "defaultSecurityRules"}


class SecurityRule(AzureKind):
    token = "azure-native:network:SecurityRule"
    template = f"{_NSG}/securityRules/{{securityRuleName}}"
    child = True
    fields = _RULE
    outputs = _ETAG


class PublicIPAddress(AzureKind):
    token = "azure-native:network:PublicIPAddress"
    template = "/providers/Microsoft.Network/publicIPAddresses/{publicIpAddressName}"
    fields = _TAGGED | {"idleTimeoutInMinutes", "publicIPAddressVersion", "publicIPAllocationMethod", "publicIPPrefix",
                        "sku", "zones"}  # fmt: skip
    nested: ClassVar = {"publicIPPrefix": ID, "sku": SKU}
    outputs = _ETAG | {"ipAddress"}
    replaces = frozenset({"location", "publicIPAddressVersion", "publicIPPrefix", "sku"})


class PublicIPPrefix(AzureKind):
    token = "azure-native:network:PublicIPPrefix"
    template = "/providers/Microsoft.Network/publicIPPrefixes/{publicIpPrefixName}"
    fields = _TAGGED | {"prefixLength", "publicIPAddressVersion", "sku", "zones"}
    nested: ClassVar = {"sku": SKU}
    outputs = _ETAG | {"ipPrefix"}


class NatGateway(AzureKind):
    token = "azure-native:network:NatGateway"
    template = "/providers/Microsoft.Network/natGateways/{natGatewayName}"
    fields = _TAGGED | {"idleTimeoutInMinutes", "publicIpAddresses", "publicIpPrefixes", "sku", "zones"}
    nested: ClassVar = {"sku": frozenset({"name"})}
    members: ClassVar = {"publicIpAddresses": ID, "publicIpPrefixes": ID}
    outputs = _ETAG


class RouteTable(AzureKind):
    token = "azure-native:network:RouteTable"
    template = _TABLE
    children = "routes"
    fields = _TAGGED | {"disableBgpRoutePropagation", "routes"}
    members: ClassVar = {"routes": _ROUTE | {"name", "id", "type"}}
    outputs = _ETAG | {"routes"}


class Route(AzureKind):
    token = "azure-native:network:Route"
    template = f"{_TABLE}/routes/{{routeName}}"
    child = True
    fields = _ROUTE
    outputs = _ETAG


class ContainerGroup(AzureKind):
    """Azure changes only some of it in place: the rest is refused by Azure itself, not replaced by the provider."""

    token = "azure-native:containerinstance:ContainerGroup"
    template = "/providers/Microsoft.ContainerInstance/containerGroups/{containerGroupName}"
    version = "2024-05-01-preview"
    sku_inside = True
    fields = _TAGGED | {"containers", "diagnostics", "dnsConfig", "imageRegistryCredentials", "ipAddress", "osType",
                        "priority", "restartPolicy", "sku", "subnetIds", "zones"}  # fmt: skip
    nested: ClassVar = {
        "diagnostics": frozenset({"logAnalytics"}),
        "dnsConfig": frozenset({"nameServers", "options", "searchDomains"}),
        "ipAddress": frozenset({"ports", "type", "ip", "autoGeneratedDomainNameLabelScope"}),
    }
    members: ClassVar = {
        "containers": frozenset({"name", "image", "command", "environmentVariables", "resources", "ports",
                                 "livenessProbe", "readinessProbe", "securityContext"}),
        "containers.environmentVariables": frozenset({"name", "value", "secureValue"}),
        "subnetIds": frozenset({"id", "name"}),
    }  # fmt: skip
    hidden = frozenset({"secureValue", "password", "workspaceKey"})
    outputs = _STATE | {"instanceView"}
    replaces = frozenset({"location"})


KINDS: tuple[type[AzureKind], ...] = (
    ResourceGroup,
    VirtualNetwork,
    Subnet,
    VirtualNetworkPeering,
    NetworkSecurityGroup,
    SecurityRule,
    PublicIPAddress,
    PublicIPPrefix,
    NatGateway,
    RouteTable,
    Route,
    ContainerGroup,
)
