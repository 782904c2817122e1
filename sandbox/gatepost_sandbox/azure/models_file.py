"""Write ``models.json``: what request bodies may hold, read off the models in Microsoft's azure-mgmt packages.

Loading those packages takes two seconds and 250 MB, so what is needed of them lies beside this file as JSON:
``python -m gatepost_sandbox.azure.models_file`` writes it anew, and a test fails when it is out of date.
"""

import datetime
import enum
import importlib
import inspect
import json
import re
import sys
import types
import typing
from typing import Any

from .models import FILE

ROOTS = {
    "network": (
        "azure.mgmt.network.models",
        ("VirtualNetwork", "VirtualNetworkPeering", "Subnet", "NetworkSecurityGroup", "SecurityRule",
         "PublicIPAddress", "PublicIPPrefix", "NatGateway", "RouteTable", "Route", "TagsObject"),
    ),
    "containerinstance": ("azure.mgmt.containerinstance.models", ("ContainerGroup", "Resource")),
    "resources": ("azure.mgmt.resource.resources.models", ("ResourceGroup", "ResourceGroupPatchable")),
}  # fmt: skip
_SCALARS = {str: "string", bool: "boolean", int: "integer", float: "number"}
_MSREST = {"str": "string", "bool": "boolean", "int": "integer", "long": "integer", "float": "number"}


class _Reader:
    """Collects the models that are reachable from some, by name."""

    def __init__(self, module: str) -> None:
        self._module = importlib.import_module(module)
        self.found: dict[str, Any] = {}

    def add(self, name: str) -> None:
        """Read one model and all that it refers to."""
        if name in self.found:
            return
        cls = getattr(self._module, name)
        self.found[name] = {}
        if hasattr(cls, "_attribute_map"):
            self._add_msrest(name, cls)
        else:
            self.found[name] = self._fields(cls)

    # --- models of azure-core: fields with a visibility

    def _fields(self, cls: Any) -> dict[str, Any]:
        cls({})  # completes the class
        names = {"_models": sys.modules[cls.__module__.rpartition(".")[0]], "datetime": datetime}
        hints = typing.get_type_hints(cls, localns=names)
        found = {}
        for attribute, field in cls._attr_to_rest_field.items():
            hint = hints[attribute]
            optional = type(None) in typing.get_args(hint)
            found[field._rest_name] = _field(self._type(hint), not optional, field._visibility == ["read"])
        return found

    def _type(self, hint: Any) -> Any:
        origin, args = typing.get_origin(hint), typing.get_args(hint)
        if origin in (typing.Union, types.UnionType):
            plain = [a for a in args if a is not type(None)]
            enums = [a for a in plain if inspect.isclass(a) and issubclass(a, enum.Enum)]
            return self._type(enums[0] if enums else plain[0])
        if origin is list:
            return {"items": self._type(args[0])}
        if origin is dict:
            return {"values": self._type(args[1])}
        if hint in _SCALARS:
            return _SCALARS[hint]
        if inspect.isclass(hint) and issubclass(hint, enum.Enum):
            return {"enum": [member.value for member in hint]}
        if inspect.isclass(hint) and hasattr(self._module, hint.__name__):
            self.add(hint.__name__)
            return {"ref": hint.__name__}
        return "any"

    # --- models of msrest: paths of keys, and types as text

    def _add_msrest(self, name: str, cls: Any) -> None:
        hints = inspect.signature(cls.__init__).parameters
        for attribute, spec in cls._attribute_map.items():
            *way, last = spec["key"].split(".")
            owner = name
            for part in way:
                inner = f"{owner}.{part}"
                self.found[owner].setdefault(part, _field({"ref": inner}, False, False))
                owner = inner
                self.found.setdefault(owner, {})
            rules = cls._validation.get(attribute, {})
            required, read_only = rules.get("required", False), rules.get("readonly", False)
            if required and way:
                self.found[name][way[0]]["required"] = True
            hint = str(hints[attribute].annotation) if attribute in hints else ""
            self.found[owner][last] = _field(self._msrest_type(spec["type"], hint), required, read_only)

    def _msrest_type(self, text: str, hint: str) -> Any:
        if text[0] == "[":
            return {"items": self._msrest_type(text[1:-1], hint)}
        if text[0] == "{":
            return {"values": self._msrest_type(text[1:-1], hint)}
        named = re.search(r"_models\.(\w+)", hint)
        found = getattr(self._module, named[1], None) if named else None
        if text == "str" and inspect.isclass(found) and issubclass(found, enum.Enum):
            return {"enum": [member.value for member in found]}
        if text in _MSREST:
            return _MSREST[text]
        if hasattr(self._module, text):
            self.add(text)
            return {"ref": text}
        return "any"


def _field(kind: Any, required: bool, read_only: bool) -> dict[str, Any]:
    flags = {"required": required and not read_only, "readOnly": read_only}
    return {"type": kind, **{k: True for k, v in flags.items() if v}}


def current() -> str:
    """The JSON text that the installed packages give."""
    found = {}
    for namespace, (module, names) in ROOTS.items():
        reader = _Reader(module)
        for name in names:
            reader.add(name)
        found[namespace] = reader.found
    return json.dumps(found, separators=(",", ":"), sort_keys=True).replace("},", "},\n") + "\n"


if __name__ == "__main__":
    FILE.write_text(current())
