"""Reading properties that a preview may not know yet.

The policy SDK raises when a rule touches an unknown value, reports that as a mere advisory note and drops the rest of
that run. Rules therefore read through this module: an unknown value is a value of its own and hides nothing else.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import Any, Final, Literal

from pulumi_policy import PolicyResource
from pulumi_policy.proxy import UNKNOWN_OBJECT_VALUE, UnknownValueError


class Unknown(Enum):
    """The type of `UNKNOWN`."""

    UNKNOWN = "a value known only after the update"


UNKNOWN: Final = Unknown.UNKNOWN
"""Stands for a value that a preview cannot know."""

Answer = bool | Literal[Unknown.UNKNOWN]
_AZURE = re.compile(r"azure-native[^:]*:(\w+)(?:/[^:]*)?:(\w+)")


class NotJudged(UnknownValueError):
    """Ends a run with one advisory note ("can't run policy ...") that lists what could not be judged."""

    def __init__(self, notes: Sequence[str]) -> None:
        super().__init__(UNKNOWN_OBJECT_VALUE, [])
        self.message = " ".join(notes)


def kind(resource: PolicyResource) -> str:
    """Return the type token; for Azure without the API version that it may carry."""
    token = resource.resource_type
    azure = _AZURE.fullmatch(token)
    return f"azure-native:{azure[1]}:{azure[2]}" if azure else token


def either(answers: Iterable[Answer]) -> Answer:
    """Return True if one answer is True, else UNKNOWN if one is, else False."""
    found = set(answers)
    return True if True in found else UNKNOWN if UNKNOWN in found else False


def both(*answers: Answer) -> Answer:
    """Return False if one answer is False, else UNKNOWN if one is, else True."""
    return False if False in answers else UNKNOWN if UNKNOWN in answers else True


def read(props: Any, *path: str | int, default: Any = None) -> Any:
    """Return the value at `path`, `UNKNOWN` if a preview cannot say, `default` if it is absent or null."""
    value = props
    for step in path:
        if value is UNKNOWN or isinstance(value, str):
            break
        try:
            value = value[step]
        except UnknownValueError:
            return UNKNOWN
        except (KeyError, IndexError, TypeError):
            return default
    else:
        return default if value is None else value
    return UNKNOWN if value is UNKNOWN else default


def items(value: Any) -> list[Any]:
    """Return the elements of a list property; an unknown list counts as one unknown element."""
    if value is UNKNOWN:
        return [UNKNOWN]
    if isinstance(value, str) or not isinstance(value, Sequence):
        return []
    return [read(value, index) for index in range(len(value))]


def walk(props: Any, path: str) -> Iterator[Any]:
    """Yield every value at a dotted `path`, in which `*` is each element of a list; absent ones are left out."""
    step, _, rest = path.partition(".")
    found = items(props) if step == "*" else [read(props, step)]
    for value in found:
        if value is None:
            continue
        if rest:
            yield from walk(value, rest)
        else:
            yield value


def given(resource: PolicyResource, key: str) -> bool:
    """Tell whether the program set the property `key`, as against a value that the provider computed.

    A stack policy sees outputs only. The engine lists the dependencies per property: Python, Node and .NET programs
    name every property they set there, Go and YAML programs only those with dependencies. Where that list does not
    decide it, a known value counts as set and an unknown one as computed.
    """
    listed = resource.property_dependencies
    if key in listed:
        return True
    if any(not urns for urns in listed.values()):
        return False
    return read(resource.props, key) not in (None, UNKNOWN)


def say(value: Any) -> str:
    """Word a value for a message: whole numbers without a fraction, unknown values as such."""
    if value is UNKNOWN:
        return UNKNOWN.value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
