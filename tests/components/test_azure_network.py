from typing import Any

import pulumi
import pytest
import recorder
from components import azure_sites
from components.azure_networks import args, exit_of
from components.azure_sites import RESOURCES, rid
from recorder import unknown

from gatepost.azure import Network, RouteTo
from gatepost.kept import ReplacementRefusedError
from gatepost.site import ExitRef

VNET = "azure-native:network:VirtualNetwork"
SUBNET = "azure-native:network:Subnet"
GUARD = "azure-native:network:NetworkSecurityGroup"
TABLE = "azure-native:network:RouteTable"
ROUTE = "azure-native:network:Route"
NAT = "azure-native:network:NatGateway"
STASH = "pulumi:index:Stash"
TAGS = {
    "managed-by": "gatepost",
    "gatepost-environment": "dev",
    "gatepost-network": "payments",
    "gatepost-site": "west",
}


@pytest.fixture(autouse=True)
def _ids(monkeypatch: pytest.MonkeyPatch) -> None:
    azure_sites.ids(monkeypatch)


def tags(*parts: str) -> dict[str, str]:
    return TAGS | {"Name": "-".join(("dev-payments-west", *parts))}


def depends(seen: recorder.Deployment, name: str) -> set[str]:
    return {urn.rpartition("::")[2] for urn in seen.request(name).dependencies} - {"test-dev"}


# --- what there is


def test_each_zone_has_a_delegated_subnet_behind_a_nat_gateway_on_its_own_address(deploy):
    seen = deploy(lambda: Network("net", args()))
    assert seen.tree() == {
        ("gatepost:azure:Network", "net", "test-dev"),
        (STASH, "net-range", "net"),
        (VNET, "net-vnet", "net"),
        (GUARD, "net-guard", "net"),
        (TABLE, "net-table", "net"),
        *((NAT, f"net-nat-{zone}", "net") for zone in "12"),
        *((SUBNET, f"net-subnet-{zone}", "net") for zone in "12"),
    }
    place = {"resourceGroupName": "acme", "location": "westeurope"}
    assert seen.only(VNET) == place | {
        "addressSpace": {"addressPrefixes": ["10.60.0.0/24"]},
        "dhcpOptions": {"dnsServers": []},
        "enableDdosProtection": False,  # the SDK's own defaults
        "enableVmProtection": False,
        "tags": tags("vnet"),
    }
    assert seen.only(GUARD) == place | {"tags": tags("guard")}  # no rule of its own: the site's are resources
    assert seen.only(TABLE) == place | {"tags": tags("table")}
    assert seen.of(NAT) == {
        f"net-nat-{zone}": place
        | {
            "sku": {"name": "Standard"},
            "zones": [zone],
            "publicIpAddresses": [{"id": rid(f"publicIPAddresses/exit-{zone}")}],
            "tags": tags("nat", zone),
        }
        for zone in "12"
    }
    assert seen.of(SUBNET) == {
        f"net-subnet-{zone}": {
            "resourceGroupName": "acme",
            "virtualNetworkName": "net-vnet0a1b2c3d",
            "subnetName": f"connectors-{zone}",
            "addressPrefix": block,
            "defaultOutboundAccess": False,
            "privateEndpointNetworkPolicies": "Disabled",  # the SDK's own defaults
            "privateLinkServiceNetworkPolicies": "Enabled",
            "delegations": [{"name": "container-groups", "serviceName": "Microsoft.ContainerInstance/containerGroups"}],
            "natGateway": {"id": rid(f"natGateways/net-nat-{zone}0a1b2c3d")},
            "networkSecurityGroup": {"id": rid("networkSecurityGroups/net-guard0a1b2c3d")},
            "routeTable": {"id": rid("routeTables/net-table0a1b2c3d")},
        }
        for zone, block in (("1", "10.60.0.0/26"), ("2", "10.60.0.64/26"))
    }
    assert [urn.rpartition("::")[2] for urn in seen.completed] == ["net"]


def test_hosts_get_what_they_need_to_know_of_the_network(deploy):
    found: list[Any] = []

    def program() -> None:
        made = Network("net", args(dns=["10.60.0.196"]))
        ref = made.ref
        shown = (ref.vpc_id, ref.resource_group, ref.security_group_id, ref.subnets, made.private_subnet_ids)
        found.extend([ref.region, ref.exit_addresses, ref.dns_servers])
        pulumi.Output.all(*shown, made.public_subnet_ids, made.vpc_id, made.route_table_id).apply(found.extend)

    deploy(program)
    vnet = rid("virtualNetworks/net-vnet0a1b2c3d")
    subnets = {zone: f"{vnet}/subnets/connectors-{zone}" for zone in "12"}
    assert found == [
        "westeurope",
        {"1": "203.0.113.49", "2": "203.0.113.50"},
        ("10.60.0.196",),
        vnet,
        "acme",
        rid("networkSecurityGroups/net-guard0a1b2c3d"),
        subnets,
        subnets,
        {},
        vnet,
        rid("routeTables/net-table0a1b2c3d"),
    ]


def test_without_a_resource_group_one_is_made_and_all_is_in_it(deploy):
    seen = deploy(lambda: Network("net", args(resource_group=None)))
    assert seen.of(RESOURCES) == {"net-resources": {"location": "westeurope", "tags": TAGS}}
    groups = {given.get("resourceGroupName") for (typ, _), given in seen.inputs.items() if typ.startswith("azure-")}
    assert groups == {None, "net-resources0a1b2c3d"}  # None: the group itself


def test_a_regional_network_is_in_no_zone(deploy):
    over = {"region": "westus", "zones": ["regional"], "exits": {"regional": exit_of("1")}}
    seen = deploy(lambda: Network("net", args(**over)))
    assert "zones" not in seen.only(NAT)
    assert seen.of(SUBNET)["net-subnet-regional"]["addressPrefix"] == "10.60.0.192/26"


def test_a_zone_without_an_address_leaves_by_the_first_gateway_whose_zone_is_kept(deploy):
    seen = deploy(lambda: Network("net", args(exits={"2": exit_of("2")})))
    gateway = {"id": rid("natGateways/net-nat-20a1b2c3d")}
    assert [subnet["natGateway"] for subnet in seen.of(SUBNET).values()] == [gateway, gateway]
    assert seen.of(STASH)["net-nat-zone"] == {"input": {"zone": "2", "replace": "False"}}


def test_adding_a_zone_touches_no_other(deploy):
    two = deploy(lambda: Network("net", args()))
    three = deploy(lambda: Network("net", args(zones=["3", "1", "2"], exits={z: exit_of(z) for z in "312"})))
    assert two.tree() < three.tree()
    assert {key: three.inputs[key] for key in two.inputs} == two.inputs


def test_the_network_resolves_by_custom_servers_where_it_is_told(deploy):
    seen = deploy(lambda: Network("net", args(dns=["10.60.0.196"])))
    assert seen.only(VNET)["dhcpOptions"] == {"dnsServers": ["10.60.0.196"]}


@pytest.mark.parametrize("asked", [False, True])
def test_the_network_and_its_resource_group_are_protected_where_asked(deploy, asked):
    seen = deploy(lambda: Network("net", args(protect=asked, resource_group=None)))
    protected = {r.name for r in seen.requests if r.protect}
    assert protected == ({"net-vnet", "net-resources"} if asked else set())


# --- routes


def test_hosts_wait_for_the_routes_by_names_that_every_preview_knows(deploy):
    def program() -> None:
        made = Network("net", args(routes={"10.0.0.0/8": RouteTo(appliance_ip="10.1.0.4")}))
        pulumi.CustomResource("test:index:Host", "host", {"subnet": made.ref.subnets["1"]})

    seen = deploy(program)
    assert "net-routes-10-0-0-0-8" in depends(seen, "host")
    assert seen.only(ROUTE) == {
        "resourceGroupName": "acme",
        "routeTableName": "net-table0a1b2c3d",
        "routeName": "10-0-0-0-8",
        "addressPrefix": "10.0.0.0/8",
        "nextHopType": "VirtualAppliance",
        "nextHopIpAddress": "10.1.0.4",
    }


# --- what is kept


@pytest.mark.parametrize(
    ("first", "over", "says"),
    [
        ({}, {"cidr": "10.61.0.0/24"}, "was made with 10.60.0.0/24, and the program asks for 10.61.0.0/24."),
        (
            {},
            {"cidr": "10.61.0.0/24", "region": "northeurope"},
            "was made with 10.60.0.0/24, westeurope, and the program asks for 10.61.0.0/24, northeurope.",
        ),
        ({}, {"resource_group": "other"}, "was made with acme, and the program asks for other."),
        ({}, {"resource_group": None}, "was made with acme, and the program asks for a group of its own."),
    ],
)
@pytest.mark.parametrize("preview", [False, True])
def test_another_range_region_or_group_is_refused_before_anything_is_touched(
    deploy, monkeypatch, first, over, says, preview
):
    before = {"cidr": "10.60.0.0/24", "region": "westeurope", "group": "acme", "replace": "False"} | first
    monkeypatch.setitem(recorder.COMPUTED, STASH, lambda name: {"output": before} if name == "net-range" else {})
    seen = recorder.Deployment()
    with pytest.raises(ReplacementRefusedError) as refused:
        deploy(lambda: Network("net", args(**over)), seen=seen, preview=preview)
    assert str(refused.value) == (
        f"The network net {says} It cannot be made anew beside the old one, because NAT gateways hold its exit IPs. "
        "To move without an outage, add a second site with the new network, wait until its Connectors are ALIVE, then "
        "remove this one. Nothing was changed."
    )
    assert seen.of(VNET) == seen.of(SUBNET) == {}


def test_a_single_gateway_stays_in_its_zone(deploy, monkeypatch):
    monkeypatch.setitem(
        recorder.COMPUTED, STASH, lambda name: {"output": {"zone": "1"}} if name == "net-nat-zone" else {}
    )
    with pytest.raises(ReplacementRefusedError, match=r"stands in zone 1, and .* one in 2\. .* Pin it with zone: '1'"):
        deploy(lambda: Network("net", args(zones=["2"], exits={"2": exit_of("2")}, single_nat=True)))


# --- previews and names


def test_a_preview_with_unknown_inputs_shows_the_same_tree(deploy):
    routes = {"10.0.0.0/8": RouteTo(appliance_ip="10.1.0.4")}
    known = deploy(lambda: Network("net", args(routes=routes)))
    preview = deploy(
        lambda: Network(
            "net",
            args(
                resource_group=unknown(),
                routes={"10.0.0.0/8": RouteTo(appliance_ip=unknown())},
                exits={zone: ExitRef(id=unknown(), address=unknown()) for zone in "12"},
            ),
        ),
        preview=True,
    )
    assert preview.tree() == known.tree()


def test_names_have_room_for_the_providers_digits_within_63_characters(deploy):
    name = f"{'n' * 20}-{'s' * 16}-network"
    seen = deploy(
        lambda: Network(name, args(resource_group=None, zones=["regional"], exits={"regional": exit_of("1")}))
    )
    made = [r.name for r in seen.requests if r.type.startswith("azure-")]
    assert len(made) == 6
    assert max(map(len, made)) <= 63 - 8
