"""What firewalls between Connectors and the internet must allow, from the same rules that the components make."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..boot.fetch_pair import ssm_endpoint
from ..boot.onprem_texts import DOMAINS
from ..egress import egress_rules, grouped, public_complement
from ..rule import ANYWHERE, Rule

_EVERYWHERE = ("aws", "gcp", "azure", "onprem")
_ONLY: Mapping[str, tuple[str, ...]] = {
    "packages.twingate.com": ("onprem",),
    "registry-1.docker.io, auth.docker.io, production.cloudflare.docker.com": ("onprem",),
    "twingate.github.io": ("onprem",),
}
"""Names that not every site asks for: the image of AWS has the Connector, and Azure pulls outside of the network."""
_OWN: Mapping[str, tuple[tuple[str, str], ...]] = {
    "aws": (
        ("{ssm}", "token pairs, in SSM Parameter Store"),
        ("*.archive.ubuntu.com, security.ubuntu.com", "updates of the image, on TCP 80"),
    ),
    "gcp": (
        ("packages.twingate.com", "the Connector's packages (part of *.twingate.com)"),
        ("secretmanager.googleapis.com", "token pairs, in Secret Manager"),
        ("deb.debian.org", "packages of the image"),
    ),
}
"""Names of the clouds themselves."""
_SESSIONS = "sessions of Systems Manager"
"""https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-prerequisites.html"""


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """One line for the firewall team; it is outbound. Nothing comes in."""

    protocol: str
    ports: str
    """``443``, ``30000-31000``, or ``all``."""
    destinations: tuple[str, ...]
    reason: str

    @property
    def where(self) -> str:
        """The destinations in words."""
        if self.destinations == (ANYWHERE,):
            return "anywhere"
        if self.destinations == public_complement():
            return "public addresses"
        return ", ".join(self.destinations)


@dataclass(frozen=True, kw_only=True)
class AllowList:
    """What the Connectors of a site dial."""

    rules: tuple[Allowed, ...]
    domains: tuple[tuple[str, str], ...]
    """Names and what they are for, for firewalls that filter by name; on TCP 443 unless it says otherwise."""


def site_rules(site: Any, network_type: str) -> tuple[Rule, ...]:
    """The egress rules of a site of the settings."""
    return egress_rules(
        cloud=site.cloud,
        reaches=[reach.reach() for reach in site.reach],
        dns=site.dns,
        network_type=network_type,
        strict=site.is_strict() if site.cloud != "onprem" else False,
    )


def allow_list(site: Any, network_type: str) -> AllowList:
    """The list for a site of the settings."""
    rules = site_rules(site, network_type)
    lines: list[Allowed] = []
    for reason in dict.fromkeys(rule.reason for rule in rules):
        for (protocol, ports), found in grouped(rule for rule in rules if rule.reason == reason).items():
            everyone = tuple(sorted(found, key=_place_of))
            lines.append(Allowed(protocol=protocol, ports=ports or "all", destinations=everyone, reason=reason))
    domains = [(name, use) for name, use in DOMAINS.items() if site.cloud in _ONLY.get(name, _EVERYWHERE)]
    domains += [(name.format(ssm=_ssm(site.region)), use) for name, use in _OWN.get(site.cloud, ())]
    if site.cloud == "aws" and site.sessions:
        domains.append((_ssm(site.region).replace("ssm", "ssmmessages", 1), _SESSIONS))
    return AllowList(rules=tuple(lines), domains=tuple(domains))


def _ssm(region: str) -> str:
    return ssm_endpoint(region).removeprefix("https://")


def _place_of(cidr: str) -> tuple[int, ...]:
    address, _, length = cidr.partition("/")
    return (*map(int, address.split(".")), int(length))
