"""In which order a rollout of every Connector goes, and how long it may take at most.

The order is the one of ``gatepost.fleet`` and ``gatepost.connector_site``; a test compares.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..gate_args import GateArgs

WRITES_A_MINUTE = 20
"""Twingate's limit of changes by its API: https://www.twingate.com/docs/api-overview (60 reads, 20 writes)."""
WRITES = 4
"""Changes that an incarnation takes, its retirement included."""
BATCH = 60
"""Seconds that the limit counts over."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A Connector in the rollout of its Remote Network."""

    site: str
    slot: str
    wave: int
    """1 for the canary; those of one wave go side by side."""
    timeout: float
    """Seconds that its gates wait at most."""
    latest: float
    """Seconds after the start at which its gate has passed or refused."""


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """The rollout of a Remote Network; networks go side by side."""

    turns: tuple[Turn, ...]
    by_hand: tuple[str, ...]
    """Connectors that people install in their own time; no gate waits for them."""

    @property
    def at_most(self) -> float:
        """Seconds that the gates may take together."""
        return max((turn.latest for turn in self.turns), default=0)


def rollout(sites: Mapping[str, Any], gate: GateArgs, network_type: str) -> Rollout:
    """The order in which all Connectors of a Remote Network are renewed."""
    turns: list[Turn] = []
    canary: Turn | None = None
    direct: Turn | None = None
    for key, site in sites.items():
        if site.cloud == "onprem":
            continue
        timeout = (gate.timeout(site.cloud) + gate.soak_seconds) if gate.enabled else 0
        if (site.cloud, site.exit.kind, network_type) == ("aws", "direct", "REGULAR"):
            timeout *= 2  # a gate before the address moves, and one after
        moves = site.exit.kind == "direct"  # then one slot after the other, over all such sites
        for slot in site.connectors:
            waits = [turn for turn in (canary, direct if moves else None) if turn]
            wave = max((turn.wave for turn in waits), default=0) + 1
            start = max((turn.latest for turn in waits), default=0)
            turn = Turn(site=key, slot=slot, wave=wave, timeout=timeout, latest=start + timeout)
            turns.append(turn)
            canary = canary or turn
            direct = turn if moves else direct
    by_hand = [f"{key}/{slot}" for key, site in sites.items() if site.cloud == "onprem" for slot in site.connectors]
    return Rollout(turns=tuple(turns), by_hand=tuple(by_hand))


def api_seconds(incarnations: int) -> float:
    """Seconds that Twingate's API takes at least for so many incarnations at once."""
    minutes = math.ceil(incarnations * WRITES / WRITES_A_MINUTE) - 1
    return max(minutes, 0) * BATCH
