"""What the rules against inbound traffic share: settings, metadata, and how findings are reported."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
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

from .known import UNKNOWN, NotJudged
from .scope import Answer, Paths, Scope

BEST_PRACTICES = "https://www.twingate.com/docs/connector-best-practices"
"""The vendor's page; its point 11 says that a Connector needs no inbound rule."""

_SCOPE = {
    "type": "string",
    "enum": ["gatepost", "all"],
    "default": "gatepost",
    "description": "gatepost: what belongs to Connector hosts. all: every resource of the stack.",
}


@dataclass(frozen=True)
class Finding:
    """One way in. `sure` is UNKNOWN where the preview cannot say whether it counts; `text` is a full sentence."""

    resource: PolicyResource
    sure: Answer
    text: str


Judge = Callable[[Scope, Mapping[str, Any]], Iterator[Finding]]


def nothing_in(
    *,
    name: str,
    description: str,
    remediation: str,
    cloud: str,
    leads: Paths,
    groups: tuple[str, ...],
    judge: Judge,
    joins: Paths | None = None,
    settings: Mapping[str, dict[str, Any]] | None = None,
) -> StackValidationPolicy:
    """Build the policy of one cloud. `judge` yields the findings of a stack; False ones are dropped.

    Sure findings are violations. All others are listed in one advisory note, which the engine words as
    "can't run policy ...": treat that text as a failure in CI.
    """

    def validate(args: StackValidationArgs, report_violation: ReportViolation) -> None:
        config = args.get_config() or {}
        everything = config.get("scope", "gatepost") == "all"
        scope = Scope(args.resources, leads=leads, joins=joins or {}, groups=groups, everything=everything)
        unsure = []
        for finding in judge(scope, config):
            if finding.sure is UNKNOWN:
                unsure.append(f"Not judged, because it depends on a value known only after the update: {finding.text}")
            elif finding.sure:
                report_violation(finding.text, finding.resource.urn)
        if unsure:
            raise NotJudged(unsure)

    return StackValidationPolicy(
        name=name,
        description=description,
        validate=validate,
        enforcement_level=EnforcementLevel.MANDATORY,
        config_schema=PolicyConfigSchema({"scope": _SCOPE, **(settings or {})}),
        severity=Severity.CRITICAL,
        tags=[cloud, "network", "nothing-in"],
        remediation_steps=remediation,
        url=BEST_PRACTICES,
    )
