from typing import Any

import pytest
from recorder import unknown

from gatepost.aws import Dns, DnsArgs, ExitIp, ExitIps, ExitIpsArgs, Network, NetworkArgs, NetworkRef
from gatepost.labels import Labels
from gatepost.site import ExitRef

LABELS = Labels(environment="dev", network="payments", site="frankfurt")
EIP = "aws:ec2/eip:Eip"
SUBNET = "aws:ec2/subnet:Subnet"
NAT = "aws:ec2/natGateway:NatGateway"
ROUTE = "aws:ec2/route:Route"
LINK = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ZONES = ("eu-central-1a", "eu-central-1b")


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


def test_the_reference_says_where_hosts_stand_and_where_traffic_leaves(deploy):
    refs = []
    deploy(lambda: refs.append(Network("net", args()).ref))
    (ref,) = refs
    assert (ref.region, list(ref.subnets), ref.exit_addresses) == (
        "eu-central-1",
        list(ZONES),
        {"eu-central-1a": "203.0.113.97", "eu-central-1b": "203.0.113.98"},
    )


def test_is_the_same_tree_while_the_addresses_are_unknown(deploy):
    def program():
        ref = ExitRef(id=unknown(), address=unknown())
        return Network("net", args(exits=dict.fromkeys(ZONES, ref)))

    assert deploy(program, preview=True).tree() == deploy(lambda: Network("net", args())).tree()


def test_every_child_belongs_to_the_component_and_is_tagged(deploy):
    seen = deploy(lambda: Network("net", args()))
    assert {parent for typ, _, parent in seen.tree() if typ != "gatepost:aws:Network"} == {"net"}
    untagged = {r.name for r in seen.requests if r.custom and "tags" not in seen.inputs[r.type, r.name]}
    assert untagged == set(seen.of(ROUTE)) | set(seen.of(LINK))  # AWS has no tags for these
    names = {i["tags"]["Name"] for i in seen.inputs.values() if "tags" in i}
    assert "dev-payments-frankfurt-nat-eu-central-1a" in names
    assert [urn.rpartition("::")[2] for urn in seen.completed] == ["net"]


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"zones": ("eu-west-1a", "eu-central-1b")}, "'eu-west-1a' is in the region 'eu-west-1', but the site is in"),
        ({"zones": ("eu-central-1",)}, "'eu-central-1' is not the name of a zone on aws"),
        ({"cidr": "10.40.0.0/28"}, "10.40.0.0/28 is not within /16 and /24"),
        ({"exits": {}}, "NetworkArgs.exits is empty, so hosts would have no way out"),
        ({"exits": {"eu-central-1c": exit_of("eu-central-1c")}}, "The exits eu-central-1c are no zones of the network"),
    ],
)
def test_refuses_a_network_that_could_not_work(over, says):
    with pytest.raises(ValueError, match=says):
        args(**over)


def test_reports_all_problems_together():
    with pytest.raises(ValueError) as refused:
        args(cidr="10.40.0.0/28", exits={}, zones=("eu-west-1a",))
    assert len(str(refused.value).splitlines()) == 3


def test_an_adopted_network_needs_a_subnet_and_zones_of_its_region():
    with pytest.raises(ValueError, match=r"NetworkRef\.subnets is empty"):
        NetworkRef(region="eu-central-1", vpc_id="vpc-1", subnets={})
    with pytest.raises(ValueError, match="'us-east-1a' is in the region 'us-east-1'"):
        NetworkRef(region="eu-central-1", vpc_id="vpc-1", subnets={"us-east-1a": "subnet-1"})


def exits_args(**over):
    given: dict[str, Any] = {"region": "eu-central-1", "labels": LABELS, "addresses": {"eu-central-1a": ExitIp()}}
    return ExitIpsArgs(**(given | over))


def test_exit_ips_are_made_by_key_protected_and_retained_where_asked(deploy):
    both = {"eu-central-1a": ExitIp(), "eu-central-1b": ExitIp()}
    seen = deploy(lambda: ExitIps("exits", exits_args(addresses=both, protect=True, retain=True)))
    assert {n: (i["domain"], i["region"]) for n, i in seen.of(EIP).items()} == {
        "exits-ip-eu-central-1a": ("vpc", "eu-central-1"),
        "exits-ip-eu-central-1b": ("vpc", "eu-central-1"),
    }
    assert all(seen.request(name).protect and seen.request(name).retainOnDelete for name in seen.of(EIP))
    assert seen.of(EIP)["exits-ip-eu-central-1a"]["tags"]["gatepost-exit"] == "eu-central-1a"


def test_exit_ips_are_neither_protected_nor_retained_unless_asked(deploy):
    seen = deploy(lambda: ExitIps("exits", exits_args()))
    request = seen.request("exits-ip-eu-central-1a")
    assert not request.protect
    assert not request.retainOnDelete


def test_an_adopted_exit_ip_is_only_read(deploy):
    exits = []
    seen = deploy(lambda: exits.append(ExitIps("exits", exits_args(addresses={"a": ExitIp(adopt="eipalloc-0abc")}))))
    assert seen.of(EIP) == {}  # nothing is registered as ours: a read brings the address in
    assert seen.inputs[EIP, "exits-ip-a"] == {"region": "eu-central-1"}


def test_exit_ips_need_a_key_that_fits_into_names():
    with pytest.raises(ValueError, match=r"ExitIpsArgs.addresses is empty"):
        exits_args(addresses={})
    with pytest.raises(ValueError, match=r"The zone key 'Zone A' is not written as a key"):
        exits_args(addresses={"Zone A": ExitIp()})


def test_dns_puts_the_servers_into_the_vpcs_dhcp_options(deploy):
    args_ = DnsArgs(region="eu-central-1", labels=LABELS, vpc_id="vpc-1", servers=["10.40.0.2", "10.40.0.3"])
    seen = deploy(lambda: Dns("dns", args_))
    assert seen.only("aws:ec2/vpcDhcpOptions:VpcDhcpOptions")["domainNameServers"] == ["10.40.0.2", "10.40.0.3"]
    link = seen.only("aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation")
    assert (link["vpcId"], link["dhcpOptionsId"]) == ("vpc-1", "dns-options-id")


def test_dns_takes_one_to_four_ipv4_addresses():
    with pytest.raises(ValueError) as refused:
        DnsArgs(
            region="eu-central-1", labels=LABELS, vpc_id="vpc-1", servers=["ns"] + [f"10.0.0.{i}" for i in range(4)]
        )
    assert "'ns' is not an IPv4 address" in str(refused.value)
    assert "A VPC takes one to four DNS servers, got 5" in str(refused.value)
