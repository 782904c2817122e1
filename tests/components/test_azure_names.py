"""Names, ids, zones and ranges of Azure, and the images and sizes of its container groups."""

from ipaddress import ip_network

import pytest
from components.azure_sites import rid
from hypothesis import given
from hypothesis import strategies as st

from gatepost.azure_names import (
    REGIONAL,
    WITHOUT_ZONES,
    checked,
    child_name,
    group_in,
    id_problems,
    name_in,
    zone_problems,
    zones_of,
)
from gatepost.azure_ranges import TAKEN, subnet_ranges
from gatepost.placement import room_problems
from gatepost.regions import REGIONS
from gatepost.sizes import azure_host_problems

ZONES = ("1", "2", "3", REGIONAL)


def test_a_long_name_is_cut_and_stays_its_own():
    assert child_name("net", "subnet", "1") == "net-subnet-1"
    edge = "n" * 48
    assert child_name(edge, "subnet") == f"{edge}-subnet"  # 55 characters, and eight digits of the provider's
    long = [child_name(f"{edge}n", role) for role in ("subnet", "subneu")]
    assert [len(name) for name in long] == [55, 55]
    assert long[0] != long[1]
    assert all(name.startswith(f"{'n' * 46}-") for name in long)


@pytest.mark.parametrize("name", ["", "Net", "net_1", "-net", "net--1", "net-"])
def test_a_name_that_no_container_group_can_have_is_refused(name):
    with pytest.raises(ValueError, match=r"cannot start names of Azure resources\. Allowed: lower-case letters"):
        checked(name)
    assert checked("1net-2") == "1net-2"


def test_parts_of_ids_are_told_apart():
    subnet = rid("virtualNetworks/main/subnets/hosts", "acme.west")
    assert (name_in(subnet), group_in(subnet)) == ("hosts", "acme.west")
    assert group_in("/subscriptions/s1/resourcegroups/acme") == "acme"
    assert group_in("main") == ""


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("virtual network", "virtualNetworks/main"),
        ("subnet", "virtualNetworks/main/subnets/a.b_c-d"),
        ("network security group", "networkSecurityGroups/guard"),
        ("public IP address", "publicIPAddresses/exit"),
        ("public IP prefix", "publicIPPrefixes/exits"),
    ],
)
def test_an_id_is_one_of_its_kind(kind, path):
    assert id_problems("X", rid(path), kind) == []
    assert id_problems("X", rid(path).lower(), kind) == []
    for wrong in (rid(path)[1:], f"{rid(path)}/", rid(f"{path}/more"), rid("natGateways/n"), "", "main"):
        (told,) = id_problems("X", wrong, kind)
        assert told.startswith(f"X must be the id of a {kind} like /subscriptions/0000-1111/resourceGroups/acme/provid")
        example = told.partition(" like ")[2].rpartition(", got ")[0]
        assert id_problems("X", example, kind) == []


def test_every_region_without_zones_is_one():
    assert WITHOUT_ZONES - REGIONS["azure"] == set()


@pytest.mark.parametrize(
    ("region", "zones", "says"),
    [
        ("westeurope", ["1", "2", "3"], []),
        ("westeurope", ["regional"], []),
        ("westus", ["regional"], []),
        ("newregion9", ["1"], []),  # an unknown one is taken to have zones, as most have
        ("westus", ["1"], ["The region 'westus' has no zones. Give 'regional' in place of 1."]),
        ("west-europe", [], ["The region 'west-europe' must be spelt as Azure's programs spell it, such as 'westeuro"]),
        (
            "westeurope",
            ["westeurope-1"],
            [
                "'westeurope-1' is not the name of a zone on azure. A zone is '1', '2' or '3', or 'regional' for none "
                "of them."
            ],
        ),
        (
            "westeurope",
            ["regional", "2"],
            ["The zone 'regional' stands for no zone at all, so it goes with none of 2."],
        ),
    ],
)
def test_zones_are_those_of_the_region(region, zones, says):
    problems = zone_problems(region, zones)
    assert [problem.startswith(start) for problem, start in zip(problems, says, strict=True)] == [True] * len(says)


def test_what_is_in_no_zone_names_none():
    assert [zones_of(zone) for zone in ("2", REGIONAL)] == [["2"], None]


# --- ranges


@given(st.integers(0, 2**12), st.integers(8, 27), st.permutations(ZONES))
def test_each_zone_has_a_quarter_of_its_own_whatever_the_order(number, length, zones):
    whole = ip_network((0x0A << 24 | (number << 12) % (1 << 24), length), strict=False)
    found = subnet_ranges(str(whole), zones)
    blocks = [ip_network(found[zone]) for zone in ZONES]
    assert blocks == list(whole.subnets(prefixlen_diff=2))
    assert subnet_ranges(str(whole), zones[:1]) == {zones[0]: found[zones[0]]}


@pytest.mark.parametrize(("block", "most"), [("10.0.0.0/29", 1), ("10.0.0.0/28", 3), ("10.0.0.0/27", 9)])
def test_a_subnet_has_room_for_three_hosts_a_slot_and_azures_own_addresses(block, most):
    assert room_problems("It", [block], most, TAKEN) == []
    (told,) = room_problems("It", [block], most + 1, TAKEN)
    assert told.endswith("A subnet needs 3 x slots + 5 addresses. Give a larger block.")


# --- sizes


@pytest.mark.parametrize(("cpu", "memory"), [(1, 1), (4, 16), (1.5, 3.5)])
def test_takes_what_container_groups_have(cpu, memory):
    assert azure_host_problems(None, cpu, memory) == []


def test_reports_image_size_and_registry_together():
    assert len(azure_host_problems("twingate", 0.9, 16.1)) == 3
    assert azure_host_problems(None, 1, 2, "docker.io") == [
        "The credentials are for the registry 'docker.io', but the image is pulled from 'index.docker.io'. Change one."
    ]
