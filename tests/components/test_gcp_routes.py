from typing import Any

import pulumi
import pytest
from recorder import unknown

from gatepost.gcp import Routes, RoutesArgs, RouteTo
from gatepost.labels import Labels

LABELS = Labels(environment="dev", network="payments", site="frankfurt")
ROUTE = "gcp:compute/route:Route"
VPC = "projects/acme/global/networks/main"
TUNNEL = "projects/acme/regions/europe-west3/vpnTunnels/office"
BALANCER = "https://www.googleapis.com/compute/v1/projects/acme/regions/europe-west3/forwardingRules/appliances"
INSTANCE = "projects/acme/zones/europe-west3-b/instances/appliance"
OFFICE = RouteTo(vpn_tunnel_id=TUNNEL)


def args(**over):
    given: dict[str, Any] = {"region": "europe-west3", "labels": LABELS, "vpc_id": VPC}
    given["routes"] = {"10.0.0.0/8": OFFICE}
    return RoutesArgs(**(given | over))


def refusal(make):
    with pytest.raises(ValueError) as refused:
        make()
    return str(refused.value)


def test_each_kind_of_target_goes_into_its_own_argument(deploy):
    routes = {
        "10.0.0.0/8": OFFICE,
        "172.16.0.0/12": RouteTo(forwarding_rule_id=BALANCER),
        "192.168.0.0/16": RouteTo(instance_id=INSTANCE),
    }
    seen = deploy(lambda: Routes("routes", args(routes=routes, project="acme")))
    base = {"network": VPC, "description": "dev-payments-frankfurt, europe-west3", "project": "acme"}
    assert seen.of(ROUTE) == {
        "routes-10-0-0-0-8": base | {"destRange": "10.0.0.0/8", "nextHopVpnTunnel": TUNNEL},
        "routes-172-16-0-0-12": base | {"destRange": "172.16.0.0/12", "nextHopIlb": BALANCER},
        "routes-192-168-0-0-16": base | {"destRange": "192.168.0.0/16", "nextHopInstance": INSTANCE},
    }
    assert {parent for typ, _, parent in seen.tree() if typ == ROUTE} == {"routes"}
    assert [urn.rpartition("::")[2] for urn in seen.completed] == ["routes"]


def test_routes_lie_in_the_project_of_the_network(deploy):
    link = "projects/acme-network/global/networks/shared"
    for vpc, project in [(link, "acme-network"), (pulumi.Output.from_input("shared"), "acme")]:
        seen = deploy(lambda vpc=vpc: Routes("routes", args(vpc_id=vpc, project="acme")))
        assert seen.only(ROUTE)["project"] == project


def test_another_destination_touches_nothing_that_is_there_and_the_next_hop_is_no_part_of_the_name(deploy):
    one = deploy(lambda: Routes("routes", args()))
    more = deploy(lambda: Routes("routes", args(routes={"10.1.0.0/16": OFFICE, "10.0.0.0/8": OFFICE})))
    assert one.tree() < more.tree()
    assert {k: more.inputs[k] for k in one.inputs} == one.inputs
    other = deploy(lambda: Routes("routes", args(routes={"10.0.0.0/8": RouteTo(instance_id=INSTANCE)})))
    assert other.tree() == one.tree()


def test_the_routes_are_told_by_destination(deploy):
    found = []
    deploy(lambda: found.append({k: r._name for k, r in Routes("routes", args()).routes.items()}))
    assert found == [{"10.0.0.0/8": "routes-10-0-0-0-8"}]


def test_is_the_same_tree_while_network_and_target_are_unknown(deploy):
    known = deploy(lambda: Routes("routes", args()))
    preview = deploy(
        lambda: Routes("routes", args(vpc_id=unknown(), routes={"10.0.0.0/8": RouteTo(instance_id=unknown())})),
        preview=True,
    )
    assert known.tree() == preview.tree()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "A RouteTo needs exactly one target, got none. Allowed: vpn_tunnel_id, forwarding_rule_id, instance_id."),
        (
            {"vpn_tunnel_id": TUNNEL, "instance_id": INSTANCE},
            "A RouteTo needs exactly one target, got vpn_tunnel_id and instance_id.",
        ),
        (
            {"vpn_tunnel_id": "office"},
            "RouteTo.vpn_tunnel_id must be an id or self link like "
            "projects/acme/regions/europe-west3/vpnTunnels/name, got 'office'.",
        ),
        (
            {"forwarding_rule_id": TUNNEL},
            "RouteTo.forwarding_rule_id must be an id or self link like projects/acme/reg",
        ),
        (
            {"instance_id": INSTANCE.replace("zones", "regions")},
            "RouteTo.instance_id must be an id or self link like projects/acme/zones/europe-west3-b/instances/name",
        ),
    ],
)
def test_refuses_a_target_that_is_none(given, says):
    assert says in refusal(lambda: RouteTo(**given))


@pytest.mark.parametrize(
    ("destination", "says"),
    [
        ("ten", "The destination 'ten' is not an IPv4 block like 10.0.0.0/8."),
        ("fd00::/8", "The destination 'fd00::/8' is IPv6. Hosts dial over IPv4 only; give the IPv4 block."),
        ("10.1.0.0/8", "The destination '10.1.0.0/8' must be spelt '10.0.0.0/8'."),
        ("10.0.0.1", "The destination '10.0.0.1' must be spelt '10.0.0.1/32'."),
        ("127.0.0.0/8", "The destination 127.0.0.0/8 cannot be routed: it is the Connector's own host."),
        ("8.0.0.0/6", "The destination 8.0.0.0/6 holds public addresses, which leave by the exit."),
        ("0.0.0.0/0", "The destination 0.0.0.0/0 holds public addresses, which leave by the exit."),
    ],
)
def test_refuses_a_destination_that_cannot_be_routed(destination, says):
    text = refusal(lambda: args(routes={destination: OFFICE}))
    assert text.startswith(says)
    assert len(text.splitlines()) == 1


def test_reports_all_problems_together():
    assert len(refusal(lambda: args(vpc_id="main", routes={"ten": OFFICE, "8.8.8.8/32": OFFICE})).splitlines()) == 3
    assert refusal(lambda: args(routes={})) == (
        "RoutesArgs.routes is empty. Give at least one, or leave the component out."
    )


def test_refuses_an_output_where_a_route_is_decided(event_loop_per_test):
    with pytest.raises(ValueError, match=r"RoutesArgs\.routes must be a plain value.*got an Output"):
        args(routes=pulumi.Output.from_input({}))
