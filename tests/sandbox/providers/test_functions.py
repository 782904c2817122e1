"""Functions: what they find, and what they refuse."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from sandbox.providers.engine import Engine, Props
from sandbox.providers.place import IMAGE, OTHER_IMAGE, Place

AMI = "aws:ec2/getAmi:getAmi"
FILTERS = [{"name": "name", "values": ["twingate/images/hvm-ssd/twingate-amd64-*"]}]


def test_the_newest_image_is_found(aws: Engine) -> None:
    found, failures = aws.invoke(AMI, mostRecent=True, owners=["617935088040"], filters=FILTERS)
    assert failures == {}
    assert {k: found[k] for k in ("id", "imageId", "architecture", "ownerId", "region")} == {
        "id": OTHER_IMAGE,
        "imageId": OTHER_IMAGE,
        "architecture": "x86_64",
        "ownerId": "617935088040",
        "region": "eu-central-1",
    }


def test_a_name_pattern_narrows_images(aws: Engine) -> None:
    assert aws.invoke(AMI, owners=["617935088040"], nameRegex="amd64-20260811")[0]["id"] == IMAGE


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            {"owners": ["617935088040"]},
            "Your query returned more than one result. Please try a more specific search criteria, or set "
            "`most_recent` attribute to true.",
        ),
        (
            {"owners": ["617935088040"], "nameRegex": "arm64"},
            "Your query returned no results. Please change your search criteria and try again.",
        ),
    ],
)
def test_an_image_must_be_the_only_one(aws: Engine, args: Props, message: str) -> None:
    assert refusal(lambda: aws.invoke(AMI, **args)) == f"calling {AMI}: {message}"


def test_an_argument_that_nothing_is_done_with_is_refused(aws: Engine) -> None:
    found, failures = aws.invoke(AMI, owners=["self"], executableUsers=["self"])
    assert found == {}
    assert failures == {
        "executableUsers": f"The sandbox does not model the argument 'executableUsers' of {AMI}. "
        "It models filters, mostRecent, nameRegex, owners, region."
    }


def test_a_vpc_and_a_subnet_are_found_by_id(aws: Engine, place: Place) -> None:
    place.ec2.create_tags(Resources=[place.vpc], Tags=[{"Key": "a", "Value": "1"}])
    vpc, _ = aws.invoke("aws:ec2/getVpc:getVpc", id=place.vpc)
    subnet, _ = aws.invoke("aws:ec2/getSubnet:getSubnet", id=place.subnet)
    assert {k: vpc[k] for k in ("id", "cidrBlock", "tags", "state", "default", "enableDnsSupport")} == {
        "id": place.vpc,
        "cidrBlock": "10.0.0.0/16",
        "tags": {"a": "1"},
        "state": "available",
        "default": False,
        "enableDnsSupport": True,
    }
    assert {k: subnet[k] for k in ("id", "vpcId", "cidrBlock", "availabilityZone", "availableIpAddressCount")} == {
        "id": place.subnet,
        "vpcId": place.vpc,
        "cidrBlock": "10.0.1.0/24",
        "availabilityZone": "eu-central-1a",
        "availableIpAddressCount": 251,
    }


@pytest.mark.parametrize("noun", ["Vpc", "Subnet"])
def test_what_is_not_there_is_not_found(aws: Engine, noun: str) -> None:
    token = f"aws:ec2/get{noun}:get{noun}"
    assert refusal(lambda: aws.invoke(token, id="none-0")) == f"calling {token}: no matching EC2 {noun} found: none-0"
    assert refusal(lambda: aws.invoke(token)) == (
        f"calling {token}: The sandbox finds a {noun} by its id only: give the argument 'id'."
    )


def test_the_account_is_known(aws: Engine) -> None:
    assert aws.invoke("aws:index/getCallerIdentity:getCallerIdentity")[0]["accountId"] == "123456789012"


def twingate_function(noun: str) -> str:
    return f"twingate:index/getTwingate{noun}:getTwingate{noun}"


def test_connectors_and_networks_are_found(twingate: Engine, place: Place) -> None:
    one, two = place.connector, place.other_connector
    connectors = twingate.invoke(twingate_function("Connectors"), namePrefix=f"{place.name}-connector-")[0]
    assert [c["id"] for c in connectors["connectors"]] == [one, two]
    assert [c["remoteNetworkId"] for c in connectors["connectors"]] == [place.network] * 2
    assert twingate.invoke(twingate_function("Connector"), id=two)[0]["name"] == f"{place.name}-connector-two"
    network = {"id": place.network, "name": f"{place.name}-network-one", "location": "OTHER", "type": "REGULAR"}
    assert twingate.invoke(twingate_function("RemoteNetwork"), id=place.network)[0] == network
    assert twingate.invoke(twingate_function("RemoteNetwork"), name=network["name"])[0] == network
    assert twingate.invoke(twingate_function("RemoteNetworks"), name=network["name"])[0]["remoteNetworks"] == [network]


@pytest.mark.parametrize(
    ("args", "names"),
    [
        ({"nameContains": "-one"}, ["one"]),
        ({"nameSuffix": "-two"}, ["two"]),
        ({"nameRegexp": "-(one|two)$"}, ["one", "two"]),
    ],
)
def test_names_are_filtered(twingate: Engine, place: Place, args: Props, names: list[str]) -> None:
    assert place.connector != place.other_connector
    found, _ = twingate.invoke(twingate_function("Connectors"), **args)
    mine = [c["name"] for c in found["connectors"] if c["name"].startswith(f"{place.name}-")]
    assert mine == [f"{place.name}-connector-{name}" for name in names]


def test_every_page_is_read(twingate: Engine, place: Place) -> None:
    made = [place._network(str(number)) for number in range(101)]
    found, _ = twingate.invoke(twingate_function("RemoteNetworks"), namePrefix=f"{place.name}-network-")
    assert [network["id"] for network in found["remoteNetworks"]] == made


@pytest.mark.parametrize(
    ("noun", "args", "message"),
    [
        ("Connector", {"id": "bm9uZQ=="}, "failed to read connector with id bm9uZQ==: not found"),
        ("RemoteNetwork", {"name": "nowhere"}, "failed to read remote network with name nowhere: not found"),
    ],
)
def test_what_twingate_does_not_have_is_not_found(twingate: Engine, noun: str, args: Props, message: str) -> None:
    token = twingate_function(noun)
    assert refusal(lambda: twingate.invoke(token, **args)) == f"calling {token}: {message}"


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(grpc.RpcError) as refused:
        call()
    error: Any = refused.value
    return error.details()
