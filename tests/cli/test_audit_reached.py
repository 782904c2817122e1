"""Which Resources a host reaches, where AWS's answers are written by hand."""

from typing import Any

import pytest
from cli.plan_data import ADOPTED, AWS, settings
from cli.test_audit_pure import NAT, host, table, to

from gatepost.audit.pairs import Pairs
from gatepost.audit.place import Place
from gatepost.audit.reach import unreached
from gatepost.audit.routes import led
from gatepost.audit.twingate import Connector
from gatepost_policies.judge import UNKNOWN

DATABASE = {"address": "10.9.0.0/16", "protocol": "tcp", "ports": 5432}
LOCAL = to("local", "10.40.0.0/22")
PRIVATE_NAT = {**NAT, "ConnectivityType": "private"}
TOLD = {**to("vgw-1", "10.9.0.0/16"), "Origin": "EnableVgwRoutePropagation"}


@pytest.mark.parametrize(
    ("rows", "nats", "found"),
    [
        ([LOCAL, to("igw-1")], [], ["10.40.0.0/22"]),
        ([LOCAL, to("eni-1")], [], ["0.0.0.0/0", "10.40.0.0/22"]),
        ([to("tgw-1", "10.8.0.0/15"), to("pcx-1", "10.9.0.0/16", "blackhole")], [], ["10.8.0.0/16"]),
        ([to("pcx-1", "10.9.0.0/16", "blackhole"), to("tgw-1", "10.9.3.0/24")], [], ["10.9.3.0/24"]),
        ([{"DestinationCidrBlock": "10.9.0.0/16"}], [], []),
        ([to("nat-1")], [NAT], ["10.9.0.0/16", "10.40.0.0/22"]),
        ([to("nat-1", "10.9.4.0/24")], [PRIVATE_NAT], ["10.9.4.0/24"]),
        ([to("nat-1")], [{**NAT, "State": "deleted"}], []),
        ([to("nat-1")], [], []),
        ([to("nat-1")], None, ["0.0.0.0/0"]),
        ([to("pcx-1", "10.9.0.0/16", "blackhole"), TOLD], [], []),
        ([{**TOLD, "State": "blackhole"}, to("tgw-1", "10.9.0.0/16")], [], ["10.9.0.0/16"]),
    ],
)
def test_where_routes_lead(rows: Any, nats: Any, found: list[str]) -> None:
    inner = table("public", LOCAL, to("igw-1"), to("nat-1", "10.0.0.0/9"), to("tgw-1", "10.9.0.0/16"))
    private = table("private", *rows)
    assert led(Place("r-1", tables=[private, inner], nats=nats), private) == found


def test_a_regional_gateway_has_a_table_of_its_own() -> None:
    own = {**table("own", to("igw-1"), to("tgw-1", "10.9.0.0/16")), "Associations": []}
    private = table("private", to("nat-1"))
    regional = {**{key: value for key, value in NAT.items() if key != "SubnetId"}, "RouteTableId": "rtb-own"}
    assert led(Place("r-1", tables=[private, own], nats=[regional]), private) == ["10.9.0.0/16"]


TAGS = {"gatepost-environment": "prod", "gatepost-network": "pay", "gatepost-site": "main"}
TABLE = table("private", LOCAL, to("tgw-1", "10.9.0.0/16"), to("tgw-2"))


def rule(protocol: str, cidr: Any = "10.9.0.0/16", **more: Any) -> dict[str, Any]:
    return {"GroupId": "sg-1", "IsEgress": True, "IpProtocol": protocol, "CidrIpv4": cidr, **more}


def ports(first: int, last: int) -> dict[str, Any]:
    return rule("tcp", FromPort=first, ToPort=last)


def told(
    *rows: dict[str, Any], resource: Any = DATABASE, site: Any = AWS, connector: Connector | None = None, **more: Any
) -> list[str]:
    """What is said of one host behind a group with these rules, without how to mend it."""
    tags = [{"Key": key, "Value": value} for key, value in more.pop("tags", TAGS).items()]
    one = host(Tags=tags, State={"Name": more.pop("state", "running")}, SecurityGroups=[{"GroupId": "sg-1"}])
    one.region = "eu-central-1"
    network = {"resources": [resource], **more.pop("network", {})}
    place: dict[str, Any] = {
        "groups": [{"GroupId": "sg-1"}],
        "rules": list(rows),
        "tables": [TABLE],
        "nats": [],
        **more,
    }
    pairs = Pairs({one: connector} if connector else {})
    found = unreached([Place("eu-central-1", [one], **place)], pairs, settings({"main": site}, **network))
    return [finding.text.partition("': ")[2].partition(" Add")[0] for finding in found]


ALL = "No rule allows tcp 5432 10.9.0.0/16."


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([], [ALL]),
        ([rule("-1")], []),
        ([rule("tcp", FromPort=-1, ToPort=-1)], []),
        ([rule("tcp", "10.9.3.4/8", FromPort=0, ToPort=65535)], []),
        ([ports(1, 5431), ports(5433, 65535)], [ALL]),
        ([rule("udp", FromPort=5432, ToPort=5432)], [ALL]),
        ([rule("50")], [ALL]),
        ([rule("icmp", FromPort=8, ToPort=-1)], [ALL]),
        ([{**ports(5432, 5432), "IsEgress": False}], [ALL]),
        ([{**ports(5432, 5432), "GroupId": "sg-2"}], [ALL]),
        ([rule("-1", None, CidrIpv6="::/0")], [ALL]),
        ([rule("-1", None, ReferencedGroupInfo={"GroupId": "sg-9"})], []),
        ([rule("-1", UNKNOWN, PrefixListId="pl-1")], []),
    ],
)
def test_what_rules_of_groups_let_out(rows: Any, found: list[str]) -> None:
    assert told(*rows) == found


def test_routes_that_nobody_could_read_are_no_finding() -> None:
    assert (told(rule("-1"), tables=[]), told(rule("-1"), tables=None)) == ([], [])


@pytest.mark.parametrize("unknown", [{"groups": []}, {"rules": None}])
def test_a_group_that_nobody_could_read_is_no_finding(unknown: Any) -> None:
    assert told(**unknown) == []


def test_without_an_answer_about_the_tags_of_groups_rules_still_count() -> None:
    assert told(groups=None) == [ALL]


@pytest.mark.parametrize("kinds", [[rule("icmp", FromPort=8, ToPort=-1)], [rule("-1")]])
def test_icmp_has_no_ports(kinds: Any) -> None:
    assert told(*kinds, resource={"address": "10.9.0.0/16", "protocol": "icmp"}) == []


def test_names_lead_where_the_settings_say_for_the_host_s_site() -> None:
    name = {"address": "db.acme.internal", "protocol": "tcp", "ports": 5432, "resolves_to": {"main": ["10.9.0.7"]}}
    lost = ["No rule allows tcp 5432 10.9.0.7/32."]
    assert told(resource=name) == lost
    assert told(resource=name, tags={**TAGS, "gatepost-site": "gone"}) == lost  # the only site of its region
    elsewhere = {**AWS, "region": "us-east-1"}
    elsewhere["network"] = {"create": {"cidr": "10.40.0.0/22", "zones": ["us-east-1a", "us-east-1b"]}}
    assert told(resource=name, site=elsewhere) == ["No rule allows tcp 5432 to any address."]


def test_dns_servers_that_cannot_be_asked() -> None:
    name = {"address": "db.acme.internal", "protocol": "tcp", "ports": 5432}
    asked = [rule(kind, "10.9.0.0/16", FromPort=53, ToPort=53) for kind in ("tcp", "udp")]
    opened = ports(5432, 5432)
    site = {**ADOPTED, "dns": ["10.9.0.2"]}
    lost = "No DNS server can be asked: 10.9.0.2 cannot be reached."
    (text,) = told(opened, resource=name, site=site)
    assert text == f"{lost} Lead a route to a DNS server of the site (`dns`), and let out tcp and udp 53 to it."
    assert told(opened, *asked, resource=name, site=site) == []
    assert told(opened, resource=name, site={**AWS, "dns": ["10.40.0.2"]}) == []  # the resolver of the VPC


def test_private_names_without_a_server_are_not_known() -> None:
    assert told(ports(5432, 5432), resource={"address": "db.acme.internal", "protocol": "tcp", "ports": 5432}) == []


def test_public_addresses() -> None:
    public, out = {"address": "198.51.100.7", "protocol": "tcp", "ports": 443}, rule("-1", "0.0.0.0/0")
    inside = table("private", LOCAL)
    assert told(out, resource=public) == []
    assert told(out, resource=public, tables=[inside]) == [
        "There is no way to public addresses such as 198.51.100.7/32. Lead 0.0.0.0/0 in route table rtb-private to a "
        "NAT gateway that is available."
    ]
    assert told(out, resource=public, tables=[inside], state="stopped") == []


def test_private_resources_of_an_exit_network() -> None:
    (text,) = told(resource=DATABASE, network={"type": "EXIT", "relay_only": "partners only need the address"})
    assert text == f"{ALL} An EXIT network leads to public addresses only. List the Resource in a REGULAR network."


@pytest.mark.parametrize(
    ("name", "id", "network", "found"),
    [
        ("pay-prod", "1", {}, [ALL]),
        ("pay", "1", {}, []),
        ("Payments", "1", {"title": "Payments"}, [ALL]),
        ("x", "UmVtb3RlTmV0d29yazox", {"adopt": "UmVtb3RlTmV0d29yazox"}, [ALL]),
        ("pay-prod", "UmVtb3RlTmV0d29yazoy", {"adopt": "UmVtb3RlTmV0d29yazox"}, []),
    ],
)
def test_hosts_without_tags_are_of_the_network_that_twingate_tells(
    name: str, id: str, network: Any, found: list[str]
) -> None:
    texts = {"id": "c", "name": "c", "state": "ALIVE", "hostname": "", "public_ip": "", "version": "1"}
    one = Connector(**texts, private_ips=(), network=name, network_id=id, location="AWS", network_type="REGULAR")
    assert told(connector=one, tags={}, network=network) == found
    assert told(connector=one, tags={"gatepost-network": "pay"}, network=network) == found


@pytest.mark.parametrize("tag", ["gatepost-network", "gatepost-environment"])
def test_hosts_of_networks_that_the_settings_do_not_have_are_left_alone(tag: str) -> None:
    assert told(tags={**TAGS, tag: "shop"}) == []


def test_hosts_that_only_a_name_tells_of_are_not_judged() -> None:
    one = host(Tags=[{"Key": key, "Value": value} for key, value in TAGS.items()])
    one.sure = False
    place = Place("eu-central-1", [one], groups=[{"GroupId": "sg-1"}], rules=[], tables=[TABLE], nats=[])
    assert list(unreached([place], Pairs(), settings({"main": AWS}, resources=[DATABASE]))) == []
