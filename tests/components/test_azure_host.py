import hashlib
import re
from typing import Any

import pulumi
import pytest
from components.azure_hosts import ACR, HUB, LOGS, args, host, spec
from components.azure_sites import GROUP, SUBNETS
from google.protobuf.json_format import MessageToDict
from recorder import SECRET_KEY, Deployment, unknown

from gatepost.azure import Host, LogAnalytics, Registry

HOST = "gatepost:azure:Host"
SECRET = "1b47061264138c4ac30d75fd1eb44270"


def trigger(seen: Deployment) -> list[str]:
    """The plain values that replace the group when they change."""
    value = seen.request("a-group").replacement_trigger
    assert value.WhichOneof("kind") == "list_value", "a secret trigger is forgotten by the engine"
    return [item.string_value for item in value.list_value.values]


def plain(value: Any) -> Any:
    """Inputs as they are sent, without the envelopes of secrets."""
    if isinstance(value, dict):
        return plain(value["value"]) if value.get(SECRET_KEY) == SECRET else {k: plain(v) for k, v in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def container(seen: Deployment) -> dict[str, Any]:
    (found,) = plain(seen.only(GROUP)["containers"])
    return found


# --- what there is


def test_a_host_is_one_container_group_with_nothing_open(deploy):
    seen = deploy(host)
    assert seen.tree() == {(HOST, "a", "test-dev"), (GROUP, "a-group", "a")}
    group = plain(seen.only(GROUP))
    assert group == {
        "resourceGroupName": "hosts",
        "location": "westeurope",
        "containers": group["containers"],
        "osType": "Linux",
        "restartPolicy": "Always",
        "subnetIds": [{"id": SUBNETS["2"]}],
        "zones": ["2"],
        "tags": {
            "Name": "dev-payments-west-a",
            "managed-by": "gatepost",
            "gatepost-environment": "dev",
            "gatepost-network": "payments",
            "gatepost-site": "west",
            "gatepost-slot": "a",
            "gatepost-generation": "1",
        },
    }
    assert [urn.rpartition("::")[2] for urn in seen.completed] == ["a"]


def test_the_container_runs_the_connector_and_says_when_it_does_not(deploy):
    assert container(deploy(host)) == {
        "name": "connector",
        "image": "twingate/connector:1",
        "resources": {"requests": {"cpu": 1, "memoryInGB": 2}},
        "environmentVariables": [
            {"name": "TWINGATE_LOG_LEVEL", "value": "3"},
            {"name": "TWINGATE_NETWORK", "value": "acme"},
            {"name": "TWINGATE_ACCESS_TOKEN", "secureValue": "access-1"},
            {"name": "TWINGATE_REFRESH_TOKEN", "secureValue": "refresh-1"},
        ],
        "livenessProbe": {
            "exec": {"command": ["/connectorctl", "health"]},
            "initialDelaySeconds": 60,
            "periodSeconds": 30,
            "timeoutSeconds": 10,
            "failureThreshold": 5,
        },
    }


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"zone": "regional"}, {"zones": None}),
        ({"dns": ["10.0.0.2", "10.0.0.3"]}, {"dnsConfig": {"nameServers": ["10.0.0.2", "10.0.0.3"]}}),
        (
            {"log_analytics": LOGS},
            {
                "diagnostics": {
                    "logAnalytics": {
                        "workspaceId": "workspace-1",
                        "workspaceKey": "log-key-1",
                        "logType": "ContainerInstanceLogs",
                    }
                }
            },
        ),
        (
            {"registry": HUB},
            {
                "imageRegistryCredentials": [
                    {"server": "index.docker.io", "username": "acme", "password": "hub-password-1"}
                ]
            },
        ),
    ],
    ids=["regional", "dns", "log", "registry"],
)
def test_options_change_nothing_else(deploy, over, says):
    usual = plain(deploy(host).only(GROUP))
    wanted = {key: value for key, value in (usual | says).items() if value is not None}
    assert plain(deploy(lambda: host(**over)).only(GROUP)) == wanted


def test_size_and_image_are_as_asked(deploy):
    found = container(deploy(lambda: host(cpu=2.0, memory_gb=4.0, image=ACR)))
    assert (found["image"], found["resources"]["requests"]) == (ACR, {"cpu": 2, "memoryInGB": 4})


def test_outputs_name_the_group_and_no_address(deploy):
    found: list[Any] = []

    def program() -> None:
        made = host()
        pulumi.Output.all(made.instance_id, made.private_ip, made.instance.id).apply(found.extend)

    deploy(program)
    assert found == ["a-group-id", "", "a-group-id"]


# --- secrets


def secrets_in(value: Any) -> list[Any]:
    """What stands in envelopes of secrets."""
    if isinstance(value, dict):
        if value.get(SECRET_KEY) == SECRET:
            return [value["value"]]
        return [found for item in value.values() for found in secrets_in(item)]
    return [found for item in value for found in secrets_in(item)] if isinstance(value, list) else []


def without_secrets(value: Any) -> Any:
    """What is left outside of the envelopes."""
    if isinstance(value, dict):
        inner = value.get(SECRET_KEY) != SECRET
        return {key: without_secrets(item) for key, item in value.items()} if inner else None
    return [without_secrets(item) for item in value] if isinstance(value, list) else value


def test_tokens_password_and_key_are_secret_also_when_they_are_given_plain_and_are_nowhere_else(deploy):
    seen = deploy(lambda: host(registry=HUB, log_analytics=LOGS))
    sent = MessageToDict(seen.request("a-group").object)
    told = ["access-1", "refresh-1", "hub-password-1", "log-key-1"]
    assert [text in str(secrets_in(sent)) for text in told] == [True] * 4
    others = [str(without_secrets(sent)), str(trigger(seen)), *(str(r) for r in seen.requests if r.type != GROUP)]
    assert [text for text in told for other in others if text in other] == []


def test_the_trigger_is_plain_also_when_what_it_follows_is_secret_and_shows_no_token(deploy):
    def secret(text: str) -> pulumi.Output[str]:
        return pulumi.Output.secret(text)

    seen = deploy(lambda: host(connector_id=secret("connector-1"), access_token=secret("access-1")))
    connector, mark = trigger(seen)
    assert connector == "connector-1"
    assert re.fullmatch("[0-9a-f]{16}", mark)
    assert not hashlib.sha256(b"access-1").hexdigest().startswith(mark)  # a hash that no other program makes


# --- identity


def test_a_new_connector_and_a_new_pair_of_the_same_one_replace_the_group_beside_the_old(deploy):
    first = trigger(deploy(host))
    assert trigger(deploy(lambda: host(access_token="access-2")))[0] == first[0] == "connector-1"
    assert trigger(deploy(lambda: host(access_token="access-2")))[1] != first[1]
    assert trigger(deploy(lambda: host(connector_id="connector-2"))) == ["connector-2", first[1]]
    request = deploy(host).request("a-group")
    assert (request.deleteBeforeReplaceDefined, "containerGroupName" in request.object) == (False, False)


def test_nothing_is_ever_changed_in_place(deploy):
    over = {"dns": ["10.0.0.2"], "registry": HUB, "log_analytics": LOGS}
    request = deploy(lambda: host(**over)).request("a-group")
    assert set(request.object) == set(request.ignoreChanges)
    assert len(request.object) == 11


@pytest.mark.parametrize(
    "over",
    [
        {"cpu": 2.0},
        {"dns": ["10.0.0.2"]},
        {"generation": 2},
        {"image": ACR},
        {"log_analytics": LOGS},
        {"memory_gb": 4.0},
        {"region": "northeurope"},
        {"registry": HUB},
        {"resource_group": "other"},
        {"settings": {"TWINGATE_NETWORK": "acme"}},
        {"subnet_id": SUBNETS["1"]},
        {"zone": "1"},
    ],
    ids=lambda over: next(iter(over)),
)
def test_whatever_makes_a_host_another_belongs_to_its_identity(over):
    assert spec().identity() == spec().identity()
    assert spec(**over).identity() != spec().identity()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"registry": HUB}, {"registry": Registry(server="index.docker.io", username="acme", password="other")}),
        ({"log_analytics": LOGS}, {"log_analytics": LogAnalytics(workspace_id="workspace-1", workspace_key="other")}),
    ],
)
def test_another_password_or_key_alone_rebuilds_no_host(first, second):
    assert spec(**first).identity() == spec(**second).identity()


def test_a_size_is_the_same_in_every_spelling():
    assert spec(cpu=2, memory_gb=4).identity() == spec(cpu=2.0, memory_gb=4.0).identity()


# --- order and previews


def test_the_group_waits_for_subnet_and_firewall(deploy):
    def program() -> None:
        rules = pulumi.CustomResource("test:index:Rules", "rules", {})
        subnet = pulumi.CustomResource("test:index:Subnet", "subnet", {})
        host(security_group_id=rules.id, subnet_id=subnet.id)

    seen = deploy(program)
    after = {urn.rpartition("::")[2] for urn in seen.request("a-group").dependencies}
    assert after == {"rules", "subnet"}
    assert seen.only(GROUP)["subnetIds"] == [{"id": "subnet-id"}]


def test_a_preview_with_unknown_inputs_shows_the_same_tree(deploy):
    def program() -> None:
        host(
            resource_group=unknown(),
            subnet_id=unknown(),
            security_group_id=unknown(),
            connector_id=unknown(),
            access_token=unknown(),
            refresh_token=unknown(),
            registry=Registry(server="index.docker.io", username=unknown(), password=unknown()),
            log_analytics=LogAnalytics(workspace_id=unknown(), workspace_key=unknown()),
        )

    assert deploy(program, preview=True).tree() == deploy(host).tree()


def test_names_have_room_for_the_providers_digits_within_63_characters(deploy):
    name = f"{'n' * 20}-{'s' * 16}-{'c' * 8}-host"
    seen = deploy(lambda: Host(name, args()))
    (group,) = seen.of(GROUP)
    assert len(group) <= 63 - 8
