"""Changes that depend on values or on the state, and secrets."""

import pytest
from sandbox.gcp.cloud import PROJECT, REGION, Cloud
from sandbox.gcp.place import Place
from sandbox.gcp.rows import IMAGE, TCP, machine
from sandbox.gcp.seen import diffs, refusal, replaced
from sandbox.providers.engine import UNKNOWN, Engine, Props, secret

ADDRESS = "gcp:compute/address:Address"
FIREWALL = "gcp:compute/firewall:Firewall"
INSTANCE = "gcp:compute/instance:Instance"
NAT = "gcp:compute/routerNat:RouterNat"
SECRET = "gcp:secretmanager/secret:Secret"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
MEMBER = "gcp:secretmanager/secretIamMember:SecretIamMember"


# --- links and sets


def test_a_link_may_be_said_in_three_ways(gcp: Engine, place: Place) -> None:
    inputs = {"name": f"{place.name}-s", "ipCidrRange": "10.50.0.0/24", "region": REGION}
    path = place.network.partition("/v1/")[2]
    made = gcp.create(SUBNETWORK, {**inputs, "network": path})
    assert made.state["network"] == place.network
    for spelling in (path, place.network, path.rpartition("/")[2]):
        assert diffs(gcp, made, {**inputs, "network": spelling}) == []
    assert replaced(gcp, made, {**inputs, "network": place.other_network}) == ["network"]
    assert replaced(gcp, made, {**inputs, "network": UNKNOWN}) == ["network"]


def test_sets_have_no_order(gcp: Engine, place: Place) -> None:
    inputs = {"name": f"{place.name}-f", "network": place.network, "direction": "EGRESS",
              "denies": [{"protocol": "TCP", "ports": ["1", "2"]}, {"protocol": "icmp"}],
              "targetTags": ["a", "b"]}  # fmt: skip
    made = gcp.create(FIREWALL, inputs)
    other = {"denies": [{"protocol": "icmp"}, {"protocol": "tcp", "ports": ["2", "1"]}], "targetTags": ["b", "a"]}
    assert diffs(gcp, made, {**inputs, **other}) == []
    assert diffs(gcp, made, {**inputs, "targetTags": ["a"]}) == ["targetTags"]


def test_what_is_dropped_from_a_rule_is_dropped(gcp: Engine, place: Place) -> None:
    inputs = {"name": f"{place.name}-f", "network": place.network, "direction": "EGRESS", "allows": TCP}
    made = gcp.create(FIREWALL, {**inputs, "targetTags": ["a"], "disabled": True})
    after = gcp.update(made, {**inputs, "denies": TCP, "allows": []})
    assert (after.state.get("targetTags"), after.state["disabled"], after.state["denies"]) == (None, False, TCP)
    assert after.state["allows"] == []


def test_a_rule_turns_around_only_with_a_new_one(gcp: Engine, place: Place) -> None:
    inputs = {"name": f"{place.name}-f", "network": place.network, "direction": "EGRESS", "allows": TCP}
    ingress = {**inputs, "direction": "INGRESS", "sourceRanges": ["10.0.0.0/8"]}
    diff = gcp.diff(gcp.create(FIREWALL, inputs), ingress)
    assert (list(diff.replaces), diff.deleteBeforeReplace) == (["direction"], True)


# --- subnetworks, NAT


@pytest.mark.parametrize(("block", "how"), [("10.50.0.0/23", []), ("10.50.0.0/25", ["ipCidrRange"])])
def test_a_range_that_holds_the_old_one_grows_in_place(gcp: Engine, place: Place, block: str, how: list[str]) -> None:
    inputs = {"name": f"{place.name}-s", "network": place.network, "ipCidrRange": "10.50.0.0/24"}
    assert replaced(gcp, gcp.create(SUBNETWORK, inputs), {**inputs, "ipCidrRange": block}) == how


def test_two_nats_share_a_router(gcp: Engine, place: Place) -> None:
    def inputs(name: str, subnetwork: str) -> Props:
        entry = {"name": subnetwork, "sourceIpRangesToNats": ["ALL_IP_RANGES"]}
        return {"name": name, "router": place.router, "natIpAllocateOption": "AUTO_ONLY", "subnetworks": [entry],
                "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS"}  # fmt: skip

    first = gcp.create(NAT, inputs("one", place.subnetwork))
    second = gcp.create(NAT, inputs("two", place.other_subnetwork))
    assert second.id == f"{PROJECT}/{REGION}/{place.router}/two"
    gcp.delete(first)
    assert gcp.read(first) is None
    still = gcp.read(second)
    assert still is not None
    assert still.state == second.state


def test_an_address_is_drained_after_it_was_used(gcp: Engine, place: Place) -> None:
    inputs = {"name": "nat", "router": place.router, "natIpAllocateOption": "MANUAL_ONLY",
              "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES"}  # fmt: skip
    drained = {"natIps": [place.address], "drainNatIps": [place.other_address]}
    assert refusal(gcp.create, NAT, {**inputs, **drained}).endswith(
        "A new RouterNat cannot have drainNatIps: an address must have been in use before."
    )
    made = gcp.create(NAT, {**inputs, "natIps": [place.other_address]})
    assert gcp.update(made, {**inputs, **drained}).state["drainNatIps"] == [place.other_address]


# --- instances


def test_a_newer_image_of_the_family_replaces_nothing(gcp: Engine, place: Place) -> None:
    made = gcp.create(INSTANCE, machine(place))
    for image, how in (
        ("projects/debian-cloud/global/images/family/debian-12", []),
        ("debian-cloud/debian-12", []),
        (IMAGE.replace("20260811", "20261006"), ["bootDisk"]),
        ("debian-cloud/debian-12-arm64", ["bootDisk"]),
    ):
        disk = {"autoDelete": True, "initializeParams": {"image": image}}
        assert replaced(gcp, made, {**machine(place), "bootDisk": disk}) == how, image


def test_a_script_in_the_metadata_changes_in_place(gcp: Engine, place: Place) -> None:
    inputs = {k: v for k, v in machine(place).items() if k != "metadataStartupScript"}
    made = gcp.create(INSTANCE, {**inputs, "metadata": {"startup-script": "echo one"}})
    other = {**inputs, "metadata": {"startup-script": "echo two"}}
    diff = gcp.diff(made, other)
    assert (list(diff.diffs), list(diff.replaces)) == (["metadata"], [])
    assert gcp.update(made, other).state["metadata"] == {"startup-script": "echo two"}


def test_a_script_is_given_once(gcp: Engine, place: Place) -> None:
    _, failures = gcp.check(INSTANCE, {**machine(place), "metadata": {"startup-script": "x"}})
    text = f"The startup script of {INSTANCE} is given twice: as metadataStartupScript and as metadata."
    assert failures == {"metadataStartupScript": text}


def test_an_external_address_changes_in_place(gcp: Engine, place: Place) -> None:
    made = gcp.create(INSTANCE, machine(place))
    address = place.cloud.address(f"{place.name}-own")["address"]
    wanted = [{"subnetwork": place.subnetwork, "accessConfigs": [{"natIp": address}]}]
    diff = gcp.diff(made, {**machine(place), "networkInterfaces": wanted})
    assert (list(diff.diffs), list(diff.replaces)) == (["networkInterfaces"], [])
    after = gcp.update(made, {**machine(place), "networkInterfaces": wanted})
    (interface,) = after.state["networkInterfaces"]
    assert interface["accessConfigs"] == [{"natIp": address, "networkTier": "PREMIUM"}]
    gone = gcp.update(after, machine(place))
    assert gone.state["networkInterfaces"][0]["accessConfigs"] == []


@pytest.mark.parametrize("key", ["machineType", "serviceAccount", "shieldedInstanceConfig"])
def test_what_needs_a_stop_needs_a_permission(gcp: Engine, place: Place, key: str) -> None:
    inputs = {**machine(place), "allowStoppingForUpdate": False}
    made = gcp.create(INSTANCE, inputs)
    new = {"machineType": "e2-medium", "shieldedInstanceConfig": {"enableSecureBoot": False},
           "serviceAccount": {"email": place.other_account, "scopes": ["cloud-platform"]}}  # fmt: skip
    told = refusal(gcp.update, made, {**inputs, key: new[key]})
    assert told.endswith("To acknowledge this, set allowStoppingForUpdate to true.")


def test_a_protected_instance_stays(gcp: Engine, place: Place) -> None:
    made = gcp.create(INSTANCE, {**machine(place), "deletionProtection": True})
    assert "Resource cannot be deleted if it's protected against deletion." in refusal(gcp.delete, made)


# --- deletion policies


def test_a_deletion_policy_is_kept_or_left(gcp: Engine, place: Place, cloud: Cloud) -> None:
    made = gcp.create(ADDRESS, {"name": f"{place.name}-a", "deletionPolicy": "PREVENT"})
    text = f"cannot destroy {ADDRESS} without setting deletionPolicy to DELETE in its state first."
    assert refusal(gcp.delete, made) == f"deleting {made.id}: {text}"
    left = gcp.update(made, {"name": f"{place.name}-a", "deletionPolicy": "ABANDON"})
    gcp.delete(left)
    there = cloud.compute.addresses().get(project=PROJECT, region=REGION, address=f"{place.name}-a").execute()
    assert there["address"] == made.state["address"]
    assert diffs(gcp, left, {"name": f"{place.name}-a"}) == []


def test_a_deletion_policy_has_three_values(gcp: Engine) -> None:
    _, failures = gcp.check(ADDRESS, {"deletionPolicy": "KEEP"})
    text = f"The input 'deletionPolicy' of {ADDRESS} is 'KEEP'; allowed: DELETE, PREVENT, ABANDON."
    assert failures == {"deletionPolicy": text}


def test_a_protected_secret_stays(gcp: Engine, place: Place) -> None:
    made = gcp.create(SECRET, {"secretId": place.name, "replication": {"auto": {}}, "deletionProtection": True})
    text = f"cannot destroy the secret {made.id} without setting deletionProtection to false in its state first."
    assert refusal(gcp.delete, made) == f"deleting {made.id}: {text}"


# --- secrets


def test_the_data_of_a_version_is_secret_whatever_the_program_says(gcp: Engine, place: Place) -> None:
    inputs = {"secret": place.secret, "secretData": "hunter2"}
    assert gcp.preview(VERSION, inputs).secret == {"secretData"}
    made = gcp.create(VERSION, inputs)
    assert (made.secret, made.state["secretData"]) == ({"secretData"}, "hunter2")
    for found in (gcp.read(made), gcp.find(VERSION, made.id)):
        assert found is not None
        assert (found.secret, found.state["secretData"]) == ({"secretData"}, "hunter2")


def test_no_refusal_shows_a_secret(gcp: Engine, place: Place) -> None:
    text = refusal(
        gcp.create, ADDRESS, {"name": f"{place.name}-a", "networkTier": "PREMIUM", "region": secret("hunter2")}
    )
    assert ("[secret]" in text, "hunter2" in text) == (True, False)


def test_a_version_is_replaced_by_a_newer_one(gcp: Engine, place: Place) -> None:
    first = gcp.create(VERSION, {"secret": place.secret, "secretData": "one"})
    second = gcp.create(VERSION, {"secret": place.secret, "secretData": "two"})
    assert (first.state["version"], second.state["version"]) == ("1", "2")
    gcp.delete(first)
    still = gcp.read(second)
    assert gcp.read(first) is None
    assert still is not None
    assert still.state["secretData"] == "two"


def test_a_version_may_only_be_disabled(gcp: Engine, place: Place, cloud: Cloud) -> None:
    made = gcp.create(VERSION, {"secret": place.secret, "secretData": "one", "deletionPolicy": "DISABLE"})
    gcp.delete(made)
    assert cloud.secrets.versions().get(name=made.id).execute()["state"] == "DISABLED"


def test_members_do_not_disturb_each_other(gcp: Engine, place: Place, cloud: Cloud) -> None:
    role = {"secretId": place.secret, "role": "roles/secretmanager.secretAccessor"}
    first = gcp.create(MEMBER, {**role, "member": f"serviceAccount:{place.account}"})
    gcp.create(MEMBER, {**role, "member": f"serviceAccount:{place.other_account}"})
    gcp.delete(first)
    (binding,) = cloud.secrets.getIamPolicy(resource=place.secret).execute()["bindings"]
    assert binding["members"] == [f"serviceAccount:{place.other_account}"]
