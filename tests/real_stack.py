"""What the engine tests drive: a sandbox, and a stack in it."""

import contextlib
import ipaddress
import itertools
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from gatepost_sandbox.environment import environment
from gatepost_sandbox.home import Home, Running

ROOT = Path(__file__).resolve().parents[1]
GATEPOST = (sys.executable, "-c", "from gatepost.cli.main import run; run()", "sandbox")
TIMEOUT = 180
_NUMBERS = itertools.count(1)


class Cloud:
    """A sandbox that counts live Connectors."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def running(self) -> Running:
        running = Home(self.path).running()
        assert running is not None, "the sandbox does not run"
        return running

    def start(self) -> None:
        done = self.gatepost("start")
        assert done.returncode == 0, done.stderr
        self.settings(count_alive=True)

    def stop(self) -> None:
        assert self.gatepost("stop").returncode == 0

    def gatepost(self, *arguments: str, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
        return _finished([*GATEPOST, *arguments], cwd, self._environment(variables))

    def run(self, *command: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program as ``gatepost sandbox run`` does, without the start of another Python."""
        return _finished(command, cwd, self._led(variables))

    def heard(self, words: str, then: Callable[[], Any], *command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """The same, and ``then`` is called once, as soon as ``words`` are printed."""
        text, env = "", self._led({})
        with subprocess.Popen(
            command, cwd=cwd, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            for line in process.stdout or ():
                if words in line and words not in text:
                    then()
                text += line
        return subprocess.CompletedProcess(list(command), process.returncode, text, "")

    def _led(self, variables: dict[str, str]) -> dict[str, str]:
        """The environment of a program that is led to the sandbox."""
        return environment(Home(self.path), self.running, self._environment(variables))

    def _environment(self, variables: dict[str, str]) -> dict[str, str]:
        path = f"{ROOT / '.gatepost' / 'bin'}{os.pathsep}{os.environ['PATH']}"  # `make test` puts the engine there
        waits = {"GATEPOST_SANDBOX_RETRY_SECONDS": "0.001"}  # a call that failed is made again at once
        return {**os.environ, "PATH": path, "GATEPOST_SANDBOX_HOME": str(self.path), **waits, **variables}

    def ask(self, page: str, body: Any = None, method: str | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.running.twingate}/sandbox/{page}", data, method=method)  # noqa: S310
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return json.load(answer)

    def clear_faults(self) -> None:
        request = urllib.request.Request(f"{self.running.twingate}/sandbox/faults", method="DELETE")  # noqa: S310
        urllib.request.urlopen(request).close()  # noqa: S310

    def settings(self, **values: Any) -> None:
        self.ask("settings", values)

    @contextlib.contextmanager
    def faults(self, *rows: dict[str, Any]) -> Generator[None]:
        """Faults of calls for a while. Each that has a count must have been used up at the end."""
        self.ask("faults", rows)
        try:
            yield
            left = [row for row in self.ask("faults")["faults"] if row["count"] not in (None, row["used"])]
            assert left == [], f"not used up: {left}"
        finally:
            self.ask("faults", method="DELETE")

    def connectors(self, network: str) -> dict[str, dict[str, Any]]:
        """Status lines of the Connectors of a Remote Network (by its title), by name."""
        networks = {n["name"]: n["connectors"] for n in self.ask("status")["networks"]}
        return {c["name"]: c for c in networks.get(network, [])}

    def graphql(self, query: str, **variables: Any) -> Any:
        """The data of a GraphQL request to the sandbox's Twingate."""
        running = self.running
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"Content-Type": "application/json", "X-API-KEY": running.api_token}
        request = urllib.request.Request(f"{running.twingate}/api/graphql/", body, headers)  # noqa: S310
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return json.load(answer)["data"]

    def calls(self) -> list[dict[str, Any]]:
        return self.ask("history")["calls"]

    def vpc(self, cidr: str, zones: Sequence[str]) -> dict[str, Any]:
        """A network that somebody else made: its id, and per zone a private and a public subnet and an exit address."""
        ec2 = self.client("ec2")
        made: dict[str, Any] = {"subnets": {}, "public_subnets": {}, "addresses": []}
        made["vpc_id"] = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=made["vpc_id"])
        ranges = ipaddress.ip_network(cidr).subnets(prefixlen_diff=4)

        def subnet(zone: str, **target: str) -> str:
            rid = ec2.create_subnet(VpcId=made["vpc_id"], CidrBlock=str(next(ranges)), AvailabilityZone=zone)
            table = ec2.create_route_table(VpcId=made["vpc_id"])["RouteTable"]["RouteTableId"]
            ec2.associate_route_table(RouteTableId=table, SubnetId=rid["Subnet"]["SubnetId"])
            ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)
            return rid["Subnet"]["SubnetId"]

        for zone in zones:
            made["public_subnets"][zone] = public = subnet(zone, GatewayId=gateway)
            address = ec2.allocate_address(Domain="vpc")
            nat = ec2.create_nat_gateway(SubnetId=public, AllocationId=address["AllocationId"])
            made["subnets"][zone] = subnet(zone, NatGatewayId=nat["NatGateway"]["NatGatewayId"])
            made["addresses"].append(address["PublicIp"])
        return made

    def client(self, service: str, region: str = "eu-central-1") -> Any:
        running = self.running
        key = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "wJalrXUtnFEMIK7MDENGbPxRfiCYEX"}
        return boto3.client(service, region_name=region, endpoint_url=running.aws, **key)


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A sandbox for all tests of a worker that counts live Connectors after every write."""
    made = Cloud(tmp_path_factory.mktemp("sandbox") / "home")
    made.start()
    yield made
    made.stop()


def _finished(command: Sequence[str], cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=env, text=True, capture_output=True, check=False, timeout=TIMEOUT)


@dataclass
class Run:
    """One finished run of the engine."""

    code: int
    text: str
    """Everything it printed."""
    alive: list[int] = field(default_factory=list)
    """Live Connectors of the stack after each call during the run."""

    def ok(self) -> "Run":
        assert self.code == 0, self.text
        return self


class Stack:
    """A stack of its own in a project folder of its own; the program is copied, so that tests can edit it.

    Its name is part of every name that must be unique, so nothing has to be destroyed before the next test: the sandbox
    goes with all that is in it.
    """

    def __init__(self, cloud: Cloud, folder: Path, program: Path) -> None:
        self.cloud, self.folder, self.name = cloud, folder, f"t{next(_NUMBERS)}"
        shutil.copytree(program, folder / "stacks", ignore=shutil.ignore_patterns("Pulumi.*.yaml", "__pycache__"))
        project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
        project["runtime"]["options"] = {"toolchain": "pip"}  # the interpreter that runs the tests
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
        self.settings = yaml.safe_load((ROOT / "stacks" / "Pulumi.dev.yaml").read_text())["config"]
        # Most tests are about one site that reaches the private addresses around it.
        self.settings["gatepost:fleet"]["remote_networks"] = {"payments": self.networks["payments"]}
        del self.networks["payments"]["replicated"], self.networks["payments"]["sites"]["iowa"]
        self.site["reach"] = [{"cidr": "10.0.0.0/8", "protocol": "tcp", "ports": [5432, 443]}]
        self.settings["gatepost:gate"] = {"poll_seconds": 0.05, "timeout_seconds": 20}
        self.write()
        self.pulumi("stack", "init", self.name).ok()

    @property
    def networks(self) -> dict[str, Any]:
        """The Remote Networks of the settings, to edit; ``write`` makes it count."""
        return self.settings["gatepost:fleet"]["remote_networks"]

    @property
    def site(self) -> dict[str, Any]:
        """Its one site."""
        return self.networks["payments"]["sites"]["frankfurt"]

    def write(self) -> None:
        path = self.folder / "stacks" / f"Pulumi.{self.name}.yaml"
        path.write_text(yaml.safe_dump({"config": self.settings}))

    def pulumi(self, *arguments: str, **variables: str) -> Run:
        return self._recorded(lambda: self.cloud.run("pulumi", *arguments, cwd=self.folder, **variables))

    def _recorded(self, run: Callable[[], subprocess.CompletedProcess[str]]) -> Run:
        before = len(self.cloud.calls())
        done = run()
        counts = [c["alive"] or {} for c in self.cloud.calls()[before:]]
        alive = [sum(n for title, n in c.items() if title.endswith(f"-{self.name}")) for c in counts]
        return Run(done.returncode, done.stdout + done.stderr, alive)

    def connectors(self, network: str = "payments") -> dict[str, dict[str, Any]]:
        """Status lines of the Connectors of one of the stack's Remote Networks, by name."""
        return self.cloud.connectors(f"{network}-{self.name}")

    def up(self, *arguments: str) -> Run:
        self.write()
        return self.pulumi("up", "--yes", "--skip-preview", "--stack", self.name, "--color", "never", *arguments)

    def up_heard(self, words: str, then: Callable[[], Any]) -> Run:
        """The same, and ``then`` is called as soon as ``words`` are printed."""
        self.write()
        up = ("pulumi", "up", "--yes", "--skip-preview", "--stack", self.name, "--color", "never")
        return self._recorded(lambda: self.cloud.heard(words, then, *up, cwd=self.folder))

    def unchanged(self) -> Run:
        """A preview that must find nothing to do."""
        return self.pulumi("preview", "--expect-no-changes", "--stack", self.name, "--color", "never", "--diff")

    def destroy(self, *arguments: str) -> Run:
        return self.pulumi("destroy", "--yes", "--skip-preview", "--stack", self.name, "--color", "never", *arguments)

    def outputs(self) -> Any:
        return json.loads(self.pulumi("stack", "output", "--json", "--stack", self.name).ok().text)

    def state(self) -> str:
        return self.pulumi("stack", "export", "--stack", self.name).ok().text

    def ids(self) -> dict[str, str]:
        """The cloud's id of each resource by its name; nothing that waits for its deletion."""
        found = json.loads(self.state())["deployment"].get("resources", ())
        return {r["urn"].rpartition("::")[2]: r.get("id", "") for r in found if not r.get("delete")}

    def urns(self) -> list[str]:
        """Every resource of the state."""
        return [r["urn"] for r in json.loads(self.state())["deployment"].get("resources", ())]
