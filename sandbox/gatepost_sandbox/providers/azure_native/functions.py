"""Functions of the Azure provider that programs call to find what already exists."""

from ..kind import Function
from ..values import Props
from .base import AzureKind
from .client import Azure
from .kinds import NatGateway, NetworkSecurityGroup, PublicIPAddress, ResourceGroup, Subnet, VirtualNetwork
from .shape import from_body


def _getter(kind: AzureKind, names: frozenset[str]) -> Function:
    """A function that reads one resource by its names, with all that Azure shows of it."""

    def call(api: Azure, args: Props) -> Props:
        found = from_body(api.get(kind.id_of(api, args), kind.version))
        return {**found, "azureApiVersion": kind.version}

    return Function(call, names)


_GROUP = frozenset({"resourceGroupName"})
_VNET = _GROUP | {"virtualNetworkName"}
FUNCTIONS: dict[str, Function] = {
    "azure-native:network:getSubnet": _getter(Subnet(), _VNET | {"subnetName"}),
    "azure-native:network:getVirtualNetwork": _getter(VirtualNetwork(), _VNET),
    "azure-native:network:getNatGateway": _getter(NatGateway(), _GROUP | {"natGatewayName"}),
    "azure-native:network:getNetworkSecurityGroup": _getter(
        NetworkSecurityGroup(), _GROUP | {"networkSecurityGroupName"}
    ),
    "azure-native:network:getPublicIPAddress": _getter(PublicIPAddress(), _GROUP | {"publicIpAddressName"}),
    "azure-native:resources:getResourceGroup": _getter(ResourceGroup(), _GROUP),
}
