"""The picture: nothing overlaps, everything fits, at 3 and at 60 Remote Networks, in light and in dark."""

import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cli.plan_data import AWS, AZURE, GCP, ONPREM
from typer.testing import CliRunner

from gatepost.cli.main import build
from gatepost.cli.plan_picture import ADVANCE, BIG, SMALL, html, svg
from gatepost.plan.model import fleet_plan
from gatepost.stack_settings import stack_settings

SVG = "{http://www.w3.org/2000/svg}"
CLOUDS = (AWS, GCP, AZURE, ONPREM)
SLOTS = "abcdefgh"
LONG = "a-very-long-zone"


def fleet(count, *, key="network", title=None):
    """A plan of Remote Networks with up to three sites in different clouds and up to eight Connectors."""
    networks = {}
    for n in range(count):
        sites = {}
        for place in range(1 + n % 3):
            site = CLOUDS[(n + place) % 4]
            site = {**site, "connectors": {slot: {} for slot in SLOTS[: 2 + (n + place) % 4]}}
            if "network" in site:
                cidr = f"10.{n}.{place * 16}.0/22"
                site["network"] = {"create": {**site["network"]["create"], "cidr": cidr}}
            sites[f"site-number-{place}"] = site
        networks[f"{key}-{n}"] = {"sites": sites, "replicated": len(sites) > 1}
    values = {"tenant": "acme", "fleet": {"remote_networks": networks}}
    settings, problems = stack_settings(values, environment="prod")
    assert problems == []
    return fleet_plan(settings)


def parts(text):
    """Boxes of texts, and of rectangles by class: (left, top, right, bottom)."""
    root = ElementTree.fromstring(text)  # noqa: S314 - our own picture
    texts, boxes = [], []
    for element in root.iter(f"{SVG}text"):
        x, y = float(element.attrib["x"]), float(element.attrib["y"])
        size = BIG if element.get("class") == "big" else SMALL
        words = (element.text or "").strip()
        texts.append((words, (x, y - size, x + len(words) * size * ADVANCE, y + 0.25 * size)))
    for element in root.iter(f"{SVG}rect"):
        x, y, width, height = (float(element.attrib[name]) for name in ("x", "y", "width", "height"))
        boxes.append((element.get("class"), (x, y, x + width, y + height)))
    return root, texts, boxes


def apart(one, other):
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def inside(inner, outer):
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


@pytest.mark.parametrize("count", [1, 3, 17, 60])
def test_texts_do_not_overlap_and_everything_fits(count):
    root, texts, boxes = parts(svg(fleet(count)))
    width, height = (float(root.attrib[name]) for name in ("width", "height"))
    assert [words for words, box in texts if not inside(box, (0, 0, width, height))] == []
    assert [(a[0], b[0]) for a, b in combinations(texts, 2) if not apart(a[1], b[1])] == []
    cards = [box for kind, box in boxes if kind == "card"]
    assert len(cards) == count
    assert all(apart(a, b) for a, b in combinations(cards, 2))
    for kind, around in (("site", "card"), ("slot", "site")):
        outer = [box for name, box in boxes if name == around]
        assert [box for name, box in boxes if name == kind and sum(inside(box, one) for one in outer) != 1] == []


@pytest.mark.parametrize(("count", "most"), [(3, 3), (60, 2.6)])
def test_it_has_about_the_shape_of_a_screen(count, most):
    root, _, _ = parts(svg(fleet(count)))
    assert 1 <= float(root.attrib["width"]) / float(root.attrib["height"]) <= most


def test_every_connector_and_site_is_drawn():
    plan = fleet(60)
    _, texts, boxes = parts(svg(plan))
    sites = [site for network in plan.networks for site in network.sites]
    assert sum(kind == "site" for kind, _ in boxes) == len(sites)
    assert sum(kind == "slot" for kind, _ in boxes) == sum(len(site.slots) for site in sites)
    assert {network.key for network in plan.networks} <= {words for words, _ in texts}


def test_what_does_not_fit_is_cut_and_whole_under_the_pointer():
    root, texts, _ = parts(svg(fleet(1, key="eighteen-letters")))
    assert [words for words, _ in texts if "…" in words] == []
    plan = fleet(1)
    (network,) = plan.networks
    (site,) = network.sites
    object.__setattr__(site, "region", LONG * 5)
    root, texts, _ = parts(svg(plan))
    (cut,) = [words for words, _ in texts if words.endswith("…")]
    assert LONG.startswith(cut.removeprefix("aws ")[:8])
    assert f"aws {LONG * 5}" in [title.text for title in root.iter(f"{SVG}title")]


def contrast(one, other):
    """As WCAG 2 counts it: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""

    def light(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        return sum(
            share * (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
            for part, share in zip(parts, (0.2126, 0.7152, 0.0722), strict=True)
        )

    bright, dark = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_words_stand_out_from_what_is_behind_them(mode):
    style, _, dark = svg(fleet(1)).partition("@media (prefers-color-scheme: dark)")
    fills = dict(re.findall(r"(text|\.\w+) \{[^}]*?fill: (#[0-9a-f]{6})", style if mode == "light" else dark))
    for words in ("text", ".dim", ".aws", ".gcp", ".azure", ".onprem"):
        for behind in (".page", ".card", ".site", *([".slot"] if words == "text" else [])):
            assert contrast(fills[words], fills[behind]) >= 4.5, (words, behind)


def test_the_page_holds_the_picture():
    plan = fleet(3)
    page = html(plan)
    assert page.startswith("<!doctype html>\n")
    assert "<title>prod of acme.twingate.com</title>" in page
    assert re.sub(r"\s", "", svg(plan).partition("<svg")[2]) in re.sub(r"\s", "", page)
    assert "<script" not in page


@pytest.mark.parametrize(("name", "start"), [("f.svg", "<?xml"), ("F.HTML", "<!doctype html>")])
def test_the_command_writes_it(tmp_path, name, start):
    dev = Path(__file__).resolve().parents[2] / "stacks" / "Pulumi.dev.yaml"
    done = CliRunner().invoke(build(), ["plan", str(dev), "--picture", str(tmp_path / name)])
    assert (done.exit_code, done.stderr) == (0, f"written: {tmp_path / name}\n")
    assert (tmp_path / name).read_text().startswith(start)


def test_a_file_that_cannot_be_written(tmp_path):
    dev = Path(__file__).resolve().parents[2] / "stacks" / "Pulumi.dev.yaml"
    done = CliRunner().invoke(build(), ["plan", str(dev), "--picture", str(tmp_path / "no" / "f.svg")])
    assert done.exit_code == 1
    assert "The picture cannot be written" in done.stderr
