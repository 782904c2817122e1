from dataclasses import replace

import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, Res, analyze, metadata, silencing
from policies.clouds import EXIT, NET, SUB, linked, on_gcp, vm

from gatepost_policies import topology as t

NAME = "gcp-compute-static-exit"
SAYS = (
    "Router nat 'nat' sets `natIpAllocateOption` to 'AUTO_ONLY'. Set it to 'MANUAL_ONLY' and `natIps` to reserved "
    "addresses: partners have them on their allow-lists."
)
ROUTER = Res(t.GCP_ROUTER, "router", {"network": UNKNOWN}, {"network": ["vpc"]})


def nat(option, **more):
    return Res(t.GCP_NAT, "nat", {"natIpAllocateOption": option, "router": UNKNOWN}, {"router": ["router"]}, **more)


PUBLIC = vm(metadataStartupScript=UNKNOWN, networkInterfaces=[{"subnetwork": UNKNOWN, "accessConfigs": [{}]}])
LISTED = replace(
    nat("AUTO_ONLY"),
    props={"natIpAllocateOption": "AUTO_ONLY", "subnetworks": [{"name": UNKNOWN}]},
    deps={"subnetworks": ["sub"]},
)


@pytest.mark.parametrize(
    "stack",
    [
        [*on_gcp(network=EXIT), ROUTER, nat("MANUAL_ONLY")],
        [*on_gcp(), ROUTER, nat("AUTO_ONLY")],
        [NET, SUB, ROUTER, nat("AUTO_ONLY")],
    ],
    ids=["reserved", "no exit declared", "no Connector"],
)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


@pytest.mark.parametrize(
    "stack",
    [
        [*on_gcp(network=EXIT), ROUTER, nat("AUTO_ONLY")],
        [*on_gcp(network=EXIT), LISTED],
        [NET, ROUTER, nat("AUTO_ONLY", inside="gatepost:gcp:Network")],
    ],
    ids=["EXIT, by router", "EXIT, by subnetwork", "gatepost's"],
)
def test_fails(stack):
    assert analyze(NAME, *stack) == [("MANDATORY", "nat", SAYS)]


@pytest.mark.parametrize(
    "stack", [[*on_gcp(network=EXIT), ROUTER, nat("AUTO_ONLY")], on_gcp(network=EXIT, host=PUBLIC)]
)
def test_one_unknown_never_silences(stack):
    assert silencing(NAME, stack) == []


def test_a_passing_address_of_a_host():
    said = (
        "Instance 'vm' has a public address that is not reserved, by `networkInterfaces[0].accessConfigs[0]`. Remove "
        "it and let the host go out by Cloud NAT, or set `natIp` to a reserved address of its own. Its Remote Network "
        "is of type EXIT: who allow-lists an address refuses the next one."
    )
    assert analyze(NAME, *on_gcp(network=EXIT, host=PUBLIC)) == [("MANDATORY", "vm", said)]
    assert analyze(NAME, *on_gcp(host=PUBLIC)) == []


def test_everywhere():
    stack = [NET, SUB, linked(vm()), ROUTER, nat("AUTO_ONLY")]
    assert analyze(NAME, *stack) == []
    assert analyze(NAME, *stack, config={"everywhere": True}) == [("MANDATORY", "nat", SAYS)]


def test_an_unknown_option_is_not_judged():
    found = analyze(NAME, *on_gcp(network=EXIT), ROUTER, nat(UNKNOWN))
    assert [(level, text.startswith(NOT_JUDGED)) for level, _, text in found] == [("ADVISORY", True)]


def test_metadata():
    found = metadata(NAME)
    assert list(found.pop("settings")) == ["everywhere"]
    assert found == {
        "name": NAME,
        "description": "Declared exits on Google Cloud have reserved addresses only.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_HIGH",
        "tags": ["gcp", "network", "exit", "BP14"],
        "remediationSteps": "Set `natIpAllocateOption` of the RouterNat to 'MANUAL_ONLY' and `natIps` to reserved "
        "addresses; on a host, `natIp` of `accessConfigs` to one.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
    }
