import hashlib
import json
import re

import pulumi
import pytest
from components import gcp_hosts
from components.gcp_hosts import (
    ACCOUNT,
    GET_IMAGE,
    HOST,
    IMAGE,
    INSTANCE,
    KEY,
    MEMBER,
    NAME,
    NEWEST,
    SECRET,
    SUBNET,
    VERSION,
    args,
    boot,
    host,
    spec,
)
from recorder import SECRET_KEY, unknown

from gatepost.gcp.host import Host

CHILDREN = {
    (HOST, "a", ""),
    (ACCOUNT, "a-account", "a"),
    (SECRET, "a-pair", "a"),
    (VERSION, "a-pair-version", "a"),
    (MEMBER, "a-opens-pair", "a"),
    (INSTANCE, "a-instance", "a"),
}


@pytest.fixture(autouse=True)
def _computed(monkeypatch: pytest.MonkeyPatch) -> None:
    gcp_hosts.compute(monkeypatch)


def trigger(seen, name):
    """The plain values that replace a resource when they change."""
    value = seen.request(name).replacement_trigger
    assert value.WhichOneof("kind") == "list_value", "a secret trigger is forgotten by the engine"
    return [item.string_value for item in value.list_value.values]


def test_a_host_has_exactly_these_children(deploy):
    seen = deploy(host)
    assert {(kind, name, parent if name != "a" else "") for kind, name, parent in seen.tree()} == CHILDREN
    assert [urn.rpartition("::")[2] for urn in seen.completed] == ["a"]


def test_the_instance_is_shielded_and_takes_nobody_in(deploy):
    labels = {
        "gatepost-environment": "dev",
        "gatepost-network": "payments",
        "gatepost-site": "frankfurt",
        "gatepost-slot": "a",
        "managed-by": "gatepost",
    }
    seen = deploy(host)
    assert seen.only(INSTANCE) == {
        "zone": "europe-west3-b",
        "machineType": "e2-small",
        "bootDisk": {"autoDelete": True, "initializeParams": {"image": IMAGE, "size": 10, "type": "pd-balanced"}},
        "networkInterfaces": [{"subnetwork": SUBNET, "accessConfigs": []}],
        "serviceAccount": {
            "email": "a-account-1234567@acme.iam.gserviceaccount.com",
            "scopes": ["https://www.googleapis.com/auth/cloud-platform"],
        },
        "metadataStartupScript": boot().render(NAME),
        "metadata": {"block-project-ssh-keys": "TRUE", "enable-oslogin": "TRUE", "serial-port-enable": "FALSE"},
        "shieldedInstanceConfig": {
            "enableSecureBoot": True,
            "enableVtpm": True,
            "enableIntegrityMonitoring": True,
        },
        "canIpForward": False,
        "deletionProtection": False,
        "tags": ["dev-payments-frankfurt-connectors"],
        "labels": labels | {"gatepost-generation": "1"},
    }
    assert seen.only(SECRET)["labels"] == labels


def test_the_account_may_read_exactly_its_secret(deploy):
    seen = deploy(host)
    assert seen.only(MEMBER) == {
        "secretId": "a-pair-id",
        "role": "roles/secretmanager.secretAccessor",
        "member": "serviceAccount:a-account-1234567@acme.iam.gserviceaccount.com",
    }
    assert seen.only(ACCOUNT) == {
        "displayName": "dev-payments-frankfurt-a",
        "description": "Reads the token pair of one Twingate Connector, nothing else",
    }


def test_all_is_made_in_the_given_project(deploy):
    seen = deploy(lambda: host(project="other"))
    places = {name: given.get("project") for (_, name), given in seen.inputs.items() if name != "a"}
    assert places == {
        "a-account": "other",
        "a-pair": "other",
        "a-pair-version": "other",
        "a-opens-pair": "other",
        "a-instance": "other",
    }


@pytest.mark.parametrize(
    ("over", "replication"),
    [
        ({}, {"auto": {}}),
        ({"regional_pair": True}, {"userManaged": {"replicas": [{"location": "europe-west3"}]}}),
        (
            {"kms_key": KEY},
            {
                "userManaged": {
                    "replicas": [
                        {"location": "europe-west3", "customerManagedEncryption": {"kmsKeyName": KEY}},
                    ]
                }
            },
        ),
    ],
)
def test_the_pair_lies_where_it_is_told(deploy, over, replication):
    seen = deploy(lambda: host(**over))
    assert seen.only(SECRET)["replication"] == replication
    assert seen.only(INSTANCE)["bootDisk"].get("kmsKeySelfLink") == over.get("kms_key")


def test_a_key_that_is_known_later_encrypts_disk_and_pair(deploy):
    seen = deploy(lambda: host(kms_key=pulumi.Output.from_input(KEY)))
    (replica,) = seen.only(SECRET)["replication"]["userManaged"]["replicas"]
    assert replica["customerManagedEncryption"] == {"kmsKeyName": KEY}
    assert seen.only(INSTANCE)["bootDisk"]["kmsKeySelfLink"] == KEY


def test_an_address_of_the_slot_makes_the_old_host_go_first_and_nothing_else(deploy):
    seen = deploy(lambda: host(address="203.0.113.7"))
    (interface,) = seen.only(INSTANCE)["networkInterfaces"]
    assert interface == {"subnetwork": SUBNET, "accessConfigs": [{"natIp": "203.0.113.7"}]}
    first = {r.name: (r.deleteBeforeReplaceDefined, r.deleteBeforeReplace) for r in seen.requests if r.custom}
    assert first == {
        "a-account": (False, False),
        "a-pair": (True, False),
        "a-pair-version": (False, False),
        "a-opens-pair": (False, False),
        "a-instance": (True, True),
    }
    without = deploy(host).request("a-instance")
    assert (without.deleteBeforeReplaceDefined, without.deleteBeforeReplace) == (True, False)


def test_the_newest_image_is_looked_up_once(deploy):
    answers = {GET_IMAGE: lambda asked: {"selfLink": NEWEST}}
    seen = deploy(lambda: host(image=None), answers=answers)
    assert [call.args for call in seen.calls] == [{"family": "debian-12", "project": "debian-cloud"}]
    assert seen.only(INSTANCE)["bootDisk"]["initializeParams"]["image"] == NEWEST
    assert "bootDisk" in seen.request("a-instance").ignoreChanges


def test_only_a_new_incarnation_changes_what_belongs_to_the_identity(deploy):
    ignored = list(deploy(host).request("a-instance").ignoreChanges)
    assert ignored == ["bootDisk", "machineType", "metadataStartupScript", "networkInterfaces", "zone"]


@pytest.mark.parametrize(
    "over",
    [
        {"address": "203.0.113.7"},
        {"boot": boot(dns=("10.0.0.2",))},
        {"generation": 2},
        {"image": f"{IMAGE}-1"},
        {"kms_key": KEY},
        {"project": "other"},
        {"regional_pair": True},
        {"size": "e2-medium"},
        {"subnet_id": f"{SUBNET}-2"},
        {"volume_gib": 11},
        {"zone": "europe-west3-c"},
    ],
    ids=lambda over: next(iter(over)),
)
def test_whatever_makes_a_host_another_belongs_to_its_identity(over):
    assert spec().identity() == spec().identity()
    assert spec(**over).identity() != spec().identity()


def test_a_new_pair_of_the_same_connector_replaces_secret_permission_and_host(deploy):
    first, second = deploy(host), deploy(lambda: host(access_token="access-2"))
    assert trigger(first, "a-pair") != trigger(second, "a-pair")
    assert trigger(first, "a-pair")[0] == trigger(second, "a-pair")[0] == "connector-1"
    other = deploy(lambda: host(connector_id="connector-2"))
    assert trigger(other, "a-pair") == ["connector-2", trigger(first, "a-pair")[1]]
    for name in ("a-pair-version", "a-opens-pair", "a-instance"):  # a new secret has a new name
        assert trigger(first, name) == [NAME]
    assert not first.request("a-account").HasField("replacement_trigger")


def test_a_host_starts_when_its_pair_is_there_and_may_be_read(deploy):
    after = {urn.rpartition("::")[2] for urn in deploy(host).request("a-instance").dependencies}
    assert after == {"a-account", "a-pair", "a-pair-version", "a-opens-pair"}


def test_triggers_are_plain_also_when_what_they_follow_is_secret_and_show_no_token(deploy):
    def secret(text):
        return pulumi.Output.secret(text)

    seen = deploy(lambda: host(connector_id=secret("connector-1"), access_token=secret("access-1")))
    connector, mark = trigger(seen, "a-pair")
    assert connector == "connector-1"
    assert re.fullmatch("[0-9a-f]{16}", mark)
    assert not hashlib.sha256(b"access-1").hexdigest().startswith(mark)  # a hash that no other program makes
    for request in seen.requests:
        if request.type != VERSION:
            assert not re.search("access-1|refresh-1", str(request))


def test_the_pair_is_secret_also_when_it_is_given_plain(deploy):
    value = deploy(host).request("a-pair-version").object["secretData"]
    assert value[SECRET_KEY] == "1b47061264138c4ac30d75fd1eb44270"
    assert json.loads(value["value"]) == {"access_token": "access-1", "refresh_token": "refresh-1"}


def test_a_preview_that_knows_nothing_yet_shows_the_same_tree(deploy):
    names = ("subnet_id", "kms_key", "address", "network_tags", "connector_id", "access_token", "refresh_token")
    seen = deploy(lambda: host(**{name: unknown() for name in names}), preview=True)
    assert seen.tree() == deploy(host).tree()


def test_names_fit_where_google_is_tight(deploy):
    name = f"{'n' * 20}-{'s' * 16}-{'a' * 8}-host"
    seen = deploy(lambda: Host(name, args()))
    (account,), (instance,) = seen.of(ACCOUNT), seen.of(INSTANCE)
    mark = hashlib.sha256(f"{name}-account".encode()).hexdigest()[:8]
    assert account == f"nnnnnnnnnnnnn-{mark}"
    assert len(account) + 8 == 30
    assert len(instance) + 8 <= 63
