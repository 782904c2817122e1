"""Public addresses: what an instance and an interface have, lose and get, as every client sees it."""

import sys
import threading
from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from sandbox.providers.place import IMAGE, Place

from gatepost_sandbox.refusals.pool import ADDRESSES, Pool


def launch(p: Place, public: bool | None = None, **more: Any) -> str:
    if public is None:
        network: dict[str, Any] = {"SubnetId": p.subnet}
    else:
        nic = {"DeviceIndex": 0, "SubnetId": p.subnet, "AssociatePublicIpAddress": public, "Groups": [p.group]}
        network = {"NetworkInterfaces": [nic]}
    params = {"ImageId": IMAGE, "InstanceType": "t3a.micro", "MinCount": 1, "MaxCount": 1}
    return p.ec2.run_instances(**params, **network, **more)["Instances"][0]["InstanceId"]


def public_ip(p: Place, instance: str) -> str | None:
    found = p.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    (nic,) = found["NetworkInterfaces"] or [{}]
    shown = nic.get("Association", {}).get("PublicIp")
    assert found.get("PublicIpAddress") == shown
    return shown


def elastic(p: Place, allocation: str) -> dict[str, Any]:
    return p.ec2.describe_addresses(AllocationIds=[allocation])["Addresses"][0]


def associate(p: Place, allocation: str, instance: str, **more: Any) -> str:
    return p.ec2.associate_address(AllocationId=allocation, InstanceId=instance, **more)["AssociationId"]


def test_an_address_that_moves_leaves_the_old_instance_without_one(place: Place) -> None:
    old, new = launch(place, public=False), launch(place, public=False)
    associate(place, place.address, old)
    associate(place, place.address, new, AllowReassociation=True)
    address = elastic(place, place.address)
    assert (public_ip(place, old), public_ip(place, new)) == (None, address["PublicIp"])
    assert address["InstanceId"] == new


def test_an_automatic_address_comes_from_the_pool_and_is_nobody_elses(place: Place) -> None:
    one, two = (public_ip(place, launch(place, public=True)) for _ in range(2))
    assert one != two
    assert {IPv4Address(str(a)) in ADDRESSES for a in (one, two)} == {True}
    assert place.ec2.describe_addresses(Filters=[{"Name": "public-ip", "Values": [one]}])["Addresses"] == []


def test_an_elastic_address_takes_the_place_of_the_automatic_one_and_gives_it_back(place: Place) -> None:
    host = launch(place, public=True)
    first = public_ip(place, host)
    held = associate(place, place.address, host)
    assert public_ip(place, host) == elastic(place, place.address)["PublicIp"] != first
    place.ec2.disassociate_address(AssociationId=held)
    assert public_ip(place, host) not in (None, first, elastic(place, place.address)["PublicIp"])


def test_an_address_that_moves_leaves_the_old_instance_with_an_automatic_one(place: Place) -> None:
    old, new = launch(place, public=True), launch(place, public=True)
    associate(place, place.address, old)
    associate(place, place.address, new, AllowReassociation=True)
    assert public_ip(place, new) == elastic(place, place.address)["PublicIp"]
    assert public_ip(place, old) not in (None, public_ip(place, new))


def test_another_elastic_address_sets_the_first_one_free(place: Place) -> None:
    host = launch(place, public=False)
    associate(place, place.address, host)
    associate(place, place.other_address, host, AllowReassociation=True)
    assert public_ip(place, host) == elastic(place, place.other_address)["PublicIp"]
    assert "AssociationId" not in elastic(place, place.address)
    place.ec2.release_address(AllocationId=place.address)


def test_the_same_association_again_is_none(place: Place) -> None:
    host = launch(place, public=False)
    assert associate(place, place.address, host) == associate(place, place.address, host)


def test_a_stopped_instance_keeps_its_elastic_address_only(place: Place) -> None:
    fixed, automatic = launch(place, public=True), launch(place, public=True)
    associate(place, place.address, fixed)
    kept, lost = public_ip(place, fixed), public_ip(place, automatic)
    place.ec2.stop_instances(InstanceIds=[fixed, automatic])
    assert (public_ip(place, fixed), public_ip(place, automatic)) == (kept, None)
    place.ec2.start_instances(InstanceIds=[fixed, automatic])
    assert public_ip(place, fixed) == kept
    assert public_ip(place, automatic) not in (None, lost)


def test_a_terminated_instance_leaves_nothing_behind(place: Place) -> None:
    host = launch(place, public=True)
    associate(place, place.address, host)
    place.ec2.terminate_instances(InstanceIds=[host])
    place.ec2.terminate_instances(InstanceIds=[host])
    assert "AssociationId" not in elastic(place, place.address)
    place.ec2.release_address(AllocationId=place.address)
    place.ec2.delete_security_group(GroupId=place.group)
    place.ec2.delete_subnet(SubnetId=place.subnet)


def test_an_interface_that_is_to_stay_outlives_its_instance(place: Place) -> None:
    nics = [{"DeviceIndex": 0, "NetworkInterfaceId": place.interface}]
    params = {"ImageId": IMAGE, "InstanceType": "t3a.micro", "MinCount": 1, "MaxCount": 1}
    host = place.ec2.run_instances(NetworkInterfaces=nics, **params)["Instances"][0]["InstanceId"]
    associate(place, place.address, host)
    place.ec2.terminate_instances(InstanceIds=[host])
    (nic,) = place.ec2.describe_network_interfaces(NetworkInterfaceIds=[place.interface])["NetworkInterfaces"]
    assert (nic["Status"], nic["Association"]["PublicIp"]) == ("available", elastic(place, place.address)["PublicIp"])


def test_an_address_is_free_once_its_nat_gateway_is_deleted(place: Place) -> None:
    place.ec2.delete_nat_gateway(NatGatewayId=place.nat)
    assert "AssociationId" not in elastic(place, place.address)
    again = place.ec2.create_nat_gateway(SubnetId=place.subnet, AllocationId=place.address)["NatGateway"]
    place.ec2.delete_nat_gateway(NatGatewayId=again["NatGatewayId"])
    place.ec2.delete_nat_gateway(NatGatewayId=again["NatGatewayId"])
    place.ec2.delete_subnet(SubnetId=place.subnet)
    place.ec2.release_address(AllocationId=place.address)


@pytest.fixture
def switching() -> Any:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_many_threads_get_different_addresses(switching: None) -> None:
    pool, found = Pool(), []

    def take() -> None:
        found.extend([pool.next() for _ in range(2000)])

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found))) == (16000, 16000)


def test_a_pool_ends() -> None:
    pool = Pool(IPv4Network("198.18.0.0/30"))
    assert [pool.next() for _ in range(3)] == ["198.18.0.1", "198.18.0.2", None]
