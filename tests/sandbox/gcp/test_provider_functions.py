"""Functions of the provider: what they find, and what they refuse."""

import importlib

import grpc
import pytest
from sandbox.gcp.cloud import PROJECT, REGION, ZONE
from sandbox.gcp.place import Place
from sandbox.providers.engine import Engine, Props

from gatepost_sandbox.providers.gcp import FUNCTIONS, KINDS, SDK


def test_the_newest_image_of_a_family(gcp: Engine) -> None:
    found, failures = gcp.invoke("gcp:compute/getImage:getImage", family="debian-12", project="debian-cloud")
    name = "debian-12-bookworm-v20261006"
    assert failures == {}
    assert {k: found[k] for k in ("id", "name", "family", "project", "selfLink", "diskSizeGb")} == {
        "id": f"projects/debian-cloud/global/images/{name}",
        "name": name,
        "family": "debian-12",
        "project": "debian-cloud",
        "selfLink": f"https://www.googleapis.com/compute/v1/projects/debian-cloud/global/images/{name}",
        "diskSizeGb": 10,
    }


def test_an_image_by_name(gcp: Engine) -> None:
    name = "debian-12-bookworm-arm64-v20260811"
    found, _ = gcp.invoke("gcp:compute/getImage:getImage", name=name, project="debian-cloud")
    assert (found["name"], found["family"]) == (name, "debian-12-arm64")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({}, "one of name, family or filters must be set"),
        ({"family": "debian-99", "project": "debian-cloud"}, "googleapi: Error 404: The resource "
         "'projects/debian-cloud/global/images/family/debian-99' was not found, notFound"),
    ],
)  # fmt: skip
def test_images_that_are_not_there(gcp: Engine, args: Props, told: str) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        gcp.invoke("gcp:compute/getImage:getImage", **args)
    assert refused.value.details() == f"calling gcp:compute/getImage:getImage: {told}"  # ty: ignore[missing-attribute]


def test_networks_subnetworks_and_addresses(gcp: Engine, place: Place) -> None:
    name = place.name
    subnetwork, _ = gcp.invoke("gcp:compute/getSubnetwork:getSubnetwork", selfLink=place.subnetwork)
    network, _ = gcp.invoke("gcp:compute/getNetwork:getNetwork", name=f"{name}-net")
    address, _ = gcp.invoke("gcp:compute/getAddress:getAddress", name=place.address.rpartition("/")[2])
    assert (network["selfLink"], network["subnetworksSelfLinks"]) == (place.network, [place.subnetwork])
    assert (subnetwork["ipCidrRange"], subnetwork["network"], subnetwork["region"]) == (
        "10.40.0.0/24",
        place.network,
        REGION,
    )
    assert (address["status"], address["users"], address["region"]) == ("RESERVED", [], REGION)
    assert address["address"].startswith("198.19.")


def test_an_instance_by_link_and_by_name(gcp: Engine, place: Place) -> None:
    made = place.cloud.instance(f"{place.name}-i", place.subnetwork, labels={"owner": "platform"})
    for given in ({"selfLink": made["selfLink"]}, {"name": made["name"]}):
        found, failures = gcp.invoke("gcp:compute/getInstance:getInstance", **given)
        assert failures == {}
        assert {key: found[key] for key in ("name", "zone", "labels", "currentStatus", "selfLink")} == {
            "name": made["name"],
            "zone": ZONE,
            "labels": {"owner": "platform"},
            "currentStatus": "RUNNING",
            "selfLink": made["selfLink"],
        }
    with pytest.raises(grpc.RpcError) as refused:
        gcp.invoke("gcp:compute/getInstance:getInstance")
    assert "You must provide either name or selfLink" in str(refused.value.details())  # ty: ignore[missing-attribute]


def test_zones_of_a_region(gcp: Engine) -> None:
    found, _ = gcp.invoke("gcp:compute/getZones:getZones", region="us-central1")
    assert found["names"] == [f"us-central1-{letter}" for letter in "abcf"]


def test_what_the_provider_works_with(gcp: Engine) -> None:
    config, _ = gcp.invoke("gcp:organizations/getClientConfig:getClientConfig")
    project, _ = gcp.invoke("gcp:organizations/getProject:getProject")
    assert (config["project"], config["region"], config["zone"]) == (PROJECT, REGION, ZONE)
    assert (project["projectId"], project["number"].isdigit()) == (PROJECT, True)


def test_the_sdk_has_every_type_and_function() -> None:
    for token in (*(kind.token for kind in KINDS), *FUNCTIONS):
        _, module, name = token.split(":")
        home = importlib.import_module(f"{SDK}.{module.partition('/')[0]}")
        python = "".join(f"_{c.lower()}" if c.isupper() else c for c in name) if token in FUNCTIONS else name
        assert hasattr(home, python), token
