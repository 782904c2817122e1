"""The fleet settings of a site outside the clouds, each checked with its path in the file."""

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from .boot.onprem_generations import generation_problems
from .egress import egress_rules
from .exit_settings import Exit, address_problems
from .explain import Part, Problem, checked
from .site_settings import LogLevel, NetworkSettings, SiteSettings, Slot
from .words import problems_of

NO_NETWORK = NetworkSettings.model_construct(create=None, adopt=None)
"""People have a network already, and gatepost touches nothing of it."""


class OnpremSlot(Part):
    """One Connector, on a host that people install."""

    zone: ClassVar[None] = None
    image: ClassVar[None] = None
    """Where the host stands, and what it was made of, is up to people."""

    generation: int = Field(default=1, ge=1, le=999_999)
    retire: int | None = Field(default=None, ge=0)
    """Generations up to this one are deleted; None: what the site says."""
    log_level: LogLevel | None = None
    """None: the site's."""


class OnpremExit(Exit):
    """The addresses that traffic leaves from, as far as they are static and known."""

    kind: Literal["adopt"] = "adopt"
    addresses: list[Annotated[str, checked(address_problems)]] = Field(default_factory=list, examples=[["203.0.113.7"]])


class OnpremSite(SiteSettings):
    """Hosts outside the clouds where Connectors of a Remote Network run: on-premise, colocation, virtual servers."""

    region: ClassVar[str] = "onprem"  # ty: ignore[incompatible-attribute-override]  # nobody writes it
    network: ClassVar[NetworkSettings] = NO_NETWORK  # ty: ignore[incompatible-attribute-override]  # nor these
    account: ClassVar[None] = None  # ty: ignore[incompatible-attribute-override]
    nat_path = "unknown"

    cloud: Literal["onprem"] = Field(examples=["onprem"])
    exit: OnpremExit = OnpremExit()
    retire: int = Field(default=0, ge=0)
    """Generations up to this one are deleted in every slot that does not say otherwise."""
    connectors: dict[Slot, OnpremSlot] = Field(  # ty: ignore[incompatible-attribute-override]
        min_length=1, examples=[{"a": {}, "b": {}}]
    )

    @classmethod
    def misspelt(cls, region: str) -> bool:
        """A site has no region here, and the settings say so by themselves."""
        return True

    def image_problems(self, image: str) -> list[str]:
        """Images are the clouds'."""
        return []

    def zones(self) -> list[str]:
        """One for each host: they are where people put them."""
        return sorted(self.connectors)

    def placed(self) -> Mapping[str, str]:
        """Each slot in a zone of its own."""
        return {key: key for key in self.connectors}

    def retired(self, slot: str) -> int:
        """The generation of a slot up to which all are deleted."""
        own = self.connectors[slot].retire
        return self.retire if own is None else own

    def problems(self) -> Iterator[Problem]:
        """Slots that would have no Connector, or too many."""
        for key, slot in self.connectors.items():
            for problem in generation_problems(slot.generation, self.retired(key)):
                yield ("connectors", key, "generation" if slot.retire is None else "retire"), problem

    def problems_with(self, network_type: str) -> Iterator[Problem]:
        """An EXIT network without addresses; what it must not reach."""
        reaches = [reach.reach() for reach in self.reach]
        for problem in problems_of(
            lambda: egress_rules(cloud=self.cloud, reaches=reaches, dns=self.dns, network_type=network_type)
        ):
            yield ("reach",), problem
        if network_type == "EXIT" and not self.exit.addresses:
            told = "An EXIT network needs static addresses for allow-lists, also outside the clouds. Write for example"
            yield ("exit",), f"{told} exit: {{addresses: [203.0.113.7]}}."
