from dataclasses import replace

import pytest
from policies.analyzer import NOT_JUDGED, OURS, UNKNOWN, Res, analyze, silencing

# Literals, to be compared with pulumi_azure_native where it is installed: the tests run without that SDK.
NSG = "azure-native:network:NetworkSecurityGroup"
RULE = "azure-native:network:SecurityRule"
SUBNET = "azure-native:network:Subnet"
NIC = "azure-native:network:NetworkInterface"
VM = "azure-native:compute:VirtualMachine"
GROUP = "azure-native:containerinstance:ContainerGroup"

NAME = "azure-network-no-ingress"
BODY = {
    "direction": "Inbound",
    "access": "Allow",
    "protocol": "Tcp",
    "sourceAddressPrefix": "10.0.0.0/8",
    "destinationPortRange": "443",
}
PORT = {**BODY, "sourceAddressPrefix": "VirtualNetwork", "destinationPortRange": "19390"}
END = "a Connector only dials out."
SAYS = f"Security rule 'in' lets in Tcp 443 from 10.0.0.0/8. Remove the rule or set `access` to Deny: {END}"
INLINE_SAYS = (
    "Rule 'web-in' of network security group 'nsg' lets in Tcp 443 from 10.0.0.0/8. "
    f"Remove `securityRules[0]` or set its `access` to Deny: {END}"
)

PLAIN = Res(NSG, "nsg", {"location": "westeurope"}, computed={"securityRules": UNKNOWN})
INLINE = Res(NSG, "nsg", {"location": "westeurope", "securityRules": [{"name": "web-in", **BODY}]})
SUB = Res(SUBNET, "sub", {"networkSecurityGroup": {"id": UNKNOWN}}, {"networkSecurityGroup": ["nsg"]})
HOST = Res(GROUP, "host", {"tags": OURS, "subnetIds": [{"id": UNKNOWN}]}, {"subnetIds": ["sub"]})
OTHER = replace(HOST, props={"tags": {"team": "web"}, "subnetIds": [{"id": UNKNOWN}]})
IN = Res(RULE, "in", {**BODY, "networkSecurityGroupName": UNKNOWN}, {"networkSecurityGroupName": ["nsg"]})


def rule(**props):
    return replace(IN, props={**IN.props, **props})


@pytest.mark.parametrize(
    "stack",
    [
        pytest.param([PLAIN, SUB, HOST], id="computed unknown rules"),
        pytest.param(
            [replace(PLAIN, computed={"securityRules": [BODY]}), SUB, HOST], id="rules kept by the provider only"
        ),
        pytest.param([Res(NSG, "nsg", {"tags": OURS, "securityRules": []})], id="empty rules"),
        pytest.param([Res(NSG, "nsg", {"tags": OURS, "securityRules": [{**BODY, "direction": "Outbound"}]})], id="out"),
        pytest.param([PLAIN, SUB, HOST, rule(access="Deny")], id="deny"),
        pytest.param([PLAIN, SUB, HOST, rule(direction="Outbound", access=UNKNOWN)], id="out, access unknown"),
        pytest.param([PLAIN, SUB, HOST, rule(direction=UNKNOWN, access="deny")], id="deny, direction unknown"),
        pytest.param([PLAIN, SUB, OTHER, IN], id="another team's rule"),
        pytest.param([INLINE, SUB, OTHER], id="another team's group"),
        pytest.param([PLAIN, SUB, HOST, Res(NSG, "n2", {"securityRules": [BODY]})], id="a group beside the host's"),
        pytest.param([PLAIN, SUB, HOST, replace(IN, type="azure-native:network:Route")], id="another type"),
        pytest.param([PLAIN, SUB, HOST, replace(IN, type="other:network:SecurityRule")], id="another provider"),
        pytest.param(
            [
                Res(NSG, "nsg", computed={"name": "same"}),
                Res(NSG, "ours", {"tags": OURS}, computed={"name": "same"}),
                rule(networkSecurityGroupName="same"),
            ],
            id="a group of the same name in another resource group",
        ),
    ],
)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


WAYS_IN = [
    pytest.param([PLAIN, SUB, HOST, IN], ("in", SAYS), id="separate rule"),
    pytest.param([INLINE, SUB, HOST], ("nsg", INLINE_SAYS), id="inline, attached"),
    pytest.param([replace(INLINE, props={**INLINE.props, "tags": OURS})], ("nsg", INLINE_SAYS), id="inline, tagged"),
    pytest.param([PLAIN, SUB, HOST, rule(direction="inbound", access="allow")], ("in", SAYS), id="other letter case"),
    pytest.param(
        [
            replace(PLAIN, type="azure-native:network/v20230901:NetworkSecurityGroup"),
            replace(SUB, type="azure-native:network/v20240101:Subnet"),
            replace(HOST, type="azure-native:containerinstance/v20230501:ContainerGroup"),
            replace(IN, type="azure-native:network/v20230901:SecurityRule"),
        ],
        ("in", SAYS),
        id="versioned types",
    ),
    pytest.param(
        [PLAIN, SUB, HOST, replace(IN, type="azure-native_network_v20230901:network:SecurityRule")],
        ("in", SAYS),
        id="package of one version",
    ),
    pytest.param(
        [
            PLAIN,
            IN,
            Res(NIC, "nic", {"networkSecurityGroup": {"id": UNKNOWN}}, {"networkSecurityGroup": ["nsg"]}),
            Res(
                VM,
                "vm",
                {"tags": OURS, "networkProfile": {"networkInterfaces": [{"id": UNKNOWN}]}},
                {"networkProfile": ["nic"]},
            ),
        ],
        ("in", SAYS),
        id="virtual machine",
    ),
    pytest.param(
        [
            Res(NSG, "nsg", {"tags": OURS}, computed={"name": "nsg-1"}),
            replace(rule(networkSecurityGroupName="NSG-1"), deps={}),
        ],
        ("in", SAYS),
        id="literal name of a tagged group",
    ),
    pytest.param(
        [
            replace(
                SUB, props={"networkSecurityGroup": {"id": "/subscriptions/s/networkSecurityGroups/nsg-1"}}, deps={}
            ),
            HOST,
            replace(rule(networkSecurityGroupName="nsg-1"), deps={}),
        ],
        ("in", SAYS),
        id="literal name of an attached group",
    ),
    pytest.param([replace(IN, inside="gatepost:azure:ConnectorSite"), PLAIN], ("in", SAYS), id="in a component"),
    pytest.param(
        [PLAIN, SUB, HOST, rule(protocol="*", sourceAddressPrefix="*", destinationPortRange="*")],
        (
            "in",
            "Security rule 'in' lets in all protocols all ports from any source. "
            f"Remove the rule or set `access` to Deny: {END}",
        ),
        id="everything",
    ),
    pytest.param(
        [
            PLAIN,
            SUB,
            HOST,
            rule(
                sourceAddressPrefix=None,
                sourceAddressPrefixes=["10.1.0.0/16", UNKNOWN],
                sourceApplicationSecurityGroups=[{"id": "asg-1"}],
                destinationPortRange=None,
                destinationPortRanges=["80", "90-99"],
            ),
        ],
        (
            "in",
            "Security rule 'in' lets in Tcp 80, 90-99 from 10.1.0.0/16, a value known only after the update, asg-1. "
            f"Remove the rule or set `access` to Deny: {END}",
        ),
        id="several sources and ports",
    ),
    pytest.param(
        [PLAIN, SUB, HOST, Res(RULE, "in", {"networkSecurityGroupName": UNKNOWN}, IN.deps)],
        (
            "in",
            "Security rule 'in' lets in all protocols all ports from a source that is not named. "
            f"Remove the rule or set `access` to Deny: {END}",
        ),
        id="nothing said",
    ),
]


@pytest.mark.parametrize(("stack", "found"), WAYS_IN)
def test_fails(stack, found):
    assert analyze(NAME, *stack) == [("MANDATORY", *found)]
    assert analyze(NAME, *reversed(stack)) == [("MANDATORY", *found)]


@pytest.mark.parametrize(("stack", "found"), WAYS_IN)
def test_one_unknown_never_silences(stack, found):
    assert silencing(NAME, stack) == []


@pytest.mark.parametrize("key", ["direction", "access"])
def test_unknown_direction_or_access_is_not_judged(key):
    assert analyze(NAME, PLAIN, SUB, HOST, rule(**{key: UNKNOWN})) == [("ADVISORY", "", NOT_JUDGED + SAYS)]


def test_a_literal_name_may_mean_a_group_whose_name_is_unknown():
    literal = replace(rule(networkSecurityGroupName="nsg-1"), deps={})
    new = Res(NSG, "nsg", {"tags": OURS}, computed={"name": UNKNOWN})
    assert analyze(NAME, new, literal) == [("ADVISORY", "", NOT_JUDGED + SAYS)]
    assert analyze(NAME, replace(new, computed={"name": "nsg-2"}), literal) == []
    assert analyze(NAME, replace(new, props={}), literal) == []
    named = replace(new, props={"tags": OURS, "networkSecurityGroupName": "nsg-1"})
    assert analyze(NAME, named, literal) == [("MANDATORY", "in", SAYS)]


def test_unknown_inline_rules_are_not_judged():
    said = "Network security group 'nsg' may let traffic in by its property `securityRules`. "
    group = Res(NSG, "nsg", {"tags": OURS, "securityRules": UNKNOWN})
    assert analyze(NAME, group) == [("ADVISORY", "", f"{NOT_JUDGED}{said}Write it out or drop it.")]


@pytest.mark.parametrize(
    ("props", "admitted"),
    [
        (PORT, True),
        ({**PORT, "protocol": "*"}, False),
        ({**PORT, "sourceAddressPrefix": "*"}, False),
        ({**PORT, "sourceAddressPrefix": UNKNOWN}, False),
        ({**PORT, "sourceAddressPrefixes": ["10.0.0.0/8"]}, False),
        ({**PORT, "destinationPortRange": "19390-19391"}, False),
        ({**PORT, "destinationPortRanges": ["22"]}, False),
    ],
)
def test_container_group_port(props, admitted):
    stack = [PLAIN, SUB, HOST, rule(**props)]
    allow = {"allow_container_group_ports": True}
    assert len(analyze(NAME, *stack)) == 1
    assert len(analyze(NAME, *stack, config={"allow_container_group_ports": False})) == 1
    assert analyze(NAME, *stack, config=allow) == ([] if admitted else analyze(NAME, *stack))


def test_scope_all_judges_every_resource():
    stack = [INLINE, OTHER, IN, SUB]
    assert analyze(NAME, *stack, config={"scope": "all"}) == [
        ("MANDATORY", "nsg", INLINE_SAYS),
        ("MANDATORY", "in", SAYS),
    ]
    assert analyze(NAME, *stack) == []
