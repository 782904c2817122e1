"""What Google's front end checks in a request before the service sees it: names, types, enums, patterns, required."""

import base64
import binascii
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from .discovery import Method, schemas
from .errors import Refusal

_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def check(method: Method, body: Any, query: dict[str, str]) -> None:
    """Raise a Refusal that lists everything wrong with a request."""
    problems = list(_query_problems(method, query))
    if method.request:
        problems += _problems(method, {"$ref": method.request}, body, "")
    if problems:
        raise Refusal(400, "\n".join(problems))


def _query_problems(method: Method, query: dict[str, str]) -> Iterator[str]:
    for name in sorted(query.keys() - method.query):
        yield f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter.'


def _problems(method: Method, schema: dict[str, Any], value: Any, path: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = schemas(method.api)[schema["$ref"]]
    match schema.get("type"):
        case "object":
            yield from _object_problems(method, schema, value, path)
        case "array":
            if not isinstance(value, list):
                yield _wrong(path, "a list", value)
                return
            items = {**schema["items"], **({"pattern": schema["pattern"]} if "pattern" in schema else {})}
            for index, item in enumerate(value):
                yield from _problems(method, items, item, f"{path}[{index}]")
        case "boolean":
            if not isinstance(value, bool):
                yield _wrong(path, "TYPE_BOOL", value)
        case "integer" | "number" as kind:
            if not _is_number(value, kind):
                yield _wrong(path, "TYPE_INT32" if kind == "integer" else "TYPE_DOUBLE", value)
        case "string":
            yield from _text_problems(schema, value, path)


def _object_problems(method: Method, schema: dict[str, Any], value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _wrong(path, "an object", value)
        return
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    for name, item in value.items():
        below = f"{path}.{name}" if path else name
        if item is None:
            continue
        about = properties.get(name) or others
        if about:
            yield from _problems(method, about, item, below)
        else:
            where = f" at '{path}'" if path else ""
            yield f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.'
    for name, about in properties.items():
        required = about.get("annotations", {}).get("required", ())
        if method.id in required and value.get(name) is None:
            below = f"{path}.{name}" if path else name
            yield f"Invalid value for field 'resource.{below}': ''. Required field '{below}' missing."


def _text_problems(schema: dict[str, Any], value: Any, path: str) -> Iterator[str]:
    form = schema.get("format")
    if form in ("int64", "uint64") and _is_number(value, "integer"):
        return
    if not isinstance(value, str):
        yield _wrong(path, "TYPE_STRING", value)
        return
    if "enum" in schema and value not in schema["enum"]:
        allowed = ", ".join(schema["enum"])
        yield f"Invalid value for field 'resource.{path}': '{value}'. Allowed values: {allowed}."
    pattern = _compiled(schema.get("pattern"))
    if pattern and not pattern.fullmatch(value):
        yield (f"Invalid value for field 'resource.{path}': '{value}'. Must be a match of regex '{pattern.pattern}'.")
    if form == "byte" and not _is_base64(value):
        yield f"Invalid value at '{path}' (TYPE_BYTES), Base64 decoding failed."


def _is_number(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return kind == "number" or float(value).is_integer()
    return isinstance(value, str) and _NUMBER.fullmatch(value) is not None


def _is_base64(value: str) -> bool:
    try:
        base64.b64decode(
            value + "=" * (-len(value) % 4), altchars=b"-_" if set("-_") & set(value) else None, validate=True
        )
    except (binascii.Error, ValueError):
        return False
    return True


@lru_cache(maxsize=1024)
def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    """None where there is no pattern, or one of another language's syntax."""
    try:
        return re.compile(pattern) if pattern else None
    except re.error:
        return None


def _wrong(path: str, wanted: str, value: Any) -> str:
    """The value is named by its type only: it may be a secret."""
    return f"Invalid value at '{path or 'resource'}' ({wanted}), got {type(value).__name__}."
