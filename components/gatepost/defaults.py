"""Settings that hold for many sites: said once for the fleet or a Remote Network, and taken over by each site. Pure.

The nearest one counts: the slot's, the site's, the Remote Network's for the cloud, the Remote Network's for all, the
fleet's for the cloud, the fleet's for all.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field, create_model
from pydantic.fields import FieldInfo

from .explain import Part, Problem, path
from .site_settings import SiteSettings

COMMON = ("dns", "reach", "log_level", "metrics_port")
"""Settings of a site that every cloud has and that defaults may give."""
_OF_THE_SITE = ("cloud", "region", "network", "exit", "connectors", "account")
_KEPT = ("protect", "retain")
"""Settings of an exit that defaults may give. An exit of kind adopt has neither."""

Steps = tuple[Any, ...]


class ExitDefaults(Part):
    """How exit addresses are kept."""

    protect: bool | None = None
    retain: bool | None = None


def defaults_model(sites: Mapping[str, type[SiteSettings]]) -> type[Part]:
    """What ``defaults`` may hold: the common settings, ``exit``, and a map for each cloud."""
    clouds = {
        cloud: create_model(
            f"{site.__name__}Defaults",
            __base__=Part,
            **_optional(site, [name for name in site.model_fields if name not in (*COMMON, *_OF_THE_SITE)]),
        )
        for cloud, site in sites.items()
    }
    return create_model(
        "Defaults",
        __base__=Part,
        **_optional(SiteSettings, COMMON),
        exit=(ExitDefaults, Field(default_factory=ExitDefaults)),
        **{cloud: (model, Field(default_factory=model)) for cloud, model in clouds.items()},
    )


def _optional(site: type[SiteSettings], names: Iterable[str]) -> dict[str, Any]:
    """Fields of a site without their defaults: left out means that the site decides."""
    return {name: (_annotation(site.model_fields[name]) | None, None) for name in names}


def _annotation(field: FieldInfo) -> Any:
    kind: Any = field.annotation
    return Annotated[kind, *field.metadata] if field.metadata else kind


def with_defaults(fleet: Any) -> tuple[Any, dict[Steps, Steps]]:
    """The fleet with its defaults in each site, and where each setting that was added comes from.

    Takes plain data of any shape, and changes none of it; what is no map is left as it is.
    """
    origins: dict[Steps, Steps] = {}
    if not isinstance(fleet, Mapping) or not isinstance(fleet.get("remote_networks"), Mapping):
        return fleet, origins
    networks = dict(fleet["remote_networks"])
    for key, network in networks.items():
        if isinstance(network, Mapping) and isinstance(network.get("sites"), Mapping):
            steps: Steps = ("remote_networks", key)
            levels = [((*steps, "defaults"), network.get("defaults")), (("defaults",), fleet.get("defaults"))]
            sites = {
                name: _filled(site, (*steps, "sites", name), levels, origins) if isinstance(site, Mapping) else site
                for name, site in network["sites"].items()
            }
            networks[key] = {**network, "sites": sites}
    return {**fleet, "remote_networks": networks}, origins


def _filled(
    site: Mapping[Any, Any], where: Steps, levels: list[tuple[Steps, Any]], origins: dict[Steps, Steps]
) -> Mapping[Any, Any]:
    filled = dict(site)
    for source, given in levels:
        if not isinstance(given, Mapping):
            continue
        cloud = site.get("cloud", "aws")
        own = given.get(cloud) if isinstance(cloud, str) else None
        parts: list[tuple[Steps, Mapping[Any, Any]]] = [
            ((*source, cloud), own if isinstance(own, Mapping) else {}),
            (source, {name: given[name] for name in COMMON if name in given}),
        ]
        for steps, part in parts:
            for name, value in part.items():
                if name not in filled and value is not None:
                    filled[name] = value
                    origins[(*where, name)] = (*steps, name)
        _fill_exit(filled, where, source, given.get("exit"), origins)
    return filled


def _fill_exit(filled: dict[Any, Any], where: Steps, source: Steps, given: Any, origins: dict[Steps, Steps]) -> None:
    exits = filled.get("exit", {})
    if not isinstance(given, Mapping) or not isinstance(exits, Mapping):
        return
    if exits.get("kind") == "adopt" or filled.get("cloud") == "onprem":  # nothing of gatepost's to keep
        return
    for name in _KEPT:
        if name not in exits and given.get(name) is not None:
            exits = {**exits, name: given[name]}
            origins[(*where, "exit", name)] = (*source, "exit", name)
    if exits:
        filled["exit"] = exits


def without_echoes(problems: list[Problem], origins: Mapping[Steps, Steps]) -> list[Problem]:
    """Problems of defaults once, where they stand; what only a site minds about them says where they stand."""
    broken = {source for source in origins.values() for steps, _ in problems if steps[: len(source)] == source}
    told: list[Problem] = []
    for steps, text in problems:
        length = next((n for n in range(len(steps), 0, -1) if steps[:n] in origins), 0)
        if not length:
            told.append((steps, text))
            continue
        source = origins[steps[:length]]
        if source not in broken:
            told.append((steps, f"{text} It comes from {path('', source)}."))
    return told
