"""Slots outside the clouds, where old and new generations live side by side."""

from dataclasses import dataclass

from ..boot.onprem_generations import generation_problems
from ..site import plain_problems
from ..words import refuse


@dataclass(frozen=True, kw_only=True)
class SlotArgs:
    """One Connector of a site outside the clouds. Everything here is plain: it decides what is made."""

    generation: int = 1
    """Raise it to rotate the slot: a new Connector and pair are made, and the old ones stay."""
    retire: int = 0
    """Generations up to this one are deleted. Set it in a later update, when the newer Connector is connected."""
    log_level: str | None = None
    """error, warn, info or debug; None: the site's."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "generation", "retire", "log_level")
        if not problems and self.retire < 0:
            problems.append(f"retire must be a whole number from 0 upwards, got {self.retire}.")
        if not problems and not 1 <= self.generation <= 999_999:
            problems.append(f"generation must be a whole number from 1 to 999999, got {self.generation}.")
        refuse(problems or generation_problems(self.generation, self.retire))
