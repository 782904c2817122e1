import pytest

from gatepost.aws import NetworkRef


def test_an_adopted_network_needs_a_subnet_and_zones_of_its_region():
    with pytest.raises(ValueError, match=r"NetworkRef\.subnets is empty, and so is public_subnets\. Give at least one"):
        NetworkRef(region="eu-central-1", vpc_id="vpc-1", subnets={})
    with pytest.raises(ValueError, match="'us-east-1a' is in the region 'us-east-1'"):
        NetworkRef(region="eu-central-1", vpc_id="vpc-1", subnets={"us-east-1a": "subnet-1"})


def test_an_adopted_network_may_have_public_subnets_only():
    ref = NetworkRef(region="eu-central-1", vpc_id="vpc-1", public_subnets={"eu-central-1a": "subnet-1"})
    assert (ref.subnets, ref.public_subnets) == ({}, {"eu-central-1a": "subnet-1"})
    with pytest.raises(ValueError, match="'us-east-1a' is in the region 'us-east-1'"):
        NetworkRef(region="eu-central-1", vpc_id="vpc-1", public_subnets={"us-east-1a": "subnet-1"})


def test_an_adopted_network_names_each_subnet_once():
    with pytest.raises(ValueError) as refused:
        NetworkRef(
            region="eu-central-1",
            vpc_id="vpc-1",
            subnets={"eu-central-1a": "subnet-1", "eu-central-1b": ""},
            public_subnets={"eu-central-1a": "", "eu-central-1b": "subnet-1"},
        )
    assert str(refused.value).splitlines() == [
        "NetworkRef.subnets['eu-central-1b'] is empty. Give the id, or leave the zone out.",
        "NetworkRef.public_subnets['eu-central-1a'] is empty. Give the id, or leave the zone out.",
        "NetworkRef.subnets['eu-central-1a'] and NetworkRef.public_subnets['eu-central-1b'] are one and the same, "
        "'subnet-1'. Each needs one of its own.",
    ]
