"""`gatepost status`: what Twingate tells, judged; against the sandbox's Twingate, in one process and as a command."""

import json
from pathlib import Path
from typing import Any

import pytest
from cli.audit_lab import sandbox
from cli.status_lab import DEAD, ONE, inside, lab, status
from rich.console import Console
from sandbox.helpers import GATEPOST, Sandbox
from sandbox.lab import Lab

from gatepost.audit.twingate import Connector, Network
from gatepost.cli.status_model import Wanted, judge
from gatepost.cli.status_table import WIDE, drawn

__all__ = ["inside", "lab", "sandbox"]
ROOT = Path(__file__).resolve().parents[2]
NETWORK = Network(id="n1", name="payments-prod", type="REGULAR")


def connector(name: str, state: str = "ALIVE", network: str = "n1") -> Connector:
    return Connector(
        id=name,
        name=name,
        state=state,
        hostname="host",
        public_ip="203.0.113.7",
        private_ips=("10.40.0.5",),
        version="1.80.0",
        network="payments-prod",
        network_id=network,
        location="AWS",
        network_type="REGULAR",
    )


A, B = connector("payments-bern-a-1f2e3d4"), connector("payments-bern-b-5a6b7c8")


def wanted(**changes: Any) -> Wanted:
    given: dict[str, Any] = {
        "key": "payments",
        "title": "payments-prod",
        "adopt": None,
        "needed": 2,
        "slots": ["payments-bern-a"],
    }
    return Wanted(**(given | changes))


@pytest.mark.parametrize(
    ("connectors", "fleet", "problems"),
    [
        ([A, B], None, []),
        ([A], None, [ONE]),
        ([], None, ["0 of its Connectors are alive, and it needs at least 2."]),
        ([A, B, connector("c", DEAD)], None, [f"c is {DEAD}."]),
        ([A, connector(B.name, "DEAD_NO_RELAYS")], None, [f"{B.name} is DEAD_NO_RELAYS.", ONE]),
        ([A, connector("z", network="n2")], None, [ONE]),
        ([A, B], wanted(slots=["payments-bern-a", "payments-bern-b"]), []),
        ([A, B], wanted(slots=["payments-bern-c"]), ["The slot payments-bern-c has no Connector."]),
        ([A, B], wanted(slots=["payments-be"]), ["The slot payments-be has no Connector."]),
        ([A], wanted(needed=1), []),
        ([A, B], wanted(adopt="n1", title="another"), []),
    ],
)
def test_a_network_is_judged(connectors: list[Connector], fleet: Wanted | None, problems: list[str]) -> None:
    (found,) = judge([NETWORK], connectors, None if fleet is None else [fleet])
    assert list(found.problems) == problems


def test_all_are_sorted_by_name() -> None:
    others = [NETWORK, Network(id="n0", name="exits-prod", type="EXIT")]
    found = judge(others, [B, A, connector("exits-b", network="n0")])
    assert [(one.name, one.type, [line.name for line in one.connectors]) for one in found] == [
        ("exits-prod", "EXIT", ["exits-b"]),
        ("payments-prod", "REGULAR", [A.name, B.name]),
    ]


@pytest.mark.parametrize(
    ("fleet", "told"),
    [
        (wanted(title="office-prod"), "The Remote Network office-prod is not in Twingate."),
        (wanted(adopt="n9"), "The Remote Network with the id n9 is not in Twingate."),
    ],
)
def test_a_network_that_is_not_there(fleet: Wanted, told: str) -> None:
    (found,) = judge([NETWORK], [A, B], [fleet])
    assert found.problems == (f"{told} Run pulumi up, or look whether this is the right account.",)


@pytest.mark.usefixtures("inside")
def test_an_empty_account() -> None:
    said = status()
    assert (said.exit_code, said.stdout) == (0, "There are no Remote Networks in this account.\n")


@pytest.mark.usefixtures("inside")
def test_what_json_holds(lab: Lab) -> None:
    said = status("--json")
    (network,) = json.loads(said.stdout)["networks"]
    (row,) = network.pop("connectors")
    assert (said.exit_code, network) == (1, {"name": lab.name, "type": "REGULAR", "problems": [ONE]})
    assert {name: row[name] for name in ("id", "name", "state", "alive", "public_ip", "version")} == {
        "id": lab.connector_id,
        "name": f"{lab.name}-a",
        "state": "ALIVE",
        "alive": True,
        "public_ip": lab.exit_ip,
        "version": "1.80.0",
    }
    assert sorted(row) == sorted(("id", "name", "state", "alive", "hostname", "private_ips", "public_ip", "version"))


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_names_and_addresses_stay_whole_on_any_terminal(columns: int) -> None:
    dead = connector("a-very-long-network-name-somewhere-a-1f2e3d4", "DEAD_HEARTBEAT_TOO_OLD")
    with (console := Console(width=columns, highlight=False)).capture() as shown:
        console.print(drawn(judge([NETWORK], [dead, A]), columns), soft_wrap=True)
    rows = [line.split()[:4] for line in shown.get().splitlines()]
    found = [row for row in rows if row[0] in (dead.name, A.name)]
    host = ["host", "10.40.0.5"] if columns >= WIDE else []
    rest = ["203.0.113.7", "1.80.0"]
    expected = [[one.name, one.state, *host, *rest][:4] for one in (dead, A)]
    assert sorted(found) == sorted(expected)


@pytest.mark.usefixtures("inside")
def test_a_table_on_a_wide_and_on_a_narrow_terminal(lab: Lab) -> None:
    (network,) = json.loads(status("--json").stdout)["networks"]
    host = f"{network['connectors'][0]['hostname'].partition('.')[0]}  {network['connectors'][0]['private_ips'][0]}"
    wide = status(width=160).stdout.splitlines()
    assert [line.split("  ")[0] for line in wide] == [
        f"Remote Network {lab.name}",
        "Connector",
        f"{lab.name}-a",
        f"! {ONE}",
    ]
    assert wide[1].split() == ["Connector", "State", "Host", "Exit", "IP", "Version"]
    assert wide[2].split() == [f"{lab.name}-a", "ALIVE", *host.split(), lab.exit_ip, "1.80.0"]
    narrow = status(width=80).stdout.splitlines()
    assert narrow[1].split() == ["Connector", "State", "Exit", "IP", "Version"]
    assert [narrow[2].split(), narrow[3].strip()] == [[f"{lab.name}-a", "ALIVE", lab.exit_ip, "1.80.0"], host]
    assert max(map(len, narrow)) <= 80


@pytest.mark.usefixtures("inside")
def test_a_dead_connector_is_a_finding(lab: Lab) -> None:
    lab.ec2.stop_instances(InstanceIds=[lab.host])
    said = status()
    assert (said.exit_code, said.stdout.splitlines()[-2:]) == (
        1,
        [f"! {lab.name}-a is {DEAD}.", "! 0 of its Connectors are alive, and it needs at least 2."],
    )


@pytest.mark.usefixtures("inside")
def test_the_fleet_of_a_stack(sandbox: Sandbox, lab: Lab) -> None:
    rename = 'mutation($id: ID!) { remoteNetworkUpdate(id: $id, name: "payments-dev") { ok } }'
    sandbox.graphql(rename, id=lab.network_id)
    said = status("--stack", "dev", "--cwd", str(ROOT), "--json")
    found = {network["name"]: network["problems"] for network in json.loads(said.stdout)["networks"]}
    slots = ("frankfurt-a", "frankfurt-b", "iowa-a", "iowa-b")
    absent = "is not in Twingate. Run pulumi up, or look whether this is the right account."
    assert (said.exit_code, found) == (
        1,
        {
            "exits-dev": [f"The Remote Network exits-dev {absent}"],
            "office-dev": [f"The Remote Network office-dev {absent}"],
            "payments-dev": [*(f"The slot payments-{slot} has no Connector." for slot in slots), ONE],
        },
    )


def test_as_a_command_in_the_sandbox(sandbox: Sandbox, lab: Lab) -> None:
    shown = sandbox.cli("run", "--", *GATEPOST, "status")
    assert (shown.returncode, shown.stdout.splitlines()[0], shown.stderr) == (1, f"Remote Network {lab.name}", "")
    assert "\x1b" not in shown.stdout
    shown = sandbox.cli("run", "--", *GATEPOST, "status", FORCE_COLOR="1")
    assert "\x1b[32mALIVE" in shown.stdout
    assert "\x1b[32m" not in sandbox.cli("run", "--", *GATEPOST, "status", FORCE_COLOR="1", NO_COLOR="1").stdout


TOKEN = "TWINGATE_API_TOKEN is not set. Make a token that may read in Twingate under Settings, API, or use the "
SAND = "sandbox: gatepost sandbox run -- gatepost status"
NAME = "TWINGATE_NETWORK is not set. It is the first part of your address, acme of acme.twingate.com."


@pytest.mark.parametrize(
    ("given", "arguments", "sentences"),
    [
        ({}, [], [TOKEN + SAND, NAME]),
        ({"TWINGATE_API_TOKEN": "x"}, [], [NAME]),
        ({}, ["--stack", "prod"], [TOKEN + SAND]),
        (
            {"TWINGATE_API_TOKEN": "x", "TWINGATE_NETWORK": "other"},
            ["--stack", "prod"],
            ["TWINGATE_NETWORK is 'other', but the stack belongs to 'acme'. Set the network and token of that."],
        ),
        (
            {"TWINGATE_API_TOKEN": "x", "TWINGATE_NETWORK": "evil.example/"},
            [],
            ["The Twingate network 'evil.example/' is not a name like acme of acme.twingate.com."],
        ),
        (
            {"TWINGATE_API_TOKEN": "x", "GATEPOST_SANDBOX_TWINGATE": "http://evil.example"},
            [],
            [NAME],
        ),
    ],
)
def test_an_account_that_is_not_told(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], arguments: list[str], sentences: list[str]
) -> None:
    for name in ("TWINGATE_API_TOKEN", "TWINGATE_NETWORK", "GATEPOST_SANDBOX_TWINGATE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    said = status(*arguments, *(["--cwd", str(ROOT)] if arguments else []))
    assert (said.exit_code, said.stdout, said.stderr) == (2, "", "".join(f"gatepost: {one}\n" for one in sentences))


@pytest.mark.usefixtures("inside")
def test_a_token_that_twingate_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINGATE_API_TOKEN", "a-wrong-secret")
    told = "Twingate refuses the API token (401). Use one of this tenant that may read."
    said = status()
    assert (said.exit_code, said.stdout, said.stderr) == (1, "", f"gatepost: {told}\n")


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize("token", ["tw-secret-1\n", "tw-secret-1\r\nX: y", "tw secret", "tw-secrét-1"])
def test_a_token_that_cannot_be_one_is_not_shown(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("TWINGATE_API_TOKEN", token)
    told = "The API token holds a blank, a line break or a letter that no token has. Copy it again."
    said = status()
    assert (said.exit_code, said.stdout, said.stderr) == (1, "", f"gatepost: {told}\n")


@pytest.mark.usefixtures("inside")
def test_problems_keep_to_a_line_where_programs_read() -> None:
    absent = "is not in Twingate. Run pulumi up, or look whether this is the right account."
    said = status("--stack", "dev", "--cwd", str(ROOT), width=40).stdout.splitlines()
    assert said[:2] == ["Remote Network exits-dev", f"! The Remote Network exits-dev {absent}"]
