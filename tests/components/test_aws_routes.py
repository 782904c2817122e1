from typing import Any

import pulumi
import pytest
from recorder import unknown

from gatepost.aws import Routes, RoutesArgs, RouteTo
from gatepost.labels import Labels

LABELS = Labels(environment="dev", network="payments", site="frankfurt")
ATTACHMENT = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
VPN = "aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment"
ROUTE = "aws:ec2/route:Route"
A, B = "eu-central-1a", "eu-central-1b"
TGW, VGW, PCX, ENI = "tgw-0123456789abcdef0", "vgw-01234567", "pcx-0123456789abcdef0", "eni-0123456789abcdef0"
HUB = RouteTo(transit_gateway_id=TGW)


def args(**over):
    given: dict[str, Any] = {"region": "eu-central-1", "labels": LABELS, "vpc_id": "vpc-1"}
    given |= {"tables": {A: "rtb-a", B: "rtb-b"}, "attachment_subnets": {B: "subnet-b", A: "subnet-a"}}
    given["routes"] = {"10.0.0.0/8": HUB}
    return RoutesArgs(**(given | over))


def refusal(**over):
    with pytest.raises(ValueError) as refused:
        args(**over)
    return str(refused.value)


def names(urns):
    return {urn.rpartition("::")[2] for urn in urns}


def test_a_destination_is_routed_in_each_zone_after_the_vpc_is_attached(deploy):
    seen = deploy(lambda: Routes("routes", args()))
    attachment = f"routes-attachment-{TGW}"
    assert seen.tree() == {
        ("gatepost:aws:Routes", "routes", "test-dev"),
        (ATTACHMENT, attachment, "routes"),
        (ROUTE, f"routes-{A}-10-0-0-0-8", "routes"),
        (ROUTE, f"routes-{B}-10-0-0-0-8", "routes"),
    }
    own = {"managed-by": "gatepost", "gatepost-environment": "dev", "gatepost-network": "payments"}
    assert seen.only(ATTACHMENT) == {
        "transitGatewayId": TGW,
        "vpcId": "vpc-1",
        "subnetIds": ["subnet-a", "subnet-b"],  # in the order of the zones, whatever the mapping's
        "region": "eu-central-1",
        "tags": own | {"gatepost-site": "frankfurt", "Name": "dev-payments-frankfurt-transit"},
    }
    assert seen.of(ROUTE)[f"routes-{B}-10-0-0-0-8"] == {
        "routeTableId": "rtb-b",
        "destinationCidrBlock": "10.0.0.0/8",
        "transitGatewayId": TGW,
        "region": "eu-central-1",
    }
    for route in seen.of(ROUTE):
        assert attachment in names(seen.request(route).dependencies)
    assert names(seen.completed) - {"test-dev"} == {"routes"}


def test_each_kind_of_target_goes_into_its_own_argument(deploy):
    routes = {
        "10.0.0.0/16": HUB,
        "10.1.0.0/16": RouteTo(vpc_peering_connection_id=PCX),
        "10.2.0.0/16": RouteTo(vpn_gateway_id=VGW),
        "10.3.0.0/16": RouteTo(network_interface_id=ENI),
    }
    seen = deploy(lambda: Routes("routes", args(tables={A: "rtb-a"}, routes=routes)))
    base = {"routeTableId", "destinationCidrBlock", "region"}
    assert {r["destinationCidrBlock"]: {k: r[k] for k in r.keys() - base} for r in seen.of(ROUTE).values()} == {
        "10.0.0.0/16": {"transitGatewayId": TGW},
        "10.1.0.0/16": {"vpcPeeringConnectionId": PCX},
        "10.2.0.0/16": {"gatewayId": VGW},
        "10.3.0.0/16": {"networkInterfaceId": ENI},
    }
    vpn = {"vpnGatewayId": VGW, "vpcId": "vpc-1", "region": "eu-central-1"}
    assert seen.of(VPN) == {"routes-attachment-vpn": vpn}
    assert seen.request("routes-attachment-vpn").deleteBeforeReplace  # a VPC has one VPN gateway
    waits = {
        r.name: names(r.dependencies) & {"routes-attachment-vpn", f"routes-attachment-{TGW}"} for r in seen.requests
    }
    assert waits[f"routes-{A}-10-0-0-0-16"] == {f"routes-attachment-{TGW}"}
    assert waits[f"routes-{A}-10-1-0-0-16"] == set()
    assert waits[f"routes-{A}-10-2-0-0-16"] == {"routes-attachment-vpn"}


def test_destinations_of_one_gateway_share_its_attachment(deploy):
    other = "tgw-0123456789abcdef1"
    routes = {
        "10.0.0.0/8": HUB,
        "172.16.0.0/12": RouteTo(transit_gateway_id="-".join(TGW.split("-"))),  # equal, but another object
        "192.168.0.0/16": RouteTo(transit_gateway_id=other),
        "100.64.0.0/10": RouteTo(vpn_gateway_id=VGW),
        "192.168.1.0/24": RouteTo(vpn_gateway_id=VGW),
    }
    seen = deploy(lambda: Routes("routes", args(routes=routes)))
    assert {n: i["transitGatewayId"] for n, i in seen.of(ATTACHMENT).items()} == {
        f"routes-attachment-{TGW}": TGW,
        f"routes-attachment-{other}": other,
    }
    assert list(seen.of(VPN)) == ["routes-attachment-vpn"]


def test_an_attachment_of_somebody_else_is_left_to_them(deploy):
    routes = {
        "10.0.0.0/8": RouteTo(transit_gateway_id=TGW, attach=False),
        "172.16.0.0/12": RouteTo(vpn_gateway_id=VGW, attach=False),
    }
    seen = deploy(lambda: Routes("routes", args(routes=routes, attachment_subnets={})))
    assert {r.type for r in seen.requests} == {"gatepost:aws:Routes", ROUTE}


def test_another_destination_or_gateway_or_zone_touches_nothing_that_is_there(deploy):
    one = deploy(lambda: Routes("routes", args(tables={A: "rtb-a"})))
    routes = {"10.1.0.0/16": RouteTo(transit_gateway_id="tgw-01234567"), "10.0.0.0/8": HUB}
    more = deploy(lambda: Routes("routes", args(routes=routes)))
    assert one.tree() < more.tree()
    assert {k: more.inputs[k] for k in one.inputs} == one.inputs


def test_a_gateway_given_as_an_output_has_one_attachment_with_a_name_of_its_own(deploy):
    def program():
        hub = RouteTo(transit_gateway_id=pulumi.Output.from_input(TGW))
        Routes("routes", args(routes={"10.0.0.0/8": hub, "172.16.0.0/12": hub}))

    seen = deploy(program)
    assert {n: i["transitGatewayId"] for n, i in seen.of(ATTACHMENT).items()} == {"routes-attachment-transit": TGW}
    assert all("routes-attachment-transit" in names(seen.request(n).dependencies) for n in seen.of(ROUTE))


def test_is_the_same_tree_while_the_gateway_is_unknown(deploy):
    def program(tgw):
        Routes("routes", args(routes={"10.0.0.0/8": RouteTo(transit_gateway_id=tgw())}, vpc_id=tgw()))

    known = deploy(lambda: program(lambda: pulumi.Output.from_input(TGW)))
    assert deploy(lambda: program(unknown), preview=True).tree() == known.tree()


def test_attachments_are_told_by_gateway(deploy):
    told = []

    def program():
        Routes("routes", args()).attachment_ids.apply(told.append)
        Routes("peered", args(routes={"10.0.0.0/8": RouteTo(vpc_peering_connection_id=PCX)})).attachment_ids.apply(
            told.append
        )

    deploy(program)
    assert sorted(told, key=len) == [{}, {TGW: f"routes-attachment-{TGW}-id"}]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "A RouteTo needs exactly one target, got none. Allowed: transit_gateway_id, vpc_peering_connection_id,"),
        ({"transit_gateway_id": TGW, "vpn_gateway_id": VGW}, "got transit_gateway_id and vpn_gateway_id."),
        ({"transit_gateway_id": PCX}, f"RouteTo.transit_gateway_id must be tgw- and 8 or 17 .* digits, got '{PCX}'"),
        ({"vpc_peering_connection_id": "pcx-123"}, "must be pcx- and 8 or 17 hexadecimal digits, got 'pcx-123'"),
        ({"vpn_gateway_id": "vgw-0123456G"}, "must be vgw- and 8 or 17 hexadecimal digits, got 'vgw-0123456G'"),
        ({"network_interface_id": ""}, "must be eni- and 8 or 17 hexadecimal digits, got ''"),
        ({"transit_gateway_id": 12345678}, "must be tgw- and 8 or 17 hexadecimal digits, got 12345678"),
    ],
)
def test_refuses_a_target_that_is_none(given, says):
    with pytest.raises(ValueError, match=says):
        RouteTo(**given)


@pytest.mark.parametrize(
    ("destination", "says"),
    [
        ("ten", "The destination 'ten' is not an IPv4 block like 10.0.0.0/8."),
        ("fd00::/8", "The destination 'fd00::/8' is IPv6. Hosts dial over IPv4 only; give the IPv4 block."),
        ("10.0.0.1", "The destination '10.0.0.1' must be spelt '10.0.0.1/32'."),
        ("10.0.0.1/8", "The destination '10.0.0.1/8' must be spelt '10.0.0.0/8'."),
        ("0.0.0.0/0", "The destination 0.0.0.0/0 holds public addresses, which leave by the exit. Give blocks within "),
        ("8.8.8.0/24", "10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, 192.168.0.0/16."),
        ("10.0.0.0/7", "The destination 10.0.0.0/7 holds public addresses"),
        ("169.254.0.0/16", "The destination 169.254.0.0/16 cannot be routed: it is link-local"),
    ],
)
def test_refuses_a_destination_that_is_no_private_block(destination, says):
    assert says in refusal(routes={destination: HUB})


def test_refuses_one_block_twice_but_not_blocks_inside_each_other():
    twice = refusal(routes={"10.0.0.0/8": HUB, "10.0.0.0/255.0.0.0": HUB})
    assert twice == "The destinations '10.0.0.0/8' and '10.0.0.0/255.0.0.0' are the same block. Remove one."
    nested = {"10.0.0.0/8": HUB, "10.1.0.0/16": RouteTo(vpc_peering_connection_id=PCX)}
    assert args(routes=nested).routes == nested


def test_refuses_gateways_that_nothing_tells_apart(event_loop_per_test):
    several = {f"10.{i}.0.0/16": RouteTo(transit_gateway_id=pulumi.Output.from_input(TGW)) for i in range(2)}
    assert "several transit gateways with Outputs for ids" in refusal(routes=several)
    vpns = {"10.0.0.0/16": RouteTo(vpn_gateway_id=VGW), "10.1.0.0/16": RouteTo(vpn_gateway_id="vgw-76543210")}
    assert "several VPN gateways, but a VPC has one at most. Keep one" in refusal(routes=vpns)


def test_a_transit_gateway_needs_a_subnet_in_every_zone_but_local_ones():
    assert refusal(attachment_subnets={A: "subnet-a"}) == (
        f"RoutesArgs.attachment_subnets has no subnet in {B}, so hosts there could not reach the transit gateway. "
        "Give one for each of these zones, or set attach=False."
    )
    local = "eu-central-1-ham-1a"
    assert f"has the local zones {local}, where AWS attaches no" in refusal(
        attachment_subnets={A: "a", B: "b", local: "l"}
    )
    assert "attachment_subnets is empty" in refusal(tables={local: "rtb-l"}, attachment_subnets={})
    fits = args(tables={A: "rtb-a", local: "rtb-l"}, attachment_subnets={A: "subnet-a"})
    assert list(fits.tables) == [A, local]


def test_reports_every_problem_together():
    found = refusal(
        tables={A: "rtb-a", B: "rtb-a", "us-east-1a": ""},
        attachment_subnets={A: "subnet-a", B: "subnet-a"},
        routes={"ten": HUB, "8.8.8.8/32": HUB},
    ).splitlines()
    assert found == [
        "The zone 'us-east-1a' is in the region 'us-east-1', but the site is in 'eu-central-1'. Change one.",
        "RoutesArgs.tables['us-east-1a'] is empty. Give the id, or leave the zone out.",
        f"RoutesArgs.tables['{A}'] and RoutesArgs.tables['{B}'] are one and the same, 'rtb-a'. "
        "Each needs one of its own.",
        f"RoutesArgs.attachment_subnets['{A}'] and RoutesArgs.attachment_subnets['{B}'] are one and the same, "
        "'subnet-a'. Each needs one of its own.",
        "The destination 'ten' is not an IPv4 block like 10.0.0.0/8.",
        "The destination 8.8.8.8/32 holds public addresses, which leave by the exit. Give blocks within "
        "10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, 192.168.0.0/16.",
    ]


def test_refuses_one_table_under_two_zones_also_when_it_is_an_output(event_loop_per_test):
    table = pulumi.Output.from_input("rtb-a")
    assert refusal(tables={A: table, B: table}) == (
        f"RoutesArgs.tables['{A}'] and RoutesArgs.tables['{B}'] are one and the same. Each needs one of its own."
    )


def test_refuses_to_route_nothing():
    assert refusal(tables={}, routes={}).splitlines() == [
        "RoutesArgs.tables is empty. Give at least one, {'eu-central-1a': 'rtb-...'}.",
        "RoutesArgs.routes is empty. Give at least one, or leave the component out.",
    ]


def test_refuses_what_decides_the_program_as_an_output(event_loop_per_test):
    with pytest.raises(ValueError, match=r"RouteTo.attach must be a plain value"):
        RouteTo(transit_gateway_id=TGW, attach=pulumi.Output.from_input(True))  # ty: ignore[invalid-argument-type]
    assert "RoutesArgs.routes must be a plain value" in refusal(routes=pulumi.Output.from_input({}))
