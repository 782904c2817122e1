"""Instances: what a new one needs, what it gets, and how it changes."""

from ipaddress import IPv4Address
from typing import Any

import pytest
from sandbox.gcp.cloud import IN_USE, PROJECT, REGION, ZONE, Cloud, delete, machine, refusal, refused

from gatepost_sandbox.gcp.state import ADDRESSES


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"machineType": f"zones/{ZONE}/machineTypes/e2-tiny"}, "Invalid value for field 'resource.machineType': "
         f"'zones/{ZONE}/machineTypes/e2-tiny'. Machine type with name 'e2-tiny' does not exist in zone '{ZONE}'."),
        ({"machineType": "e2-small"}, "Invalid value for field 'resource.machineType': 'e2-small'. The URL is "
         "malformed: write "
         f"zones/{ZONE}/machineTypes/NAME."),
        ({"disks": []}, "Invalid value for field 'resource.disks': ''. Required field 'disks' missing."),
        ({"serviceAccounts": [{"email": "x@y", "scopes": ["s"]}]},
         f"The resource 'projects/{PROJECT}/serviceAccounts/x@y' of "
         "type 'serviceAccount' was not found."),
        ({"metadata": {"items": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}}, "Invalid value for field "
         "'resource.metadata.items': '['a', 'a']'. Each key may be given once."),
    ],
)  # fmt: skip
def test_instances_are_checked(cloud: Cloud, name: str, subnetwork: str, body: Any, problem: str) -> None:
    assert refused(cloud, "instances", machine(name, subnetwork, **body), zone=ZONE) == problem


@pytest.mark.parametrize(
    ("image", "why"),
    [
        ("family/debian-99", "The referenced image resource cannot be found."),
        ("family/debian-12-arm64", "The image is for ARM64, the machine type for X86_64."),
    ],
)
def test_the_image_must_fit(cloud: Cloud, name: str, subnetwork: str, image: str, why: str) -> None:
    link = f"projects/debian-cloud/global/images/{image}"
    body = machine(name, subnetwork, disks=[{"boot": True, "initializeParams": {"sourceImage": link}}])
    field = "Invalid value for field 'resource.disks[0].initializeParams.sourceImage'"
    assert refused(cloud, "instances", body, zone=ZONE) == f"{field}: '{link}'. {why}"


def test_a_subnetwork_of_another_region_does_not_do(cloud: Cloud, name: str, network: str) -> None:
    link = cloud.subnetwork(name, network, region="us-east1")["selfLink"]
    field = "Invalid value for field 'resource.networkInterfaces[0].subnetwork'"
    text = f"{field}: '{link}'. It must be in the region {REGION}."
    assert refused(cloud, "instances", machine(name, link), zone=ZONE) == text


def test_an_instance_gets_addresses_and_a_disk(cloud: Cloud, name: str, subnetwork: str) -> None:
    made = cloud.instance(name, subnetwork, networkInterfaces=[{"subnetwork": subnetwork, "accessConfigs": [{}]}])
    other = cloud.instance(
        f"{name}-b", subnetwork, networkInterfaces=[{"subnetwork": subnetwork, "accessConfigs": [{}]}]
    )
    inner = [i["networkInterfaces"][0]["networkIP"] for i in (made, other)]
    outer = [i["networkInterfaces"][0]["accessConfigs"][0]["natIP"] for i in (made, other)]
    assert inner == ["10.40.0.2", "10.40.0.3"]
    assert len(set(outer)) == 2
    assert all(IPv4Address(address) in ADDRESSES for address in outer)
    disk = cloud.compute.disks().get(project=PROJECT, zone=ZONE, disk=name).execute()
    assert disk["sourceImage"].endswith("/projects/debian-cloud/global/images/debian-12-bookworm-v20261006")
    delete(cloud, "instances", name, zone=ZONE).execute()
    assert refusal(cloud.compute.disks().get(project=PROJECT, zone=ZONE, disk=name))[0] == 404


def test_a_reserved_address_serves_one_instance(cloud: Cloud, name: str, subnetwork: str) -> None:
    address = cloud.address(name)["address"]
    interfaces = [{"subnetwork": subnetwork, "accessConfigs": [{"natIP": address}]}]
    cloud.instance(name, subnetwork, networkInterfaces=interfaces)
    body = machine(f"{name}-b", subnetwork, networkInterfaces=interfaces)
    again = cloud.compute.instances().insert(project=PROJECT, zone=ZONE, body=body)
    assert refusal(again) == (400, IN_USE, f"External IP address: {address} is already in-use.")
    assert refusal(delete(cloud, "addresses", name, region=REGION))[1] == IN_USE


def test_an_interface_has_one_external_address_at_most(cloud: Cloud, name: str, subnetwork: str) -> None:
    body = machine(name, subnetwork, networkInterfaces=[{"subnetwork": subnetwork, "accessConfigs": [{}, {}]}])
    assert refused(cloud, "instances", body, zone=ZONE) == "At most one access config currently supported."


def test_an_address_that_nobody_reserved_does_not_do(cloud: Cloud, name: str, subnetwork: str) -> None:
    interfaces = [{"subnetwork": subnetwork, "accessConfigs": [{"natIP": "198.19.255.1"}]}]
    message = refused(cloud, "instances", machine(name, subnetwork, networkInterfaces=interfaces), zone=ZONE)
    field = "Invalid value for field 'resource.networkInterfaces[0].accessConfigs[0].natIP': '198.19.255.1'"
    assert message == f"{field}. The specified external IP address '198.19.255.1' was not found in region '{REGION}'."


def test_a_full_subnetwork_takes_no_more(cloud: Cloud, name: str, network: str) -> None:
    link = cloud.subnetwork(name, network, "10.40.0.0/29")["selfLink"]
    for number in range(4):
        cloud.instance(f"{name}-{number}", link)
    whole = f"projects/{PROJECT}/regions/{REGION}/subnetworks/{name}"
    text = f"IP_SPACE_EXHAUSTED: IP space of '{whole}' is exhausted."
    assert refused(cloud, "instances", machine(f"{name}-z", link), zone=ZONE) == text


def test_a_protected_instance_stays(cloud: Cloud, name: str, subnetwork: str) -> None:
    cloud.instance(name, subnetwork, deletionProtection=True)
    text = "Invalid resource usage: 'Resource cannot be deleted if it's protected against deletion.'"
    assert refusal(delete(cloud, "instances", name, zone=ZONE)) == (400, "invalidResourceUsage", text)
    instances = cloud.compute.instances()
    instances.setDeletionProtection(project=PROJECT, zone=ZONE, resource=name, deletionProtection=False).execute()
    delete(cloud, "instances", name, zone=ZONE).execute()


def test_some_changes_need_a_stop(cloud: Cloud, name: str, subnetwork: str) -> None:
    cloud.instance(name, subnetwork)
    instances, here = cloud.compute.instances(), {"project": PROJECT, "zone": ZONE, "instance": name}
    body = {"machineType": f"zones/{ZONE}/machineTypes/e2-medium"}
    assert refusal(instances.setMachineType(**here, body=body))[2] == (
        "Instance must be in the following states: TERMINATED, and is RUNNING."
    )
    instances.stop(**here).execute()
    instances.setMachineType(**here, body=body).execute()
    stopped = instances.get(**here).execute()
    assert (stopped["status"], stopped["machineType"].rpartition("/")[2]) == ("TERMINATED", "e2-medium")
    instances.start(**here).execute()
    assert instances.get(**here).execute()["status"] == "RUNNING"


@pytest.mark.parametrize(("action", "field"), [("setMetadata", "metadata"), ("setTags", "tags")])
def test_items_change_with_the_current_fingerprint(
    cloud: Cloud, name: str, subnetwork: str, action: str, field: str
) -> None:
    made = cloud.instance(name, subnetwork)
    instances, here = cloud.compute.instances(), {"project": PROJECT, "zone": ZONE, "instance": name}
    items = [{"key": "a", "value": "1"}] if field == "metadata" else ["a"]
    assert refusal(getattr(instances, action)(**here, body={"items": items}))[:2] == (412, "conditionNotMet")
    body = {"items": items, "fingerprint": made[field]["fingerprint"]}
    getattr(instances, action)(**here, body=body).execute()
    assert instances.get(**here).execute()[field]["items"] == items


def test_an_external_address_comes_and_goes(cloud: Cloud, name: str, subnetwork: str) -> None:
    cloud.instance(name, subnetwork)
    address = cloud.address(name)["address"]
    instances, here = cloud.compute.instances(), {"project": PROJECT, "zone": ZONE, "instance": name}
    add = instances.addAccessConfig
    add(**here, networkInterface="nic0", body={"natIP": address, "name": "own"}).execute()
    assert refusal(add(**here, networkInterface="nic0", body={}))[2] == "At most one access config currently supported."
    (interface,) = instances.get(**here).execute()["networkInterfaces"]
    assert interface["accessConfigs"][0]["natIP"] == address
    instances.deleteAccessConfig(**here, networkInterface="nic0", accessConfig="own").execute()
    delete(cloud, "addresses", name, region=REGION).execute()


def test_lists_of_all_places(cloud: Cloud, name: str, subnetwork: str) -> None:
    cloud.instance(name, subnetwork)
    found = cloud.compute.instances().aggregatedList(project=PROJECT).execute()["items"]
    assert name in [i["name"] for i in found[f"zones/{ZONE}"]["instances"]]
    assert set(found) == {f"zones/{ZONE}"}
