"""`gatepost audit aws` against the sandbox: what it finds about hosts that do one thing wrong."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from cli.audit_lab import BROAD, HOME, UBUNTU, Account, Site, account, empty, number, sandbox, sites
from sandbox.lab import permission

__all__ = ["account", "empty", "number", "sandbox", "sites"]


@pytest.fixture
def site(empty: Account) -> Site:
    return Site(empty)


@pytest.fixture
def shared(empty: Account, sites: dict[str, Site]) -> Site:
    """For tests that change hosts only."""
    empty.regions.add(HOME)
    if "shared" not in sites:
        sites["shared"] = Site(empty)
    return sites["shared"]


def test_good_hosts_have_no_findings(account: Account, shared: Site) -> None:
    hosts = [shared.host("a"), shared.host("b", "b")]
    said = account.audit()
    report = said.report
    assert (said.found, report["not_checked"], said.status) == ([], [], 0)
    assert [(h["id"], h["exit_ip"], h["network"], h["judged"]) for h in report["hosts"]] == [
        (hosts[0], shared.exits["a"], "prod/payments", True),
        (hosts[1], shared.exits["b"], "prod/payments", True),
    ]
    assert report["hosts"][0]["why"] == ["gatepost's tags", "Twingate's image", "user data of a Connector"]


def inbound(site: Site) -> None:
    site.ec2.authorize_security_group_ingress(GroupId=site.group, IpPermissions=[permission("tcp", 22, 22)])


def no_route(site: Site) -> None:
    site.ec2.delete_route(RouteTableId=site.tables["a"], DestinationCidrBlock="0.0.0.0/0")


def nat_gone(site: Site) -> None:
    site.ec2.delete_nat_gateway(NatGatewayId=site.nats["a"])


def nat_cut_off(site: Site) -> None:
    filters = [{"Name": "association.subnet-id", "Values": [site.public["a"]]}]
    table = site.ec2.describe_route_tables(Filters=filters)["RouteTables"][0]["RouteTableId"]
    site.ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")


def own_address(site: Site) -> None:
    where = {"SubnetId": site.public["a"], "DeviceIndex": 0, "AssociatePublicIpAddress": True, "Groups": [site.group]}
    host = site.host("a", SubnetId=None, SecurityGroupIds=None, NetworkInterfaces=[where])
    address = site.ec2.allocate_address(Domain="vpc")
    site.ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=host)


def lent_address(site: Site) -> str:
    where = {"SubnetId": site.public["a"], "DeviceIndex": 0, "AssociatePublicIpAddress": True, "Groups": [site.group]}
    return site.host("a", SubnetId=None, SecurityGroupIds=None, NetworkInterfaces=[where])


def attached(site: Site, *arns: str) -> str:
    role = site.role("a")
    for arn in arns:
        site.iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    return site.host("a", Profile=role)


def own_policy(site: Site) -> str:
    made = site.iam.create_policy(PolicyName=f"wide-{site.number}", PolicyDocument=json.dumps(BROAD))
    return attached(site, made["Policy"]["Arn"])


def inline(site: Site) -> str:
    role = site.role("a")
    site.iam.put_role_policy(RoleName=role, PolicyName="more", PolicyDocument=json.dumps(BROAD))
    return site.host("a", Profile=role)


def shared_role(site: Site) -> str:
    role = site.role("a")
    site.host("c", "b", Profile=role)
    return site.host("a", Profile=role)


def stopped(site: Site) -> str:
    host = site.host("a")
    site.ec2.stop_instances(InstanceIds=[host])
    return host


JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJjb25uZWN0b3IifQ.c2lnbmF0dXJlLW9mLXRoaXM"
TOKEN = f"TWINGATE_ACCESS_TOKEN={JWT}\n"
OPEN = {"HttpTokens": "optional", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 1}
PLAIN_DISK = [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8}}]

# What is wrong, the findings as (rule, severity), and a part of the first one's text.
WRONG: dict[str, tuple[Callable[[Site], Any], list[tuple[str, str]], str]] = {
    "inbound rule": (inbound, [("aws-ec2-no-ingress", "critical")], "lets in tcp 22 from 0.0.0.0/0"),
    "egress too wide": (
        lambda s: s.open("tcp", 22, 22),
        [("aws-ec2-egress", "high")],
        "lets out tcp 22 to 0.0.0.0/0",
    ),
    "egress too narrow": (
        lambda s: s.close("tcp", 443, 443),
        [("connector-vendor-ports", "high")],
        "lets out no tcp 443",
    ),
    "no route": (no_route, [("host-internet-route", "high")], "sends 0.0.0.0/0 nowhere"),
    "NAT gateway gone": (nat_gone, [("host-internet-route", "high")], "which is"),
    "NAT gateway cut off": (nat_cut_off, [("host-internet-route", "high")], "no route to an internet gateway"),
    "reach without route": (
        lambda s: s.open("tcp", 5432, 5432, "10.99.0.0/16"),
        [("host-reach-routes", "medium")],
        "may dial 10.99.0.0/16 by its security group",
    ),
    "reach within the VPC": (lambda s: s.open("tcp", 5432, 5432, "10.0.0.0/8"), [], ""),
    "own fixed address": (own_address, [], ""),
    "address of the subnet": (
        lent_address,
        [("aws-ec2-no-public-ip", "high"), ("host-static-exit", "medium")],
        "sets `associatePublicIpAddress` to true",
    ),
    "IMDSv1": (lambda s: s.host("a", MetadataOptions=OPEN), [("aws-ec2-imdsv2", "high")], "to 'optional'"),
    "plain disk": (
        lambda s: s.host("a", BlockDeviceMappings=PLAIN_DISK),
        [("aws-ec2-encrypted-disks", "high")],
        "sets `rootBlockDevice.encrypted` to false",
    ),
    "managed policy": (
        lambda s: attached(s, "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"),
        [("aws-iam-own-identity", "high"), ("connector-interchangeable", "medium")],
        "attaches AmazonSSMManagedInstanceCore",
    ),
    "own policy": (own_policy, [("aws-iam-own-identity", "high")], "opens the secrets '*' in `policy`"),
    "inline policy": (inline, [("aws-iam-own-identity", "high")], "opens the secrets '*' in `policy`"),
    "shared role": (shared_role, [("aws-iam-own-identity", "high")], "is the role of 2 hosts"),
    "token in user data": (
        lambda s: s.host("a", UserData=TOKEN),
        [("twingate-tokens-not-in-text", "critical")],
        "holds a Connector's token in `userData`",
    ),
    "token in gzip": (
        lambda s: s.host("a", UserData=gzip.compress(TOKEN.encode())),
        [("twingate-tokens-not-in-text", "critical")],
        "holds a Connector's token",
    ),
    "key pair": (
        lambda s: s.host("a", KeyName=s.ec2.create_key_pair(KeyName="ops")["KeyName"]),
        [("aws-ec2-no-key-pair", "medium")],
        "sets `keyName` to 'ops'",
    ),
    "too big": (
        lambda s: s.host("a", InstanceType="m5.24xlarge"),
        [("aws-ec2-size", "low")],
        "sets `instanceType` to 'm5.24xlarge'",
    ),
    "stopped": (stopped, [("host-running", "medium")], "is stopped"),
}


OF_THE_NETWORK = {
    "inbound rule",
    "egress too wide",
    "egress too narrow",
    "no route",
    "NAT gateway gone",
    "NAT gateway cut off",
    "reach without route",
    "reach within the VPC",
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_found_and_nothing_else(account: Account, case: str, request: pytest.FixtureRequest) -> None:
    change, expected, words = WRONG[case]
    site: Site = request.getfixturevalue("site" if case in OF_THE_NETWORK else "shared")
    made = change(site)
    if not isinstance(made, str) and case != "own fixed address":
        site.host("a")
    site.host("b", "b")
    said = account.audit()
    found = [(one["rule"], one["severity"]) for one in said.report["findings"]]
    assert sorted(dict.fromkeys(found)) == sorted(expected), said.out
    assert said.report["not_checked"] == []
    assert words in "".join(one["text"] for one in said.report["findings"])
    assert said.status == (1 if expected else 0)


def test_hosts_of_one_zone(account: Account, shared: Site) -> None:
    shared.host("a"), shared.host("b")
    (found,) = account.audit().report["findings"]
    assert (found["rule"], found["severity"], found["resource"]) == (
        "connector-failure-domains",
        "medium",
        "prod/payments",
    )


def test_old_images(account: Account, shared: Site) -> None:
    hosts = [shared.host("a"), shared.host("b", "b", ImageId="ami-0617935088040a001")]
    said = account.audit("--image-days", "30000")
    assert said.found == []
    old = account.audit("--image-days", "1")
    assert sorted(old.found) == sorted(("host-image-age", "medium", host) for host in hosts)


def test_findings_about_a_group_name_its_hosts(account: Account, site: Site) -> None:
    inbound(site)
    hosts = {site.host("a"), site.host("b", "b")}
    (found,) = account.audit().report["findings"]
    assert (set(found["hosts"]), found["region"]) == (hosts, HOME)
    assert found["type"] == "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    assert found["url"] == "https://www.twingate.com/docs/connector-best-practices"


UNDECLARED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "image": ({"Tags": {"Name": "web"}, "UserData": None}, ["Twingate's image"]),
    "user data": ({"Tags": {}, "ImageId": UBUNTU}, ["user data of a Connector"]),
    "name": ({"Tags": {"Name": "Twingate Connector 2"}, "ImageId": UBUNTU, "UserData": None}, ["its name"]),
}


@pytest.mark.parametrize("case", UNDECLARED)
def test_undeclared_hosts_are_found(account: Account, shared: Site, case: str) -> None:
    changes, why = UNDECLARED[case]
    host = shared.host("a", Profile=shared.role("web"), **changes)
    report = account.audit().report
    assert [(h["id"], h["why"], h["judged"], h["network"]) for h in report["hosts"]] == [(host, why, True, "")]


def test_a_word_in_a_name_alone_is_told_but_not_judged(account: Account, site: Site) -> None:
    inbound(site)
    host = site.host("a", Profile=site.role("web"), Tags={"access": "by Twingate"}, ImageId=UBUNTU, UserData=None)
    other = site.host("b", Profile=site.role("db"), Tags={}, ImageId=UBUNTU, UserData=None)
    said = account.audit()
    assert [(h["id"], h["judged"], h["why"]) for h in said.report["hosts"]] == [
        (host, False, ["a tag speaks of Twingate"])
    ]
    assert (said.found, said.status) == ([], 0)
    more = account.audit("--perhaps")
    assert "aws-ec2-no-ingress" in more.rules
    assert other not in more.out
    assert "Not judged: 1 instance that only a name tells of" in account.text("--region", HOME).out


def test_an_account_without_hosts(account: Account) -> None:
    said = account.text("--region", HOME)
    assert (said.status, said.err) == (0, "")
    assert said.out == f"Account {account.number}, 1 region: 0 Connector hosts; found: nothing.\n"
