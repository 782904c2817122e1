"""The record of calls, and the facts about hosts that are kept between two looks."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
import typer
from botocore.exceptions import ClientError
from sandbox.helpers import Sandbox, send
from sandbox.lab import Lab
from sandbox.test_cli import not_running
from typer.testing import CliRunner, Result

from gatepost_sandbox.calls import Call
from gatepost_sandbox.clock import Clock
from gatepost_sandbox.daemon import serve, url
from gatepost_sandbox.evidence import Exit, Host
from gatepost_sandbox.history import History
from gatepost_sandbox.history_cli import history as show
from gatepost_sandbox.hosts import Hosts
from gatepost_sandbox.sights import Sight, sights
from gatepost_sandbox.twingate.api import Api
from gatepost_sandbox.twingate.store import Pair, Store
from gatepost_sandbox.world import World

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def history() -> Iterator[tuple[History, str]]:
    """A record of Twingate alone, and the address of its pages; the clock stands at noon."""
    world = World(Store(Clock(lambda: NOON)), {})
    made = History(world)
    server = serve(made.watch("twingate", Api(world, made, "key")))
    yield made, f"{url(server)}/sandbox"
    server.shutdown()
    server.server_close()


def ask(page: str, query: str) -> None:
    send("POST", page.replace("/sandbox", "/api/graphql/"), {"query": query}, X_API_KEY="key")


MAKE = 'mutation { remoteNetworkCreate(name: "net") { ok } }'
READ = "{ remoteNetworks { totalCount } }"


def test_a_line_for_each_call(history: tuple[History, str]) -> None:
    _, page = history
    ask(page, READ)
    assert send("POST", f"{page}/settings", {"count_alive": True}).status == 200
    ask(page, MAKE)
    first, second = send("GET", f"{page}/history").body["calls"]
    assert [line.pop("seconds") < 5 for line in (first, second)] == [True, True]
    same = {"time": "2026-11-23T12:00:00+00:00", "cloud": "twingate", "status": 200, "fault": None}
    assert first == {**same, "number": 1, "operation": "query", "write": False, "alive": None}
    assert second == {**same, "number": 2, "operation": "remoteNetworkCreate", "write": True, "alive": {"net": 0}}


def test_since_leaves_out_what_is_known(history: tuple[History, str]) -> None:
    _, page = history
    for _ in range(3):
        ask(page, READ)
    shown = [[line["number"] for line in send("GET", f"{page}/history?since={n}").body["calls"]] for n in (0, 2, 3)]
    assert shown == [[1, 2, 3], [3], []]
    wrong = send("GET", f"{page}/history?since=-1")
    assert (wrong.status, wrong.body) == (400, {"error": "since is '-1'; it must be the number of a call, 0 or more."})


def test_old_lines_are_forgotten_and_keep_their_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gatepost_sandbox.history.KEPT", 2)
    world = World(Store(), {})
    made = History(world)
    server = serve(made.watch("twingate", Api(world, made, "key")))
    for _ in range(3):
        ask(f"{url(server)}/sandbox", READ)
    server.shutdown()
    server.server_close()
    assert [line["number"] for line in made.lines()] == [2, 3]


def test_live_connectors_are_counted_after_each_write(held: Sandbox, lab: Lab) -> None:
    assert held.page("POST", "settings", {"count_alive": True}).status == 200
    before = held.page("GET", "history").body["calls"][-1]["number"]
    lab.ec2.describe_vpcs()
    lab.forbid("tcp", 443, 443)
    lab.ec2.describe_vpcs()
    lab.allow("tcp", 443, 443)
    lab.ec2.terminate_instances(InstanceIds=[lab.host])
    lines = held.page("GET", f"history?since={before}").body["calls"]
    assert [(line["operation"], line["alive"][lab.name]) for line in lines] == [
        ("DescribeVpcs", 1),
        ("RevokeSecurityGroupEgress", 0),
        ("DescribeVpcs", 0),
        ("AuthorizeSecurityGroupEgress", 1),
        ("TerminateInstances", 0),
    ]


class FakeHost:
    """A host whose answers can be changed, and which counts how often it is asked."""

    def __init__(self) -> None:
        self.id, self.state, self.launched_at = "i-1", "running", NOON
        self.pair: Pair | None = Pair("a", "r")
        self.asked = 0
        self.problem: str | None = None
        self.surroundings: str | None = None

    image, hostname, private_ips = "ami-1", "host-1", ("10.0.0.4",)
    tenants, dns, pair_problem = ("sandbox",), (), None

    def exit(self) -> Exit:
        return Exit("198.18.0.1")

    def secret_problem(self) -> str | None:
        self.asked += 1
        return self.problem

    def egress_problem(self, need: Any) -> str | None:
        self.asked += 1
        return self.problem


@pytest.fixture
def host() -> FakeHost:
    return FakeHost()


@pytest.fixture
def hosts(host: FakeHost) -> Hosts:
    return Hosts(only(host))


def only(host: FakeHost, cloud: str = "aws") -> dict[str, Callable[[], Iterable[Sight]]]:
    """One host of one cloud."""
    return {cloud: lambda: sights([cast("Host", host)])}


def look(hosts: Hosts) -> Any:
    """Secret and way out of the one host, and its pair."""
    (host,) = hosts.listing().values()
    return host.secret_problem(), host.egress_problem(cast("Any", "tcp")), host.pair


def test_facts_are_asked_for_once(hosts: Hosts, host: FakeHost) -> None:
    assert look(hosts) == look(hosts) == (None, None, Pair("a", "r"))
    assert host.asked == 2


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        (Call("aws", "ec2", "RunInstances"), 0),
        (Call("aws", "ssm", "PutParameter", json=True), 0),
        (Call("aws", "ec2", "DeleteRoute"), 1),
        (Call("aws", "iam", "PutRolePolicy"), 1),
        (Call("aws", "kms", "DisableKey", json=True), 1),
        (Call("aws", "ssm", "DeleteParameter", json=True), 2),
        (Call("aws", "secretsmanager", "PutSecretValue", json=True), 2),
        (Call("aws", "ec2", "CreateTags"), 0),
        (Call("gcp", "", "compute.instances.insert"), 2),
        (Call("gcp", "", "secretmanager.projects.secrets.addVersion"), 0),
        (Call("gcp", "", "compute.firewalls.insert"), 2),
        (Call("azure", "", "PUT Microsoft.ContainerInstance/containerGroups"), 0),
        (Call("azure", "", "POST Microsoft.ContainerInstance/containerGroups/stop"), 0),
        (Call("azure", "", "PUT Microsoft.Network/natGateways"), 2),
        (None, 2),
    ],
)
def test_a_write_makes_the_world_ask_again(host: FakeHost, call: Call | None, asked: int) -> None:
    hosts = Hosts(only(host, call.cloud if call else "aws"))
    look(hosts)
    before = hosts.listing()["i-1"]
    with hosts.writing(call):
        pass
    look(hosts)
    after = hosts.listing()["i-1"]
    assert (host.asked - 2, after is before) == (asked, asked == 0)


def test_a_write_to_one_cloud_leaves_the_facts_of_another(hosts: Hosts, host: FakeHost) -> None:
    look(hosts)
    with hosts.writing(Call("gcp", "", "compute.firewalls.insert")):
        pass
    look(hosts)
    assert host.asked == 2


def test_hosts_with_equal_surroundings_share_what_their_network_lets_them_do(host: FakeHost) -> None:
    other, third = FakeHost(), FakeHost()
    (other.id, third.id), third.surroundings = ("i-2", "i-3"), "elsewhere"
    host.surroundings = other.surroundings = "here"
    all_three = Hosts({"aws": lambda: sights([cast("Host", each) for each in (host, other, third)])})
    host.problem = "may not"
    found = [each.egress_problem(cast("Any", "tcp")) for each in all_three.listing().values()]
    assert (found, host.asked, other.asked, third.asked) == (["may not", "may not", None], 1, 0, 1)


def test_what_is_seen_during_a_write_is_not_kept(hosts: Hosts, host: FakeHost) -> None:
    with hosts.writing(Call("aws", "ec2", "RunInstances")):
        host.problem = "half made"
        assert look(hosts)[0] == "half made"
        assert hosts.listing()["i-1"] is not hosts.listing()["i-1"]
        host.problem = None
    assert look(hosts)[0] is None


def test_a_host_that_goes_in_the_middle_of_a_write_is_gone(host: FakeHost) -> None:
    there = [cast("Host", host)]
    hosts = Hosts({"aws": lambda: sights(there)})
    with hosts.writing(None):
        assert list(hosts.changes()) == ["i-1"]
        there.clear()
    assert (hosts.listing(), hosts.changes(), hosts.changes()) == ({}, {"i-1": None}, {})


def test_a_host_without_a_pair_is_asked_again_after_each_write(hosts: Hosts, host: FakeHost) -> None:
    host.pair = None
    assert look(hosts)[2] is None
    host.pair = Pair("a", "r")
    with hosts.writing(Call("aws", "ssm", "PutParameter", json=True)):
        pass
    assert look(hosts)[2] == Pair("a", "r")


def test_a_host_that_booted_again_is_asked_again(hosts: Hosts, host: FakeHost) -> None:
    look(hosts)
    with hosts.writing(Call("aws", "ec2", "RebootInstances")):
        host.launched_at += timedelta(seconds=1)
    look(hosts)
    assert host.asked == 4


def test_whoever_was_alive_at_the_last_look_was_so_until_this_one(host: FakeHost) -> None:
    time = [NOON]
    store = Store(Clock(lambda: time[0]))
    connector = store.create_connector(store.create_network("net", "AWS", "REGULAR", True).id, "alpha", True)
    host.pair = store.generate_pair(connector.id)
    world = World(store, only(host))
    assert world.alive() == {"net": 1}
    time[0] += timedelta(seconds=60)
    with world.writing(Call("aws", "iam", "DeleteRolePolicy")):
        host.problem = "may not"
    assert world.alive() == {"net": 0}
    (connector,) = store.connectors()
    assert world.last_heartbeat(connector) == NOON + timedelta(seconds=60)
    time[0] += timedelta(seconds=60)
    assert world.alive() == {"net": 0}
    assert world.last_heartbeat(connector) == NOON + timedelta(seconds=60)


class BrokenHost(FakeHost):
    def secret_problem(self) -> str | None:
        raise KeyError("subnet-1")


def test_a_gap_in_the_model_fails_no_call() -> None:
    store = Store(Clock(lambda: NOON))
    network = store.create_network("net", "AWS", "REGULAR", True)
    connector = store.create_connector(network.id, "alpha", True)
    host = BrokenHost()
    host.pair = store.generate_pair(connector.id)
    world = World(store, only(host))
    with world.writing(Call("aws", "ec2", "CreateVpc")):
        pass
    found = world.evaluate()[connector.id]
    reason = "the sandbox cannot judge it: KeyError('subnet-1'); see its log"
    assert (found.state, found.reason) == ("DEAD_NO_HEARTBEAT", reason)


@pytest.fixture
def command() -> Callable[..., Result]:
    """``gatepost sandbox history`` with arguments."""
    app = typer.Typer()
    app.command()(show)
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_the_command_shows_text_json_or_a_picture(
    command: Callable[..., Result], held: Sandbox, tmp_path: Path
) -> None:
    assert held.page("POST", "settings", {"count_alive": True}).status == 200
    rows = [{"cloud": "aws", "operation": "CreateVpc", "kind": "error", "status": 503}]
    assert held.page("POST", "faults", rows).status == 200
    with pytest.raises(ClientError):
        held.client("ec2", retries={"total_max_attempts": 1}).create_vpc(CidrBlock="10.9.0.0/16")
    here = ("--home", str(held.path))
    text = command(*here).stdout.splitlines()[-1]
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}  aws       CreateVpc {25}503  alive \d+  fault error", text)
    assert json.loads(command(*here, "--json").stdout) == held.page("GET", "history").body["calls"]
    picture = tmp_path / "history.svg"
    assert command(*here, "--svg", str(picture)).stdout == f"The picture is in {picture}.\n"
    assert picture.read_text().startswith("<svg ")


def test_the_command_without_a_sandbox(command: Callable[..., Result], tmp_path: Path) -> None:
    shown = command("--home", str(tmp_path))
    expected = not_running(tmp_path, f" --home {tmp_path}")
    assert (shown.exit_code, shown.stderr) == (1, expected)


def test_the_command_cannot_write_everywhere(command: Callable[..., Result], held: Sandbox, tmp_path: Path) -> None:
    shown = command("--home", str(held.path), "--svg", str(tmp_path))
    assert (shown.exit_code, shown.stderr) == (1, f"The file {tmp_path} cannot be written: Is a directory.\n")
