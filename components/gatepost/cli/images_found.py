"""What a cloud says of a pin: the newest image, and how the pinned one stands to it."""

from dataclasses import dataclass
from typing import Any

from .images_pins import Pin

WORDS = {
    "current": "current",
    "older": "OLDER",
    "own": "own",
    "missing": "MISSING",
    "unpinned": "not pinned",
}
"""What is shown, by state. ``own`` is an image that is not the vendor's: nothing is said of it."""
FINDINGS = ("older", "missing")


class ImagesError(Exception):
    """A cloud or registry could not be asked. Sentences without any secret."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One pin, judged."""

    pin: Pin
    newest: str | None
    """What ``--write`` would put there; None: nothing."""
    state: str
    """A key of ``WORDS``."""
    note: str = ""
    """A sentence."""

    @property
    def finding(self) -> bool:
        """Whether it makes exit status 1."""
        return self.state in FINDINGS

    @property
    def change(self) -> str | None:
        """What ``--write`` puts into the file; None: nothing."""
        return self.newest if self.state in ("older", "unpinned") else None

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "where": self.pin.where,
            "sites": list(self.pin.sites),
            "regions": list(self.pin.regions),
            "pinned": self.pin.value,
            "newest": self.newest,
            "state": self.state,
            "note": self.note,
        }
