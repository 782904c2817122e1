"""Peerings: which are refused, and where they lead a container group."""

from typing import Any

import pytest
from sandbox.azure.cloud import Place, rule
from sandbox.azure.lab import Lab

from gatepost_sandbox.addresses import Destination


def peer(one: str, other: str, name: str = "p", **more: Any) -> Any:
    return f"{one}/virtualNetworkPeerings/{name}", {"properties": {"remoteVirtualNetwork": {"id": other}, **more}}


def connect(place: Place, one: str, other: str, **more: Any) -> None:
    place.cloud.put(*peer(one, other, **more))
    place.cloud.put(*peer(other, one))


def state(place: Place, network: str) -> str:
    return place.cloud.get(f"{network}/virtualNetworkPeerings/p")["properties"]["peeringState"]


def test_two_peerings_connect_two_networks(place: Place) -> None:
    one, other = place.network("one"), place.network("other", "10.80.0.0/16")
    made = place.cloud.put(*peer(one, other))["properties"]
    assert (made["peeringState"], made["remoteAddressSpace"]) == ("Initiated", {"addressPrefixes": ["10.80.0.0/16"]})
    assert (made["allowVirtualNetworkAccess"], made["allowForwardedTraffic"]) == (True, False)
    place.cloud.put(*peer(other, one))
    assert (state(place, one), state(place, other)) == ("Connected", "Connected")
    place.cloud.delete(f"{other}/virtualNetworkPeerings/p")
    assert state(place, one) == "Initiated"
    place.cloud.delete(other)
    assert state(place, one) == "Disconnected"
    place.cloud.delete(one)
    assert place.cloud.refused("GET", f"{one}/virtualNetworkPeerings/p")[0] == 404


def test_a_peer_does_not_keep_a_group_from_its_end(place: Place) -> None:
    far = Place(place.cloud, "far")
    one, other = place.network(), far.network("", "10.80.0.0/16")
    connect(place, one, other)
    place.cloud.delete(far.group)
    assert state(place, one) == "Disconnected"


def test_what_is_refused(place: Place) -> None:
    one, same, other = place.network("one"), place.network("same"), place.network("other", "10.80.0.0/16")
    code, put = place.cloud.code, place.cloud.put
    assert code(*peer(one, same)) == "VnetAddressSpacesOverlap"
    assert code(*peer(one, one)) == "VnetAddressSpacesOverlap"
    assert code(f"{one}/virtualNetworkPeerings/p", {"properties": {}}) == "InvalidRequestFormat"
    assert code(*peer(one, place.rules())) == "InvalidRequestFormat"
    assert code(*peer(one, f"{one}x")) == "InvalidResourceReference"
    assert place.cloud.refused("PUT", *peer(one, other, useRemoteGateways=True))[:2] == (501, "NotImplemented")
    put(*peer(one, other))
    put(*peer(one, other))
    assert code(*peer(one, other, "second")) == "AnotherPeeringAlreadyReferencesRemoteVnet"


def test_a_change_of_the_network_keeps_its_peerings(place: Place) -> None:
    one, other = place.network("one"), place.network("other", "10.80.0.0/16")
    connect(place, one, other)
    place.cloud.put(one, {**place.network_body(), "tags": {"a": "1"}})
    assert state(place, one) == "Connected"


# --- the way


TO = Destination("10.80.3.4", "tcp", 5432)


def other(lab: Lab, where: str = "") -> str:
    """Another network, in another location if one is named."""
    place = Place(lab.cloud, "elsewhere", where) if where else lab.place
    return place.network("other", "10.80.0.0/16")


def seen(lab: Lab) -> list[tuple[str, bool | None]]:
    return [(step.part, step.ok) for step in lab.host().reach(TO)]


@pytest.mark.parametrize(
    ("more", "back", "route"),
    [({}, True, True), ({}, False, False), ({"allowVirtualNetworkAccess": False}, True, False)],
)
def test_a_peered_network_is_reached(lab: Lab, more: dict[str, Any], back: bool, route: bool) -> None:
    lab.set_rule(rule("db", 100, destinationAddressPrefix="10.80.0.0/16"))
    lab.launch()
    far = other(lab)
    lab.cloud.put(*peer(lab.network, far, **more))
    if back:
        lab.cloud.put(*peer(far, lab.network))
    assert seen(lab) == [("firewall", True), ("route", route)]


def test_a_network_that_is_peered_from_another_region_is_not_reached(lab: Lab) -> None:
    lab.set_rule(rule("db", 100, destinationAddressPrefix="10.80.0.0/16"))
    lab.launch()
    connect(lab.place, lab.network, other(lab, "northeurope"))
    *_, step = lab.host().reach(TO)
    assert (step.ok, step.text) == (
        False,
        "a system route sends 10.80.0.0/16 to VNetGlobalPeering, which is in another region: container groups reach no "
        "network that is peered from there",
    )


def test_a_route_of_ones_own_goes_before_a_peering(lab: Lab) -> None:
    drop = {"name": "r", "properties": {"addressPrefix": "10.80.3.0/24", "nextHopType": "None"}}
    table = lab.place.simple("routeTables", "", {"routes": [drop]})["id"]
    lab.set_subnet(**lab.links, routeTable=table)
    lab.launch()
    connect(lab.place, lab.network, other(lab))
    assert seen(lab)[1] == ("route", False)


def test_a_peered_network_belongs_to_the_service_tag_of_the_virtual_network(lab: Lab) -> None:
    lab.cloud.delete(f"{lab.rules}/securityRules/deny")
    lab.launch()
    assert seen(lab)[0] == ("firewall", False)
    connect(lab.place, lab.network, other(lab))
    assert seen(lab) == [("firewall", True), ("route", True)]
