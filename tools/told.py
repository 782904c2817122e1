"""What `pulumi up` says, in short."""

import re

_DONE = re.compile(r" (?:created|updated|deleted|replaced)(?: replacement)? \(")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_COUNT = re.compile(r"(\d+) (?!changes?\b)(\w+)")


def progress(text: str) -> str:
    """How far an update is, by what it said until now."""
    _, building, rest = _COLOUR.sub("", text).partition("\nUpdating (")
    done = len(_DONE.findall(rest))
    return (f"builds, {done} resources so far ..." if done else "builds ...") if building else ""


def summary(text: str) -> str:
    """What an update did, such as `3 created, 216 unchanged`; `applied` when it does not say."""
    counts = _COUNT.findall(" ".join(_section(_COLOUR.sub("", text), "Resources")))
    return ", ".join(f"{count} {word}" for count, word in counts) or "applied"


def notes(text: str) -> list[str]:
    """Warnings of the program and what the policies advise, which would be lost in an update that works."""
    update = _COLOUR.sub("", text).rpartition("\nUpdating (")[2]
    warned = [line.strip() for line in _section(update, "Diagnostics", whole=True) if line.startswith("    warning: ")]
    advised = [line.strip() for line in _section(update, "Policies") if line.startswith("        ")]
    return [*warned, *advised]


def _section(text: str, name: str, *, whole: bool = False) -> list[str]:
    """The lines below the last heading of this name, to the next empty line; `whole` to the next heading."""
    below = text.rpartition(f"\n{name}:\n")[2] if f"\n{name}:\n" in text else ""
    return re.split(r"\n(?=\S)" if whole else r"\n\n", below, maxsplit=1)[0].splitlines()
