"""What Azure Resource Manager asks of every request, and resource groups."""

from typing import Any

import pytest
from sandbox.azure.cloud import LOCATION, STANDARD, SUBSCRIPTION, Cloud, Place, container

from gatepost_sandbox.azure import models_file
from gatepost_sandbox.azure.models import FILE


def error(reply: Any) -> tuple[int, str, str]:
    return reply.status, reply.body["error"]["code"], reply.body["error"]["message"]


def test_the_models_are_those_of_the_packages() -> None:
    told = "models.json is out of date. Renew it: python -m gatepost_sandbox.azure.models_file"
    assert FILE.read_text() == models_file.current(), told


# --- paths and versions


def test_an_api_version_is_needed_and_must_be_known(cloud: Cloud, place: Place) -> None:
    rid = place.rid("virtualNetworks", "v")
    status, code, _ = error(cloud.raw("GET", rid))
    assert (status, code) == (400, "MissingApiVersionParameter")
    status, code, text = error(cloud.raw("GET", f"{rid}?api-version=2019-13-01"))
    assert (status, code) == (400, "InvalidApiVersionParameter")
    assert text.startswith("The api-version '2019-13-01' is invalid. The supported versions are '2022-07-01, ")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "InvalidResourceType"),
        ("GET", "{group}/providers/Microsoft.Storage/storageAccounts/s", 404, "InvalidResourceNamespace"),
        ("GET", "{group}/providers/Microsoft.Network/loadBalancers/l", 404, "InvalidResourceType"),
        ("GET", "{group}/providers/Microsoft.Network/virtualNetworks/v", 404, "ResourceNotFound"),
        ("GET", "{group}/providers/Microsoft.Network/virtualNetworks/v/subnets/s", 404, "NotFound"),
        ("GET", "{group}x", 404, "ResourceGroupNotFound"),
        ("PUT", "{group}x/providers/Microsoft.Network/natGateways/v", 404, "ResourceGroupNotFound"),
        ("DELETE", "{group}x/providers/Microsoft.Network/natGateways/v", 404, "ResourceGroupNotFound"),
        ("PUT", "{group}/providers/Microsoft.Network/virtualNetworks/v/subnets/s", 404, "ParentResourceNotFound"),
        ("POST", "{group}/providers/Microsoft.Network/natGateways/v", 405, "MethodNotAllowed"),
        ("POST", "{group}/providers/Microsoft.Network/natGateways", 405, "MethodNotAllowed"),
        ("POST", "{group}", 405, "MethodNotAllowed"),
    ],
)
def test_paths(cloud: Cloud, place: Place, method: str, path: str, status: int, code: str) -> None:
    body = {} if method == "PUT" else None
    assert cloud.refused(method, path.format(group=place.group), body)[:2] == (status, code)


def test_an_unknown_type_is_told_with_its_namespace(cloud: Cloud, place: Place) -> None:
    _, _, text = cloud.refused("GET", f"{place.group}/providers/Microsoft.Network/loadBalancers/l")
    assert text == (
        "The resource type 'loadBalancers' could not be found in the namespace 'Microsoft.Network', or the sandbox "
        "does not model it."
    )


def test_ids_are_the_same_in_any_case(cloud: Cloud, place: Place) -> None:
    made = place.network("Net")
    assert cloud.get(made.lower().replace("microsoft.network", "Microsoft.Network"))["id"] == made
    place.subnet(made.lower().replace("microsoft.network", "Microsoft.Network"))
    assert [s["name"] for s in cloud.get(made)["properties"]["subnets"]] == ["a"]


@pytest.mark.parametrize("body", [b"{", b"[]"])
def test_a_body_is_an_object(cloud: Cloud, place: Place, body: bytes) -> None:
    assert cloud.refused("PUT", place.rid("natGateways", "n"), body)[:2] == (400, "InvalidRequestContent")


# --- bodies


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({"addressSpaces": {}}, "Could not find member 'addressSpaces' on object of type "
         "'VirtualNetworkPropertiesFormat'. Path 'properties.addressSpaces'. Did you mean 'addressSpace'?"),
        ({"addressSpace": {"addressPrefixes": "10.0.0.0/8"}},
         "The value of 'properties.addressSpace.addressPrefixes' must be an array, got str."),
        ({"addressSpace": []}, "The value of 'properties.addressSpace' must be an object, got list."),
        ({"enableDdosProtection": "true"},
         "The value of 'properties.enableDdosProtection' must be of type boolean, got str."),
        ({"flowTimeoutInMinutes": True},
         "The value of 'properties.flowTimeoutInMinutes' must be of type integer, got bool."),
        ({"subnets": [{"properties": {"delegations": [{"serviceName": "x"}]}}]},
         "Could not find member 'serviceName' on object of type 'Delegation'. Path "
         "'properties.subnets[0].properties.delegations[0].serviceName'."),
        ({"privateEndpointVNetPolicies": "Off"},
         "The value 'Off' of 'properties.privateEndpointVNetPolicies' is not allowed; allowed: Disabled, Basic."),
    ],
)  # fmt: skip
def test_names_and_types_are_checked(cloud: Cloud, place: Place, properties: Any, told: str) -> None:
    body = {"location": LOCATION, "properties": properties}
    status, code, text = cloud.refused("PUT", place.rid("virtualNetworks", "v"), body)
    assert (status, code, text) == (400, "InvalidRequestFormat", f"Cannot parse the request. {told}")


def test_all_problems_are_told_together(cloud: Cloud, place: Place) -> None:
    given = container(secureValue="hunter2", environmentVariables=[{"name": "A", "secure_value": "hunter2"}])
    del given["properties"]["image"]
    body = {"location": LOCATION, "properties": {"containers": [given]}}
    status, code, text = cloud.refused("PUT", place.container_id(), body)
    assert (status, code) == (400, "InvalidRequestContent")
    assert text == (
        "Cannot parse the request. "
        "Could not find member 'secureValue' on object of type 'Container.properties'. Path "
        "'properties.containers[0].properties.secureValue'. "
        "Could not find member 'secure_value' on object of type 'EnvironmentVariable'. Path "
        "'properties.containers[0].properties.environmentVariables[0].secure_value'. Did you mean 'secureValue'? "
        "Required property 'properties.containers[0].properties.image' was not found in JSON. "
        "Required property 'properties.osType' was not found in JSON."
    )


def test_words_of_enumerations_are_the_same_in_any_case(place: Place) -> None:
    body = {"publicIPAllocationMethod": "Static", "publicIPAddressVersion": "ipv4"}
    assert place.cloud.code(place.rid("publicIPAddresses", "a"), {"properties": body}) == "LocationRequired"


@pytest.mark.parametrize(
    ("location", "code"),
    [(None, "LocationRequired"), ("", "LocationRequired"), ("mars", "LocationNotAvailableForResourceType")],
)
def test_a_location_is_needed_and_must_be_known(place: Place, location: Any, code: str) -> None:
    body = {**place.network_body(), "location": location}
    assert place.cloud.code(place.rid("virtualNetworks", "v"), body) == code


def test_a_location_may_be_written_for_people(place: Place) -> None:
    body = {**place.network_body(), "location": "West Europe"}
    assert place.cloud.put(place.rid("virtualNetworks", "v"), body)["location"] == "westeurope"


def test_a_resource_stays_where_it_is(place: Place) -> None:
    place.network("v")
    body = {**place.network_body(), "location": "northeurope"}
    assert place.cloud.refused("PUT", place.rid("virtualNetworks", "v"), body) == (
        409,
        "InvalidResourceLocation",
        f"The resource 'v' already exists in location 'westeurope' in resource group '{place.name}'. A resource with "
        "the same name cannot be created in location 'northeurope'. Please select a new resource name.",
    )


@pytest.mark.parametrize(
    ("location", "zones", "code"),
    [
        ("westus", ["1"], "LocationNotSupportAvailabilityZones"),
        ("westeurope", ["4"], "InvalidAvailabilityZone"),
        ("westeurope", ["1", "3"], None),
        ("westus", [], None),
    ],
)
def test_zones_are_those_of_the_location(cloud: Cloud, location: str, zones: list[str], code: str | None) -> None:
    place = Place(cloud, "zonal", location)
    body = {"location": location, "sku": STANDARD, "zones": zones,
            "properties": {"publicIPAllocationMethod": "Static"}}  # fmt: skip
    reply = cloud.call("PUT", place.rid("publicIPAddresses", "a"), body)
    assert reply.body.get("error", {}).get("code") == code


def test_zones_stay(place: Place) -> None:
    made = place.address("a", zones=["1"])
    body = {"location": LOCATION, "sku": STANDARD, "properties": {"publicIPAllocationMethod": "Static"}}
    assert place.cloud.code(made["id"], body) == "ResourceAvailabilityZonesCannotBeModified"


def test_a_reference_must_exist_and_be_of_its_type(place: Place) -> None:
    network = place.network()
    missing, wrong = place.rid("natGateways", "none"), network
    for rid, code in ((missing, "InvalidResourceReference"), (wrong, "InvalidRequestFormat")):
        body = {"properties": {"addressPrefix": "10.60.1.0/24", "natGateway": {"id": rid}}}
        assert place.cloud.code(f"{network}/subnets/a", body) == code
    assert place.cloud.get(network)["properties"]["subnets"] == []


# --- operations


def test_a_write_is_an_operation_that_is_done(cloud: Cloud, place: Place) -> None:
    rid = place.rid("virtualNetworks", "v")
    made = cloud.call("PUT", rid, place.network_body())
    assert (made.status, made.body["properties"]["provisioningState"]) == (201, "Creating")
    where = made.headers["Azure-AsyncOperation"]
    assert where.startswith(f"{cloud.url}/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Network/")
    assert cloud.raw("GET", where.removeprefix(cloud.url)).body == {"status": "Succeeded"}
    assert cloud.get(rid)["properties"]["provisioningState"] == "Succeeded"
    assert cloud.call("PUT", rid, place.network_body()).status == 200
    gone = cloud.call("DELETE", rid)
    assert (gone.status, gone.body, "Azure-AsyncOperation" in gone.headers) == (202, None, True)
    assert cloud.call("DELETE", rid).status == 204


def test_a_refused_write_changes_nothing(place: Place) -> None:
    network = place.network()
    place.subnet(network)
    listed = [{"name": "b", "properties": {"addressPrefix": "10.60.1.0/24"}},
              {"name": "c", "properties": {"addressPrefix": "10.70.1.0/24"}}]  # fmt: skip
    body = place.network_body("10.60.0.0/17", subnets=listed)
    assert place.cloud.code(network, body) == "NetcfgSubnetRangeOutsideVnet"
    after = place.cloud.get(network)["properties"]
    assert [s["name"] for s in after["subnets"]] == ["a"]
    assert after["addressSpace"]["addressPrefixes"] == ["10.60.0.0/16"]


def test_tags_are_patched(cloud: Cloud, place: Place) -> None:
    made = place.network()
    for rid in (place.group, made):
        assert cloud.call("PATCH", rid, {"tags": {"a": "1"}}).body["tags"] == {"a": "1"}
        assert cloud.get(rid)["tags"] == {"a": "1"}
    assert cloud.refused("PATCH", made, {"zones": ["1"]})[:2] == (400, "InvalidRequestFormat")
    assert cloud.refused("PATCH", place.subnet(made), {})[:2] == (405, "MethodNotAllowed")


def test_lists_show_one_group(cloud: Cloud, place: Place) -> None:
    made = place.network("v")
    Place(cloud, "elsewhere").network("w")
    listed = cloud.get(place.rid("virtualNetworks", "").rstrip("/"))["value"]
    assert [item["id"] for item in listed] == [made]
    groups = cloud.get(f"/subscriptions/{SUBSCRIPTION}/resourceGroups")["value"]
    assert [group["name"] for group in groups] == [place.name, "elsewhere"]
    assert cloud.get(f"{made}/subnets") == {"value": []}


# --- resource groups


def test_a_group_is_deleted_with_all_that_is_in_it(cloud: Cloud, place: Place) -> None:
    subnet = place.subnet(place.network(), natGateway=place.gateway("", place.address()["id"]))
    place.containers(subnet)
    gone = cloud.call("DELETE", place.group)
    where = gone.headers["Location"].removeprefix(cloud.url)
    assert (gone.status, cloud.raw("GET", where).status) == (202, 204)
    assert cloud.refused("GET", place.group)[1] == "ResourceGroupNotFound"
    assert cloud.state.resources == {}
    assert cloud.refused("DELETE", place.group)[:2] == (404, "ResourceGroupNotFound")


def test_a_group_stays_while_another_one_needs_it(cloud: Cloud, place: Place) -> None:
    subnet = place.subnet(place.network())
    other = Place(cloud, "other").containers(subnet)
    assert cloud.refused("DELETE", place.group) == (
        409,
        "ResourceGroupDeletionBlocked",
        f"Deletion of resource group '{place.name}' did not finish: {other['id']} uses what is in it.",
    )


def test_a_group_has_a_location(cloud: Cloud, place: Place) -> None:
    new = f"{place.group}x"
    assert cloud.code(new, {}) == "InvalidRequestFormat"
    assert cloud.code(new, {"location": "mars"}) == "LocationNotAvailableForResourceGroup"
    assert cloud.refused("PUT", place.group, {"location": "northeurope"})[:2] == (409, "InvalidResourceGroupLocation")
    assert cloud.put(place.group, {"location": LOCATION, "tags": {"a": "1"}})["tags"] == {"a": "1"}
