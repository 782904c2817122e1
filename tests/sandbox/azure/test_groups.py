"""Container groups: what is refused, what an update may change, what is shown."""

from typing import Any

import pytest
from sandbox.azure.cloud import LOCATION, Cloud, Limit, Place, container

NEEDED = "Microsoft.ContainerInstance"


@pytest.fixture
def inside(place: Place) -> str:
    """The id of a delegated subnet."""
    return place.subnet(place.network())


def code(place: Place, used: str | None, **more: Any) -> str | None:
    """The code of the refusal of a container group, or None."""
    body = place.containers_body(used, **more)
    return place.cloud.call("PUT", place.container_id(), body).body.get("error", {}).get("code")


def sized(cpu: float, memory: float) -> list[dict[str, Any]]:
    return [container(resources={"requests": {"cpu": cpu, "memoryInGB": memory}})]


# --- where


def test_a_subnet_must_be_delegated(place: Place) -> None:
    other = place.subnet(place.network(), delegated="Microsoft.Web/serverFarms")
    body = place.containers_body(other)
    assert place.cloud.refused("PUT", place.container_id(), body) == (
        400,
        "SubnetMissingRequiredDelegation",
        f"Subnet missing required delegation '{NEEDED}' for container group '{place.name}'.",
    )


def test_groups_take_the_free_addresses_of_their_subnet(place: Place) -> None:
    small = place.subnet(place.network(), "a", "10.60.1.0/29")
    for name in "abc":
        place.containers(small, name, ipAddress={"type": "Private", "ports": [{"port": 80}]})
    shown = [place.cloud.get(place.container_id(n))["properties"]["ipAddress"]["ip"] for n in "abc"]
    assert shown == ["10.60.1.4", "10.60.1.5", "10.60.1.6"]
    assert code(place, small) == "SubnetIsFull"
    place.cloud.delete(place.container_id("b"))
    assert place.containers(small, "d", ipAddress={"type": "Private", "ports": [{"port": 80}]})["properties"][
        "ipAddress"]["ip"] == "10.60.1.5"  # fmt: skip


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"ipAddress": {"type": "Public", "ports": [{"port": 80}]}}, "PublicIPAddressTypeNotSupported"),
        ({"dnsConfig": {"nameServers": ["dns"]}}, "InvalidDnsConfig"),
        ({"dnsConfig": {}}, "InvalidRequestContent"),
        ({"zones": ["1", "2"]}, "InvalidAvailabilityZone"),
        ({"zones": ["1"]}, None),
        ({"volumes": [{"name": "v", "emptyDir": {}}]}, "NotImplemented"),
        ({"priority": "Spot"}, "NotImplemented"),
        ({"osType": "Linus"}, "InvalidRequestContent"),
        ({"containers": []}, "InvalidContainerGroup"),
        ({"containers": [container(), container()]}, "InvalidContainerGroup"),
        ({"containers": [container(environmentVariables=[{"name": "A", "value": "x", "secureValue": "y"}])]},
         "InvalidEnvironmentVariable"),
        ({"containers": [container(environmentVariables=[{"name": "A"}])]}, "InvalidEnvironmentVariable"),
        ({"containers": [container(environmentVariables=[{"name": "A", "value": "x"}] * 2)]},
         "InvalidEnvironmentVariable"),
    ],
)  # fmt: skip
def test_groups_are_checked(place: Place, inside: str, more: dict[str, Any], wanted: str | None) -> None:
    assert code(place, inside, **more) == wanted


@pytest.mark.parametrize(
    "more", [{"dnsConfig": {"nameServers": ["10.0.0.4"]}}, {"ipAddress": {"type": "Private", "ports": [{"port": 80}]}}]
)
def test_what_needs_a_subnet(place: Place, more: dict[str, Any]) -> None:
    assert code(place, None, **more) == "InvalidIPAddressType"


def test_a_group_is_in_one_subnet(place: Place, inside: str) -> None:
    assert code(place, inside, subnetIds=[{"id": inside}] * 2) == "InvalidSubnetIds"


# --- how large, how many


@pytest.mark.parametrize(
    ("cpu", "memory", "wanted"),
    [(4, 16, None), (0.5, 0.5, None), (4.5, 8, "ServiceUnavailable"), (2, 16.5, "ServiceUnavailable"),
     (0, 1, "InvalidResourceRequests"), (1, 0, "InvalidResourceRequests")],
)  # fmt: skip
def test_the_size_of_a_group(place: Place, inside: str, cpu: float, memory: float, wanted: str | None) -> None:
    assert code(place, inside, containers=sized(cpu, memory)) == wanted


def test_windows_is_not_offered_here(place: Place, inside: str) -> None:
    body = place.containers_body(inside, osType="Windows")
    assert place.cloud.refused("PUT", place.container_id(), body) == (
        409,
        "ServiceUnavailable",
        "The requested resource is not available in the location 'westeurope' at this moment. Please retry with a "
        "different resource request or in another location. Resource requested: '1' CPU '2' GB memory 'Windows' OS "
        "virtual network",
    )


def quota(name: str, limit: int, used: int, wanted: int = 1) -> tuple[int, str, str]:
    text = f"container group quota '{name}' exceeded in region '{LOCATION}'. Limit: '{limit}', Usage: '{used}'"
    kind = "Resource type 'Microsoft.ContainerInstance/containerGroups'"
    return 409, "ContainerGroupQuotaReached", f"{kind} {text} Requested: '{wanted}'."


def test_the_number_of_groups_is_limited_by_region(cloud: Cloud, place: Place, inside: str, limit: Limit) -> None:
    limit("container_groups", 1)
    place.containers(inside, "first")
    place.containers(inside, "first")
    body = place.containers_body(inside)
    assert cloud.refused("PUT", place.container_id(), body) == quota("ContainerGroups", 1, 1)
    far = Place(cloud, "far", "northeurope")
    far.containers(None)


def test_the_number_of_cores_is_limited(cloud: Cloud, place: Place, inside: str, limit: Limit) -> None:
    limit("container_cores", 4)
    place.containers(inside, "first", containers=sized(3, 1))
    body = place.containers_body(inside, containers=sized(2, 1))
    assert cloud.refused("PUT", place.container_id(), body) == quota("StandardCores", 4, 3, 2)
    assert code(place, inside, containers=sized(1, 1)) is None


def test_without_a_quota_there_is_no_limit(place: Place, inside: str, limit: Limit) -> None:
    limit("container_groups", 0)
    assert code(place, inside) == "ContainerGroupQuotaReached"
    limit("container_groups", None)
    limit("container_cores", None)
    assert code(place, inside) is None


# --- updates

CHANGES: dict[str, tuple[dict[str, Any], bool]] = {
    "cpu": ({"containers": sized(2, 2)}, False),
    "memory": ({"containers": sized(1, 3)}, False),
    "restart policy": ({"restartPolicy": "Never"}, False),
    "dns": ({"dnsConfig": {"nameServers": ["10.60.0.9"]}}, False),
    "address": ({"ipAddress": {"type": "Private", "ports": [{"port": 80}]}}, False),
    "image": ({"containers": [container(image="twingate/connector:1.80.0")]}, True),
    "environment": ({"containers": [container(environmentVariables=[{"name": "A", "value": "x"}])]}, True),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_an_update_may_change(place: Place, inside: str, change: str) -> None:
    place.containers(inside)
    more, ok = CHANGES[change]
    assert code(place, inside, **more) == (None if ok else "InvalidContainerGroupUpdate")


def test_the_words_of_a_refused_update(place: Place, inside: str) -> None:
    made = place.containers(inside)
    other = place.subnet(inside.rpartition("/subnets/")[0], "b", "10.60.2.0/24")
    status, _, text = place.cloud.refused("PUT", made["id"], place.containers_body(other))
    assert (status, text) == (
        400,
        f"The updates on container group '{place.name}' are invalid. If you are going to update the os type, restart "
        "policy, network profile, CPU, memory or GPU resources for a container group, you must delete it first and "
        "then create a new one.",
    )


def test_a_stopped_group_is_deployed_anew(place: Place, inside: str) -> None:
    made = place.containers(inside)
    place.cloud.call("POST", f"{made['id']}/stop")
    assert place.cloud.get(made["id"])["properties"]["instanceView"]["state"] == "Stopped"
    after = place.containers(inside, containers=sized(2, 2))
    assert after["properties"]["instanceView"]["state"] == "Running"


def test_tags_are_patched_without_a_restart(place: Place, inside: str) -> None:
    made = place.containers(inside)
    body = {"tags": {"a": "1"}}
    patched = place.cloud.call("PATCH", made["id"], body).body
    assert (patched["tags"], patched["properties"]) == ({"a": "1"}, made["properties"])


# --- what is shown


def test_no_answer_shows_a_secret(place: Place, inside: str) -> None:
    secret = "hunter2"
    given = container(environmentVariables=[{"name": "A", "secureValue": secret}, {"name": "B", "value": "x"}])
    more = {
        "containers": [given],
        "imageRegistryCredentials": [{"server": "a.azurecr.io", "username": "u", "password": secret}],
        "diagnostics": {"logAnalytics": {"workspaceId": "w", "workspaceKey": secret}},
    }
    rid = place.container_id()
    replies = [place.cloud.call("PUT", rid, place.containers_body(inside, **more)), place.cloud.call("GET", rid),
               place.cloud.call("PATCH", rid, {"tags": {}}),
               place.cloud.call("GET", rid.rpartition("/")[0])]  # fmt: skip
    assert [(r.status, secret in str(r.body), "'u'" in str(r.body)) for r in replies] == [
        (201, False, True), (200, False, True), (200, False, True), (200, False, True)
    ]  # fmt: skip
    assert replies[1].body["properties"]["containers"][0]["properties"]["environmentVariables"] == [
        {"name": "A"}, {"name": "B", "value": "x"}
    ]  # fmt: skip


def test_logs_are_those_of_a_container(place: Place, inside: str) -> None:
    rid = place.containers(inside)["id"]
    assert place.cloud.get(f"{rid}/containers/connector/logs") == {"content": ""}
    assert place.cloud.refused("GET", f"{rid}/containers/other/logs")[:2] == (404, "ContainerNotFound")
    assert place.cloud.refused("POST", f"{rid}x/stop")[:2] == (404, "ResourceNotFound")
    assert place.cloud.refused("POST", f"{rid}/attach")[:2] == (404, "InvalidResourceType")
