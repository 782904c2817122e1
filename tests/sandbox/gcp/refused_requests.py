"""Cases of refusals: paths, bodies, catalogue, and what all collections of Compute Engine share."""

from typing import Any

from sandbox.gcp.cloud import HERE, IN_USE, PROJECT, REGION, at
from sandbox.refusing import LEFT_OUT, Case, Request

DISCOVERY = "https://github.com/googleapis/google-api-python-client/blob/main/googleapiclient/discovery_cache/documents"
COMPUTE = f"{DISCOVERY}/compute.v1.json"
REST = "https://cloud.google.com/compute/docs/reference/rest/v1"
ERRORS = "https://cloud.google.com/apis/design/errors"
LABELS = "https://cloud.google.com/compute/docs/labeling-resources"
RANGES = "https://github.com/terraform-google-modules/terraform-google-network/issues/20"


def network(**body: Any) -> Request:
    return "POST", at("global", "networks"), {"name": "n", "autoCreateSubnetworks": False, **body}


def subnetwork(**body: Any) -> Request:
    wanted = {"name": "x", "network": "global/networks/net", "ipCidrRange": "10.41.0.0/24"}
    return "POST", at(HERE, "subnetworks"), {**wanted, **body}


def get(place: str, rest: str) -> Request:
    return "GET", at(place, rest), None


NO_RULE = {"name": "f", "network": "global/networks/net"}
NAT = {"name": "r", "network": "global/networks/net", "nats": [{"name": "x", "natIpAllocateOption": "BY_HAND"}]}
CASES = (
    # --- the front end
    Case("no path of Google's", lambda p: ("GET", "/compute/v1/nothing", None), 404, "notFound",
         "The requested URL /compute/v1/nothing was not found on this server for GET.", COMPUTE),
    Case("a method that is left out", lambda p: ("POST", f"{p.instance()}/suspend", {}), 501, "notImplemented",
         "The sandbox does not model the method compute.instances.suspend.", LEFT_OUT),
    Case("no JSON", lambda p: ("POST", at("global", "networks"), b"{"), 400, "invalid",
         "Invalid JSON payload received. The body is not JSON.", ERRORS),
    Case("no object", lambda p: ("POST", at("global", "networks"), [1]), 400, "invalid",
         "Invalid JSON payload received. The body must be an object.", ERRORS),
    Case("an unknown parameter", lambda p: ("POST", at("global", "networks?colour=red"), {"name": "n"}), 400,
         "invalid", 'Unknown name "colour": Cannot bind query parameter.', COMPUTE),
    Case("an unknown member", lambda p: network(auto_create_subnetworks=True), 400, "invalid",
         'Invalid JSON payload received. Unknown name "auto_create_subnetworks": Cannot find field.', COMPUTE),
    Case("a missing member", lambda p: network(name=None), 400, "invalid",
         "Invalid value for field 'resource.name': ''. Required field 'name' missing.", COMPUTE),
    Case("no list", lambda p: ("POST", at("global", "firewalls"), {**NO_RULE, "allowed": {}}), 400, "invalid",
         "Invalid value at 'allowed' (a list), got dict.", COMPUTE),
    Case("no object inside", lambda p: network(routingConfig=[]), 400, "invalid",
         "Invalid value at 'routingConfig' (an object), got list.", COMPUTE),
    Case("neither true nor false", lambda p: network(autoCreateSubnetworks="no"), 400, "invalid",
         "Invalid value at 'autoCreateSubnetworks' (TYPE_BOOL), got str.", COMPUTE),
    Case("no number", lambda p: network(mtu="large"), 400, "invalid",
         "Invalid value at 'mtu' (TYPE_INT32), got str.", COMPUTE),
    Case("no text", lambda p: network(description=7), 400, "invalid",
         "Invalid value at 'description' (TYPE_STRING), got int.", COMPUTE),
    Case("another word", lambda p: ("POST", at(HERE, "routers"), NAT), 400, "invalid",
         "Invalid value for field 'resource.nats[0].natIpAllocateOption': 'BY_HAND'. Allowed values: AUTO_ONLY, "
         "MANUAL_ONLY.", COMPUTE),
    Case("a name in capitals", lambda p: network(name="Upper"), 400, "invalid", "Invalid value for field "
         "'resource.name': 'Upper'. Must be a match of regex '[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?'.", COMPUTE),
    Case("bytes that are none", lambda p: ("POST", f"/v1/projects/{PROJECT}/secrets/s:addVersion",
                                          {"payload": {"data": "no base64!"}}), 400, "invalid",
         "Invalid value at 'payload.data' (TYPE_BYTES), Base64 decoding failed.",
         f"{DISCOVERY}/secretmanager.v1.json"),
    # --- the catalogue
    Case("a write in an unknown zone", lambda p: ("POST", at("zones/mars-a", "instances"), {"name": "x"}), 400,
         "invalid", "Invalid value for field 'zone': 'mars-a'. Unknown zone.",
         "https://cloud.google.com/compute/docs/regions-zones"),
    Case("an unknown zone", lambda p: get("zones", "mars-a"), 404, "notFound",
         f"The resource 'projects/{PROJECT}/zones/mars-a' was not found", f"{REST}/zones/get"),
    Case("machine types of an unknown zone", lambda p: get("zones/mars-a", "machineTypes"), 400, "invalid",
         "Invalid value for field 'zone': 'mars-a'. Unknown zone.", f"{REST}/machineTypes/list"),
    Case("an unknown family", lambda p: get("global", "images/family/none"), 404, "notFound",
         f"The resource 'projects/{PROJECT}/global/images/family/none' was not found",
         f"{REST}/images/getFromFamily"),
    Case("a filter of regions", lambda p: ("GET", f"/compute/v1/projects/{PROJECT}/regions?filter=name=x", None), 501,
         "notImplemented", "The sandbox does not model filters of regions.", LEFT_OUT),
    Case("another filter of zones", lambda p: ("GET", f"/compute/v1/projects/{PROJECT}/zones?filter=name=x", None),
         501, "notImplemented", "The sandbox does not model the filter 'name=x' of zones.", LEFT_OUT),
    Case("another filter of networks", lambda p: get("global", "networks?filter=mtu>1"), 501, "notImplemented",
         "The sandbox does not model the filter 'mtu>1' of lists; it understands name=... and network=...", LEFT_OUT),
    # --- all collections
    Case("no such resource", lambda p: get("global", "networks/none"), 404, "notFound",
         f"The resource 'projects/{PROJECT}/global/networks/none' was not found", f"{REST}/networks/get"),
    Case("no such operation", lambda p: get("global", "operations/none"), 404, "notFound",
         f"The resource 'projects/{PROJECT}/global/operations/none' was not found", f"{REST}/globalOperations/get"),
    Case("a name that is taken", lambda p: network(name="net"), 409, "alreadyExists",
         f"The resource 'projects/{PROJECT}/global/networks/net' already exists", ERRORS),
    Case("a member that stays", lambda p: ("PATCH", at("global", "networks/net"), {"description": "x"}), 400,
         "invalid", "Invalid value for field 'resource.description': 'x'. The field cannot be changed in a network.",
         f"{REST}/networks/patch"),
    Case("the delete of what is used", lambda p: ("DELETE", at("global", "networks/net"), None), 400, IN_USE,
         f"The network resource 'projects/{PROJECT}/global/networks/net' is already being used by "
         f"'projects/{PROJECT}/regions/{REGION}/subnetworks/sub'", f"{REST}/networks/delete"),
    Case("an old fingerprint", lambda p: ("POST", at(HERE, "addresses/ip/setLabels"), {"labelFingerprint": "eA=="}),
         412, "conditionNotMet", "Supplied fingerprint does not match current metadata fingerprint.", LABELS),
    # --- networks and subnetworks
    Case("a network that makes subnetworks", lambda p: network(autoCreateSubnetworks=True), 501, "notImplemented",
         "The sandbox does not model networks that make their subnetworks; set autoCreateSubnetworks to false.",
         LEFT_OUT),
    Case("a large MTU", lambda p: network(mtu=9000), 400, "invalid",
         "Invalid value for field 'resource.mtu': '9000'. It must be 1300 to 8896.",
         "https://cloud.google.com/vpc/docs/mtu"),
    Case("no link", lambda p: subnetwork(network="net"), 400, "invalid", "Invalid value for field 'resource.network': "
         "'net'. The URL is malformed: it must be the link of a network.", f"{REST}/subnetworks/insert"),
    Case("the link of nothing", lambda p: subnetwork(network="global/networks/x"), 400, "invalid", "Invalid value for "
         "field 'resource.network': 'global/networks/x'. The referenced network resource cannot be found.", ERRORS),
    Case("a network of another project", lambda p: ("POST", at(HERE, "subnetworks", "other-project"), {
            "name": "x", "network": f"projects/{PROJECT}/global/networks/net", "ipCidrRange": "10.41.0.0/24"}), 400,
         "invalid", "Cross project referencing is not allowed for this resource.",
         "https://cloud.google.com/vpc/docs/shared-vpc"),
    Case("a subnetwork without a range", lambda p: subnetwork(ipCidrRange=""), 400, "invalid",
         "Invalid value for field 'resource.ipCidrRange': ''. Required field 'ipCidrRange' missing.",
         f"{REST}/subnetworks/insert"),
    Case("a subnetwork for a purpose", lambda p: subnetwork(purpose="REGIONAL_MANAGED_PROXY"), 501, "notImplemented",
         "The sandbox does not model subnetworks for the purpose REGIONAL_MANAGED_PROXY.", LEFT_OUT),
    Case("a subnetwork of IPv6", lambda p: subnetwork(stackType="IPV4_IPV6"), 501, "notImplemented",
         "The sandbox does not model IPv6 in subnetworks.", LEFT_OUT),
    Case("a range that begins inside of itself", lambda p: subnetwork(ipCidrRange="10.41.0.1/24"), 400, "invalid",
         "Invalid value for field 'resource.ipCidrRange': '10.41.0.1/24'. It must be an IPv4 range in CIDR notation "
         "that starts at its first address.", f"{REST}/subnetworks/insert"),
    Case("a small range", lambda p: subnetwork(ipCidrRange="10.41.0.0/30"), 400, "invalid",
         "The range must be /29 or larger, and /4 or smaller.",
         "https://cloud.google.com/vpc/docs/subnets#valid-ranges"),
    Case("a range that is taken", lambda p: subnetwork(ipCidrRange="10.40.0.128/25"), 400, "invalid",
         "Invalid value for field 'resource.ipCidrRange': '10.40.0.128/25'. Invalid IPCidrRange: 10.40.0.128/25 "
         "conflicts with existing subnetwork 'sub' in region 'europe-west3'.", RANGES),
    Case("a range that shrinks", lambda p: ("POST", at(HERE, "subnetworks/sub/expandIpCidrRange"),
                                           {"ipCidrRange": "10.40.0.0/25"}), 400, "invalid",
         "It must hold the current range 10.40.0.0/24 and more.", f"{REST}/subnetworks/expandIpCidrRange"),
)  # fmt: skip
