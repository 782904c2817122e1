"""The fleet as a picture: a card for each Remote Network, its sites in it, and in each site its Connectors.

Text is in a font of fixed width, so that what fits can be counted. Colours follow the reader's light or dark setting,
and nothing is told by colour alone.
"""

import html as escapes
import math
from typing import TYPE_CHECKING, Any

import drawsvg as draw

if TYPE_CHECKING:
    from ..plan.model import FleetPlan, NetworkPlan, SitePlan

CARD, GAP, PAD = 330, 16, 10
"""Width of a card, space between cards, and space within them; all in pixels."""
LINE, SMALL, BIG = 18, 12, 15
"""Height of a line, and sizes of the fonts."""
ADVANCE = 0.61
"""Width of a character of the font, as a part of its size: that of the widest of the fonts below."""
CHIP = 22
"""Height of a Connector."""
_FONT = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"
_CSS = f"""
text {{ font-family: {_FONT}; font-size: {SMALL}px; fill: #1f2328; white-space: pre; }}
.big {{ font-size: {BIG}px; font-weight: bold; }}
.dim {{ fill: #57606a; }}
.page {{ fill: #ffffff; }}
.card {{ fill: #f6f8fa; stroke: #d0d7de; }}
.site {{ fill: #ffffff; stroke: #d0d7de; }}
.slot {{ fill: #eaeef2; stroke: #8c959f; }}
.aws {{ fill: #b35900; }} .gcp {{ fill: #1a5fd0; }} .azure {{ fill: #007a8a; }} .onprem {{ fill: #57606a; }}
.way {{ stroke: #57606a; stroke-width: 2; fill: none; }}
@media (prefers-color-scheme: dark) {{
  text {{ fill: #e6edf3; }}
  .dim {{ fill: #9ea7b3; }}
  .page {{ fill: #0d1117; }}
  .card {{ fill: #161b22; stroke: #30363d; }}
  .site {{ fill: #0d1117; stroke: #30363d; }}
  .slot {{ fill: #21262d; stroke: #6e7681; }}
  .aws {{ fill: #f0883e; }} .gcp {{ fill: #58a6ff; }} .azure {{ fill: #39c5cf; }} .onprem {{ fill: #9ea7b3; }}
  .way {{ stroke: #9ea7b3; }}
}}
"""
_DASHES = {"peer-to-peer": "none", "relay": "5 4", "unknown": "1 4"}
"""Line of each path of clients."""
_LEGEND = {"peer-to-peer": "clients connect directly or by relay", "relay": "by relay only", "unknown": "not known"}


def html(plan: "FleetPlan") -> str:
    """A page that shows the picture."""
    title = escapes.escape(_title(plan))
    style = (
        "body{margin:0;background:#fff}@media(prefers-color-scheme:dark){body{background:#0d1117}}svg{max-width:100%}"
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{style}</style></head><body>\n{_drawing(plan).as_svg(header='')}\n</body></html>\n"
    )


def svg(plan: "FleetPlan") -> str:
    """The picture by itself."""
    return f"{_drawing(plan).as_svg()}\n"


def _title(plan: "FleetPlan") -> str:
    return f"{plan.environment} of {plan.tenant}.twingate.com"


def _drawing(plan: "FleetPlan") -> Any:
    heights = [_height(network) for network in plan.networks]
    columns = _columns(heights)
    width = max(columns, 2) * (CARD + GAP) + GAP
    ends = [GAP + 2 * LINE] * columns
    places: list[tuple[int, int]] = []
    for height in heights:
        column = min(range(columns), key=ends.__getitem__)
        places.append((GAP + column * (CARD + GAP), ends[column]))
        ends[column] += height + GAP
    bottom = max(ends) + (len(_LEGEND) + 1) * LINE
    page = draw.Drawing(width, bottom, id_prefix="gatepost")
    page.append_css(_CSS)
    page.append_title(_title(plan))
    page.append(draw.Rectangle(0, 0, width, bottom, class_="page"))
    _text(page, _title(plan), GAP, GAP + LINE, width - 2 * GAP, "big")
    for network, (x, y), height in zip(plan.networks, places, heights, strict=True):
        _card(page, network, x, y, height)
    for row, (path, told) in enumerate(_LEGEND.items()):
        y = max(ends) + (row + 1) * LINE
        _way(page, path, GAP, y)
        _text(page, told, GAP + 50, y, width - 2 * GAP - 50, "dim")
    return page


def _columns(heights: list[int]) -> int:
    """Columns that make the picture about as wide as a screen."""
    area = sum(height + GAP for height in heights) * (CARD + GAP)
    return max(1, min(len(heights), math.ceil(math.sqrt(area * 1.6) / (CARD + GAP))))


def _height(network: "NetworkPlan") -> int:
    return PAD + LINE + sum(_site_height(site) + PAD for site in network.sites) + PAD


def _site_height(site: "SitePlan") -> int:
    return PAD + 3 * LINE + len(_chips(site)) * (CHIP + 4) + PAD // 2


def _chips(site: "SitePlan") -> list[list[str]]:
    """Connectors in rows that fit."""
    rows: list[list[str]] = []
    room = CARD - 4 * PAD
    for slot, zone in site.slots.items():
        label = slot if slot == zone else f"{slot} {zone}"
        used = sum(_wide(other) for other in rows[-1]) if rows else room
        if used + _wide(label) > room:
            rows.append([])
        rows[-1].append(label)
    return rows


def _wide(label: str) -> int:
    """Width of a Connector, with the space after it."""
    return math.ceil(len(label) * SMALL * ADVANCE) + PAD + 6


def _card(page: Any, network: "NetworkPlan", x: int, y: int, height: int) -> None:
    page.append(draw.Rectangle(x, y, CARD, height, rx=8, class_="card"))
    kind = "EXIT" if network.type == "EXIT" else "replicated" if network.replicated else ""
    room = CARD - 2 * PAD
    mark = math.ceil(len(kind) * SMALL * ADVANCE)
    _text(page, network.key, x + PAD, y + PAD + BIG - 2, room - mark - PAD, "big")
    if kind:
        _text(page, kind, x + PAD + room - mark, y + PAD + BIG - 2, mark, "dim")
    top = y + PAD + LINE + PAD // 2
    for site in network.sites:
        _site(page, site, x + PAD, top)
        top += _site_height(site) + PAD


def _site(page: Any, site: "SitePlan", x: int, y: int) -> None:
    width, height = CARD - 2 * PAD, _site_height(site)
    page.append(draw.Rectangle(x, y, width, height, rx=6, class_="site"))
    page.append(draw.Rectangle(x, y + 6, 4, height - 12, class_=site.cloud))
    inner, room = x + PAD, width - 2 * PAD
    _text(page, site.key, inner, y + LINE, room - 50, "name")
    _way(page, site.exit.path, x + width - PAD - 40, y + LINE)
    where = site.cloud if site.cloud == "onprem" else f"{site.cloud} {site.region}"
    _text(page, where, inner, y + 2 * LINE, room, site.cloud)
    ips = len(site.exit.ips)
    count = "1 address" if ips == 1 else f"{ips} addresses" if ips else "addresses not listed"
    _text(page, f"exit {site.exit.kind}, {count}", inner, y + 3 * LINE, room, "dim")
    top = y + 3 * LINE + PAD - 1
    for row in _chips(site):
        left = inner
        for label in row:
            chip = _wide(label) - 6
            page.append(draw.Rectangle(left, top, chip, CHIP, rx=5, class_="slot"))
            _text(page, label, left + PAD // 2, top + CHIP - 7, chip - PAD + 1, "label")
            left += chip + 6
        top += CHIP + 4


def _way(page: Any, path: str, x: int, y: int) -> None:
    """A line of 40 pixels in the manner of a path of clients."""
    page.append(draw.Line(x, y - 4, x + 40, y - 4, class_="way", stroke_dasharray=_DASHES[path]))


def _text(page: Any, text: str, x: int, y: int, room: int, style: str) -> None:
    """A line of text that is cut where it does not fit; `y` is its foot. The whole text shows under the pointer."""
    size = BIG if style == "big" else SMALL
    most = max(int(room / (size * ADVANCE)), 1)
    shown = text if len(text) <= most else f"{text[: most - 1]}…"
    element = draw.Text(shown, None, x, y, class_=style)
    if shown != text:
        element.append_title(text)
    page.append(element)
