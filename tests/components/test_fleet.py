"""In what order the sites of a fleet roll out."""

from typing import Any

import pytest
from components.gate_program import CONNECTOR, LIST, NEVER, told
from recorder import COMPUTED, Deployment
from stacks.settings_data import ZONE

from gatepost.fleet import Fleet, FleetArgs
from gatepost.rollout import GateArgs, GateRefusedError
from gatepost.settings import parse

EIP = "aws:ec2/eip:Eip"
KINDS = {"n": "nat", "d": "direct"}


def site(number: int, kind: str) -> dict[str, Any]:
    return {
        "cloud": "aws",
        "region": "eu-central-1",
        "network": {"create": {"cidr": f"10.{number}.0.0/24", "zones": [ZONE]}},
        "exit": {"kind": KINDS[kind]},
        "image": "ami-0123abcd",
        "connectors": {"a": {}, "b": {}},
    }


def roll(deploy, seen: Deployment, dead: tuple[str, ...] = (), **networks: str) -> Deployment:
    """Build Remote Networks, each with a letter for each site: n with exit nat, d with direct. ``dead`` are slots."""
    data = {key: {"sites": {f"s{n}": site(n, kind) for n, kind in enumerate(kinds)}} for key, kinds in networks.items()}
    fleet, lines = parse({"remote_networks": data}, environment="dev")
    assert lines == []

    def one(key: str, number: int, kind: str, slot: str) -> dict[str, Any]:
        address = f"{key}-s{number}-exits-ip-{ZONE if kind == 'n' else slot}"
        name = f"{key}-s{number}-{slot}"
        state = NEVER if name in dead else {}
        return told(name, of=f"{name}-id", publicIp=COMPUTED[EIP](address)["publicIp"], **state)

    everyone = [
        one(key, n, kind, slot) for key, kinds in networks.items() for n, kind in enumerate(kinds) for slot in "ab"
    ]
    gate = GateArgs(poll_seconds=0.001, timeout_seconds=0.5, soak_seconds=30)  # patient, and nothing to soak
    args = FleetArgs(settings=fleet, environment="dev", tenant="acme", gate=gate)
    deploy(lambda: Fleet("fleet", args) and None, answers={LIST: lambda _: {"connectors": everyone}}, seen=seen)
    return seen


def waits(seen: Deployment, slot: str) -> list[str]:
    """The slots, other than itself, whose hosts or addresses the Connector of a slot waits for."""
    names = (urn.rpartition("::")[2] for urn in seen.request(slot, CONNECTOR).dependencies)
    ends = ("-host-instance", "-address")
    return sorted({name.removesuffix(end) for name in names for end in ends if name.endswith(end)})


@pytest.mark.parametrize(
    ("sites", "expected"),
    [
        ("n", {"s0-a": "", "s0-b": "s0-a"}),
        (
            "nnn",
            {
                "s0-a": "",
                **dict.fromkeys(("s0-b", "s1-a", "s1-b", "s2-a", "s2-b"), "s0-a"),  # all side by side
            },
        ),
        ("dd", {"s0-a": "", "s0-b": "s0-a", "s1-a": "s0-a s0-b", "s1-b": "s0-a s0-b s1-a"}),
        (
            "ndnd",
            {
                "s0-a": "",
                "s0-b": "s0-a",
                "s1-a": "s0-a",
                "s1-b": "s0-a s1-a",
                "s2-a": "s0-a",
                "s2-b": "s0-a",
                "s3-a": "s0-a s1-a s1-b",
                "s3-b": "s0-a s1-a s1-b s3-a",
            },
        ),
    ],
)
def test_sites_follow_the_canary_side_by_side_and_those_whose_addresses_move_one_after_the_other(
    deploy, sites, expected
):
    seen = roll(deploy, Deployment(), pay=sites)
    assert {slot: " ".join(w.removeprefix("pay-") for w in waits(seen, f"pay-{slot}")) for slot in expected} == expected


def test_remote_networks_roll_out_side_by_side_and_one_that_is_refused_stops_no_other(deploy):
    seen = Deployment()
    with pytest.raises(GateRefusedError, match=r"^Connector pay-s0-a-1234567 \(host .*\) was not ALIVE"):
        roll(deploy, seen, dead=("pay-s0-a",), pay="nd", core="nd")
    assert sorted(seen.of(CONNECTOR)) == ["core-s0-a", "core-s0-b", "core-s1-a", "core-s1-b", "pay-s0-a"]
    assert sorted(name for name in seen.of("aws:ec2/eipAssociation:EipAssociation")) == [
        "core-s1-a-address",
        "core-s1-b-address",
    ]
