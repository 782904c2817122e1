"""What both of Google's clients for Python read back, against what the stack says."""

import warnings
from typing import Any

from places.gcp_site import OWN, REGION, client, rest
from real_stack import Stack


def check(stack: Stack) -> None:
    """google-api-python-client and google-cloud-compute show what was built, and agree with the outputs."""
    network = stack.outputs()["remote_networks"]["payments"]
    hosts = {c["host_id"]: c for c in network["sites"]["frankfurt"]["connectors"].values()}
    ids = stack.ids()
    here = {"project": OWN, "region": REGION}

    (exit_ip,) = network["exit_ips"]
    address = ids["payments-frankfurt-exits-ip-a"].rpartition("/")[2]
    for found in _both(stack, "addresses", address=address, **here):
        assert (found["address"], found["status"], found["networkTier"]) == (exit_ip, "IN_USE", "PREMIUM")
        assert found["labels"]["gatepost-environment"] == stack.name
        link = found["selfLink"]

    router = ids["payments-frankfurt-network-router"].rpartition("/")[2]
    for found in _both(stack, "routers", router=router, **here):
        (nat,) = found["nats"]
        assert (nat["natIps"], nat["natIpAllocateOption"], nat["minPortsPerVm"]) == ([link], "MANUAL_ONLY", 1024)
        assert (nat["enableEndpointIndependentMapping"], nat["udpIdleTimeoutSec"]) == (True, 120)
        (served,) = nat["subnetworks"]

    tags = set()
    for host, said in hosts.items():
        _, project, _, zone, _, name = host.split("/")
        assert (project, zone) == (OWN, said["zone"])
        for found in _both(stack, "instances", project=project, zone=zone, instance=name):
            assert (found["name"], found["status"]) == (name, "RUNNING")
            (interface,) = found["networkInterfaces"]
            assert interface["subnetwork"] == served["name"]
            assert not interface.get("accessConfigs")  # no public address
            tags.add(tuple(found["tags"]["items"]))
    (tag,) = tags
    assert tag == (f"{stack.name}-payments-frankfurt-connectors",)

    rules = [rid.rpartition("/")[2] for name, rid in ids.items() if name.startswith("payments-frankfurt-firewall-")]
    assert len(rules) == 7
    for name in rules:
        one, other = _both(stack, "firewalls", project=OWN, firewall=name)
        assert tuple(one["targetTags"]) == tuple(other["targetTags"]) == tag
        assert (one["priority"], one["direction"]) == (other["priority"], other["direction"])
        assert one.get("destinationRanges") == other.get("destinationRanges")


def _both(stack: Stack, collection: str, **where: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """One resource as each client shows it, in the names of the API."""
    one = getattr(client(stack.cloud), collection)().get(**where).execute()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # protobuf's, about its own options
        found = rest(stack.cloud, collection.capitalize()).get(**where)
        other = type(found).to_dict(found, preserving_proto_field_name=False, including_default_value_fields=False)
    return one, other
