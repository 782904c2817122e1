"""Small helpers for messages: complete sentences, the nearest allowed word, several problems at once."""

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """The allowed word that `word` was probably meant to be, whatever its case; None when none is close."""
    folded = {str(a).casefold(): a for a in allowed}
    return next((folded[found] for found in get_close_matches(str(word).casefold(), folded, n=1)), None)


def one_of(what: str, value: object, allowed: Iterable[object]) -> str:
    """Sentence for a value outside a closed set: what it is, what was found, what is allowed, the likely fix."""
    words = [str(a) for a in allowed]
    guess = nearest(str(value), words)
    hint = f" Did you mean {guess!r}?" if guess else ""
    return f"{what} {value!r} is not known. Allowed: {', '.join(words)}.{hint}"


def refuse(problems: Sequence[str]) -> None:
    """Raise ValueError with every problem, one sentence a line. Does nothing when there is none."""
    if problems:
        raise ValueError("\n".join(problems))


def problems_of(*attempts: Callable[[], Any]) -> list[str]:
    """Run each callable; the sentences of every ValueError, in order."""
    found: list[str] = []
    for attempt in attempts:
        try:
            attempt()
        except ValueError as problem:
            found += str(problem).splitlines()
    return found


def sentence(items: Iterable[str]) -> str:
    """Items as a list in a sentence."""
    return ", ".join(sorted(items)) or "none"
