"""Names, locations, changes that depend on values, and secrets."""

import re
from typing import Any

import grpc
import pytest
from sandbox.azure.cloud import STANDARD, Cloud, Place
from sandbox.azure.rows import TCP, a_subnet, container, in_group
from sandbox.providers.engine import UNKNOWN, Engine, Props, secret

from gatepost_sandbox.providers.azure_native import KINDS, provider

ADDRESS = "azure-native:network:PublicIPAddress"
CONTAINERS = "azure-native:containerinstance:ContainerGroup"
GATEWAY = "azure-native:network:NatGateway"
GROUP = "azure-native:resources:ResourceGroup"
NETWORK = "azure-native:network:VirtualNetwork"
RULES = "azure-native:network:NetworkSecurityGroup"
SUBNET = "azure-native:network:Subnet"
TABLE = "azure-native:network:RouteTable"
PARTS = {"Subnet", "SecurityRule", "Route", "VirtualNetworkPeering"}


def refusal(call: Any, *args: Any) -> str:
    with pytest.raises(grpc.RpcError) as refused:
        call(*args)
    error: Any = refused.value
    return error.details()


def address(place: Place, **more: Any) -> Props:
    return {"resourceGroupName": place.name, "sku": STANDARD, "publicIPAllocationMethod": "Static", **more}


# --- names and locations


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_automatic_names(azure: Engine, kind: Any) -> None:
    inputs: Props = {k: "x" for k in azure.provider.kinds[kind.token].schema.required if k != "containers"}
    inputs |= {"containers": [container()]} if kind.token == CONTAINERS else {"location": "westeurope"}
    inputs = {k: v for k, v in inputs.items() if k in kind.inputs} | ({"priority": 100} if "priority" in inputs else {})
    bag, failures = azure.check(kind.token, inputs, "thing")
    assert failures == {}
    name = bag.props[kind.autoname]
    assert re.fullmatch("thing" if kind.__name__ in PARTS else "thing[0-9a-f]{8}", name)
    assert azure.check(kind.token, inputs, "thing", olds={kind.autoname: name})[0].props[kind.autoname] == name


@pytest.mark.parametrize(("more", "first"), [({}, False), ({"publicIpAddressName": "by-hand"}, True)])
def test_a_name_by_hand_deletes_first(azure: Engine, place: Place, more: Props, first: bool) -> None:
    made = azure.create(ADDRESS, address(place, **more))
    diff = azure.diff(made, address(place, location="northeurope", **more))
    assert (list(diff.replaces), diff.deleteBeforeReplace) == (["location"], first)


def test_a_part_always_deletes_first(azure: Engine, place: Place) -> None:
    place.network("v")
    place.network("w")
    inputs = {"resourceGroupName": place.name, "virtualNetworkName": "v", "addressPrefix": "10.60.1.0/24"}
    diff = azure.diff(azure.create(SUBNET, inputs), {**inputs, "virtualNetworkName": "w"})
    assert (list(diff.replaces), diff.deleteBeforeReplace) == (["virtualNetworkName"], True)


def test_the_location_is_that_of_the_group(azure: Engine, cloud: Cloud, in_cloud: None) -> None:
    far = Place(cloud, "far", "northeurope")
    assert azure.create(ADDRESS, address(far)).state["location"] == "northeurope"
    assert azure.check(ADDRESS, address(far, resourceGroupName=UNKNOWN))[0].props["location"] == UNKNOWN
    with Engine(provider()) as engine:
        engine.configure(location="westus")
        assert engine.create(ADDRESS, address(far)).state["location"] == "westus"
        assert engine.create(GROUP, {}).state["location"] == "westus"


def test_a_group_needs_a_location(azure: Engine) -> None:
    told = "missing required property 'location'. Either set it explicitly or configure it with 'pulumi config set "
    assert azure.check(GROUP, {})[1] == {"location": f"{told}azure-native:location <value>'."}


def test_a_location_has_several_spellings(azure: Engine, place: Place) -> None:
    made = azure.create(ADDRESS, address(place, location="West Europe", publicIpAddressName="a"))
    diffs = azure.diff(made, address(place, location="westeurope", publicIpAddressName="a")).diffs
    assert list(diffs) == []


# --- changes


def test_an_update_makes_all_but_the_name_unknown(azure: Engine, place: Place) -> None:
    made = azure.create(ADDRESS, address(place))
    shown = azure.update(made, address(place, tags={"a": "1"}), preview=True).state
    assert {k for k, v in shown.items() if v == UNKNOWN} == {"ipAddress", "type", "provisioningState", "etag"}
    assert shown["name"] == made.state["name"]


def test_an_address_survives_an_update(azure: Engine, place: Place) -> None:
    made = azure.create(ADDRESS, address(place))
    assert azure.update(made, address(place, tags={"a": "1"})).state["ipAddress"] == made.state["ipAddress"]


@pytest.mark.parametrize(
    ("sku", "replaces"),
    [({"name": "StandardV2"}, ["sku"]), ({"name": "Standard", "tier": "Regional"}, []), (None, ["sku"])],
)
def test_only_a_changed_member_of_a_sku_replaces(
    azure: Engine, place: Place, sku: Props | None, replaces: list[str]
) -> None:
    made = azure.create(ADDRESS, address(place))
    without = {k: v for k, v in address(place).items() if k != "sku"}
    diff = azure.diff(made, {**without, "sku": sku} if sku else without)
    assert (list(diff.diffs), list(diff.replaces)) == (["sku"], replaces)


def test_an_import_without_the_version_would_replace(azure: Engine, place: Place) -> None:
    made = place.address("a", zones=["1"])
    found = azure.find(ADDRESS, made["id"])
    assert found is not None
    inputs = address(place, publicIpAddressName="a", zones=["1"], idleTimeoutInMinutes=4, location="westeurope")
    assert list(azure.diff(found, inputs).replaces) == ["publicIPAddressVersion"]
    whole = {**inputs, "publicIPAddressVersion": "IPv4", "sku": {**STANDARD, "tier": "Regional"}}
    assert list(azure.diff(found, whole).diffs) == []


@pytest.mark.parametrize(
    ("token", "name", "key", "part"),
    [
        (NETWORK, "virtualNetworks", "subnets", {"addressPrefix": "10.70.1.0/24"}),
        (RULES, "networkSecurityGroups", "securityRules", TCP),
        (TABLE, "routeTables", "routes", {"addressPrefix": "10.0.0.0/8", "nextHopType": "None"}),
    ],
)
def test_an_update_keeps_parts_that_are_resources_of_their_own(
    azure: Engine, place: Place, token: str, name: str, key: str, part: Props
) -> None:
    space = {"addressSpace": {"addressPrefixes": ["10.70.0.0/16"]}} if token == NETWORK else {}
    kind = azure.provider.kinds[token]
    inputs = {"resourceGroupName": place.name, str(kind.autoname): "x", **space}
    made = azure.create(token, inputs)
    place.cloud.put(f"{place.rid(name, 'x')}/{key}/own", {"properties": part})
    updated = azure.update(made, {**inputs, "tags": {"a": "1"}})
    assert [item["name"] for item in updated.state[key]] == ["own"]
    refreshed = azure.read(made)
    assert refreshed is not None
    assert list(azure.diff(refreshed, inputs).diffs) == []


def test_a_refresh_gives_inputs_that_the_provider_takes(azure: Engine, place: Place) -> None:
    subnets = [{"name": "a", "addressPrefix": "10.70.1.0/24"}]
    space = {"addressPrefixes": ["10.70.0.0/16"]}
    groups = in_group(place, "containerGroupName", osType="Linux", containers=[container()],
                      subnetIds=[{"id": a_subnet(place)}])  # fmt: skip
    network = in_group(place, "virtualNetworkName", addressSpace=space, subnets=subnets, tags={},
                       dhcpOptions={"dnsServers": []})  # fmt: skip
    for token, inputs in ((CONTAINERS, groups), (NETWORK, network)):
        made = azure.create(token, inputs)
        for found in (azure.read(made), azure.find(token, made.id)):
            assert found is not None
            given = {k: v for k, v in found.inputs.items() if k != "azureApiVersion"}
            assert azure.check(token, given)[1] == {}
        refreshed = azure.read(made)
        assert refreshed is not None
        assert {k: refreshed.inputs[k] for k in inputs if k != "subnets"} == {
            k: v for k, v in inputs.items() if k != "subnets"
        }
    assert "instanceView" in azure.create(CONTAINERS, {**groups, "containerGroupName": "y"}).state["containers"][0]


def test_false_is_not_the_same_as_nothing(azure: Engine, place: Place) -> None:
    place.network("v")
    inputs = {"resourceGroupName": place.name, "virtualNetworkName": "v", "addressPrefix": "10.60.1.0/24"}
    made = azure.create(SUBNET, inputs)
    assert list(azure.diff(made, {**inputs, "defaultOutboundAccess": False}).diffs) == ["defaultOutboundAccess"]
    assert list(azure.diff(made, {**inputs, "serviceEndpoints": []}).diffs) == ["serviceEndpoints"]
    assert list(azure.diff(made, {**inputs, "natGateway": None}).diffs) == []


def test_a_change_from_outside_is_seen(azure: Engine, place: Place) -> None:
    inputs = in_group(place, "networkSecurityGroupName", securityRules=[{"name": "a", **TCP}])
    made = azure.create(RULES, inputs)
    rid = f"{made.id}/securityRules/a"
    changed = {**place.cloud.get(rid)["properties"], "access": "Deny"}
    place.cloud.put(rid, {"properties": changed})
    found = azure.read(made)
    assert found is not None
    assert found.inputs["securityRules"][0]["access"] == "Deny"
    assert list(azure.diff(found, inputs).diffs) == ["securityRules"]


def test_azure_refuses_what_a_container_group_cannot_change(azure: Engine, place: Place) -> None:
    inputs = in_group(place, "containerGroupName", osType="Linux", containers=[container()],
                      subnetIds=[{"id": a_subnet(place)}])  # fmt: skip
    made = azure.create(CONTAINERS, inputs)
    larger = {**inputs, "containers": [container(resources={"requests": {"cpu": 2, "memoryInGB": 2}})]}
    diff = azure.diff(made, larger)
    assert (list(diff.diffs), list(diff.replaces)) == (["containers"], [])
    told = refusal(azure.update, made, larger)
    start = f'updating {made.id}: Status=400 Code="InvalidContainerGroupUpdate" Message="The updates on container group'
    assert told.startswith(start)


def test_what_is_in_use_is_not_deleted(azure: Engine, place: Place) -> None:
    made = azure.create(ADDRESS, address(place))
    azure.create(GATEWAY, {"resourceGroupName": place.name, "sku": STANDARD, "publicIpAddresses": [{"id": made.id}]})
    assert refusal(azure.delete, made).startswith(
        f'deleting {made.id}: Status=400 Code="PublicIPAddressCannotBeDeleted" Message="Public IP address {made.id} can'
    )


def test_what_is_gone_with_its_group_is_gone(azure: Engine, place: Place) -> None:
    made = azure.create(ADDRESS, address(place))
    place.cloud.delete(place.group)
    azure.delete(made)
    assert azure.read(made) is None


# --- secrets


def with_secret(place: Place, value: Any, used: str | None = None) -> Props:
    env = [{"name": "A", "secureValue": value}]
    return in_group(place, "containerGroupName", osType="Linux", containers=[container(environmentVariables=env)],
                    subnetIds=[{"id": used or a_subnet(place)}])  # fmt: skip


def test_a_secret_of_the_program_stays_one(azure: Engine, place: Place) -> None:
    made = azure.create(CONTAINERS, with_secret(place, secret("hunter2")))
    assert made.secret == {"containers"}


def test_a_refresh_keeps_what_azure_never_shows(azure: Engine, place: Place) -> None:
    used = a_subnet(place)
    made = azure.create(CONTAINERS, with_secret(place, "hunter2", used))
    found = azure.read(made)
    assert found is not None
    (variable,) = found.inputs["containers"][0]["environmentVariables"]
    assert variable == {"name": "A", "secureValue": "hunter2"}
    assert list(azure.diff(found, with_secret(place, "other", used)).diffs) == ["containers"]


def test_no_refusal_shows_a_secret(azure: Engine, place: Place) -> None:
    inputs = with_secret(place, secret("hunter2"))
    told = refusal(azure.create, CONTAINERS, {**inputs, "containerGroupName": secret("hunter2"), "osType": "hunter2"})
    assert ("[secret]" in told, "hunter2" in told) == (True, False)
