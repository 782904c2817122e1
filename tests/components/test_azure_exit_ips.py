from typing import Any

import pulumi
import pytest
import recorder
from components import azure_sites
from components.azure_sites import ADDRESS, LABELS, RESOURCES, rid
from recorder import unknown

from gatepost.azure import ExitIp, ExitIps, ExitIpsArgs

FOUND = rid("publicIPAddresses/found", "shared")
NAT = rid("natGateways/nat")
GET_ADDRESS = "azure-native:network:getPublicIPAddress"
GET_NAT = "azure-native:network:getNatGateway"
PREFIX = rid("publicIPPrefixes/exits", "shared")
TAGS = {
    "managed-by": "gatepost",
    "gatepost-environment": "dev",
    "gatepost-network": "payments",
    "gatepost-site": "west",
}


@pytest.fixture(autouse=True)
def _ids(monkeypatch: pytest.MonkeyPatch) -> None:
    azure_sites.ids(monkeypatch)


def args(**over: Any) -> ExitIpsArgs:
    given: dict[str, Any] = {"region": "westeurope", "labels": LABELS, "addresses": {"1": ExitIp(), "2": ExitIp()}}
    return ExitIpsArgs(**(given | over))


def test_addresses_are_made_by_key_in_a_resource_group_of_their_own_and_told(deploy):
    told: dict[str, Any] = {}

    def program() -> None:
        exits = ExitIps("exits", args())
        exits.addresses.apply(told.update)
        pulumi.Output.from_input(exits.exits["2"].id).apply(lambda found: told.update(id=found))

    seen = deploy(program)
    assert seen.tree() == {
        ("gatepost:azure:ExitIps", "exits", "test-dev"),
        (RESOURCES, "exits-resources", "exits"),
        (ADDRESS, "exits-ip-1", "exits"),
        (ADDRESS, "exits-ip-2", "exits"),
    }
    assert seen.only(RESOURCES) == {"location": "westeurope", "tags": TAGS}
    assert seen.of(ADDRESS) == {
        f"exits-ip-{key}": {
            "resourceGroupName": "exits-resources0a1b2c3d",
            "location": "westeurope",
            "publicIPAllocationMethod": "Static",
            "publicIPAddressVersion": "IPv4",
            "sku": {"name": "Standard", "tier": "Regional"},
            "zones": ["1", "2", "3"],
            "tags": TAGS | {"Name": f"dev-payments-west-exit-{key}", "gatepost-exit": key},
        }
        for key in "12"
    }
    made = rid("publicIPAddresses/exits-ip-20a1b2c3d", "exits-resources0a1b2c3d")
    assert told == {"1": "203.0.113.49", "2": "203.0.113.50", "id": made}
    assert [urn.rpartition("::")[2] for urn in seen.completed] == ["exits"]


@pytest.mark.parametrize(("region", "key"), [("westus", "regional"), ("westeurope", "regional"), ("westus", "b")])
def test_an_address_of_no_zone_names_none(deploy, region, key):
    seen = deploy(lambda: ExitIps("exits", args(region=region, addresses={key: ExitIp()})))
    assert "zones" not in seen.only(ADDRESS)


def test_a_given_resource_group_is_used_and_none_is_made(deploy):
    seen = deploy(lambda: ExitIps("exits", args(resource_group="kept")))
    assert {given["resourceGroupName"] for given in seen.of(ADDRESS).values()} == {"kept"}
    assert seen.of(RESOURCES) == {}


def test_removing_an_address_touches_no_other(deploy):
    two = deploy(lambda: ExitIps("exits", args()))
    one = deploy(lambda: ExitIps("exits", args(addresses={"2": ExitIp()})))
    assert two.tree() - one.tree() == {(ADDRESS, "exits-ip-1", "exits")}
    assert one.of(ADDRESS)["exits-ip-2"] == two.of(ADDRESS)["exits-ip-2"]


@pytest.mark.parametrize("asked", [False, True])
def test_addresses_and_their_group_are_protected_and_retained_where_asked(deploy, asked):
    seen = deploy(lambda: ExitIps("exits", args(protect=asked, retain=asked)))
    kept = {r.name: (r.protect, r.retainOnDelete) for r in seen.requests if r.custom}
    assert kept == dict.fromkeys(("exits-resources", "exits-ip-1", "exits-ip-2"), (asked, asked))


def test_addresses_come_from_a_prefix_where_asked_and_never_move(deploy):
    seen = deploy(lambda: ExitIps("exits", args(prefix=PREFIX)))
    assert [given["publicIPPrefix"] for given in seen.of(ADDRESS).values()] == [{"id": PREFIX}] * 2
    assert list(seen.request("exits-ip-1").ignoreChanges) == ["publicIPPrefix", "zones"]


@pytest.mark.parametrize("output", [False, True])
def test_an_adopted_address_is_only_read(deploy, output):
    told = []

    def program() -> None:
        given = pulumi.Output.from_input(FOUND) if output else FOUND
        exits = ExitIps("exits", args(addresses={"1": ExitIp(adopt=given)}))
        pulumi.Output.all(exits.exits["1"].id, exits.addresses).apply(told.append)

    seen = deploy(program, answers={GET_ADDRESS: lambda _: {"id": FOUND, **azure_sites.public_address("1")}})
    assert seen.of(ADDRESS) == seen.of(RESOURCES) == {}  # nothing is registered as ours
    assert [name for typ, name in seen.inputs if typ == ADDRESS] == ["exits-adopted-1"]
    assert told == [[FOUND, {"1": "203.0.113.49"}]]


def adopted(deploy: Any, nat_tags: dict[str, str] | None = None, **over: Any) -> Any:
    """A preview that adopts an address for zone 1, of which Azure tells ``over`` besides."""
    shown = {"id": FOUND, **azure_sites.public_address("1"), **over}
    exits = args(addresses={"1": ExitIp(adopt=FOUND)})
    return deploy(
        lambda: ExitIps("exits", exits).addresses.apply(lambda _: None),
        preview=True,
        answers={GET_ADDRESS: lambda _: shown, GET_NAT: lambda _: {"tags": nat_tags or {}}},
    )


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"sku": {"name": "Basic"}}, "Its SKU is 'Basic' and must be 'Standard': a NAT gateway of the SKU Standard"),
        ({"sku": {"name": "StandardV2"}}, "Its SKU is 'StandardV2' and must be 'Standard'"),
        ({"publicIPAllocationMethod": "Dynamic"}, "Its allocation is 'Dynamic' and must be 'Static': it could change"),
        ({"publicIPAddressVersion": "IPv6"}, "Its version is 'IPv6' and must be 'IPv4': Connectors leave by IPv4."),
        ({"location": "North Europe"}, "Its region is 'northeurope' and must be 'westeurope'"),
        ({"zones": ["2"]}, "It is in zone '2', but its NAT gateway stands in zone '1'. Adopt it under its own zone."),
        ({"ipConfiguration": {"id": "/balancer/front"}}, "It is in use by /balancer/front. Free it there first"),
        ({"natGateway": {"id": NAT}}, f"It is on the NAT gateway {NAT}, which is none of this site's"),
    ],
)
def test_an_adopted_address_that_cannot_serve_is_refused_in_the_preview(deploy, over, says):
    with pytest.raises(pulumi.RunError) as refused:
        adopted(deploy, **over)
    assert str(refused.value).startswith(f"The address {FOUND} (exit '1') cannot be adopted. ")
    assert says in str(refused.value)


def test_all_that_is_wrong_with_an_adopted_address_is_told_together(deploy):
    with pytest.raises(pulumi.RunError, match=r"'Basic'.*'Dynamic'.*zone '2'"):
        adopted(deploy, sku={"name": "Basic"}, publicIPAllocationMethod="Dynamic", zones=["2"])


@pytest.mark.parametrize("over", [{"zones": ["1"]}, {"zones": ["1", "2", "3"]}, {"location": "West Europe"}])
def test_an_adopted_address_that_can_serve_is_taken(deploy, over):
    assert [call.token for call in adopted(deploy, **over).calls] == [GET_ADDRESS]


def test_an_adopted_address_on_the_sites_own_gateway_stays_there(deploy):
    seen = adopted(deploy, nat_tags=TAGS, natGateway={"id": NAT})
    asked = [{"resourceGroupName": "shared", "publicIpAddressName": "found"}]
    assert [call.args for call in seen.calls] == [*asked, {"resourceGroupName": "acme", "natGatewayName": "nat"}]


def test_a_preview_with_unknown_inputs_shows_the_same_tree(deploy):
    known = deploy(lambda: ExitIps("exits", args(resource_group="kept", prefix=PREFIX)))
    preview = deploy(lambda: ExitIps("exits", args(resource_group=unknown(), prefix=unknown())), preview=True)
    assert preview.tree() == known.tree()


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"addresses": {}}, "ExitIpsArgs.addresses is empty. Give at least one, for example {'1': ExitIp()}."),
        ({"addresses": {"Zone 1": ExitIp()}}, "The zone key 'Zone 1' is not written as a key"),
        (
            {"addresses": {"1": ExitIp(adopt="exit")}},
            "The adopted address '1' must be the id of a public IP address like /subscriptions/0000-1111/"
            "resourceGroups/acme/providers/Microsoft.Network/publicIPAddresses/exit, got 'exit'.",
        ),
        (
            {"addresses": {"1": ExitIp(adopt=FOUND), "2": ExitIp(adopt=FOUND.upper())}},
            f"The adopted addresses '1' and '2' are one and the same, {FOUND.upper()!r}.",
        ),
        ({"prefix": FOUND}, "ExitIpsArgs.prefix must be the id of a public IP prefix like /subscriptions/0000-1111/"),
        (
            {"region": "West Europe"},
            "The region 'West Europe' must be spelt as Azure's programs spell it, such as 'west",
        ),
        ({"resource_group": ""}, "ExitIpsArgs.resource_group is empty."),
        ({"protect": "yes"}, "ExitIpsArgs.protect must be of type bool, got 'yes'."),
    ],
)
def test_refuses_addresses_that_cannot_be(over, says):
    with pytest.raises(ValueError) as refused:
        args(**over)
    assert str(refused.value).startswith(says)


def test_a_name_that_azure_does_not_take_is_refused_before_anything_is_made(deploy):
    seen = recorder.Deployment()
    with pytest.raises(ValueError, match="The name 'Exits' cannot start names of Azure resources"):
        deploy(lambda: ExitIps("Exits", args()), seen=seen)
    assert seen.requests == []
