"""The rules applied to what plain values describe, without an engine: what an account holds, not what a stack says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy import PolicyCustomTimeouts, PolicyResource, PolicyResourceOptions, StackValidationArgs

from .exemptions import Exemptions
from .frame import Rule
from .known import UNKNOWN, NotJudged

__all__ = ["UNKNOWN", "Described", "Judged", "as_resource", "judge", "setting_problems"]


@dataclass(frozen=True, kw_only=True)
class Described:
    """One resource by plain values. What is absent or None is not set; `UNKNOWN` stands for what nobody could read."""

    type: str
    """Type token of Pulumi's resource, such as `aws:ec2/instance:Instance`."""
    id: str
    """What tells it from all others of its type, such as the id that the cloud gave."""
    name: str = ""
    """What messages call it. Empty: the id."""
    props: Mapping[str, Any] = field(default_factory=dict)
    """Properties as Pulumi's resource has them."""
    refs: Mapping[str, Sequence["Described"]] = field(default_factory=dict)
    """By property: the resources that its value comes from. Where it holds their id, that says so by itself."""

    @property
    def urn(self) -> str:
        """Stands for the URN, which only resources of a stack have."""
        return f"urn:pulumi:described::described::{self.type}::{self.id}"


@dataclass(frozen=True)
class Judged:
    """A finding of one rule about one resource. `sure` False: the rule could not tell, because a value is unknown."""

    rule: Rule
    urn: str
    text: str
    sure: bool = True


def as_resource(one: Described) -> PolicyResource:
    """Return a description as rules see it, without what it refers to."""
    props = {key: value for key, value in one.props.items() if value is not None}
    opts = PolicyResourceOptions(False, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])
    listed: dict[str, list[PolicyResource]] = {key: [] for key in (*props, *one.refs)}
    return PolicyResource(one.type, props, one.urn, one.name or one.id, opts, None, None, [], listed)


def setting_problems(rules: Iterable[Rule], settings: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return what is wrong with the settings of these rules, as sentences that name the rule."""
    found = []
    for rule in rules:
        none: list[PolicyResource] = []
        told: list[str] = []
        rule.policy(Exemptions()).validate(
            StackValidationArgs(none, settings.get(rule.name)), lambda text, _urn, told=told: told.append(text)
        )
        found += [f"{rule.name}: {text}" for text in told]
    return found


def judge(
    described: Iterable[Described], rules: Iterable[Rule], settings: Mapping[str, Mapping[str, Any]] | None = None
) -> list[Judged]:
    """Return what the rules find, in their order.

    `settings` are those of each rule by its name, as in a policy configuration; `scope` is `all` unless they say
    otherwise, because whoever describes resources has chosen them. A Judged without URN is about the settings.
    """
    resources = _linked(list(described))
    found: list[Judged] = []
    for rule in rules:
        config = {"scope": "all", **((settings or {}).get(rule.name) or {})}

        def report(text: str, urn: str | None, rule: Rule = rule) -> None:
            found.append(Judged(rule, urn or "", text))

        try:
            rule.policy(Exemptions()).validate(StackValidationArgs(list(resources), config), report)
        except NotJudged as note:
            found.append(Judged(rule, "", note.message, sure=False))
    return found


def _linked(described: Sequence[Described]) -> list[PolicyResource]:
    """The resources with their references: those that are given, and each property that holds another one's id."""
    by_urn = {one.urn: as_resource(one) for one in described}
    by_id = {one.props["id"]: by_urn[one.urn] for one in described if isinstance(one.props.get("id"), str)}
    for one in described:
        found = by_urn[one.urn].property_dependencies
        for key, value in one.props.items():
            values = value if isinstance(value, list) else [value]
            if key != "id":
                found.get(key, []).extend(by_id[v] for v in values if isinstance(v, str) and v in by_id)
        for key, others in one.refs.items():
            found[key].extend(by_urn[other.urn] for other in others if other.urn in by_urn)
    return list(by_urn.values())
