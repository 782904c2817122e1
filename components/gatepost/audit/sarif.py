"""The report as SARIF 2.1.0, for code scanning and other collectors.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import hashlib
from typing import Any
from urllib.parse import quote

from .report import SEVERITIES, Finding, NotChecked, Report

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"low": "note", "medium": "warning", "high": "error", "critical": "error"}
_SCORES = dict(zip(SEVERITIES, ("3.0", "5.0", "8.0", "9.5"), strict=True))
"""What GitHub sorts by: https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning"""


def sarif(report: Report, version: str) -> dict[str, Any]:
    """Return the log: one run, a result for each finding, a notification for whatever was not checked."""
    rules: dict[str, Finding] = {}
    for finding in report.findings:
        rules.setdefault(finding.rule, finding)
    index = {name: number for number, name in enumerate(rules)}
    driver = {"name": "gatepost audit", "semanticVersion": version, "rules": [_rule(one) for one in rules.values()]}
    notes = [_note(one) for one in report.not_checked]
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"gatepost-audit/aws/{report.account}/"},
        "invocations": [{"executionSuccessful": not notes, "toolExecutionNotifications": notes}],
        "results": [_result(one, index[one.rule], report.account) for one in report.findings],
        "columnKind": "unicodeCodePoints",
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(first: Finding) -> dict[str, Any]:
    shown = {"text": first.rule.replace("-", " ")}
    return {
        "id": first.rule,
        "shortDescription": shown,
        "fullDescription": shown,
        "help": {"text": first.url or first.rule},
        **({"helpUri": first.url} if first.url else {}),
        "defaultConfiguration": {"level": _LEVELS[first.severity]},
        "properties": {"security-severity": _SCORES[first.severity], "tags": ["security"]},
    }


def _result(one: Finding, index: int, account: str) -> dict[str, Any]:
    where = f"aws/{account}/{one.region or 'global'}/{one.resource}"
    mark = hashlib.sha256("\n".join([account, one.rule, one.region, one.resource, one.text]).encode()).hexdigest()
    return {
        "ruleId": one.rule,
        "ruleIndex": index,
        "level": _LEVELS[one.severity],
        "message": {"text": one.text},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": quote(where)}, "region": {"startLine": 1}},
                "logicalLocations": [{"name": one.resource, "fullyQualifiedName": where, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"primaryLocationLineHash": mark[:32]},
        "properties": {"severity": one.severity, "region": one.region, "type": one.type, "hosts": list(one.hosts)},
    }


def _note(one: NotChecked) -> dict[str, Any]:
    return {"level": "warning", "message": {"text": sentence(one)}, "descriptor": {"id": one.operation or "not-known"}}


def sentence(one: NotChecked) -> str:
    """Return a remark on what was not checked, with what to do."""
    where = f" in {one.region}" if one.region else ""
    fix = f" Allow {one.action}." if one.action else ""
    asked = f"{one.operation}: " if one.operation else ""
    return f"Not checked{where}: {one.what}. {asked}{one.reason.rstrip('.')}.{fix}"
