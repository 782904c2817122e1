"""How fast the sandbox is: ratios, medians and the best of some tries, so that a busy machine fails nothing."""

import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sandbox.helpers import Sandbox
from sandbox.lab import Lab

FEW, MANY = 20, 500
MEASURED = 15


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
def counting(tmp_path: Path) -> Iterator[Sandbox]:
    made = Sandbox(tmp_path / "counting")
    assert made.cli("start").returncode == 0
    yield made
    assert made.cli("stop").returncode == 0


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

    def grow(self, size: int) -> None:
        for tokens in self._pairs(size - self.size):
            self.size += 1
            access, refresh = tokens["accessToken"], tokens["refreshToken"]
            self.lab.ec2.run_instances(
                MinCount=1,
                MaxCount=1,
                ImageId=self.image,
                InstanceType="t3a.micro",
                SubnetId=self.subnets[self.size % 2],
                SecurityGroupIds=[self.lab.group],
                UserData=f"#!/bin/sh\nTWINGATE_NETWORK=sandbox\n"
                f"TWINGATE_ACCESS_TOKEN={access}\nTWINGATE_REFRESH_TOKEN={refresh}\n",
            )

    def _pairs(self, count: int) -> list[dict[str, str]]:
        """Pairs of new Connectors, in two requests."""
        ask = self.lab.sandbox.graphql
        make = f'connectorCreate(remoteNetworkId: "{self.lab.network_id}") {{ entity {{ id }} }}'
        made = ask(f"mutation {{ {' '.join(f'c{n}: {make}' for n in range(count))} }}")
        ids = [answer["entity"]["id"] for answer in made.values()]
        pair = "{ connectorTokens { accessToken refreshToken } }"
        wanted = " ".join(f'c{n}: connectorGenerateTokens(connectorId: "{id_}") {pair}' for n, id_ in enumerate(ids))
        return [answer["connectorTokens"] for answer in ask(f"mutation {{ {wanted} }}").values()]


def creates(calls: list[dict[str, Any]]) -> float:
    """The median seconds of the last launches, the count of live Connectors included."""
    seconds = [call["seconds"] for call in calls if call["operation"] == "RunInstances"]
    return statistics.median(seconds[-MEASURED:])


def test_a_launch_beside_500_hosts_is_not_slow(counting: Sandbox) -> None:
    fleet = Fleet(counting)
    assert counting.page("POST", "settings", {"count_alive": True}).status == 200
    fleet.grow(FEW)
    few = creates(counting.page("GET", "history").body["calls"])
    fleet.grow(MANY)
    calls = counting.page("GET", "history").body["calls"]
    assert calls[-1]["alive"] == {"fleet": MANY}
    assert creates(calls) < 5 * few
