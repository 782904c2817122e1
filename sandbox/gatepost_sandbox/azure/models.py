"""What a request body may hold: names, JSON types, values of enumerations, what must be there.

The rules come from the models in Microsoft's azure-mgmt packages; ``models_file.py`` writes them to ``models.json``.
"""

import difflib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from .errors import bad

FILE = Path(__file__).with_name("models.json")
_KINDS = {"string": str, "boolean": bool, "integer": int, "number": (int, float)}


def check(namespace: str, model: str, body: Any) -> None:
    """Raise a Refusal that lists everything wrong with a body."""
    problems = list(_object_problems(_load()[namespace], model, body, ""))
    if problems:
        code = "InvalidRequestContent" if namespace == "containerinstance" else "InvalidRequestFormat"
        raise bad(code, f"Cannot parse the request. {' '.join(problems)}")


@cache
def _load() -> Any:
    return json.loads(FILE.read_text())


def _object_problems(models: Any, model: str, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _wrong(path, "an object", value)
        return
    fields = models[model]
    for name in sorted(value.keys() - fields.keys()):
        near = difflib.get_close_matches(name, fields, 1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        yield f"Could not find member '{name}' on object of type '{model}'. Path '{_below(path, name)}'.{hint}"
    for name, field in fields.items():
        if value.get(name) is None:
            if field.get("required"):
                yield f"Required property '{_below(path, name)}' was not found in JSON."
        elif not field.get("readOnly"):
            yield from _problems(models, field["type"], value[name], _below(path, name))


def _problems(models: Any, kind: Any, value: Any, path: str) -> Iterator[str]:
    match kind:
        case {"ref": model}:
            yield from _object_problems(models, model, value, path)
        case {"items": inner}:
            if not isinstance(value, list):
                yield _wrong(path, "an array", value)
                return
            for index, item in enumerate(value):
                yield from _problems(models, inner, item, f"{path}[{index}]")
        case {"values": inner}:
            if not isinstance(value, dict):
                yield _wrong(path, "an object", value)
                return
            for key, item in value.items():
                yield from _problems(models, inner, item, _below(path, key))
        case {"enum": allowed}:
            if not isinstance(value, str):
                yield _wrong(path, "a string", value)
            elif value.lower() not in [word.lower() for word in allowed]:
                yield f"The value '{value}' of '{path}' is not allowed; allowed: {', '.join(allowed)}."
        case str() if kind in _KINDS:
            if not isinstance(value, _KINDS[kind]) or (isinstance(value, bool) and kind != "boolean"):
                yield _wrong(path, f"of type {kind}", value)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _wrong(path: str, wanted: str, value: Any) -> str:
    """The value is named by its type only: it may be a secret."""
    return f"The value of '{path or 'resource'}' must be {wanted}, got {type(value).__name__}."
