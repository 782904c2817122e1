from typing import Any

import pulumi_twingate as tg
import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, Res, analyze, metadata, silencing
from policies.stacks import PLACE, connector, fleet, host

from gatepost_policies import topology as t

NAME = "twingate-tokens-one-host"
TWO = (
    "Twingate connector tokens 'tokens-a' reaches 2 hosts: Instance 'host-a', Instance 'host-b'. "
    "Make a Connector with tokens for each."
)
SHARED = [*PLACE, *connector("a"), host("a"), host("b", "b", pair="pair-a")]
LT = Res(t.LAUNCH_TEMPLATE, "lt", {"userData": UNKNOWN}, {"userData": ["pair-a"]})


def made(slot):
    return Res(t.INSTANCE, f"host-{slot}", {"launchTemplate": {"id": UNKNOWN}}, {"launchTemplate": ["lt"]})


def group(**size):
    return Res(t.AUTOSCALING_GROUP, "asg", {"launchTemplate": {"id": UNKNOWN}, **size}, {"launchTemplate": ["lt"]})


def test_passes_one_host_per_pair():
    assert analyze(NAME, *fleet()) == []


@pytest.mark.parametrize(
    "stack",
    [
        pytest.param([*connector("a")], id="hosts elsewhere"),
        pytest.param([*connector("a"), LT, made("a")], id="one host by a template"),
        pytest.param([*connector("a"), LT, group(minSize=0, maxSize=1, desiredCapacity=1)], id="group of one"),
        pytest.param(
            [*connector("a"), host("a"), Res(t.INSTANCE, "app", {"userData": UNKNOWN}, {"userData": ["host-a"]})],
            id="a host that knows the Connector's address",
        ),
    ],
)
def test_passes(stack):
    assert analyze(NAME, *PLACE, *stack) == []


def filled(token, version, key):
    """Two hosts that name one secret; something else fills it with the pair."""
    made = [Res(t.GCP_INSTANCE, f"host-{slot}", {"metadata": UNKNOWN}, {"metadata": ["secret"]}) for slot in "ab"]
    fills = Res(version, "fills", {key: UNKNOWN, "value": UNKNOWN}, {key: ["secret"], "value": ["tokens-a"]})
    return [*PLACE, *connector("a"), Res(token, "secret", {"labels": {}}), fills, *made]


FILLED = [(wanted, version, key) for version, (key, wanted) in t.SECRET_VERSIONS.items()]
FAILS = [
    *(pytest.param(filled(*row), ("tokens-a", TWO), id=row[1]) for row in FILLED),
    pytest.param(SHARED, ("tokens-a", TWO), id="one secret, two hosts"),
    pytest.param([*PLACE, *connector("a"), LT, made("a"), made("b")], ("tokens-a", TWO), id="one template, two hosts"),
    pytest.param(
        [*PLACE, *connector("a"), LT, group(minSize=1, maxSize=3)],
        (
            "asg",
            "Group 'asg' runs up to 3 hosts, which all get the pair of Twingate connector tokens 'tokens-a'. Set "
            "`desiredCapacity` and `minSize` and `maxSize` to 1, or make a host with a pair of its own for each "
            "Connector.",
        ),
        id="group of three",
    ),
    pytest.param(
        [
            *fleet(),
            Res(t.TOKENS, "again", {"connectorId": UNKNOWN}, {"connectorId": ["con-a"]}),
        ],
        (
            "again",
            "Twingate connector tokens 'again' is for the same Connector as Twingate connector tokens 'tokens-a': "
            "the later pair ends the earlier. Remove one, or make another Connector.",
        ),
        id="two pairs of one Connector",
    ),
]


@pytest.mark.parametrize(("stack", "found"), FAILS)
def test_fails(stack, found):
    assert analyze(NAME, *stack) == [("MANDATORY", *found)]
    assert silencing(NAME, stack) == []


def test_a_group_of_unknown_size_is_not_judged():
    stack = [*PLACE, *connector("a"), LT, group(maxSize=UNKNOWN)]
    found = analyze(NAME, *stack)
    assert [(level, name) for level, name, _ in found] == [("ADVISORY", "")]
    assert found[0][2].startswith(f"{NOT_JUDGED}Group 'asg' runs up to a value known only after the update hosts")


def test_types_are_the_sdks_own():
    types: list[Any] = [tg.TwingateConnectorTokens, tg.TwingateConnector, tg.TwingateRemoteNetwork]
    assert [cls.pulumi_type for cls in types] == [t.TOKENS, t.CONNECTOR, t.REMOTE_NETWORK]


def test_metadata():
    assert metadata(NAME) == {
        "name": "twingate-tokens-one-host",
        "description": "A Connector's token pair reaches exactly one host.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_CRITICAL",
        "tags": ["twingate", "tokens", "BP8"],
        "remediationSteps": "Make a TwingateConnector and TwingateConnectorTokens for each host; set the size of a "
        "group to 1.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
    }
