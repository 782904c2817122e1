"""Firewall rules and NAT: what the API fills in and what it refuses."""

from typing import Any

import pytest
from sandbox.gcp.cloud import PROJECT, REGION, Cloud, nat, refusal, refused

# --- firewall rules


TCP = [{"IPProtocol": "tcp", "ports": ["443"]}]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"allowed": TCP, "denied": TCP}, "Exactly one of allowed and denied must be given in a firewall rule, "
         "got allowed and denied."),
        ({}, "Exactly one of allowed and denied must be given in a firewall rule, got none."),
        ({"allowed": TCP, "sourceRanges": ["10.0.0.0/8"]}, "Invalid value for field 'resource.sourceRanges': "
         "'['10.0.0.0/8']'. "
         "The field sourceRanges cannot be given for direction EGRESS."),
        ({"allowed": TCP, "priority": 65536}, "Invalid value for field 'resource.priority': '65536'. It must be "
         "0 to 65535."),
        ({"allowed": TCP, "destinationRanges": ["10.0.0.1/8"]}, "Invalid value for field "
         "'resource.destinationRanges[0]': "
         "'10.0.0.1/8'. It must be a range in CIDR notation that starts at its first address."),
        ({"allowed": [{"IPProtocol": "icmp", "ports": ["1"]}]}, "Invalid value for field "
         "'resource.allowed[0].ports': '['1']'. "
         "Ports can be given for TCP, UDP and SCTP only."),
        ({"allowed": [{"IPProtocol": "tcp", "ports": ["2-1"]}]}, "Invalid value for field "
         "'resource.allowed[0].ports': '2-1'. "
         "It must be a port, or a range such as 30000-31000, up to 65535."),
        ({"allowed": [{"IPProtocol": "http"}]}, "Invalid value for field 'resource.allowed[0].IPProtocol': "
         "'http'. It must be "
         "one of tcp, udp, icmp, esp, ah, sctp, ipip, all or a number to 255."),
        ({"allowed": TCP, "targetTags": ["a"], "targetServiceAccounts": ["x@y"]}, "Invalid value for field "
         "'resource.targetServiceAccounts': '['x@y']'. targetServiceAccounts cannot be used at the same time as "
          "targetTags."),
        ({"allowed": TCP, "targetTags": ["No"]}, "Invalid value for field 'resource.targetTags': 'No'. A tag "
         "has 1 to 63 "
         "lowercase letters, digits and dashes."),
    ],
)  # fmt: skip
def test_firewall_rules_are_checked(cloud: Cloud, name: str, network: str, body: Any, problem: str) -> None:
    rule = {"name": name, "network": network, "direction": "EGRESS", **body}
    assert refused(cloud, "firewalls", rule) == problem


def test_a_firewall_rule_is_completed(cloud: Cloud, name: str, network: str) -> None:
    made = cloud.firewall(name, network, allowed=[{"IPProtocol": "TCP", "ports": ["443"]}])
    assert {k: made[k] for k in ("destinationRanges", "priority", "disabled", "allowed", "logConfig")} == {
        "destinationRanges": ["0.0.0.0/0"],
        "priority": 1000,
        "disabled": False,
        "allowed": TCP,
        "logConfig": {"enable": False},
    }


def test_a_refused_change_changes_nothing(cloud: Cloud, name: str, network: str) -> None:
    made = cloud.firewall(name, network, allowed=TCP)
    wrong = cloud.compute.firewalls().patch(project=PROJECT, firewall=name, body={"name": name, "denied": TCP})
    assert refusal(wrong)[0] == 400
    assert cloud.compute.firewalls().get(project=PROJECT, firewall=name).execute() == made


# --- NAT


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (nat("x", "regions/europe-west3/addresses/none"), "Invalid value for field 'resource.nats[0].natIps[0]': "
         "'regions/europe-west3/addresses/none'. The referenced address resource cannot be found."),
        ({**nat("x"), "natIpAllocateOption": "MANUAL_ONLY"}, "Invalid value for field 'resource.nats[0].natIps': ''. "
         "MANUAL_ONLY needs at least one address."),
        ({**nat("x"), "natIps": ["y"]}, "Invalid value for field 'resource.nats[0].natIps': '['y']'. Addresses "
         "can be given "
         "with MANUAL_ONLY only."),
        (nat("x", enableEndpointIndependentMapping=True, enableDynamicPortAllocation=True), "Invalid value for field "
         "'resource.nats[0].enableEndpointIndependentMapping': 'true'. Endpoint-Independent Mapping and Dynamic Port "
         "Allocation cannot both be enabled."),
        (nat("x", minPortsPerVm=1), "Invalid value for field 'resource.nats[0].minPortsPerVm': '1'. It must be "
         "2 to 65536."),
        (nat("x", maxPortsPerVm=128), "Invalid value for field 'resource.nats[0].maxPortsPerVm': '128'. It needs "
         "enableDynamicPortAllocation."),
        ({**nat("x"), "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS"}, "Invalid value for field "
         "'resource.nats[0].subnetworks': 'LIST_OF_SUBNETWORKS'. Subnetworks must be given with "
          "LIST_OF_SUBNETWORKS, and "
         "only then."),
        ({"name": "x", "natIpAllocateOption": "AUTO_ONLY"}, "Invalid value for field "
         "'resource.sourceSubnetworkIpRangesToNat': ''. Required field 'sourceSubnetworkIpRangesToNat' missing."),
    ],
)  # fmt: skip
def test_nats_are_checked(cloud: Cloud, name: str, network: str, body: Any, problem: str) -> None:
    router = {"name": name, "network": network, "nats": [body]}
    assert refused(cloud, "routers", router, region=REGION) == problem


def test_an_address_serves_one_nat(cloud: Cloud, name: str, network: str) -> None:
    address = cloud.address(name)["selfLink"]
    cloud.router(name, network, [nat("x", address)])
    other = cloud.network(f"{name}-b")["selfLink"]
    body = {"name": f"{name}-b", "network": other, "nats": [nat("x", address)]}
    link = f"https://www.googleapis.com/compute/v1/projects/{PROJECT}/regions/{REGION}/routers/{name}"
    assert refused(cloud, "routers", body, region=REGION) == f"The address '{name}' is already being used by '{link}'."


def test_an_address_of_another_region_does_not_do(cloud: Cloud, name: str, network: str) -> None:
    address = cloud.address(name, "us-east1")["selfLink"]
    body = {"name": name, "network": network, "nats": [nat("x", address)]}
    assert refused(cloud, "routers", body, region=REGION) == (
        f"Invalid value for field 'resource.nats[0].natIps[0]': '{address}'. The address must be in the "
        f"router's region."
    )


def test_a_subnetwork_goes_through_one_nat(cloud: Cloud, name: str, network: str, subnetwork: str) -> None:
    other = cloud.subnetwork(f"{name}-b", network, "10.41.0.0/24")["selfLink"]
    cloud.router(name, network, [nat("x", subnetworks=(subnetwork,))])
    both = f"NAT 'x' of router '{name}' and NAT 'y' of router '{name}-b' serve the same subnetwork ranges."
    body = {"name": f"{name}-b", "network": network, "nats": [nat("y")]}
    assert refused(cloud, "routers", body, region=REGION) == both
    fitting = {"name": f"{name}-b", "network": network, "nats": [nat("y", subnetworks=(other,))]}
    assert cloud.insert("routers", fitting, region=REGION)["nats"][0]["name"] == "y"
