"""What a gate waits for, and what it makes of Twingate's answers.

A gate refuses an incarnation that never lived, that leaves by a foreign address, or that died while the one before it
still lives. A Connector that died by itself, with nothing left to retire, is a warning: it must keep nobody from adding
another.
"""

import re
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from .gate_args import GateArgs
from .poller import Poller

ALIVE = "ALIVE"
ONCE_ALIVE = ("DEAD_HEARTBEAT_TOO_OLD", "DEAD_NO_RELAYS")
"""States that a Connector has before its rollout begins only if it was in touch with Twingate before."""
STATES = (ALIVE, *ONCE_ALIVE, "DEAD_NO_HEARTBEAT")
"""Every state; source: terraform-provider-twingate ``docs/resources/connector.md``."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """The Connector that a gate is about."""

    slots: Collection[str]
    """Logical names of all slots of the program."""
    slot: str
    """Logical name of the slot's Connectors; each one's name is this and a suffix that Pulumi makes."""
    connector: str
    """Its id."""
    name: str
    """As messages show it, host included."""
    private_ip: str
    """Address of its host in the network; empty: not compared with what Twingate tells."""
    exits: Sequence[str]
    """Addresses that it may leave by; empty: any."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What one answer of Twingate says."""

    state: str
    """One of ``STATES``, or words for what is not known."""
    address: str = ""
    elder_lives: bool = False
    """A Connector that this rollout would retire is ALIVE: an older one of the slot, or one whose slot is gone."""
    elder: bool = False
    """There is such a Connector, dead or alive."""
    here: bool = True
    """What Twingate tells is about the host of now, as far as can be seen."""

    def good(self, exits: Sequence[str]) -> bool:
        """ALIVE on its host by one of the exits."""
        return self.state == ALIVE and self.here and (not exits or self.address in exits)


async def look(poller: Poller, candidate: Candidate) -> Look:
    """Ask, and pick what concerns the candidate out of the answer."""
    try:
        everyone = await poller.connectors()
    except Exception as problem:  # the SDK raises no narrower one; a failed question is no reason to stop
        if "Resource monitor has terminated" in str(problem):
            raise  # the engine is gone
        return Look(state=f"not known, because Twingate could not be asked ({problem})")
    mine = everyone.get(candidate.connector)
    if mine is None:
        return Look(state="unknown to Twingate")
    elders = [other for other in everyone.values() if other is not mine and _retires(candidate, mine, other)]
    told = mine.get("privateIps") or ()
    return Look(
        state=mine["state"],
        address=mine.get("publicIp") or "",
        elder=bool(elders),
        elder_lives=any(other["state"] == ALIVE for other in elders),
        here=not candidate.private_ip or not told or candidate.private_ip in told,
    )


def _retires(candidate: Candidate, mine: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether the rollout that makes the candidate retires another Connector of its Remote Network."""
    slot = re.fullmatch(r"(.+)-[0-9A-Za-z]+", str(other.get("name")))
    if slot is None or other.get("remoteNetworkId") != mine.get("remoteNetworkId"):
        return False
    network = candidate.slot.partition("-")[0]  # names of gatepost begin with the network's key
    gone = slot[1] not in candidate.slots and slot[1].startswith(f"{network}-")
    return slot[1] == candidate.slot or gone


async def refusal(
    component: pulumi.Resource, poller: Poller, candidate: Candidate, args: GateArgs, timeout: float
) -> str | None:
    """Wait for a Connector; None once it lives (and has lived through the soak time), else why the rollout stops."""
    start = since = time.monotonic()
    said, known = "", False
    while True:
        found = await look(poller, candidate)
        now = time.monotonic()
        if found.good(candidate.exits):
            soak = found.elder and args.soak_seconds
            return await _soak(component, poller, candidate, args, timeout) if soak else None
        if found.state in ONCE_ALIVE and found.here and not known and not found.elder_lives:
            # When Twingate first tells of it: it went before this rollout, not in it, and nothing would be retired.
            pulumi.log.warn(
                f"Connector {candidate.name} is {found.state}: it lived and died later. Nothing of this rollout waits "
                "for it. Look at its host, or raise the slot's generation to replace it.",
                component,
            )
            return None
        known = known or found.state in STATES
        if found.state != said:
            since = now
        if now - start >= timeout:
            return _text(candidate, found, f"within {now - start:.0f} s", now - since)
        if found.state != said:
            pulumi.log.info(f"Waiting for Connector {candidate.name}: {found.state}.", component)
            said = found.state


async def _soak(
    component: pulumi.Resource, poller: Poller, candidate: Candidate, args: GateArgs, timeout: float
) -> str | None:
    """Watch a Connector that lives; what was not known for a while counts neither way."""
    start = time.monotonic()
    seconds = f"{args.soak_seconds:g} s"
    pulumi.log.info(f"Connector {candidate.name} is ALIVE; watching it for {seconds} before going on.", component)
    while True:
        found = await look(poller, candidate)
        now = time.monotonic()
        late = now - start >= args.soak_seconds + timeout
        if not found.good(candidate.exits) and (found.state in STATES or late):
            return _text(candidate, found, f"throughout the soak time of {seconds}", now - start)
        if found.good(candidate.exits) and now - start >= args.soak_seconds:
            return None


def _text(candidate: Candidate, found: Look, when: str, since: float) -> str:
    name, exits = candidate.name, candidate.exits
    if not found.here:
        why = (
            f"Connector {name} was not ALIVE {when}: what Twingate tells ({found.state}) is of another host than "
            f"{candidate.private_ip}. Look at the boot log of the host"
        )
    elif found.state == ALIVE:
        why = (
            f"Connector {name} is ALIVE but leaves by {found.address or 'an unknown address'}, which is none of the "
            f"site's exit IPs ({', '.join(exits)}). Look at the routes of its subnet and at the address of its exit"
        )
    elif found.state not in STATES:
        why = f"Connector {name} was not seen ALIVE {when}; its state is {found.state}. Look at Twingate's console"
    else:
        why = (
            f"Connector {name} was not ALIVE {when}; its last state is {found.state}, for {since:.0f} s. "
            "Look at the boot log of its host, its route to the internet, its firewall and network ACL"
        )
    return f"{why}. Nothing was retired: the Connectors from before still run. Mend the cause and run the update again."
