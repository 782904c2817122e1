"""The Remote Network: made, or taken over by its id."""

import pulumi
import pytest

from gatepost.twingate import RemoteNetwork, RemoteNetworkArgs

NETWORK = "twingate:index/twingateRemoteNetwork:TwingateRemoteNetwork"
ID = "UmVtb3RlTmV0d29yazoxMjM="


def made(deploy, told=None, **args):
    def program():
        network = RemoteNetwork("pay", RemoteNetworkArgs(**args))
        if told is not None:
            pulumi.Output.all(network.remote_network_id, network.title).apply(told.extend)

    return deploy(program)


def test_a_remote_network_is_made_under_its_title(deploy):
    told = []
    seen = made(deploy, told, title="payments-prod", location="AWS", type="EXIT")
    assert seen.only(NETWORK) == {"name": "payments-prod", "location": "AWS", "type": "EXIT"}
    assert seen.tree() == {
        ("gatepost:index:RemoteNetwork", "pay", "test-dev"),
        ("pulumi:index:Stash", "pay-type", "pay"),
        (NETWORK, "pay-network", "pay"),
    }
    assert told == ["pay-network-id", "payments-prod"]
    assert made(deploy).only(NETWORK) == {"name": "pay", "location": "OTHER", "type": "REGULAR"}


def test_an_adopted_one_is_only_read_under_a_name_of_its_own_and_its_id_is_known_at_once(deploy):
    told = []
    seen = made(deploy, told, adopt=ID)
    assert seen.tree() == {("gatepost:index:RemoteNetwork", "pay", "test-dev")}
    assert [name for token, name in seen.inputs if token == NETWORK] == ["pay-adopted"]
    assert told[0] == ID


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ({"adopt": ID, "title": "x"}, "An adopted Remote Network keeps its own title. Leave title or adopt out."),
        ({"adopt": ""}, "RemoteNetworkArgs.adopt is empty. Give the id of a Remote Network, or leave it out."),
        (
            {"location": "AWS2", "type": "EXITS"},
            "The location 'AWS2' is not known. Allowed: AWS, AZURE, GOOGLE_CLOUD, ON_PREMISE, OTHER. "
            "Did you mean 'AWS'?\n"
            "The type of Remote Network 'EXITS' is not known. Allowed: REGULAR, EXIT. Did you mean 'EXIT'?",
        ),
    ],
)
def test_refuses_what_could_not_be_made(args, says):
    with pytest.raises(ValueError) as refused:
        RemoteNetworkArgs(**args)
    assert str(refused.value) == says
