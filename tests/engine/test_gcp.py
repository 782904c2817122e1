"""Google Cloud on the real engine: the same rollout as on AWS."""

import pytest
from real_stack import Stack
from rollouts import change

pytestmark = pytest.mark.engine

ZONES = ["europe-west3-a", "europe-west3-b"]


def google(stack: Stack, **over) -> dict:
    """The dev stack's network, on Google Cloud instead of AWS."""
    site = {
        "cloud": "gcp",
        "region": "europe-west3",
        "network": {"create": {"cidr": "10.50.0.0/24", "zones": ZONES}},
        "reach": [{"cidr": "10.0.0.0/8", "protocol": "tcp", "ports": 5432}],
        "connectors": {"a": {"zone": ZONES[0]}, "b": {"zone": ZONES[1]}},
        **over,
    }
    stack.networks["payments"]["sites"] = {"frankfurt": site}
    return site


def test_up_builds_two_live_connectors_and_changes_roll(stack: Stack):
    site = google(stack)
    assert stack.up().ok().alive[-1] == 2
    stack.unchanged().ok()
    site["log_level"] = "info"
    change(stack, "ab")
    stack.destroy().ok()
    assert stack.connectors() == {}
