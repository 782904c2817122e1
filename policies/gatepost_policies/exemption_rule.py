"""The last rule of the pack: reports what is wrong with the exemptions themselves."""

from pulumi_policy import EnforcementLevel, ReportViolation, Severity, StackValidationArgs, StackValidationPolicy

from .exemptions import RULE, Exemptions
from .practices import PRACTICES
from .stack import Stack


def exemption_rule(exemptions: Exemptions) -> StackValidationPolicy:
    """Build the policy. It must run after all others: they tell which entries were of use."""

    def validate(args: StackValidationArgs, report_violation: ReportViolation) -> None:
        for problem in exemptions.report(Stack(args.resources, {})):
            report_violation(problem, None)

    return StackValidationPolicy(
        name=RULE,
        description="Exemptions are complete, in date and in use.",
        validate=validate,
        enforcement_level=EnforcementLevel.MANDATORY,
        severity=Severity.HIGH,
        tags=["pack", "exemptions", "gatepost-exemptions"],
        remediation_steps="Correct, renew or remove the entry in `exemptions.yaml`.",
        url=PRACTICES["gatepost-exemptions"].url,
    )
