"""How fast the sandbox is: ratios, medians and the best of some tries, so that a busy machine fails nothing."""

import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox.helpers import Sandbox
from sandbox.lab import Lab

FEW, MANY = 20, 500
MEASURED = 20


def busy() -> float:
    """How many times longer than its CPU time a small program takes at this moment: 1 on a quiet machine."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", "import graphql, werkzeug.serving"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return max(1.0, (time.perf_counter() - began) / used)


def test_a_start_takes_less_than_two_seconds(other_sandbox: Sandbox) -> None:
    shares = []
    for _ in range(3):
        waited = busy()
        found = re.search(r"started in ([0-9.]+) s", other_sandbox.cli("start").stdout)
        assert found
        shares.append(float(found[1]) / waited)
        assert other_sandbox.cli("stop").returncode == 0
    assert min(shares) < 2


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Sandbox, Sandbox]]:
    """Two sandboxes that count live Connectors after each write."""
    made = Sandbox(tmp_path / "small"), Sandbox(tmp_path / "large")
    for sandbox in made:
        assert sandbox.cli("start").returncode == 0
        assert sandbox.page("POST", "settings", {"count_alive": True}).status == 200
    yield made
    for sandbox in made:
        assert sandbox.cli("stop").returncode == 0


class Fleet:
    """A lab that grows: hosts whose boot text holds the pair itself."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.lab = Lab(sandbox, "fleet")
        self.lab.make_connector()
        self.lab.make_network()
        nat = {"NatGatewayId": self.lab.nat}
        self.subnets = [self.lab._subnet(f"10.40.{third}.0/24", **nat)[0] for third in (2, 3)]
        self.image = self.lab.ec2.describe_images(Owners=["617935088040"])["Images"][0]["ImageId"]
        self.size = 0

    def grow(self, size: int) -> str:
        """Launch until there are this many hosts; the id of the last one."""
        made = ""
        for tokens in self._pairs(size - self.size):
            self.size += 1
            access, refresh = tokens["accessToken"], tokens["refreshToken"]
            answer = self.lab.ec2.run_instances(
                MinCount=1,
                MaxCount=1,
                ImageId=self.image,
                InstanceType="t3a.micro",
                SubnetId=self.subnets[self.size % 2],
                SecurityGroupIds=[self.lab.group],
                UserData=f"#!/bin/sh\nTWINGATE_NETWORK=sandbox\n"
                f"TWINGATE_ACCESS_TOKEN={access}\nTWINGATE_REFRESH_TOKEN={refresh}\n",
            )
            made = answer["Instances"][0]["InstanceId"]
        return made

    def _pairs(self, count: int) -> list[dict[str, str]]:
        """Pairs of new Connectors, in two requests."""
        ask = self.lab.sandbox.graphql
        make = f'connectorCreate(remoteNetworkId: "{self.lab.network_id}") {{ entity {{ id }} }}'
        made = ask(f"mutation {{ {' '.join(f'c{n}: {make}' for n in range(count))} }}")
        ids = [answer["entity"]["id"] for answer in made.values()]
        pair = "{ connectorTokens { accessToken refreshToken } }"
        wanted = " ".join(f'c{n}: connectorGenerateTokens(connectorId: "{id_}") {pair}' for n, id_ in enumerate(ids))
        return [answer["connectorTokens"] for answer in ask(f"mutation {{ {wanted} }}").values()]


def calls_about_one_host(fleet: Fleet) -> None:
    """A launch, what is asked of the host, and its end: the fleet's size stays the same."""
    ec2, size = fleet.lab.ec2, fleet.size
    host = fleet.grow(size + 1)
    ec2.describe_instances(InstanceIds=[host])
    ec2.describe_instance_attribute(InstanceId=host, Attribute="userData")
    ec2.create_tags(Resources=[host], Tags=[{"Key": "name", "Value": "x"}])
    ec2.release_address(AllocationId=ec2.allocate_address(Domain="vpc")["AllocationId"])
    ec2.stop_instances(InstanceIds=[host])
    ec2.terminate_instances(InstanceIds=[host])
    fleet.size = size


def best(fleet: Fleet, since: int) -> dict[str, float]:
    """The least seconds of each operation, the count of live Connectors included: what a quiet machine takes."""
    found: dict[str, list[float]] = {}
    for call in fleet.lab.sandbox.page("GET", f"history?since={since}").body["calls"]:
        found.setdefault(call["operation"], []).append(call["seconds"])
    return {operation: min(seconds) for operation, seconds in found.items() if operation != "query"}


def test_a_call_beside_500_hosts_is_as_fast_as_beside_20(two: tuple[Sandbox, Sandbox]) -> None:
    small, large = (Fleet(sandbox) for sandbox in two)
    small.grow(FEW)
    large.grow(MANY)
    since = [len(sandbox.page("GET", "history").body["calls"]) for sandbox in two]
    for _ in range(MEASURED):  # by turns, so that a busy moment strikes both
        calls_about_one_host(small)
        calls_about_one_host(large)
    few, many = best(small, since[0]), best(large, since[1])
    assert large.lab.sandbox.page("GET", "history").body["calls"][-1]["alive"] == {"fleet": MANY}
    assert {
        operation: many[operation] / few[operation] for operation in few if many[operation] > 1.5 * few[operation]
    } == {}
