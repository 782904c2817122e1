"""Quotas that are set, in a sandbox of their own."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from sandbox.providers.place import IMAGE, Place

from gatepost_sandbox.refusals.limits import QUOTAS, Quotas

SERVER = """
import logging, sys, threading
from werkzeug.serving import make_server
from gatepost_sandbox.clock import Clock
from gatepost_sandbox.moto_setup import MotoApp
from gatepost_sandbox.refusals import quotas
logging.getLogger("werkzeug").setLevel(logging.ERROR)
app = MotoApp(Clock())
app.load()
server = make_server("127.0.0.1", 0, app, threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
for line in sys.stdin:
    name, value = line.split()
    quotas.set(name, None if value == "none" else int(value))
    print("set", flush=True)
"""


class Moto:
    """moto as the sandbox has it, with quotas that a test can set."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdout is not None
        self._port = int(process.stdout.readline())

    def client(self, service: str, region: str = "eu-central-1") -> Any:
        keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "EXAMPLE"}
        return boto3.client(service, region_name=region, endpoint_url=f"http://127.0.0.1:{self._port}", **keys)

    def set(self, name: str, value: int | None) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{name} {'none' if value is None else value}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "set\n"


@pytest.fixture(scope="module")
def server() -> Iterator[Moto]:
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Moto(process)
        process.kill()


@pytest.fixture
def moto(server: Moto) -> Iterator[Moto]:
    """All quotas are the default again afterwards."""
    yield server
    for name, quota in QUOTAS.items():
        server.set(name, quota.default)


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_addresses_are_counted_in_a_region(moto: Moto) -> None:
    here, there = moto.client("ec2"), moto.client("ec2", "eu-west-1")
    moto.set("elastic_ips", 2)
    held = [here.allocate_address(Domain="vpc")["AllocationId"] for _ in range(2)]
    full = ("AddressLimitExceeded", "The maximum number of addresses has been reached.")
    assert refusal(lambda: here.allocate_address(Domain="vpc")) == full
    there.allocate_address(Domain="vpc")
    here.release_address(AllocationId=held[0])
    here.allocate_address(Domain="vpc")
    moto.set("elastic_ips", None)
    here.allocate_address(Domain="vpc")


def test_processors_are_counted_while_they_run(moto: Moto) -> None:
    ec2 = moto.client("ec2", "eu-west-2")

    def launch(kind: str, count: int = 1) -> list[str]:
        made = ec2.run_instances(ImageId=IMAGE, InstanceType=kind, MinCount=count, MaxCount=count)
        return [instance["InstanceId"] for instance in made["Instances"]]

    moto.set("vcpus", 4)
    hosts = launch("t3a.micro", 2)  # two processors each
    full = (
        "VcpuLimitExceeded",
        "You have requested more vCPU capacity than your current vCPU limit of 4 allows for the instance bucket that "
        "the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request "
        "an adjustment to this limit.",
    )
    assert refusal(lambda: launch("t3a.micro")) == full
    launch("g4dn.xlarge")  # of another bucket
    ec2.stop_instances(InstanceIds=hosts[:1])
    launch("t3a.micro")


def test_a_quota_may_be_larger_than_aws_has_it(moto: Moto) -> None:
    moto.set("rules_per_group", 70)
    place = Place(moto, "large")
    found = [{"CidrIp": f"10.0.{i}.0/24"} for i in range(69)]
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    place.ec2.authorize_security_group_egress(GroupId=place.group, IpPermissions=[{**rule, "IpRanges": found}])
    more = [{**rule, "IpRanges": [{"CidrIp": "10.1.0.0/24"}]}]
    assert refusal(lambda: place.ec2.authorize_security_group_egress(GroupId=place.group, IpPermissions=more)) == (
        "RulesPerSecurityGroupLimitExceeded",
        "The maximum number of rules per security group has been reached.",
    )


def test_a_prefix_list_counts_as_all_that_it_may_hold(moto: Moto) -> None:
    moto.set("rules_per_group", 10)
    place = Place(moto, "prefixes")

    def permit(entries: int) -> None:
        made = place.ec2.create_managed_prefix_list(
            PrefixListName=f"of-{entries}", MaxEntries=entries, AddressFamily="IPv4"
        )
        prefixes = [{"PrefixListId": made["PrefixList"]["PrefixListId"]}]
        rule = [{"IpProtocol": "-1", "PrefixListIds": prefixes}]
        place.ec2.authorize_security_group_ingress(GroupId=place.group, IpPermissions=rule)

    permit(6)
    assert refusal(lambda: permit(5))[0] == "RulesPerSecurityGroupLimitExceeded"
    permit(4)


def test_a_quota_that_is_unknown_or_no_number_is_refused() -> None:
    quotas = Quotas()
    with pytest.raises(ValueError) as refused:
        quotas.set("eips", 5)
    assert str(refused.value) == (
        "'eips' is no quota of the sandbox. "
        "Quotas: elastic_ips, rules_per_group, routes_per_table, rules_per_acl, vcpus, container_groups, "
        "container_cores, public_ips, docker_hub_pulls."
    )
    for wrong in (-1, True, 2.5, "5"):
        with pytest.raises(ValueError) as refused:
            quotas.set("vcpus", wrong)  # ty: ignore[invalid-argument-type]
        assert str(refused.value) == (
            f"Quota vcpus is {wrong!r}; it must be a whole number from 0 on, or null for no limit."
        )
    assert quotas.values() == {
        "elastic_ips": None,
        "rules_per_group": 60,
        "routes_per_table": 50,
        "rules_per_acl": 20,
        "vcpus": None,
        "container_groups": 100,
        "container_cores": 100,
        "public_ips": None,
        "docker_hub_pulls": None,
    }
