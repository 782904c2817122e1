"""Where the settings pin images, and new pins put into the text of the file: every other byte stays as it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from ..stack_settings import StackSettings

FLEET = ("config", "gatepost:fleet")
Steps = tuple[str, ...]


class PinError(Exception):
    """Sentences for the person: the file cannot be changed."""


@dataclass(frozen=True, kw_only=True)
class Pin:
    """A place in the file that pins the image of some hosts, or could."""

    steps: Steps
    """Below ``gatepost:fleet``; the last is ``image``."""
    sites: tuple[str, ...]
    """``payments/frankfurt``: those that it decides."""
    regions: tuple[str, ...]
    value: str | None
    """None: nothing is pinned, so a new host takes the newest image of its day."""

    @property
    def where(self) -> str:
        """The place as people read it."""
        return ".".join(self.steps)


def pins(settings: "StackSettings", text: str, cloud: str) -> list[Pin]:
    """The pins of a cloud in the text of good settings, and a row without a value for each site that has none."""
    fleet = _fleet(text)
    found: dict[Steps, Pin] = {}
    for steps, site, region, value in _used(settings, fleet, cloud):
        before = found.get(steps)
        found[steps] = Pin(
            steps=steps,
            sites=tuple(dict.fromkeys([*(before.sites if before else ()), site])),
            regions=tuple(dict.fromkeys([*(before.regions if before else ()), region])),
            value=value,
        )
    return list(found.values())


def edited(text: str, changes: Sequence[tuple[Pin, str]]) -> str:
    """The text with other pins. Raises PinError when a place cannot be changed without touching more than it."""
    fleet = _fleet(text)
    edits = sorted({_edit(text, fleet, pin, image) for pin, image in changes}, reverse=True)
    result = text
    for start, end, new in edits:
        result = result[:start] + new + result[end:]
    again = _fleet(result)
    for pin, image in changes:
        node = _find(again, pin.steps)
        if node is None or node.value != image:
            raise PinError(f"{pin.where} cannot be changed by itself. Write image: {image} there by hand.")
    return result


def _used(settings: "StackSettings", fleet: Any, cloud: str) -> Iterator[tuple[Steps, str, str, str | None]]:
    """Place, site, region and value of the image of every host, once per site and Connector of its own image."""
    for key, network in settings.fleet.remote_networks.items():
        for name, site in network.sites.items():
            if site.cloud != cloud:
                continue
            steps, told = ("remote_networks", key, "sites", name), f"{key}/{name}"
            value = getattr(site, "image", None)
            levels = [steps, ("remote_networks", key, "defaults", cloud), ("defaults", cloud)]
            given = [(*level, "image") for level in levels if value and _find(fleet, (*level, "image")) is not None]
            if any(slot.image is None for slot in site.connectors.values()):
                yield (given[0] if given else (*steps, "image")), told, str(site.region), value
            for slot, settings_of_slot in site.connectors.items():
                if settings_of_slot.image is not None:
                    place = (*steps, "connectors", slot, "image")
                    yield place, f"{told}/{slot}", str(site.region), settings_of_slot.image


def _fleet(text: str) -> Any:
    node = _find(yaml.compose(text, Loader=yaml.SafeLoader), FLEET)
    if not isinstance(node, yaml.MappingNode):
        raise PinError("gatepost:fleet is no map in this file, so its pins have no place. Write it as a map.")
    return node


def _find(node: Any, steps: Sequence[str]) -> Any:
    """The node at a place, also one that a merge key (<<) brings; None: there is none."""
    for step in steps:
        node = _child(node, step)
    return node


def _child(node: Any, name: str) -> Any:
    if not isinstance(node, yaml.MappingNode):
        return None
    merged = []
    for key, value in node.value:
        if key.value == name and key.tag != "tag:yaml.org,2002:merge":
            return value
        if key.tag == "tag:yaml.org,2002:merge":
            merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
    return next((found for one in merged if (found := _child(one, name)) is not None), None)


def _edit(text: str, fleet: Any, pin: Pin, image: str) -> tuple[int, int, str]:
    """Start, end and new text of what changes."""
    node = _find(fleet, pin.steps)
    if node is None:
        return _added(text, fleet, pin, image)
    start, end = node.start_mark.index, node.end_mark.index
    raw = text[start:end]
    if raw.count(node.value) != 1:
        raise PinError(f"{pin.where} is written over several lines or with escapes. Write image: {image} by hand.")
    return start, end, raw.replace(node.value, image)


def _added(text: str, fleet: Any, pin: Pin, image: str) -> tuple[int, int, str]:
    """A new entry of the site, after its region."""
    site = _find(fleet, pin.steps[:-1])
    entries = {key.value: (key, value) for key, value in site.value if isinstance(value, yaml.ScalarNode)}
    key, value = entries.get("region") or entries.get("cloud") or (None, None)
    if key is None or value is None:
        raise PinError(f"{pin.where[:-6]} has no line for its region. Write image: {image} there by hand.")
    end = value.end_mark.index
    if site.flow_style:
        return end, end, f", image: {image}"
    line = text.find("\n", end)
    line = len(text) if line < 0 else line
    newline = "\r\n" if text[line - 1 : line] == "\r" else "\n"
    place = line - len(newline) + 1
    return place, place, f"{newline}{' ' * key.start_mark.column}image: {image}"
