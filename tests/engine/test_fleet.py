"""The dev fleet as `make up` builds it, in three clouds; places and Connectors that come and go touch no other."""

import copy

import pytest
import yaml
from real_stack import ROOT, Stack
from tokens import leaks, stored

pytestmark = pytest.mark.engine
PACK = ("--policy-pack", str(ROOT / "policies"), "--policy-pack-config", str(ROOT / "policies" / "levels" / "dev.json"))
DEV = yaml.safe_load((ROOT / "stacks" / "Pulumi.dev.yaml").read_text())["config"]["gatepost:fleet"]


WHOLE = {"poll_seconds": 0.2, "timeout_seconds": 90}
"""How a rollout of many Connectors waits on a machine that is busy with other tests."""


def hosts(stack: Stack, *networks: str) -> dict[str, str]:
    """Host by Connector; every Connector must be alive."""
    found = {name: c for network in networks for name, c in stack.connectors(network).items()}
    assert {(name, c["state"], c["reason"]) for name, c in found.items()} == {(name, "ALIVE", "") for name in found}
    return {name: c["host_id"] for name, c in found.items()}


def test_three_clouds_come_up_and_a_second_run_finds_nothing_to_do(stack: Stack):
    stack.settings |= {"gatepost:fleet": copy.deepcopy(DEV), "gatepost:gate": WHOLE}
    up = stack.up(*PACK).ok()
    assert "mandatory" not in up.text
    built = {key: hosts(stack, key) for key in DEV["remote_networks"]}
    assert {key: len(found) for key, found in built.items()} == {"exits": 2, "office": 2, "payments": 4}
    outputs = stack.outputs()["remote_networks"]
    for key, network in outputs.items():
        seen = {c["public_ip"] for c in stack.connectors(key).values()}
        assert seen <= set(network["exit_ips"])
    exits = [ip for network in outputs.values() for ip in network["exit_ips"]]
    assert len(set(exits)) == len(exits) == 7
    assert leaks(stack.cloud, stored(stack.cloud), [up.text, stack.state()]) == []
    stack.unchanged().ok()


def test_places_and_connectors_come_and_go_and_touch_no_other(stack: Stack):
    payments = copy.deepcopy(DEV["remote_networks"]["payments"])
    office = copy.deepcopy(DEV["remote_networks"]["office"]["sites"]["amsterdam"])
    stack.networks["payments"] = payments
    stack.settings["gatepost:gate"] = WHOLE
    stack.up().ok()
    first = hosts(stack, "payments")
    # A new place in another cloud, and more Connectors where hosts are busy.
    payments["sites"]["amsterdam"] = office
    payments["sites"]["frankfurt"]["connectors"]["c"] = {"zone": "eu-central-1a"}
    assert min(stack.up().ok().alive) == 4
    second = hosts(stack, "payments")
    assert len(second) == 7
    assert first.items() <= second.items()
    del payments["sites"]["iowa"], payments["sites"]["frankfurt"]["connectors"]["c"]
    assert min(stack.up().ok().alive) == 4
    third = hosts(stack, "payments")
    gone = {name for name in second if "-iowa-" in name or "-frankfurt-c-" in name}
    assert third == {name: host for name, host in second.items() if name not in gone}
    stack.unchanged().ok()
