"""Resources that are found by what they say, and hosts that are noticed as they come, change and go."""

from collections.abc import Iterator
from functools import partial
from typing import Any, cast

import pytest
from sandbox.gcp.cloud import ZONE, Direct, at

from gatepost_sandbox.calls import Call
from gatepost_sandbox.gcp import gcp_sights
from gatepost_sandbox.hosts import Hosts
from gatepost_sandbox.indexed import Indexed
from gatepost_sandbox.sights import Seen, Sight
from gatepost_sandbox.twingate.store import Pair


def marks(key: str, resource: dict[str, Any]) -> Iterator[str]:
    yield key[0]
    yield from resource.get("uses", ())


@pytest.fixture
def resources() -> Indexed:
    made = Indexed(marks)
    made["a1"], made["a2"], made["b1"] = {"uses": ["x"]}, {}, {"uses": ["x", "y"]}
    return made


def found(resources: Indexed, mark: str) -> list[str]:
    return [key for key, _ in resources.having(mark)]


def test_resources_are_found_by_their_marks(resources: Indexed) -> None:
    assert (found(resources, "a"), found(resources, "x"), found(resources, "none")) == (["a1", "a2"], ["a1", "b1"], [])
    assert (resources.count("x"), "y" in resources.marks, "z" in resources.marks) == (2, True, False)


def test_a_change_and_an_end_take_marks_away(resources: Indexed) -> None:
    resources["b1"] = {"uses": ["z"]}
    assert (found(resources, "x"), found(resources, "z"), "y" in resources.marks) == (["a1"], ["b1"], False)
    assert resources.pop("a1") == {"uses": ["x"]}
    assert (found(resources, "a"), "x" in resources.marks) == (["a2"], False)


def test_what_is_changed_in_its_place_is_found_after_it_was_told(resources: Indexed) -> None:
    resources["a2"]["uses"] = ["x"]
    resources.renew("a2")
    resources.renew("none")
    assert found(resources, "x") == ["a1", "b1", "a2"]


@pytest.mark.parametrize("gone", [(), ("a1",), ("a1", "a2", "b1")])
def test_a_state_comes_back_in_its_order(resources: Indexed, gone: tuple[str, ...]) -> None:
    before = dict(resources.data)
    resources["c1"] = {}
    resources["a2"] = {"uses": ["y"]}
    for key in gone:
        resources.pop(key)
    resources.restore(before)
    assert (list(resources.items()), found(resources, "y"), found(resources, "a"), found(resources, "c")) == (
        list(before.items()), ["b1"], ["a1", "a2"], [])  # fmt: skip


def test_hosts_are_noticed_once_for_each_change(resources: Indexed) -> None:
    def sight(key: str, resource: dict[str, Any]) -> Sight | None:
        return Sight(f"host-{key}", object(), partial(cast("Any", dict), resource)) if key.startswith("a") else None

    seen = Seen(resources, sight)
    assert list(seen.changes()) == ["host-a1", "host-a2"]
    resources["a3"], resources["b2"] = {}, {}
    resources.renew("a1")
    del resources["a2"]
    changes = seen.changes()
    assert [(key, change is not None) for key, change in changes.items()] == [
        ("host-a3", True), ("host-a1", True), ("host-a2", False)]  # fmt: skip
    assert (seen.changes(), [sight.id for sight in seen()]) == ({}, ["host-a1", "host-a3"])


# --- Google's instances, which depend on each other by routes and for ports


SCRIPT = {"items": [{"key": "startup-script", "value": "TWINGATE_ACCESS_TOKEN=a\nTWINGATE_REFRESH_TOKEN=r\n"}]}


@pytest.mark.parametrize(
    ("hop", "action", "kept"),
    [(False, "stop", True), (False, "delete", True), (True, "stop", False), (True, "delete", False)],
)
def test_others_are_asked_again_only_where_they_may_depend_on_an_instance(hop: bool, action: str, kept: bool) -> None:
    place = Direct()
    first, other = place.instance("first", metadata=SCRIPT), place.instance("other")
    if hop:
        place.insert("global", "routes", name="r", network="global/networks/net", destRange="10.9.0.0/16", priority=1,
                     nextHopIp="10.40.0.9")  # fmt: skip
    hosts = Hosts({"gcp": gcp_sights(place.state)})
    before = hosts.listing()
    assert before[first.partition("/v1/")[2]].pair == Pair("a", "r")
    assert [key.rpartition("/")[2] for key in hosts.changes()] == ["first", "other"]
    with hosts.writing(Call("gcp", "", f"compute.instances.{action}")):
        place.make("DELETE", other) if action == "delete" else place.make("POST", f"{other}/{action}", {})
    key = first.partition("/v1/")[2]
    assert (hosts.listing()[key] is before[key], key in hosts.changes()) == (kept, not kept)


def test_an_instance_that_changes_is_another_host() -> None:
    place = Direct()
    path = place.instance()
    hosts = Hosts({"gcp": gcp_sights(place.state)})
    key, state = path.partition("/v1/")[2], [hosts.listing()[path.partition("/v1/")[2]].state]
    for action in ("stop", "start"):
        with hosts.writing(Call("gcp", "", f"compute.instances.{action}")):
            place.make("POST", f"{path}/{action}", {})
        state.append(hosts.listing()[key].state)
    place.make("DELETE", at(f"zones/{ZONE}", "instances/vm"))
    with hosts.writing(Call("gcp", "", "compute.instances.delete")):
        pass
    assert (state, hosts.listing(), hosts.changes()) == (["running", "terminated", "running"], {}, {key: None})
