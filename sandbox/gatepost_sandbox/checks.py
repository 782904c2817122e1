"""Checks of what a page was sent: every problem at once, each with the value found and what is allowed."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rule:
    """What a field must be; ``allowed`` follows "it must be"."""

    fits: Callable[[Any], bool]
    allowed: str


def problems(body: Mapping[str, Any], rules: Mapping[str, Rule], word: str = "fields") -> str | None:
    """Sentences about fields that nobody knows and values that do not fit, or None."""
    unknown = sorted(set(body) - set(rules))
    found = [f"Unknown {word}: {', '.join(unknown)}. Known: {', '.join(sorted(rules))}."] if unknown else []
    for name, rule in rules.items():
        if name in body and not rule.fits(body[name]):
            found.append(f"{name} is {body[name]!r}; it must be {rule.allowed}.")
    return " ".join(found) or None


def number(what: str, most: int, least: float = 0) -> Rule:
    """A number between two bounds, both included."""
    return Rule(
        lambda value: _is(value, int, float) and math.isfinite(value) and least <= value <= most,
        f"{what} from {least} to {most}",
    )


def whole(what: str, least: int, null: str = "") -> Rule:
    """A whole number of at least ``least``. ``null`` says what null means, where it is allowed."""
    return Rule(
        lambda value: (bool(null) and value is None) or (_is(value, int) and value >= least),
        f"{what} of at least {least}" + (f", or null ({null})" if null else ""),
    )


def one_of(*values: Any, null: str = "") -> Rule:
    """One of some values. ``null`` says what null means, where it is allowed."""
    listed = ", ".join(str(value) for value in values)
    return Rule(
        lambda value: (bool(null) and value is None) or (not isinstance(value, bool | list | dict) and value in values),
        f"one of {listed}" + (f", or null ({null})" if null else ""),
    )


def texts(what: str) -> Rule:
    """A list of strings."""
    return Rule(lambda value: isinstance(value, list) and all(isinstance(text, str) for text in value), what)


def _is(value: Any, *types: type) -> bool:
    return isinstance(value, types) and not isinstance(value, bool)


YES_OR_NO = Rule(lambda value: isinstance(value, bool), "true or false")
NAME = Rule(lambda value: isinstance(value, str) and bool(value), "a text that is not empty")
