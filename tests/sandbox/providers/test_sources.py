"""What was taken from elsewhere is still what it was taken from: the SDKs, the protocol, the page in the docs."""

import importlib
from pathlib import Path

import pulumi.runtime.rpc
import pytest

from gatepost_sandbox.providers import aws, gcp, schema, table, twingate, values
from gatepost_sandbox.providers.kind import Kind

DOCS = Path(__file__).parents[3] / "docs" / "sandbox-providers.md"
FRESH = "is out of date. Renew it: python -m gatepost_sandbox.providers"


@pytest.mark.parametrize("name", ["aws", "gcp", "twingate"])
def test_the_schemas_are_those_of_the_sdks(name: str) -> None:
    stored = (schema.FOLDER / f"{name}.json").read_text()
    assert stored == schema.current(name), f"schemas/{name}.json {FRESH}.schema"


@pytest.mark.parametrize("provider", [aws, gcp, twingate])
def test_the_sdks_have_every_type_and_function(provider: object) -> None:
    kinds, functions, sdk = (getattr(provider, name) for name in ("KINDS", "FUNCTIONS", "SDK"))
    for token in (*(kind.token for kind in kinds), *functions):
        _, module, name = token.split(":")
        home = importlib.import_module(sdk if module.startswith("index/") else f"{sdk}.{module.partition('/')[0]}")
        python = "".join(f"_{c.lower()}" if c.isupper() else c for c in name) if token in functions else name
        assert hasattr(home, python), token


@pytest.mark.parametrize("kind", [*aws.KINDS, *gcp.KINDS, *twingate.KINDS], ids=lambda kind: kind.token)
def test_the_tables_of_a_type_name_inputs_that_exist(kind: type[Kind]) -> None:
    found = schema.load(kind.token.partition(":")[0])[kind.token].inputs
    assert kind.inputs <= found.keys()
    listed = kind.replaces | kind.sometimes.keys() | kind.defaults.keys() | kind.unreadable | kind.choices.keys()
    assert listed | kind.needs | kind.nested.keys() <= kind.inputs
    assert kind.replaces.isdisjoint(kind.sometimes)
    assert kind.recomputed.keys() <= kind.outputs
    objects = {key for key in kind.inputs if isinstance(found[key], dict) and "properties" in found[key]}
    assert kind.nested.keys() == objects


def test_unknown_is_pulumis() -> None:
    assert pulumi.runtime.rpc.UNKNOWN == values.UNKNOWN


def test_the_page_shows_the_tables() -> None:
    assert DOCS.read_text() == table.render(), f"docs/{DOCS.name} {FRESH}.table > docs/{DOCS.name}"
