"""The JSON schema of ``Pulumi.<stack>.yaml``, so that editors complete and check it while people type. Pure.

It knows what each setting is called, its type and its limits. What settings mean together is checked by
``gatepost.settings`` alone, so a file that fits the schema may still be refused by a preview.
"""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from .azure_settings import AzureSecrets
from .settings import SITES, FleetSettings, GateSettings, RemoteNetworkSettings

FILE = "gatepost.schema.json"
"""Its name, beside the files of the stacks."""
COMMENT = f"# yaml-language-server: $schema={FILE}"
"""First line of a stack's file; editors with the YAML language server (Red Hat's) read it."""
_REFS = "#/$defs/{model}"
_PARTS: Mapping[str, type[BaseModel]] = {"fleet": FleetSettings, "gate": GateSettings, "azure": AzureSecrets}
_SECURE = {
    "type": "object",
    "properties": {"secure": {"type": "string", "description": "Encrypted by `pulumi config set --secret`."}},
    "required": ["secure"],
    "additionalProperties": False,
}


class _Generator(GenerateJsonSchema):
    """No titles: pydantic makes them of the names, and editors would show both."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema() -> dict[str, Any]:
    """The schema (JSON Schema 2020-12) of a stack's whole file. Keys of others than gatepost are allowed."""
    models: list[type[BaseModel]] = [RemoteNetworkSettings, *_PARTS.values(), *SITES.values()]
    refs, made = models_json_schema(
        [(model, "validation") for model in models], ref_template=_REFS, schema_generator=_Generator
    )
    definitions = made["$defs"]
    by_model = {model: refs[model, "validation"] for model in models}
    network = definitions[_name(by_model[RemoteNetworkSettings])]
    network["properties"]["sites"]["additionalProperties"] = {"oneOf": [by_model[site] for site in SITES.values()]}
    definitions.pop("SiteSettings", None)  # only the base of these
    parts: dict[str, Any] = {f"gatepost:{key}": dict(by_model[model]) for key, model in _PARTS.items()}
    secrets = _PARTS["azure"]
    parts["gatepost:azure"] = {"anyOf": [_SECURE, by_model[secrets]]}
    for name in _below(definitions, _name(by_model[secrets])):
        definitions[name] = _or_secure(definitions[name])
    parts["gatepost:tenant"] = {
        "type": "string",
        "description": "Name of your Twingate network, acme of acme.twingate.com.",
        "examples": ["acme"],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A stack of gatepost",
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "properties": dict(sorted(parts.items())),
                "patternProperties": {f"^gatepost:(?!({'|'.join(sorted([*_PARTS, 'tenant']))})$)": False},
            }
        },
        "$defs": definitions,
    }


def text() -> str:
    """The schema as the file has it."""
    return json.dumps(schema(), indent=2, sort_keys=True) + "\n"


def _name(ref: Mapping[str, str]) -> str:
    return ref["$ref"].rpartition("/")[2]


def _below(definitions: Mapping[str, Any], name: str) -> set[str]:
    """A definition and those that it names."""
    inner = {other for other in definitions if f'"#/$defs/{other}"' in json.dumps(definitions[name])}
    return {name}.union(*(_below(definitions, other) for other in inner))


def _or_secure(part: Any) -> Any:
    """The same, and each text may be an encrypted one."""
    if isinstance(part, list):
        return [_or_secure(entry) for entry in part]
    if not isinstance(part, dict):
        return part
    if part.get("type") == "string" and "const" not in part:
        return {"anyOf": [part, _SECURE]}
    return {key: _or_secure(value) for key, value in part.items()}
