"""Functions of the Google provider that programs call to find what already exists."""

from collections.abc import Callable
from typing import Any

from ..kind import ApiError, Function
from ..values import Props
from .client import COMPUTE, V1, Gcp
from .links import relative


def _get_image(api: Gcp, args: Props) -> Props:
    """One image by name, or the newest of a family."""
    project, given = api.place("project", args.get("project")), [k for k in ("name", "family") if args.get(k)]
    if len(given) != 1:
        raise ApiError("one of name, family or filters must be set")
    form = args["name"] if args.get("name") else f"family/{args['family']}"
    image = api.get(f"{COMPUTE}projects/{project}/global/images/{form}")
    return {
        **args,
        "id": f"projects/{project}/global/images/{image['name']}",
        "project": project,
        "name": image["name"],
        "family": image["family"],
        "selfLink": image["selfLink"],
        "imageId": image["id"],
        "status": image["status"],
        "description": image["description"],
        "creationTimestamp": image["creationTimestamp"],
        "diskSizeGb": int(image["diskSizeGb"]),
        "archiveSizeBytes": int(image["archiveSizeBytes"]),
        "labels": {},
        "licenses": [],
    }


def _get_client_config(api: Gcp, args: Props) -> Props:
    """What the provider works with. There is no token: nothing here asks for one."""
    places = {k: api.places.get(k, "") for k in ("project", "region", "zone")}
    ident = f"projects/{places['project']}/regions/{places['region']}/zones/{places['zone']}"
    return {**places, "id": ident, "accessToken": "", "defaultLabels": api.default_labels}


def _get_project(api: Gcp, args: Props) -> Props:
    """One project."""
    project = api.get(f"{V1}projects/{api.place('project', args.get('projectId'))}")
    ident = project["projectId"]
    return {"id": f"projects/{ident}", "projectId": ident, "name": project["name"], "number": project["projectNumber"],
            "orgId": project["parent"]["id"], "folderId": "", "billingAccount": "", "labels": {}, "pulumiLabels": {},
            "effectiveLabels": {}, "autoCreateNetwork": False, "deletionPolicy": "PREVENT"}  # fmt: skip


def _get_zones(api: Gcp, args: Props) -> Props:
    """The zones of a region."""
    project, region = api.place("project", args.get("project")), api.region(args.get("region"))
    where = f"https://www.googleapis.com/compute/v1/projects/{project}/regions/{region}"
    zones = api.get(f"{COMPUTE}projects/{project}/zones", filter=f"(region eq {where})").get("items", [])
    names = sorted(z["name"] for z in zones if args.get("status") in (None, z["status"]))
    ident = f"projects/{project}/regions/{region}"
    return {**args, "id": ident, "project": project, "region": region, "names": names}


def _found(collection: str, fields: dict[str, str], regional: bool) -> Function:
    """A function that finds one resource of a collection by its name, or by its link."""

    def call(api: Gcp, args: Props) -> Props:
        path = relative(args["selfLink"]) if args.get("selfLink") else None
        if path is None:
            if not args.get("name"):
                raise ApiError("one of name and selfLink must be set")
            project = api.place("project", args.get("project"))
            place = f"regions/{api.region(args.get('region'))}" if regional else "global"
            path = f"projects/{project}/{place}/{collection}/{args['name']}"
        item, parts = api.get(COMPUTE + path), path.split("/")
        about: Props = {"id": path, "project": parts[1], "name": parts[-1], "selfLink": item["selfLink"]}
        about |= {"region": parts[3]} if regional else {}
        return about | {key: item.get(field) for key, field in fields.items()}

    names = {
        "name",
        "project",
        *(("region",) if regional else ()),
        *(("selfLink",) if collection != "addresses" else ()),
    }
    return Function(call, frozenset(names))


def _with(function: Function, more: Callable[[Props], Props]) -> Function:
    return Function(lambda api, args: (found := function.call(api, args)) | more(found), function.args)


def _empty_lists(*keys: str) -> Callable[[Props], Props]:
    return lambda found: {key: found.get(key) or [] for key in keys}


def _get_instance(api: Gcp, args: Props) -> Props:
    """An instance, by its link or by its name: who it belongs to, and whether it runs."""
    path = relative(args["selfLink"]) if args.get("selfLink") else None
    if path is None:
        if not args.get("name"):
            raise ApiError("You must provide either name or selfLink")
        project, zone = (api.place(place, args.get(place)) for place in ("project", "zone"))
        path = f"projects/{project}/zones/{zone}/instances/{args['name']}"
    item, parts = api.get(COMPUTE + path), path.split("/")
    labels, shown = item.get("labels") or {}, {"selfLink": item["selfLink"], "currentStatus": item["status"]}
    about = {"id": path, "project": parts[1], "zone": parts[3], "name": parts[5]}
    return {**about, **shown, "labels": labels, "effectiveLabels": labels}


_NETWORK = {"description": "description", "gatewayIpv4": "gatewayIPv4", "networkId": "id", "numericId": "id",
            "subnetworksSelfLinks": "subnetworks"}  # fmt: skip
_SUBNETWORK = {"description": "description", "ipCidrRange": "ipCidrRange", "gatewayAddress": "gatewayAddress",
               "network": "network", "privateIpGoogleAccess": "privateIpGoogleAccess", "subnetworkId": "id",
               "secondaryIpRanges": "secondaryIpRanges", "stackType": "stackType"}  # fmt: skip
_ADDRESS = {"address": "address", "addressType": "addressType", "networkTier": "networkTier", "status": "status",
            "users": "users"}  # fmt: skip
FUNCTIONS: dict[str, Any] = {
    "gcp:compute/getImage:getImage": Function(_get_image, frozenset({"family", "name", "project"})),
    "gcp:compute/getInstance:getInstance": Function(_get_instance, frozenset({"name", "project", "selfLink", "zone"})),
    "gcp:compute/getNetwork:getNetwork": _with(
        _found("networks", _NETWORK, False), _empty_lists("subnetworksSelfLinks")
    ),
    "gcp:compute/getSubnetwork:getSubnetwork": _with(
        _with(_found("subnetworks", _SUBNETWORK, True), _empty_lists("secondaryIpRanges")),
        lambda found: {"subnetworkId": int(found["subnetworkId"])},
    ),
    "gcp:compute/getAddress:getAddress": _with(_found("addresses", _ADDRESS, True), _empty_lists("users")),
    "gcp:compute/getZones:getZones": Function(_get_zones, frozenset({"project", "region", "status"})),
    "gcp:organizations/getClientConfig:getClientConfig": Function(_get_client_config, frozenset()),
    "gcp:organizations/getProject:getProject": Function(_get_project, frozenset({"projectId"})),
}
