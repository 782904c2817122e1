"""What a site costs a month, from a table of list prices. Traffic is extra; so are taxes and discounts.

No figure was read on its vendor's page (they need a browser), so each one is marked as unverified, and a region that
the table lacks is unknown: gatepost does not guess.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

DATE = "2026-11"
"""When the table was written."""
HOURS = 730
"""Hours of a month, as the clouds' calculators count."""


class Price(NamedTuple):
    """A list price in USD an hour."""

    item: str
    region: str
    """``*``: the same in every region."""
    hour: float
    source: str
    """Where it can be checked."""


_VPC, _EC2 = "https://aws.amazon.com/vpc/pricing/", "https://aws.amazon.com/ec2/pricing/on-demand/"
_GCE, _GNET = "https://cloud.google.com/compute/vm-instance-pricing", "https://cloud.google.com/vpc/network-pricing"
_CNAT = "https://cloud.google.com/nat/pricing"
_ANAT = "https://azure.microsoft.com/pricing/details/azure-nat-gateway/"
_AIP = "https://azure.microsoft.com/pricing/details/ip-addresses/"
_ACI = "https://azure.microsoft.com/pricing/details/container-instances/"
TABLE = (
    Price("aws NAT gateway", "us-east-1", 0.045, _VPC),
    Price("aws NAT gateway", "eu-central-1", 0.052, _VPC),
    Price("aws address", "*", 0.005, _VPC),
    Price("aws t3a.micro", "us-east-1", 0.0094, _EC2),
    Price("aws t3a.micro", "eu-central-1", 0.0108, _EC2),
    Price("gcp e2-small", "us-central1", 0.01675, _GCE),
    Price("gcp Cloud NAT for a host", "*", 0.0014, _CNAT),
    Price("gcp address", "*", 0.005, _GNET),
    Price("azure NAT gateway", "*", 0.045, _ANAT),
    Price("azure address", "*", 0.005, _AIP),
    Price("azure container group of 1 CPU and 2 GB", "*", 0.05, _ACI),
)
NAT_HOSTS = 32
"""Hosts that a gateway of Cloud NAT is paid for at most: https://cloud.google.com/nat/pricing"""
TRAFFIC = {
    "aws": "NAT gateway 0.045 USD/GB in us-east-1, 0.052 in eu-central-1",
    "gcp": "Cloud NAT 0.045 USD/GiB, both directions",
    "azure": "NAT gateway 0.045 USD/GB",
}
"""What each gigabyte through NAT costs, beside the price of traffic to the internet."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """One line of a site's costs."""

    item: str
    count: int
    month: float | None
    """USD for all of them; None: unknown."""
    source: str | None


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What a site costs a month in USD, without traffic."""

    lines: tuple[Cost, ...]

    @property
    def known(self) -> float:
        """The sum of what is known."""
        return round(sum(line.month or 0 for line in self.lines), 2)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Items without a price in the table."""
        return tuple(line.item for line in self.lines if line.month is None)


def costs(site: Any) -> Costs:
    """The costs of a site of the settings, as long as no rollout goes on."""
    return Costs(lines=tuple(_cost(site, item, count) for item, count in _items(site) if count))


def _items(site: Any) -> Iterator[tuple[str, int]]:
    slots, addresses = len(site.connectors), len(site.exit_keys())
    if site.cloud == "onprem":
        return
    nat = site.exit.kind == "nat"
    if site.cloud == "azure":
        yield f"container group of {site.cpu:g} CPU and {site.memory_gb:g} GB", slots
    else:
        yield site.size, slots
    if site.cloud == "gcp":
        yield "Cloud NAT for a host", min(slots, NAT_HOSTS) if nat else 0
    else:
        yield "NAT gateway", addresses if nat else 0
    yield "address", addresses


def _cost(site: Any, item: str, count: int) -> Cost:
    for price in TABLE:
        if price.item == f"{site.cloud} {item}" and price.region in ("*", site.region):
            return Cost(item=item, count=count, month=round(price.hour * HOURS * count, 2), source=price.source)
    return Cost(item=item, count=count, month=None, source=None)
