"""The fleet as people write it: ``gatepost:fleet`` in ``Pulumi.<stack>.yaml``, checked whole before anything is made.

Every problem is reported at once, with the path in the file, the value found and what is allowed (docs/settings.md).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationError, WrapValidator

from .aws_settings import AwsSite
from .azure_settings import AzureSecrets, AzureSite
from .defaults import defaults_model, with_defaults, without_echoes
from .egress import Reach, egress_rules, quota_problem
from .explain import (
    Part,
    Problem,
    checked,
    find,
    found,
    lines,
    one_word,
    path,
    problems_of_error,
    refusal,
    shown,
    spelled,
)
from .fleet_checks import network_problems, region_problems_in, shared_exit_networks, shared_on_azure
from .gate_args import TIMEOUTS, GateArgs
from .gcp_settings import GcpSite, same_address
from .labels import Labels, check_key, check_name, prefix_collisions
from .onprem_settings import OnpremSite
from .placement import overlaps
from .quotas import Quotas, quota_problems
from .resource_settings import ResourceSettings, resource_problems
from .site_settings import SiteSettings
from .words import problems_of

__all__ = [
    "FleetSettings",
    "GateSettings",
    "RemoteNetworkSettings",
    "SiteSettings",
    "parse",
    "parse_azure",
    "parse_gate",
]


def _key(kind: str) -> Any:
    return checked(lambda key: check_key(kind, key))


RemoteNetworkId = Annotated[
    str, spelled(r"UmVtb3RlTmV0d29[\w+/-]+={0,2}", "the id of a Remote Network such as UmVtb3RlTmV0d29yazoxMjM=")
]
"""Base64 of RemoteNetwork and a number: terraform-provider-twingate ``docs/resources/remote_network.md``, Import."""


SITES: Mapping[str, type[SiteSettings]] = {
    "aws": AwsSite,
    "gcp": GcpSite,
    "azure": AzureSite,
    "onprem": OnpremSite,
}
"""What a site is, by cloud."""
Defaults = defaults_model(SITES)
"""What ``defaults`` of a fleet or a Remote Network may hold."""


def _site_of_its_cloud(data: Any, _: Any) -> SiteSettings:
    cloud = data.get("cloud", "aws") if isinstance(data, dict) else getattr(data, "cloud", "aws")
    if isinstance(cloud, str) and cloud in SITES:
        return SITES[cloud].model_validate(data)
    raise refusal("site", [(("cloud",), one_word(cloud, SITES))])


class RemoteNetworkSettings(Part):
    """A Remote Network with all its sites."""

    title: Annotated[str, checked(lambda title: check_name("twingate remote network", title))] | None = None
    """Its name in Twingate; None: the key and the environment, ``payments-prod``."""
    location: Literal["AWS", "AZURE", "GOOGLE_CLOUD", "ON_PREMISE", "OTHER"] | None = None
    type: Literal["REGULAR", "EXIT"] = "REGULAR"
    adopt: RemoteNetworkId | None = None
    allow_single_connector: bool = False
    reason: str | None = None
    """Why a single Connector is enough here."""
    replicated: bool = False
    """The sites hold copies of the same Resources, so that each may reach other destinations (geographic routing)."""
    relay_only: str | None = Field(default=None, min_length=3, examples=["partners only need the address"])
    """Why an EXIT network may have exits that clients reach by relay only."""
    defaults: Defaults = Field(default_factory=Defaults)  # ty: ignore[invalid-type-form]  # made of the sites' models
    """Settings for its sites."""
    resources: list[ResourceSettings] = Field(
        default_factory=list, examples=[[{"address": "db.acme.internal", "protocol": "tcp", "ports": 5432}]]
    )
    """What users reach here, for `gatepost plan` and `gatepost audit` to check. Nothing is made of it."""
    sites: dict[Annotated[str, _key("site")], Annotated[SiteSettings, WrapValidator(_site_of_its_cloud)]] = Field(
        min_length=1
    )

    @classmethod
    def problems_in(cls, data: Mapping[Any, Any]) -> Iterator[Problem]:
        """Too few Connectors; settings that an adopted Remote Network would not get."""
        slots = [len(c) if isinstance(c, dict) else 2 for _, c in find(data, "sites", "*", "connectors")]
        whole = isinstance(data.get("sites"), dict) and len(slots) == len(data["sites"])
        if whole and sum(slots) == 1 and not (data.get("allow_single_connector") is True and data.get("reason")):
            yield (
                (),
                "There is one Connector; a Remote Network needs at least two, so that users keep access when a host "
                "fails. Add one under connectors, or set allow_single_connector: true and a reason.",
            )
        for name in ("title", "location"):
            if data.get("adopt") is not None and data.get(name) is not None:
                yield (name,), f"An adopted Remote Network keeps its own {name}. Remove this line, or adopt."

    def problems(self) -> Iterator[Problem]:
        """Ranges of two sites that overlap; rules that do not fit the type of the network, or are too many."""
        ranges = {key: site.network.create.cidr for key, site in self.sites.items() if site.network.create}
        for first, second in overlaps(ranges):
            told = (
                f"The range {ranges[second]} overlaps that of the site {first!r} ({ranges[first]}). Connectors of one "
            )
            yield (
                ("sites", second, "network", "create", "cidr"),
                f"{told}Remote Network must reach the same addresses. Give each site a range of its own.",
            )
        for key, site in self.sites.items():
            if self.type == "EXIT" and site.network.create and site.network.create.routes:
                told = "An EXIT network leads to no private destination. Remove the routes, or use a REGULAR network."
                yield ("sites", key, "network", "create", "routes"), told
            reaches = [reach.reach() for reach in site.reach]
            single: list[Problem] = [
                (("reach", index), problem)
                for index, reach in enumerate(reaches)
                for problem in self._misfit(site.cloud, [reach])
            ]
            single += [(("dns",), problem) for problem in self._misfit(site.cloud, dns=site.dns)]
            if not single:
                rules = egress_rules(
                    cloud=site.cloud, reaches=reaches, dns=site.dns, network_type=self.type, strict=site.is_strict()
                )
                problem = quota_problem(site.cloud, rules)
                single = [(("reach",), problem)] if problem else []
            single = single or list(site.problems_with(self.type))
            yield from ((("sites", key, *where), problem) for where, problem in single)
        yield from network_problems(self)
        yield from resource_problems(self.resources, self.sites)

    def _misfit(self, cloud: str, reaches: Iterable[Reach] = (), dns: Iterable[str] = ()) -> list[str]:
        return problems_of(
            lambda: egress_rules(cloud=cloud, reaches=list(reaches), dns=list(dns), network_type=self.type)
        )


class FleetSettings(Part):
    """Every Remote Network of a stack. ``parse`` makes it; it also checks what depends on the environment."""

    tags: Annotated[
        dict[str, str], checked(lambda tags: problems_of(lambda: Labels(environment="e", network="n", extra=tags)))
    ] = Field(default_factory=dict)
    """Put on every resource that takes tags or labels, in every cloud."""
    defaults: Defaults = Field(default_factory=Defaults)  # ty: ignore[invalid-type-form]  # made of the sites' models
    """Settings for every site."""
    more_regions: list[str] = Field(default_factory=list, examples=[["eu-central-3"]])
    """Regions that are newer than this version of gatepost."""
    quotas: Quotas = Field(default_factory=Quotas)
    """What the clouds allow in a region."""
    remote_networks: dict[Annotated[str, _key("network")], RemoteNetworkSettings] = Field(
        min_length=1, examples=[{"payments": {"sites": "..."}}]
    )

    def problems(self) -> Iterator[Problem]:
        """Quotas that the fleet does not fit into."""
        yield from quota_problems(self.remote_networks, self.quotas)

    @classmethod
    def problems_in(cls, data: Mapping[Any, Any]) -> Iterator[Problem]:
        """Names that would be the same, and addresses that two NAT gateways would need."""
        yield from region_problems_in(data, SITES)
        every = ("remote_networks", "*", "sites", "*")
        slots = [steps[1::2] for steps, _ in find(data, *every, "connectors", "*")]
        kinds = ("network", "site", "slot")
        slots = [slot for slot in slots if not any(map(check_key, kinds, slot))]
        for problem in prefix_collisions({slot[:2] for slot in slots}) or prefix_collisions(slots):
            yield ("remote_networks",), problem
        yield from shared_exit_networks(data)
        yield from shared_on_azure(data)
        for steps, network, first in _again(find(data, "remote_networks", "*", "adopt")):
            told = (
                f"The Remote Network {shown(network)} is already adopted at {path('', first)}, and its Connectors roll"
            )
            yield steps, f"{told} out as one. Put the sites of both under one of them."
        for steps, address, first in _again(find(data, *every, "exit", "adopt", "*"), same_address(data)):
            told = f"The address {shown(address)} is already adopted at {path('', first)}, and an address can serve"
            more = "one NAT gateway or host only. Adopt another one, or leave this line out to get a new address."
            yield steps, f"{told} {more}"


def _again(
    values: Iterable[tuple[tuple[Any, ...], Any]],
    same: Callable[[tuple[Any, ...], str], Any] = lambda _, text: text,
) -> Iterator[tuple[tuple[Any, ...], str, tuple[Any, ...]]]:
    """Texts that were there before: path, text, and the path of the first. ``same`` is equal for equal ones."""
    first: dict[Any, tuple[Any, ...]] = {}
    for steps, value in values:
        if isinstance(value, str) and (other := first.setdefault(same(steps, value), steps)) != steps:
            yield steps, value, other


def _title_problems(fleet: Any, environment: str) -> Iterator[Problem]:
    """Remote Networks that would have the same name; names are unique in a Twingate account."""
    titles = (
        (steps, data.get("title") or f"{steps[-1]}-{environment}")
        for steps, data in find(fleet, "remote_networks", "*")
        if isinstance(data, Mapping) and data.get("adopt") is None
    )
    for steps, title, first in _again(titles):
        told = f"The title would be {shown(title)}, like that of {path('', first)}, and titles are unique in Twingate."
        yield (*steps, "title"), f"{told} Give one of them another title."


_EMPTY = FleetSettings.model_construct(remote_networks={})


def parse(fleet: Any, *, environment: str, where: str = "gatepost:fleet") -> tuple[FleetSettings, list[str]]:
    """The fleet from plain data, and a line for every problem; with problems the fleet is empty. Never raises.

    `environment` is the key of the environment (the stack's name): titles that are not given are made with it.
    """
    if fleet is None:
        return _EMPTY, lines(where, [((), "This setting is needed and missing. See docs/settings.md for an example.")])
    settings, problems = _EMPTY, list(_title_problems(fleet, environment))
    fleet, origins = with_defaults(fleet)
    try:
        settings = FleetSettings.model_validate(fleet)
    except ValidationError as wrong:
        problems = without_echoes(problems_of_error(wrong), origins) + problems
    return (_EMPTY if problems else settings), lines(where, problems)


def _timeout_problems(value: Any) -> list[str]:
    problems = problems_of(lambda: GateArgs(timeout_seconds=value))
    if not problems or isinstance(value, dict):
        return [problem.removeprefix("GateArgs.") for problem in problems]
    return [found(value, f"a positive number of seconds, or one for each of {', '.join(TIMEOUTS)}")]


class GateSettings(Part):
    """How rollouts wait, as ``gatepost.rollout.GateArgs`` has it; None: its default."""

    enabled: bool | None = None
    timeout_seconds: Annotated[Any, checked(_timeout_problems)] = None
    """Seconds, or seconds by cloud."""
    poll_seconds: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    match_host: bool | None = None
    soak_seconds: float | None = Field(default=None, ge=0, allow_inf_nan=False)


_Whole = TypeVar("_Whole", bound=Part)


def parse_gate(gate: Any, where: str = "gatepost:gate") -> tuple[GateSettings, list[str]]:
    """How rollouts wait, from plain data, and a line for every problem; with problems the defaults. Never raises."""
    return _parsed(GateSettings, gate, where)


_FOUND = re.compile(r"Found .*\. Allowed", re.DOTALL)  # greedy: the value itself may say "Allowed"


def parse_azure(secrets: Any, where: str = "gatepost:azure") -> tuple[AzureSecrets, list[str]]:
    """What sites on Azure name and no file shows, from plain data; with problems none of it. Never raises.

    A message shows no value: all of them are secret.
    """
    found, problems = _parsed(AzureSecrets, secrets, where)
    return found, [_FOUND.sub("Found another value. Allowed", problem) for problem in problems]


def _parsed(part: type[_Whole], data: Any, where: str) -> tuple[_Whole, list[str]]:
    try:
        return part.model_validate({} if data is None else data), []
    except ValidationError as wrong:
        return part(), lines(where, problems_of_error(wrong))
