"""What Google's front end does before a service sees a request: paths, methods, bodies, errors."""

import json
from typing import Any

import pytest
from sandbox.gcp.cloud import PROJECT, REGION, ZONE, Cloud, refusal

from gatepost_sandbox.gcp import Api, State, api, discovery
from gatepost_sandbox.gcp.catalogue import REGIONS, ZONES

NETWORKS = f"/compute/v1/projects/{PROJECT}/global/networks"
ROUTERS = f"/compute/v1/projects/{PROJECT}/regions/{REGION}/routers"
FIREWALLS = f"/compute/v1/projects/{PROJECT}/global/firewalls"
PAYLOAD = "Invalid JSON payload received."
UNKNOWN = PAYLOAD + ' Unknown name "{}"{}: Cannot find field.'


def message(cloud: Cloud, path: str, body: Any, method: str = "POST") -> str:
    status, answer = cloud.raw(method, path, body)
    assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")
    return answer["error"]["message"]


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        (NETWORKS, {"name": "n", "auto_create_subnetworks": True}, 
         UNKNOWN.format("auto_create_subnetworks", "")),
        (NETWORKS, {"name": "n", "routingConfig": {"mode": "X"}}, UNKNOWN.format("mode", " at 'routingConfig'")),
        (NETWORKS, {"name": "n", "autoCreateSubnetworks": "no"},
         "Invalid value at 'autoCreateSubnetworks' (TYPE_BOOL), got str."),
        (NETWORKS, {"name": "n", "mtu": "large"}, "Invalid value at 'mtu' (TYPE_INT32), got str."),
        (NETWORKS, {"name": "n", "mtu": 1460.5}, "Invalid value at 'mtu' (TYPE_INT32), got float."),
        (NETWORKS, {"name": 7}, "Invalid value at 'name' (TYPE_STRING), got int."),
        (NETWORKS, {"name": "n", "routingConfig": []}, "Invalid value at 'routingConfig' (an object), got list."),
        (NETWORKS, {"autoCreateSubnetworks": False},
         "Invalid value for field 'resource.name': ''. Required field 'name' missing."),
        (
            NETWORKS,
            {"name": "Upper"},
            "Invalid value for field 'resource.name': 'Upper'. "
            "Must be a match of regex '[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?'.",
        ),
        (
            ROUTERS,
            {"name": "r", "network": "n", "nats": [{"name": "x", "natIpAllocateOption": "BY_HAND"}]},
            "Invalid value for field 'resource.nats[0].natIpAllocateOption': 'BY_HAND'. "
            "Allowed values: AUTO_ONLY, MANUAL_ONLY.",
        ),
        (FIREWALLS, {"name": "f", "allowed": {"IPProtocol": "tcp"}}, "Invalid value at 'allowed' (a list), got dict."),
        (
            f"/v1/projects/{PROJECT}/secrets/s:addVersion",
            {"payload": {"data": "no base64!"}},
            "Invalid value at 'payload.data' (TYPE_BYTES), Base64 decoding failed.",
        ),
        (f"{NETWORKS}?colour=red", {"name": "n"}, f'{PAYLOAD} Unknown name "colour": Cannot bind query parameter.'),
        (NETWORKS, b"{", f"{PAYLOAD} The body is not JSON."),
        (NETWORKS, [1], f"{PAYLOAD} The body must be an object."),
    ],
)  # fmt: skip
def test_a_wrong_body_never_reaches_the_service(cloud: Cloud, path: str, body: Any, problem: str) -> None:
    assert message(cloud, path, body) == problem


def test_everything_wrong_is_said_at_once(cloud: Cloud) -> None:
    said = message(cloud, NETWORKS, {"mtu": "x", "colour": 1}).split("\n")
    assert said == [
        "Invalid value at 'mtu' (TYPE_INT32), got str.",
        f'{PAYLOAD} Unknown name "colour": Cannot find field.',
        "Invalid value for field 'resource.name': ''. Required field 'name' missing.",
    ]


def test_no_message_shows_a_value_of_a_wrong_type(cloud: Cloud) -> None:
    said = message(cloud, f"/v1/projects/{PROJECT}/secrets/s:addVersion", {"payload": "hunter2"})
    assert said == "Invalid value at 'payload' (an object), got str."


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/compute/v1/nothing"), ("POST", f"{NETWORKS}/n"), ("GET", "/v2/projects"), ("GET", "/")],
)
def test_a_path_that_google_does_not_have_is_not_found(cloud: Cloud, method: str, path: str) -> None:
    status, answer = cloud.raw(method, path)
    text = f"The requested URL {path} was not found on this server for {method}."
    assert (status, answer) == (404, envelope(404, text, "notFound", "NOT_FOUND"))


@pytest.mark.parametrize(
    ("method", "path", "ident"),
    [
        ("POST", f"/compute/v1/projects/{PROJECT}/zones/{ZONE}/instances/x/suspend", "compute.instances.suspend"),
        ("GET", f"/v1/projects/{PROJECT}/locations", "secretmanager.projects.locations.list"),
        ("POST", f"/v1/projects/{PROJECT}/serviceAccounts/x/keys", "iam.projects.serviceAccounts.keys.create"),
    ],
)
def test_a_method_that_the_sandbox_lacks_is_unimplemented(cloud: Cloud, method: str, path: str, ident: str) -> None:
    status, answer = cloud.raw(method, path, {} if method == "POST" else None)
    text = f"The sandbox does not model the method {ident}."
    assert (status, answer) == (501, envelope(501, text, "notImplemented", "UNIMPLEMENTED"))


def envelope(code: int, text: str, reason: str, status: str) -> Any:
    error = {"message": text, "domain": "global", "reason": reason}
    return {"error": {"code": code, "message": text, "errors": [error], "status": status}}


def test_every_handler_is_for_a_method_of_google() -> None:
    methods = {method.id for group in discovery._methods().values() for method in group}
    made_up = set(api.HANDLERS) - methods
    # The rows of the table give every collection all six verbs; Google has not all of them.
    assert {ident.rpartition(".")[2] for ident in made_up} <= {"aggregatedList", "patch", "update"}
    assert len(methods) > 1200


def test_a_bug_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(call: object) -> Any:
        raise KeyError("oops")

    monkeypatch.setattr(api, "HANDLERS", {"compute.regions.list": broken})
    began: list[str] = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": f"/compute/v1/projects/{PROJECT}/regions", "wsgi.input": Empty()}
    (body,) = Api(State())(environ, lambda status, headers: began.append(status))
    assert began == ["500 Internal Server Error"]
    assert json.loads(body)["error"]["message"] == "This is a bug of the sandbox (KeyError: 'oops')."
    assert "KeyError" in capsys.readouterr().err


class Empty:
    def read(self, size: int) -> bytes:
        return b""


# --- the catalogue


def test_regions_and_zones(cloud: Cloud) -> None:
    regions = [r["name"] for r in cloud.compute.regions().list(project=PROJECT).execute()["items"]]
    zones = {z["name"]: z["region"] for z in cloud.compute.zones().list(project=PROJECT).execute()["items"]}
    assert (len(regions), len(zones)) == (len(REGIONS), len(ZONES)) == (42, 127)
    assert zones[ZONE].endswith(f"/projects/{PROJECT}/regions/{REGION}")
    assert "europe-west1-a" not in zones
    region = cloud.compute.regions().get(project=PROJECT, region="us-east1").execute()
    assert [link.rpartition("/")[2] for link in region["zones"]] == ["us-east1-b", "us-east1-c", "us-east1-d"]


@pytest.mark.parametrize("zone", ["europe-west1-a", "mars-north1-a"])
def test_a_zone_that_is_none_is_refused(cloud: Cloud, zone: str) -> None:
    asked = cloud.compute.zones().get(project=PROJECT, zone=zone)
    assert refusal(asked) == (404, "notFound", f"The resource 'projects/{PROJECT}/zones/{zone}' was not found")
    made = cloud.compute.instances().insert(project=PROJECT, zone=zone, body={"name": "x"})
    assert refusal(made) == (400, "invalid", f"Invalid value for field 'zone': '{zone}'. Unknown zone.")


def test_machine_types_are_those_of_the_zone(cloud: Cloud) -> None:
    types = cloud.compute.machineTypes()
    found = types.get(project=PROJECT, zone=ZONE, machineType="e2-small").execute()
    assert (found["guestCpus"], found["memoryMb"], found["architecture"]) == (2, 2048, "X86_64")
    arm = {zone: "t2a-standard-1" in {t["name"] for t in types.list(project=PROJECT, zone=zone).execute()["items"]}
           for zone in (ZONE, "europe-west4-a")}  # fmt: skip
    assert arm == {ZONE: False, "europe-west4-a": True}
    assert refusal(types.get(project=PROJECT, zone=ZONE, machineType="e2-tiny"))[0] == 404


@pytest.mark.parametrize(("family", "architecture"), [("debian-12", "X86_64"), ("debian-12-arm64", "ARM64")])
def test_the_newest_image_of_a_family_is_found(cloud: Cloud, family: str, architecture: str) -> None:
    image = cloud.compute.images().getFromFamily(project="debian-cloud", family=family).execute()
    arm = "-arm64" if architecture == "ARM64" else ""
    assert (image["name"], image["architecture"]) == (f"debian-12-bookworm{arm}-v20261006", architecture)
    assert cloud.compute.images().get(project="debian-cloud", image=image["name"]).execute() == image


def test_an_unknown_family_is_not_found(cloud: Cloud) -> None:
    asked = cloud.compute.images().getFromFamily(project="debian-cloud", family="debian-99")
    path = "projects/debian-cloud/global/images/family/debian-99"
    assert refusal(asked) == (404, "notFound", f"The resource '{path}' was not found")


def test_operations_can_be_asked_for(cloud: Cloud, name: str) -> None:
    done = cloud.compute.networks().insert(
        project=PROJECT, body={"name": name, "autoCreateSubnetworks": False}
    ).execute()  # fmt: skip
    asked = cloud.compute.globalOperations()
    assert asked.get(project=PROJECT, operation=done["name"]).execute() == done
    assert asked.wait(project=PROJECT, operation=done["name"]).execute() == done
    assert done["targetLink"].endswith(f"/projects/{PROJECT}/global/networks/{name}")
    assert refusal(asked.get(project=PROJECT, operation="none"))[0] == 404
