"""What `gatepost audit aws` does when asked wrongly or hindered, and its forms of output."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import boto3
import botocore.session
import pytest
from cli.audit_lab import HOME, UBUNTU, Account, Site, account, empty, number, sandbox
from sandbox.lab import permission

from gatepost.audit import calls, run
from gatepost.audit.calls import CALLS, Reader
from gatepost.audit.place import Place

__all__ = ["account", "empty", "number", "sandbox"]
OTHERS = ("us-east-1", "ap-southeast-1")


def test_hosts_of_several_regions(empty: Account) -> None:
    good, bad = Site(empty), Site(empty, OTHERS[0], "shop")
    hosts = [good.host("a"), good.host("b", "b")]
    bad.ec2.authorize_security_group_ingress(GroupId=bad.group, IpPermissions=[permission("tcp", 22, 22)])
    undeclared = bad.host("web", Tags={}, ImageId=UBUNTU)
    said = empty.text("--json", *(f"--region={region}" for region in (HOME, *OTHERS)))
    assert [(h["region"], h["id"]) for h in said.report["hosts"]] == [
        *((HOME, host) for host in hosts),
        (OTHERS[0], undeclared),
    ]
    assert [(f["rule"], f["region"]) for f in said.report["findings"]] == [("aws-ec2-no-ingress", OTHERS[0])]
    assert (said.report["regions"], said.status) == ([HOME, *OTHERS], 1)


def test_without_regions_all_that_are_enabled_are_looked_at(account: Account) -> None:
    enabled = sorted(r["RegionName"] for r in account.client("ec2").describe_regions()["Regions"])
    account.patch.setattr("gatepost.audit.run.look", lambda reader, perhaps: Place(reader.region))
    said = account.text("--json")
    assert (said.report["regions"], said.status, len(enabled) > 30) == (enabled, 0, True)


def test_every_page_of_instances_is_read(empty: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(empty)
    role = site.role("a")
    hosts = {site.host("a", Profile=role) for _ in range(11)}
    monkeypatch.setattr(calls, "CALLS", {name: replace(row, page=5) for name, row in CALLS.items()})
    since = empty.here()
    assert {h["id"] for h in empty.audit().report["hosts"]} == hosts
    assert empty.operations(since).count("DescribeInstances") == 3


def test_pages_are_as_long_as_botocore_allows() -> None:
    session = botocore.session.get_session()
    longest = {}
    for name, row in CALLS.items():
        wanted = session.get_service_model(row.service).operation_model(name).input_shape.members
        size = wanted.get("MaxResults") or wanted.get("MaxItems")
        longest[name] = (size.metadata.get("max") if size else None) or 1000
    assert {name: row.page for name, row in CALLS.items() if row.page > longest[name]} == {}
    assert {name for name, most in longest.items() if most == 100} == {
        "DescribeRouteTables",
        "GetManagedPrefixListEntries",
    }


def test_after_an_interrupt_nothing_more_is_asked(account: Account) -> None:
    readers = [Reader(boto3.Session(), region) for region in (HOME, *OTHERS)]

    def interrupted(_region: str) -> None:
        raise KeyboardInterrupt

    account.patch.setattr("gatepost.audit.run.look", lambda reader, perhaps: Place(reader.region))
    with pytest.raises(KeyboardInterrupt):
        run._look(readers, False, interrupted)
    since = account.here()
    assert [reader.ask("DescribeInstances") for reader in readers] == [None, None, None]
    assert (account.operations(since), [reader.notes for reader in readers]) == ([], [{}, {}, {}])


def test_throttled_calls_are_tried_again(empty: Account) -> None:
    site = Site(empty)
    hosts = [site.host("a"), site.host("b", "b")]
    fault = {"cloud": "aws", "operation": "Describe*", "kind": "throttle", "count": 2}
    assert empty.sandbox.page("POST", "faults", [fault]).status == 200
    said = empty.audit()
    (used,) = empty.sandbox.page("GET", "faults").body["faults"]
    assert empty.sandbox.page("DELETE", "faults").status == 200
    assert ([h["id"] for h in said.report["hosts"]], said.found, said.status) == (hosts, [], 0)
    assert said.report["not_checked"] == []
    assert used["used"] == 2


def test_what_fails_for_good_is_not_checked(empty: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(empty)
    site.host("a"), site.host("b", "b")
    monkeypatch.setitem(calls.CONFIG, "retries", {"mode": "standard", "total_max_attempts": 1})
    fault = {"cloud": "aws", "operation": "DescribeVolumes", "kind": "throttle", "count": None}
    assert empty.sandbox.page("POST", "faults", [fault]).status == 200
    said = empty.text("--region", HOME)
    assert empty.sandbox.page("DELETE", "faults").status == 200
    assert said.status == 3
    what = f"Not checked in {HOME}: encryption of disks. DescribeVolumes: RequestLimitExceeded: "
    assert what in said.out
    assert "1 check could not be made, see above." in said.out


def test_no_credentials(account: Account) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        account.patch.delenv(name)
    said = account.text("--region", HOME)
    assert (said.status, said.out) == (2, "")
    assert said.err == (
        "gatepost: There are no AWS credentials. Set AWS_PROFILE or --profile, or sign in with `aws sso login`. "
        "See https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html.\n"
    )


def test_an_unknown_profile(account: Account) -> None:
    said = account.text("--profile", "knwon")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith(
        "gatepost: There is no profile 'knwon'. Known are known. Did you mean 'known'? See https://docs.aws."
    )


def test_an_unknown_profile_of_the_environment(account: Account) -> None:
    account.patch.setenv("AWS_PROFILE", "knwon")
    said = account.text()
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("gatepost: There is no profile 'knwon'. Known are known. Did you mean 'known'? ")


def test_a_broken_configuration_of_aws(account: Account) -> None:
    account.config.write_text("[profile known\n")
    said = account.text()
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("gatepost: The AWS configuration cannot be used: Unable to parse config file: ")


def test_a_sign_in_that_is_over(account: Account) -> None:
    session = "sso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\nsso_region = eu-central-1\n"
    account.config.write_text(f"[profile known]\n{session}sso_start_url = https://example.com\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        account.patch.delenv(name)
    said = account.text("--profile", "known")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("gatepost: The sign-in is over or was never made (")
    assert said.err.endswith("). Run `aws sso login`.\n")


def test_an_endpoint_that_is_no_address(account: Account) -> None:
    account.patch.setenv("AWS_ENDPOINT_URL", "nowhere")
    said = account.text()
    assert (said.status, said.out) == (2, "")
    assert said.err == (
        "gatepost: AWS cannot be asked: Invalid endpoint: nowhere. Check the network, the profile and its region.\n"
    )


def test_unknown_regions_are_told_together(account: Account) -> None:
    said = account.text("--region", "eu-centrl-1", "--region", HOME, "--region", "us-easst-1")
    assert (said.status, said.out) == (2, "")
    assert said.err.splitlines() == [
        f"gatepost: The region '{found}' is not known, or not enabled in this account. Did you mean '{meant}'?"
        for found, meant in (("eu-centrl-1", HOME), ("us-easst-1", "us-east-1"))
    ]


def test_aws_cannot_be_asked(account: Account) -> None:
    fault = {"cloud": "aws", "operation": "GetCallerIdentity", "kind": "error", "count": None}
    account.patch.setitem(calls.CONFIG, "retries", {"mode": "standard", "total_max_attempts": 1})
    assert account.sandbox.page("POST", "faults", [fault]).status == 200
    said = account.text("--region", HOME)
    assert account.sandbox.page("DELETE", "faults").status == 200
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("gatepost: AWS cannot say whose credentials these are (")
    assert said.err.endswith("Try again later.\n")


def test_fail_on(empty: Account) -> None:
    site = Site(empty)
    site.host("a", InstanceType="m5.24xlarge"), site.host("b", "b")
    assert [(rule, severity) for rule, severity, _ in empty.audit().found] == [("aws-ec2-size", "low")]
    assert (empty.audit().status, empty.audit("--fail-on", "medium").status) == (1, 0)


def test_settings_of_the_rules(empty: Account, tmp_path: Path) -> None:
    site = Site(empty)
    site.host("a", InstanceType="m5.24xlarge", KeyName=site.ec2.create_key_pair(KeyName="x")["KeyName"])
    site.host("b", "b")
    file = tmp_path / "levels.json"
    file.write_text('{"aws-ec2-size": {"sizes": ["m5.*", "t3a.*"]}, "aws-ec2-no-key-pair": "disabled"}')
    assert empty.audit("--policy-config", str(file)).found == []
    file.write_text('{"aws-ec2-size": {"sizes": "m5"}, "aws-ec2-imdsv2": {"hops": 1}}')
    said = empty.audit("--policy-config", str(file))
    assert said.status == 2
    assert said.err.splitlines() == [
        "gatepost: aws-ec2-imdsv2: The setting `hops` is not known. Allowed are scope, images, hop_limit.",
        "gatepost: aws-ec2-size: The setting `sizes` must be a list, found 'm5'. Correct it.",
    ]
    file.write_text("[]")
    assert "must be an object with a level or settings for each rule." in empty.audit("--policy-config", str(file)).err
    file.write_text('{"aws-ec2-sise": {}, "aws-ec2-size": "of"}')
    rule, level = empty.audit("--policy-config", str(file)).err.splitlines()
    assert rule.startswith("gatepost: In the settings, the rule 'aws-ec2-sise' is not known. Allowed: ")
    assert rule.endswith("Did you mean 'aws-ec2-size'?")
    assert level == (
        "gatepost: In the settings, the enforcementLevel of aws-ec2-size 'of' is not known. "
        "Allowed: advisory, mandatory, remediate, disabled."
    )


def test_nothing_but_reading(empty: Account) -> None:
    site = Site(empty)
    site.host("a"), site.host("b", "b")
    since = empty.here()
    empty.audit()
    lines = [line for line in empty.lines(since) if line["cloud"] == "aws"]
    assert {line["operation"] for line in lines} <= {*CALLS, "GetCallerIdentity"}
    assert {line["write"] for line in lines} == {False}


def test_help_loads_no_cloud_and_no_pack() -> None:
    program = (
        "import sys; from typer.testing import CliRunner; from gatepost.cli.audit import app\n"
        "assert CliRunner().invoke(app, ['aws', '--help']).exit_code == 0\n"
        "print(sorted({m.partition('.')[0] for m in sys.modules} & {'boto3', 'botocore', 'pulumi', 'pulumi_policy'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_without_the_extra() -> None:
    program = (
        "import sys\n"
        "sys.modules['boto3'] = None\n"
        "from gatepost.cli.audit import app\n"
        f"app(['aws', '--region', '{HOME}'])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'gatepost audit needs the extra "audit": pip install "gatepost[cli,audit]"\n'


def test_json_is_what_the_page_documents(empty: Account) -> None:
    page = (Path(__file__).parents[2] / "docs" / "audit.md").read_text()
    site = Site(empty)
    site.host("a", KeyName=site.ec2.create_key_pair(KeyName="y")["KeyName"])
    report = empty.audit().report
    assert report["version"] == 1
    rows = {"hosts": report["hosts"][0], "findings": report["findings"][0]}
    for name, row in rows.items():
        (line,) = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
        assert [part for part in line.split("`")[3::2] if part in row] == list(row)
    keys = [key for line in page.splitlines() if line.startswith("| `") for key in line.split("|")[1].split("`")[1::2]]
    assert set(report) - {"version"} <= set(keys)


def test_json_is_plain_text(empty: Account) -> None:
    assert json.loads(empty.audit().out)["hosts"] == []
