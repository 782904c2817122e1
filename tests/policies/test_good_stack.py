"""A stack that does everything right passes every rule; the same with another team's resources beside it."""

import pytest
from policies.analyzer import RULES, UNKNOWN, UNREADABLE, Res, analyze
from policies.stacks import fleet

from gatepost_policies import topology as t

KNOWN_LATER = {
    "twingate-api-token-not-in-text",
    "twingate-tokens-not-in-text",
}  # user data is unknown before the first update
FOREIGN = [
    Res(t.SECURITY_GROUPS[0], "web", {"ingress": [{"protocol": "-1", "fromPort": 0, "toPort": 0}]}),
    Res(t.INSTANCE, "web", {"ami": "ami-1", "keyName": "ops", "instanceType": "x1.32xlarge", "userData": "#!/bin/sh"}),
    Res("acme:index:Thing", "thing", {"tags": "odd", "labels": 3, "ingress": {"a": [None, True]}}),
    Res("gcp:compute/instance:Instance", "vm", {"networkInterfaces": [{"network": "default", "accessConfigs": [{}]}]}),
]
ODD = [True, 3.5, "text", [], {}, [[]], [{}], {"a": None}, "x" * 100_000, [None, 1, "a", {"b": [2]}]]


@pytest.mark.parametrize("rule", RULES)
def test_passes(rule):
    found = analyze(rule, *fleet(), *FOREIGN)
    assert [level for level, _, _ in found] == (["ADVISORY"] if rule in KNOWN_LATER else [])


@pytest.mark.parametrize("rule", RULES)
def test_empty_stack(rule):
    assert analyze(rule) == []


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: str(odd)[:20])
@pytest.mark.parametrize("rule", RULES)
def test_odd_values_never_raise(rule, odd):
    for res in fleet():
        keys = {*res.props, "ingress", "egress", "securityRules", "tags", "labels", "containers", "keepers"}
        props = dict.fromkeys(keys, odd)
        found = analyze(rule, *fleet(), Res(res.type, "odd", props), config={"scope": "all"})
        assert all(len(text) < 10_000 and not text.startswith(UNREADABLE) for _, _, text in found)


@pytest.mark.parametrize("rule", RULES)
def test_everything_unknown_never_raises(rule):
    stack = [Res(res.type, res.name, dict.fromkeys(res.props, UNKNOWN), res.deps) for res in fleet()]
    assert {level for level, _, _ in analyze(rule, *stack)} <= {"ADVISORY", "MANDATORY"}
