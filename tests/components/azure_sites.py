"""A site on Azure, as the tests make it, and ids as Azure gives them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import recorder
from recorder import Deployment

from gatepost.azure import ConnectorSite, ConnectorSiteArgs, NetworkRef
from gatepost.labels import Labels
from gatepost.rollout import GateArgs
from gatepost.site import SlotArgs

LABELS = Labels(environment="dev", network="payments", site="west")
SITE = "payments-west"
GROUP = "azure-native:containerinstance:ContainerGroup"
RULE = "azure-native:network:SecurityRule"
RESOURCES = "azure-native:resources:ResourceGroup"
ADDRESS = "azure-native:network:PublicIPAddress"
CONNECTOR = "twingate:index/twingateConnector:TwingateConnector"
TOKENS = "twingate:index/twingateConnectorTokens:TwingateConnectorTokens"
LIST = "twingate:index/getTwingateConnectors:getTwingateConnectors"
GET_SUBNET = "azure-native:network:getSubnet"
GET_VNET = "azure-native:network:getVirtualNetwork"
_NETWORK = "providers/Microsoft.Network"
_PATHS: Mapping[str, str] = {
    RESOURCES: "",
    "azure-native:network:VirtualNetwork": f"{_NETWORK}/virtualNetworks/{{name}}",
    "azure-native:network:Subnet": f"{_NETWORK}/virtualNetworks/{{virtualNetworkName}}/subnets/{{subnetName}}",
    "azure-native:network:NetworkSecurityGroup": f"{_NETWORK}/networkSecurityGroups/{{name}}",
    "azure-native:network:RouteTable": f"{_NETWORK}/routeTables/{{name}}",
    "azure-native:network:NatGateway": f"{_NETWORK}/natGateways/{{name}}",
    ADDRESS: f"{_NETWORK}/publicIPAddresses/{{name}}",
    GROUP: "providers/Microsoft.ContainerInstance/containerGroups/{name}",
}
"""Ids below the resource group."""


def rid(path: str, group: str = "acme") -> str:
    """The id of a resource of ``Microsoft.Network``."""
    return f"/subscriptions/s1/resourceGroups/{group}/{_NETWORK}/{path}"


VNET = rid("virtualNetworks/main")
GUARD = rid("networkSecurityGroups/guard")
SUBNETS = {zone: f"{VNET}/subnets/hosts-{zone}" for zone in "12"}
NETWORK = NetworkRef(
    region="westeurope",
    resource_group="hosts",
    vpc_id=VNET,
    subnets=SUBNETS,
    exit_addresses={"1": "203.0.113.1", "2": "203.0.113.2"},
    security_group_id=GUARD,
)
SLOTS = {"a": SlotArgs(), "b": SlotArgs()}
BY_NAT = dict.fromkeys("abc", "203.0.113.1")


def ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Teach the recorder the ids of Azure, with names that end in digits as the provider makes them, and addresses."""
    plain = recorder._Mocks.new_resource

    def named(self: Any, args: Any) -> tuple[str, dict[str, Any]]:
        given, state = plain(self, args)
        if args.typ in _PATHS and not args.resource_id:
            name = f"{args.name}0a1b2c3d"
            group = name if args.typ == RESOURCES else args.inputs["resourceGroupName"]
            path = _PATHS[args.typ].format_map({**args.inputs, "name": name})
            given = f"/subscriptions/s1/resourceGroups/{group}/{path}".rstrip("/")
        return given, state

    monkeypatch.setattr(recorder._Mocks, "new_resource", named)
    monkeypatch.setitem(recorder.COMPUTED, ADDRESS, public_address)


def public_address(name: str) -> dict[str, Any]:
    """What Azure shows of a free address that an exit could have."""
    return {
        "ipAddress": f"203.0.113.{ord(name[-1])}",
        "location": "westeurope",
        "sku": {"name": "Standard", "tier": "Regional"},
        "publicIPAllocationMethod": "Static",
        "publicIPAddressVersion": "IPv4",
    }


def args(**over: Any) -> ConnectorSiteArgs:
    """Arguments of a site with two slots behind NAT, but for what is given."""
    given: dict[str, Any] = {
        "tenant": "acme",
        "remote_network_id": "network-1",
        "network": NETWORK,
        "labels": LABELS,
        "slots": SLOTS,
        "gate": GateArgs(poll_seconds=0.001, timeout_seconds=0.05),
    }
    return ConnectorSiteArgs(**(given | over))


def subnet(**over: Any) -> dict[str, Any]:
    """What Azure answers about a subnet."""
    found: dict[str, Any] = {
        "addressPrefix": "10.60.0.0/28",
        "delegations": [{"name": "d", "serviceName": "Microsoft.ContainerInstance/containerGroups"}],
        "natGateway": {"id": rid("natGateways/nat")},
        "networkSecurityGroup": {"id": GUARD},
    }
    return {key: value for key, value in (found | over).items() if value is not None}


def network_answers(
    of_subnet: Mapping[str, Any] | None = None, dns: Sequence[str] = (), region: str = "westeurope"
) -> dict[str, Any]:
    """What Azure answers about the network."""
    return {
        GET_SUBNET: lambda _: subnet(**of_subnet or {}),
        GET_VNET: lambda _: {"location": region, "dhcpOptions": {"dnsServers": list(dns)}},
    }


def alive(exits: Mapping[str, str] = BY_NAT) -> dict[str, Any]:
    """What Twingate answers: the slots that are ALIVE, and the address that each leaves by. Azure's network is fit."""
    found = [{"id": f"{SITE}-{slot}-id", "state": "ALIVE", "publicIp": address} for slot, address in exits.items()]
    return {LIST: lambda _: {"connectors": found}, **network_answers()}


def site(**over: Any) -> ConnectorSite:
    """The site of ``args``."""
    return ConnectorSite(SITE, args(**over))


def build(deploy: Any, exits: Mapping[str, str] = BY_NAT, seen: Deployment | None = None, **over: Any) -> Deployment:
    """The site, while Twingate says that its slots live by the given addresses."""
    return deploy(lambda: site(**over), answers=alive(exits), seen=seen)


def after(seen: Deployment, slot: str) -> set[str]:
    """The hosts that the Connector of a slot waits for."""
    names = {urn.rpartition("::")[2] for urn in seen.request(f"{SITE}-{slot}", CONNECTOR).dependencies}
    return {name for name in names if name.endswith("-host-group")}
