"""How a rollout waits for new Connectors. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .words import nearest, refuse

TIMEOUTS: Mapping[str, float] = {"aws": 300, "gcp": 600, "azure": 900}
"""Seconds that a new Connector may take by default: Google's hosts install packages, container groups pull an image.
Professional knowledge, not measured yet."""


@dataclass(frozen=True, kw_only=True)
class GateArgs:
    """How long a rollout waits for a new Connector, and how often it asks. Plain values."""

    enabled: bool = True
    """False: go on without asking Twingate, for example while its API is away. Nothing then guards the rollout."""
    timeout_seconds: float | Mapping[str, float] | None = None
    """How long a new Connector may take to be ALIVE before the rollout is refused: for all clouds, or by cloud. None,
    and clouds that are not named: see ``TIMEOUTS``."""
    poll_seconds: float = 5
    """Least time between two questions; one question covers every gate. Twingate allows 60 reads a minute."""
    match_host: bool = True
    """Whether the private address that Twingate tells of a Connector must be its host's. False for hosts that report
    another one, such as that of a bridge."""
    soak_seconds: float = 0
    """How long a Connector that takes the place of an older one must stay ALIVE before the rollout goes on. 0: it is
    enough that it was ALIVE once."""

    def __post_init__(self) -> None:
        limits = self.timeout_seconds if isinstance(self.timeout_seconds, Mapping) else {}
        switches = (("enabled", self.enabled), ("match_host", self.match_host))
        problems = [f"GateArgs.{n} must be a boolean, got {v!r}." for n, v in switches if not isinstance(v, bool)]
        for cloud in limits:
            if cloud not in TIMEOUTS:
                guess = nearest(str(cloud), TIMEOUTS)
                hint = f" Did you mean {guess!r}?" if guess else ""
                problems.append(f"GateArgs.timeout_seconds names {cloud!r}. Allowed: {', '.join(TIMEOUTS)}.{hint}")
        single = [] if limits or self.timeout_seconds is None else [("timeout_seconds", self.timeout_seconds)]
        every = [*single, *((f"timeout_seconds[{cloud!r}]", limit) for cloud, limit in limits.items())]
        problems += [
            f"GateArgs.{name} must be a positive number of seconds, got {value!r}."
            for name, value in (*every, ("poll_seconds", self.poll_seconds))
            if not _is_seconds(value) or not value
        ]
        if not _is_seconds(self.soak_seconds):
            problems.append(f"GateArgs.soak_seconds must be a number of seconds from 0, got {self.soak_seconds!r}.")
        refuse(problems)

    def timeout(self, cloud: str) -> float:
        """Seconds that a new Connector on a cloud may take."""
        if isinstance(self.timeout_seconds, Mapping):
            return self.timeout_seconds.get(cloud, TIMEOUTS[cloud])
        return TIMEOUTS[cloud] if self.timeout_seconds is None else self.timeout_seconds


def _is_seconds(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and 0 <= value < math.inf
