"""Stacks that do everything right, alone and beside another team's resources; and values that no provider takes."""

from dataclasses import replace
from typing import Any

import pytest
from policies.analyzer import NOT_JUDGED, RULES, UNKNOWN, UNREADABLE, Res, analyze
from policies.good import BASES, judged, served
from policies.stacks import fleet

from gatepost_policies import topology as t

KNOWN_LATER = ["connector-interchangeable", "twingate-api-token-not-in-text", "twingate-tokens-not-in-text"]
"""Rules that read user data, which is unknown before the first update."""
OPEN = {"direction": "Inbound", "access": "Allow", "priority": 100, "protocol": "*", "sourceAddressPrefix": "*"}
FOREIGN = [
    Res(t.SECURITY_GROUPS[0], "web", {"ingress": [{"protocol": "-1", "fromPort": 0, "toPort": 0}]}),
    Res(
        t.INSTANCE, "web-a", {"ami": "ami-1", "keyName": "ops", "instanceType": "x1.32xlarge", "userData": "#!/bin/sh"}
    ),
    Res(t.EIP, "web-ip", {"domain": "vpc"}),
    Res(t.ROLE_POLICY, "web-role", {"role": "web", "policy": '{"Statement": {"Action": "*", "Resource": "*"}}'}),
    Res("acme:index:Thing", "thing", {"tags": "odd", "labels": 3, "ingress": {"a": [None, True]}}),
    Res(t.GCP_INSTANCE, "web-vm", {"networkInterfaces": [{"network": "default", "accessConfigs": [{}]}]}),
    Res(t.GCP_NAT, "web-nat", {"natIpAllocateOption": "AUTO_ONLY", "router": "web"}),
    Res("gcp:projects/iAMMember:IAMMember", "web-owner", {"role": "roles/owner", "member": "serviceAccount:web@a.com"}),
    Res(t.AZURE_GROUP, "web-guard", {"securityRules": [OPEN]}),
    Res(t.CONTAINER_GROUP, "web-group", {"location": "chinaeast2", "containers": [{"image": "nginx:latest"}]}),
    Res(t.AZURE_ADDRESS, "web-address", {"sku": {"name": "Basic"}}),
]
DEEP: Any = "x"
for _ in range(4):
    DEEP = {"a": [DEEP]}
MISSING = object()
ODD = [
    MISSING,
    True,
    3.5,
    -1e300,
    "text",
    [],
    {},
    [[]],
    [{}],
    {"a": None},
    [None, 1, "a", {"b": [2]}],
    "x" * 100_000,
    DEEP,
]
MORE = {"ingress", "egress", "securityRules", "tags", "labels", "containers", "keepers"}
EVERYTHING = served({rule: {"scope": "all"} for rule in RULES})


@pytest.mark.parametrize("cloud", BASES)
def test_passes_beside_another_teams_resources(cloud):
    assert judged([*BASES[cloud], *FOREIGN]) == {}


def test_nothing_but_resources_of_other_teams():
    assert judged(FOREIGN) == {}
    assert judged([]) == {}


def test_what_a_preview_cannot_know_is_listed():
    found = judged([*fleet(), *FOREIGN], served({}))
    assert sorted(found) == KNOWN_LATER
    assert [len(texts) for texts in found.values()] == [1, 1, 1]
    assert all(f"during preview: {NOT_JUDGED}" in text for (text,) in found.values())


def twins(stack: list[Res], odd: Any, turn: int) -> list[Res]:
    """Each resource with an odd value everywhere, and with one in every fifth of its properties, `turn` for turn."""

    def twin(res: Res, number: int, keys: set[str]) -> Res:
        props = {**res.props, **dict.fromkeys(keys, odd)}
        kept = {key: value for key, value in props.items() if value is not MISSING}
        return replace(res, name=f"{res.name}-{number}", props=kept)

    places = [(res, key) for res in stack for key in res.props]
    alone = [twin(res, n, {key}) for n, (res, key) in enumerate(places) if (n + turn) % 5 == 0]
    return [*alone, *(twin(res, -1, {*res.props, *MORE}) for res in stack)]


@pytest.mark.parametrize("turn", range(len(ODD)), ids=lambda turn: str(ODD[turn])[:20])
@pytest.mark.parametrize("cloud", BASES)
def test_odd_values_never_raise(cloud, turn):
    found = judged([*BASES[cloud], *twins(BASES[cloud], ODD[turn], turn)], EVERYTHING)
    texts = [text for several in found.values() for text in several]
    assert texts != []
    assert [text for text in texts if UNREADABLE in text] == []
    assert [len(text) for text in texts if len(text) > 2100 and NOT_JUDGED not in text] == []


@pytest.mark.parametrize("rule", RULES)
def test_everything_unknown_never_raises(rule):
    for base in BASES.values():
        stack = [replace(res, props=dict.fromkeys(res.props, UNKNOWN)) for res in base]
        found = analyze(rule, *stack)
        assert [text for _, _, text in found if UNREADABLE in text] == []
