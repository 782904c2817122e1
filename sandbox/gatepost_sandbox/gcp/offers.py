"""Methods that read the catalogue: regions, zones, machine types, images."""

from collections.abc import Iterator

from . import catalogue
from .call import Call, Handler, place_problem
from .errors import not_found, not_modelled
from .resources import get_operation
from .state import Props, link


def _named(kind: str, name: str, **more: object) -> Props:
    return {"kind": f"compute#{kind}", "name": name.rpartition("/")[2], "selfLink": link(name), **more}


def _regions(project: str) -> Iterator[Props]:
    for region in catalogue.REGIONS:
        zones = [link(f"projects/{project}/zones/{z}") for z, r in catalogue.ZONES.items() if r == region]
        yield _named("region", f"projects/{project}/regions/{region}", status="UP", zones=zones)


def _zones(project: str) -> Iterator[Props]:
    for zone, region in catalogue.ZONES.items():
        where = link(f"projects/{project}/regions/{region}")
        yield _named("zone", f"projects/{project}/zones/{zone}", status="UP", region=where)


def _machine_types(project: str, zone: str) -> Iterator[Props]:
    for name, found in catalogue.machine_types(zone):
        about = {"guestCpus": found.cpus, "memoryMb": found.memory_mb, "zone": zone}
        about["architecture"] = found.architecture
        yield _named("machineType", f"projects/{project}/zones/{zone}/machineTypes/{name}", **about)


def _images(project: str) -> Iterator[Props]:
    for image in catalogue.IMAGES:
        if image.project == project:
            yield {**catalogue.as_resource(image), "selfLink": link(image.path)}


def _one(call: Call, items: Iterator[Props]) -> Props:
    for item in items:
        if item["selfLink"] == link(call.name):
            return item
    raise not_found(call.name)


def _all(call: Call, kind: str, items: Iterator[Props]) -> Props:
    if call.query.get("filter"):
        raise not_modelled(f"filters of {kind}s")
    found = list(items)
    return {"kind": f"compute#{kind}List", "id": call.name, **({"items": found} if found else {})}


def _list_zones(call: Call) -> Props:
    """Zones; Pulumi's provider asks for those of one region by its link."""
    wanted = call.query.get("filter", "")
    found = list(_zones(call.project))
    if wanted:
        text = wanted.replace("(", "").replace(")", "").strip()
        field, _, region = text.partition(" eq ")
        if field != "region" or not region:
            raise not_modelled(f"the filter {wanted!r} of zones")
        found = [zone for zone in found if zone["region"].rpartition("/")[2] == region.rpartition("/")[2]]
    return {"kind": "compute#zoneList", "id": call.name, "items": found}


def _family(call: Call) -> Props:
    image = catalogue.newest(call.project, call.args["family"])
    if image is None:
        raise not_found(call.name)
    return {**catalogue.as_resource(image), "selfLink": link(image.path)}


def _types(call: Call) -> Iterator[Props]:
    problem = place_problem(call.args)
    if problem:
        raise problem
    return _machine_types(call.project, call.args["zone"])


HANDLERS: dict[str, Handler] = {
    "compute.regions.get": lambda call: _one(call, _regions(call.project)),
    "compute.regions.list": lambda call: _all(call, "region", _regions(call.project)),
    "compute.zones.get": lambda call: _one(call, _zones(call.project)),
    "compute.zones.list": _list_zones,
    "compute.machineTypes.get": lambda call: _one(call, _types(call)),
    "compute.machineTypes.list": lambda call: _all(call, "machineType", _types(call)),
    "compute.images.get": lambda call: _one(call, _images(call.project)),
    "compute.images.list": lambda call: _all(call, "image", _images(call.project)),
    "compute.images.getFromFamily": _family,
    **{
        f"compute.{place}Operations.{verb}": get_operation
        for place in ("global", "region", "zone")
        for verb in ("get", "wait")
    },
}
