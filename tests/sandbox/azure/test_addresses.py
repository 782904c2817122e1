"""Public addresses, prefixes and NAT gateways."""

from ipaddress import IPv4Network
from typing import Any

import pytest
from sandbox.azure.cloud import LOCATION, STANDARD, Cloud, Limit, Place, subnet

from gatepost_sandbox.azure.state import BLOCKS

STATIC = {"publicIPAllocationMethod": "Static"}
V2 = {"name": "StandardV2"}


def ip(resource: Any) -> str:
    return resource["properties"]["ipAddress"]


def test_no_two_addresses_are_the_same_not_even_later(cloud: Cloud, place: Place) -> None:
    other = Place(cloud, "other")
    first, second = place.address("a"), other.address("a")
    cloud.delete(first["id"])
    third = place.address("a")
    assert len({ip(first), ip(second), ip(third)}) == 3
    assert all(any(IPv4Network(f"{ip(a)}/32").subnet_of(IPv4Network(b)) for b in BLOCKS) for a in (first, second))
    assert ip(place.address("a")) == ip(third)


def test_addresses_run_out(place: Place) -> None:
    given = {str(place.cloud.state.new_addresses()) for _ in range(762)}
    assert len(given) == 762
    body = {"location": LOCATION, "sku": STANDARD, "properties": STATIC}
    status, code, text = place.cloud.refused("PUT", place.rid("publicIPAddresses", "a"), body)
    assert (status, code) == (400, "PublicIPCountLimitReached")
    assert text == "The sandbox has given out all of its 762 addresses, and none twice. Restart it to begin anew."


def test_the_number_of_addresses_is_limited_by_region(place: Place, limit: Limit) -> None:
    limit("public_ips", 1)
    place.address("a")
    place.address("a")
    body = {"location": LOCATION, "sku": STANDARD, "properties": STATIC}
    assert place.cloud.refused("PUT", place.rid("publicIPAddresses", "b"), body) == (
        400,
        "PublicIPCountLimitReached",
        "Cannot create more than 1 public IP addresses for this subscription in this region.",
    )
    far = {**body, "location": "northeurope"}
    assert place.cloud.call("PUT", place.rid("publicIPAddresses", "b"), far).status == 201


@pytest.mark.parametrize(
    ("sku", "properties", "code"),
    [
        ({}, STATIC, "IPv4BasicSkuPublicIpCountLimitReached"),
        ({"name": "Basic"}, STATIC, "IPv4BasicSkuPublicIpCountLimitReached"),
        (STANDARD, {}, "StandardSkuPublicIPAddressMustBeStatic"),
        (STANDARD, {"publicIPAllocationMethod": "Dynamic"}, "StandardSkuPublicIPAddressMustBeStatic"),
        (STANDARD, {**STATIC, "idleTimeoutInMinutes": 31}, "InvalidIdleTimeout"),
        (STANDARD, {**STATIC, "ipAddress": "203.0.113.9"}, "PublicIPAddressCannotBeChosen"),
        (STANDARD, {**STATIC, "idleTimeoutInMinutes": 30}, None),
        (V2, STATIC, None),
    ],
)
def test_an_address_is_standard_and_static(place: Place, sku: Any, properties: Any, code: str | None) -> None:
    body = {"location": LOCATION, "sku": sku, "properties": properties}
    reply = place.cloud.call("PUT", place.rid("publicIPAddresses", "a"), body)
    assert reply.body.get("error", {}).get("code") == code


def test_what_makes_an_address_stays(place: Place) -> None:
    made = place.address("a")
    body = {"location": LOCATION, "sku": V2, "properties": STATIC}
    status, code, text = place.cloud.refused("PUT", made["id"], body)
    assert (status, code) == (400, "PropertyChangeNotAllowed")
    assert text.startswith(f"Property 'sku' of {made['id']} cannot be changed from ")


def test_a_prefix_is_a_block_and_gives_its_addresses(place: Place) -> None:
    place.address("before")
    prefix = place.simple("publicIPPrefixes", "p", {"prefixLength": 31}, sku=STANDARD)
    block = IPv4Network(prefix["properties"]["ipPrefix"])
    used = {"publicIPPrefix": {"id": prefix["id"]}}
    made = [place.simple("publicIPAddresses", n, {**STATIC, **used}, sku=STANDARD) for n in "ab"]
    assert [ip(address) for address in made] == [str(address) for address in block]
    body = {"location": LOCATION, "sku": STANDARD, "properties": {**STATIC, **used}}
    assert place.cloud.code(place.rid("publicIPAddresses", "c"), body) == "PublicIPPrefixOutOfIpAddresses"
    shown = place.cloud.get(prefix["id"])["properties"]["publicIPAddresses"]
    assert shown == [{"id": address["id"]} for address in made]
    assert place.cloud.refused("DELETE", prefix["id"])[:2] == (400, "InUsePublicIpPrefixCannotBeDeleted")


@pytest.mark.parametrize("length", [27, 32, None])
def test_the_length_of_a_prefix(place: Place, length: int | None) -> None:
    body = {"location": LOCATION, "sku": STANDARD, "properties": {"prefixLength": length}}
    assert place.cloud.code(place.rid("publicIPPrefixes", "p"), body) == "InvalidPublicIPPrefixLength"


# --- NAT gateways


def gateway(place: Place, *used: str, **more: Any) -> str | None:
    """The code of the refusal of a NAT gateway on some addresses, or None."""
    given = {"publicIpAddresses": [{"id": rid} for rid in used]}
    body = {"location": LOCATION, "sku": STANDARD, "properties": given, **more}
    return place.cloud.call("PUT", place.rid("natGateways", "g"), body).body.get("error", {}).get("code")


def test_an_address_serves_one_gateway(place: Place) -> None:
    address = place.address()["id"]
    first = place.gateway("first", address)
    assert place.cloud.get(address)["properties"]["natGateway"] == {"id": first}
    assert gateway(place, address) == "PublicIPAddressInUse"
    status, code, text = place.cloud.refused("DELETE", address)
    assert (status, code) == (400, "PublicIPAddressCannotBeDeleted")
    assert text.startswith(f"Public IP address {address} can not be deleted since it is still allocated to resource ")
    place.cloud.delete(first)
    assert gateway(place, address) is None


@pytest.mark.parametrize(
    ("mine", "its", "code"),
    [
        (["1"], ["1"], None),
        (["1"], ["2"], "NatGatewayPublicIpZoneMismatch"),
        (["1"], [], None),
        (["1"], ["1", "2", "3"], None),
        ([], ["2"], None),
        (["1", "2"], [], "NatGatewayZonesNotSupported"),
    ],
)
def test_zones_of_gateways_and_addresses(place: Place, mine: list[str], its: list[str], code: str | None) -> None:
    address = place.address(zones=its)["id"]
    assert gateway(place, address, zones=mine) == code


def test_an_address_has_the_sku_and_location_of_its_gateway(place: Place) -> None:
    address = place.address()["id"]
    assert gateway(place, address, sku=V2) == "InvalidResourceReference"
    assert gateway(place, address, location="northeurope") == "InvalidResourceReference"


def test_a_gateway_has_sixteen_addresses_at_most(place: Place) -> None:
    prefix = place.simple("publicIPPrefixes", "p", {"prefixLength": 28}, sku=STANDARD)["id"]
    given = {"publicIpPrefixes": [{"id": prefix}], "publicIpAddresses": [{"id": place.address()["id"]}]}
    assert gateway(place, properties=given) == "NatGatewayPublicIpCountLimitReached"
    assert gateway(place, properties={**given, "publicIpAddresses": []}) is None


@pytest.mark.parametrize("minutes", [3, 121])
def test_the_idle_time_of_a_gateway(place: Place, minutes: int) -> None:
    assert gateway(place, properties={"idleTimeoutInMinutes": minutes}) == "InvalidIdleTimeout"


def test_a_gateway_of_the_second_kind_serves_no_container_groups(place: Place) -> None:
    made, network = place.gateway("v2", sku=V2), place.network()
    place.subnet(network, "machines", "10.60.9.0/24", delegated=None, natGateway=made)
    body = {"properties": subnet("10.60.1.0/24", natGateway=made)}
    assert place.cloud.code(f"{network}/subnets/a", body) == "NatGatewayV2NotSupportedForDelegatedSubnet"


def test_a_gateway_in_use_stays(place: Place) -> None:
    made = place.gateway()
    used_by = place.subnet(place.network(), natGateway=made)
    assert place.cloud.get(made)["properties"]["subnets"] == [{"id": used_by}]
    assert place.cloud.refused("DELETE", made)[:2] == (400, "InUseNatGatewayCannotBeDeleted")
