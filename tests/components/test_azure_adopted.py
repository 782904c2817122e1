"""A network that exists is looked up, and one in which no host could live is refused in the preview."""

from typing import Any

import pulumi
import pytest
from components.azure_sites import (
    GET_SUBNET,
    GET_VNET,
    GROUP,
    GUARD,
    NETWORK,
    RULE,
    SITE,
    SUBNETS,
    alive,
    ids,
    network_answers,
    rid,
    site,
)
from recorder import Deployment

from gatepost.azure import NetworkRef
from gatepost.site import SlotArgs

CUSTOM = "10.60.0.196"
OTHER = rid("networkSecurityGroups/other")


@pytest.fixture(autouse=True)
def _ids(monkeypatch: pytest.MonkeyPatch) -> None:
    ids(monkeypatch)


def look(deploy: Any, seen: Deployment | None = None, **over: Any) -> Deployment:
    """A preview of a site whose network Azure tells of."""
    answers = {key: over[key] for key in ("of_subnet", "dns", "region") if key in over}
    return deploy(lambda: site(**over.get("site", {})), answers=network_answers(**answers), seen=seen, preview=True)


def test_subnets_and_network_are_asked_for_by_their_ids(deploy):
    seen = look(deploy)
    own = {"resourceGroupName": "acme", "virtualNetworkName": "main"}
    assert [call.args for call in seen.calls if call.token == GET_VNET] == [own]
    # The questions are asked side by side: any of them may arrive first.
    subnets = [call.args for call in seen.calls if call.token == GET_SUBNET]
    expected = [own | {"subnetName": f"hosts-{zone}"} for zone in "12"]
    assert sorted(subnets, key=lambda args: args["subnetName"]) == expected


def test_a_fit_network_is_taken_and_nothing_is_said(deploy, warned):
    seen = look(deploy)
    assert list(seen.of(GROUP)) == [f"{SITE}-{slot}-host-group" for slot in "ab"]
    assert warned == []


@pytest.mark.parametrize(
    ("over", "says"),
    [
        (
            {"of_subnet": {"delegations": None}},
            f"The subnet {SUBNETS['1']} is not delegated to Microsoft.ContainerInstance/containerGroups, so no",
        ),
        (
            {"of_subnet": {"delegations": [{"name": "d", "serviceName": "Microsoft.Web/serverFarms"}]}},
            f"The subnet {SUBNETS['1']} is not delegated to Microsoft.ContainerInstance/containerGroups, so no",
        ),
        (
            {"of_subnet": {"networkSecurityGroup": {"id": OTHER}}},
            f"{SUBNETS['1']} has {OTHER} for its network security group, but the site's rules go into {GUARD}",
        ),
        (
            {"of_subnet": {"networkSecurityGroup": None}},
            f"{SUBNETS['1']} has no group for its network security group, but the site's rules go into {GUARD}",
        ),
        (
            {"of_subnet": {"addressPrefix": "10.60.0.0/29"}, "site": {"slots": dict.fromkeys("abc", SlotArgs())}},
            f"The subnet {SUBNETS['1']} (10.60.0.0/29) has room for 3 hosts, but 2 slots may have 6 at once",
        ),
        (
            {"of_subnet": {"addressPrefix": None, "addressPrefixes": ["10.60.0.0/30"]}},
            f"The subnet {SUBNETS['1']} (10.60.0.0/30) has room for 0 hosts, but 1 slots may have 3 at once",
        ),
        (
            {"region": "North Europe"},
            "The virtual network is in the region 'northeurope', but the site is in 'westeurope'. Change one.",
        ),
        (
            {"dns": [CUSTOM]},
            f"The virtual network resolves names by {CUSTOM}, but the site's dns is empty. Container groups do not see",
        ),
    ],
)
def test_a_network_in_which_no_host_could_live_is_refused_in_the_preview(deploy, over, says):
    seen = Deployment()
    with pytest.raises(pulumi.RunError) as refused:
        look(deploy, seen, **over)
    assert says in str(refused.value)
    assert seen.of(GROUP) == seen.of(RULE) == {}


@pytest.mark.parametrize("blocks", [["10.60.0.0/28", "10.60.1.0/28"], ["10.60.0.0/24", "fd00::/64"], [], ["fd00::/64"]])
def test_a_subnet_of_several_blocks_has_room_in_all_of_ipv4(deploy, blocks):
    over = {"addressPrefix": None, "addressPrefixes": blocks}
    slots = dict.fromkeys("abcd", SlotArgs())
    assert len(look(deploy, of_subnet=over, site={"slots": slots}).of(GROUP)) == 4


def test_every_problem_of_a_network_is_told_at_once(deploy):
    with pytest.raises(pulumi.RunError) as refused:
        look(deploy, of_subnet={"delegations": None, "networkSecurityGroup": None}, dns=[CUSTOM])
    assert len(str(refused.value).splitlines()) == 5


def test_azures_own_resolver_is_no_custom_server(deploy):
    assert len(look(deploy, dns=["168.63.129.16"]).of(GROUP)) == 2


def test_a_network_with_servers_of_its_own_is_taken_by_a_site_that_has_some(deploy):
    assert len(look(deploy, dns=[CUSTOM], site={"dns": [CUSTOM]}).of(GROUP)) == 2


def test_one_subnet_for_two_zones_is_asked_for_once_and_has_room_for_both(deploy):
    given = NetworkRef(
        region="westeurope",
        resource_group="hosts",
        vpc_id=NETWORK.vpc_id,
        subnets=dict.fromkeys("12", SUBNETS["1"]),
        security_group_id=GUARD,
    )
    seen = look(deploy, site={"network": given})
    assert len([call for call in seen.calls if call.token == GET_SUBNET]) == 1
    with pytest.raises(pulumi.RunError, match="2 slots may have 6 at once"):
        look(deploy, of_subnet={"addressPrefix": "10.60.0.0/29"}, site={"network": given})


def test_ids_are_compared_without_case(deploy):
    assert len(look(deploy, of_subnet={"networkSecurityGroup": {"id": GUARD.lower()}}).of(GROUP)) == 2


def test_a_subnet_without_a_nat_gateway_is_warned_about(deploy, warned):
    look(deploy, of_subnet={"natGateway": None})
    assert sorted(warned) == [
        f"The subnet {SUBNETS[zone]} has no NAT gateway. Attach one of the SKU Standard: it is the only way out that "
        "Azure supports for container groups in a virtual network. Whatever else leads out may work for a while."
        for zone in "12"
    ]


def test_what_comes_as_outputs_is_not_asked_for(deploy):
    def program() -> None:
        given = NetworkRef(
            region="westeurope",
            resource_group="hosts",
            vpc_id=pulumi.Output.from_input(NETWORK.vpc_id),
            subnets={zone: pulumi.Output.from_input(subnet) for zone, subnet in SUBNETS.items()},
            exit_addresses=NETWORK.exit_addresses,
            security_group_id=GUARD,
        )
        site(network=given)

    seen = deploy(program, answers={key: value for key, value in alive().items() if key not in network_answers()})
    assert {call.token for call in seen.calls} == {"twingate:index/getTwingateConnectors:getTwingateConnectors"}
    assert len(seen.of(RULE)) == 5
