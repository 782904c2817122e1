"""Another network under a Remote Network: given ones are exchanged beside each other, created ones are guarded."""

import pytest
from real_stack import Stack
from rollouts import change, hosts, renewed

pytestmark = pytest.mark.engine

ZONES = ("eu-central-1a", "eu-central-1b")


def adopt(stack: Stack, network: dict) -> None:
    """Put the site into a network that exists."""
    stack.site["network"] = {"adopt": {"vpc_id": network["vpc_id"], "subnets": network["subnets"]}}
    stack.site["exit"] = {"kind": "adopt", "addresses": network["addresses"]}


def test_hosts_move_to_another_given_network_and_none_passes_that_leaves_by_a_foreign_address(stack: Stack):
    first, second = (stack.cloud.vpc(cidr, ZONES) for cidr in ("10.70.0.0/22", "10.71.0.0/22"))
    adopt(stack, first)
    stack.up().ok()
    assert stack.outputs()["remote_networks"]["payments"]["exit_ips"] == sorted(first["addresses"])
    before = hosts(stack)

    adopt(stack, second)
    stack.site["exit"]["addresses"] = ["203.0.113.9"]
    stack.settings["gatepost:gate"]["timeout_seconds"] = 1
    run = stack.up()
    assert run.code != 0
    said = " ".join(run.text.split())
    assert f"leaves by {second['addresses'][0]}, which is none of the site's exit IPs (203.0.113.9)" in said
    assert min(run.alive) == 2
    states = {name: c["state"] for name, c in stack.connectors().items()}
    assert {states[name] for name, _ in before.values()} == {"ALIVE"}

    stack.site["exit"]["addresses"] = second["addresses"]
    stack.settings["gatepost:gate"]["timeout_seconds"] = 20
    run = stack.up().ok()
    assert min(run.alive) >= 2
    assert renewed(before, hosts(stack)) == "ab"
    assert {c["public_ip"] for c in stack.connectors().values()} == set(second["addresses"])
    stack.unchanged().ok()


def test_another_range_of_a_created_network_is_refused_until_it_is_unlocked(stack: Stack):
    stack.up().ok()
    before = hosts(stack)
    exits = stack.outputs()["remote_networks"]["payments"]["exit_ips"]
    stack.site["network"]["create"]["cidr"] = "10.60.0.0/22"
    stack.write()
    calls = len(stack.cloud.calls())
    run = stack.pulumi("preview", "--stack", stack.name, "--color", "never")
    assert run.code != 0
    said = " ".join(run.text.split())
    assert "The network payments-frankfurt-network has the range 10.40.0.0/22 in eu-central-1" in said
    assert "replace: true" in said
    assert "Traceback" not in said
    assert {c["operation"] for c in stack.cloud.calls()[calls:]} <= {"DescribeImages", "GetCallerIdentity", "query"}

    stack.site["network"]["create"]["replace"] = True
    run = stack.up().ok()
    assert renewed(before, hosts(stack)) == "ab"
    assert stack.outputs()["remote_networks"]["payments"]["exit_ips"] == exits  # the addresses are kept
    stack.unchanged().ok()
    del stack.site["network"]["create"]["replace"]  # locked again
    change(stack, "")
