"""Fleet settings -> what must be there already: rows for the page, each thing once. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gatepost.rule import is_private
from gatepost.sizes import aws_host_problems
from gatepost_sandbox.prepare import azure_ids
from gatepost_sandbox.prepare.lines import Want

GCP_PROJECT = "gatepost-sandbox"
"""The project of the sandbox's provider: environment.py."""


def wants_of(fleet: Any, environment: str, config: Mapping[str, Any]) -> list[Want]:
    """Everything that a fleet adopts. ``config`` is the stack's, for the providers' own settings."""
    rows: dict[tuple[str, ...], Want] = {}
    for key, network in fleet.remote_networks.items():
        if network.adopt:
            title = {"name": network.title or f"{key}-{environment}", "type": network.type}
            _add(rows, {"cloud": "twingate", "kind": "network", "id": network.adopt, **title})
        for site in network.sites.values():
            for want in _BY_CLOUD[site.cloud](site, config):
                _add(rows, want)
    return sorted(rows.values(), key=lambda want: _ORDER.index(want["kind"]))


_ORDER = ("group", "network", "prefix", "address", "gateway", "key", "image")
"""What others stand in comes first."""


def _add(rows: dict[tuple[str, ...], Want], want: Want) -> None:
    """Add what is wanted; a second wish for the same thing adds its parts to the first."""
    found = rows.setdefault((want["cloud"], want["kind"], want.get("region", ""), want["id"].lower()), want)
    if found is not want:
        for name, value in want.items():
            if isinstance(value, list):
                found[name] = [*found[name], *(one for one in value if one not in found[name])]


def _private(site: Any) -> list[str]:
    """The private destinations of a site, DNS servers first."""
    cidrs = [*(f"{server}/32" for server in site.dns), *(reach.reach().destination for reach in site.reach)]
    return list(dict.fromkeys(cidr for cidr in cidrs if is_private(cidr)))


def _images(site: Any) -> Iterator[str]:
    yield from dict.fromkeys(filter(None, [site.image, *(slot.image for slot in site.connectors.values())]))


def _exit_addresses(site: Any) -> list[str]:
    return list(site.exit.addresses) if site.exit.kind == "adopt" else []


def _adopted_addresses(site: Any) -> Iterable[tuple[str, str]]:
    return site.exit.adopt.items() if site.exit.kind != "adopt" else ()


# --- AWS


def _aws(site: Any, config: Mapping[str, Any]) -> Iterator[Want]:
    here = {"cloud": "aws", "region": site.region}
    if adopt := site.network.adopt:
        yield {
            **here, "kind": "network", "id": adopt.vpc_id, "addresses": _exit_addresses(site),
            "subnets": [list(pair) for pair in adopt.subnets.items()],
            "public_subnets": [list(pair) for pair in adopt.public_subnets.items()], "private": _private(site),
        }  # fmt: skip
    for route in site.network.create.routes if site.network.create else ():
        if route.via.startswith(("tgw-", "vgw-")):
            yield {**here, "kind": "gateway", "id": route.via}
    for _, address in _adopted_addresses(site):
        yield {**here, "kind": "address", "id": address}
    if site.kms_key:
        yield {**here, "kind": "key", "id": site.kms_key}
    arm = bool(aws_host_problems(None, site.size))  # a size is refused without an image where it is ARM
    for image in _images(site):
        yield {**here, "kind": "image", "id": image, "arm": arm}


# --- Google Cloud


def _gcp(site: Any, config: Mapping[str, Any]) -> Iterator[Want]:
    project = site.project or config.get("gcp:project") or GCP_PROJECT
    if adopt := site.network.adopt:
        subnets = dict.fromkeys(_plain(link) for link in [*adopt.subnets.values(), *adopt.public_subnets.values()])
        yield {
            "cloud": "gcp", "kind": "network", "id": _plain(adopt.vpc_id), "subnets": list(subnets),
            "addresses": [[site.region, address] for address in _exit_addresses(site)], "private": _private(site),
            "regions": [site.region],
        }  # fmt: skip
    for _, address in _adopted_addresses(site):
        whole = _plain(address) if "/" in address else f"projects/{project}/regions/{site.region}/addresses/{address}"
        yield {"cloud": "gcp", "kind": "address", "id": whole}
    for image in _images(site):
        yield {"cloud": "gcp", "kind": "image", "id": _plain(image), "arm": site.size.startswith("t2a-")}


def _plain(link: str) -> str:
    """The id that a self link means."""
    return link[link.index("projects/") :]


# --- Azure


def _azure(site: Any, config: Mapping[str, Any]) -> Iterator[Want]:
    here = {"cloud": "azure", "region": site.region}
    own = config.get("azure-native:subscriptionId") or azure_ids.SUBSCRIPTION
    create, adopt = site.network.create, site.network.adopt
    if create and create.resource_group:
        yield {**here, "kind": "group", "id": azure_ids.group(own, create.resource_group)}
    if adopt:
        yield {**here, "kind": "group", "id": azure_ids.group(own, adopt.resource_group)}
        yield {
            **here, "kind": "network", "id": adopt.vpc_id, "subnets": list(dict.fromkeys(adopt.subnets.values())),
            "guard": adopt.security_group_id, "addresses": _exit_addresses(site), "dns_servers": adopt.dns_servers,
            "private": _private(site),
        }  # fmt: skip
    for _, address in _adopted_addresses(site):
        yield {**here, "kind": "address", "id": address}
    if getattr(site.exit, "prefix", None):
        yield {**here, "kind": "prefix", "id": site.exit.prefix}


_BY_CLOUD = {"aws": _aws, "gcp": _gcp, "azure": _azure, "onprem": lambda site, config: ()}


# --- what cannot be


def notes_of(fleet: Any, config: Mapping[str, Any]) -> list[str]:
    """Sentences about what the fleet names and nobody can make beforehand."""
    return [
        f"gatepost:fleet.remote_networks.{key}.sites.{name}.{text}"
        for key, network in fleet.remote_networks.items()
        for name, site in network.sites.items()
        for text in _site_notes(site, config)
    ]


def _site_notes(site: Any, config: Mapping[str, Any]) -> Iterator[str]:
    create, adopt = site.network.create, site.network.adopt
    for index, route in enumerate(create.routes if create else ()):
        if (site.cloud == "aws" and route.via.startswith(("pcx-", "eni-"))) or site.cloud == "gcp":
            yield (
                f"network.create.routes[{index}].via: {route.via} stands in the network that the stack makes, so it "
                "cannot be there before. Try the stack without this route."
            )
    if site.cloud == "azure" and adopt:
        own = config.get("azure-native:subscriptionId") or azure_ids.SUBSCRIPTION
        if (theirs := azure_ids.subscription(adopt.vpc_id)).lower() != own.lower():
            yield (
                f"network.adopt.vpc_id: The network is in the subscription {theirs}, and the sandbox's provider works "
                f"in {own}. Write azure-native:subscriptionId: {theirs} in the file to try it."
            )
    if site.account is not None:
        yield (
            f"account: What the site adopts is made in the sandbox's one account, whatever provider the stack program "
            f"hands in for {site.account!r}."
        )
