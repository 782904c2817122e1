"""What a rule is, and how one is run.

A rule states what it looks at and yields findings; the frame does the rest: it looks resources up by type, asks
whether they are in scope, applies exemptions, reports what is sure and lists once what is not. No exception leaves it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from .exemptions import Exemptions
from .known import UNKNOWN, Answer, NotJudged, both
from .practices import PRACTICES
from .stack import Stack

LATER = "To be judged at update, when its values are known: "
UNREADABLE = "Cannot be judged, because the values are not what they should be"
LONGEST = 2000
"""Characters of one finding: a longer text is cut, so that a huge value cannot drown the report."""

_WORDS: Mapping[str, tuple[Any, str]] = {
    "string": (str, "a text"),
    "array": (list, "a list"),
    "boolean": (bool, "true or false"),
    "integer": ((int, float), "a whole number"),
}
"""Types of settings. The engine checks them too, with the schema; another analyzer host may not."""

SCOPE: Mapping[str, dict[str, Any]] = {
    "scope": {
        "type": "string",
        "enum": ["hosts", "gatepost", "all"],
        "default": "hosts",
        "description": "hosts: Connector hosts by any evidence. gatepost: by gatepost's labels and components only. "
        "all: every resource of the stack.",
    },
    "images": {
        "type": "array",
        "items": {"type": "string"},
        "default": [],
        "description": "Ids or names of machine images, * for any text, that only Connector hosts use.",
    },
}


@dataclass(frozen=True)
class Finding:
    """What a rule found. `sure` is UNKNOWN where a preview cannot say whether it counts; `text` is full sentences."""

    resource: PolicyResource
    text: str
    sure: Answer = True


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule. Exactly one of `each` and `whole` is given."""

    name: str
    """Name in reports and settings, like the file: `aws-ec2-imdsv2` in `aws_ec2_imdsv2.py`. Never renamed."""
    description: str
    """What holds where the rule passes, one sentence."""
    practice: str
    """Key of `PRACTICES`."""
    remediation: str
    """What to set, with the exact property."""
    severity: Severity
    level: EnforcementLevel = EnforcementLevel.MANDATORY
    """The level where no configuration says another."""
    clouds: tuple[str, ...]
    """aws, gcp, azure, twingate: the first part of the name, or all that a `connector-` rule spans."""
    tags: tuple[str, ...] = ()
    """More words for finding the rule."""
    types: tuple[str, ...] = ()
    """Type tokens that `each` is called for (Azure without the API version)."""
    each: Callable[[PolicyResource, Stack], Iterable[Finding]] | None = None
    """Judges one resource of `types` that is in scope. The frame lowers `sure` where the scope is not sure."""
    whole: Callable[[Stack], Iterable[Finding]] | None = None
    """Judges the stack; says itself how sure each finding is."""
    settings: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    """Settings beside `scope` and `images`, as JSON schema. Each has a default."""
    problems: Callable[[Mapping[str, Any]], list[str]] | None = None
    """What is wrong with the settings beyond their schema, as sentences. Each is reported, and nothing is judged."""

    def policy(self, exemptions: Exemptions) -> StackValidationPolicy:
        """Build what the engine runs. A stack policy, because the evidence for a host lies in other resources."""

        def validate(args: StackValidationArgs, report_violation: ReportViolation) -> None:
            notes: list[str] = []
            stack = Stack(args.resources, self._settings(args.get_config()))
            if broken := self._broken(stack.config):
                for problem in broken:
                    report_violation(problem, None)
                return
            granted = exemptions.run(self.name, stack)
            for finding in self._findings(stack, notes):
                if finding.sure is False or granted.covers(finding.resource):
                    continue
                text = finding.text if len(finding.text) <= LONGEST else f"{finding.text[:LONGEST]}..."
                if finding.sure is UNKNOWN:
                    notes.append(f"{LATER}{text}")
                else:
                    report_violation(text, finding.resource.urn)
            if notes:
                raise NotJudged(list(dict.fromkeys(notes)))

        practice = PRACTICES[self.practice]
        return StackValidationPolicy(
            name=self.name,
            description=self.description,
            validate=validate,
            enforcement_level=self.level,
            config_schema=PolicyConfigSchema({**SCOPE, **self.settings}),
            severity=self.severity,
            tags=[*self.clouds, *self.tags, self.practice],
            remediation_steps=self.remediation,
            url=practice.url,
        )

    def _settings(self, given: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """The settings of this run. Whole numbers arrive with a fraction: schema and engine know one kind of number."""
        defaults = {key: schema["default"] for key, schema in {**SCOPE, **self.settings}.items()}
        return {**defaults, **(given or {})}

    def _broken(self, config: Mapping[str, Any]) -> list[str]:
        known = {**SCOPE, **self.settings}
        wrong = [
            f"The setting `{key}` is not known. Allowed are {', '.join(known)}." for key in config if key not in known
        ]
        wrong += [
            f"The setting `{key}` must be {_allowed(schema)}, found {config[key]!r}. Correct it."
            for key, schema in known.items()
            if not isinstance(config[key], _WORDS[schema["type"]][0])
            or (isinstance(config[key], bool) and schema["type"] != "boolean")
            or config[key] not in schema.get("enum", [config[key]])
        ]
        wrong += [] if wrong else [f for key, schema in known.items() for f in _inside(key, schema, config[key])]
        return wrong or (self.problems(config) if self.problems else [])

    def _findings(self, stack: Stack, notes: list[str]) -> Iterator[Finding]:
        if self.whole is not None:
            yield from _guarded(lambda: self._whole(stack), "the stack", notes)
            return
        for resource in stack.of(*self.types):
            yield from _guarded(lambda r=resource: self._one(r, stack), f"'{resource.name}'", notes)

    def _whole(self, stack: Stack) -> Iterable[Finding]:
        return self.whole(stack) if self.whole else ()

    def _one(self, resource: PolicyResource, stack: Stack) -> Iterator[Finding]:
        owned = stack.owns(resource)
        if self.each is None or owned is False:
            return
        for finding in self.each(resource, stack):
            yield Finding(finding.resource, finding.text, both(owned, finding.sure))


def _inside(key: str, schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    """What is wrong with a setting of the right type: a list's entries, a number's fraction or size."""
    least = schema.get("minimum", value)
    if schema["type"] == "integer" and (value != int(value) or value < least):
        yield f"The setting `{key}` must be a whole number of at least {least}, found {value:g}. Correct it."
    if schema.get("items", {}).get("type") == "string":
        for number, entry in enumerate(value, 1):
            if not isinstance(entry, str):
                yield f"Entry {number} of the setting `{key}` must be a text, found {entry!r}. Write it in quotes."


def _allowed(schema: Mapping[str, Any]) -> str:
    return f"one of {', '.join(schema['enum'])}" if "enum" in schema else _WORDS[schema["type"]][1]


def _guarded(judge: Callable[[], Iterable[Finding]], what: str, notes: list[str]) -> Iterator[Finding]:
    """Yield the findings; whatever a judge raises becomes a note, and what it found before still counts."""
    try:
        yield from judge()
    except UnknownValueError:
        notes.append(f"{LATER}{what} as a whole.")
    except Exception as wrong:
        notes.append(f"{UNREADABLE}: {what} ({type(wrong).__name__}). Check the types of its properties.")
