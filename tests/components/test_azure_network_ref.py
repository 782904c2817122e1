from typing import Any

import pulumi
import pytest
from components.azure_sites import GUARD, NETWORK, SUBNETS, VNET, rid

from gatepost.azure import NetworkRef


def ref(**over: Any) -> NetworkRef:
    given: dict[str, Any] = {"region": "westeurope", "resource_group": "hosts", "vpc_id": VNET, "subnets": SUBNETS}
    given["security_group_id"] = GUARD
    return NetworkRef(**(given | over))


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"subnets": {}}, "NetworkRef.subnets is empty. Give at least one, {'1': '/subscriptions/...'}."),
        ({"subnets": {"a": SUBNETS["1"]}}, "'a' is not the name of a zone on azure."),
        ({"region": "westus"}, "The region 'westus' has no zones. Give 'regional' in place of 1, 2."),
        ({"public_subnets": SUBNETS}, "NetworkRef.public_subnets must be empty. Azure has no exit direct: a container"),
        (
            {"vpc_id": "main"},
            "NetworkRef.vpc_id must be the id of a virtual network like /subscriptions/0000-1111/reso",
        ),
        ({"subnets": {"1": VNET}}, "NetworkRef.subnets['1'] must be the id of a subnet like /subscriptions/0000-1111/"),
        (
            {"security_group_id": f"{GUARD}/x"},
            "NetworkRef.security_group_id must be the id of a network security group like /subscriptions/0000-1111/",
        ),
        (
            {"subnets": {"1": rid("virtualNetworks/other/subnets/hosts")}},
            f"The subnet {rid('virtualNetworks/other/subnets/hosts')} is none of the virtual network {VNET}. Give one",
        ),
        ({"resource_group": ""}, "NetworkRef.resource_group is empty. Give the name of the group that hosts are made"),
        ({"dns_servers": ["10.0.0"]}, "The DNS server '10.0.0' is not an IPv4 address like 10.0.0.2."),
        ({"dns_servers": "10.0.0.2"}, "The DNS servers '10.0.0.2' must be a list. Write [10.0.0.2]."),
        ({"dns_servers": 5}, "NetworkRef.dns_servers must be of type Sequence[str], got 5."),
    ],
)
def test_refuses_what_is_no_network_of_azure(over, says):
    with pytest.raises(ValueError) as refused:
        ref(**over)
    assert str(refused.value).startswith(says)


def test_takes_ids_in_any_case_and_outputs(event_loop_per_test):
    known_later = pulumi.Output.from_input("id")
    ref(vpc_id=VNET.replace("resourceGroups", "resourcegroups"))
    ref(vpc_id=known_later, subnets={"regional": known_later}, security_group_id=known_later)


def test_an_example_of_each_id_is_one_that_is_taken(event_loop_per_test):
    for kind in ("vpc_id", "security_group_id"):
        with pytest.raises(ValueError) as refused:
            ref(**{kind: "x"})
        example = str(refused.value).partition(" like ")[2].partition(",")[0]
        ref(**{kind: example, "subnets": {"1": pulumi.Output.from_input("known later")}})


def test_reports_every_problem_together():
    with pytest.raises(ValueError) as refused:
        ref(vpc_id="main", subnets={"1": "a", "9": rid("virtualNetworks/v/subnets/s")})
    assert len(str(refused.value).splitlines()) == 3
    assert NETWORK.public_subnets == {}
