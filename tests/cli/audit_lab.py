"""Connector hosts in accounts of their own, made with boto3 one call at a time, and an audit of them."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from sandbox.helpers import Sandbox
from sandbox.lab import RULES, TRUST, permission
from typer.testing import CliRunner

from gatepost.cli.audit import app

NUMBERS = itertools.count(100000000001)
SITES = itertools.count(1)
ROLES = itertools.count(1)
HOME = "eu-central-1"
UBUNTU = "ami-1e749f67"  # of moto's own list
BROAD = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}}


@dataclass
class Answer:
    """What one run of the command said."""

    status: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(self.out)

    @property
    def found(self) -> list[tuple[str, str, str]]:
        """Rule, severity and resource of each finding."""
        return [(one["rule"], one["severity"], one["resource"]) for one in self.report["findings"]]

    @property
    def rules(self) -> list[str]:
        return sorted({rule for rule, _, _ in self.found})


class Account:
    """An account of the sandbox that nobody else uses, and the audit of it."""

    def __init__(self, sandbox: Sandbox, number: str, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.sandbox, self.number, self.patch = sandbox, number, patch
        self.regions: set[str] = set()
        role = sandbox.client("sts").assume_role(RoleArn=f"arn:aws:iam::{self.number}:role/x", RoleSessionName="audit")
        self.use(role["Credentials"]["AccessKeyId"], role["Credentials"]["SecretAccessKey"])
        patch.setenv("AWS_SESSION_TOKEN", role["Credentials"]["SessionToken"])
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "TWINGATE_API_TOKEN", "TWINGATE_NETWORK"):
            patch.delenv(name, raising=False)
        self.config = folder / "config"
        self.config.write_text(f"[profile known]\nregion = {HOME}\n")
        files = {"AWS_CONFIG_FILE": str(self.config), "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none")}
        aws = {"AWS_ENDPOINT_URL": sandbox.running.aws, "AWS_DEFAULT_REGION": HOME, "AWS_EC2_METADATA_DISABLED": "true"}
        for name, value in {**files, **aws, "NO_PROXY": "127.0.0.1", "NO_COLOR": "1"}.items():
            patch.setenv(name, value)

    def use(self, key: str, secret: str) -> None:
        self.patch.setenv("AWS_ACCESS_KEY_ID", key)
        self.patch.setenv("AWS_SECRET_ACCESS_KEY", secret)

    def client(self, service: str, region: str = HOME) -> Any:
        return boto3.Session().client(service, region_name=region)

    def text(self, *arguments: str) -> Answer:
        """``gatepost audit aws ARGUMENTS``."""
        done = CliRunner().invoke(app, ["aws", *arguments], catch_exceptions=False)
        return Answer(done.exit_code, done.stdout, done.stderr)

    def audit(self, *arguments: str, region: str = HOME) -> Answer:
        """The audit of one region as JSON."""
        return self.text("--json", "--region", region, *arguments)

    def operations(self, since: int) -> list[str]:
        """The calls that AWS answered after a place in the record."""
        return [line["operation"] for line in self.lines(since) if line["cloud"] == "aws"]

    def lines(self, since: int = 0) -> list[dict[str, Any]]:
        return self.sandbox.page("GET", f"history?since={since}").body["calls"]

    def clean(self) -> None:
        """Terminate every host, so that the next test finds an account without any."""
        for region in self.regions:
            ec2 = self.client("ec2", region)
            ids = [i["InstanceId"] for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
            if ids:
                ec2.terminate_instances(InstanceIds=ids)

    def here(self) -> int:
        return max((line["number"] for line in self.lines()), default=0)


class Site:
    """A VPC of a region with two zones, a NAT gateway for each, and hosts that do everything right."""

    def __init__(self, account: Account, region: str = HOME, name: str = "payments") -> None:
        self.account, self.region, self.name = account, region, name
        self.number = next(SITES)
        account.regions.add(region)
        self.ec2, self.iam = account.client("ec2", region), account.client("iam", region)
        self.vpc = self.ec2.create_vpc(CidrBlock="10.40.0.0/22")["Vpc"]["VpcId"]
        self.igw = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=self.igw, VpcId=self.vpc)
        self.public, self.private, self.tables, self.nats, self.exits = {}, {}, {}, {}, {}
        for number, zone in enumerate("ab"):
            self.public[zone], _ = self._subnet(zone, f"10.40.{number}.0/26", GatewayId=self.igw)
            address = self.ec2.allocate_address(Domain="vpc")
            nat = self.ec2.create_nat_gateway(SubnetId=self.public[zone], AllocationId=address["AllocationId"])
            self.nats[zone], self.exits[zone] = nat["NatGateway"]["NatGatewayId"], address["PublicIp"]
            self.private[zone], self.tables[zone] = self._subnet(
                zone, f"10.40.{number}.64/26", NatGatewayId=self.nats[zone]
            )
        self.group = self.new_group(name)
        for protocol, first, last in RULES:
            self.open(protocol, first, last)

    def _subnet(self, zone: str, cidr: str, **target: str) -> tuple[str, str]:
        where = f"{self.region}{zone}"
        subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=where)["Subnet"]["SubnetId"]
        table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        self.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)
        return subnet, table

    def new_group(self, name: str) -> str:
        group = self.ec2.create_security_group(GroupName=name, Description="x", VpcId=self.vpc)["GroupId"]
        self.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[permission("-1", None, None)])
        return group

    def open(self, protocol: str, first: int | None, last: int | None, cidr: str = "0.0.0.0/0") -> None:
        rule = permission(protocol, first, last, cidr)
        self.ec2.authorize_security_group_egress(GroupId=self.group, IpPermissions=[rule])

    def close(self, protocol: str, first: int, last: int) -> None:
        rule = permission(protocol, first, last)
        self.ec2.revoke_security_group_egress(GroupId=self.group, IpPermissions=[rule])

    def role(self, slot: str) -> str:
        """A role and a profile of this name, which open one parameter."""
        name = f"{self.name}-{self.number}-{slot}-{next(ROLES)}"
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
        own = f"arn:aws:ssm:{self.region}:{self.account.number}:parameter/{name}"
        statement = {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": own}
        document = json.dumps({"Version": "2012-10-17", "Statement": statement})
        self.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
        self.iam.create_instance_profile(InstanceProfileName=name)
        self.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
        return name

    def host(self, slot: str, zone: str = "a", **changes: Any) -> str:
        """A host that does everything right but for the changes; None leaves an argument out."""
        tags = {"Name": f"prod-{self.name}-frankfurt-{slot}", "managed-by": "gatepost", "gatepost-network": self.name}
        tags |= {"gatepost-environment": "prod", "gatepost-site": "frankfurt", "gatepost-slot": slot}
        image = self.ec2.describe_images(Owners=["617935088040"])["Images"][-1]["ImageId"]
        profile = changes.pop("Profile", None) or self.role(slot)
        tags = changes.pop("Tags", tags)
        named = [{"ResourceType": "instance", "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}]
        wanted: dict[str, Any] = {
            "ImageId": image,
            "InstanceType": "t3a.micro",
            "SubnetId": self.private[zone],
            "SecurityGroupIds": [self.group],
            "IamInstanceProfile": {"Name": profile},
            "UserData": "#cloud-config\nTWINGATE_NETWORK=sandbox\n",
            "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1, "HttpEndpoint": "enabled"},
            "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"Encrypted": True, "VolumeSize": 8}}],
            "TagSpecifications": named if tags else None,
            **changes,
        }
        given = {key: value for key, value in wanted.items() if value is not None}
        return self.ec2.run_instances(MinCount=1, MaxCount=1, **given)["Instances"][0]["InstanceId"]


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    made = Sandbox(tmp_path_factory.mktemp("audit") / "home")
    assert made.cli("start").returncode == 0
    quotas = made.page("GET", "settings").body["quotas"]
    assert made.page("POST", "settings", {"quotas": dict.fromkeys(quotas)}).status == 200
    yield made
    assert made.cli("stop").returncode == 0


@pytest.fixture(scope="module")
def number() -> str:
    """Of the account that the tests of a module share: a new one takes seconds."""
    return str(next(NUMBERS))


@pytest.fixture
def account(sandbox: Sandbox, number: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    return Account(sandbox, number, tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def sites() -> dict[str, Site]:
    """Sites that tests of a module share, by their use: a new one takes a second."""
    return {}


@pytest.fixture
def empty(account: Account) -> Iterator[Account]:
    """The account of the module, whose hosts are gone after the test."""
    yield account
    account.clean()
