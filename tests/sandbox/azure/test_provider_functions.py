"""Functions of the provider: what they find, and what they refuse."""

import importlib

import grpc
import pytest
from sandbox.azure.cloud import CONTAINERS, Place, rule
from sandbox.providers.engine import Engine

from gatepost_sandbox.providers.azure_native import FUNCTIONS, KINDS, SDK


def test_a_subnet(azure: Engine, place: Place) -> None:
    gateway = place.gateway()
    made = place.subnet(place.network(), natGateway=gateway)
    names = {"resourceGroupName": place.name, "virtualNetworkName": place.name, "subnetName": "a"}
    found, failures = azure.invoke("azure-native:network:getSubnet", **names)
    assert failures == {}
    assert (found["id"], found["addressPrefix"], found["natGateway"]) == (made, "10.60.1.0/24", {"id": gateway})
    assert found["delegations"][0]["serviceName"] == CONTAINERS


def test_a_network(azure: Engine, place: Place) -> None:
    made = place.network(dhcpOptions={"dnsServers": ["10.60.0.4"]})
    place.subnet(made)
    names = {"resourceGroupName": place.name, "virtualNetworkName": place.name}
    found, _ = azure.invoke("azure-native:network:getVirtualNetwork", **names)
    assert (found["id"], found["location"], found["azureApiVersion"]) == (made, "westeurope", "2024-05-01")
    assert (found["addressSpace"], found["dhcpOptions"]) == (
        {"addressPrefixes": ["10.60.0.0/16"]}, {"dnsServers": ["10.60.0.4"]})  # fmt: skip
    assert [(s["name"], s["addressPrefix"]) for s in found["subnets"]] == [("a", "10.60.1.0/24")]


def test_an_address(azure: Engine, place: Place) -> None:
    made = place.address()
    names = {"resourceGroupName": place.name, "publicIpAddressName": place.name}
    found, _ = azure.invoke("azure-native:network:getPublicIPAddress", **names)
    assert (found["id"], found["ipAddress"]) == (made["id"], made["properties"]["ipAddress"])
    assert (found["sku"], found["publicIPAllocationMethod"]) == ({"name": "Standard", "tier": "Regional"}, "Static")


def test_a_resource_group_and_what_is_in_it(azure: Engine, place: Place) -> None:
    found, _ = azure.invoke("azure-native:resources:getResourceGroup", resourceGroupName=place.name)
    assert (found["id"], found["location"]) == (place.group, "westeurope")
    address = place.address()["id"]
    gateway, rules = place.gateway("", address), place.rules("", [rule("a", 100)])
    found, _ = azure.invoke(
        "azure-native:network:getNatGateway", resourceGroupName=place.name, natGatewayName=place.name
    )  # fmt: skip
    assert (found["id"], found["publicIpAddresses"]) == (gateway, [{"id": address}])
    names = {"resourceGroupName": place.name, "networkSecurityGroupName": place.name}
    found, _ = azure.invoke("azure-native:network:getNetworkSecurityGroup", **names)
    assert (found["id"], [(r["name"], r["priority"]) for r in found["securityRules"]]) == (rules, [("a", 100)])


def test_what_is_not_there_is_told(azure: Engine, place: Place) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        azure.invoke(
            "azure-native:network:getVirtualNetwork", resourceGroupName=place.name, virtualNetworkName="none"
        )  # fmt: skip
    error: object = refused.value
    assert isinstance(error, grpc.Call)
    assert 'Status=404 Code="ResourceNotFound"' in str(error.details())


def test_an_argument_that_is_not_modelled_is_refused(azure: Engine) -> None:
    _, failures = azure.invoke("azure-native:network:getSubnet", expand="x")
    assert list(failures) == ["expand"]


def test_the_sdk_has_every_type_and_function() -> None:
    for token in (*(kind.token for kind in KINDS), *FUNCTIONS):
        _, module, name = token.split(":")
        home = importlib.import_module(f"{SDK}.{module}")
        python = name.replace("PublicIP", "PublicIp") if token in FUNCTIONS else name
        python = "".join(f"_{c.lower()}" if c.isupper() else c for c in python) if token in FUNCTIONS else python
        assert hasattr(home, python), token
