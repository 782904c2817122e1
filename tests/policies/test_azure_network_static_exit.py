from dataclasses import replace

import pytest
from policies.analyzer import NOT_JUDGED, OURS, UNKNOWN, Res, analyze, metadata, silencing
from policies.clouds import EXIT, SUBNET, group, on_azure

from gatepost_policies import topology as t

NAME = "azure-network-static-exit"
FIX = "partners have the address on their allow-lists."
LENT = "and hosts of a network of type EXIT then leave by an address that Azure lends them."
NONE = f"Nat gateway 'nat' sets neither `publicIpAddresses` nor `publicIpPrefixes`. Set one of them: {FIX}"
DYNAMIC = f"Public IP address 'ip' sets `publicIPAllocationMethod` to 'Dynamic'. Set it to 'Static': {FIX}"
BASIC = f"Public IP address 'ip' sets `sku.name` to 'Basic'. Set it to 'Standard': {FIX}"
OPEN = f"Subnet 'subnet' sets no `natGateway`, {LENT} Set it to a NAT gateway with a static address."
ALONE = f"Container group 'group' sets no `subnetIds`, {LENT} Set it to a subnet with a NAT gateway."
GOOD = {"publicIPAllocationMethod": "Static", "sku": {"name": "Standard"}}
BEHIND = replace(
    SUBNET,
    props={**SUBNET.props, "natGateway": {"id": UNKNOWN}},
    deps={**SUBNET.deps, "natGateway": ["nat"]},
)
ROUTED = replace(SUBNET, props={**SUBNET.props, "routeTable": {"id": "table-1"}})
CARD = Res(
    t.AZURE_INTERFACE,
    "card",
    {"ipConfigurations": [{"publicIPAddress": {"id": UNKNOWN}, "subnet": {"id": UNKNOWN}}]},
    {"ipConfigurations": ["ip", "subnet"]},
)
MACHINE = Res(
    t.AZURE_MACHINE,
    "vm",
    {"tags": OURS, "userData": UNKNOWN, "networkProfile": {"networkInterfaces": [{"id": UNKNOWN}]}},
    {"userData": ["tokens-a"], "networkProfile": ["card"]},
)


def ip(**props):
    return Res(t.AZURE_ADDRESS, "ip", {**GOOD, **props})


def nat(near=("ip",), key="publicIpAddresses", **props):
    listed = {key: [{"id": UNKNOWN}]} if near else {}
    return Res(t.AZURE_NAT, "nat", {"sku": {"name": "Standard"}, **listed, **props}, {key: near} if near else {})


def behind(*more, network=EXIT, subnet=BEHIND, **changed):
    """A container group in a subnet with the NAT gateway `nat`."""
    stack = on_azure(network=network, host=group(**changed))
    return [*(subnet if res.name == "subnet" else res for res in stack), *more]


def machine(*more):
    """A virtual machine with an address of its own instead of the container group."""
    return [MACHINE if res.name == "group" else res for res in behind(CARD, *more, subnet=SUBNET)]


WITHOUT = [
    replace(res, deps={"containers": ["tokens-a"]}) if res.name == "group" else res
    for res in behind(nat(), ip(), subnetIds=[])
]
PREFIX = Res("azure-native:network:PublicIPPrefix", "range", {"prefixLength": 31})


@pytest.mark.parametrize(
    "stack",
    [
        pytest.param(behind(nat(), ip()), id="address"),
        pytest.param(behind(nat(("range",), "publicIpPrefixes"), PREFIX), id="prefix"),
        pytest.param(behind(nat((), publicIpAddresses=[{"id": "/subscriptions/1/ip"}])), id="made elsewhere"),
        pytest.param(behind(nat(), ip(sku={"name": "StandardV2"})), id="StandardV2"),
        pytest.param(behind(nat(), ip(publicIPAllocationMethod="static", sku={"name": "standard"})), id="in any case"),
        pytest.param(behind(subnet=ROUTED), id="an appliance"),
        pytest.param(machine(ip()), id="an address of its own"),
        pytest.param(behind(nat(()), network=replace(EXIT, props={"type": "REGULAR"})), id="no exit declared"),
        pytest.param([nat(()), ip(sku={"name": "Basic"})], id="no Connector"),
    ],
)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


FAILS = [
    pytest.param(behind(nat(())), ("nat", NONE), id="no address"),
    pytest.param(behind(nat((), publicIpAddresses=[])), ("nat", NONE), id="empty"),
    pytest.param([nat((), tags=OURS)], ("nat", NONE), id="gatepost's"),
    pytest.param(behind(nat(), ip(publicIPAllocationMethod="Dynamic")), ("ip", DYNAMIC), id="Dynamic"),
    pytest.param(behind(nat(), ip(sku={"name": "Basic"})), ("ip", BASIC), id="Basic"),
    pytest.param(machine(ip(sku={"name": "Basic"})), ("ip", BASIC), id="of a machine"),
    pytest.param(behind(subnet=SUBNET), ("subnet", OPEN), id="no NAT gateway"),
    pytest.param(WITHOUT, ("group", ALONE), id="no subnet"),
]


@pytest.mark.parametrize(("stack", "found"), FAILS)
def test_fails(stack, found):
    assert analyze(NAME, *stack) == [("MANDATORY", *found)]


@pytest.mark.parametrize("stack", [row.values[0] for row in FAILS])
def test_one_unknown_never_silences(stack):
    assert silencing(NAME, stack) == []


def test_an_address_that_sets_nothing():
    said = f"Public IP address 'ip' does not set `publicIPAllocationMethod`. Set it to 'Static': {FIX}"
    stack = behind(nat(), Res(t.AZURE_ADDRESS, "ip", {"sku": {"name": "Standard"}}))
    assert analyze(NAME, *stack) == [("MANDATORY", "ip", said)]


def test_hosts_of_one_subnet_say_it_once():
    other = replace(next(res for res in behind() if res.name == "group"), name="other")
    assert analyze(NAME, *behind(other, subnet=SUBNET)) == [("MANDATORY", "subnet", OPEN)]


def test_everywhere():
    stack = behind(nat(()), network=replace(EXIT, props={"type": "REGULAR"}))
    assert analyze(NAME, *stack, config={"everywhere": True}) == [("MANDATORY", "nat", NONE)]


@pytest.mark.parametrize("unknown", [UNKNOWN, [{"id": UNKNOWN}]], ids=["all", "one"])
def test_an_unknown_subnet_beside_a_violation(unknown):
    later = replace(group(subnetIds=unknown), name="later", deps={"containers": ["tokens-a"]})
    said = "Container group 'later' sets `subnetIds` to a value known only after the update, "
    said += f"{LENT} Set it to a subnet with a NAT gateway."
    assert analyze(NAME, *behind(nat(())), later) == [
        ("MANDATORY", "nat", NONE),
        ("ADVISORY", "", NOT_JUDGED + said),
    ]


def test_metadata():
    found = metadata(NAME)
    assert list(found.pop("settings")) == ["everywhere"]
    assert found == {
        "name": NAME,
        "description": "Declared exits on Azure have static addresses only.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_HIGH",
        "tags": ["azure", "network", "exit", "BP14"],
        "remediationSteps": "Set `natGateway` of the subnet to a NatGateway, its `publicIpAddresses` to a "
        "PublicIPAddress, and of that one `publicIPAllocationMethod` to Static and `sku.name` to Standard.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
    }
