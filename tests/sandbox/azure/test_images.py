"""Which images can be pulled, and when Docker Hub has had enough."""

from datetime import timedelta
from typing import Any

import pytest
from sandbox.azure.cloud import Limit, Place, container

KNOWS = "The sandbox knows twingate/connector, copies of it in other registries, and what is on mcr.microsoft.com."
NO_NAME = "That is not the name of an image."
NO_TAG = "There is no tag {}. The sandbox knows latest, 1, and versions such as 1.80 and 1.80.0."
CLOSED = "The registry acme.azurecr.io lets nobody in without an account: give imageRegistryCredentials for it."
DIGEST = "sha256:" + "a" * 64
ACCOUNT = {"username": "u", "password": "hunter2"}


@pytest.fixture
def inside(place: Place) -> str:
    """The id of a delegated subnet."""
    return place.subnet(place.network())


def refusal(place: Place, inside: str, image: str, *accounts: dict[str, str]) -> tuple[int, str, str] | None:
    """Status, code and message of the refusal of a group with an image, or None."""
    body = place.containers_body(inside, containers=[container(image=image)], imageRegistryCredentials=list(accounts))
    reply = place.cloud.call("PUT", place.container_id(), body)
    error = reply.body.get("error")
    return (reply.status, error["code"], error["message"]) if error else None


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        ("twingate/connector", None),
        ("twingate/connector:1", None),
        ("twingate/connector:latest", None),
        ("twingate/connector:1.80", None),
        ("twingate/connector:1.80.0", None),
        (f"twingate/connector@{DIGEST}", None),
        (f"twingate/connector:1@{DIGEST}", None),
        ("docker.io/twingate/connector:1", None),
        ("ghcr.io/acme/twingate/connector:1", None),
        ("mcr.microsoft.com/azuredocs/aci-helloworld", None),
        ("twingate/connector:2", NO_TAG.format("2")),
        ("twingate/connector:1.80.0-rc1", NO_TAG.format("1.80.0-rc1")),
        ("acme.azurecr.io/twingate/connector:1", CLOSED),
        ("mirror/twingate/connector:1", KNOWS),
        ("acme.azurecr.io/nottwingate/connector:1", KNOWS),
        ("twingate/conector:1", KNOWS),
        ("nginx", KNOWS),
        ("twingate/connector:", NO_NAME),
        ("twingate/connector@sha256:abc", NO_NAME),
        ("Twingate/Connector:1", NO_NAME),
    ],
)
def test_what_can_be_pulled(place: Place, inside: str, image: str, problem: str | None) -> None:
    text = f"The image '{image}' in container group '{place.name}' is not accessible. Please check the image and "
    wanted = (400, "InaccessibleImage", f"{text}registry credential. {problem}") if problem else None
    assert refusal(place, inside, image) == wanted


@pytest.mark.parametrize(
    ("account", "code"),
    [
        ({"server": "acme.azurecr.io", **ACCOUNT}, None),
        ({"server": "https://ACME.azurecr.io/", **ACCOUNT}, None),
        ({"server": "other.azurecr.io", **ACCOUNT}, "InaccessibleImage"),
        ({"server": "acme.azurecr.io", "username": "u"}, "InaccessibleImage"),
    ],
)
def test_a_registry_of_ones_own_needs_an_account(
    place: Place, inside: str, account: dict[str, str], code: str | None
) -> None:
    refused = refusal(place, inside, "acme.azurecr.io/mirror/twingate/connector:1", account)
    assert (refused[1] if refused else None) == code


def test_a_refused_pull_makes_no_group(place: Place, inside: str) -> None:
    told = f"The image 'nginx' in container group '{place.name}' is not accessible. Please check the image and registry"
    assert refusal(place, inside, "nginx") == (400, "InaccessibleImage", f"{told} credential. {KNOWS}")
    assert place.cloud.refused("GET", place.container_id())[1] == "ResourceNotFound"


TOO_MANY = (
    409,
    "RegistryErrorResponse",
    "An error response is received from the docker registry 'index.docker.io'. Please retry later.",
)


def test_docker_hub_has_enough_of_pulls_without_an_account(place: Place, inside: str, limit: Limit) -> None:
    limit("docker_hub_pulls", 2)
    rid = place.containers(inside)["id"]
    assert place.cloud.call("POST", f"{rid}/restart").status == 204
    assert refusal(place, inside, "twingate/connector:1") == TOO_MANY
    assert place.cloud.refused("POST", f"{rid}/restart") == TOO_MANY
    assert place.cloud.refused("POST", f"{rid}/start") == TOO_MANY
    assert refusal(place, inside, "ghcr.io/acme/twingate/connector:1") is None
    assert refusal(place, inside, "twingate/connector:1", {"server": "index.docker.io", **ACCOUNT}) is None
    assert refusal(place, inside, "twingate/connector:1", {"server": "acme.azurecr.io", **ACCOUNT}) == TOO_MANY


def test_docker_hub_counts_for_six_hours(place: Place, inside: str, limit: Limit) -> None:
    state, clock = place.cloud.state, place.cloud.state.clock
    limit("docker_hub_pulls", 1)
    place.containers(inside)
    state.clock = lambda: clock() + timedelta(hours=5, minutes=59)
    assert refusal(place, inside, "twingate/connector:1") == TOO_MANY
    state.clock = lambda: clock() + timedelta(hours=6)
    assert refusal(place, inside, "twingate/connector:1") is None


def test_an_image_counts_once_for_a_group(place: Place, inside: str, limit: Limit) -> None:
    limit("docker_hub_pulls", 1)
    both: Any = [container("a"), container("b")]
    place.containers(inside, containers=both)
    assert len(place.cloud.state.pulls) == 1
