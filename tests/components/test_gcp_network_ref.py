from typing import Any

import pytest

from gatepost.gcp import NetworkRef

ZONES = ("europe-west3-a", "europe-west3-b")
SUBNET_ID = "projects/acme/regions/europe-west3/subnetworks/hosts"
VPC_ID = "projects/acme/global/networks/main"


def test_an_adopted_network_needs_links_of_its_region():
    with pytest.raises(ValueError) as refused:
        NetworkRef(
            region="europe-west3",
            vpc_id="main",
            subnets={"europe-west3-a": SUBNET_ID, "europe-west3-b": ""},
            public_subnets={"europe-west4-a": SUBNET_ID.replace("west3", "west4")},
        )
    assert str(refused.value).splitlines() == [
        "The zone 'europe-west4-a' is in the region 'europe-west4', but the site is in 'europe-west3'. Change one.",
        "NetworkRef.vpc_id must be an id or self link like projects/acme/global/networks/name, got 'main'.",
        "NetworkRef.subnets['europe-west3-b'] must be an id or self link like "
        "projects/acme/regions/europe-west3/subnetworks/name, got ''.",
        "NetworkRef.public_subnets['europe-west4-a'] is in the region 'europe-west4', but the site is in "
        "'europe-west3'. Change one.",
    ]
    with pytest.raises(ValueError, match=r"NetworkRef\.subnets is empty, and so is public_subnets\. Give at least one"):
        NetworkRef(region="europe-west3", vpc_id=VPC_ID)


@pytest.mark.parametrize("kind", ["subnets", "public_subnets"])
def test_a_subnetwork_is_in_the_project_of_its_network(kind):
    def ref(subnetwork: str) -> NetworkRef:
        given: dict[str, Any] = {kind: {ZONES[0]: subnetwork}}
        return NetworkRef(region="europe-west3", vpc_id=VPC_ID, **given)

    with pytest.raises(ValueError) as refused:
        ref(SUBNET_ID.replace("acme", "other"))
    assert str(refused.value) == (
        f"NetworkRef.{kind}['europe-west3-a'] is in the project 'other', but its network is in 'acme'. Change one."
    )
    numbered = SUBNET_ID.replace("acme", "123456")  # the same project in other words, perhaps
    assert ref(numbered).vpc_id == VPC_ID


def test_a_name_in_a_link_is_one_that_google_takes():
    fits = f"projects/acme/global/networks/{'n' * 63}"
    assert NetworkRef(region="europe-west3", vpc_id=fits, subnets={"europe-west3-a": SUBNET_ID}).vpc_id == fits
    with pytest.raises(ValueError) as refused:
        NetworkRef(region="europe-west3", vpc_id=f"{fits}n", subnets={"europe-west3-a": SUBNET_ID})
    assert str(refused.value) == (
        f"NetworkRef.vpc_id ends with the name {'n' * 64!r} of 64 characters. Names of Google Cloud have at most 63 "
        "(https://cloud.google.com/compute/docs/naming-resources)."
    )


def test_an_adopted_network_may_have_one_subnetwork_for_all_its_zones():
    link = f"https://www.googleapis.com/compute/v1/{SUBNET_ID}"
    ref = NetworkRef(
        region="europe-west3",
        vpc_id=f"https://compute.googleapis.com/compute/v1/{VPC_ID}",
        subnets=dict.fromkeys(ZONES, SUBNET_ID),
        public_subnets=dict.fromkeys(ZONES, link),
    )
    assert (ref.project, ref.subnets["europe-west3-b"]) == (None, SUBNET_ID)
