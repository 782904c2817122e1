from dataclasses import replace

import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, analyze, metadata, silencing
from policies.clouds import EXIT, LAST_GCP, NET, VENDOR_GCP, firewall, linked, on_gcp, vm

from gatepost.egress import PRIVATE_RANGES

NAME = "gcp-compute-egress"
GOOD = [*VENDOR_GCP, LAST_GCP]
INWARD = firewall("inward", priority=300, deny="all", to=PRIVATE_RANGES)
ALL = firewall("all", priority=400, allow="all")
SAYS = (
    "Firewall rule 'all' lets out all traffic to 0.0.0.0/0, more than a Connector needs. Remove the rule or its "
    "`allows`, or declare it in `reaches`."
)
PRIVATE = (
    "Firewall rule 'all' lets out all traffic to 0.0.0.0/0, private addresses among them, on a network of type EXIT. "
    "Remove the rule or its `allows`, and let out public blocks only: users leave to the internet there, not into "
    "your network."
)
IMPLIED = (
    "Google's implied rule, at priority 65535, lets out all traffic to 0.0.0.0/0, more than a Connector needs. Deny "
    "all that goes out of 'vm' by a rule of the lowest priority, or declare it in `reaches`."
)


@pytest.mark.parametrize(
    "stack",
    [
        on_gcp(*GOOD),
        on_gcp(*GOOD, firewall("reach", priority=200, allow="tcp:5432", to=["10.0.0.0/8"])),
        on_gcp(*GOOD, firewall("late", priority=600, allow="all")),
        on_gcp(*GOOD, firewall("even", priority=500, allow="all")),
        on_gcp(*GOOD, firewall("web", priority=400, allow="all", targetTags=["web"])),
        on_gcp(INWARD, ALL, LAST_GCP, network=EXIT),
    ],
    ids=["vendor", "reach", "denied before", "denied at the same", "other hosts", "exit"],
)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


FAILS = [
    pytest.param(on_gcp(*GOOD, ALL), ("all", SAYS), id="any to any"),
    pytest.param(
        on_gcp(*GOOD, ALL, firewall("tcp", priority=100, deny="tcp")), ("all", SAYS), id="another protocol denied"
    ),
    pytest.param(
        on_gcp(*GOOD, ALL, firewall("web", priority=100, deny="all", targetTags=["web"])),
        ("all", SAYS),
        id="denied for others",
    ),
    pytest.param(on_gcp(*VENDOR_GCP), ("vm", IMPLIED), id="nothing denies the rest"),
    pytest.param(on_gcp(ALL, LAST_GCP, network=EXIT), ("all", PRIVATE), id="private on an EXIT network"),
]


@pytest.mark.parametrize(("stack", "found"), FAILS)
def test_fails(stack, found):
    assert analyze(NAME, *stack) == [("MANDATORY", *found)]


def test_a_deny_for_another_connector():
    other = replace(linked(vm(tags=["other"])), name="other-vm")
    closed = firewall("closed", priority=100, deny="all", targetTags=["other"])
    assert analyze(NAME, *on_gcp(*GOOD, ALL, other, closed)) == [("MANDATORY", "all", SAYS)]


def test_a_deny_that_is_not_known_yet():
    maybe = firewall("maybe", priority=100, deny="all", to=[UNKNOWN])
    assert analyze(NAME, *on_gcp(*GOOD, ALL, maybe)) == [("ADVISORY", "", NOT_JUDGED + SAYS)]


def test_unknown_destination_and_reaches():
    stack = on_gcp(LAST_GCP, firewall("all", priority=400, allow="tcp:22", to=[UNKNOWN]))
    assert [level for level, _, _ in analyze(NAME, *stack)] == ["ADVISORY"]
    reach = on_gcp(*GOOD, firewall("reach", priority=200, allow="tcp:5432", to=["10.0.0.0/8"]))
    assert [name for _, name, _ in analyze(NAME, *reach, config={"reaches": ["192.168.0.0/16"]})] == ["reach"]


def test_one_unknown_never_silences():
    assert silencing(NAME, [NET, ALL, LAST_GCP], {"scope": "all", "network_type": "REGULAR"}) == []


def test_metadata():
    found = metadata(NAME)
    assert sorted(found.pop("settings")) == ["network_type", "reaches"]
    assert found == {
        "name": NAME,
        "description": "Firewall rules let out of Connector hosts only what Connectors need.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_HIGH",
        "tags": ["gcp", "network", "egress", "BP12"],
        "remediationSteps": "Set `direction` EGRESS with `allows` of TCP 443, TCP 30000-31000, UDP 1-65535 and the "
        "blocks that users reach (list those in the setting `reaches`), and below them one rule with `denies` of all "
        "protocols.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
    }
