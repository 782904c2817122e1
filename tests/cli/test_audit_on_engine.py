"""gatepost's own stack, made on the engine: the audit finds its hosts and nothing wrong with them."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from real_stack import ROOT, Cloud, Stack

pytestmark = pytest.mark.engine
AUDIT = "from gatepost.cli.main import run; run()"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    made = Cloud(tmp_path_factory.mktemp("sandbox") / "home")
    made.start()
    yield made
    made.stop()


def test_what_gatepost_makes_passes_the_audit(cloud: Cloud, tmp_path: Path) -> None:
    stack = Stack(cloud, tmp_path / "project", ROOT / "stacks")
    stack.up().ok()
    region = "--region=eu-central-1"
    done = cloud.run(sys.executable, "-c", AUDIT, "audit", "aws", "--json", region, cwd=tmp_path)
    assert done.stderr == ""
    report = json.loads(done.stdout)
    assert (report["findings"], report["not_checked"], done.returncode) == ([], [], 0)
    assert report["twingate"] is True
    hosts = report["hosts"]
    assert len(hosts) >= 2
    assert {host["connector_state"] for host in hosts} == {"ALIVE"}
    assert len({host["connector"] for host in hosts}) == len(hosts)
    told = {c["id"]: c for network in cloud.ask("status")["networks"] for c in network["connectors"]}
    assert {host["exit_ip"] for host in hosts} <= {c.get("public_ip") for c in told.values()}
