"""Networks, subnetworks, addresses and routes: what the API fills in, refuses, and keeps while it is used."""

from ipaddress import IPv4Address
from typing import Any

import pytest
from sandbox.gcp.cloud import IN_USE, PROJECT, REGION, ZONE, Cloud, delete, nat, refusal, refused

from gatepost_sandbox.gcp.networks import GATEWAY
from gatepost_sandbox.gcp.state import ADDRESSES

# --- networks


def test_a_network_has_a_route_to_the_internet_that_goes_with_it(cloud: Cloud, name: str, network: str) -> None:
    routes = cloud.compute.routes()
    (route,) = routes.list(project=PROJECT, filter=f"network={network}").execute()["items"]
    assert (route["destRange"], route["nextHopGateway"].rpartition("/")[2]) == ("0.0.0.0/0", "default-internet-gateway")
    delete(cloud, "networks", name).execute()
    assert refusal(routes.get(project=PROJECT, route=route["name"]))[0] == 404
    assert refusal(cloud.compute.networks().get(project=PROJECT, network=name))[0] == 404


def test_a_name_is_given_once(cloud: Cloud, name: str, network: str) -> None:
    again = cloud.compute.networks().insert(project=PROJECT, body={"name": name, "autoCreateSubnetworks": False})
    path = f"projects/{PROJECT}/global/networks/{name}"
    assert refusal(again) == (409, "alreadyExists", f"The resource '{path}' already exists")


def test_a_network_that_makes_its_own_subnetworks_is_not_modelled(cloud: Cloud, name: str) -> None:
    asked = cloud.compute.networks().insert(project=PROJECT, body={"name": name, "autoCreateSubnetworks": True})
    text = "The sandbox does not model networks that make their subnetworks; set autoCreateSubnetworks to false."
    assert refusal(asked) == (501, "notImplemented", text)


def test_of_a_network_only_some_fields_change(cloud: Cloud, name: str, network: str) -> None:
    networks = cloud.compute.networks()
    networks.patch(project=PROJECT, network=name, body={"routingConfig": {"routingMode": "GLOBAL"}}).execute()
    assert networks.get(project=PROJECT, network=name).execute()["routingConfig"] == {"routingMode": "GLOBAL"}
    other = networks.patch(project=PROJECT, network=name, body={"description": "other"})
    text = "Invalid value for field 'resource.description': 'other'. The field cannot be changed in a network."
    assert refusal(other) == (400, "invalid", text)


# --- subnetworks


def test_a_subnetwork_knows_its_gateway_and_its_network_knows_it(
    cloud: Cloud, name: str, network: str, subnetwork: str
) -> None:
    found = cloud.compute.subnetworks().get(project=PROJECT, region=REGION, subnetwork=name).execute()
    assert (found["gatewayAddress"], found["network"], found["privateIpGoogleAccess"]) == ("10.40.0.1", network, False)
    assert cloud.compute.networks().get(project=PROJECT, network=name).execute()["subnetworks"] == [subnetwork]


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ("10.40.0.128/25", "Invalid value for field 'resource.ipCidrRange': '10.40.0.128/25'. Invalid "
         "IPCidrRange: 10.40.0.128/25 conflicts with existing subnetwork '{name}' in region 'europe-west3'."),
        ("10.41.0.1/24", "Invalid value for field 'resource.ipCidrRange': '10.41.0.1/24'. It must be an IPv4 "
         "range in CIDR "
         "notation that starts at its first address."),
        ("10.41.0.0/30", "Invalid value for field 'resource.ipCidrRange': '10.41.0.0/30'. The range must be /29 "
         "or larger, "
         "and /4 or smaller."),
    ],
)  # fmt: skip
def test_ranges_are_checked(cloud: Cloud, name: str, network: str, subnetwork: str, block: str, problem: str) -> None:
    body = {"name": f"{name}-b", "network": network, "ipCidrRange": block}
    assert refused(cloud, "subnetworks", body, region="us-east1") == problem.format(name=name)


def test_secondary_ranges_count_too(cloud: Cloud, name: str, network: str, subnetwork: str) -> None:
    ranges = [{"rangeName": "pods", "ipCidrRange": "10.40.0.0/28"}]
    body = {"name": f"{name}-b", "network": network, "ipCidrRange": "10.41.0.0/24", "secondaryIpRanges": ranges}
    conflict = f"Invalid IPCidrRange: 10.40.0.0/28 conflicts with existing subnetwork '{name}' in region '{REGION}'."
    assert refused(cloud, "subnetworks", body, region=REGION) == (
        f"Invalid value for field 'resource.secondaryIpRanges[0].ipCidrRange': '10.40.0.0/28'. {conflict}"
    )


def test_two_networks_may_have_one_range(cloud: Cloud, name: str, subnetwork: str) -> None:
    other = cloud.network(f"{name}-b")["selfLink"]
    assert cloud.subnetwork(f"{name}-b", other)["ipCidrRange"] == "10.40.0.0/24"


def test_a_range_grows_and_never_shrinks(cloud: Cloud, name: str, subnetwork: str) -> None:
    subnetworks = cloud.compute.subnetworks()
    here = {"project": PROJECT, "region": REGION, "subnetwork": name}
    subnetworks.expandIpCidrRange(**here, body={"ipCidrRange": "10.40.0.0/23"}).execute()
    assert subnetworks.get(**here).execute()["ipCidrRange"] == "10.40.0.0/23"
    less = subnetworks.expandIpCidrRange(**here, body={"ipCidrRange": "10.40.0.0/24"})
    text = "'10.40.0.0/24'. It must hold the current range 10.40.0.0/23 and more."
    assert refusal(less)[2] == f"Invalid value for field 'resource.ipCidrRange': {text}"


def test_a_change_needs_the_fingerprint(cloud: Cloud, name: str, subnetwork: str) -> None:
    subnetworks, here = cloud.compute.subnetworks(), {"project": PROJECT, "region": REGION, "subnetwork": name}
    body = {"secondaryIpRanges": [{"rangeName": "pods", "ipCidrRange": "10.42.0.0/24"}]}
    assert refusal(subnetworks.patch(**here, body=body))[:2] == (412, "conditionNotMet")
    current = subnetworks.get(**here).execute()["fingerprint"]
    subnetworks.patch(**here, body={**body, "fingerprint": current}).execute()
    after = subnetworks.get(**here).execute()
    assert (after["secondaryIpRanges"], after["fingerprint"] != current) == (body["secondaryIpRanges"], True)


@pytest.mark.parametrize("link", ["global/networks/none", "networks", "projects/p/global/firewalls/x"])
def test_what_a_body_names_must_exist(cloud: Cloud, name: str, link: str) -> None:
    body = {"name": name, "network": link, "ipCidrRange": "10.0.0.0/24"}
    why = "The URL is malformed: it must be the link of a network."
    why = "The referenced network resource cannot be found." if link.endswith("none") else why
    assert refused(cloud, "subnetworks", body, region=REGION) == (
        f"Invalid value for field 'resource.network': '{link}'. {why}"
    )


# --- what is in use stays


def test_a_network_stays_while_it_is_used(cloud: Cloud, name: str, subnetwork: str) -> None:
    code, reason, message = refusal(delete(cloud, "networks", name))
    assert (code, reason) == (400, IN_USE)
    users = f"projects/{PROJECT}/regions/{REGION}/subnetworks/{name}"
    assert (
        message
        == f"The network resource 'projects/{PROJECT}/global/networks/{name}' is already being used by '{users}'"
    )
    # Its way to the internet is still there.
    assert len(cloud.compute.routes().list(project=PROJECT, filter=f"network={_link(name)}").execute()["items"]) == 1
    delete(cloud, "subnetworks", name, region=REGION).execute()
    delete(cloud, "networks", name).execute()


def _link(name: str) -> str:
    return f"https://www.googleapis.com/compute/v1/projects/{PROJECT}/global/networks/{name}"


def test_a_subnetwork_stays_while_an_instance_is_in_it(cloud: Cloud, name: str, subnetwork: str) -> None:
    cloud.instance(name, subnetwork)
    assert refusal(delete(cloud, "subnetworks", name, region=REGION))[1] == IN_USE
    delete(cloud, "instances", name, zone=ZONE).execute()
    delete(cloud, "subnetworks", name, region=REGION).execute()


def test_an_address_stays_while_a_nat_uses_it(cloud: Cloud, name: str, network: str) -> None:
    address = cloud.address(name)
    cloud.router(name, network, [nat("exit", address["selfLink"])])
    shown = cloud.compute.addresses().get(project=PROJECT, region=REGION, address=name).execute()
    router = f"projects/{PROJECT}/regions/{REGION}/routers/{name}"
    assert (shown["status"], [u.partition("/v1/")[2] for u in shown["users"]]) == ("IN_USE", [router])
    message = refusal(delete(cloud, "addresses", name, region=REGION))[2]
    path = f"projects/{PROJECT}/regions/{REGION}/addresses/{name}"
    assert message == f"The address resource '{path}' is already being used by '{router}'"
    delete(cloud, "routers", name, region=REGION).execute()
    delete(cloud, "addresses", name, region=REGION).execute()


# --- addresses


def test_no_address_comes_twice(cloud: Cloud, name: str) -> None:
    seen = set()
    for _ in range(3):
        seen.add(cloud.address(name)["address"])
        delete(cloud, "addresses", name, region=REGION).execute()
    assert len(seen) == 3
    assert all(IPv4Address(address) in ADDRESSES for address in seen)


@pytest.mark.parametrize(
    ("body", "code", "problem"),
    [
        ({"addressType": "INTERNAL"}, 501, "The sandbox does not model addresses of type INTERNAL."),
        ({"ipVersion": "IPV6"}, 501, "The sandbox does not model IPv6 addresses."),
        ({"address": "203.0.113.9"}, 400, "Invalid value for field 'resource.address': '203.0.113.9'. A given external "
         "address must be in use by an instance already."),
        ({"purpose": "GCE_ENDPOINT"}, 400, "subnetwork, network and purpose can be given for INTERNAL addresses only."),
    ],
)  # fmt: skip
def test_addresses_that_cannot_be(cloud: Cloud, name: str, body: Any, code: int, problem: str) -> None:
    asked = cloud.compute.addresses().insert(project=PROJECT, region=REGION, body={"name": name, **body})
    assert (refusal(asked)[0], refusal(asked)[2]) == (code, problem)


def test_labels_need_the_current_fingerprint(cloud: Cloud, name: str) -> None:
    first = cloud.address(name)["labelFingerprint"]
    set_labels = cloud.compute.addresses().setLabels
    here = {"project": PROJECT, "region": REGION, "resource": name}
    set_labels(**here, body={"labels": {"a": "1"}, "labelFingerprint": first}).execute()
    late = set_labels(**here, body={"labels": {"a": "2"}, "labelFingerprint": first})
    assert refusal(late)[:2] == (412, "conditionNotMet")


# --- routes


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"nextHopGateway": "global/gateways/other"}, "Invalid value for field 'resource.nextHopGateway': "
         "'global/gateways/other'. The only gateway is global/gateways/default-internet-gateway."),
        ({"nextHopIp": "10.99.0.1"}, "Invalid value for field 'resource.nextHopIp': '10.99.0.1'. It must be an "
         "address in a "
         "subnetwork of the network."),
        ({}, "Exactly one of nextHopGateway, nextHopInstance, nextHopIp, nextHopIlb, nextHopVpnTunnel must be "
         "given, got "
         "none."),
    ],
)  # fmt: skip
def test_routes_lead_somewhere(cloud: Cloud, name: str, network: str, subnetwork: str, body: Any, problem: str) -> None:
    route = {"name": name, "network": network, "destRange": "10.0.0.0/8", "priority": 900, **body}
    assert refused(cloud, "routes", route) == problem


def test_no_route_leads_to_a_subnetwork_or_a_part_of_it(cloud: Cloud, name: str, network: str, subnetwork: str) -> None:
    route = {"name": name, "network": network, "priority": 900, "nextHopGateway": "global/gateways/" + GATEWAY}
    for block in ("10.40.0.0/24", "10.40.0.128/25"):
        assert refused(cloud, "routes", {**route, "destRange": block}) == (
            f"Invalid value for field 'resource.destRange': '{block}'. It must not be the range of subnetwork '{name}' "
            f"in region '{REGION}' (10.40.0.0/24) or a part of it."
        )
    assert cloud.insert("routes", {**route, "destRange": "10.40.0.0/23"})["destRange"] == "10.40.0.0/23"


def test_a_route_keeps_its_network(cloud: Cloud, name: str, network: str) -> None:
    route = {"name": name, "network": network, "destRange": "10.0.0.0/8", "priority": 900}
    cloud.insert("routes", {**route, "nextHopGateway": "global/gateways/" + GATEWAY})
    assert refusal(delete(cloud, "networks", name))[1] == IN_USE
