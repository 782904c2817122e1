"""Secrets leave as secrets, and stay out of messages; token pairs live as long as Twingate says."""

from typing import Any

import grpc
import pytest
from sandbox.helpers import Sandbox, post
from sandbox.providers.engine import Engine, Made, secret
from sandbox.providers.place import IMAGE, Place

PARAMETER = "aws:ssm/parameter:Parameter"
TOKENS = "twingate:index/twingateConnectorTokens:TwingateConnectorTokens"
VALUE = "hunter2-hunter2"


def test_a_secret_input_leaves_as_a_secret(aws: Engine) -> None:
    inputs = {"cidrBlock": "10.0.0.0/16", "tags": {"a": secret(VALUE)}}
    checked, _ = aws.check("aws:ec2/vpc:Vpc", inputs)
    assert (checked.secret, checked.props["tags"]) == ({"tags"}, {"a": VALUE})
    assert aws.preview("aws:ec2/vpc:Vpc", inputs).secret == {"tags"}
    made = aws.create("aws:ec2/vpc:Vpc", inputs)
    assert (made.secret, made.state["tags"]) == ({"tags"}, {"a": VALUE})
    assert aws.update(made, {**inputs, "tags": {"a": secret("other")}}).secret == {"tags"}


def test_a_parameter_is_secret_whatever_the_program_says(aws: Engine) -> None:
    made = aws.create(PARAMETER, {"type": "String", "value": VALUE})
    assert (made.secret, made.state["value"]) == ({"value"}, VALUE)
    for found in (aws.read(made), aws.find(PARAMETER, made.id)):
        assert found is not None
        assert (found.secret, found.state["value"]) == ({"value"}, VALUE)
    assert aws.preview(PARAMETER, {"type": "String", "value": VALUE}).secret == {"value"}


def test_tokens_are_secret(twingate: Engine, place: Place) -> None:
    made = twingate.create(TOKENS, {"connectorId": place.connector})
    assert made.secret == {"accessToken", "refreshToken"}
    assert made.id == place.connector
    found = twingate.read(made)
    assert found is not None
    assert found.secret == {"accessToken", "refreshToken"}
    assert twingate.preview(TOKENS, {"connectorId": place.connector}).secret == {"accessToken", "refreshToken"}


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (PARAMETER, {"type": VALUE, "value": VALUE}),
        (PARAMETER, {"type": secret(VALUE), "value": "x"}),
        ("aws:ec2/instance:Instance", {"ami": secret(VALUE), "instanceType": "t3a.micro"}),
        ("aws:ec2/instance:Instance", {"ami": IMAGE, "instanceType": secret(VALUE)}),
    ],
)
def test_no_refusal_shows_a_secret(aws: Engine, token: str, inputs: Any) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        aws.create(token, inputs)
    text = str(refused.value)
    assert "[secret]" in text
    assert VALUE not in text


def test_no_check_shows_a_secret(twingate: Engine) -> None:
    token = "twingate:index/twingateRemoteNetwork:TwingateRemoteNetwork"
    _, failures = twingate.check(token, {"location": secret(VALUE)})
    assert failures == {
        "location": f"The input 'location' of {token} is '[secret]'; "
        "allowed: AWS, AZURE, GOOGLE_CLOUD, ON_PREMISE, OTHER."
    }


def valid(sandbox: Sandbox, made: Made) -> bool:
    address = f"{sandbox.running.twingate}/api/v4/connector/validate_tokens"
    authorization = f"Bearer {made.state['accessToken']}"
    return post(address, {"refresh_token": made.state["refreshToken"]}, Authorization=authorization).status == 200


def test_each_creation_and_each_deletion_makes_a_new_pair(twingate: Engine, place: Place, sandbox: Sandbox) -> None:
    first = twingate.create(TOKENS, {"connectorId": place.connector})
    assert valid(sandbox, first)
    second = twingate.create(TOKENS, {"connectorId": place.connector})
    assert (valid(sandbox, first), valid(sandbox, second)) == (False, True)
    assert twingate.read(first) is None
    twingate.delete(first)  # as a replacement does it: the pair in use dies with the old resource
    assert valid(sandbox, second) is False
    assert twingate.read(second) is None


def test_tokens_of_a_deleted_connector_are_deleted_already(twingate: Engine, place: Place) -> None:
    made = twingate.create(TOKENS, {"connectorId": place.connector})
    place.graphql("mutation($id: ID!) { connectorDelete(id: $id) { ok } }", id=place.connector)
    twingate.delete(made)
    assert twingate.read(made) is None
