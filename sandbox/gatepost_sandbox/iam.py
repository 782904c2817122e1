"""Whether a role's policies allow an action: the rules of AWS for identity policies, as far as the sandbox needs them.

A statement with a condition never allows and always denies here: the sandbox does not know the request's context.
"""

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any


def allows(documents: Iterable[str], action: str, resource: str) -> bool:
    """Whether some statement allows ``action`` on ``resource`` and none denies it."""
    effects = {
        statement.get("Effect")
        for document in documents
        for statement in _statements(document)
        if _concerns(statement, action, resource) and not ("Condition" in statement and statement["Effect"] == "Allow")
    }
    return "Allow" in effects and "Deny" not in effects


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
