"""Microsoft's own clients: they poll the operations and find what they look for in the answers."""

import pytest
from azure.core.exceptions import HttpResponseError
from sandbox.azure.cloud import LOCATION, STANDARD, SUBSCRIPTION, Cloud, Place, container, subnet
from sandbox.azure.official import Clients


def test_a_whole_site(cloud: Cloud) -> None:
    made_by = Clients(cloud.url, SUBSCRIPTION)
    resources, network, containers = made_by.resources, made_by.network, made_by.containers
    assert resources.resource_groups.create_or_update("rg", {"location": LOCATION}).name == "rg"
    static = {"location": LOCATION, "sku": STANDARD, "properties": {"publicIPAllocationMethod": "Static"}}
    address = network.public_ip_addresses.begin_create_or_update("rg", "ip", static).result()
    given = {"location": LOCATION, "sku": STANDARD, "properties": {"publicIpAddresses": [{"id": address.id}]}}
    gateway = network.nat_gateways.begin_create_or_update("rg", "nat", given).result()
    space = {"location": LOCATION, "properties": {"addressSpace": {"addressPrefixes": ["10.60.0.0/16"]}}}
    network.virtual_networks.begin_create_or_update("rg", "net", space).result()
    part = {"properties": subnet("10.60.1.0/24", natGateway=gateway.id)}
    made = network.subnets.begin_create_or_update("rg", "net", "a", part).result()
    assert (made.provisioning_state, made.nat_gateway.id) == ("Succeeded", gateway.id)
    body = Place(cloud, "rg").containers_body(made.id, containers=[container()])
    group = containers.container_groups.begin_create_or_update("rg", "c", body).result()
    assert (group.provisioning_state, group.instance_view.state) == ("Succeeded", "Running")
    assert [g.name for g in network.nat_gateways.list("rg")] == ["nat"]
    with pytest.raises(HttpResponseError) as refused:
        network.subnets.begin_delete("rg", "net", "a").result()
    assert refused.value.error is not None
    assert refused.value.error.code == "InUseSubnetCannotBeDeleted"
    containers.container_groups.begin_delete("rg", "c").result()
    network.subnets.begin_delete("rg", "net", "a").result()
    resources.resource_groups.begin_delete("rg").result()
    assert cloud.state.resources == {}
