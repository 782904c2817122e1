"""The record as a picture: live Connectors of each Remote Network over time, and the calls that changed something."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

LEFT, WIDTH, RIGHT = 60, 840, 20
TOP, PANEL, GAP, AXIS = 40, 70, 34, 40
ROW = 14  # height of a row of ticks
CLOUDS = ("aws", "azure", "gcp", "twingate")

# Words in the colour of the viewer's own theme; blue, grey and orange that hold on white and on black.
STYLE = """
svg { font: 12px system-ui, sans-serif; color-scheme: light dark; --ink: #1b1f24; --quiet: #6b7280; --paper: #fff;
  --live: #0969da; --tick: #57606a; --fault: #bc4c00 }
@media (prefers-color-scheme: dark) { svg { --ink: #e6edf3; --quiet: #9198a1; --paper: #0d1117;
  --live: #4493f8; --tick: #9198a1; --fault: #f0883e } }
.paper { fill: var(--paper) } text { fill: var(--ink) } .quiet { fill: var(--quiet) }
.rule { stroke: var(--quiet); stroke-width: 0.5 }
.live { fill: none; stroke: var(--live); stroke-width: 2 }
.tick { stroke: var(--tick); stroke-width: 1 } .fault { stroke: var(--fault); stroke-width: 2 }
"""


def draw(calls: Sequence[Mapping[str, Any]]) -> str:
    """An SVG of the record's lines (``History.lines``): one step line per Remote Network, and ticks for writes.

    Calls that a fault hit stand out. The picture needs nothing else: no script, no style sheet, no font.
    """
    names = list(dict.fromkeys(name for call in calls for name in call["alive"] or {}))
    clouds = [c for c in CLOUDS if any(call["cloud"] == c and _shown(call) for call in calls)]
    height = TOP + len(names) * (PANEL + GAP) + len(clouds) * ROW + AXIS
    width = LEFT + WIDTH + RIGHT
    size = {"width": str(width), "height": str(height), "viewBox": f"0 0 {width} {height}"}
    root = ElementTree.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", **size})
    ElementTree.SubElement(root, "title").text = "Live Connectors over time"
    ElementTree.SubElement(root, "style").text = STYLE
    ElementTree.SubElement(root, "rect", {"class": "paper", "width": "100%", "height": "100%"})
    _text(root, LEFT, 20, _headline(calls, names))
    axis = Axis(calls)
    y = TOP
    for name in names:
        _panel(root, axis, name, y, [(call["time"], (call["alive"] or {}).get(name)) for call in calls])
        y += PANEL + GAP
    for cloud in clouds:
        _ticks(root, axis, cloud, y, [call for call in calls if call["cloud"] == cloud and _shown(call)])
        y += ROW
    if calls:
        _text(root, LEFT, y + 20, axis.first.isoformat(timespec="seconds"), "quiet")
        _text(root, LEFT + WIDTH, y + 20, f"+{axis.span:.1f} s", "quiet", "end")
    return ElementTree.tostring(root, encoding="unicode")


class Axis:
    """Time from the first to the last call, across the width."""

    def __init__(self, calls: Sequence[Mapping[str, Any]]) -> None:
        times = [datetime.fromisoformat(call["time"]) for call in calls] or [datetime.min]
        self.first = min(times)
        self.span = (max(times) - self.first).total_seconds()

    def x(self, time: str) -> float:
        """Where a moment is."""
        passed = (datetime.fromisoformat(time) - self.first).total_seconds()
        return round(LEFT + (WIDTH * passed / self.span if self.span else 0), 1)


def _panel(root: Any, axis: Axis, name: str, top: int, counts: Sequence[tuple[str, int | None]]) -> None:
    most = max([count for _, count in counts if count is not None], default=0)
    least = min([count for _, count in counts if count is not None], default=0)

    def y(count: int) -> float:
        return round(top + PANEL - (PANEL - 10) * count / max(most, 1), 1)

    _text(root, LEFT, top - 2, f"{name}: {least} to {most} alive")
    for count in sorted({0, most}):
        _line(root, LEFT, y(count), LEFT + WIDTH, y(count), "rule")
        _text(root, LEFT - 8, y(count) + 4, str(count), "quiet", "end")
    path: list[str] = []
    previous: int | None = None
    for time, count in counts:
        if count is not None:
            x = axis.x(time)
            path.append(f"H{x}V{y(count)}" if previous is not None else f"M{x},{y(count)}")
        previous = count
    ElementTree.SubElement(root, "path", {"class": "live", "d": "".join(path)})


def _ticks(root: Any, axis: Axis, cloud: str, top: int, calls: Iterable[Mapping[str, Any]]) -> None:
    _text(root, LEFT - 8, top + 10, cloud, "quiet", "end")
    for call in calls:
        x = axis.x(call["time"])
        tick = _line(root, x, top, x, top + ROW - 4, "fault" if call["fault"] else "tick")
        hit = f" ({call['fault']})" if call["fault"] else ""
        ElementTree.SubElement(tick, "title").text = f"{call['operation']}{hit}"


def _shown(call: Mapping[str, Any]) -> bool:
    return bool(call["write"] or call["fault"])


def _headline(calls: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    if not calls:
        return "Nothing was called yet."
    if not names:
        return "No live Connectors were counted: set count_alive to true before the run."
    return "Live Connectors of each Remote Network; ticks are writes, thick ones were hit by a fault"


def _line(root: Any, x1: float, y1: float, x2: float, y2: float, style: str) -> Any:
    ends = {"x1": x1, "y1": y1, "x2": x2, "y2": y2}
    return ElementTree.SubElement(root, "line", {"class": style, **{key: str(value) for key, value in ends.items()}})


def _text(root: Any, x: float, y: float, words: str, style: str = "ink", anchor: str = "start") -> None:
    place = {"x": str(x), "y": str(y), "class": style, "text-anchor": anchor}
    ElementTree.SubElement(root, "text", place).text = words
