"""What an incarnation is made of, and what makes the next one."""

import json

import pulumi
import pytest
from components.gate_program import CONNECTOR
from google.protobuf.json_format import MessageToDict
from recorder import SECRET_KEY

from gatepost.rollout import Incarnation

TOKENS = "twingate:index/twingateConnectorTokens:TwingateConnectorTokens"


def made(deploy, identity=lambda: ["x"], network=lambda: "net"):
    return deploy(
        lambda: Incarnation("pay-site-a", cloud="aws", remote_network_id=network(), identity=identity()) and None
    )


def trigger(seen):
    """The trigger as it goes to the engine, so that a secret in it would show."""
    return MessageToDict(seen.request("pay-site-a", CONNECTOR).replacement_trigger)


def test_a_connector_and_its_pair_are_made_under_the_names_that_pulumi_makes(deploy):
    seen = made(deploy)
    assert seen.tree() == {
        ("gatepost:index:Incarnation", "pay-site-a", "test-dev"),
        (CONNECTOR, "pay-site-a", "pay-site-a"),
        (TOKENS, "pay-site-a-tokens", "pay-site-a"),
    }
    assert seen.only(CONNECTOR) == {"remoteNetworkId": "net"}
    assert seen.only(TOKENS) == {"connectorId": "pay-site-a-id"}


def test_the_next_one_is_made_for_another_remote_network_or_identity(deploy):
    assert trigger(made(deploy)) == ["net", "x"]
    assert trigger(made(deploy, network=lambda: "other")) == ["other", "x"]
    assert trigger(made(deploy, identity=lambda: ["x", pulumi.Output.from_input("y")])) == ["net", "x", "y"]


@pytest.mark.parametrize("where", ["identity", "network"])
def test_the_trigger_is_plain_also_when_what_it_follows_is_secret(deploy, where):
    def secret():
        return pulumi.Output.secret("s")

    given = {"identity": lambda: [secret()], "network": lambda: "net"}
    if where == "network":
        given = {"identity": lambda: ["s"], "network": secret}
    found = trigger(made(deploy, **given))
    assert SECRET_KEY not in json.dumps(found)
    assert found == (["net", "s"] if where == "identity" else ["s", "s"])


@pytest.mark.parametrize("mode", ["verbatim", "disabled"])
def test_names_without_a_random_part_are_refused_because_the_engine_would_delete_first(deploy, mode, monkeypatch):
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({"pulumi:autonaming": json.dumps({"mode": mode})}))
    with pytest.raises(ValueError, match=f"pulumi:autonaming.mode is '{mode}': the engine would then delete each"):
        made(deploy)
