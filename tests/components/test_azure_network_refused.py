from typing import Any

import pytest
import recorder
from components.azure_networks import args, exit_of
from components.azure_sites import rid

from gatepost.azure import Network, RouteTo


def refusal(**over: Any) -> str:
    with pytest.raises(ValueError) as refused:
        args(**over)
    return str(refused.value)


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"region": "West Europe"}, "The region 'West Europe' must be spelt as Azure's programs spell it"),
        ({"zones": []}, "NetworkArgs.zones is empty. List at least one, such as '1', or 'regional'."),
        ({"zones": ["1", "4"]}, "'4' is not the name of a zone on azure. A zone is '1', '2' or '3', or 'regional' for"),
        ({"region": "westus"}, "The region 'westus' has no zones. Give 'regional' in place of 1, 2."),
        ({"zones": ["1", "2", "regional"]}, "The zone 'regional' stands for no zone at all, so it goes with none of"),
        (
            {"cidr": "10.60.0.0/28"},
            "The network 10.60.0.0/28 is not within /8 and /27: each zone's subnet is a quarter",
        ),
        ({"cidr": "10.60.0.1/24"}, "The network '10.60.0.1/24' is not an IPv4 block like 10.60.0.0/24 that starts at"),
        ({"cidr": "9.0.0.0/24"}, "The network 9.0.0.0/24 is not private."),
        ({"cidr": "169.254.0.0/24"}, "The network 169.254.0.0/24 is not private."),
        (
            {"cidr": "10.60.0.0/26", "slots_per_zone": 4},
            "Each zone's subnet of 10.60.0.0/26 has room for 11 hosts, but 4 slots",
        ),
        ({"slots_per_zone": 0}, "NetworkArgs.slots_per_zone must be a whole number from 1 upwards, got 0."),
        ({"exits": {}}, "NetworkArgs.exits is empty, so hosts would have no way out."),
        ({"exits": {"3": exit_of("3")}}, "The exits 3 are no zones of the network (1, 2)."),
        (
            {"exits": {"1": exit_of("1"), "2": exit_of("1")}},
            f"The exits '1' and '2' are one and the same, '{rid('publicIPAddresses/exit-1')}'.",
        ),
        ({"direct": True}, "NetworkArgs.direct cannot be. Azure has no exit direct: a container group in a virtual"),
        ({"replace": True}, "NetworkArgs.replace cannot be: Azure deletes no subnet while a container group is in it"),
        ({"dns": ["dns.internal"]}, "The DNS server 'dns.internal' is not an IPv4 address like 10.0.0.2."),
        ({"resource_group": ""}, "NetworkArgs.resource_group is empty."),
        (
            {"routes": {"8.8.8.0/24": RouteTo(network_gateway=True)}},
            "The destination 8.8.8.0/24 holds public addresses, which leave by the exit.",
        ),
        (
            {"routes": {"10.60.0.0/25": RouteTo(network_gateway=True)}},
            "The destination 10.60.0.0/25 lies in the network's own range 10.60.0.0/24",
        ),
        ({"protect": "yes"}, "NetworkArgs.protect must be of type bool, got 'yes'."),
        ({"labels": "dev"}, "NetworkArgs.labels must be of type Labels, got 'dev'."),
    ],
)
def test_refuses_what_could_not_work(over, says):
    assert refusal(**over).startswith(says)


def test_the_room_for_three_hosts_a_slot_is_exact():
    assert args(cidr="10.60.0.0/26", slots_per_zone=3).slots_per_zone == 3  # 16 addresses, of which Azure takes 5
    assert "4 slots may have 12 at once" in refusal(cidr="10.60.0.0/26", slots_per_zone=4)


def test_reports_every_problem_together():
    assert len(refusal(zones=["1", "7"], cidr="9.0.0.0/24", dns=["x"], exits={}).splitlines()) == 4


def test_a_name_that_azure_does_not_take_is_refused_before_anything_is_made(deploy):
    seen = recorder.Deployment()
    with pytest.raises(ValueError, match="The name 'Net' cannot start names of Azure resources"):
        deploy(lambda: Network("Net", args()), seen=seen)
    assert seen.requests == []
