from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
import recorder
from recorder import unknown

from gatepost.aws import Network, NetworkArgs, RouteTo
from gatepost.labels import Labels
from gatepost.site import ExitRef

LABELS = Labels(environment="dev", network="payments", site="frankfurt")
SUBNET = "aws:ec2/subnet:Subnet"
NAT = "aws:ec2/natGateway:NatGateway"
ROUTE = "aws:ec2/route:Route"
LINK = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ATTACHMENT = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
ZONES = ("eu-central-1a", "eu-central-1b")
HUB = RouteTo(transit_gateway_id="tgw-0123456789abcdef0")


def exit_of(zone):
    return ExitRef(id=f"eipalloc-{zone[-1]}", address=f"203.0.113.{ord(zone[-1])}")


def args(**over):
    given: dict[str, Any] = {"region": "eu-central-1", "labels": LABELS, "cidr": "10.40.0.0/22", "zones": ZONES}
    given["exits"] = {zone: exit_of(zone) for zone in ZONES}
    return NetworkArgs(**(given | over))


def test_each_zone_has_a_private_subnet_whose_traffic_leaves_through_its_own_nat_gateway(deploy):
    seen = deploy(lambda: Network("net", args()))
    assert {
        n: (s["cidrBlock"], s["availabilityZone"], s["mapPublicIpOnLaunch"]) for n, s in seen.of(SUBNET).items()
    } == {
        "net-private-eu-central-1a": ("10.40.0.0/26", "eu-central-1a", False),
        "net-private-eu-central-1b": ("10.40.0.64/26", "eu-central-1b", False),
        "net-public-eu-central-1a": ("10.40.2.0/26", "eu-central-1a", False),
        "net-public-eu-central-1b": ("10.40.2.64/26", "eu-central-1b", False),
    }
    assert {n: (g["subnetId"], g["allocationId"]) for n, g in seen.of(NAT).items()} == {
        "net-nat-eu-central-1a": ("net-public-eu-central-1a-id", "eipalloc-a"),
        "net-nat-eu-central-1b": ("net-public-eu-central-1b-id", "eipalloc-b"),
    }
    own, nat = "net-table-private-{}-id".format, "net-nat-{}-id".format
    routes = {n: (r["routeTableId"], r.get("natGatewayId"), r.get("gatewayId")) for n, r in seen.of(ROUTE).items()}
    assert routes == {
        "net-public-out": ("net-table-public-id", None, "net-internet-id"),
        "net-private-out-eu-central-1a": (own("eu-central-1a"), nat("eu-central-1a"), None),
        "net-private-out-eu-central-1b": (own("eu-central-1b"), nat("eu-central-1b"), None),
    }
    assert {r["destinationCidrBlock"] for r in seen.of(ROUTE).values()} == {"0.0.0.0/0"}
    assert {n: (a["subnetId"], a["routeTableId"]) for n, a in seen.of(LINK).items()} == {
        "net-private-link-eu-central-1a": ("net-private-eu-central-1a-id", "net-table-private-eu-central-1a-id"),
        "net-private-link-eu-central-1b": ("net-private-eu-central-1b-id", "net-table-private-eu-central-1b-id"),
        "net-public-link-eu-central-1a": ("net-public-eu-central-1a-id", "net-table-public-id"),
        "net-public-link-eu-central-1b": ("net-public-eu-central-1b-id", "net-table-public-id"),
    }


def test_a_nat_gateway_is_made_when_its_subnet_leads_to_the_internet(deploy):
    seen = deploy(lambda: Network("net", args()))
    for zone in ZONES:
        subnet, link = f"net-public-{zone}", f"net-public-link-{zone}"
        assert {"net-public-out", link, subnet} <= depends(seen, f"net-nat-{zone}")
        assert {"net-public-out", subnet, "net-table-public"} <= depends(seen, link)


@pytest.mark.parametrize("direct", [False, True])
def test_another_vpc_gets_another_internet_gateway_beside_the_one_in_use(deploy, direct):
    seen = deploy(lambda: Network("net", args(direct=direct, **({"exits": {}} if direct else {}))))
    gateway = seen.request("net-internet")
    assert list(gateway.replaceOnChanges) == ["vpcId"]
    assert not gateway.deleteBeforeReplace


def test_one_nat_gateway_serves_the_zones_that_have_none_of_their_own(deploy):
    seen = deploy(lambda: Network("net", args(exits={"eu-central-1a": exit_of("eu-central-1a")})))
    assert list(seen.of(NAT)) == ["net-nat-eu-central-1a"]
    private = {n: r["natGatewayId"] for n, r in seen.of(ROUTE).items() if "private" in n}
    assert private == dict.fromkeys(
        ("net-private-out-eu-central-1a", "net-private-out-eu-central-1b"), "net-nat-eu-central-1a-id"
    )


def test_adding_a_zone_touches_nothing_that_is_there(deploy):
    two = deploy(lambda: Network("net", args()))
    more = (*ZONES, "eu-central-1c")
    three = deploy(lambda: Network("net", args(zones=more, exits={z: exit_of(z) for z in more})))
    assert two.tree() < three.tree()
    assert {k: three.inputs[k] for k in two.inputs} == two.inputs


def test_is_the_same_tree_while_the_addresses_are_unknown(deploy):
    def program():
        ref = ExitRef(id=unknown(), address=unknown())
        return Network("net", args(exits=dict.fromkeys(ZONES, ref)))

    assert deploy(program, preview=True).tree() == deploy(lambda: Network("net", args())).tree()


def test_every_child_belongs_to_the_component_and_is_tagged(deploy):
    seen = deploy(lambda: Network("net", args()))
    assert {parent for typ, _, parent in seen.tree() if typ != "gatepost:aws:Network"} == {"net"}
    made = [r for r in seen.requests if r.type.startswith("aws:")]
    untagged = {r.name for r in made if "tags" not in seen.inputs[r.type, r.name]}
    assert untagged == set(seen.of(ROUTE)) | set(seen.of(LINK))  # AWS has no tags for these
    names = {i["tags"]["Name"] for i in seen.inputs.values() if "tags" in i}
    assert "dev-payments-frankfurt-nat-eu-central-1a" in names
    assert {urn.rpartition("::")[2] for urn in seen.completed} - {"test-dev"} == {"net"}


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"zones": ("eu-west-1a", "eu-central-1b")}, "'eu-west-1a' is in the region 'eu-west-1', but the site is in"),
        ({"zones": ("eu-central-1",)}, "'eu-central-1' is not the name of a zone on aws"),
        ({"cidr": "10.40.0.0/28"}, "10.40.0.0/28 is not within /16 and /24"),
        ({"exits": {}}, "NetworkArgs.exits is empty, so hosts would have no way out"),
        ({"exits": {"eu-central-1c": exit_of("eu-central-1c")}}, "The exits eu-central-1c are no zones of the network"),
        (
            {"direct": True},
            "NetworkArgs has exits in eu-central-1a, eu-central-1b, but with direct=True there is no NAT",
        ),
        (
            {"routes": {"10.40.0.0/22": HUB}},
            "10.40.0.0/22 lies in the VPC's own range 10.40.0.0/22, which needs no route",
        ),
        ({"routes": {"10.40.1.0/24": HUB}}, "The destination 10.40.1.0/24 lies in the VPC's own range 10.40.0.0/22"),
        ({"routes": {"8.8.8.8/32": HUB}}, "The destination 8.8.8.8/32 holds public addresses"),
        (
            {"zones": ["eu-central-1-ham-1a"], "exits": {}, "direct": True, "routes": {"10.0.0.0/8": HUB}},
            "NetworkArgs.zones has local zones only, where AWS attaches no transit gateway",
        ),
    ],
)
def test_refuses_a_network_that_could_not_work(over, says):
    with pytest.raises(ValueError) as refused:
        args(**over)
    assert says in str(refused.value)


def test_reports_all_problems_together():
    with pytest.raises(ValueError) as refused:
        args(cidr="10.40.0.0/28", exits={}, zones=("eu-west-1a",), routes={"ten": HUB, "10.40.0.0/30": HUB})
    assert len(str(refused.value).splitlines()) == 5


def direct(**over):
    return args(direct=True, exits={}, **over)


def test_direct_hosts_have_a_public_subnet_in_each_zone_and_no_nat_gateway(deploy):
    seen = deploy(lambda: Network("net", direct()))
    assert {r.type for r in seen.requests} == {
        "gatepost:aws:Network",
        "aws:ec2/vpc:Vpc",
        "aws:ec2/internetGateway:InternetGateway",
        "aws:ec2/routeTable:RouteTable",
        "pulumi:index:Stash",
        SUBNET,
        ROUTE,
        LINK,
    }
    nat = deploy(lambda: Network("net", args()))  # the same subnets that NAT gateways stand in
    assert seen.of(SUBNET) == {n: s for n, s in nat.of(SUBNET).items() if n.startswith("net-public-")}
    table = "net-table-public-{}-id".format
    assert {n: (r["routeTableId"], r["destinationCidrBlock"], r["gatewayId"]) for n, r in seen.of(ROUTE).items()} == {
        "net-public-out-eu-central-1a": (table("eu-central-1a"), "0.0.0.0/0", "net-internet-id"),
        "net-public-out-eu-central-1b": (table("eu-central-1b"), "0.0.0.0/0", "net-internet-id"),
    }
    assert {n: (a["subnetId"], a["routeTableId"]) for n, a in seen.of(LINK).items()} == {
        "net-public-link-eu-central-1a": ("net-public-eu-central-1a-id", table("eu-central-1a")),
        "net-public-link-eu-central-1b": ("net-public-eu-central-1b-id", table("eu-central-1b")),
    }
    assert "net-public-out-eu-central-1a" in depends(seen, "net-public-link-eu-central-1a")


def test_adding_a_zone_to_a_direct_network_touches_nothing_that_is_there(deploy):
    two = deploy(lambda: Network("net", direct()))
    three = deploy(lambda: Network("net", direct(zones=(*ZONES, "eu-central-1c"))))
    assert two.tree() < three.tree()
    assert {k: three.inputs[k] for k in two.inputs} == two.inputs


def depends(seen, name):
    return {urn.rpartition("::")[2] for urn in seen.request(name).dependencies}


def host_in(subnet):
    aws.ec2.NetworkInterface("host", subnet_id=subnet)


@pytest.mark.parametrize("direct", [False, True])
def test_the_outputs_tell_subnets_and_tables_by_zone(deploy, direct):
    told = {}

    def program():
        network = Network(
            "net", args(direct=direct, exits={} if direct else {"eu-central-1a": exit_of("eu-central-1a")})
        )
        outputs = {
            "private": network.private_subnet_ids,
            "public": network.public_subnet_ids,
            "private tables": network.private_route_table_ids,
            "tables": pulumi.Output.all(**network.route_table_ids),
            "ref private": pulumi.Output.from_input(dict(network.ref.subnets)),
            "ref public": pulumi.Output.from_input(dict(network.ref.public_subnets)),
            "ref exits": pulumi.Output.from_input(dict(network.ref.exit_addresses)),
            "ref region": pulumi.Output.from_input(network.ref.region),
        }
        for key, output in outputs.items():
            output.apply(lambda value, key=key: told.update({key: value}))

    deploy(program)
    kind = "public" if direct else "private"
    subnets = {zone: f"net-{kind}-{zone}-id" for zone in ZONES}
    tables = {zone: f"net-table-{kind}-{zone}-id" for zone in ZONES}
    assert told == {
        "private": {} if direct else subnets,
        "public": subnets if direct else {},
        "private tables": {} if direct else tables,
        "tables": tables,
        "ref private": {} if direct else subnets,
        "ref public": subnets if direct else {},
        "ref exits": {} if direct else {"eu-central-1a": "203.0.113.97"},
        "ref region": "eu-central-1",
    }


def test_routes_to_private_destinations_are_added_and_nothing_else_changes(deploy):
    without = deploy(lambda: Network("net", args()))
    seen = deploy(lambda: Network("net", args(routes={"10.0.0.0/8": HUB})))  # around the VPC's own range is fine
    attachment = "net-routes-attachment-tgw-0123456789abcdef0"
    assert seen.tree() - without.tree() == {
        ("gatepost:aws:Routes", "net-routes", "net"),
        (ATTACHMENT, attachment, "net-routes"),
        (ROUTE, "net-routes-eu-central-1a-10-0-0-0-8", "net-routes"),
        (ROUTE, "net-routes-eu-central-1b-10-0-0-0-8", "net-routes"),
    }
    assert {k: seen.inputs[k] for k in without.inputs} == without.inputs
    assert seen.only(ATTACHMENT)["vpcId"] == "net-vpc-id"
    assert seen.only(ATTACHMENT)["subnetIds"] == [f"net-private-{zone}-id" for zone in ZONES]
    table = seen.of(ROUTE)["net-routes-eu-central-1b-10-0-0-0-8"]["routeTableId"]
    assert table == "net-table-private-eu-central-1b-id"


def test_routes_of_a_direct_network_lead_from_its_public_tables(deploy):
    zones = ("eu-central-1a", "eu-central-1-ham-1b")  # AWS attaches nothing in a local zone
    seen = deploy(lambda: Network("net", direct(zones=zones, routes={"10.0.0.0/8": HUB})))
    assert {n: r["routeTableId"] for n, r in seen.of(ROUTE).items() if "routes" in n} == {
        "net-routes-eu-central-1a-10-0-0-0-8": "net-table-public-eu-central-1a-id",
        "net-routes-eu-central-1-ham-1b-10-0-0-0-8": "net-table-public-eu-central-1-ham-1b-id",
    }
    assert seen.only(ATTACHMENT)["subnetIds"] == ["net-public-eu-central-1a-id"]


@pytest.mark.parametrize(
    ("over", "subnets", "waits"),
    [
        ({}, "subnets", {"net-private-out-eu-central-1a", "net-private-link-eu-central-1a"}),
        (
            {"direct": True, "exits": {}},
            "public_subnets",
            {"net-public-out-eu-central-1a", "net-public-link-eu-central-1a"},
        ),
    ],
)
def test_a_host_waits_for_the_routes_of_its_zone(deploy, over, subnets, waits):
    def program():
        network = Network("net", args(routes={"10.0.0.0/8": HUB}, **over))
        host_in(getattr(network.ref, subnets)["eu-central-1a"])

    seen = deploy(program)
    kind = "public" if over else "private"
    own = {f"net-{kind}-eu-central-1a", "net-routes-eu-central-1a-10-0-0-0-8"}
    assert depends(seen, "host") - {"test-dev"} == waits | own


def test_a_route_that_is_new_leaves_the_subnets_known_in_a_preview(deploy, monkeypatch):
    answer = recorder._Mocks.new_resource

    def unmade(self, resource):
        made, state = answer(self, resource)
        return ("" if resource.typ in (ROUTE, LINK) else made), state

    monkeypatch.setattr(recorder._Mocks, "new_resource", unmade)
    seen = deploy(
        lambda: host_in(Network("net", args(routes={"10.0.0.0/8": HUB})).ref.subnets["eu-central-1a"]), preview=True
    )
    assert (
        seen.inputs["aws:ec2/networkInterface:NetworkInterface", "host"]["subnetId"] == "net-private-eu-central-1a-id"
    )
