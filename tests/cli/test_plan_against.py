"""What ``gatepost plan --against`` finds."""

import pytest
from cli.plan_data import ADOPTED, AWS, AZURE, DEV, GCP, call, office, settings

from gatepost.plan.model import fleet_plan


def change(before, after, **network):
    plan = fleet_plan(settings({"main": after}, **network), settings({"main": before}, **network))
    return [(one.slot, one.kind, one.why, one.wave, one.pin) for one in plan.changes or ()]


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (AWS, []),
        ({**AWS, "reach": [{"cidr": "10.40.0.0/24"}], "termination_protection": True}, []),
        ({**AWS, "connectors": {"a": {}, "b": {"generation": 2}}}, [("b", "rebuilt", "generation", 2, None)]),
        (
            {**AWS, "size": "t3a.small"},
            [("a", "rebuilt", "size", 1, None), ("b", "rebuilt", "size", 2, None)],
        ),
        (
            {**AWS, "connectors": {"a": {}, "aa": {}, "b": {}}},
            [
                ("aa", "added", "", 2, None),
                (
                    "b",
                    "rebuilt",
                    "zone eu-central-1b to eu-central-1a",
                    2,
                    "connectors: {b: {zone: eu-central-1b}}",
                ),
            ],
        ),
        (
            {**AWS, "connectors": {"a": {}, "c": {}}},
            [("c", "added", "", 2, None), ("b", "removed", "", None, None)],
        ),
    ],
)
def test_against_other_settings(after, found):
    assert change(AWS, after) == found


@pytest.mark.parametrize(
    ("before", "after", "goes", "comes"),
    [
        ({"kind": "direct"}, {"kind": "direct", "protect": True}, [], []),
        (
            {"kind": "direct", "adopt": {"a": "eipalloc-0123abcd"}},
            {"kind": "direct"},
            ["a: eipalloc-0123abcd"],
            ["a (made)"],
        ),
        ({"kind": "nat"}, {"kind": "nat", "per": "site"}, ["eu-central-1b (made)"], []),
        (
            {"kind": "nat", "per": "site"},
            {"kind": "direct"},
            ["eu-central-1a (made)"],
            ["a (made)", "b (made)"],
        ),
        (
            {"kind": "nat", "adopt": {"eu-central-1a": "eipalloc-0123abcd", "eu-central-1b": "eipalloc-4567abcd"}},
            {"kind": "direct", "adopt": {"a": "eipalloc-4567abcd", "b": "eipalloc-0123abcd"}},
            [],
            [],
        ),
    ],
)
def test_exit_addresses_against_other_settings(before, after, goes, comes):
    old = settings({"main": {**AWS, "exit": before}, "other": GCP})
    new = settings({"main": {**AWS, "exit": after}, "other": GCP, "third": AZURE})
    found = fleet_plan(new, old).exit_changes
    told = [(one.site, list(map(str, one.goes)), list(map(str, one.comes))) for one in found]
    assert told == ([("main", goes, comes)] if goes or comes else [])


def test_all_exit_addresses_of_a_site_that_moves_or_ends():
    moved = {
        **AWS,
        "region": "eu-west-1",
        "network": {"create": {"cidr": "10.40.0.0/22", "zones": ["eu-west-1a", "eu-west-1b"]}},
        "exit": {"kind": "direct"},
    }
    before = {"main": {**AWS, "exit": {"kind": "direct"}}, "gone": ADOPTED}
    found = fleet_plan(settings({"main": moved}), settings(before)).exit_changes
    assert [(one.site, list(map(str, one.goes)), list(map(str, one.comes))) for one in found] == [
        ("main", ["a (made)", "b (made)"], ["a (made)", "b (made)"]),
        ("gone", ["203.0.113.7 (listed)"], []),
    ]


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


def test_an_exit_address_that_would_change_is_told(edited):
    """Of the host of a slot nothing changes then, but partners have allow-listed the address."""

    def adopted(config):
        site = config["gatepost:fleet"]["remote_networks"]["exits"]["sites"]["dublin"]
        site["exit"] = {"kind": "direct", "adopt": {"a": "eipalloc-0123abcd"}}

    before = edited(adopted)
    assert call(DEV, "--against", before).stdout.partition("\nAgainst the other settings\n")[2] == (
        "No Connector changes.\n"
        "exits/dublin: exit addresses change: a: eipalloc-0123abcd will be gone, and a (made) will be new. "
        "Tell those who allow-list them.\n"
    )


def test_other_settings_that_cannot_be_used_are_named(tmp_path):
    file = tmp_path / "before.yaml"
    file.write_text("config: {}\n")
    done = call(DEV, "--against", file)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines()[:3] == [
        f"{file}, given by --against:",
        "The settings of this stack cannot be used. Nothing was changed.",
        "  gatepost:fleet: This setting is needed and missing. See docs/settings.md for an example.",
    ]
