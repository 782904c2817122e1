"""Every resource type of the provider from its check to its second deletion."""

from typing import Any

import pytest
from sandbox.gcp.place import Place
from sandbox.gcp.rows import ROWS, Change, Row
from sandbox.providers.engine import UNKNOWN, Engine, Made, Props

from gatepost_sandbox.providers import gcp as gcp_provider
from gatepost_sandbox.providers import schema
from gatepost_sandbox.providers.kind import Kind

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.token.rpartition(":")[2])
ATTRIBUTION = {"goog-pulumi-provisioned": "true"}
# Inputs that exclude others of the row; test_provider_changes.py and test_provider_refusals.py have them.
ELSEWHERE = {
    "gcp:compute/firewall:Firewall": {
        "denies", "direction", "sourceRanges", "sourceTags", "sourceServiceAccounts", "targetServiceAccounts"
    },
    "gcp:compute/routerNat:RouterNat": {
        "drainNatIps", "maxPortsPerVm", "enableDynamicPortAllocation", "natIpAllocateOption",
        "sourceSubnetworkIpRangesToNat",
    },
    "gcp:secretmanager/secretIamMember:SecretIamMember": {"project"},
}  # fmt: skip


def test_each_input_of_each_type_has_a_change() -> None:
    by_token = {row.token: row for row in ROWS}
    for kind in gcp_provider.KINDS:
        changed = {change.key for change in by_token[kind.token].changes}
        assert changed | ELSEWHERE.get(kind.token, set()) == kind.inputs, kind.token


def test_the_schemas_are_those_of_the_sdk() -> None:
    stored = (schema.FOLDER / "gcp.json").read_text()
    assert stored == schema.current("gcp"), "Renew it: python -m gatepost_sandbox.providers.schema"


@pytest.mark.parametrize("kind", gcp_provider.KINDS, ids=lambda kind: kind.token)
def test_the_tables_of_a_type_name_inputs_that_exist(kind: type[Kind]) -> None:
    found = schema.load("gcp")[kind.token].inputs
    assert kind.inputs <= found.keys()
    listed = kind.replaces | kind.sometimes.keys() | kind.defaults.keys() | kind.unreadable | kind.choices.keys()
    assert listed | kind.needs | kind.nested.keys() <= kind.inputs
    assert kind.replaces.isdisjoint(kind.sometimes)
    assert kind.recomputed.keys() <= kind.outputs
    objects = {key for key in kind.inputs if isinstance(found[key], dict) and "properties" in found[key]}
    assert kind.nested.keys() == objects


@each_row
def test_a_preview_shows_the_inputs_and_unknown_outputs(row: Row, gcp: Engine, place: Place) -> None:
    inputs, outputs = row.inputs(place), gcp.provider.kinds[row.token].outputs
    shown = gcp.preview(row.token, inputs).props
    assert {k: shown[k] for k in inputs} == inputs
    assert {k for k in outputs if shown[k] == UNKNOWN} == outputs - checked(gcp, row, inputs).keys()


@each_row
def test_unknown_inputs_reach_no_api(row: Row, gcp: Engine, place: Place) -> None:
    inputs = dict.fromkeys(row.inputs(place), UNKNOWN)
    gcp.servicer.api = None  # any use of it would fail
    shown = gcp.preview(row.token, inputs).props
    assert {k: shown[k] for k in inputs} == inputs


@each_row
def test_life(row: Row, gcp: Engine, place: Place) -> None:
    inputs = row.inputs(place)
    made = gcp.create(row.token, inputs)
    nothing_new(gcp, made, inputs)
    for change in row.changes:
        made, inputs = changed(gcp, place, made, inputs, change)
    gcp.delete(made)
    assert gcp.read(made) is None
    gcp.delete(made)


@each_row
def test_an_import_needs_only_an_id(row: Row, gcp: Engine, place: Place) -> None:
    inputs = row.inputs(place)
    made = gcp.create(row.token, inputs)
    found = gcp.find(row.token, row.found_by(place) if row.found_by else made.id)
    assert found is not None
    assert found.id == made.id
    kind = gcp.provider.kinds[row.token]
    # What the API does not tell: labels and annotations of the program's own, and that a script was an input.
    own = kind.unreadable | {
        "labels",
        "annotations",
        "pulumiLabels",
        "metadata",
        "metadataStartupScript",
        "allowStoppingForUpdate",
    }
    assert {k: v for k, v in found.state.items() if k not in own} == {
        k: v for k, v in made.state.items() if k not in own
    }
    assert set(gcp.diff(found, inputs).diffs) <= own | {"effectiveLabels"}


@each_row
def test_what_somebody_deleted_is_gone(row: Row, gcp: Engine, place: Place) -> None:
    made = gcp.create(row.token, row.inputs(place))
    gcp.delete(made)
    assert gcp.read(made) is None


def changed(gcp: Engine, place: Place, made: Made, inputs: Props, change: Change) -> tuple[Made, Props]:
    """Make one change, if it is one in place; the resource and the inputs afterwards."""
    after = {**inputs, change.key: change.to(place)}
    diff = gcp.diff(made, after)
    old = inputs.get(change.key) or made.state.get(change.key) or None
    if old == (after[change.key] or None) or (change.key == "deletionProtection" and not after[change.key] and not old):
        assert list(diff.diffs) == []  # said, and the same as before
        return made, after
    assert (set(diff.diffs), change.key) == ({change.key, *change.also}, change.key)
    assert list(diff.replaces) == ([change.key] if change.replaces else [])
    if change.replaces:
        return made, inputs
    updated = gcp.update(made, after)
    nothing_new(gcp, updated, after)
    return updated, after


def nothing_new(gcp: Engine, made: Made, inputs: Props) -> None:
    """A refresh finds what the state holds, and neither it nor the program asks for a change."""
    found = gcp.read(made)
    assert found is not None
    assert found.state == made.state
    assert (list(gcp.diff(made, inputs).diffs), list(gcp.diff(found, inputs).diffs)) == ([], [])
    if "effectiveLabels" in made.state:
        labels = {**ATTRIBUTION, **inputs["labels"]}
        assert (made.state["labels"], made.state["pulumiLabels"]) == (inputs["labels"], labels)
        assert made.state["effectiveLabels"] == labels


def checked(gcp: Engine, row: Row, inputs: Props) -> dict[str, Any]:
    """The inputs with what the check adds."""
    bag, failures = gcp.check(row.token, inputs)
    assert failures == {}
    return bag.props
