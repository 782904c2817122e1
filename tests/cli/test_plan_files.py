"""What ``gatepost plan`` reads of a settings file, and what it says of a broken one."""

import json

import pytest
import yaml
from cli.plan_data import DEV, call, office

from gatepost.cli.plan_file import loaded


def test_the_order_in_the_file_plays_no_part_as_in_pulumi(edited):
    def turn_round(config):
        networks = config["gatepost:fleet"]["remote_networks"]
        config["gatepost:fleet"]["remote_networks"] = dict(reversed(networks.items()))
        sites = networks["payments"]["sites"]
        networks["payments"]["sites"] = dict(reversed(sites.items()))

    file = edited(turn_round)
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()), sort_keys=False))
    assert call(file).stdout == call(DEV).stdout


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
        ("config:\n  a: &a {b: *a}\n", "  Pulumi.dev.yaml, line 2: This is not YAML: an anchor contains itself."),
        (
            "config:\n  gatepost:fleet: " + "[" * 1000 + "]" * 1000,
            "  Pulumi.dev.yaml, line 2: This is not YAML: it is nested ",
        ),
        ("config:\n  a: 1\n  a: 2\n", "  Pulumi.dev.yaml, line 3: This is not YAML: the key 'a' is there twice."),
        (f"config:\n  gatepost:fleet: '{'[' * 100000}'\n", "  gatepost:fleet: Found '[[["),
        ("config:\n  gatepost:fleet: {secure: v1:abc}\n", "  gatepost:fleet: This setting is encrypted, and only the "),
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


def test_plain_values_are_read_as_pulumi_reads_them(tmp_path):
    """What ``pulumi config --json`` of Pulumi 3.259.0 showed for the same text."""
    values = "{a: yes, b: 010, c: 1_000, d: '1:30', e: 0o17, f: on, g: ~, h: 1e3, i: .5, l: 0x1F, n: TRUE, o: 1:30}"
    merged = "x: &x {a: 1, b: 1}\ny: {<<: *x, b: 2}\n"
    assert loaded(f"{merged}z: {values}\n") == {
        "x": {"a": 1, "b": 1},
        "y": {"a": 1, "b": 2},
        "z": {
            **{"a": "yes", "b": 8, "c": 1000, "d": "1:30", "e": 15, "f": "on", "g": None},
            **{"h": 1000, "i": 0.5, "l": 31, "n": True, "o": "1:30"},
        },
    }


def test_what_is_encrypted_is_not_read(edited):
    workspace = "01234567-89ab-cdef-0123-456789abcdef"

    def change(config):
        office(config)["sites"]["amsterdam"]["log_analytics"] = workspace
        config["gatepost:azure"] = {"workspaces": {workspace: {"secure": "v1:abc"}}}
        config["gatepost:tenant"] = {"secure": "v1:abc"}

    done = call(edited(change))
    assert (done.exit_code, done.stdout.splitlines()[0][:26]) == (0, "dev of hidden.twingate.com")
