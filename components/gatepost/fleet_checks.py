"""What sites of one Remote Network, and Remote Networks of one fleet, must agree on. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from .explain import Problem, find, path, shown
from .gcp_names import path as link_path
from .regions import region_known_problems
from .site_settings import SiteSettings


def network_problems(network: Any) -> Iterator[Problem]:
    """Sites that are not interchangeable, and exits that an EXIT network cannot have."""
    yield from _reach_problems(network)
    if network.type != "EXIT" and network.relay_only is not None:
        yield ("relay_only",), "Only an EXIT network has this setting. Remove it, or set type: EXIT."
    for key, site in network.sites.items() if network.type == "EXIT" and network.relay_only is None else ():
        if site.clients_path() == "relay":
            yield (
                ("sites", key, "exit"),
                "Clients reach these Connectors by Twingate's relays only, which are too slow for all of a user's "
                f"internet traffic. {site.peer_to_peer_exit} If relays are enough, say why with relay_only: in the "
                "Remote Network.",
            )


def _reach_problems(network: Any) -> Iterator[Problem]:
    if network.replicated:
        if len(network.sites) == 1:
            yield ("replicated",), "There is one site, so nothing is replicated. Remove this line, or add a site."
        return
    (first, one), *others = network.sites.items()
    wanted = _reaches(one)
    for key, site in others:
        reaches = _reaches(site)
        apart = ((first, wanted - reaches), (key, reaches - wanted))
        only = [f"only {where!r} has {', '.join(sorted(has))}" for where, has in apart if has]
        if only:
            yield (
                ("sites", key, "reach"),
                f"The sites {first!r} and {key!r} reach different destinations: {'; '.join(only)}. Twingate may send a "
                "user through any Connector of a Remote Network. Give both the same reach, make two Remote Networks, "
                "or set replicated: true if the sites hold copies of the same Resources.",
            )


def _reaches(site: Any) -> set[str]:
    """Destinations, each in one spelling."""
    return {
        " ".join(part for part in (rule.destination, rule.protocol, rule.ports) if part)
        for reach in site.reach
        for rule in reach.reach().rules()
    }


def region_problems_in(data: Mapping[Any, Any], sites: Mapping[str, type[SiteSettings]]) -> Iterator[Problem]:
    """Regions, spelt as the cloud spells them, that it does not have or that Twingate does not serve."""
    more = data.get("more_regions")
    new = [region for region in more if isinstance(region, str)] if isinstance(more, list) else []
    for steps, site in find(data, "remote_networks", "*", "sites", "*"):
        if not isinstance(site, Mapping):
            continue
        cloud, region = site.get("cloud"), site.get("region")
        if isinstance(cloud, str) and cloud in sites and isinstance(region, str) and not sites[cloud].misspelt(region):
            yield from (((*steps, "region"), told) for told in region_known_problems(cloud, region, new))


def shared_exit_networks(data: Mapping[Any, Any]) -> Iterator[Problem]:
    """Networks that an EXIT network shares with another Remote Network: its users would be past the others' rules."""
    owners: dict[str, list[tuple[tuple[Any, ...], bool]]] = {}
    for steps, vpc in find(data, "remote_networks", "*", "sites", "*", "network", "adopt", "vpc_id"):
        network = data["remote_networks"][steps[1]]
        if isinstance(vpc, str):
            owners.setdefault(link_path(vpc).lower(), []).append((steps, network.get("type") == "EXIT"))
    for found in owners.values():
        keys = {steps[1] for steps, _ in found}
        for steps, is_exit in found if len(keys) > 1 else ():
            vpc = data["remote_networks"][steps[1]]["sites"][steps[3]]["network"]["adopt"]["vpc_id"]
            other = next((at for at, _ in found if at[1] != steps[1]), None)
            if is_exit and other:
                yield (
                    steps,
                    f"The network {shown(vpc)} is also that of {path('', other[:4])}. An EXIT network needs a network "
                    "of its own, or its users reach private systems past the access rules of Twingate. "
                    "https://www.twingate.com/docs/exit-networks",
                )


def shared_on_azure(data: Mapping[Any, Any]) -> Iterator[Problem]:
    """Security groups and subnets of Azure that two sites adopt: the rules of both would meet in one group."""
    adopted = ("remote_networks", "*", "sites", "*", "network", "adopt")
    what = {"security_group_id": "The security group", "subnets": "The subnet"}
    first: dict[str, tuple[Any, ...]] = {}
    for name, called in what.items():
        for steps, rid in find(data, *adopted, name, *(["*"] if name == "subnets" else [])):
            if not isinstance(rid, str) or not rid.lower().startswith("/subscriptions/"):
                continue
            other = first.setdefault(rid.lower(), steps[:4])
            if other != steps[:4]:
                told = f"{called} is also that of {path('', other)}. On Azure a site owns the security group of its"
                yield steps, f"{told} subnets. Give this site subnets and a group of its own, or join the sites."
