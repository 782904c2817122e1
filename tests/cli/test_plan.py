"""``gatepost plan`` as people call it: exit status, tables, JSON."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cli.plan_data import DEV, call, office

ROOT = Path(__file__).resolve().parents[2]
PLAN = [sys.executable, "-c", "from gatepost.cli.main import run; run()", "plan"]
DB = {"address": "10.60.0.20", "protocol": "tcp", "ports": 1433}


def everything(terminal):
    text = b""
    try:
        while part := os.read(terminal, 4096):
            text += part
    except OSError:  # the other end is closed
        pass
    os.close(terminal)
    return text.decode()


def test_the_file_and_the_stack_are_the_same():
    by_file, by_stack = call(DEV), call("--stack", "dev", "--cwd", ROOT)
    assert (by_file.exit_code, by_stack.exit_code) == (0, 0)
    assert by_file.stdout == by_stack.stdout
    assert by_file.stdout.startswith("dev of sandbox.twingate.com: 3 Remote Networks, 4 sites, 8 Connectors\n")


def test_plain_output_has_no_colour_and_one_line_for_each_row():
    text = call(DEV).stdout
    assert "\x1b" not in text
    assert (
        "payments/frankfurt  REGULAR  aws eu-central-1  create 10.40.0.0/22  a eu-central-1a, b eu-central-1b\n" in text
    )
    assert "tcp       30000-31000  public addresses  Relay connections without peer-to-peer" in text
    assert not [line for line in text.splitlines() if line != line.rstrip()]


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_a_terminal_gets_colour_unless_no_color_is_set(no_color, coloured):
    parent, child = pty.openpty()
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "NO_COLOR": no_color}
    with subprocess.Popen([*PLAN, str(DEV)], stdout=child, stderr=child, stdin=subprocess.DEVNULL, env=env):
        os.close(child)
        text = everything(parent)
    assert ("36m" in text) is coloured  # cyan, with or without bold
    shown = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert shown.splitlines()[0] == "Reading the settings ..."
    assert 60 < max(map(len, shown.splitlines()[1:])) <= 100


def test_json_is_the_same_plan():
    data = json.loads(call(DEV, "--json").stdout)
    office = data["networks"][1]
    assert (data["environment"], data["fine"], data["prices"]["verified"]) == ("dev", True, False)
    assert [network["key"] for network in data["networks"]] == ["exits", "office", "payments"]
    (site,) = office["sites"]
    assert site["exit"]["path"] == "relay"
    assert site["slots"] == {"a": "1", "b": "2"}
    assert site["costs"]["known"] == 146.0
    assert [rule["ports"] for rule in site["allow"]["rules"]] == [
        "443",
        "30000-31000",
        "1-65535",
        "53",
        "53",
        "443",
        "1433",
    ]
    assert office["rollout"]["at_most"] == 120


def test_no_json_is_lost_by_names_that_look_like_markup(edited):
    file = edited(lambda config: office(config).update(title="[red]office[/red]"))
    assert json.loads(call(file, "--json").stdout)["networks"][1]["title"] == "[red]office[/red]"


def test_resources_that_are_reached(edited):
    file = edited(lambda config: office(config).update(resources=[DB]))
    done = call(file)
    assert done.exit_code == 0
    assert "\nReachability\nEvery Connector reaches the Resource of its network.\n" in done.stdout


def test_a_counter_example_names_the_site_what_is_missing_and_the_setting(edited):
    resources = [DB | {"ports": 3306}, {"address": "files.lan", "protocol": "tcp", "ports": 443}]
    done = call(edited(lambda config: office(config).update(resources=resources)))
    assert done.exit_code == 1
    assert done.stdout.partition("\nReachability\n")[2].splitlines() == [
        "NOT REACHED  office/amsterdam: 10.60.0.20 tcp 3306: No rule allows tcp 3306 10.60.0.20/32. Add under "
        "remote_networks.office.sites.amsterdam.reach: {cidr: 10.60.0.20/32, protocol: tcp, ports: 3306}.",
        "not known  office/amsterdam: files.lan tcp 443: Where this name leads from here is not known, so routes and "
        "rules are not checked. Write its addresses there under resolves_to: {amsterdam: [...]}.",
    ]


def test_what_is_not_known_is_no_counter_example(edited):
    resources = [{"address": "files.lan", "protocol": "tcp", "ports": 443}]
    assert call(edited(lambda config: office(config).update(resources=resources))).exit_code == 0


def test_a_copy_of_a_resource_has_its_own_addresses_at_each_site(edited):
    def change(config, iowa):
        network = config["gatepost:fleet"]["remote_networks"]["payments"]
        where = {"frankfurt": ["10.40.0.20"], "iowa": [iowa]}
        network["resources"] = [
            {
                "address": "db.acme.internal",
                "protocol": "tcp",
                "ports": 5432,
                "resolves_to": where,
                "private_zone": True,
            }
        ]

    assert call(edited(lambda config: change(config, "10.50.0.20"))).exit_code == 0
    done = call(edited(lambda config: change(config, "10.40.0.20")))
    assert done.exit_code == 1
    assert [line.partition(" Add ")[0] for line in done.stdout.splitlines() if line.startswith("NOT REACHED")] == [
        "NOT REACHED  payments/iowa: db.acme.internal tcp 5432: No route leads to 10.40.0.20/32.",
        "NOT REACHED  payments/iowa: db.acme.internal tcp 5432: No rule allows tcp 5432 10.40.0.20/32.",
    ]


def test_a_network_acl_closes_what_the_vendors_rules_open(edited):
    def change(config, acl):
        site = config["gatepost:fleet"]["remote_networks"]["payments"]["sites"]["frankfurt"]
        site["network"]["create"]["acl"] = acl
        site["reach"] = [{"cidr": "10.40.0.0/24"}]
        network = config["gatepost:fleet"]["remote_networks"]["payments"]
        network["sites"] = {"frankfurt": site}
        del network["replicated"]
        network["resources"] = [{"address": "10.40.2.2", "protocol": "tcp", "ports": 443}]

    assert call(edited(lambda config: change(config, False))).exit_code == 0
    assert call(edited(lambda config: change(config, True))).exit_code == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "Name a settings file, or a stack with --stack."),
        (["--stack", "prd", "--cwd", ROOT], "no settings file of a stack 'prd'. Known: dev, prod, staging."),
        (["--stack", "dev", "--cwd", ROOT / "docs"], "holds no readable Pulumi.yaml."),
        (["/no/such/file"], "does not exist"),
        ([ROOT / "Pulumi.yaml"], "Pulumi.yaml does not tell its stack as Pulumi.<stack>.yaml does. Add --stack."),
        ([DEV, "--picture", "fleet.png"], "fleet.png must end in .svg or .html."),
    ],
)
def test_wrong_usage(words, told):
    done = call(*words)
    assert done.exit_code == 2
    assert told in " ".join(done.stderr.split())


def test_a_file_of_another_name_with_the_stack(tmp_path):
    file = tmp_path / "old.yaml"
    file.write_text(DEV.read_text())
    assert call(file, "--stack", "acme/gatepost/dev").stdout == call(DEV).stdout


def test_names_stay_whole_on_a_narrow_terminal():
    parent, child = pty.openpty()
    env = {**os.environ, "TERM": "dumb", "COLUMNS": "80"}
    with subprocess.Popen([*PLAN, str(DEV)], stdout=child, stderr=subprocess.DEVNULL, env=env):
        os.close(child)
        shown = everything(parent)
    for name in ("payments/frankfurt", "secretmanager.googleapis.com", "*.archive.ubuntu.com, security.ubuntu.com"):
        assert name in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_it_imports_no_pulumi_and_no_cloud():
    code = (
        "import sys\nfrom gatepost.cli.main import build\n"
        f"build()(['plan', {str(DEV)!r}], standalone_mode=False)\n"
        "sys.stderr.write(' '.join(sorted(m for m in sys.modules if '.' not in m)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stderr.split()
    assert [name for name in loaded if name.startswith(("pulumi", "boto", "google", "azure", "grpc", "drawsvg"))] == []
