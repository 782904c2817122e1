"""Whether policies allow an action: the rules of AWS, as far as the sandbox needs them.

A condition holds or not where the sandbox knows its operator and the value of its key. Elsewhere it is not understood:
then a statement that allows does not, and one that denies does.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

Context = Mapping[str, str]
"""Values of condition keys, by the key in lower case."""

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
_OPERATORS = {
    "stringequals": lambda pattern, value: pattern == value,
    "stringequalsignorecase": lambda pattern, value: pattern.lower() == value.lower(),
    "stringlike": lambda pattern, value: _matches(pattern, value),
    "arnequals": lambda pattern, value: _matches(pattern, value),
    "arnlike": lambda pattern, value: _matches(pattern, value),
    "bool": lambda pattern, value: pattern.lower() == value.lower(),
}
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}


def allows(documents: Iterable[str], action: str, resource: str, context: Context | None = None) -> bool:
    """Whether some statement allows ``action`` on ``resource`` and none denies it."""
    effects = _effects(documents, action, resource, context or {}, None)
    return "Allow" in effects and "Deny" not in effects


def opens_key(key_policy: str, documents: Iterable[str], role: str, action: str, key: str, context: Context) -> bool:
    """Whether a role (by ARN) may use a KMS key: its own policies count only where the key's policy names the account.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html.
    """
    account = role.split(":")[4]
    root = f"arn:{role.split(':')[1]}:iam::{account}:root"
    by_key = _effects([key_policy], action, key, context, {role, "*"})
    to_account = _effects([key_policy], action, key, context, {root, account})
    own = _effects(documents, action, key, context, None)
    allowed = "Allow" in by_key or ("Allow" in to_account and "Allow" in own)
    return allowed and "Deny" not in by_key | to_account | own


def unknown_conditions(documents: Iterable[str], action: str, resource: str, context: Context) -> list[str]:
    """Condition keys of statements about ``action`` on ``resource`` that the sandbox cannot judge."""
    keys = {
        key
        for document in documents
        for statement in _statements(document)
        if _concerns(statement, action, resource)
        for operator, key, patterns in _conditions(statement)
        if _holds(operator, key, patterns, context) is None
    }
    return sorted(keys)


def trusts(document: str, service: str) -> bool:
    """Whether a trust policy lets a service, such as ``ec2.amazonaws.com``, take the role."""
    for statement in _statements(document):
        principal = statement.get("Principal")
        services = _listed(principal.get("Service", [])) if isinstance(principal, dict) else []
        if (
            statement.get("Effect") == "Allow"
            and service in services
            and any(_matches(pattern, "sts:assumerole") for pattern in _lower(statement.get("Action", [])))
        ):
            return True
    return False


def _effects(
    documents: Iterable[str], action: str, resource: str, context: Context, principals: set[str] | None
) -> set[str]:
    """The effects of the statements that concern a request; ``principals`` None: policies of the caller itself."""
    return {
        statement["Effect"]
        for document in documents
        for statement in _statements(document)
        if _concerns(statement, action, resource)
        and (principals is None or principals & _principals(statement))
        and _applies(statement, context)
    }


def _applies(statement: dict[str, Any], context: Context) -> bool:
    found = [_holds(operator, key, patterns, context) for operator, key, patterns in _conditions(statement)]
    if False in found:
        return False
    return None not in found or statement["Effect"] == "Deny"


def _holds(operator: str, key: str, patterns: list[str], context: Context) -> bool | None:
    """Whether one line of a condition holds; None where that is not known here."""
    value, plain = context.get(key.lower()), operator.lower()
    test = _OPERATORS.get(_NEGATED.get(plain, plain))
    if test is None or value is None:
        return None
    return any(test(pattern, value) for pattern in patterns) is not (plain in _NEGATED)


def _conditions(statement: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    blocks = statement.get("Condition") or {}
    return [
        (operator, key, [str(value) for value in _listed(values)])
        for operator, lines in (blocks.items() if isinstance(blocks, dict) else [])
        for key, values in (lines.items() if isinstance(lines, dict) else [])
    ]


def _principals(statement: dict[str, Any]) -> set[str]:
    principal = statement.get("Principal", [])
    return set(map(str, _listed(principal.get("AWS", []) if isinstance(principal, dict) else principal)))


@lru_cache(maxsize=1024)
def _statements(document: str) -> tuple[dict[str, Any], ...]:
    try:
        parsed = json.loads(document)
    except ValueError:
        return ()
    statements = parsed.get("Statement", []) if isinstance(parsed, dict) else []
    return tuple(s for s in _listed(statements) if isinstance(s, dict) and s.get("Effect") in ("Allow", "Deny"))


def _concerns(statement: dict[str, Any], action: str, resource: str) -> bool:
    return _element(statement, "Action", action.lower(), _lower) and _element(statement, "Resource", resource, _listed)


def _element(statement: dict[str, Any], name: str, value: str, read: Any) -> bool:
    if f"Not{name}" in statement:
        return not any(_matches(pattern, value) for pattern in read(statement[f"Not{name}"]))
    return any(_matches(pattern, value) for pattern in read(statement.get(name, [])))


def _matches(pattern: str, value: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), value) is not None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _lower(value: Any) -> list[str]:
    return [str(item).lower() for item in _listed(value)]
