"""Pins in the text of a settings file: where they stand, and that a new one changes nothing else."""

import difflib
from pathlib import Path

import pytest

from gatepost.cli.images_pins import Pin, PinError, edited, pins
from gatepost.cli.plan_file import read_settings

ROOT = Path(__file__).resolve().parents[2]
STACKS = ("dev", "staging", "prod")
NEW = {
    "aws": "ami-0fedcba9876543210",
    "gcp": "projects/debian-cloud/global/images/debian-12-bookworm-v20270101",
    "azure": f"twingate/connector@sha256:{'0f' * 32}",
}


def pins_of(file: Path, cloud: str) -> list[Pin]:
    settings, problems = read_settings(file, "prod")
    assert problems == []
    return pins(settings, file.read_text(), cloud)


@pytest.mark.parametrize("cloud", NEW)
@pytest.mark.parametrize("stack", STACKS)
def test_in_our_stacks_a_pin_changes_its_own_lines_only(stack: str, cloud: str) -> None:
    file = ROOT / "stacks" / f"Pulumi.{stack}.yaml"
    text, found = file.read_text(), pins_of(file, cloud)
    new = edited(text, [(pin, NEW[cloud]) for pin in found])
    changed = [line for line in difflib.ndiff(text.splitlines(), new.splitlines()) if line[0] in "+-"]
    put = [line for line in changed if line[0] == "+"]
    replaced = sum(pin.value is not None for pin in found)
    assert (len(put), len(changed) - len(put)) == (len(found), replaced)
    assert [line for line in put if NEW[cloud] not in line] == []
    old = [(pin, pin.value) for pin in found if pin.value is not None]
    if replaced == len(found):
        assert edited(new, old) == text
    else:
        assert new.replace(f"            image: {NEW[cloud]}\n", "") == text


@pytest.mark.parametrize("cloud", NEW)
@pytest.mark.parametrize("stack", STACKS)
def test_what_is_written_is_what_a_program_reads(tmp_path: Path, stack: str, cloud: str) -> None:
    file = ROOT / "stacks" / f"Pulumi.{stack}.yaml"
    changed = tmp_path / file.name
    changed.write_text(edited(file.read_text(), [(pin, NEW[cloud]) for pin in pins_of(file, cloud)]))
    assert {pin.value for pin in pins_of(changed, cloud)} == {NEW[cloud]}
    assert [pin.where for pin in pins_of(changed, cloud)] == [pin.where for pin in pins_of(file, cloud)]


HEAD = """config:
  gatepost:tenant: acme
  gatepost:fleet:
    defaults: {aws: {image: ami-0000000000000000a}}
    remote_networks:
      payments:
        defaults: {aws: {image: ami-0000000000000000b}}
        sites:
          frankfurt:
            cloud: aws
            region: eu-central-1
            network: {create: {cidr: 10.40.0.0/22, zones: [eu-central-1a, eu-central-1b]}}
            exit: {kind: nat, per: site}
            connectors: {a: {zone: eu-central-1a}, b: {zone: eu-central-1b, image: ami-0000000000000000c}}
      office:
        sites:
          dublin:
            cloud: aws
            region: eu-west-1
            network: {create: {cidr: 10.41.0.0/22, zones: [eu-west-1a, eu-west-1b]}}
            exit: {kind: nat, per: site}
            connectors: {a: {zone: eu-west-1a}, b: {zone: eu-west-1b}}
          paris:
            cloud: aws
            region: eu-west-3
            image: ami-0000000000000000d
            network: {create: {cidr: 10.42.0.0/22, zones: [eu-west-3a, eu-west-3b]}}
            exit: {kind: nat, per: site}
            connectors: {a: {zone: eu-west-3a}, b: {zone: eu-west-3b}}
"""


def test_the_nearest_level_decides(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(HEAD)
    site = "remote_networks.payments.sites.frankfurt.connectors.b.image"
    assert [(pin.where, pin.sites, pin.regions, pin.value) for pin in pins_of(file, "aws")] == [
        ("defaults.aws.image", ("office/dublin",), ("eu-west-1",), "ami-0000000000000000a"),
        ("remote_networks.office.sites.paris.image", ("office/paris",), ("eu-west-3",), "ami-0000000000000000d"),
        ("remote_networks.payments.defaults.aws.image", ("payments/frankfurt",), ("eu-central-1",), f"ami-{'0' * 16}b"),
        (site, ("payments/frankfurt/b",), ("eu-central-1",), "ami-0000000000000000c"),
    ]


def test_a_line_of_two_regions_is_one_pin(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    file.write_text(HEAD.replace("            image: ami-0000000000000000d\n", ""))
    first = pins_of(file, "aws")[0]
    assert (first.sites, first.regions) == (("office/dublin", "office/paris"), ("eu-west-1", "eu-west-3"))


SITE = """config:
  gatepost:fleet:
    remote_networks:
      payments:
        sites:
          frankfurt: {site}
"""
STEPS = ("remote_networks", "payments", "sites", "frankfurt", "image")
OLD, FRESH = "ami-0000000000000000a", "ami-0000000000000000b"


def pin(value: str | None) -> Pin:
    return Pin(steps=STEPS, sites=("payments/frankfurt",), regions=("eu-central-1",), value=value)


@pytest.mark.parametrize(
    "site",
    [
        f"{{region: eu-central-1, image: {OLD}}}",
        f"{{image:   '{OLD}' , region: eu-central-1}}",
        f'{{"image": "{OLD}"}}  # {OLD} stays here',
        f"{{image: &pin {OLD}}}",
        f"\n            # {OLD} was tested\n            image: {OLD}   # not before {OLD}\n            region: x",
        f"\r\n            image: {OLD}\r\n            region: x\r",
    ],
    ids=["flow", "single quotes", "double quotes", "anchor", "comments", "line ends of Windows"],
)
def test_a_pin_is_replaced_where_it_stands(site: str) -> None:
    text = SITE.replace("{site}", site)
    start = text.index(OLD, text.index("image")) if "tested" not in site else text.index(f"image: {OLD}") + 7
    assert edited(text, [(pin(OLD), FRESH)]) == text[:start] + FRESH + text[start + len(OLD) :]


@pytest.mark.parametrize(
    ("site", "after"),
    [
        ("{region: eu-central-1, dns: [10.0.0.2]}", f"{{region: eu-central-1, image: {FRESH}, dns: [10.0.0.2]}}"),
        (
            "\n            region: eu-central-1  # near the users\n            dns: []",
            f"\n            region: eu-central-1  # near the users\n            image: {FRESH}\n            dns: []",
        ),
        ("\r\n              cloud: aws\r", f"\r\n              cloud: aws\r\n              image: {FRESH}\r"),
    ],
    ids=["flow", "block", "line ends of Windows"],
)
def test_a_pin_is_added_below_the_region(site: str, after: str) -> None:
    assert edited(SITE.replace("{site}", site), [(pin(None), FRESH)]) == SITE.replace("{site}", after)


def test_a_pin_is_added_to_a_file_without_a_last_line_end() -> None:
    text = SITE.replace("{site}", "\n            region: x").rstrip("\n")
    assert edited(text, [(pin(None), FRESH)]) == f"{text}\n            image: {FRESH}"


def test_a_pin_that_a_merge_key_brings_is_changed_where_it_is_written() -> None:
    text = SITE.replace("{site}", "\n            <<: *base\n            region: x")
    text = f"base: &base {{image: {OLD}}}\n{text}"
    assert edited(text, [(pin(OLD), FRESH)]) == text.replace(OLD, FRESH)


TWO = """config:
  gatepost:fleet:
    remote_networks:
      payments:
        sites:
          frankfurt: {image: &tested ami-0000000000000000a, region: x}
          oslo: {image: *tested, region: y}
"""
OSLO = Pin(steps=(*STEPS[:3], "oslo", "image"), sites=("payments/oslo",), regions=("y",), value=OLD)


def test_a_pin_of_two_sites_is_changed_once() -> None:
    assert edited(TWO, [(pin(OLD), f"{FRESH}123"), (OSLO, f"{FRESH}123")]) == TWO.replace(OLD, f"{FRESH}123")


def test_a_pin_of_two_sites_that_need_different_images_is_refused() -> None:
    with pytest.raises(PinError) as refused:
        edited(TWO, [(pin(OLD), FRESH), (OSLO, "ami-0000000000000000c")])
    assert "cannot be changed by itself. Write image: ami-0000000000000000" in str(refused.value)


@pytest.mark.parametrize(
    ("site", "value", "problem"),
    [
        (
            f'{{image: "ami-\\x30{OLD[5:]}"}}',
            OLD,
            f"{'.'.join(STEPS)} is written over several lines or with escapes. Write image: {FRESH} by hand.",
        ),
        (
            "{dns: [10.0.0.2]}",
            None,
            f"{'.'.join(STEPS[:-1])} has no line for its region. Write image: {FRESH} there by hand.",
        ),
    ],
)
def test_what_cannot_be_changed_alone_is_refused(site: str, value: str | None, problem: str) -> None:
    with pytest.raises(PinError) as refused:
        edited(SITE.replace("{site}", site), [(pin(value), FRESH)])
    assert str(refused.value) == problem


def test_settings_in_one_text_are_refused() -> None:
    with pytest.raises(PinError) as refused:
        edited("config: {gatepost:fleet: '{}'}", [(pin(None), FRESH)])
    assert str(refused.value) == (
        "gatepost:fleet is no map in this file, so its pins have no place. Write it as a map."
    )
