"""Regions that do not exist."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from botocore.exceptions import ClientError
from sandbox.helpers import Sandbox
from sandbox.providers.engine import Engine

from gatepost_sandbox.providers import aws as aws_provider

CALLS = {"ec2": "describe_vpcs", "ssm": "describe_parameters", "sts": "get_caller_identity", "kms": "list_keys"}


@pytest.mark.parametrize("service", CALLS)
def test_a_region_that_does_not_exist_is_named_with_the_nearest_one(sandbox: Sandbox, service: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(sandbox.client(service, "eu-centrl-1"), CALLS[service])()
    assert refused.value.response["Error"] == {
        "Code": "EndpointConnectionError",
        "Message": f'Could not connect to the endpoint URL: "https://{service}.eu-centrl-1.amazonaws.com/": '
        "there is no AWS region eu-centrl-1. Did you mean eu-central-1?",
    }


def test_a_region_that_is_like_no_other_is_only_named(sandbox: Sandbox) -> None:
    with pytest.raises(ClientError) as refused:
        sandbox.client("ec2", "moon").describe_vpcs()
    assert refused.value.response["Error"]["Message"] == (
        'Could not connect to the endpoint URL: "https://ec2.moon.amazonaws.com/": there is no AWS region moon.'
    )


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1", "ap-southeast-4"])
def test_every_region_that_exists_answers(sandbox: Sandbox, region: str) -> None:
    assert [vpc["IsDefault"] for vpc in sandbox.client("ec2", region).describe_vpcs()["Vpcs"]] == [True]


@pytest.fixture
def astray(in_sandbox: None) -> Iterator[Engine]:
    with Engine(aws_provider.provider()) as engine:
        engine.configure(region="eu-west-11")
        yield engine


def test_the_provider_names_it_too(astray: Engine) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        astray.create("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"}, "net")
    error: Any = refused.value
    assert error.details() == (
        "creating net: CreateVpc: EndpointConnectionError: Could not connect to the endpoint URL: "
        '"https://ec2.eu-west-11.amazonaws.com/": there is no AWS region eu-west-11. Did you mean eu-west-1?'
    )
