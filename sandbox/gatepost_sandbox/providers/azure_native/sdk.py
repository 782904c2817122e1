"""Write ``schemas/azure-native.json``: the inputs of the modelled types, read off the vendor's Python SDK.

``python -m gatepost_sandbox.providers.azure_native.sdk`` writes it anew, and a test fails when it is out of date. The
SDK needs a way of its own: ``azure_native.network.SubnetArgs`` is a part of a network, and the inputs of the resource
of that name are ``SubnetInitArgs``; and some types hold themselves, so that only modelled inputs are followed.
"""

import importlib
import inspect
import json
import re
from typing import Any

from .. import schema
from . import KINDS, SDK
from .base import AzureKind

FILE = schema.FOLDER / "azure-native.json"


def current() -> str:
    """The JSON text that the installed SDK gives for every type the provider models."""
    return json.dumps({kind.token: _type_spec(kind) for kind in KINDS}, indent=1, sort_keys=True) + "\n"


def _type_spec(kind: type[AzureKind]) -> dict[str, Any]:
    _, module, name = kind.token.split(":")
    home = importlib.import_module(f"{SDK}.{module}.{_snake(name)}")
    args = getattr(home, f"{name}InitArgs", None) or getattr(home, f"{name}Args")
    return _class_spec(args, kind, ())


def _class_spec(args: type, kind: type[AzureKind], way: tuple[str, ...]) -> dict[str, Any]:
    from pulumi._types import input_type_types  # noqa: PLC0415  # the SDK's own reflection, needed only here

    names = {
        attribute: getter.fget._pulumi_name
        for attribute, getter in vars(args).items()
        if isinstance(getter, property) and hasattr(getter.fget, "_pulumi_name")
    }
    needed = [p.name for p in inspect.signature(args).parameters.values() if p.default is p.empty]
    types = input_type_types(args)
    found = {key: _spec(types[key], kind, (*way, key)) for key in sorted(types)}
    return {"properties": found, "required": sorted(names[name] for name in needed if name in names)}


def _spec(annotation: Any, kind: type[AzureKind], way: tuple[str, ...]) -> Any:
    """As ``schema._spec``, but what the provider does not model anyway is ``any``."""
    if not _modelled(kind, way):
        return "any"
    origin, args = schema.typing.get_origin(annotation), schema.typing.get_args(annotation)
    if origin in (schema.typing.Union, schema.types.UnionType):
        plain = [a for a in args if a is not type(None) and not schema._wrapper(a)]
        plain = [a for a in plain if not (inspect.isclass(a) and issubclass(a, schema.enum.Enum))] or plain
        return _spec(plain[0], kind, way)
    if origin in (schema.collections.abc.Sequence, list):
        return {"items": _spec(args[0], kind, way)}
    if inspect.isclass(annotation) and getattr(annotation, "_pulumi_input_type", False):
        return _class_spec(annotation, kind, way)
    return schema._spec(annotation)


def _modelled(kind: type[AzureKind], way: tuple[str, ...]) -> bool:
    """Whether the provider looks at an input: at the top, and further down as its tables say."""
    if way[0] not in kind.inputs:
        return False
    tables = {**kind.nested, **kind.members}
    return all(
        way[i] in tables.get(".".join(way[:i]), {way[i]})
        for i in range(1, len(way))
    )  # fmt: skip


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


if __name__ == "__main__":
    FILE.write_text(current())
