"""What the three clouds share about a site: slots, and how arguments are checked before anything is created."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import pulumi
from typeguard import CollectionCheckStrategy, ForwardRefPolicy, TypeCheckError, check_type

from .connector import tenant_problems
from .labels import check_key
from .placement import region_problems
from .words import problems_of, refuse, sentence

__all__ = [
    "ExitRef",
    "SlotArgs",
    "plain_problems",
    "problems_of",
    "region_problems",
    "sentence",
    "slot_problems",
    "tenant_problems",
]


@dataclass(frozen=True, kw_only=True)
class SlotArgs:
    """One Connector of a site. Everything here is plain: it decides what is built."""

    zone: str | None = None
    """Zone of the host; None: the next one in the order of declaration (see ``gatepost.placement``)."""
    generation: int = 1
    """Raise it to rotate the slot: a new Connector, token pair and host are made, then the old ones go."""
    image: str | None = None
    """Image of this slot's host; None: the site's. To try a new one on one Connector first."""
    log_level: str | int | None = None
    """See ``ConnectorSettings.log_level``; None: the site's."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "zone", "generation", "image", "log_level")
        if not problems and self.generation < 1:
            problems.append(f"generation must be a whole number from 1 upwards, got {self.generation}.")
        refuse(problems)


@dataclass(frozen=True, kw_only=True)
class ExitRef:
    """A static public address that traffic leaves from, and the id that a NAT gateway or host takes it by."""

    id: pulumi.Input[str]
    """AWS: allocation id. Google and Azure: resource id."""
    address: pulumi.Input[str]
    """The IPv4 address."""


def plain_problems(args: Any, *names: str) -> list[str]:
    """Sentences for fields that decide the shape of the program but hold an Output, or a value of another type."""
    kind, problems = type(args).__name__, []
    hints = {field.name: field.type for field in fields(args)}
    for name in names:
        value, hint = getattr(args, name), hints[name]
        if _holds_output(value):
            problems.append(
                f"{kind}.{name} must be a plain value, because it decides what is built; got an Output. "
                "Pass a value that is known when the program runs."
            )
        elif not _fits(value, hint):
            shown = repr(value) if isinstance(value, str | int | float | None) else f"a {type(value).__name__}"
            problems.append(f"{kind}.{name} must be of type {_spelt(hint)}, got {shown}.")
    return problems


def _fits(value: Any, hint: Any) -> bool:
    if isinstance(value, bool) and "bool" not in _spelt(hint):
        return False  # Python takes True for a number
    try:
        check_type(
            value,
            hint,
            forward_ref_policy=ForwardRefPolicy.IGNORE,  # the Output in pulumi.Input
            collection_check_strategy=CollectionCheckStrategy.ALL_ITEMS,
        )
    except TypeCheckError:
        return False
    return True


def _spelt(hint: Any) -> str:
    """A type as people write it, without its modules."""
    return hint.__name__ if isinstance(hint, type) else re.sub(r"\w+\.", "", str(hint))


def _holds_output(value: Any) -> bool:
    if isinstance(value, pulumi.Output):
        return True
    if isinstance(value, Mapping):
        return any(_holds_output(v) for v in value)
    return isinstance(value, (list, tuple)) and any(_holds_output(v) for v in value)


def slot_problems(slots: Mapping[str, SlotArgs]) -> list[str]:
    """Sentences for slot keys that cannot be used, and for a site without any slot."""
    if not slots:
        return ["A site needs at least one slot, for example slots={'a': SlotArgs(), 'b': SlotArgs()}."]
    return [problem for key in slots for problem in check_key("slot", key)]
