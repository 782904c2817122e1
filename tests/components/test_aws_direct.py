"""Exit direct on AWS: each slot owns an address that moves to its next host."""

from collections.abc import Mapping
from typing import Any

import pytest
from recorder import Deployment

from gatepost.aws import ConnectorSite, ConnectorSiteArgs, NetworkRef
from gatepost.labels import Labels
from gatepost.rollout import GateArgs, GateRefusedError
from gatepost.site import ExitRef, SlotArgs

ASSOCIATION = "aws:ec2/eipAssociation:EipAssociation"
INSTANCE = "aws:ec2/instance:Instance"
CONNECTOR = "twingate:index/twingateConnector:TwingateConnector"
LIST = "twingate:index/getTwingateConnectors:getTwingateConnectors"
NETWORK = NetworkRef(
    region="eu-central-1",
    vpc_id="vpc-1",
    subnets={"eu-central-1a": "subnet-a"},
    public_subnets={"eu-central-1a": "public-a", "eu-central-1b": "public-b"},
)
ADDRESSES = {slot: ExitRef(id=f"eipalloc-{slot}", address=f"203.0.113.{n}") for n, slot in enumerate("abc", 1)}


def args(slots: str = "abc", **over: Any) -> ConnectorSiteArgs:
    given: dict[str, Any] = {
        "tenant": "acme",
        "remote_network_id": "network-1",
        "network": NETWORK,
        "labels": Labels(environment="dev", network="payments", site="frankfurt"),
        "slots": {slot: SlotArgs() for slot in slots},
        "image": "ami-0123456789abcdef0",
        "direct": {slot: ADDRESSES[slot] for slot in slots},
        "gate": GateArgs(poll_seconds=0.001, timeout_seconds=0.05),
    }
    return ConnectorSiteArgs(**(given | over))


def build(deploy, addresses: Mapping[str, str | list[str]], seen: Deployment | None = None, **over: Any) -> Deployment:
    """The site; Twingate says that each slot is ALIVE by its address, by each of a list in turn, or not at all."""
    left = {slot: [told] if isinstance(told, str) else list(told) for slot, told in addresses.items()}

    def answer(_: Any) -> dict[str, Any]:
        told = {slot: turns.pop(0) if len(turns) > 1 else turns[0] for slot, turns in left.items()}
        name = "payments-frankfurt-{}-id"
        return {
            "connectors": [{"id": name.format(s), "state": "ALIVE", "publicIp": address} for s, address in told.items()]
        }

    return deploy(lambda: ConnectorSite("payments-frankfurt", args(**over)), answers={LIST: answer}, seen=seen)


def after(seen: Deployment, name: str, token: str = "") -> set[str]:
    return {urn.rpartition("::")[2] for urn in seen.request(name, token).dependencies}


OWN = {slot: str(ref.address) for slot, ref in ADDRESSES.items()}


def test_each_host_stands_in_a_public_subnet_and_gets_the_address_of_its_slot(deploy):
    seen = build(deploy, OWN)
    hosts = {name: (h["subnetId"], h["associatePublicIpAddress"]) for name, h in seen.of(INSTANCE).items()}
    assert hosts == {
        "payments-frankfurt-a-host-instance": ("public-a", True),
        "payments-frankfurt-b-host-instance": ("public-b", True),
        "payments-frankfurt-c-host-instance": ("public-a", True),
    }
    assert seen.of(ASSOCIATION) == {
        f"payments-frankfurt-{slot}-address": {
            "allocationId": f"eipalloc-{slot}",
            "instanceId": f"payments-frankfurt-{slot}-host-instance-id",
            "allowReassociation": True,
            "region": "eu-central-1",
        }
        for slot in "abc"
    }
    assert {parent for kind, _, parent in seen.tree() if kind == ASSOCIATION} == {"payments-frankfurt"}


def test_one_slot_after_the_other_because_each_is_away_while_its_address_moves(deploy):
    seen = build(deploy, OWN)
    assert "payments-frankfurt-a-address" in after(seen, "payments-frankfurt-b", CONNECTOR)
    assert "payments-frankfurt-b-address" in after(seen, "payments-frankfurt-c", CONNECTOR)


def test_a_regular_network_moves_the_address_when_the_host_lives_by_an_automatic_one(deploy):
    # Alive by a foreign address opens the move; after it, only the slot's own address will do.
    automatic = ["198.51.100.9", "203.0.113.1"]
    seen = build(deploy, OWN | {"a": automatic})
    assert len(seen.of(ASSOCIATION)) == 3
    with pytest.raises(GateRefusedError, match=r"ALIVE but leaves by 198\.51\.100\.9, which is none .*203\.0\.113\.1"):
        build(deploy, OWN | {"a": "198.51.100.9"})


def test_the_address_of_a_host_that_never_lives_stays_where_it_is(deploy):
    seen = Deployment()
    with pytest.raises(GateRefusedError):
        build(deploy, {"b": OWN["b"]}, seen)
    assert list(seen.of(INSTANCE)) == ["payments-frankfurt-a-host-instance"]
    assert seen.of(ASSOCIATION) == {}


def test_an_exit_network_moves_the_address_at_once_and_never_leaves_by_another(deploy):
    seen = build(deploy, OWN, network_type="EXIT")
    assert {h["associatePublicIpAddress"] for h in seen.of(INSTANCE).values()} == {False}
    with pytest.raises(GateRefusedError, match=r"leaves by 198\.51\.100\.9"):
        build(deploy, OWN | {"a": ["198.51.100.9"]}, network_type="EXIT")


def test_the_site_exports_the_addresses_of_its_slots(deploy):
    found: list[Any] = []

    def program() -> None:
        site = ConnectorSite("payments-frankfurt", args(gate=GateArgs(enabled=False)))
        site.exit_ips.apply(found.append)

    deploy(program)
    assert found == [["203.0.113.1", "203.0.113.2", "203.0.113.3"]]


@pytest.mark.parametrize(
    ("over", "says"),
    [
        (
            {"network": NetworkRef(region="eu-central-1", vpc_id="vpc-1", subnets={"eu-central-1a": "subnet-a"})},
            "Exit direct needs public subnets, and the network has none. Make it with NetworkArgs(direct=True), or "
            "give NetworkRef.public_subnets.",
        ),
        (
            {"direct": {"a": ADDRESSES["a"], "d": ADDRESSES["b"]}},
            "Exit direct needs one address for each slot. Without one: b, c. Addresses of no slot: d.",
        ),
        (
            {"direct": ADDRESSES | {"b": ADDRESSES["a"]}},
            "The slots 'a' and 'b' share the address eipalloc-a. Give each its own.",
        ),
        (
            {"slots": {"a": SlotArgs()}, "direct": {"a": ADDRESSES["a"]}},
            "A site with exit direct and one slot is away while its address moves to a new host. Add a second slot, or "
            "say in allow_outage why that is acceptable.",
        ),
        (
            {
                "direct": None,
                "network": NetworkRef(
                    region="eu-central-1", vpc_id="vpc-1", subnets={}, public_subnets={"eu-central-1a": "public-a"}
                ),
            },
            "NetworkRef.subnets is empty, so there is no subnet for hosts. Give one per zone, or use direct.",
        ),
    ],
)
def test_refuses_what_could_not_work(over, says):
    with pytest.raises(ValueError) as refused:
        args(**over)
    assert str(refused.value) == says


def test_a_single_slot_is_allowed_with_a_reason(deploy):
    seen = build(deploy, OWN, slots="a", allow_outage="a lab")
    assert list(seen.of(ASSOCIATION)) == ["payments-frankfurt-a-address"]
