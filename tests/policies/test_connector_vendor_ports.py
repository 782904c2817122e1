import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, Res, analyze, metadata
from policies.clouds import LAST_AZURE, LAST_GCP, VENDOR_AZURE, VENDOR_GCP, firewall, on_azure, on_gcp, security
from policies.stacks import fleet

from gatepost.egress import VENDOR_RULES, public_complement
from gatepost_policies.ways import aws

NAME = "connector-vendor-ports"


def out(name, protocol, first, last, to="0.0.0.0/0"):
    ports = {"ipProtocol": protocol, "fromPort": first, "toPort": last}
    props = {"securityGroupId": UNKNOWN, **ports, "cidrIpv4": to}
    return Res(aws.EGRESS_RULE, name, props, {"securityGroupId": ["group"]})


VENDOR_AWS = [out(f"r{n}", r.protocol, r.first_port, r.last_port) for n, r in enumerate(VENDOR_RULES)]
HALVES = [out("low", "udp", 1, 1023), out("high", "udp", 1024, 65535)]
NARROW = [out(f"u{n}", "udp", 1, 65535, to) for n, to in enumerate(public_complement())]


@pytest.mark.parametrize(
    "stack",
    [
        fleet(),
        [*fleet(), *VENDOR_AWS],
        [*fleet(), *VENDOR_AWS[:2], *HALVES],
        [*fleet(), *VENDOR_AWS[:2], *NARROW],
        on_gcp(*VENDOR_GCP, LAST_GCP),
        on_gcp(firewall("ssh", priority=100, deny="tcp:22")),
        on_azure(*VENDOR_AZURE, LAST_AZURE),
    ],
    ids=["none here", "aws", "ports add up", "blocks add up", "gcp", "gcp implied", "azure"],
)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


def says(what, ports):
    return f"{what} lets out no {ports}, which a Connector dials. Let it out to 0.0.0.0/0."


FAILS = [
    pytest.param([*fleet(), *VENDOR_AWS[1:]], ("group", says("Security group 'group'", "tcp 443")), id="aws"),
    pytest.param(
        [*fleet(), *VENDOR_AWS[:2], *NARROW[1:]],
        ("group", says("Security group 'group'", f"udp 1-65535 to {public_complement()[0]}")),
        id="a block",
    ),
    pytest.param(on_gcp(*VENDOR_GCP[1:], LAST_GCP), ("vm", says("Instance 'vm'", "tcp 443")), id="gcp"),
    pytest.param(
        on_gcp(*VENDOR_GCP, LAST_GCP, firewall("quic", priority=100, deny="udp")),
        ("vm", says("Instance 'vm'", "udp 1-65535")),
        id="denied before",
    ),
    pytest.param(
        on_azure(*VENDOR_AZURE[:1], VENDOR_AZURE[2], LAST_AZURE),
        ("nsg", says("Network security group 'nsg'", "tcp 30000-31000")),
        id="azure",
    ),
]


@pytest.mark.parametrize(("stack", "found"), FAILS)
def test_fails(stack, found):
    assert analyze(NAME, *stack) == [("MANDATORY", *found)]


@pytest.mark.parametrize(
    ("stack", "said"),
    [
        (on_gcp(*VENDOR_GCP[1:], LAST_GCP, firewall("web", priority=400, allow="tcp:443", to=[UNKNOWN])), "tcp 443"),
        (on_azure(*VENDOR_AZURE[1:], LAST_AZURE, security("web", priority=300, ports=UNKNOWN)), "tcp 443"),
    ],
)
def test_unknown_destination_or_ports_are_not_judged(stack, said):
    found = analyze(NAME, *stack)
    assert [(level, name) for level, name, _ in found] == [("ADVISORY", "")]
    assert found[0][2].startswith(NOT_JUDGED)
    assert f"lets out no {said}, which" in found[0][2]


def test_metadata():
    assert metadata(NAME) == {
        "name": NAME,
        "description": "Firewalls let out all that a Connector itself dials.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_HIGH",
        "tags": ["aws", "gcp", "azure", "network", "egress", "BP12"],
        "remediationSteps": "Add outbound entries for TCP 443, TCP 30000-31000 and UDP 1-65535 to 0.0.0.0/0 (Azure: "
        "`Internet`).",
        "url": "https://www.twingate.com/docs/connector-best-practices",
    }
