"""docs/cli.md: every command and example, and what it shows is what the commands print."""

import re
from pathlib import Path

import pytest
from rich.console import Console
from sandbox.helpers import gatepost

from gatepost.audit.twingate import Connector, Network
from gatepost.cli.commands import COMMANDS
from gatepost.cli.images_found import FINDINGS, WORDS, Verdict
from gatepost.cli.images_pins import Pin
from gatepost.cli.images_table import show
from gatepost.cli.main import STATUSES
from gatepost.cli.status_model import judge
from gatepost.cli.status_table import drawn

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "cli.md").read_text()
SHOWN = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(LISTED,) = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_it_has_every_command_with_its_examples():
    rows = re.findall(r"^\| (?:\[)?(`[a-z`, ]+)", PAGE.partition("```sh")[0], re.MULTILINE)
    assert re.findall(r"\w+", " ".join(rows)) == [*COMMANDS, "sandbox"]
    assert LISTED.splitlines() == [example for row in COMMANDS.values() for example in row.examples]


def test_it_tells_the_exit_statuses():
    rows = re.findall(r"^\| (\d+) \| ([a-z]+)", PAGE, re.MULTILINE)
    assert re.findall(r"(\d+) ([a-z]+)", STATUSES) == rows


def test_it_tells_the_states_of_images():
    rows = re.findall(r"^\| `([\w ]+)` \| [^|]+\| ([01]) \|", PAGE, re.MULTILINE)
    assert dict(rows) == {word: str(int(state in FINDINGS)) for state, word in WORDS.items()}


def test_the_beginning_of_its_help():
    assert gatepost("--help", COLUMNS="80").stdout.startswith(SHOWN[0])


def test_what_status_shows():
    given = {"network": "payments-prod", "network_id": "n1", "location": "AWS", "network_type": "REGULAR"}
    connectors = [
        Connector(
            id=name,
            name=f"payments-frankfurt-{name}",
            state=state,
            hostname=f"ip-{address.replace('.', '-')}",
            private_ips=(address,),
            public_ip=exit_ip,
            version="1.80.0",
            **given,
        )
        for name, state, address, exit_ip in (
            ("a-5d46a85", "ALIVE", "10.40.1.5", "203.0.113.11"),
            ("b-fb5477d", "DEAD_HEARTBEAT_TOO_OLD", "10.40.2.9", "203.0.113.12"),
        )
    ]
    found = judge([Network(id="n1", name="payments-prod", type="REGULAR")], connectors)
    console = Console(width=80, color_system=None, highlight=False)
    with console.capture() as printed:
        console.print(drawn(found, 80))
    assert [line.rstrip() for line in printed.get().splitlines()] == SHOWN[1].splitlines()


def test_what_images_shows(capsys: pytest.CaptureFixture[str]):
    steps = ("remote_networks", "exits", "sites", "dublin", "image")
    pin = Pin(steps=steps, sites=("exits/dublin",), regions=("eu-west-1",), value="ami-0617935088040a001")
    note = "It is of 2026-08-11, the newest of 2026-10-06."
    show(
        [Verdict(pin=pin, newest="ami-0617935088040a002", state="older", note=note)],
        "aws",
        Path("stacks/Pulumi.prod.yaml"),
        write=False,
    )
    assert capsys.readouterr().out == SHOWN[2]
