from dataclasses import replace

import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, analyze, metadata
from policies.clouds import EXIT, LAST_AZURE, NSG, VENDOR_AZURE, on_azure, security

NAME = "azure-network-egress"
GOOD = [*VENDOR_AZURE, LAST_AZURE]
ALL = security("all", priority=300)
FIX = "Remove the rule or set `access` to Deny"
SAYS = (
    "Security rule 'all' lets out all protocols all ports to any destination, more than a Connector needs. "
    f"{FIX}, or declare it in `reaches`."
)
VNET = security("all", priority=300, protocol="Tcp", ports="443", to="VirtualNetwork")
PRIVATE = (
    "Security rule 'all' lets out Tcp 443 to VirtualNetwork, private addresses among them, on a network of type EXIT. "
    f"{FIX}, and let out public blocks only: users leave to the internet there, not into your network."
)
IMPLIED = (
    "Azure's rule AllowInternetOutBound, at priority 65001, lets out all traffic to 0.0.0.0/0, more than a Connector "
    "needs. Deny all that goes out of 'nsg' by a rule of the lowest priority, or declare it in `reaches`."
)
INLINE = {**{k: v for k, v in ALL.props.items() if k != "networkSecurityGroupName"}, "name": "out"}


def inline(*rules):
    group = replace(NSG, props={**NSG.props, "securityRules": list(rules)})
    return [group if res.name == "nsg" else res for res in on_azure(LAST_AZURE)]


@pytest.mark.parametrize(
    "stack",
    [
        on_azure(*GOOD),
        on_azure(*GOOD, VNET),
        on_azure(*GOOD, security("storage", priority=300, protocol="Tcp", ports="443", to="Storage.WestEurope")),
        on_azure(security("public", priority=300, to="Internet"), LAST_AZURE, network=EXIT),
        on_azure(*GOOD, ALL, security("first", priority=110, access="Deny")),
    ],
    ids=["vendor", "virtual network", "tag on 443", "exit", "denied before"],
)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


FAILS = [
    pytest.param(on_azure(*GOOD, ALL), ("all", SAYS), id="any to any"),
    pytest.param(
        on_azure(*GOOD, replace(ALL, type="azure-native:network/v20240101:SecurityRule")), ("all", SAYS), id="version"
    ),
    pytest.param(
        inline(INLINE),
        (
            "nsg",
            "Rule 'out' of network security group 'nsg' lets out all protocols all ports to any destination, more than "
            "a Connector needs. Remove `securityRules[0]` or set its `access` to Deny, or declare it in `reaches`.",
        ),
        id="inline",
    ),
    pytest.param(on_azure(*VENDOR_AZURE), ("nsg", IMPLIED), id="nothing denies the rest"),
    pytest.param(on_azure(VNET, LAST_AZURE, network=EXIT), ("all", PRIVATE), id="virtual network on EXIT"),
]


@pytest.mark.parametrize(("stack", "found"), FAILS)
def test_fails(stack, found):
    assert analyze(NAME, *stack) == [("MANDATORY", *found)]


def test_a_deny_that_is_not_known_yet():
    maybe = security("maybe", priority=110, access=UNKNOWN)
    found = analyze(NAME, *on_azure(*GOOD, ALL, maybe))
    assert [(level, name) for level, name, _ in found] == [("ADVISORY", "")]
    assert NOT_JUDGED + SAYS in found[0][2]


def test_metadata():
    found = metadata(NAME)
    assert sorted(found.pop("settings")) == ["network_type", "reaches"]
    assert found == {
        "name": NAME,
        "description": "Network security groups of Connector hosts let out only what Connectors need.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_HIGH",
        "tags": ["azure", "network", "egress", "BP12"],
        "remediationSteps": "Set `direction` Outbound with TCP 443, TCP 30000-31000 and UDP to `Internet` and the "
        "blocks that users reach (list those in the setting `reaches`), and at priority 4096 `access` Deny of "
        "everything.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
    }
