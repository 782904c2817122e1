"""What something was first made with is kept: a change of it is refused before anything is touched."""

from typing import Any

import pulumi
import pytest
import recorder

from gatepost import aws, gcp
from gatepost.kept import ReplacementRefusedError, kept
from gatepost.labels import Labels
from gatepost.site import ExitRef
from gatepost.twingate import RemoteNetwork, RemoteNetworkArgs

STASH = "pulumi:index:Stash"
LABELS = Labels(environment="dev", network="payments", site="frankfurt")
EXIT = ExitRef(id="eipalloc-a", address="203.0.113.1")
MOVE = (
    "To move without an outage, add a second site with the new network, wait until its Connectors are ALIVE, then "
    "remove this one."
)
UNLOCK = (
    f"{MOVE} Or set replace: true, which deletes the network and its hosts before it makes the new ones: every "
    "Connector of the site is away for some minutes."
)
CLOUDS: dict[str, tuple[Any, ...]] = {
    "aws": (aws, "eu-central-1", "{region}{letter}", "aws:ec2/vpc:Vpc", "cidrBlock"),
    "gcp": (gcp, "europe-west3", "{region}-{letter}", "gcp:compute/subnetwork:Subnetwork", "ipCidrRange"),
}


@pytest.fixture
def remember(monkeypatch):
    """As if stashes had been made with these values before, by name: ``remember(**{"net-range": {...}})``."""

    def set_(**first: dict[str, str]) -> None:
        monkeypatch.setitem(recorder.COMPUTED, STASH, lambda name: {"output": first[name]} if name in first else {})

    return set_


def keep(deploy, zone, *, replace=False, preview=False):
    """Keep a zone; what was asked, and what it came to."""
    came: list[Any] = []

    def problem(first):
        return None if first["zone"] == zone else f"It stands in {first['zone']}, not in {zone}."

    def program():
        parent = pulumi.ComponentResource("test:index:Parent", "parent")
        kept("place", {"zone": zone}, problem, parent=parent, replace=replace).apply(came.append)

    seen = deploy(program, preview=preview)
    return seen, came


def test_the_first_value_is_kept_and_given_back(deploy):
    seen, came = keep(deploy, "a")
    assert seen.tree() - {("test:index:Parent", "parent", "test-dev")} == {(STASH, "place", "parent")}
    assert seen.only(STASH) == {"input": {"zone": "a", "replace": "False"}}
    assert list(seen.request("place").replaceOnChanges) == []
    assert came == [{"zone": "a"}]


@pytest.mark.parametrize("unlocked_before", ["False", "True"])
def test_the_same_value_is_given_back(deploy, remember, unlocked_before):
    remember(place={"zone": "a", "replace": unlocked_before})
    assert keep(deploy, "a")[1] == [{"zone": "a"}]


@pytest.mark.parametrize("preview", [False, True])
def test_another_value_is_refused_also_in_a_preview(deploy, remember, preview):
    remember(place={"zone": "a", "replace": "False"})
    with pytest.raises(ReplacementRefusedError) as refused:
        keep(deploy, "b", preview=preview)
    assert str(refused.value) == "It stands in a, not in b. Nothing was changed."


def test_the_switch_asks_nothing_and_makes_the_memory_anew(deploy, remember):
    remember(place={"zone": "a", "replace": "False"})
    seen, came = keep(deploy, "b", replace=True)
    assert came == [{"zone": "b"}]
    assert list(seen.request("place").replaceOnChanges) == ["input"]


def test_the_switch_makes_a_difference_also_after_an_update_that_was_refused(deploy, remember):
    remember(place={"zone": "a", "replace": "False"})
    refused = recorder.Deployment()
    with pytest.raises(ReplacementRefusedError):
        keep(lambda program, preview: deploy(program, preview=preview, seen=refused), "b")
    written, switched = refused.only(STASH)["input"], keep(deploy, "b", replace=True)[0].only(STASH)["input"]
    assert (written, switched) == ({"zone": "b", "replace": "False"}, {"zone": "b", "replace": "True"})


def network(cloud, *, direct=False, letters="ab", stands="a", **over):
    made, region, zone, *_ = CLOUDS[cloud]
    region = over.get("region", region)
    zones = [zone.format(region=region, letter=letter) for letter in letters]
    exits = {} if direct else {zone.format(region=region, letter=stands): EXIT}
    given: dict[str, Any] = {"region": region, "labels": LABELS, "cidr": "10.40.0.0/22", "zones": zones, "exits": exits}
    return made.Network("net", made.NetworkArgs(**(given | {"direct": direct} | over)))


def first(cloud, *, cidr="10.40.0.0/22", region=None, exit_="nat"):
    return {"cidr": cidr, "region": region or CLOUDS[cloud][1], "exit": exit_, "replace": "False"}


CHANGES = [
    (
        {"cidr": "10.41.0.0/22"},
        {},
        "The network net has the range 10.41.0.0/22 in {region}, and the program asks for 10.40.0.0/22 in {region}. "
        "It cannot be made anew beside the old one, because NAT gateways hold its exit IPs. "
        f"{UNLOCK} Nothing was changed.",
    ),
    (
        {"region": "elsewhere-1"},
        {},
        "The network net has the range 10.40.0.0/22 in elsewhere-1, and the program asks for 10.40.0.0/22 in {region}. "
        "It cannot be made anew beside the old one, because NAT gateways hold its exit IPs. "
        f"{UNLOCK} Nothing was changed.",
    ),
    (
        {"exit_": "direct", "cidr": "10.41.0.0/22"},
        {},
        "The network net was made for exit direct, and the program asks for nat. Its subnets and routes cannot serve "
        f"both, so hosts would lose their way out. {MOVE} Nothing was changed.",
    ),
    (
        {"exit_": "direct", "region": "elsewhere-1"},
        {"direct": True},
        "The network net is in elsewhere-1, and the program asks for {region}. Its exit IPs cannot follow. "
        f"{MOVE} Nothing was changed.",
    ),
    (
        {},
        {"direct": True},
        "The network net was made for exit nat, and the program asks for direct. Its subnets and routes cannot serve "
        f"both, so hosts would lose their way out. {MOVE} Nothing was changed.",
    ),
]


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize(("was", "asked", "says"), CHANGES)
def test_another_range_region_or_exit_of_a_network_is_refused(deploy, remember, cloud, was, asked, says, preview):
    remember(**{"net-range": first(cloud, **was)})
    seen = recorder.Deployment()
    with pytest.raises(ReplacementRefusedError) as refused:
        deploy(lambda: network(cloud, **asked), preview=preview, seen=seen)
    assert str(refused.value) == says.format(region=CLOUDS[cloud][1])
    assert {r.type for r in seen.requests} == {f"gatepost:{cloud}:Network", STASH}


@pytest.mark.parametrize("cloud", CLOUDS)
@pytest.mark.parametrize(
    ("was", "asked"),
    [
        ({}, {}),
        ({"exit_": "direct"}, {"direct": True}),
        ({"exit_": "direct", "cidr": "10.41.0.0/22"}, {"direct": True}),
        ({"exit_": "direct", "region": "elsewhere-1"}, {"direct": True, "replace": True}),
        ({"cidr": "10.41.0.0/22"}, {"replace": True}),
        ({"exit_": "direct"}, {"replace": True}),
    ],
)
def test_a_network_as_it_was_or_with_exit_direct_or_unlocked_is_made(deploy, remember, cloud, was, asked):
    remember(**{"net-range": first(cloud, **was)})
    seen = deploy(lambda: network(cloud, **asked))
    *_, token, range_ = CLOUDS[cloud]
    assert seen.only(token)[range_] == "10.40.0.0/22"
    assert seen.of(STASH)["net-range"]["input"] == {
        "cidr": "10.40.0.0/22",
        "region": CLOUDS[cloud][1],
        "exit": "direct" if asked.get("direct") else "nat",
        "replace": str(asked.get("replace", False)),
    }


@pytest.mark.parametrize("cloud", CLOUDS)
def test_unlocked_the_nat_gateway_goes_before_the_new_one_comes(deploy, cloud):
    name = {"aws": "net-nat-eu-central-1a", "gcp": "net-nat"}[cloud]
    assert deploy(lambda: network(cloud, replace=True)).request(name).deleteBeforeReplace
    assert not deploy(lambda: network(cloud)).request(name).deleteBeforeReplace


def test_the_only_nat_gateway_stays_in_its_zone(deploy, remember):
    remember(**{"net-nat-zone": {"zone": "eu-central-1b", "replace": "False"}})
    seen = recorder.Deployment()
    with pytest.raises(ReplacementRefusedError) as refused:
        deploy(lambda: network("aws"), preview=True, seen=seen)
    assert str(refused.value) == (
        "The only NAT gateway of net stands in eu-central-1b, and the program asks for one in eu-central-1a. It holds "
        "the exit IP, which cannot be in two places. Pin it with zone: eu-central-1b. Nothing was changed."
    )
    assert {r.type for r in seen.requests} == {"gatepost:aws:Network", STASH}
    pinned = deploy(lambda: network("aws", stands="b"))
    assert pinned.of(STASH)["net-nat-zone"] == {"input": {"zone": "eu-central-1b", "replace": "False"}}
    assert list(pinned.of("aws:ec2/natGateway:NatGateway")) == ["net-nat-eu-central-1b"]
    assert list(deploy(lambda: network("aws", replace=True)).of("aws:ec2/natGateway:NatGateway")) == [
        "net-nat-eu-central-1a"
    ]


def test_where_each_zone_has_a_nat_gateway_or_there_is_one_zone_nothing_is_pinned(deploy):
    one = deploy(lambda: network("aws", letters="a"))
    each = deploy(lambda: network("aws", exits={f"eu-central-1{letter}": EXIT for letter in "ab"}))
    assert [list(seen.of(STASH)) for seen in (one, each)] == [["net-range"]] * 2


@pytest.mark.parametrize("preview", [False, True])
def test_a_remote_network_keeps_its_type(deploy, remember, preview):
    remember(**{"pay-type": {"type": "REGULAR", "replace": "False"}})
    seen = recorder.Deployment()
    with pytest.raises(ReplacementRefusedError) as refused:
        deploy(lambda: RemoteNetwork("pay", RemoteNetworkArgs(type="EXIT")) and None, preview=preview, seen=seen)
    assert str(refused.value) == (
        "The Remote Network pay is REGULAR, and the program asks for EXIT. Twingate cannot change it, and Connectors "
        "cannot move. Make a second Remote Network, then remove this one. Nothing was changed."
    )
    assert {r.type for r in seen.requests} == {"gatepost:index:RemoteNetwork", STASH}
    same = deploy(lambda: RemoteNetwork("pay", RemoteNetworkArgs()) and None)
    assert same.only("twingate:index/twingateRemoteNetwork:TwingateRemoteNetwork")["type"] == "REGULAR"


def test_the_zone_of_a_single_nat_gateway_is_kept_from_the_first_zone_on(deploy):
    one = deploy(lambda: network("aws", letters="b", stands="b", single_nat=True))
    assert one.of(STASH)["net-nat-zone"] == {"input": {"zone": "eu-central-1b", "replace": "False"}}
    assert "net-nat-zone" not in deploy(lambda: network("aws", letters="b", stands="b")).of(STASH)
