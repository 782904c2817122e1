"""Exit direct on Google Cloud: each slot owns an address, and its next host starts with it."""

from typing import Any

import pytest
from components.gcp_sites import (
    ADDRESSES,
    BY_OWN,
    CONNECTOR,
    DIRECT,
    INSTANCE,
    NETWORK,
    PUBLIC,
    SITE,
    SLOTS,
    after,
    build,
    compute,
    site,
)
from recorder import Deployment

from gatepost.gcp import NetworkRef
from gatepost.rollout import GateArgs, GateRefusedError
from gatepost.site import ExitRef, SlotArgs


@pytest.fixture(autouse=True)
def _computed(monkeypatch: pytest.MonkeyPatch) -> None:
    compute(monkeypatch)


def test_direct_hosts_start_in_public_subnets_with_the_addresses_of_their_slots(deploy):
    seen = build(deploy, BY_OWN, **DIRECT)
    assert {name: host["networkInterfaces"] for name, host in seen.of(INSTANCE).items()} == {
        f"{SITE}-{slot}-host-instance": [{"subnetwork": PUBLIC, "accessConfigs": [{"natIp": BY_OWN[slot]}]}]
        for slot in "abc"
    }


def test_direct_slots_follow_one_another_and_the_old_host_goes_first(deploy):
    seen = build(deploy, BY_OWN, **DIRECT)
    first, second = f"{SITE}-a-host-instance", f"{SITE}-b-host-instance"
    assert after(seen, "a") == set()
    assert after(seen, "b") == {first}
    assert second in after(seen, "c")
    assert {seen.request(name).deleteBeforeReplace for name in seen.of(INSTANCE)} == {True}
    by_nat = build(deploy)
    assert {by_nat.request(name).deleteBeforeReplace for name in by_nat.of(INSTANCE)} == {False}


def test_the_gate_of_a_direct_slot_asks_for_the_address_of_its_own(deploy):
    with pytest.raises(GateRefusedError, match=r"leaves by 198\.51\.100\.1, which is none .*198\.51\.100\.2"):
        build(deploy, BY_OWN | {"b": BY_OWN["a"]}, **DIRECT)


def test_another_address_is_another_incarnation(deploy):
    def triggers(**over: Any) -> list[str]:
        seen = deploy(lambda: site(**(DIRECT | over), gate=GateArgs(enabled=False)))
        return [str(seen.request(f"{SITE}-{slot}", CONNECTOR).replacement_trigger) for slot in "abc"]

    other = ADDRESSES | {"b": ExitRef(id=f"{ADDRESSES['b'].id}-new", address="198.51.100.77")}
    same = [before == now for before, now in zip(triggers(), triggers(direct=other), strict=True)]
    assert same == [True, False, True]


@pytest.mark.parametrize(
    ("over", "says"),
    [
        (
            {"network": NetworkRef(region="europe-west3", vpc_id=NETWORK.vpc_id, subnets=NETWORK.subnets), **DIRECT},
            "Exit direct needs public subnets, and the network has none.",
        ),
        (
            {"slots": SLOTS, "direct": {"a": ADDRESSES["a"], "c": ADDRESSES["c"]}},
            "Exit direct needs one address for each slot. Without one: b. Addresses of no slot: c.",
        ),
        (
            {"slots": SLOTS, "direct": {"a": ADDRESSES["a"], "b": ADDRESSES["a"]}},
            f"The slots 'a' and 'b' share the address {ADDRESSES['a'].id}. Give each its own.",
        ),
        (
            {"slots": {"a": SlotArgs()}, "direct": {"a": ADDRESSES["a"]}},
            "A site with exit direct and one slot is away while its address moves to a new host.",
        ),
    ],
)
def test_refuses_a_direct_site_that_could_not_work_before_anything_is_registered(deploy, over, says):
    seen = Deployment()
    with pytest.raises(ValueError) as refused:
        deploy(lambda: site(**over), seen=seen)
    assert says in str(refused.value)
    assert seen.requests == []
