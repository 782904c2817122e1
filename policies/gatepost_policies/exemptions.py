"""Exemptions: a reviewed file that says which finding is accepted, why, by whom and until when.

The file is `exemptions.yaml` beside the pack's `__main__.py`. A file that is broken anywhere grants nothing at all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml
from pulumi_policy import PolicyResource
from yaml.constructor import ConstructorError

from .stack import Stack

FILE = "exemptions.yaml"
RULE = "pack-exemptions"
"""The rule that reports what is wrong with the exemptions themselves; nothing is exempt from it."""
LONGEST_DAYS = 366
"""An exemption ends at most so many days from today: what is meant for ever is a setting, not an exemption."""
_KEYS = {"rule", "resource", "reason", "owner", "expires", "stack"}
_NEEDED = ("rule", "resource", "reason", "owner", "expires")
_SHORTEST_REASON = 10


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """One entry of the file."""

    number: int
    """Place in the file, from 1."""
    rule: str
    resource: str
    """URN or name of the resource, * for any text."""
    reason: str
    owner: str
    expires: date
    """The last day on which it counts."""
    stack: str = "*"
    """Name of the stack, * for any text."""

    def __str__(self) -> str:
        return f"Exemption {self.number} ({self.rule} for {self.resource}, owner {self.owner})"

    def names(self, resource: PolicyResource) -> bool:
        """Tell whether the entry means the resource."""
        pattern = self.resource.replace("[", "[[]")
        return fnmatchcase(resource.urn if pattern.startswith("urn:") else resource.name, pattern)


@dataclass
class Granted:
    """What one rule is exempt from in one run."""

    entries: list[Exemption]
    used: set[int] = field(default_factory=set)

    def covers(self, resource: PolicyResource) -> bool:
        """Tell whether a finding about the resource is exempt, and remember which entries were of use."""
        found = [entry.number for entry in self.entries if entry.names(resource)]
        self.used.update(found)
        return bool(found)


@dataclass
class Exemptions:
    """The entries of the file, what is wrong with it, and which entries the rules used in this run."""

    entries: tuple[Exemption, ...] = ()
    problems: tuple[str, ...] = ()
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    runs: dict[str, Granted] = field(default_factory=dict)

    def run(self, rule: str, stack: Stack) -> Granted:
        """Start a run of a rule: the entries that count for it and for this stack today. A broken file has none."""
        found = [] if self.problems else [e for e in self.entries if e.rule == rule and e.expires >= self.today]
        granted = self.runs[rule] = Granted([e for e in found if fnmatchcase(stack.name, e.stack)])
        return granted

    def report(self, stack: Stack) -> list[str]:
        """What is wrong with the file, or with entries for this stack: expired, or of no use to a rule that ran."""
        if self.problems:
            return list(self.problems)
        found = []
        for entry in self.entries:
            if not fnmatchcase(stack.name, entry.stack):
                continue
            run = self.runs.get(entry.rule)
            if entry.expires < self.today:
                found.append(f"{entry} expired on {entry.expires}. Fix the resource and remove the entry, or renew it.")
            elif run is not None and entry.number not in run.used:
                found.append(f"{entry} is not used: the rule finds nothing there. Remove the entry.")
        self.runs.clear()
        return found


class _Once(yaml.SafeLoader):
    """Refuses a key that is written twice: of two dates a reviewer may see only the one that does not count."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    problem = f"the key `{key.value}` is there twice"
                    raise ConstructorError(None, None, problem, key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def load(path: Path, rules: set[str], today: date | None = None) -> Exemptions:
    """Read the file; no file means no exemptions. Problems are sentences that name the entry."""
    now = today or datetime.now(UTC).date()
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Once)  # noqa: S506, it is a SafeLoader
    except FileNotFoundError:
        return Exemptions(today=now)
    except (
        OSError,
        ValueError,
        RecursionError,
        yaml.YAMLError,
    ) as wrong:  # ValueError: no text, or the date 2027-02-30
        where = getattr(wrong, "problem_mark", None)
        at = f" in line {where.line + 1}" if where else ""
        why = f": {getattr(wrong, 'problem', None) or wrong}" if where or type(wrong) is ValueError else ""
        return Exemptions(problems=(f"The file {path.name} cannot be read as YAML{at}{why}. Correct it.",), today=now)
    if content is None:
        return Exemptions(today=now)
    if not (isinstance(content, dict) and set(content) == {"exemptions"} and isinstance(content["exemptions"], list)):
        told = f"The file {path.name} must hold one key, `exemptions`, with a list of entries."
        return Exemptions(problems=(told,), today=now)
    entries, problems = [], []
    for number, raw in enumerate(content["exemptions"], 1):
        found = _problems(raw, rules, now)
        problems += [f"Exemption {number} in {path.name}: {problem}" for problem in found]
        if not found:
            entries.append(Exemption(number=number, **raw))
    return Exemptions(tuple(entries), tuple(problems), now)


def _problems(raw: Any, rules: set[str], today: date) -> list[str]:
    if not isinstance(raw, Mapping):
        return [f"an entry must have the keys {', '.join(_NEEDED)}."]
    found = [f"`{key}` is missing. Add it." for key in _NEEDED if _empty(raw.get(key))]
    if "stack" in raw and _empty(raw["stack"]):
        found.append("`stack` is empty. Name a stack, or leave it out for all.")
    found += [f"`{key}` is not known. Allowed are {', '.join(sorted(_KEYS))}." for key in raw if key not in _KEYS]
    found += [
        f"`{key}` must be text, found {type(raw[key]).__name__}. Write it in quotes."
        for key in _KEYS - {"expires"}
        if raw.get(key) is not None and not isinstance(raw[key], str)
    ]
    return found or [*_rule_problems(raw["rule"], rules), *_text_problems(raw), *_date_problems(raw["expires"], today)]


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _rule_problems(rule: str, rules: set[str]) -> list[str]:
    if rule == RULE:
        return [f"nothing is exempt from {RULE}."]
    return [] if rule in rules else [f"there is no rule {rule!r}. See docs/policies.md for their names."]


def _text_problems(raw: Mapping[str, Any]) -> list[str]:
    found = []
    if len(raw["reason"].strip()) < _SHORTEST_REASON:
        found.append(f"the reason {raw['reason']!r} does not say why. Write at least {_SHORTEST_REASON} characters.")
    if not re.search(r"[^*?]", re.sub("^urn:(pulumi:)?", "", raw["resource"])):
        found.append(f"`resource` {raw['resource']!r} means everything. Name the resource, or set the rule's level.")
    return found


def _date_problems(expires: Any, today: date) -> list[str]:
    if not isinstance(expires, date) or isinstance(expires, datetime):
        return [f"`expires` {str(expires)!r} is not a date like 2027-01-31 (without quotes)."]
    if expires > today + timedelta(days=LONGEST_DAYS):
        return [f"`expires` {expires} is more than {LONGEST_DAYS} days away. Choose an earlier day and renew it then."]
    return []
