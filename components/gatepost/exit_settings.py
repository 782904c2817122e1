"""How the traffic of a site leaves: what the kinds of exit of all clouds share."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, WrapValidator

from .egress import dns_problems
from .explain import Part, checked, found, one_word, refusal
from .rule import NEVER_RANGES, PRIVATE_RANGES, within


def address_problems(address: str) -> list[str]:
    """What is wrong with a public address, as sentences."""
    public = not dns_problems([address]) and not any(
        within(f"{address}/32", block) for block in (*PRIVATE_RANGES, *NEVER_RANGES)
    )
    return [] if public else [found(address, "a public IPv4 address such as 203.0.113.7")]


class Exit(Part):
    """Where a site's traffic leaves from."""

    kind: Any

    def keys(self, zones: Sequence[str]) -> list[str]:
        """Keys of the addresses that NAT in these zones of hosts leaves from: none."""
        return []

    def stray(self, key: str, zones: Sequence[str]) -> str:
        """Sentence for an adopted NAT address whose key is not used."""
        return f"The key {key!r} is none of the exit's. Allowed: {', '.join(self.keys(zones))}."

    def zone_problems(self, zones: Sequence[str]) -> list[str]:
        """Sentences for the zone that the only NAT gateway stands in."""
        return []


class AdoptExit(Exit):
    """The network already has its exits; these are their addresses."""

    kind: Literal["adopt"]
    addresses: list[Annotated[str, checked(address_problems)]] = Field(min_length=1, examples=[["203.0.113.7"]])


class ZonalNat(Exit):
    """NAT gateways that stand in zones. Each cloud says what its zones and addresses are."""

    kind: Literal["nat"] = "nat"
    per: Literal["zone", "site"] = "zone"
    """A NAT gateway and address in each zone, or one for the whole site."""
    zone: Any = None
    adopt: Any

    def keys(self, zones: Sequence[str]) -> list[str]:
        """Zones that a NAT gateway stands in."""
        return [self.zone or min(zones)] if self.per == "site" else list(zones)

    def stray(self, key: str, zones: Sequence[str]) -> str:
        """Sentence for an address whose zone has no NAT gateway."""
        used = self.keys(zones)
        if len(used) > 1 or key not in zones:
            return f"The zone {key!r} is no zone of the network. Allowed: {', '.join(used)}."
        return f"The zone {key!r} is not where the only NAT gateway stands. Allowed: {used[0]}, or set per: zone."

    def zone_problems(self, zones: Sequence[str]) -> list[str]:
        """A zone although each has a NAT gateway, or one that is not of the network."""
        if self.zone is None:
            return []
        if self.per == "zone":
            return ["With per: zone each zone has a NAT gateway. Remove zone, or set per: site."]
        if self.zone not in zones:
            return [f"The zone {self.zone!r} is no zone of the network. Allowed: {', '.join(zones)}."]
        return []


def exit_of_its_kind(kinds: Mapping[str, type[Exit]], refused: Mapping[str, str] | None = None) -> WrapValidator:
    """The exit of its kind; ``refused`` has sentences for kinds that a cloud cannot have.

    A tagged union would do, but it puts steps into paths that are not in the file.
    """
    told = refused or {}

    def validate(data: Any, _: Any) -> Exit:
        kind = data.get("kind", "nat") if isinstance(data, dict) else getattr(data, "kind", "nat")
        if isinstance(kind, str) and kind in kinds:
            return kinds[kind].model_validate(data)
        known = isinstance(kind, str) and kind in told
        raise refusal("exit", [(("kind",), told[kind] if known else one_word(kind, kinds))])

    return WrapValidator(validate)
