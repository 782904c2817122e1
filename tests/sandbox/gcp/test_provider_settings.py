"""Names, the provider's settings, and what is refused before any call."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sandbox.gcp.cloud import PROJECT, REGION, ZONE, Cloud
from sandbox.gcp.place import Place
from sandbox.gcp.rows import ROWS, TCP
from sandbox.gcp.seen import diffs, refusal, replaced
from sandbox.providers.engine import Engine, Props

from gatepost_sandbox.providers.gcp import KINDS, provider

ADDRESS = "gcp:compute/address:Address"
FIREWALL = "gcp:compute/firewall:Firewall"
INSTANCE = "gcp:compute/instance:Instance"
NAT = "gcp:compute/routerNat:RouterNat"
NETWORK = "gcp:compute/network:Network"
SECRET = "gcp:secretmanager/secret:Secret"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
CUSTOM = {"autoCreateSubnetworks": False}


# --- names


LIMITS = {"Network": 63, "Subnetwork": 63, "Router": 63, "RouterNat": 63, "Account": 30, "Secret": 255,
          "Address": 255, "Route": 255, "Firewall": 255, "Instance": 255, "Policy": 255}  # fmt: skip
LOWER = {"Network", "Subnetwork", "Router", "RouterNat"}


@pytest.mark.parametrize("kind", [k for k in KINDS if k.autoname], ids=lambda k: k.__name__)
def test_automatic_names(gcp: Engine, place: Place, kind: Any) -> None:
    row = next(row for row in ROWS if row.token == kind.token)
    inputs = {k: v for k, v in row.inputs(place).items() if k != kind.autoname}
    name = gcp.check(kind.token, inputs, "thing")[0].props[kind.autoname]
    assert re.fullmatch("thing-[0-9a-f]{7}", name)
    assert gcp.check(kind.token, inputs, "thing", olds={kind.autoname: name})[0].props[kind.autoname] == name
    limit = LIMITS[kind.__name__]
    assert (kind.autoname_limit, kind.__name__ in LOWER) == (limit, kind.lowercase)
    _, failures = gcp.check(kind.token, inputs, "n" * (limit - 7))
    told = "is longer than maximum length" if limit != 255 or not kind.named else "is longer than maximum length 255"
    assert told in failures[kind.autoname]


def test_every_type_with_a_name_of_its_own_has_a_limit_here() -> None:
    assert {kind.__name__ for kind in KINDS if kind.autoname} == LIMITS.keys()


def test_some_automatic_names_are_in_lower_case(gcp: Engine) -> None:
    first = gcp.check(NETWORK, CUSTOM, "Net")[0].props
    assert re.fullmatch("net-[0-9a-f]{7}", first["name"])
    assert gcp.check(NETWORK, CUSTOM, "Net", olds=first)[0].props["name"] == first["name"]


def test_a_name_that_google_does_not_take_is_refused(gcp: Engine) -> None:
    _, failures = gcp.check(ADDRESS, {}, "Upper")
    text = "must have 1 to 63 lowercase letters, digits and dashes, a letter first and no dash last."
    assert re.fullmatch(rf"The name 'Upper-\w{{7}}' of {ADDRESS} {re.escape(text)}", failures["name"])


@pytest.mark.parametrize(("named", "first"), [(True, True), (False, False)])
def test_a_name_by_hand_deletes_first(gcp: Engine, place: Place, named: bool, first: bool) -> None:
    name = {"name": f"{place.name}-n"} if named else {}
    made = gcp.create(NETWORK, {**CUSTOM, **name}, "Net")
    assert gcp.diff(made, {**CUSTOM, **name, "description": "other"}).deleteBeforeReplace is first


# --- the provider's settings


@pytest.fixture
def settled(in_cloud: None) -> Iterator[Engine]:
    """A provider of its own, configured as ``gcp.Provider`` does it: objects and booleans are JSON text."""
    with Engine(provider()) as engine:
        labels = '{"owner": "team"}'
        engine.configure(
            project="other-project", region="us-east1", defaultLabels=labels, addPulumiAttributionLabel="false"
        )
        yield engine


def test_settings_go_before_the_environment(settled: Engine, name: str) -> None:
    made = settled.create(ADDRESS, {"name": name, "labels": {"a": "1"}})
    assert made.id == f"projects/other-project/regions/us-east1/addresses/{name}"
    assert made.state["labels"] == {"a": "1"}
    assert made.state["effectiveLabels"] == made.state["pulumiLabels"] == {"owner": "team", "a": "1"}


def test_new_default_labels_reach_what_exists(settled: Engine, gcp: Engine, name: str) -> None:
    inputs = {"name": name, "project": PROJECT, "region": REGION}
    made = gcp.create(ADDRESS, inputs)
    assert diffs(settled, made, inputs) == ["effectiveLabels", "pulumiLabels"]
    assert settled.update(made, inputs).state["effectiveLabels"] == {"owner": "team"}


def test_labels_of_others_stay(gcp: Engine, cloud: Cloud, name: str) -> None:
    inputs = {"name": name, "labels": {"a": "1"}}
    made = gcp.create(ADDRESS, inputs)
    here = {"project": PROJECT, "region": REGION, "resource": name}
    body = {
        "labels": {**made.state["effectiveLabels"], "by": "hand"},
        "labelFingerprint": made.state["labelFingerprint"],
    }
    cloud.compute.addresses().setLabels(**here, body=body).execute()
    found = gcp.read(made)
    assert found is not None
    assert (found.state["labels"], diffs(gcp, found, inputs)) == ({"a": "1"}, [])
    after = gcp.update(found, {"name": name, "labels": {"a": "2"}})
    assert after.state["effectiveLabels"] == {"goog-pulumi-provisioned": "true", "a": "2", "by": "hand"}


def test_a_resource_without_a_project_moves_with_the_provider(settled: Engine, gcp: Engine, name: str) -> None:
    made = gcp.create(ADDRESS, {"name": name, "region": REGION})
    assert replaced(settled, made, {"name": name, "region": REGION}) == ["project"]
    assert replaced(settled, made, {"name": name, "region": REGION, "project": PROJECT}) == []


def test_a_place_must_be_known(in_cloud: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("GOOGLE_PROJECT", "GOOGLE_REGION", "GOOGLE_ZONE"):
        monkeypatch.delenv(variable)
    with Engine(provider()) as engine:
        engine.configure()
        told = refusal(engine.create, ADDRESS, {"name": "a"})
    text = "The project is not known. Give the resource one, or set gcp:project or GOOGLE_PROJECT."
    assert told == f"creating thing: {text}"


def test_the_zone_tells_the_region(in_cloud: None, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv("GOOGLE_REGION")
    with Engine(provider()) as engine:
        engine.configure(zone=ZONE)
        assert engine.create(ADDRESS, {"name": name}).state["region"] == REGION


@pytest.mark.parametrize("endpoint", ["", "https://compute.googleapis.com", "http://10.0.0.1:80"])
def test_the_provider_talks_to_a_sandbox_only(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("GATEPOST_SANDBOX_GCP", endpoint)
    with Engine(provider()) as engine:
        told = refusal(engine.configure)
    assert told == (
        f"GATEPOST_SANDBOX_GCP is {endpoint!r}, but this provider only talks to a sandbox on http://127.0.0.1. "
        "Run the command through `gatepost sandbox run --`."
    )


# --- what is refused before any call


@pytest.mark.parametrize(
    ("token", "inputs", "failures"),
    [
        (
            INSTANCE,
            {"machineType": "e2-small", "bootDisk": {"initializeParams": {"image": "x", "storagePool": "y"}},
             "networkInterfaces": [{"subnetwork": "s", "accessConfigs": [{"publicPtrDomainName": "z"}], "vlan": 2}]},
            {
                "bootDisk.initializeParams.storagePool": "The sandbox does not model the input "
                f"'bootDisk.initializeParams.storagePool' of {INSTANCE}. It models image, labels, size, type.",
                "networkInterfaces[0].vlan": f"The sandbox does not model the input 'networkInterfaces[0].vlan' "
                 f"of {INSTANCE}. "
                "It models accessConfigs, network, networkIp, nicType, stackType, subnetwork.",
                "networkInterfaces[0].accessConfigs[0].publicPtrDomainName": "The sandbox does not model the input "
                f"'networkInterfaces[0].accessConfigs[0].publicPtrDomainName' of {INSTANCE}. It models natIp, "
                 f"networkTier.",
            },
        ),
        (
            FIREWALL,
            {"network": "n", "allows": TCP, "denies": TCP, "direction": "EGRESS"},
            {"allows": f"{FIREWALL} needs exactly one of allows and denies, got allows and denies."},
        ),
        (
            FIREWALL,
            {"network": "n", "allows": TCP},
            {"sourceRanges": f"{FIREWALL} with direction INGRESS needs one of sourceRanges, sourceTags, "
             f"sourceServiceAccounts."},
        ),
        (
            NAT,
            {"router": "r", "sourceSubnetworkIpRangesToNat": "ALL_SUBNETWORKS_ALL_IP_RANGES",
             "enableDynamicPortAllocation": True, "enableEndpointIndependentMapping": True},
            {"enableDynamicPortAllocation": "The inputs 'enableDynamicPortAllocation' and "
             f"'enableEndpointIndependentMapping' of {NAT} exclude each other; set one of them."},
        ),
        (
            SECRET,
            {"replication": {}},
            {"replication": f"{SECRET} needs exactly one of replication.auto and userManaged, got none."},
        ),
    ],
)  # fmt: skip
def test_checks(gcp: Engine, token: str, inputs: Props, failures: Props) -> None:
    assert gcp.check(token, inputs)[1] == failures


def test_a_refusal_of_the_api_is_told_in_its_words(gcp: Engine, place: Place) -> None:
    inputs = {"name": f"{place.name}-s", "network": "nothing", "ipCidrRange": "10.0.0.0/24"}
    path = f"projects/{PROJECT}/global/networks/nothing"
    assert refusal(gcp.create, SUBNETWORK, inputs) == (
        f"creating thing: googleapi: Error 400: Invalid value for field 'resource.network': '{path}'. "
        "The referenced network resource cannot be found., invalid"
    )
