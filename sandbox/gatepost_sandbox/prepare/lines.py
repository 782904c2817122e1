"""What a maker tells: one line per thing, made now or there before."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

Want = dict[str, Any]
"""What must be there: ``cloud``, ``kind``, ``id``, and what its kind needs."""


@dataclass(frozen=True)
class Line:
    """A thing that is in the sandbox."""

    made: bool
    """Now; else it was there before."""
    text: str


Lines = Iterator[Line]


class CannotError(Exception):
    """Something cannot be made; the text is a sentence."""


class Maker(Protocol):
    """What makes things of one cloud."""

    def make(self, want: Want) -> Lines:
        """Make a thing unless it is there, and tell of each of its parts. Raises CannotError."""
        ...

    def withhold(self, address: str) -> bool:
        """Never give out an address again; False when something has got it already."""
        ...
