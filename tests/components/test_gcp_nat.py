from typing import Any

import pytest

from gatepost.gcp import NetworkArgs
from gatepost.labels import Labels
from gatepost.site import ExitRef


def exits(count):
    return {key: ExitRef(id=f"exit-{key}", address="203.0.113.1") for key in "abc"[:count]}


def args(**over):
    given: dict[str, Any] = {"region": "europe-west3", "cidr": "10.40.0.0/24", "zones": ["europe-west3-a"]}
    given |= {"labels": Labels(environment="dev", network="payments"), "exits": exits(1)}
    return NetworkArgs(**(given | over))


def refusal(**over):
    with pytest.raises(ValueError) as refused:
        args(**over)
    return str(refused.value)


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"cidr": "10.40.0.1/24"}, "'10.40.0.1/24' is not an IPv4 block like 10.40.0.0/24 that starts at its first"),
        ({"cidr": "fd00::/64"}, "'fd00::/64' is not an IPv4 block"),
        ({"cidr": "203.0.113.0/24"}, "203.0.113.0/24 is not private"),
        ({"cidr": "169.254.8.0/24"}, "169.254.8.0/24 is not private"),
        ({"cidr": "10.40.0.0/30"}, "10.40.0.0/30 is smaller than /29"),
        ({"cidr": "10.40.0.0/29", "hosts": 2}, "10.40.0.0/29 has room for 4 hosts, but 2 slots may have 6 at once"),
        ({"hosts": 0}, "NetworkArgs.hosts must be a whole number from 1 upwards, got 0"),
        ({"hosts": True}, "NetworkArgs.hosts must be of type int | None, got True"),
        ({"dynamic_ports": True}, "endpoint_independent and dynamic_ports, which exclude each other in Cloud NAT"),
        ({"min_ports_per_vm": 1}, "must be a whole number from 2 to 64512, got 1"),
        ({"min_ports_per_vm": 64_513}, "must be a whole number from 2 to 64512, got 64513"),
        (
            {"min_ports_per_vm": 96, "dynamic_ports": True, "endpoint_independent": False},
            "must be with dynamic_ports a power of two from 32 to 32768, got 96",
        ),
    ],
)
def test_refuses_ports_and_ranges_that_could_not_work(over, says):
    text = refusal(**over)
    assert says in text
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize(
    ("hosts", "ports", "addresses", "refused", "warned"),
    [
        (10, None, 1, False, False),  # 63 hosts of 1,024 ports
        (21, None, 1, False, False),  # 63 of three for each slot
        (22, None, 1, False, True),
        (31, None, 1, False, True),
        (32, None, 1, True, False),
        (3, 8192, 1, False, True),  # 7 hosts of 8,192
        (4, 8192, 1, True, False),
        (4, 8192, 2, False, False),
        (1, 64_512, 2, False, True),
    ],
)
def test_ports_suffice_for_two_hosts_a_slot_and_tell_when_three_would_not_fit(hosts, ports, addresses, refused, warned):
    over = {"hosts": hosts, "min_ports_per_vm": ports, "exits": exits(addresses)}
    if refused:
        assert f"{hosts} slots may have up to {2 * hosts} hosts at once" in refusal(**over)
    else:
        assert bool(args(**over).warnings()) == warned


def test_too_few_ports_are_told_with_the_numbers_and_the_way_out():
    assert refusal(hosts=8, network_type="EXIT", exits=exits(1)) == (
        "8 slots may have up to 16 hosts at once, 2 each, with 8192 ports for each host. But there is 1 address for "
        "Cloud NAT, with 64512 ports each: room for 7 hosts. Give 3 addresses, or set min_ports_per_vm to 4032 or less."
    )
    assert args(hosts=8, network_type="EXIT", exits=exits(3)).warnings() == [
        "After a rollout that was refused, the next one may find no ports: 8 slots may have up to 24 hosts at once, 3 "
        "each, with 8192 ports for each host. But there are 3 addresses for Cloud NAT, with 64512 ports each: room for "
        "21 hosts. Give 4 addresses, or set min_ports_per_vm to 8064 or less."
    ]
    assert refusal(hosts=1, min_ports_per_vm=64_512) == (
        "1 slot may have up to 2 hosts at once, 2 each, with 64512 ports for each host. But there is 1 address for "
        "Cloud NAT, with 64512 ports each: room for 1 host. Give 2 addresses, or set min_ports_per_vm to 32256 or less."
    )
    assert args(hosts=8, network_type="EXIT", min_ports_per_vm=4032, exits=exits(1)).ports == 4032
