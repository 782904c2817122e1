from dataclasses import replace

import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, Res, analyze, metadata, silencing
from policies.stacks import NETWORK, connector, fleet, host

from gatepost_policies import topology as t

NAME = "connector-failure-domains"
SAYS = "All Connectors of Twingate remote network 'net' run in one place ({}), and fail together. "
SAYS += "Put one into another zone."
LATER = "All Connectors of Twingate remote network 'net' run in one place, as far as is known. Name two zones."
BARE = [NETWORK, *connector("a"), *connector("b")]


def machine(token, slot, boot, **props):
    return Res(token, f"vm-{slot}", {boot: UNKNOWN, **props}, {boot: [f"pair-{slot}"]})


def vm(slot, zone):
    return machine(t.GCP_INSTANCE, slot, "metadataStartupScript", zone=zone)


def box(slot, *zones):
    return machine(t.CONTAINER_GROUP, slot, "containers", location="westeurope", zones=list(zones))


def at(slot, zone):
    return host(slot, zone, availabilityZone=zone)


def told(slot, zone):
    """A host in a subnet that is made elsewhere, after it was made."""
    made = host(slot, subnetId=f"subnet-{slot}")
    return replace(made, computed={"availabilityZone": zone}, deps={"userData": made.deps["userData"]})


@pytest.mark.parametrize(
    "stack",
    [
        pytest.param(fleet(), id="two subnets"),
        pytest.param(fleet(at("a", "a"), at("b", "b")), id="two zones"),
        pytest.param([*BARE, told("a", "eu-central-1a"), told("b", "eu-central-1b")], id="zones that AWS tells"),
        pytest.param(fleet(host("a")), id="one host"),
        pytest.param(BARE, id="hosts elsewhere"),
        pytest.param([*BARE, vm("a", "europe-west3-a"), vm("b", "europe-west3-b")], id="Google"),
        pytest.param([*BARE, box("a", "1"), box("b", "2")], id="Azure"),
    ],
)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


FAILS = [
    pytest.param(fleet(host("a"), host("b", "a")), "zone eu-central-1a", id="same subnet"),
    pytest.param(fleet(host("a", subnetId="s-1"), host("b", subnetId="s-1")), "subnet s-1", id="same literal subnet"),
    pytest.param([*BARE, vm("a", "europe-west3-a"), vm("b", "europe-west3-a")], "zone europe-west3-a", id="Google"),
    pytest.param([*BARE, box("a", "1"), box("b", "1")], "zone westeurope-1", id="Azure"),
]


@pytest.mark.parametrize(("stack", "where"), FAILS)
def test_fails(stack, where):
    assert analyze(NAME, *stack) == [("MANDATORY", "net", SAYS.format(where))]


@pytest.mark.parametrize("stack", [row.values[0] for row in FAILS if row.id != "same subnet"])
def test_one_unknown_never_silences(stack):
    assert silencing(NAME, stack) == []


def test_what_is_not_known_is_listed():
    said = [("ADVISORY", "", NOT_JUDGED + LATER)]
    assert analyze(NAME, *BARE, box("a"), box("b")) == said
    assert analyze(NAME, *BARE, vm("a", UNKNOWN), vm("b", "europe-west3-b")) == said
    assert analyze(NAME, *fleet(host("a", subnetId="s-1"), host("b", subnetId="s-2"))) == said


def test_metadata():
    assert metadata(NAME) == {
        "name": "connector-failure-domains",
        "description": "The Connectors of a Remote Network run in at least two zones.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_MEDIUM",
        "tags": ["aws", "gcp", "azure", "redundancy", "BP24"],
        "remediationSteps": "Set another `subnetId` or `availabilityZone` (AWS), `zone` (Google) or `zones` (Azure) "
        "on one host.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
    }
