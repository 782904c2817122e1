"""Resources in the settings of a Remote Network: what users reach through it, for checks. Nothing is made of them."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from .explain import Part, Problem, checked, one_word
from .reachability import Target
from .rule import Protocol
from .site_settings import check_ports
from .words import problems_of


def _address_problems(address: str) -> list[str]:
    return problems_of(lambda: Target(address=address))


def _block_problems(block: str) -> list[str]:
    return problems_of(lambda: Target(address="a.example", blocks=[block]))


Block = Annotated[str, checked(_block_problems)]


class ResourceSettings(Part):
    """A Resource of the Remote Network, as ``gatepost.reachability.Target`` has it."""

    address: Annotated[str, checked(_address_problems)] = Field(examples=["db.acme.internal"])
    """An IPv4 address or block, or a DNS name, with `*` and `?` as Twingate has them."""
    protocol: Protocol = "all"
    ports: Annotated[Any, checked(check_ports)] = None
    """A port, a range such as "8000-8100", or a list of both; None: every port."""
    resolves_to: dict[str, Annotated[list[Block], Field(min_length=1)]] = Field(
        default_factory=dict, examples=[{"frankfurt": ["10.40.0.20"]}]
    )
    """By site: the addresses or blocks that a DNS name stands for there."""
    private_zone: bool = False
    """A private zone that is attached to the networks of all sites answers for the name."""

    def problems(self) -> Iterator[Problem]:
        """Ports with a protocol that has none, icmp to public addresses; what an address has no need of."""
        for problem in problems_of(*(lambda site=site: self.target(site) for site in ["", *self.resolves_to])):
            yield ("protocol" if self.ports is None else "ports",), problem
        if not problems_of(lambda: self.target("")) and not self.target("").is_name:
            for name in [name for name in ("resolves_to", "private_zone") if getattr(self, name)]:
                yield (name,), "Only a DNS name has this setting, and the Resource has an address. Remove it."

    def target(self, site: str) -> Target:
        """As the check takes it, seen from a site."""
        ports = tuple(self.ports) if isinstance(self.ports, list) else self.ports
        blocks = self.resolves_to.get(site)
        return Target(address=self.address, protocol=self.protocol, ports=ports, blocks=blocks)


def resource_problems(resources: list[ResourceSettings], sites: Mapping[str, Any]) -> Iterator[Problem]:
    """Sites of ``resolves_to`` that the Remote Network does not have."""
    for index, resource in enumerate(resources):
        for site in resource.resolves_to:
            if site not in sites:
                yield ("resources", index, "resolves_to", site), one_word(site, sites)
