"""Every resource type from its check to its second deletion, against the real sandbox."""

from typing import Any

import pytest
from sandbox.providers.engine import UNKNOWN, Engine, Made, Props
from sandbox.providers.place import Place
from sandbox.providers.row import IN_PLACE, REPLACES, Change, Row
from sandbox.providers.rows import ROWS

from gatepost_sandbox.providers import aws as aws_provider
from gatepost_sandbox.providers import twingate as twingate_provider

BY_TOKEN = {row.token: row for row in ROWS}
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.token.rpartition(":")[2])
# Changes that are refused, or that depend on more than one input: test_refusals.py and test_changes.py.
ELSEWHERE = {
    "aws:ec2/instance:Instance": {"monitoring", "creditSpecification"},
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
        "cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"
    },
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
        "cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"
    },
    "twingate:index/twingateConnector:TwingateConnector": {"remoteNetworkId"},
}  # fmt: skip


@pytest.fixture
def engine(row: Row, request: pytest.FixtureRequest) -> Engine:
    return request.getfixturevalue(row.token.partition(":")[0])


def test_each_input_of_each_type_has_a_change() -> None:
    for kind in (*aws_provider.KINDS, *twingate_provider.KINDS):
        changed = {change.key for change in BY_TOKEN[kind.token].changes}
        assert changed | ELSEWHERE.get(kind.token, set()) == kind.inputs, kind.token


@each_row
def test_a_preview_shows_the_inputs_and_unknown_outputs(row: Row, engine: Engine, place: Place) -> None:
    inputs, outputs = row.inputs(place), engine.provider.kinds[row.token].outputs
    shown = engine.preview(row.token, inputs).props
    assert {k: shown[k] for k in inputs} == inputs
    assert {k for k in outputs if shown[k] == UNKNOWN} == outputs - inputs.keys() - checked(engine, row, inputs)


@each_row
def test_unknown_inputs_reach_no_api(row: Row, engine: Engine, place: Place) -> None:
    inputs = dict.fromkeys(row.inputs(place), UNKNOWN)
    api, engine.servicer.api = engine.servicer.api, None  # any use of it would fail
    try:
        shown = engine.preview(row.token, inputs).props
    finally:
        engine.servicer.api = api
    assert {k: shown[k] for k in inputs} == inputs


@each_row
def test_life(row: Row, engine: Engine, place: Place) -> None:
    inputs = row.inputs(place)
    made = engine.create(row.token, inputs)
    assert {k: narrowed(made.state[k], v) for k, v in inputs.items()} == inputs
    same(engine.read(made), made)
    assert list(engine.diff(made, inputs).diffs) == []
    for change in row.changes:
        made, inputs = changed(engine, place, made, inputs, change)
    engine.delete(made)
    assert engine.read(made) is None
    engine.delete(made)


@each_row
def test_an_import_needs_only_an_id(row: Row, engine: Engine, place: Place) -> None:
    inputs = row.inputs(place)
    made = engine.create(row.token, inputs)
    found = engine.find(row.token, row.found_by(place) if row.found_by else made.id)
    if not row.importable:
        assert found is None
        return
    assert found is not None
    assert found.id == made.id
    unreadable = engine.provider.kinds[row.token].unreadable
    assert found.state == {k: v for k, v in made.state.items() if k not in unreadable}
    readable = {k: v for k, v in inputs.items() if k not in unreadable}
    assert {k: narrowed(found.inputs[k], v) for k, v in readable.items()} == readable
    assert set(engine.diff(found, inputs).diffs) == inputs.keys() & unreadable


def changed(engine: Engine, place: Place, made: Made, inputs: Props, change: Change) -> tuple[Made, Props]:
    """Make one change, if it is one in place; the resource and the inputs afterwards."""
    value, old = change.to(place), inputs.get(change.key)
    whole = {**old, **value} if change.key in engine.provider.kinds[made.token].nested and old else value
    new = {k: v for k, v in {**inputs, change.key: whole}.items() if k != change.drops}
    diff = engine.diff(made, new)
    assert set(diff.diffs) == {change.key, *change.also}
    assert sorted(diff.replaces) == (sorted({change.key, *change.also}) if change.effect == REPLACES else [])
    if change.effect == REPLACES:
        return made, inputs
    after = engine.update(made, new)
    same(engine.read(after), after)
    assert list(engine.diff(after, new).diffs) == []
    if change.see:
        assert change.see(place, made.id) == (value if change.shows is None else change.shows)
    return after, new


def same(found: Made | None, made: Made) -> None:
    """A refresh finds exactly what the state holds."""
    assert found is not None
    assert found.state == made.state
    assert found.inputs == {k: v for k, v in made.inputs.items() if v not in ({}, [])}


def checked(engine: Engine, row: Row, inputs: Props) -> set[str]:
    """What the check adds."""
    bag, failures = engine.check(row.token, inputs)
    assert failures == {}
    return bag.props.keys() - inputs.keys()


def test_the_table_of_changes_is_the_one_of_the_docs() -> None:
    for kind in (*aws_provider.KINDS, *twingate_provider.KINDS):
        always = {c.key for c in BY_TOKEN[kind.token].changes if c.effect == REPLACES}
        never = {c.key for c in BY_TOKEN[kind.token].changes if c.effect == IN_PLACE}
        assert always - kind.sometimes.keys() == kind.replaces
        assert never & kind.replaces == set()


def narrowed(found: Any, given: Any) -> Any:
    """The members that were given, of an object that has more."""
    return {k: found[k] for k in given} if isinstance(given, dict) else found
