import pytest
from policies.analyzer import NOT_JUDGED, OURS, UNKNOWN, Res, analyze, metadata, silencing
from policies.clouds import EXIT
from policies.stacks import fleet, host

from gatepost_policies import topology as t

NAME = "aws-ec2-static-exit"
FIX = "Set it to an Elastic IP of its own: partners have it on their allow-lists."
NONE = f"Nat gateway 'nat' does not set `allocationId`. {FIX}"
REGIONAL = f"Nat gateway 'nat' does not set `availabilityZoneAddresses`. {FIX}"
SAME = (
    "Nat gateway 'second' has the address of Nat gateway 'nat', and one address is in one place only. "
    "Set `allocationId` to an Elastic IP of its own: partners have it on their allow-lists."
)
PASSING = (
    "Instance 'host-a' sets `associatePublicIpAddress` to true. Set it to false and let the host go out by a NAT "
    "gateway, or give it an Elastic IP of its own. Its Remote Network is of type EXIT: who allow-lists an address "
    "refuses the next one."
)
IP = Res(t.EIP, "ip", {"domain": "vpc"})
PUBLIC = Res(t.SUBNET, "public", {"vpcId": "vpc-1"})
ZONES = [{"availabilityZone": "eu-central-1a", "allocationIds": [UNKNOWN]}]


def exits(*hosts):
    """Two Connectors of a Remote Network of type EXIT."""
    return [EXIT if res.name == "net" else res for res in fleet(*hosts)]


def nat(name="nat", near=("ip",), **props):
    found = {key: value for key, value in {"subnetId": UNKNOWN, **props}.items() if value is not None}
    deps = {"subnetId": ["public"], "allocationId": near, "availabilityZoneAddresses": near}
    return Res(t.AWS_NAT, name, found, {key: names for key, names in deps.items() if key in found})


def regional(**props):
    """A regional NAT gateway names its network and no subnet."""
    return nat(subnetId=None, vpcId="vpc-1", availabilityMode="regional", **props)


def own(slot):
    return Res(t.EIP, f"ip-{slot}", {"instance": UNKNOWN}, {"instance": [f"host-{slot}"]})


DIRECT = [host("a", associatePublicIpAddress=True), host("b", "b")]


@pytest.mark.parametrize(
    "stack",
    [
        pytest.param([*exits(), PUBLIC, IP, nat(allocationId=UNKNOWN)], id="Elastic IP"),
        pytest.param([*exits(), PUBLIC, nat(near=(), allocationId="eipalloc-1")], id="Elastic IP made elsewhere"),
        pytest.param([*exits(), IP, regional(availabilityZoneAddresses=ZONES)], id="regional"),
        pytest.param([*exits(), PUBLIC, nat(connectivityType="private")], id="private"),
        pytest.param([*fleet(), PUBLIC, nat()], id="no exit declared"),
        pytest.param([PUBLIC, nat()], id="no Connector"),
        pytest.param([*exits(*DIRECT), own("a")], id="an address of its own"),
        pytest.param(fleet(*DIRECT), id="a passing address, no exit declared"),
    ],
)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


FAILS = [
    pytest.param([*exits(), PUBLIC, nat()], ("nat", NONE), id="EXIT"),
    pytest.param([*exits(), PUBLIC, nat(near=(), allocationId="")], ("nat", NONE), id="empty"),
    pytest.param([PUBLIC, nat(tags=OURS)], ("nat", NONE), id="gatepost's"),
    pytest.param([*exits(), regional()], ("nat", REGIONAL), id="regional"),
    pytest.param(
        [*exits(), PUBLIC, IP, nat(allocationId=UNKNOWN), nat("second", allocationId=UNKNOWN)],
        ("second", SAME),
        id="one address twice",
    ),
    pytest.param(exits(*DIRECT), ("host-a", PASSING), id="passing address"),
]


@pytest.mark.parametrize(("stack", "found"), FAILS)
def test_fails(stack, found):
    assert analyze(NAME, *stack) == [("MANDATORY", *found)]


@pytest.mark.parametrize("stack", [row.values[0] for row in FAILS])
def test_one_unknown_never_silences(stack):
    assert silencing(NAME, stack) == []


def test_two_literal_addresses():
    stack = [*exits(), PUBLIC, *(nat(name, (), allocationId="eipalloc-1") for name in ("nat", "second"))]
    assert analyze(NAME, *stack) == [("MANDATORY", "second", SAME)]
    assert silencing(NAME, stack) == []


def test_everywhere():
    assert analyze(NAME, *fleet(), PUBLIC, nat(), config={"everywhere": True}) == [("MANDATORY", "nat", NONE)]


def test_an_unknown_address_beside_a_violation():
    stack = [*exits(), PUBLIC, nat(), nat("later", near=(), allocationId=UNKNOWN)]
    said = f"Nat gateway 'later' sets `allocationId` to a value known only after the update. {FIX}"
    assert analyze(NAME, *stack) == [("MANDATORY", "nat", NONE), ("ADVISORY", "", NOT_JUDGED + said)]


def test_metadata():
    found = metadata(NAME)
    assert list(found.pop("settings")) == ["everywhere"]
    assert found == {
        "name": NAME,
        "description": "Declared exits on AWS have Elastic IPs only.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_HIGH",
        "tags": ["aws", "network", "exit", "BP14"],
        "remediationSteps": "Set `allocationId` of the NatGateway (regional: `availabilityZoneAddresses`) to an "
        "Elastic IP of its own; for a host, associate one by an EipAssociation.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
    }
