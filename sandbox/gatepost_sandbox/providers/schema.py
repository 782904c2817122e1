"""Input types of the resource types the sandbox models, taken from the vendors' own Python SDKs.

Importing an SDK takes a second, so what is needed of it lies beside this file as JSON:
``python -m gatepost_sandbox.providers.schema`` writes it anew, and a test fails when it is out of date.
"""

import collections.abc
import difflib
import enum
import importlib
import inspect
import json
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .values import UNKNOWN

FOLDER = Path(__file__).parent / "schemas"
_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number"}
_ARTICLES = {"string": "a string", "boolean": "a boolean", "integer": "a whole number", "number": "a number"}

Problem = tuple[str, str]
"""The property path a problem is about, and the problem in a sentence."""
_Names = frozenset[str]


@dataclass(frozen=True)
class TypeSchema:
    """Inputs of one type: their types and which must be given."""

    token: str
    inputs: dict[str, Any]
    required: frozenset[str]

    def problems(self, given: dict[str, Any], modelled: _Names, nested: Mapping[str, _Names]) -> Iterator[Problem]:
        """Inputs of ``given`` that are unknown, missing, of a wrong type or not modelled, each with its path.

        ``nested`` names the modelled members of inputs that are objects.
        """
        spec = {"properties": self.inputs, "required": sorted(self.required)}
        yield from _object_problems("", spec, given, self.token, modelled, nested)


def load(provider: str) -> dict[str, TypeSchema]:
    """The schemas of one provider's types by token."""
    types_ = json.loads((FOLDER / f"{provider}.json").read_text())
    return {t: TypeSchema(t, spec["properties"], frozenset(spec["required"])) for t, spec in types_.items()}


def _object_problems(
    path: str,
    spec: Any,
    given: dict[str, Any],
    owner: str,
    modelled: _Names | None = None,
    nested: Mapping[str, _Names] = MappingProxyType({}),
) -> Iterator[Problem]:
    properties = spec["properties"]
    for key in sorted(given.keys() - properties.keys()):
        near = difflib.get_close_matches(key, properties, 1)
        hint = f" Did you mean {path + near[0]!r}?" if near else ""
        yield path + key, f"{owner} has no input {path + key!r}.{hint}"
    for key in spec["required"]:
        if given.get(key) is None:
            yield path + key, f"{owner} needs the input {path + key!r}."
    for key in sorted(k for k in given.keys() & properties.keys() if given[k] is not None):
        if modelled is not None and key not in modelled:
            models = f"It models {', '.join(path + name for name in sorted(modelled))}."
            yield path + key, f"The sandbox does not model the input {path + key!r} of {owner}. {models}"
        yield from _value_problems(path + key, properties[key], given[key], owner, nested.get(key))


def _value_problems(path: str, spec: Any, value: Any, owner: str, modelled: _Names | None = None) -> Iterator[Problem]:
    if value is None or value == UNKNOWN or spec == "any":
        return
    match spec:
        case "string" | "boolean" | "integer" | "number":
            if not _fits(spec, value):
                yield path, _wrong(path, owner, _ARTICLES[spec], value)
        case {"items": inner}:
            if isinstance(value, list):
                for i, item in enumerate(value):
                    yield from _value_problems(f"{path}[{i}]", inner, item, owner)
            else:
                yield path, _wrong(path, owner, "a list", value)
        case {"values": inner}:
            if isinstance(value, dict):
                for key, item in value.items():
                    yield from _value_problems(f"{path}.{key}", inner, item, owner)
            else:
                yield path, _wrong(path, owner, "a map", value)
        case _:
            if isinstance(value, dict):
                yield from _object_problems(f"{path}.", spec, value, owner, modelled)
            else:
                yield path, _wrong(path, owner, "an object", value)


def _fits(spec: str, value: Any) -> bool:
    if spec == "boolean" or isinstance(value, bool):
        return spec == "boolean" and isinstance(value, bool)
    if spec == "string":
        return isinstance(value, str)
    return isinstance(value, int | float) and (spec == "number" or float(value).is_integer())


def _wrong(path: str, owner: str, wanted: str, value: Any) -> str:
    """The value is named by its kind only: it may be a secret."""
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "an object"}
    return f"The input {path!r} of {owner} must be {wanted}, got {kinds.get(type(value), type(value).__name__)}."


# --- writing the JSON from the SDKs -----------------------------------------------------------------------------


def from_sdk(token: str, module: str) -> dict[str, Any]:
    """The schema of one type, read off the SDK's ``<Type>Args`` class."""
    path, cls = token.split(":")[1:]
    submodule = path.split("/")[0]
    home = importlib.import_module(module if submodule == "index" else f"{module}.{submodule}")
    return _class_spec(getattr(home, f"{cls}Args"))


def _class_spec(args: type) -> dict[str, Any]:
    from pulumi._types import input_type_types  # noqa: PLC0415  # the SDK's own reflection, needed only here

    names = {
        attribute: getter.fget._pulumi_name
        for attribute, getter in vars(args).items()
        if isinstance(getter, property) and hasattr(getter.fget, "_pulumi_name")
    }
    required = sorted(
        names[p.name] for p in inspect.signature(args).parameters.values() if p.default is p.empty and p.name in names
    )
    return {"properties": {k: _spec(v) for k, v in sorted(input_type_types(args).items())}, "required": required}


@cache
def _spec(annotation: Any) -> Any:
    """JSON form of a type annotation; an Input union stands for the plain type in it."""
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        plain = [a for a in typing.get_args(annotation) if a is not type(None) and not _wrapper(a)]
        plain = [a for a in plain if not (inspect.isclass(a) and issubclass(a, enum.Enum))] or plain
        return _spec(plain[0])
    if annotation in _NAMES:
        return _NAMES[annotation]
    if inspect.isclass(annotation) and issubclass(annotation, enum.Enum):
        return "string"
    if origin in (collections.abc.Sequence, list):
        return {"items": _spec(typing.get_args(annotation)[0])}
    if origin in (collections.abc.Mapping, dict):
        return {"values": _spec(typing.get_args(annotation)[1])}
    if inspect.isclass(annotation) and getattr(annotation, "_pulumi_input_type", False):
        return _class_spec(annotation)
    return "any"


def _wrapper(annotation: Any) -> bool:
    origin = typing.get_origin(annotation) or annotation
    return origin is collections.abc.Awaitable or getattr(origin, "__name__", "") == "Output"


def current(provider: str) -> str:
    """The JSON text that the installed SDK gives for every type the provider models."""
    registry = importlib.import_module(f"{__package__}.{provider.replace('-', '_')}")
    specs = {kind.token: from_sdk(kind.token, registry.SDK) for kind in registry.KINDS}
    return json.dumps(specs, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for provider in ("aws", "gcp", "twingate"):
        (FOLDER / f"{provider}.json").write_text(current(provider))
