"""A site outside the clouds: what it makes, what stays while a slot rotates, and that nothing waits for it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pytest
from components.gate_program import CONNECTOR, Gate, deploy_gates, told
from recorder import SECRET_KEY, Deployment

from gatepost.boot.onprem import found_in
from gatepost.egress import Reach
from gatepost.labels import Labels
from gatepost.onprem import ConnectorSite, ConnectorSiteArgs, SlotArgs

LIST = "twingate:index/getTwingateConnectors:getTwingateConnectors"
TOKENS = "twingate:index/twingateConnectorTokens:TwingateConnectorTokens"
INCARNATION = "gatepost:index:Incarnation"
SITE = "gatepost:onprem:ConnectorSite"
LABELS = Labels(environment="prod", network="pay", site="hq")
TWO: Mapping[str, SlotArgs] = {"a": SlotArgs(), "b": SlotArgs()}


def args(**change: Any) -> ConnectorSiteArgs:
    given: dict[str, Any] = {"tenant": "acme", "remote_network_id": "net", "labels": LABELS, "slots": TWO, **change}
    return ConnectorSiteArgs(**given)


def build(
    deploy: Callable[..., Deployment], alive: Mapping[str, str] | None = None, **change: Any
) -> tuple[Deployment, dict[str, Any]]:
    """The recording, and what the outputs came to, while Twingate tells these states of Connectors."""
    found: dict[str, Any] = {}

    def keep(name: str, output: pulumi.Output[Any]) -> None:
        async def secret() -> None:
            found[f"{name} is secret"] = await output.is_secret()

        pulumi.Output.from_input(secret()).apply(lambda _: None)
        output.apply(lambda value: found.update({name: value}))

    def program() -> None:
        site = ConnectorSite("pay-hq", args(**change))
        for name in ("canary", "gate", "exit_ips", "connectors", "pairs"):
            keep(name, getattr(site, name))

    told = [{"name": OLD, "state": "ALIVE", "remoteNetworkId": "another stack's"}]
    told += [{"name": name, "state": state, "remoteNetworkId": "net"} for name, state in (alive or {}).items()]
    return deploy(program, answers={LIST: lambda _: {"connectors": told}}), found


def test_each_slot_has_a_connector_and_a_pair_of_its_own(deploy):
    seen, _ = build(deploy)
    assert seen.tree() == {(SITE, "pay-hq", "test-dev")} | {
        row
        for name in ("pay-hq-a-1", "pay-hq-b-1")
        for row in (
            (INCARNATION, name, "pay-hq"),
            (CONNECTOR, name, name),
            (TOKENS, f"{name}-tokens", name),
        )
    }
    assert seen.of(CONNECTOR) == {name: {"remoteNetworkId": "net"} for name in ("pay-hq-a-1", "pay-hq-b-1")}
    assert seen.of(TOKENS)["pay-hq-a-1-tokens"] == {"connectorId": "pay-hq-a-1-id"}


@pytest.mark.parametrize(
    ("slot", "there"),
    [
        (SlotArgs(), ["1"]),
        (SlotArgs(generation=2), ["1", "2"]),
        (SlotArgs(generation=3, retire=1), ["2", "3"]),
        (SlotArgs(generation=3, retire=2), ["3"]),
        (SlotArgs(generation=3), ["1", "2", "3"]),
    ],
)
def test_old_generations_stay_beside_new_ones_until_they_are_retired(deploy, slot, there):
    seen, found = build(deploy, slots={"a": slot, "b": SlotArgs()})
    assert sorted(seen.of(CONNECTOR)) == [*(f"pay-hq-a-{n}" for n in there), "pay-hq-b-1"]
    newest = f"pay-hq-a-{there[-1]}"
    assert found["connectors"]["a"]["connector_id"] == f"{newest}-id"
    assert [bundle["name"] for bundle in found["connectors"]["a"]["bundles"]] == [f"pay-hq-a-{n}" for n in there]


OLD, NEW = "pay-hq-a-1-3cba4f4", "pay-hq-a-2-10fff27"


@pytest.mark.parametrize(
    ("states", "refused"),
    [
        ({OLD: "ALIVE"}, True),  # raised in the same update: the new one is not even made
        ({OLD: "ALIVE", NEW: "DEAD_NO_HEARTBEAT"}, True),
        ({OLD: "ALIVE", NEW: "ALIVE"}, False),
        ({OLD: "DEAD_HEARTBEAT_TOO_OLD", NEW: "DEAD_NO_HEARTBEAT"}, False),  # nobody is cut off who is not already
        ({NEW: "ALIVE"}, False),
        ({}, False),
        ({OLD: "ALIVE", "pay-hq-a-2-x-10fff27": "ALIVE", "pay-hq-ab-2-10fff27": "ALIVE"}, True),  # other slots
    ],
)
def test_the_last_living_connector_of_a_slot_is_not_retired(deploy, states, refused):
    slots = {"a": SlotArgs(generation=2, retire=1), "b": SlotArgs()}
    if not refused:
        seen, _ = build(deploy, states, slots=slots)
        assert [call.args for call in seen.calls] == [{"namePrefix": "pay-hq-"}]
        return
    with pytest.raises(pulumi.RunError) as told:
        build(deploy, states, slots=slots)
    assert str(told.value) == (
        f"Retiring generation 1 of pay-hq-a would delete {OLD}, which is ALIVE, and no later Connector of the slot is. "
        "Run gatepost bundle pay-hq-a-2, install it, and retire 1 when Twingate shows it connected."
    )


def test_nothing_is_replaced_and_nothing_waits(deploy):
    seen, _ = build(deploy)
    requests = [r for r in seen.requests if r.type == CONNECTOR]
    assert [r.HasField("replacement_trigger") for r in requests] == [False, False]
    assert [list(r.dependencies) for r in requests] == [[], []]
    assert seen.calls == []  # Twingate is not asked for states


def test_outputs_are_those_of_a_site_and_the_bundles_hold_what_hosts_need(deploy):
    reaches = [Reach(cidr="10.0.0.0/8", protocol="tcp", ports=(443, "8000-8100"))]
    slots = {"a": SlotArgs(log_level="debug"), "b": SlotArgs()}
    more: dict[str, Any] = {
        "reaches": reaches,
        "dns": ["10.0.0.2"],
        "exit_addresses": ["203.0.113.7", "203.0.113.7"],
        "slots": slots,
    }
    _, found = build(deploy, **more)
    assert found["exit_ips"] == ["203.0.113.7"]
    a = found["connectors"]["a"]
    assert {key: a[key] for key in a if key != "bundles"} == {
        "connector_id": "pay-hq-a-1-id",
        "connector": "pay-hq-a-1-1234567",
        "host_id": None,
        "zone": None,
    }
    first, second = found_in(json.loads(json.dumps(found["connectors"])))
    assert (first.name, first.connector_id, first.connector) == ("pay-hq-a-1", "pay-hq-a-1-id", "pay-hq-a-1-1234567")
    assert first.settings == {
        "TWINGATE_DNS": "10.0.0.2",
        "TWINGATE_LABEL_DEPLOYED_BY": "gatepost",
        "TWINGATE_LABEL_GENERATION": "1",
        "TWINGATE_LABEL_SITE": "hq",
        "TWINGATE_LABEL_SLOT": "a",
        "TWINGATE_LOG_LEVEL": "7",
        "TWINGATE_NETWORK": "acme",
    }
    assert (first.reaches, first.dns) == (
        [{"cidr": "10.0.0.0/8", "protocol": "tcp", "ports": [443, "8000-8100"]}],
        ["10.0.0.2"],
    )
    assert (second.name, second.settings["TWINGATE_LOG_LEVEL"]) == ("pay-hq-b-1", "3")


def test_pairs_are_secret_and_outputs_hold_no_token(deploy):
    seen, found = build(deploy)
    secrets = {name: found[f"{name} is secret"] for name in ("connectors", "exit_ips", "pairs")}
    assert secrets == {"connectors": False, "exit_ips": False, "pairs": True}
    assert found["pairs"]["pay-hq-b-1"] == {
        "connector_id": "pay-hq-b-1-id",
        "access_token": "access-of-pay-hq-b-1-tokens",
        "refresh_token": "refresh-of-pay-hq-b-1-tokens",
    }
    assert "access-of" not in json.dumps(found["connectors"])
    assert SECRET_KEY not in json.dumps(found["connectors"])
    assert len(seen.completed) == 3


def test_gates_of_other_sites_do_not_take_its_connectors_for_slots_that_are_gone(deploy):
    """A gone slot's live Connector would let a dead new one be refused; one that merely stands beside does not."""
    everyone = [told("pay-site-a", state="DEAD_NO_RELAYS"), told("pay-hq-a-1")]
    made = []

    def watch(slot: str, passed: pulumi.Output[Any]) -> None:
        if not made:
            made.append(ConnectorSite("pay-hq", args(slots={"a": SlotArgs()})))

    seen = deploy_gates(deploy, [Gate()], lambda: everyone, watch=watch)
    assert "next-pay-site-a" in seen.of(CONNECTOR)


MISTAKES: list[tuple[Callable[[], Any], str]] = [
    (
        lambda: SlotArgs(generation=1, retire=1),
        "Retiring generation 1 leaves no Connector, because the newest is 1. Allowed: a retire below 1. Or raise "
        "generation to 2, install that, and retire 1 later.",
    ),
    (
        lambda: SlotArgs(generation=4),
        "Generations 1 to 4 would be there at once, and 3 are the most. Set retire to 3 for a slot that is "
        "new, or retire "
        "what no host runs any more.",
    ),
    (lambda: SlotArgs(retire=-1), "retire must be a whole number from 0 upwards, got -1."),
    (lambda: SlotArgs(generation=0), "generation must be a whole number from 1 to 999999, got 0."),
    (
        lambda: args(tenant="Acme", slots={"A": SlotArgs(), "b": SlotArgs(log_level="loud")}),
        "The Twingate network must be a name such as 'acme' (of acme.twingate.com), got 'Acme'.\n"
        "The slot key 'A' is not written as a key. Allowed: 1 to 8 lower-case letters, digits and inner "
        "hyphens, the first "
        "one a lower-case letter. Keys become part of names in every cloud.\n"
        "The log level 'loud' is not known. Allowed: error, warn, info, debug.",
    ),
    (lambda: args(slots={}), "A site needs at least one slot, for example slots={'a': SlotArgs(), 'b': SlotArgs()}."),
    (
        lambda: args(labels=Labels(environment="prod", network="pay")),
        "ConnectorSiteArgs.labels has no site. Use labels.with_site('hq').",
    ),
    (
        lambda: args(network_type="EXIT", reaches=[Reach(cidr="10.0.0.0/8")]),
        "An EXIT network dials no private address. The reach 10.0.0.0/8 holds private ones. Put it into a REGULAR "
        "network.",
    ),
    (lambda: args(metrics_port=80), "The metrics port 80 is not allowed. Use 1024-65535, for example 9999."),
]


@pytest.mark.parametrize(("attempt", "sentences"), MISTAKES)
def test_mistakes_are_told_before_anything_is_made(attempt, sentences):
    with pytest.raises(ValueError, match=r".") as problem:
        attempt()
    assert str(problem.value) == sentences


def test_names_without_a_random_part_are_refused(deploy, monkeypatch):
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({"pulumi:autonaming": json.dumps({"mode": "verbatim"})}))
    seen = Deployment()
    with pytest.raises(ValueError, match=r"pulumi:autonaming\.mode is 'verbatim'"):
        deploy(lambda: ConnectorSite("pay-hq", args()) and None, seen=seen)
    assert seen.requests == []


def test_a_preview_with_an_unknown_network_makes_the_same_tree(deploy):
    def program() -> None:
        ConnectorSite("pay-hq", args(remote_network_id=pulumi.Output.from_input(pulumi.UNKNOWN)))

    assert deploy(program, preview=True).tree() == build(deploy)[0].tree()
