"""The comparison of images for people."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from .images_found import WORDS, Verdict

_STYLES = {"current": "green", "older": "red", "missing": "red"}
_WIDTH = max(map(len, WORDS.values()))
_INDENT = " " * (_WIDTH + 2)


def show(verdicts: Sequence[Verdict], cloud: str, path: Path, write: bool) -> None:
    """Print each pin with its place and the newest image, then what was or would be written.

    Lines are as long as they are: people copy what is in them.
    """
    console = Console(highlight=False, soft_wrap=True)
    if not verdicts:
        console.print(Text(f"{path} has no site on {cloud}."))
    for one in verdicts:
        state = Text(WORDS[one.state].ljust(_WIDTH), style=_STYLES.get(one.state, ""))
        console.print(state.append(f"  {one.pin.where}  ({', '.join(one.pin.regions)})", style="default"))
        lines = [f"pinned {one.pin.value}"] if one.pin.value else []
        lines += [f"newest {one.newest}"] if one.newest not in (None, one.pin.value) else []
        for line in [*lines, *filter(None, [one.note])]:
            console.print(Text(_INDENT + line))
    count = sum(one.change is not None for one in verdicts)
    pins = "1 pin" if count == 1 else f"{count} pins"
    if count and write:
        console.print(Text(f"Written to {path}: {pins}. The next update replaces these hosts."))
    elif count:
        console.print(Text(f"--write would put {pins} into {path}."))
