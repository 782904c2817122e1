"""``gatepost plan`` as people call it: exit status, tables, JSON, and what it says of a broken file."""

import copy
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from gatepost.cli.main import build

ROOT = Path(__file__).resolve().parents[2]
DEV = ROOT / "stacks" / "Pulumi.dev.yaml"
PLAN = [sys.executable, "-c", "from gatepost.cli.main import run; run()", "plan"]
DB = {"address": "10.60.0.20", "protocol": "tcp", "ports": 1433}


def call(*words):
    done = CliRunner().invoke(build(), ["plan", *map(str, words)], prog_name="gatepost")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.fixture
def edited(tmp_path):
    """Write the dev settings with a change to ``Pulumi.dev.yaml`` somewhere else."""

    def write(change):
        data = copy.deepcopy(yaml.safe_load(DEV.read_text()))
        change(data["config"])
        file = tmp_path / "Pulumi.dev.yaml"
        file.write_text(yaml.safe_dump(data))
        return file

    return write


def office(config):
    return config["gatepost:fleet"]["remote_networks"]["office"]


def test_the_file_and_the_stack_are_the_same():
    by_file, by_stack = call(DEV), call("--stack", "dev", "--cwd", ROOT)
    assert (by_file.exit_code, by_stack.exit_code) == (0, 0)
    assert by_file.stdout == by_stack.stdout
    assert by_file.stdout.startswith("dev of sandbox.twingate.com: 3 Remote Networks, 4 sites, 8 Connectors\n")


def test_the_order_in_the_file_plays_no_part_as_in_pulumi(edited):
    def turn_round(config):
        networks = config["gatepost:fleet"]["remote_networks"]
        config["gatepost:fleet"]["remote_networks"] = dict(reversed(networks.items()))
        sites = networks["payments"]["sites"]
        networks["payments"]["sites"] = dict(reversed(sites.items()))

    file = edited(turn_round)
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()), sort_keys=False))
    assert call(file).stdout == call(DEV).stdout


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
        text = b""
        try:
            while part := os.read(parent, 4096):
                text += part
        except OSError:  # the other end is closed
            pass
    os.close(parent)
    assert (b"36m" in text) is coloured  # cyan, with or without bold
    shown = re.sub(r"\x1b\[[0-9;]*m", "", text.decode())
    assert shown.splitlines()[0] == f"Reading {DEV} ..."
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


def test_a_broken_file_gets_the_words_of_an_update(edited):
    def change(config):
        config["gatepost:tenant"] = "Sand Box"
        config["gatepost:flet"] = 1
        office(config)["sites"]["amsterdam"]["region"] = "westeurop"

    done = call(edited(change))
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "The settings of this stack cannot be used. Nothing was changed.",
        "  gatepost:fleet.remote_networks.office.sites.amsterdam.region: The region 'westeurop' is none of Azure's "
        "that gatepost knows. Did you mean 'westeurope'? If it is new, list it under more_regions of the fleet.",
        "  gatepost:tenant: The Twingate network must be a name such as 'acme' (of acme.twingate.com), got 'Sand Box'.",
        "  gatepost: The setting 'gatepost:flet' is not known. Allowed: gatepost:azure, gatepost:fleet, gatepost:gate, "
        "gatepost:tenant. Did you mean 'gatepost:fleet'?",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("config:\n  a: b: c\n", "  Pulumi.dev.yaml, line 2: This is not YAML: "),
        ("- 1\n", "  Pulumi.dev.yaml: The file has no map under config:, so it holds no settings."),
        ("", "  Pulumi.dev.yaml: The file has no map under config:, so it holds no settings."),
        ("config: {}\n", "  gatepost:fleet: This setting is needed and missing. See docs/settings.md for an example."),
    ],
)
def test_files_that_hold_no_settings(tmp_path, text, told):
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(text)
    done = call(file, "--json")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[1].startswith(told)
    assert json.loads(done.stdout)["problems"][0].startswith(told.strip())


def test_what_is_encrypted_is_not_read(edited):
    workspace = "01234567-89ab-cdef-0123-456789abcdef"

    def change(config):
        office(config)["sites"]["amsterdam"]["log_analytics"] = workspace
        config["gatepost:azure"] = {"workspaces": {workspace: {"secure": "v1:abc"}}}
        config["gatepost:tenant"] = {"secure": "v1:abc"}

    done = call(edited(change))
    assert (done.exit_code, done.stdout.splitlines()[0][:26]) == (0, "dev of hidden.twingate.com")


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


def test_against_another_version(edited):
    file = edited(
        lambda config: office(config)["sites"]["amsterdam"]["connectors"].update(b={"zone": "1", "generation": 2})
    )
    done = call(file, "--against", DEV)
    assert done.stdout.partition("\nAgainst the other settings\n")[2].splitlines()[0] == (
        "office/amsterdam/b: rebuilt (zone 2 to 1, generation), wave 2. To keep it there, write: "
        'connectors: {b: {zone: "2"}}'
    )
    assert "\nAgainst the other settings\nNo Connector changes.\n" in call(DEV, "--against", DEV).stdout


def test_it_imports_no_pulumi_and_no_cloud():
    code = (
        "import sys\nfrom gatepost.cli.main import build\n"
        f"build()(['plan', {str(DEV)!r}], standalone_mode=False)\n"
        "sys.stderr.write(' '.join(sorted(m for m in sys.modules if '.' not in m)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stderr.split()
    assert [name for name in loaded if name.startswith(("pulumi", "boto", "google", "azure", "grpc", "drawsvg"))] == []
