"""Between the inputs of azure-native and the bodies of Azure: what is under ``properties`` there is flat here."""

from collections.abc import Callable, Iterable
from typing import Any

from ..values import Props

WRAPPED = frozenset({"subnets", "delegations", "securityRules", "defaultSecurityRules", "routes", "containers"})
"""Members whose items have ``properties`` of their own."""
_OUTSIDE = frozenset({"name", "id", "type", "etag", "location", "tags", "zones", "sku", "managedBy", "identity"})
"""Members of a wrapped object that stand beside ``properties``."""
_FORMAL = frozenset({"id", "type", "etag", "provisioningState"})
"""Members that a program may give and hardly ever does: the service sets them."""

_SERVICE = frozenset({"etag", "provisioningState", "instanceView"})
"""Members that only the service sets."""


def to_body(given: Props, sku_inside: bool = False) -> Props:
    """A resource or a wrapped part of one, as Azure wants it."""
    outside = _OUTSIDE - {"sku"} if sku_inside else _OUTSIDE
    whole: Props = {k: v for k, v in given.items() if k in outside and v is not None}
    rest = {k: _inner(k, v, to_body) for k, v in given.items() if k not in outside and v is not None}
    return {**whole, "properties": rest}


def from_body(body: Props) -> Props:
    """The other way round."""
    inner = {k: _inner(k, v, from_body) for k, v in (body.get("properties") or {}).items()}
    return {**inner, **{k: v for k, v in body.items() if k != "properties"}}


def _inner(key: str, value: Any, turn: Callable[[Props], Props]) -> Any:
    if key in WRAPPED and isinstance(value, list):
        return [turn(item) if isinstance(item, dict) else item for item in value]
    return value


def overlaid(given: Any, found: Any, hidden: Iterable[str] = ()) -> Any:
    """What the API shows of what a program gave: its members with their present values, and those that it never gives.

    Members that only the service sets beside them stay out, as they are no change. ``hidden`` names members that the
    API takes and never shows: they stay as they were given.
    """
    if isinstance(given, dict) and isinstance(found, dict):
        kept = {k: overlaid(v, found.get(k), hidden) for k, v in given.items() if k in found or k in hidden}
        return {**kept, **{k: found[k] for k in (*_FORMAL, "instanceView") if k in found}}
    if isinstance(given, list) and isinstance(found, list):
        return [overlaid(_partner(given, index, item), item, hidden) for index, item in enumerate(found)]
    if found is None:
        return given
    return given if same(given, found) else found


def settable(found: Any, given: Any = None) -> Any:
    """A value as an input: without the members that only the service sets, unless the program gave them."""
    if isinstance(found, dict):
        own = given if isinstance(given, dict) else {}
        return {k: settable(v, own.get(k)) for k, v in found.items() if k in own or k not in _SERVICE}
    if isinstance(found, list):
        known = given if isinstance(given, list) else []
        partners = [_partner(known, index, item) for index, item in enumerate(found)]
        return [settable(item, None if own is item else own) for item, own in zip(found, partners, strict=True)]
    return found


def _partner(given: list[Any], index: int, item: Any) -> Any:
    """What a program gave for an item: by its name where it has one, else by its place."""
    if isinstance(item, dict) and "name" in item:
        return next((g for g in given if isinstance(g, dict) and g.get("name") == item["name"]), None) or item
    return given[index] if index < len(given) else item


def same(one: Any, other: Any) -> bool:
    """Whether two values mean the same: ids of Azure are so in any case. Absent is not the same as empty or false."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = (one.keys() | other.keys()) - {"instanceView"}
        formal = {k for k in keys & _FORMAL if k not in one or k not in other}
        return all(same(one.get(k), other.get(k)) for k in keys - formal)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, str) and isinstance(other, str) and one.startswith("/subscriptions/"):
        return one.lower() == other.lower()
    return one == other
