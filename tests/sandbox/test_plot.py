"""The picture of the record: steps, ticks, words, and that it needs nothing else."""

from typing import Any
from xml.etree import ElementTree

import pytest
from sandbox.helpers import Sandbox

from gatepost_sandbox.plot import draw

SVG = "{http://www.w3.org/2000/svg}"


def line(second: int, alive: dict[str, int] | None, **more: Any) -> dict[str, Any]:
    same = {"cloud": "aws", "operation": "RunInstances", "write": True, "fault": None}
    return {"time": f"2026-11-23T12:00:{second:02}+00:00", "alive": alive, **same, **more}


CALLS = [
    line(0, {"net": 2}),
    line(5, {"net": 1}),
    line(8, {"net": 1}, operation="DescribeVpcs", write=False),
    line(10, {"net": 2}, cloud="twingate", operation="connectorDelete", fault="throttle"),
]


def picture(calls: list[dict[str, Any]]) -> ElementTree.Element:
    return ElementTree.fromstring(draw(calls))  # noqa: S314 - our own text


def words(root: ElementTree.Element) -> list[str | None]:
    return [text.text for text in root.iter(f"{SVG}text")]


def paths(root: ElementTree.Element) -> list[str | None]:
    return [path.get("d") for path in root.iter(f"{SVG}path")]


def ticks(root: ElementTree.Element) -> list[tuple[str | None, str | None, str | None]]:
    found = [tick for tick in root.iter(f"{SVG}line") if tick.get("class") in ("tick", "fault")]
    return [(tick.get("class"), tick.get("x1"), tick.findtext(f"{SVG}title")) for tick in found]


def test_a_step_line_for_each_network() -> None:
    # 60 to 900 is the width; two alive are at the top of the panel (50), none would be at its bottom (110).
    assert paths(picture(CALLS)) == ["M60.0,50.0H480.0V80.0H732.0V80.0H900.0V50.0"]
    both = picture([line(0, {"net": 1, "web": 0}), line(1, {"net": 1, "web": 0})])
    assert paths(both) == ["M60.0,50.0H900.0V50.0", "M60.0,214.0H900.0V214.0"]
    assert [text for text in words(both) if text and "alive" in text] == ["net: 1 to 1 alive", "web: 0 to 0 alive"]


def test_a_network_that_comes_later_starts_later() -> None:
    root = picture([line(0, {}), line(5, {"net": 1}), line(10, {"net": 1})])
    assert paths(root) == ["M480.0,50.0H900.0V50.0"]


def test_writes_are_ticks_and_faults_stand_out() -> None:
    assert ticks(picture(CALLS)) == [
        ("tick", "60.0", "RunInstances"),
        ("tick", "480.0", "RunInstances"),
        ("fault", "900.0", "connectorDelete (throttle)"),
    ]


def test_the_words_around_it() -> None:
    root = picture(CALLS)
    assert "net: 1 to 2 alive" in words(root)
    assert words(root)[-2:] == ["2026-11-23T12:00:00+00:00", "+10.0 s"]


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        ([], ["Nothing was called yet."]),
        (
            [line(0, None)],
            [
                "No live Connectors were counted: set count_alive to true before the run.",
                "aws",
                "2026-11-23T12:00:00+00:00",
                "+0.0 s",
            ],
        ),
    ],
)
def test_a_record_with_little_in_it(calls: list[dict[str, Any]], said: list[str]) -> None:
    assert words(picture(calls)) == said


def test_names_are_text_and_never_markup() -> None:
    root = picture([line(0, {"<script>&": 1})])
    assert "<script>&: 1 to 1 alive" in words(root)
    assert [element.tag for element in root.iter() if "script" in element.tag] == []


def test_it_needs_nothing_else_and_is_made_for_both_themes() -> None:
    text = draw(CALLS)
    assert [word for word in ("<script", "href", "url(", "@import", "<image") if word in text] == []
    assert text.count("http") == 1  # the name space
    assert "@media (prefers-color-scheme: dark)" in text


def test_the_page_shows_it(held: Sandbox) -> None:
    import urllib.request

    with urllib.request.urlopen(f"{held.running.twingate}/sandbox/history.svg") as answer:  # noqa: S310
        kind, root = answer.headers["Content-Type"], ElementTree.fromstring(answer.read())  # noqa: S314
    assert (kind.split(";")[0], root.tag) == ("image/svg+xml", f"{SVG}svg")
