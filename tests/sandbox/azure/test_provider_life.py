"""Every resource type of the provider from its check to its second deletion."""

import pytest
from sandbox.azure.cloud import Place
from sandbox.azure.rows import ROWS, Change, Row
from sandbox.providers.engine import UNKNOWN, Engine, Made, Props

from gatepost_sandbox.providers import azure_native, schema
from gatepost_sandbox.providers.azure_native import sdk
from gatepost_sandbox.providers.azure_native.base import AzureKind
from gatepost_sandbox.providers.kind import Kind

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.token.rpartition(":")[2])
# Inputs that Azure does not change in place, or that exclude others; test_provider_changes.py has them.
ELSEWHERE = {
    "azure-native:network:PublicIPAddress": {"publicIPAllocationMethod", "zones"},
    "azure-native:network:PublicIPPrefix": {"prefixLength", "publicIPAddressVersion", "sku", "zones"},
    "azure-native:network:NatGateway": {"sku", "zones"},
    "azure-native:network:Route": {"nextHopType"},
    "azure-native:network:VirtualNetworkPeering": {"useRemoteGateways"},
    "azure-native:containerinstance:ContainerGroup": {
        "dnsConfig", "ipAddress", "osType", "priority", "restartPolicy", "sku", "subnetIds", "zones"
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def parents(place: Place) -> None:
    """What parts are parts of."""
    place.network()
    place.rules()
    place.simple("routeTables")


def test_each_input_of_each_type_has_a_change() -> None:
    by_token = {row.token: row for row in ROWS}
    for kind in azure_native.KINDS:
        changed = {change.key for change in by_token[kind.token].changes}
        assert changed | ELSEWHERE.get(kind.token, set()) == kind.inputs, kind.token


def test_the_schemas_are_those_of_the_sdk() -> None:
    told = "Renew it: python -m gatepost_sandbox.providers.azure_native.sdk"
    assert sdk.FILE.read_text() == sdk.current(), told


@pytest.mark.parametrize("kind", azure_native.KINDS, ids=lambda kind: kind.token)
def test_the_tables_of_a_type_name_inputs_that_exist(kind: type[Kind]) -> None:
    found = schema.load("azure-native")[kind.token].inputs
    assert kind.inputs <= found.keys()
    assert kind.replaces | kind.nested.keys() <= kind.inputs
    assert kind.recomputed.keys() <= kind.outputs
    objects = {key for key in kind.inputs if isinstance(found[key], dict) and "properties" in found[key]}
    assert kind.nested.keys() == objects


@each_row
def test_a_preview_shows_the_inputs_and_unknown_outputs(row: Row, azure: Engine, place: Place) -> None:
    inputs, outputs = row.inputs(place), azure.provider.kinds[row.token].outputs
    shown = azure.preview(row.token, inputs).props
    assert {k: shown[k] for k in inputs} == inputs
    assert {k for k in outputs if shown[k] == UNKNOWN} == outputs - inputs.keys()


@each_row
def test_unknown_inputs_reach_no_api(row: Row, azure: Engine, place: Place) -> None:
    inputs = dict.fromkeys(row.inputs(place), UNKNOWN)
    for kind in azure.provider.kinds.values():
        assert isinstance(kind, AzureKind)
        kind.api = None  # any use of it would fail
    shown = azure.preview(row.token, inputs).props
    assert {k: shown[k] for k in inputs} == inputs


@each_row
def test_life(row: Row, azure: Engine, place: Place) -> None:
    inputs = row.inputs(place)
    made = azure.create(row.token, inputs)
    nothing_new(azure, made, inputs)
    for change in row.changes:
        made, inputs = changed(azure, place, made, inputs, change)
    azure.delete(made)
    assert azure.read(made) is None
    azure.delete(made)


@each_row
def test_an_import_needs_only_an_id(row: Row, azure: Engine, place: Place) -> None:
    inputs = row.inputs(place)
    made = azure.create(row.token, inputs)
    found = azure.find(row.token, made.id)
    assert found is not None
    assert found.id == made.id
    # Inputs whose members the API completes, or never shows; what the program leaves to the service is an input now.
    fuller = {"subnets", "securityRules", "sku", "containers", "imageRegistryCredentials", "diagnostics"}
    extra = {k for k in found.inputs if k not in inputs}
    diff = azure.diff(found, inputs)
    assert set(diff.diffs) <= extra | fuller
    assert set(diff.replaces) <= {"publicIPAddressVersion"}
    same = [k for k in inputs if k not in fuller]
    assert {k: found.state[k] for k in (*same, "type")} == {k: made.state[k] for k in (*same, "type")}


@each_row
def test_what_exists_is_not_taken_over(row: Row, azure: Engine, place: Place) -> None:
    inputs = row.inputs(place)
    made = azure.create(row.token, inputs)
    with pytest.raises(Exception, match=f"cannot create already existing resource '{made.id}'"):
        azure.create(row.token, inputs)


def changed(azure: Engine, place: Place, made: Made, inputs: Props, change: Change) -> tuple[Made, Props]:
    """Make one change, if it is one in place; the resource and the inputs afterwards."""
    after = {**inputs, change.key: change.to(place)}
    diff = azure.diff(made, after)
    assert (list(diff.diffs), list(diff.replaces)) == ([change.key], [change.key] if change.replaces else [])
    if change.replaces:
        assert diff.deleteBeforeReplace is True  # named by hand
        return made, inputs
    if change.key == "location":
        with pytest.raises(Exception, match='Status=409 Code="InvalidResourceLocation"'):
            azure.update(made, after)
        return made, inputs
    updated = azure.update(made, after)
    nothing_new(azure, updated, after)
    return updated, after


def nothing_new(azure: Engine, made: Made, inputs: Props) -> None:
    """A refresh finds what the state holds, and neither it nor the program asks for a change."""
    found = azure.read(made)
    assert found is not None
    assert found.state == made.state
    assert (list(azure.diff(made, inputs).diffs), list(azure.diff(found, inputs).diffs)) == ([], [])
