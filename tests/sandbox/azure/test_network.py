"""Virtual networks, subnets, security rules and routes."""

from typing import Any

import pytest
from sandbox.azure.cloud import CONTAINERS, STANDARD, Place, container, rule, subnet

from gatepost_sandbox.azure.security import default_rules

# --- networks and subnets


@pytest.mark.parametrize(
    ("blocks", "code"),
    [
        (["10.60.0.1/16"], "InvalidCIDRNotation"),
        (["10.60.0.0"], "InvalidAddressPrefixFormat"),
        (["10.60.0.0/33"], "InvalidAddressPrefixFormat"),
        (["ten"], "InvalidAddressPrefixFormat"),
        (["10.60.0.0/16", "10.60.3.0/24"], "NetcfgInvalidVirtualNetworkPrefixes"),
        (["10.60.0.0/16", "10.61.0.0/16"], None),
    ],
)
def test_the_space_of_a_network(place: Place, blocks: list[str], code: str | None) -> None:
    reply = place.cloud.call("PUT", place.rid("virtualNetworks", "v"), place.network_body(*blocks))
    assert reply.body.get("error", {}).get("code") == code


def test_a_network_needs_a_space(place: Place) -> None:
    body = {"location": place.location, "properties": {}}
    assert place.cloud.code(place.rid("virtualNetworks", "v"), body) == "InvalidRequestFormat"


def test_dns_servers_are_addresses(place: Place) -> None:
    body = place.network_body(dhcpOptions={"dnsServers": ["10.60.0.4", "dns"]})
    assert place.cloud.code(place.rid("virtualNetworks", "v"), body) == "InvalidIPAddressFormat"


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("10.60.1.0/25", "NetcfgSubnetRangesOverlap"),
        ("10.60.0.0/20", "NetcfgSubnetRangesOverlap"),
        ("10.61.0.0/24", "NetcfgSubnetRangeOutsideVnet"),
        ("10.0.0.0/8", "NetcfgSubnetRangeOutsideVnet"),
        ("10.60.2.1/24", "InvalidCIDRNotation"),
        ("10.60.2.0/24", None),
    ],
)
def test_the_range_of_a_subnet(place: Place, block: str, code: str | None) -> None:
    network = place.network()
    place.subnet(network, "a", "10.60.1.0/24")
    reply = place.cloud.call("PUT", f"{network}/subnets/b", {"properties": subnet(block)})
    assert reply.body.get("error", {}).get("code") == code


def test_a_subnet_needs_a_range(place: Place) -> None:
    assert place.cloud.code(f"{place.network()}/subnets/b", {"properties": {}}) == "InvalidRequestFormat"


def test_a_network_keeps_the_ranges_of_its_subnets(place: Place) -> None:
    network = place.network()
    place.subnet(network)
    assert place.cloud.code(network, place.network_body("10.61.0.0/16")) == "NetcfgSubnetRangeOutsideVnet"


def test_subnets_inline_and_on_their_own_are_the_same(place: Place) -> None:
    listed = [{"name": "a", "properties": subnet("10.60.1.0/24", defaultOutboundAccess=False)}]
    network = place.network("", subnets=listed)
    (shown,) = place.cloud.get(network)["properties"]["subnets"]
    assert shown == place.cloud.get(f"{network}/subnets/a")
    assert (shown["properties"]["defaultOutboundAccess"], shown["type"]) == (
        False, "Microsoft.Network/virtualNetworks/subnets")  # fmt: skip
    assert shown["properties"]["delegations"][0]["properties"] == {
        "serviceName": CONTAINERS, "provisioningState": "Succeeded"}  # fmt: skip


def test_a_network_without_the_list_keeps_its_subnets(place: Place) -> None:
    network = place.network()
    place.subnet(network)
    names = []
    for more in ({}, {"subnets": [{"name": "b", "properties": {"addressPrefix": "10.60.1.0/24"}}]}, {"subnets": []}):
        made = place.cloud.put(network, place.network_body(**more))
        names.append([s["name"] for s in made["properties"]["subnets"]])
    assert names == [["a"], ["b"], []]


def test_an_inline_part_needs_a_name(place: Place) -> None:
    body = place.network_body(subnets=[{"properties": {"addressPrefix": "10.60.1.0/24"}}])
    assert place.cloud.code(place.rid("virtualNetworks", "v"), body) == "InvalidRequestFormat"


@pytest.mark.parametrize("service", ["Microsoft.ContainerInstance/containerGroup", None])
def test_a_delegation_names_a_service(place: Place, service: str | None) -> None:
    delegation = {"name": "d", "properties": {"serviceName": service}}
    body = {"properties": {"addressPrefix": "10.60.1.0/24", "delegations": [delegation]}}
    assert place.cloud.code(f"{place.network()}/subnets/a", body) == "InvalidServiceDelegation"


def test_what_a_subnet_uses_is_in_its_location(place: Place) -> None:
    gateway = {"location": "northeurope", "sku": STANDARD, "properties": {}}
    made = place.cloud.put(place.rid("natGateways", "far"), gateway)["id"]
    body = {"properties": subnet("10.60.1.0/24", natGateway=made)}
    assert place.cloud.code(f"{place.network()}/subnets/a", body) == "InvalidResourceReference"


def test_a_subnet_in_use_stays_as_it_is(place: Place) -> None:
    network = place.network()
    made = place.subnet(network)
    group = place.containers(made)["id"]
    code = place.cloud.code
    assert code(made, {"properties": subnet("10.60.2.0/24")}) == "InUseSubnetCannotBeUpdated"
    assert code(made, {"properties": subnet("10.60.1.0/24", delegated=None)}) == "SubnetMissingRequiredDelegation"
    for rid in (made, network):
        status, refused, text = place.cloud.refused("DELETE", rid)
        assert (status, refused) == (400, "InUseSubnetCannotBeDeleted")
        assert text.startswith(f"Subnet a is in use by {made}/serviceAssociationLinks/acisal (container group {group})")
    assert code(network, place.network_body(subnets=[])) == "InUseSubnetCannotBeDeleted"
    place.cloud.delete(group)
    place.cloud.delete(network)
    assert place.cloud.refused("GET", made)[0] == 404


# --- security rules


def test_a_group_has_six_rules_of_its_own(place: Place) -> None:
    made = place.cloud.get(place.rules())
    found = [(r["name"], r["properties"]["priority"]) for r in made["properties"]["defaultSecurityRules"]]
    assert found == [
        ("AllowVnetInBound", 65000), ("AllowAzureLoadBalancerInBound", 65001), ("DenyAllInBound", 65500),
        ("AllowVnetOutBound", 65000), ("AllowInternetOutBound", 65001), ("DenyAllOutBound", 65500),
    ]  # fmt: skip
    assert made["properties"]["defaultSecurityRules"] == default_rules(made)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"priority": 99}, "SecurityRuleInvalidPriority"),
        ({"priority": 4097}, "SecurityRuleInvalidPriority"),
        ({"priority": 200}, "SecurityRuleConflict"),
        ({"priority": 200, "direction": "Inbound"}, None),
        ({"destinationPortRange": "443-80"}, "SecurityRuleInvalidPortRange"),
        ({"destinationPortRange": "65536"}, "SecurityRuleInvalidPortRange"),
        ({"sourcePortRange": "http"}, "SecurityRuleInvalidPortRange"),
        ({"destinationPortRange": None}, "SecurityRuleParameterContainsInvalidValue"),
        ({"destinationAddressPrefix": None}, "SecurityRuleParameterContainsInvalidValue"),
        ({"destinationAddressPrefix": "10.0.0.256"}, "SecurityRuleInvalidAddressPrefix"),
        ({"destinationAddressPrefix": "10.0.0.1/8"}, "InvalidCIDRNotation"),
        ({"destinationAddressPrefix": "10.0.0.1"}, None),
        ({"access": "Permit"}, "InvalidRequestFormat"),
        ({"protocol": "Tcp"}, None),
        ({"protocol": "6"}, "InvalidRequestFormat"),
        ({"direction": None}, "InvalidRequestFormat"),
    ],
)
def test_rules_are_checked(place: Place, change: dict[str, Any], code: str | None) -> None:
    group = place.rules("", [rule("first", 200)])
    body = rule("second", **{"priority": 300, **change})
    reply = place.cloud.call("PUT", f"{group}/securityRules/second", body)
    assert reply.body.get("error", {}).get("code") == code


def test_a_service_tag_that_the_sandbox_does_not_know_is_told(place: Place) -> None:
    body = rule("r", 100, destinationAddressPrefix="Storage")
    assert place.cloud.refused("PUT", f"{place.rules()}/securityRules/r", body) == (
        501,
        "NotImplemented",
        "The sandbox does not model the service tag Storage; it knows Internet, VirtualNetwork, AzureLoadBalancer, "
        "AzurePlatformDNS, AzurePlatformIMDS.",
    )


def test_two_rules_may_swap_their_priorities_inline(place: Place) -> None:
    place.rules("", [rule("a", 100), rule("b", 200)])
    group = place.rules("", [rule("c", 200), rule("b", 100)])
    found = place.cloud.get(group)["properties"]["securityRules"]
    assert {r["name"]: r["properties"]["priority"] for r in found} == {"b": 100, "c": 200}


def test_a_group_without_the_list_loses_its_rules(place: Place) -> None:
    group = place.rules("", [rule("a", 100)])
    made = place.cloud.put(group, {"location": place.location})
    assert made["properties"]["securityRules"] == []


def test_a_group_in_use_stays(place: Place) -> None:
    group = place.rules()
    used_by = place.subnet(place.network(), networkSecurityGroup=group)
    assert place.cloud.get(group)["properties"]["subnets"] == [{"id": used_by}]
    assert place.cloud.refused("DELETE", group)[:2] == (400, "InUseNetworkSecurityGroupCannotBeDeleted")


# --- routes


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"addressPrefix": "10.0.0.0/8", "nextHopType": "Internet"}, None),
        ({"addressPrefix": "10.9.0.0/16", "nextHopType": "None"}, "RouteConflict"),
        ({"addressPrefix": "10.0.0.0/8", "nextHopType": "VirtualAppliance"}, "InvalidNextHopIpAddress"),
        ({"addressPrefix": "10.0.0.0/8", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "x"},
         "InvalidNextHopIpAddress"),
        ({"addressPrefix": "10.0.0.0/8", "nextHopType": "Internet", "nextHopIpAddress": "10.60.0.4"},
         "InvalidNextHopIpAddress"),
        ({"addressPrefix": "10.0.0.0/8", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.60.0.4"}, None),
        ({"nextHopType": "Internet"}, "InvalidRequestFormat"),
        ({"addressPrefix": "10.0.0.1/8", "nextHopType": "Internet"}, "InvalidCIDRNotation"),
        ({"addressPrefix": "10.0.0.0/8", "nextHopType": "Nowhere"}, "InvalidRequestFormat"),
    ],
)  # fmt: skip
def test_routes_are_checked(place: Place, properties: dict[str, Any], code: str | None) -> None:
    first = {"name": "first", "properties": {"addressPrefix": "10.9.0.0/16", "nextHopType": "None"}}
    table = place.simple("routeTables", "", {"routes": [first]})["id"]
    reply = place.cloud.call("PUT", f"{table}/routes/second", {"properties": properties})
    assert reply.body.get("error", {}).get("code") == code


def test_a_route_table_in_use_stays(place: Place) -> None:
    table = place.simple("routeTables")["id"]
    used_by = place.subnet(place.network(), routeTable=table)
    assert place.cloud.get(table)["properties"]["subnets"] == [{"id": used_by}]
    assert place.cloud.refused("DELETE", table)[:2] == (400, "InUseRouteTableCannotBeDeleted")
    place.containers(used_by, containers=[container()])
