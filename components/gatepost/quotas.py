"""How much of a cloud's quotas a fleet takes in each region. Pure.

Old and new hosts live side by side while a rollout goes on, so hosts count twice; addresses are kept.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import Field

from .explain import Part, Problem

ROLLING = 2
"""Hosts of a slot while it rolls: the old one and the new one."""


class Quota(NamedTuple):
    """A quota of a region."""

    cloud: str
    name: str
    usual: int
    """What a new account has."""
    what: str
    source: str


_ACI = "https://learn.microsoft.com/azure/container-instances/container-instances-resource-and-quota-limits"
QUOTAS = (
    Quota(
        "aws",
        "addresses",
        5,
        "Elastic IP addresses",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html",
    ),
    Quota("aws", "networks", 5, "VPCs", "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"),
    Quota("gcp", "addresses", 8, "static external addresses", "https://cloud.google.com/compute/resource-usage"),
    Quota("azure", "container_groups", 100, "container groups", _ACI),
    Quota("azure", "cores", 100, "cores of container groups", _ACI),
)
"""Quotas that a fleet can hit, by cloud. Those of other resources are far away."""


class AwsQuotas(Part):
    """What an AWS account allows in a region; None: not known, and the usual quota is only warned about."""

    addresses: int | None = Field(default=None, ge=0, examples=[20])
    networks: int | None = Field(default=None, ge=0, examples=[10])


class GcpQuotas(Part):
    """What a Google Cloud project allows in a region; None: not known, and the usual quota is only warned about."""

    addresses: int | None = Field(default=None, ge=0, examples=[20])


class AzureQuotas(Part):
    """What an Azure subscription allows in a region; None: not known, and the usual quota is only warned about."""

    container_groups: int | None = Field(default=None, ge=0, examples=[200])
    cores: int | None = Field(default=None, ge=0, examples=[200])


class Quotas(Part):
    """Quotas by cloud, each for one region of one account."""

    aws: AwsQuotas = Field(default_factory=AwsQuotas)
    gcp: GcpQuotas = Field(default_factory=GcpQuotas)
    azure: AzureQuotas = Field(default_factory=AzureQuotas)


def needs(networks: Mapping[str, Any]) -> Mapping[tuple[str, str, str, str], float]:
    """What a fleet takes, by cloud, account, region and quota."""
    taken: dict[tuple[str, str, str, str], float] = defaultdict(float)
    for network in networks.values():
        for site in network.sites.values():
            for name, count in site.takes().items():
                taken[site.cloud, site.account or "", site.region, name] += count
    return taken


def quota_problems(networks: Mapping[str, Any], quotas: Quotas) -> Iterator[Problem]:
    """A sentence for each quota that the settings name and the fleet does not fit into."""
    for quota, region, count, given in _over(networks, quotas):
        if given is not None:
            told = f"The fleet needs {count:g} {quota.what} in {region}{_rolling(quota)}, and the quota is {given}."
            yield ("quotas", quota.cloud, quota.name), f"{told} Ask the cloud for more, or take another region."


def quota_advice(networks: Mapping[str, Any], quotas: Quotas) -> Iterator[str]:
    """A sentence for each usual quota that the fleet does not fit into, where the settings name none."""
    for quota, region, count, given in _over(networks, quotas):
        if given is None:
            yield (
                f"The fleet needs {count:g} {quota.what} in {region}{_rolling(quota)}; a new account has {quota.usual} "
                f"({quota.source}). Make sure of yours, and write it down: quotas: "
                f"{{{quota.cloud}: {{{quota.name}: ...}}}}."
            )


def _rolling(quota: Quota) -> str:
    return "" if quota.name in ("addresses", "networks") else " while it rolls"


def _over(networks: Mapping[str, Any], quotas: Quotas) -> Iterator[tuple[Quota, str, float, int | None]]:
    taken = needs(networks)
    for quota in QUOTAS:
        given = getattr(getattr(quotas, quota.cloud), quota.name)
        for (cloud, _, region, name), count in taken.items():
            if (cloud, name) == (quota.cloud, quota.name) and count > (quota.usual if given is None else given):
                yield quota, region, count, given
