from typing import Any

import pytest
from components.azure_sites import LABELS, rid
from recorder import unknown

from gatepost.azure import Routes, RoutesArgs, RouteTo

ROUTE = "azure-native:network:Route"
TABLE = rid("routeTables/main", "acme")
OFFICE = RouteTo(network_gateway=True)
WALL = RouteTo(appliance_ip="10.1.0.4")


def args(**over: Any) -> RoutesArgs:
    given: dict[str, Any] = {"region": "westeurope", "labels": LABELS, "table_id": TABLE}
    given["routes"] = {"10.0.0.0/8": OFFICE}
    return RoutesArgs(**(given | over))


def test_each_kind_of_target_becomes_its_next_hop(deploy):
    seen = deploy(lambda: Routes("routes", args(routes={"10.0.0.0/8": OFFICE, "172.16.0.0/12": WALL})))
    base = {"resourceGroupName": "acme", "routeTableName": "main"}
    assert seen.of(ROUTE) == {
        "routes-10-0-0-0-8": base
        | {"routeName": "10-0-0-0-8", "addressPrefix": "10.0.0.0/8", "nextHopType": "VirtualNetworkGateway"},
        "routes-172-16-0-0-12": base
        | {
            "routeName": "172-16-0-0-12",
            "addressPrefix": "172.16.0.0/12",
            "nextHopType": "VirtualAppliance",
            "nextHopIpAddress": "10.1.0.4",
        },
    }
    assert {parent for typ, _, parent in seen.tree() if typ == ROUTE} == {"routes"}
    assert [urn.rpartition("::")[2] for urn in seen.completed] == ["routes"]


def test_another_destination_touches_nothing_that_is_there_and_the_next_hop_is_no_part_of_the_name(deploy):
    one = deploy(lambda: Routes("routes", args()))
    more = deploy(lambda: Routes("routes", args(routes={"10.1.0.0/16": WALL, "10.0.0.0/8": OFFICE})))
    assert one.tree() < more.tree()
    assert {key: more.inputs[key] for key in one.inputs} == one.inputs
    other = deploy(lambda: Routes("routes", args(routes={"10.0.0.0/8": WALL})))
    assert other.tree() == one.tree()


def test_the_routes_are_told_by_destination(deploy):
    found = []
    deploy(lambda: found.append({k: r._name for k, r in Routes("routes", args()).routes.items()}))
    assert found == [{"10.0.0.0/8": "routes-10-0-0-0-8"}]


def test_is_the_same_tree_while_table_and_target_are_unknown(deploy):
    known = deploy(lambda: Routes("routes", args(routes={"10.0.0.0/8": WALL})))
    routes = {"10.0.0.0/8": lambda: RouteTo(appliance_ip=unknown())}
    preview = deploy(
        lambda: Routes("routes", args(table_id=unknown(), routes={k: make() for k, make in routes.items()})),
        preview=True,
    )
    assert known.tree() == preview.tree()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (
            {},
            "A RouteTo needs exactly one target, got none. Allowed: appliance_ip='10.0.0.4', or network_gateway=True.",
        ),
        ({"appliance_ip": "10.1.0.4", "network_gateway": True}, "A RouteTo needs exactly one target, got both."),
        (
            {"appliance_ip": "8.8.8.8"},
            "RouteTo.appliance_ip must be a private IPv4 address like 10.0.0.4, got '8.8.8.8'",
        ),
        ({"appliance_ip": "wall"}, "RouteTo.appliance_ip must be a private IPv4 address like 10.0.0.4, got 'wall'."),
        ({"network_gateway": "yes"}, "RouteTo.network_gateway must be of type bool, got 'yes'."),
    ],
)
def test_refuses_what_is_no_target(given, says):
    with pytest.raises(ValueError) as refused:
        RouteTo(**given)
    assert str(refused.value).startswith(says)


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"routes": {}}, "RoutesArgs.routes is empty. Give at least one, or leave the component out."),
        ({"routes": {"10.0.0.1/8": OFFICE}}, "The destination '10.0.0.1/8' must be spelt '10.0.0.0/8'."),
        (
            {"routes": {"168.63.129.16/32": OFFICE}},
            "The destination 168.63.129.16/32 cannot be routed: it is the Azure",
        ),
        ({"region": 5}, "RoutesArgs.region must be of type str, got 5."),
    ],
)
def test_refuses_destinations_that_cannot_be(over, says):
    with pytest.raises(ValueError) as refused:
        args(**over)
    assert str(refused.value).startswith(says)
