"""What the audit may do: the documented policy is enough and not too much, and what is denied is never fine."""

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from cli.audit_lab import HOME, Account, Site, account, number
from sandbox.helpers import Sandbox
from sandbox.lab import permission

from gatepost.audit.calls import CALLS, action

__all__ = ["account", "number"]
PAGE = Path(__file__).parents[2] / "docs" / "audit.md"
EVERYTHING = 1e9


def documented() -> list[str]:
    return re.findall(r'"((?:ec2|iam):\w+)"', PAGE.read_text())


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Of its own, because permissions are asked for in the whole sandbox or not at all."""
    made = Sandbox(tmp_path_factory.mktemp("permissions") / "home")
    assert made.cli("start").returncode == 0
    yield made
    assert made.cli("stop").returncode == 0


class Auditor:
    """A user with some permissions, in an account with two hosts that do everything right."""

    keys: ClassVar[dict[str, tuple[str, str]]] = {}
    """Key of the user by the account, which is furnished once for all tests."""

    def __init__(self, account: Account) -> None:
        self.account, self.iam = account, account.client("iam")
        if account.number not in self.keys:
            furnish(Site(account))
            self.iam.create_user(UserName="auditor")
            key = self.iam.create_access_key(UserName="auditor")["AccessKey"]
            self.keys[account.number] = (key["AccessKeyId"], key["SecretAccessKey"])

    def allow(self, actions: list[str]) -> None:
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.iam.put_user_policy(UserName="auditor", PolicyName="audit", PolicyDocument=document)
        self.account.patch.delenv("AWS_SESSION_TOKEN", raising=False)
        self.account.use(*self.keys[self.account.number])
        self.enforce(0)

    def enforce(self, after: float) -> None:
        """Whether the sandbox asks for permissions, from so many calls on."""
        page = f"{self.account.sandbox.running.aws}/moto-api/reset-auth"
        request = urllib.request.Request(page, str(after).encode(), {"Content-Type": "text/plain"})  # noqa: S310
        with urllib.request.urlopen(request) as reply:  # noqa: S310
            assert reply.status == 200


def furnish(site: Site) -> None:
    """Two hosts, about which every operation has something to tell."""
    entries = [{"Cidr": "10.40.1.0/26"}]
    lists = site.ec2.create_managed_prefix_list(
        PrefixListName="x", MaxEntries=2, AddressFamily="IPv4", Entries=entries
    )["PrefixList"]
    rule = {**permission("tcp", 443, 443), "PrefixListIds": [{"PrefixListId": lists["PrefixListId"]}]}
    del rule["IpRanges"]
    site.ec2.authorize_security_group_egress(GroupId=site.group, IpPermissions=[rule])
    statement = {"Effect": "Allow", "Action": "ssm:StartSession", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": statement}
    for slot in "ab":
        role = site.role(slot)
        made = site.iam.create_policy(PolicyName=f"own-{role}", PolicyDocument=json.dumps(document))
        site.iam.attach_role_policy(RoleName=role, PolicyArn=made["Policy"]["Arn"])
        site.host(slot, slot, Profile=role)


@pytest.fixture
def auditor(account: Account) -> Iterator[Auditor]:
    made = Auditor(account)
    yield made
    made.enforce(EVERYTHING)


def test_the_documented_policy_is_the_table_of_calls() -> None:
    assert documented() == sorted(map(action, CALLS))


def test_the_documented_policy_is_enough_and_every_action_is_used(auditor: Auditor) -> None:
    auditor.allow(documented())
    since = auditor.account.here()
    said = auditor.account.audit()
    assert (said.report["not_checked"], said.found, said.status) == ([], [], 0)
    called = set(auditor.account.operations(since)) - {"GetCallerIdentity"}
    assert called == set(CALLS)


@pytest.mark.parametrize("operation", sorted(set(CALLS) - {"DescribeRegions"}))
def test_what_is_denied_is_not_checked_and_raises_no_false_alarm(auditor: Auditor, operation: str) -> None:
    auditor.allow([each for each in documented() if each != action(operation)])
    said = auditor.account.audit()
    (note,) = said.report["not_checked"]
    assert (note["operation"], note["action"], note["what"]) == (operation, action(operation), CALLS[operation].what)
    assert note["region"] == ("" if CALLS[operation].service == "iam" else HOME)
    assert (said.found, said.status) == ([], 3)


def test_whether_an_address_is_fixed_is_not_guessed(account: Account) -> None:
    site = Site(account, "eu-west-1")
    where = {"SubnetId": site.public["a"], "DeviceIndex": 0, "AssociatePublicIpAddress": True, "Groups": [site.group]}
    host = site.host("a", SubnetId=None, SecurityGroupIds=None, NetworkInterfaces=[where])
    site.host("b", "b")
    address = site.ec2.allocate_address(Domain="vpc")
    site.ec2.associate_address(AllocationId=address["AllocationId"], InstanceId=host)
    auditor = Auditor(account)
    try:
        auditor.allow([each for each in documented() if each != "ec2:DescribeAddresses"])
        said = account.audit(region="eu-west-1")
    finally:
        auditor.enforce(EVERYTHING)
    assert ([note["operation"] for note in said.report["not_checked"]], said.found) == (["DescribeAddresses"], [])


def test_without_the_list_of_regions_they_must_be_named(auditor: Auditor) -> None:
    auditor.allow([each for each in documented() if each != "ec2:DescribeRegions"])
    assert auditor.account.audit().status == 0
    said = auditor.account.text()
    assert (said.status, said.out) == (2, "")
    assert "Name the regions with --region, or allow ec2:DescribeRegions." in said.err


def test_credentials_that_aws_refuses(auditor: Auditor) -> None:
    auditor.allow(documented())
    auditor.account.use("AKIAUNKNOWNUNKNOWN00", "unknown")
    said = auditor.account.text("--region", HOME)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("gatepost: AWS refuses the credentials (InvalidClientTokenId: ")
    assert said.err.endswith("Sign in again, or choose another profile by --profile.\n")
