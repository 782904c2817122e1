"""Routes over Classic VPN tunnels and internal load balancers."""

from typing import Any

import pytest
from sandbox.gcp.cloud import IN_USE, PROJECT, REGION, Cloud, delete, refusal, refused
from sandbox.gcp.lab import Lab
from sandbox.providers.engine import Engine

from gatepost_sandbox.addresses import Destination

HERE = {"region": REGION}
PLACE = f"projects/{PROJECT}/regions/{REGION}"


def tunnel(cloud: Cloud, name: str, network: str) -> dict[str, Any]:
    """A tunnel of Classic VPN, and its gateway."""
    gateway = cloud.insert("targetVpnGateways", {"name": name, "network": network}, **HERE)["selfLink"]
    body = {"name": name, "targetVpnGateway": gateway, "peerIp": "203.0.113.9", "sharedSecret": "a-secret"}
    return cloud.insert("vpnTunnels", body, **HERE)


def balancer(cloud: Cloud, name: str, network: str) -> dict[str, Any]:
    """An internal passthrough load balancer: a forwarding rule, and its backend service."""
    body = {"name": name, "loadBalancingScheme": "INTERNAL", "network": network}
    compute = cloud.compute
    compute.regionBackendServices().insert(project=PROJECT, **HERE, body=body).execute()
    backend = f"{PLACE}/backendServices/{name}"
    return cloud.insert("forwardingRules", {**body, "backendService": backend, "allPorts": True}, **HERE)


def route(lab: Lab, **hop: str) -> dict[str, Any]:
    body = {"name": f"{lab.name}-out", "network": lab.network, "destRange": "10.99.0.0/16", "priority": 900}
    return lab.cloud.insert("routes", {**body, **hop})


MAKE = [(tunnel, "nextHopVpnTunnel", "VPN tunnel"), (balancer, "nextHopIlb", "load balancer")]


@pytest.mark.parametrize(("make", "field", "kind"), MAKE)
def test_a_route_over_what_exists_leads_on(lab: Lab, make: Any, field: str, kind: str) -> None:
    hop = make(lab.cloud, lab.name, lab.network)["selfLink"]
    assert route(lab, **{field: hop.removeprefix("https://www.googleapis.com/compute/v1/")})[field] == hop
    lab.launch()
    _, step = lab.host().reach(Destination("10.99.0.9", "tcp", 443))
    assert (step.part, step.ok) == ("route", True)
    assert step.text == f"{lab.name}-out sends 10.99.0.0/16 to {kind} {lab.name}"


@pytest.mark.parametrize(
    ("field", "collection", "what"),
    [("nextHopVpnTunnel", "vpnTunnels", "VPN tunnel"), ("nextHopIlb", "forwardingRules", "forwarding rule")],
)
def test_a_route_over_what_does_not_exist_is_refused(
    cloud: Cloud, name: str, network: str, field: str, collection: str, what: str
) -> None:
    body = {"name": name, "network": network, "destRange": "10.0.0.0/8", "priority": 900}
    hop, start = f"{PLACE}/{collection}/gone", f"Invalid value for field 'resource.{field}': "
    told = refused(cloud, "routes", {**body, field: hop})
    assert told == f"{start}'{hop}'. The referenced {what} resource cannot be found."
    told = refused(cloud, "routes", {**body, field: "gone"})
    assert told == f"{start}'gone'. The URL is malformed: it must be the link of a {what}."


@pytest.mark.parametrize(("make", "field"), [row[:2] for row in MAKE])
def test_a_next_hop_is_one_of_the_routes_network(cloud: Cloud, name: str, make: Any, field: str) -> None:
    here, other = (cloud.network(f"{name}-{n}")["selfLink"] for n in range(2))
    cloud.subnetwork(name, other)
    hop = make(cloud, name, other)["selfLink"]
    told = refused(
        cloud, "routes", {"name": name, "network": here, "destRange": "10.0.0.0/8", "priority": 1, field: hop}
    )
    assert told == (
        f"Invalid value for field 'resource.{field}': '{hop}'. The next hop must be in the network of the route."
    )


@pytest.mark.parametrize(
    ("make", "field", "collection"), [(*MAKE[0][:2], "vpnTunnels"), (*MAKE[1][:2], "forwardingRules")]
)
def test_a_next_hop_stays_while_a_route_uses_it(lab: Lab, make: Any, field: str, collection: str) -> None:
    route(lab, **{field: make(lab.cloud, lab.name, lab.network)["selfLink"]})
    gone = delete(lab.cloud, collection, lab.name, **HERE)
    assert refusal(gone)[1] == IN_USE
    delete(lab.cloud, "routes", f"{lab.name}-out").execute()
    gone.execute()


def test_a_tunnel_never_shows_its_secret(cloud: Cloud, name: str, network: str) -> None:
    found = tunnel(cloud, name, network)
    assert (found["status"], found["ikeVersion"], found["sharedSecret"]) == ("ESTABLISHED", 2, "*************")
    assert "a-secret" not in str(cloud.state.resources)
    assert "_network" not in found


def test_what_is_not_modelled_says_so(cloud: Cloud, name: str, network: str) -> None:
    ha = {"name": name, "vpnGateway": f"{PLACE}/vpnGateways/hq"}
    asked = cloud.compute.vpnTunnels().insert(project=PROJECT, **HERE, body=ha)
    assert refusal(asked) == (501, "notImplemented", "The sandbox does not model HA VPN: its routes come by BGP.")
    rule = {"name": name, "loadBalancingScheme": "EXTERNAL"}
    asked = cloud.compute.forwardingRules().insert(project=PROJECT, **HERE, body=rule)
    text = "load balancers other than internal passthrough ones (loadBalancingScheme INTERNAL)"
    assert refusal(asked) == (501, "notImplemented", f"The sandbox does not model {text}.")


def test_the_provider_makes_routes_over_both(gcp: Engine, lab: Lab) -> None:
    for key, make, field in (("a", tunnel, "nextHopVpnTunnel"), ("b", balancer, "nextHopIlb")):
        hop = make(lab.cloud, f"{lab.name}-{key}", lab.network)["selfLink"]
        inputs = {"name": f"{lab.name}-{key}", "network": lab.network, "destRange": "10.99.0.0/16", field: hop}
        made = gcp.create("gcp:compute/route:Route", inputs)
        assert made.state[field] == hop
        there = lab.cloud.compute.routes().get(project=PROJECT, route=f"{lab.name}-{key}").execute()
        assert (there[field], there["routeStatus"]) == (hop, "ACTIVE")


# --- a network of another project


SHARED = "projects/acme-shared/global/networks"
OTHERS = [
    ("firewalls", {"allowed": [{"IPProtocol": "tcp"}]}, {}),
    ("routes", {"destRange": "10.0.0.0/8", "priority": 1, "nextHopGateway": "global/gateways/default"}, {}),
    ("routers", {}, HERE),
    ("subnetworks", {"ipCidrRange": "10.0.0.0/24"}, HERE),
    ("targetVpnGateways", {}, HERE),
]


@pytest.mark.parametrize(("collection", "body", "place"), OTHERS, ids=[row[0] for row in OTHERS])
def test_what_belongs_to_a_network_is_made_in_its_project(
    cloud: Cloud, name: str, collection: str, body: dict[str, Any], place: dict[str, str]
) -> None:
    cloud.compute.networks().insert(
        project="acme-shared", body={"name": name, "autoCreateSubnetworks": False}
    ).execute()
    told = refused(cloud, collection, {"name": name, "network": f"{SHARED}/{name}", **body}, **place)
    assert told == (
        f"Invalid value for field 'resource.network': '{SHARED}/{name}'. Cross project referencing is not allowed for "
        "this resource."
    )
