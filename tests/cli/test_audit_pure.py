"""Ways out, reaches and pairs where AWS's answers are written by hand: what the sandbox cannot show."""

from typing import Any

import pytest

from gatepost.audit.checks import Limits, check
from gatepost.audit.find import Host
from gatepost.audit.pairs import doubts, judge_pairs, match
from gatepost.audit.place import Place
from gatepost.audit.routes import Exit, way_out
from gatepost.audit.shapes import SHAPES, shape
from gatepost.audit.twingate import Connector
from gatepost_policies.topology import AWS_NAT

ANY = "0.0.0.0/0"


def host(number: int = 1, **more: Any) -> Host:
    raw = {
        "InstanceId": f"i-{number}",
        "ImageId": "ami-1",
        "State": {"Name": "running"},
        "SubnetId": "subnet-private",
        "VpcId": "vpc-1",
        "PrivateIpAddress": f"10.0.0.{number}",
        "PrivateDnsName": f"ip-10-0-0-{number}.ec2.internal",
        "Placement": {"AvailabilityZone": "r-1a"},
        "SecurityGroups": [{"GroupId": "sg-1"}],
    }
    return Host("r-1", {**raw, **more}, why=("a name",))


def table(name: str, *routes: dict[str, Any], main: bool = False) -> dict[str, Any]:
    links = [{"SubnetId": f"subnet-{name}"}, {"Main": main}]
    return {"RouteTableId": f"rtb-{name}", "VpcId": "vpc-1", "Associations": links, "Routes": list(routes)}


def to(target: str, cidr: str = ANY, state: str = "active") -> dict[str, Any]:
    keys = {
        "nat": "NatGatewayId",
        "tgw": "TransitGatewayId",
        "pcx": "VpcPeeringConnectionId",
        "eni": "NetworkInterfaceId",
    }
    return {"DestinationCidrBlock": cidr, keys.get(target[:3], "GatewayId"): target, "State": state}


PUBLIC = table("public", to("local", "10.0.0.0/16"), to("igw-1"))
NAT = {
    "NatGatewayId": "nat-1",
    "VpcId": "vpc-1",
    "SubnetId": "subnet-public",
    "State": "available",
    "ConnectivityType": "public",
    "NatGatewayAddresses": [{"PublicIp": "198.51.100.1", "AllocationId": "eipalloc-1"}],
}
REGIONAL = {
    **{key: value for key, value in NAT.items() if key != "SubnetId"},
    "AvailabilityMode": "regional",
    "NatGatewayAddresses": [
        {"PublicIp": "198.51.100.2", "AvailabilityZone": "r-1b", "AllocationId": "eipalloc-2"},
        {"PublicIp": "198.51.100.1", "AvailabilityZone": "r-1a", "AllocationId": "eipalloc-1"},
    ],
}


def place(*routes: dict[str, Any], nat: Any = NAT, hosts: tuple[Host, ...] = (), **more: Any) -> Place:
    local = to("local", "10.0.0.0/16")
    known: dict[str, Any] = {"tables": [PUBLIC, table("private", local, *routes)], "nats": [nat], **more}
    return Place("r-1", list(hosts), **known)


WAYS: dict[str, tuple[Place, Exit | None]] = {
    "NAT gateway": (place(to("nat-1")), Exit(address="198.51.100.1", nat="nat-1")),
    "regional NAT gateway": (place(to("nat-1"), nat=REGIONAL), Exit(address="198.51.100.1", nat="nat-1")),
    "the most specific route": (
        place(to("nat-1"), to("tgw-1", "8.0.0.0/8")),
        Exit(beyond="tgw-1"),
    ),
    "main table": (
        Place("r-1", tables=[PUBLIC, table("other", to("tgw-1"), main=True)], nats=[]),
        Exit(beyond="tgw-1"),
    ),
    "no table": (
        Place("r-1", tables=[PUBLIC], nats=[]),
        Exit(problem="is in subnet subnet-private, which has no route table"),
    ),
    "blackhole": (
        place(to("nat-1", state="blackhole")),
        Exit(
            problem="has no route to the internet: route table rtb-private of subnet subnet-private sends it to nat-1, "
            "which is gone (a blackhole)"
        ),
    ),
    "private NAT gateway": (
        place(to("nat-1"), nat={**NAT, "ConnectivityType": "private"}),
        Exit(beyond="private NAT gateway nat-1"),
    ),
    "NAT gateway without address": (
        place(to("nat-1"), nat={**NAT, "NatGatewayAddresses": []}),
        Exit(
            problem="has no way to the internet: route table rtb-private of subnet subnet-private leads to NAT gateway "
            "nat-1, which has no address"
        ),
    ),
    "internet gateway, no address": (
        place(to("igw-1")),
        Exit(
            problem="has no way to the internet: route table rtb-private of subnet subnet-private leads to igw-1, but "
            "the host has no public address"
        ),
    ),
    "tables not known": (Place("r-1", nats=[]), None),
    "gateways not known": (place(to("nat-1"), nats=None), None),
}


@pytest.mark.parametrize("case", WAYS)
def test_how_a_host_leaves(case: str) -> None:
    where, expected = WAYS[case]
    assert way_out(where, host()) == expected


def test_a_stopped_host_has_no_address_and_that_is_all() -> None:
    where = place(to("igw-1"), hosts=(host(State={"Name": "stopped"}),))
    assert [one.rule for one in check(where, Limits())] == ["host-running"]


def rule(cidr: str, protocol: str = "tcp", first: int = 5432, last: int = 5432) -> dict[str, Any]:
    return {
        "GroupId": "sg-1",
        "IsEgress": True,
        "IpProtocol": protocol,
        "FromPort": first,
        "ToPort": last,
        "CidrIpv4": cidr,
    }


REACHES: dict[str, tuple[Place, list[str]]] = {
    "by the default route to a transit gateway": (place(to("tgw-1"), rules=[rule("10.9.0.0/16")]), []),
    "a part of it": (place(to("nat-1"), to("pcx-1", "10.9.1.0/24"), rules=[rule("10.9.0.0/16")]), []),
    "by a private NAT gateway": (
        place(to("nat-1"), nat={**NAT, "ConnectivityType": "private"}, rules=[rule("10.9.0.0/16")]),
        [],
    ),
    "the vendor's own rule in blocks": (place(to("nat-1"), rules=[rule("172.16.0.0/12", "udp", 1, 65535)]), []),
    "public": (place(to("nat-1"), rules=[rule("8.8.8.0/24")]), []),
    "into the internet": (
        place(to("nat-1"), rules=[rule("10.9.0.0/16")]),
        ["may dial 10.9.0.0/16 by its security group, but route table rtb-private has no route there"],
    ),
    "into nothing": (
        place(to("nat-1"), to("pcx-1", "10.9.0.0/16", "blackhole"), rules=[rule("10.9.0.0/16")]),
        ["may dial 10.9.0.0/16, but route table rtb-private sends it to pcx-1, which is gone (a blackhole)"],
    ),
    "not known": (place(to("nat-1"), rules=None), []),
}


@pytest.mark.parametrize("case", REACHES)
def test_routes_to_what_groups_open(case: str) -> None:
    where, expected = REACHES[case]
    where.hosts = [host()]
    texts = [one.text for one in check(where, Limits()) if one.rule == "host-reach-routes"]
    assert len(texts) == len(expected)
    assert all(text.startswith(f"Instance 'i-1' {part}") for text, part in zip(texts, expected, strict=True))


def test_an_image_that_is_gone() -> None:
    where = place(to("nat-1"), hosts=(host(),), images=[])
    (found,) = check(where, Limits())
    assert (found.rule, found.text) == (
        "host-image-age",
        "Instance 'i-1' runs the image ami-1, which is gone or not shared any more, so its age is not known. "
        "Make the host anew from Twingate's newest image.",
    )


def test_a_regional_gateway_that_takes_new_addresses_has_none_of_its_own() -> None:
    own = shape(AWS_NAT, "nat-1", {**REGIONAL, "AutoProvisionZones": "disabled"})
    assert own.props["availabilityZoneAddresses"] == [
        {"availabilityZone": "r-1b", "allocationIds": ["eipalloc-2"]},
        {"availabilityZone": "r-1a", "allocationIds": ["eipalloc-1"]},
    ]
    automatic = shape(AWS_NAT, "nat-1", {**REGIONAL, "AutoProvisionZones": "enabled"})
    assert automatic.props["availabilityZoneAddresses"] is None
    assert {key for row in SHAPES.values() for key in row} >= {"id", "tags"}


def connector(name: str, address: str = "", **more: Any) -> Connector:
    base: dict[str, Any] = {
        "id": name,
        "name": name,
        "state": "ALIVE",
        "hostname": "",
        "public_ip": "",
        "private_ips": (address,) if address else (),
        "version": "1.80.0",
        "network": "payments",
        "network_id": "n",
        "location": "AWS",
        "network_type": "REGULAR",
    }
    return Connector(**{**base, **more})


TAGS = [
    {"Key": f"gatepost-{key}", "Value": value}
    for key, value in (("network", "payments"), ("site", "frankfurt"), ("slot", "a"))
]
MATCHES: dict[str, tuple[list[Host], list[Connector], dict[str, str]]] = {
    "private address": ([host(1), host(2)], [connector("x", "10.0.0.2")], {"i-2": "x"}),
    "name of gatepost": (
        [host(1, Tags=TAGS), host(2)],
        [connector("payments-frankfurt-b-1f"), connector("payments-frankfurt-a-1f")],
        {"i-1": "payments-frankfurt-a-1f"},
    ),
    "the tag Name": ([host(1, Tags=[{"Key": "Name", "Value": "x"}])], [connector("x")], {"i-1": "x"}),
    "host name and exit": (
        [host(1), host(2)],
        [connector("x", hostname="ip-10-0-0-2", public_ip="198.51.100.1")],
        {"i-2": "x"},
    ),
    "host name alone": ([host(1)], [connector("x", hostname="ip-10-0-0-1")], {}),
    "exit alone": ([host(1)], [connector("x", public_ip="198.51.100.1")], {}),
    "the better of two": (
        [host(1), host(2, PrivateIpAddress="10.0.0.1")],
        [connector("x", "10.0.0.1", hostname="ip-10-0-0-2")],
        {"i-2": "x"},
    ),
    "old and new of one slot": (
        [host(1, Tags=TAGS), host(2, Tags=TAGS)],
        [connector("payments-frankfurt-a-old", "10.0.0.1"), connector("payments-frankfurt-a-new", "10.0.0.2")],
        {"i-1": "payments-frankfurt-a-old", "i-2": "payments-frankfurt-a-new"},
    ),
}


@pytest.mark.parametrize("case", MATCHES)
def test_which_connector_runs_on_which_host(case: str) -> None:
    hosts, told, expected = MATCHES[case]
    pairs = match([place(to("nat-1"), hosts=tuple(hosts))], told)
    assert {h.id: one.name for h, one in pairs.by_host.items()} == expected
    assert not pairs.doubtful


def test_a_name_counts_where_a_connector_fits() -> None:
    one, other = host(1), host(2)
    one.sure = other.sure = False
    match([place(to("nat-1"), hosts=(one, other))], [connector("x", "10.0.0.2")])
    assert [(h.sure, h.why) for h in (one, other)] == [
        (False, ("a name",)),
        (True, ("a name", "a Connector of Twingate fits it")),
    ]


def test_what_fits_equally_well_is_left_open() -> None:
    one, other = host(1), host(2, PrivateIpAddress="10.0.0.1")
    where = place(to("nat-1"), hosts=(one, other))
    pairs = match([where], [connector("x", "10.0.0.1"), connector("y", location="AWS")])
    assert (pairs.by_host, [c.name for c in pairs.hostless()]) == ({}, ["y"])
    assert [note.what for note in doubts(pairs)] == ["which Connector runs on i-1", "which Connector runs on i-2"]
    found = [(f.rule, f.resource) for f in judge_pairs([where], pairs, whole=True)]
    assert found == [("connector-without-host", "y")]


def test_what_follows_from_pairs() -> None:
    where = place(to("nat-1"), hosts=(host(1), host(2), host(3)))
    told = [
        connector("fine", "10.0.0.1", public_ip="198.51.100.1"),
        connector("moved", "10.0.0.2", public_ip="203.0.113.9"),
        connector("elsewhere"),
        connector("google", network="g", network_id="g", location="GOOGLE_CLOUD"),
    ]
    pairs = match([where], told)
    assert [(f.rule, f.severity, f.resource) for f in judge_pairs([where], pairs, whole=True)] == [
        ("connector-exit-address", "high", "moved"),
        ("host-without-connector", "medium", "i-3"),
        ("connector-without-host", "low", "elsewhere"),
    ]
