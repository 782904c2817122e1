"""Cases of refusals: instances, service accounts, IAM policies, secrets."""

from ipaddress import IPv4Network
from typing import Any

from sandbox.gcp.cloud import HERE, IN_USE, PROJECT, REGION, SUBNETWORK, ZONE, Direct, at, machine
from sandbox.gcp.refused_requests import ERRORS, REST
from sandbox.refusing import LEFT_OUT, Case, Request, after

from gatepost_sandbox.refusals.pool import Pool

NET = "global/networks/net"
HOSTS = "https://cloud.google.com/compute/docs"
IDENTITY = f"{HOSTS}/access/service-accounts"
METADATA = f"{HOSTS}/metadata/setting-custom-metadata"
EXTERNAL = "https://github.com/hashicorp/terraform/issues/16095"
IAM = "https://cloud.google.com/iam/docs"
ACCOUNTS = f"/v1/projects/{PROJECT}/serviceAccounts"
SECRETS = f"/v1/projects/{PROJECT}/secrets"
SECRET_REST = "https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets"
BOOT = {"boot": True, "autoDelete": True}


def instance(**more: Any) -> Request:
    return "POST", at(f"zones/{ZONE}", "instances"), machine("vm", SUBNETWORK, **more)


def interface(**more: Any) -> Request:
    return instance(networkInterfaces=[{"subnetwork": SUBNETWORK, **more}])


def disk(**more: str) -> Request:
    image = {"sourceImage": "projects/debian-cloud/global/images/family/debian-12"}
    return instance(disks=[{**BOOT, "initializeParams": {**image, **more}}])


def account(**more: Any) -> Request:
    return instance(serviceAccounts=[more])


def external(p: Direct) -> str:
    """The reserved address."""
    return p.make("GET", at(HERE, "addresses/ip"))["address"]


def outer(address: str) -> dict[str, Any]:
    return {"networkInterfaces": [{"subnetwork": SUBNETWORK, "accessConfigs": [{"natIP": address}]}]}


def far_network(p: Direct) -> str:
    return p.insert("global", "networks", name="far", autoCreateSubnetworks=False)


def small_subnetwork(p: Direct) -> str:
    """One that is full of instances."""
    made = p.insert(HERE, "subnetworks", name="small", network=NET, ipCidrRange="10.41.0.0/29")
    for number in range(4):
        p.instance(f"vm-{number}", networkInterfaces=[{"subnetwork": made}])
    return made


def act(p: Direct, action: str, body: Any = None, **more: Any) -> Request:
    return "POST", f"{p.instance(**more)}/{action}", body or {}


def policy(**binding: Any) -> Request:
    return "POST", f"{SECRETS}/s:setIamPolicy", {"policy": {"bindings": [binding]}}


def secret(query: str = "?secretId=t", **more: Any) -> Request:
    return "POST", f"{SECRETS}{query}", {"replication": {"automatic": {}}, **more}


def destroyed(p: Direct) -> None:
    p.make("POST", f"{SECRETS}/s/versions/1:destroy", {})


def no_address_left(p: Direct) -> None:
    p.state.addresses = Pool(IPv4Network("198.19.0.0/30"))
    for _ in range(2):
        p.state.new_address()


CASES = (
    # --- a new instance
    Case("two disks", lambda p: instance(disks=[BOOT, BOOT]), 501, "notImplemented",
         "The sandbox does not model instances with other disks than one boot disk.", LEFT_OUT),
    Case("two interfaces", lambda p: instance(networkInterfaces=[{"subnetwork": SUBNETWORK}] * 2), 501,
         "notImplemented", "The sandbox does not model instances with other than one network interface.", LEFT_OUT),
    Case("no link of a machine type", lambda p: instance(machineType="e2-small"), 400, "invalid",
         f"'e2-small'. The URL is malformed: write zones/{ZONE}/machineTypes/NAME.", f"{REST}/instances/insert"),
    Case("another machine type", lambda p: instance(machineType=f"zones/{ZONE}/machineTypes/e2-tiny"), 400, "invalid",
         f"Machine type with name 'e2-tiny' does not exist in zone '{ZONE}'.", f"{HOSTS}/general-purpose-machines"),
    Case("two service accounts", lambda p: instance(serviceAccounts=[{"email": "a@b"}, {"email": "c@d"}]), 400,
         "invalid", "At most one service account is allowed.", IDENTITY),
    Case("no such service account", lambda p: account(email="x@y", scopes=["s"]), 400, "invalid",
         f"The resource 'projects/{PROJECT}/serviceAccounts/x@y' of type 'serviceAccount' was not found.", IDENTITY),
    Case("no access scope", lambda p: account(email=f"runner@{PROJECT}.iam.gserviceaccount.com"), 400, "invalid",
         "At least one access scope must be given.", IDENTITY),
    Case("metadata with a key twice", lambda p: instance(metadata={"items": [{"key": "a", "value": "1"}] * 2}), 400,
         "invalid", "Invalid value for field 'resource.metadata.items': '['a', 'a']'. Each key may be given once.",
         METADATA),
    Case("long metadata", lambda p: instance(metadata={"items": [{"key": "a", "value": "x" * 262145}]}), 400,
         "invalid", "Invalid value for field 'resource.metadata.items.a': '...'. A value has at most 262144 bytes.",
         METADATA),
    Case("a disk without an image", lambda p: disk(sourceImage=""), 501, "notImplemented",
         "The sandbox does not model boot disks that are not made from an image.", LEFT_OUT),
    Case("another image", lambda p: disk(sourceImage="projects/debian-cloud/global/images/family/debian-99"), 400,
         "invalid", "The referenced image resource cannot be found.", f"{HOSTS}/images/os-details"),
    Case("an image of another architecture",
         lambda p: disk(sourceImage="projects/debian-cloud/global/images/family/debian-12-arm64"), 400, "invalid",
         "The image is for ARM64, the machine type for X86_64.", f"{HOSTS}/instances/arm-on-compute"),
    Case("a disk's name that is taken", lambda p: after(p.instance("other"), ask=disk(diskName="other")), 409,
         "alreadyExists", f"The resource 'projects/{PROJECT}/zones/{ZONE}/disks/other' already exists", ERRORS),
    Case("a small disk", lambda p: disk(diskSizeGb="5"), 400, "invalid",
         "It must not be smaller than the image (10 GB).", f"{REST}/instances/insert"),
    Case("a disk alone", lambda p: ("POST", at(f"zones/{ZONE}", "disks"), {"name": "d"}), 501, "notImplemented",
         "The sandbox does not model disks that are made without an instance.", LEFT_OUT),
    # --- its network
    Case("no subnetwork", lambda p: instance(networkInterfaces=[{"network": NET}]), 400, "invalid",
         "A network in custom subnet mode needs the subnetwork.", f"{REST}/instances/insert"),
    Case("a subnetwork of another region", lambda p: interface(subnetwork=p.insert(
            "regions/us-east1", "subnetworks", name="s", network=NET, ipCidrRange="10.41.0.0/24")), 400, "invalid",
         f"It must be in the region {REGION}.", f"{REST}/instances/insert"),
    Case("a subnetwork of another network", lambda p: interface(network=far_network(p)), 400, "invalid",
         "It must be in the network of the interface.", f"{REST}/instances/insert"),
    Case("two access configs", lambda p: interface(accessConfigs=[{}, {}]), 400, "invalid",
         "At most one access config currently supported.", f"{REST}/instances/addAccessConfig"),
    Case("an inner address outside", lambda p: interface(networkIP="10.41.0.9"), 400, "invalid", "Invalid value for "
         "field 'resource.networkInterfaces[0].networkIP': '10.41.0.9'. It must be a free address in 10.40.0.0/24.",
         "https://cloud.google.com/vpc/docs/subnets"),
    Case("an inner address that is no address", lambda p: interface(networkIP="ten"), 400, "invalid", "Invalid value "
         "for field 'resource.networkInterfaces[0].networkIP': 'ten'. It must be a free address in 10.40.0.0/24.",
         f"{REST}/instances/insert"),
    Case("an inner address that is taken", lambda p: after(p.instance("other"), ask=interface(networkIP="10.40.0.2")),
         400, "invalid", "IP '10.40.0.2' is already being used by another resource.",
         "https://github.com/hashicorp/terraform/issues/18998"),
    Case("a full subnetwork", lambda p: interface(subnetwork=small_subnetwork(p)), 400, "invalid",
         f"IP_SPACE_EXHAUSTED: IP space of 'projects/{PROJECT}/regions/{REGION}/subnetworks/small' is exhausted.",
         "https://github.com/GoogleCloudPlatform/cluster-toolkit/issues/2389"),
    Case("an external address that nobody reserved", lambda p: instance(**outer("198.19.255.1")), 400, "invalid",
         "Invalid value for field 'resource.networkInterfaces[0].accessConfigs[0].natIP': '198.19.255.1'. The "
         f"specified external IP address '198.19.255.1' was not found in region '{REGION}'.", EXTERNAL),
    Case("an external address that is taken", lambda p: after(
            p.instance("other", **outer(external(p))), ask=instance(**outer(external(p)))), 400, IN_USE,
         " is already in-use.", f"{HOSTS}/ip-addresses/configure-static-external-ip-address"),
    Case("the sandbox has no address left", lambda p: after(
            no_address_left(p), ask=("POST", at(HERE, "addresses"), {"name": "a"})), 403, "forbidden",
         "the sandbox has given out all of its addresses.", f"{HOSTS}/resource-quotas"),
    # --- changes of an instance
    Case("a change that needs a stop", lambda p: act(p, "setMachineType", {"machineType": "x"}), 400,
         "resourceNotReady", "Instance must be in the following states: TERMINATED, and is RUNNING.",
         f"{HOSTS}/instances/changing-machine-type-of-stopped-instance"),
    Case("a reset of a stopped one", lambda p: after(
            p.make(*act(p, "stop")), ask=("POST", at(f"zones/{ZONE}", "instances/vm/reset"), {})), 400, "invalid",
         "The instance is TERMINATED, and only a RUNNING one can be reset.", f"{HOSTS}/instances/instance-life-cycle"),
    Case("a second access config", lambda p: act(
            p, "addAccessConfig?networkInterface=nic0", {"name": "b"},
            networkInterfaces=[{"subnetwork": SUBNETWORK, "accessConfigs": [{}]}]), 400, "invalid",
         "At most one access config currently supported.", f"{REST}/instances/addAccessConfig"),
    Case("no such access config", lambda p: act(p, "deleteAccessConfig?networkInterface=nic0&accessConfig=x"), 400,
         "invalid", "The interface has no access config of that name.", f"{REST}/instances/deleteAccessConfig"),
    Case("no such interface", lambda p: act(p, "addAccessConfig?networkInterface=nic9"), 400, "invalid",
         "The instance has no interface of that name.", f"{REST}/instances/addAccessConfig"),
    Case("the delete of a protected one", lambda p: ("DELETE", p.instance(deletionProtection=True), None), 400,
         "invalidResourceUsage", "Resource cannot be deleted if it's protected against deletion.",
         f"{HOSTS}/instances/preventing-accidental-vm-deletion"),
    # --- service accounts and projects
    Case("a short id of an account", lambda p: ("POST", ACCOUNTS, {"accountId": "short"}), 400, "invalid",
         "Invalid account id 'short': it must have 6 to 30 lowercase letters, digits and dashes.",
         f"{IAM}/service-accounts-create"),
    Case("an account's id that is taken", lambda p: ("POST", ACCOUNTS, {"accountId": "runner"}), 409, "alreadyExists",
         f"Service account runner already exists within project projects/{PROJECT}.", f"{IAM}/service-accounts-create"),
    Case("no such account", lambda p: ("GET", f"{ACCOUNTS}/x@y", None), 404, "notFound",
         "Unknown service account: x@y", f"{IAM}/reference/rest/v1/projects.serviceAccounts/get"),
    Case("another member of an account", lambda p: (
            "PATCH", f"{ACCOUNTS}/runner@{PROJECT}.iam.gserviceaccount.com", {"updateMask": "email"}), 400, "invalid",
         "The field email of a service account cannot be changed.",
         f"{IAM}/reference/rest/v1/projects.serviceAccounts/patch"),
    Case("no id of a project", lambda p: ("GET", "/v1/projects/UP", None), 404, "notFound",
         "The resource 'projects/UP' was not found",
         "https://cloud.google.com/resource-manager/docs/creating-managing-projects"),
    # --- IAM policies
    Case("an old etag", lambda p: ("POST", f"{SECRETS}/s:setIamPolicy", {"policy": {"etag": "eA=="}}), 409, "aborted",
         "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.",
         f"{IAM}/policies"),
    Case("another role", lambda p: policy(role="roles/none"), 400, "invalid",
         "Role roles/none is not supported for this resource. The sandbox knows ", f"{IAM}/understanding-roles"),
    Case("no member", lambda p: policy(role="roles/viewer", members=["x"]), 400, "invalid",
         "Invalid member x: write it as user:..., group:... or serviceAccount:....", f"{IAM}/principal-identifiers"),
    Case("a member that is not there", lambda p: policy(role="roles/viewer", members=["serviceAccount:x@y"]), 400,
         "invalid", "Service account x@y does not exist.", f"{IAM}/troubleshooting-access"),
    # --- secrets
    Case("no id of a secret", lambda p: secret("?secretId=a.b"), 400, "invalid",
         "The secret id 'a.b' must have 1 to 255 letters, digits, dashes and underscores.", f"{SECRET_REST}/create"),
    Case("a secret's id that is taken", lambda p: secret("?secretId=s"), 409, "alreadyExists",
         f"Secret [projects/{PROJECT}/secrets/s] already exists.", ERRORS),
    Case("no replication", lambda p: secret(replication={}), 400, "invalid",
         "The replication of a secret must be either automatic or userManaged.", SECRET_REST),
    Case("no replicas", lambda p: secret(replication={"userManaged": {}}), 400, "invalid",
         "The replicas of a secret must be in regions of Google Cloud, got none.", SECRET_REST),
    Case("a part of a secret that is left out", lambda p: secret(ttl="60s"), 501, "notImplemented",
         "The sandbox does not model ttl of secrets.", LEFT_OUT),
    Case("no such secret", lambda p: ("GET", f"{SECRETS}/x", None), 404, "notFound",
         f"Secret [projects/{PROJECT}/secrets/x] not found.", f"{SECRET_REST}/get"),
    Case("another change of a secret", lambda p: ("PATCH", f"{SECRETS}/s?updateMask=ttl", {"ttl": "60s"}), 501,
         "notImplemented", "The sandbox does not model changes of ttl of secrets.", LEFT_OUT),
    Case("an empty version", lambda p: ("POST", f"{SECRETS}/s:addVersion", {}), 400, "invalid",
         "The payload of a secret version must not be empty.", f"{SECRET_REST}/addVersion"),
    Case("a long version", lambda p: ("POST", f"{SECRETS}/s:addVersion", {"payload": {"data": "AAAA" * 21846}}), 400,
         "invalid", "The payload of a secret version has at most 65536 bytes, got 65538.",
         "https://cloud.google.com/secret-manager/quotas"),
    Case("no such version", lambda p: ("GET", f"{SECRETS}/s/versions/2", None), 404, "notFound",
         f"Secret Version [projects/{PROJECT}/secrets/s/versions/2] not found.", f"{SECRET_REST}.versions/get"),
    Case("a look at a destroyed version", lambda p: after(
            destroyed(p), ask=("GET", f"{SECRETS}/s/versions/1:access", None)), 400, "failedPrecondition",
         f"Secret Version [projects/{PROJECT}/secrets/s/versions/1] is in DESTROYED state.",
         f"{SECRET_REST}.versions/access"),
    Case("a destroyed version that is enabled", lambda p: after(
            destroyed(p), ask=("POST", f"{SECRETS}/s/versions/1:enable", {})), 400, "failedPrecondition",
         f"Secret Version [projects/{PROJECT}/secrets/s/versions/1] is in DESTROYED state.",
         f"{SECRET_REST}.versions/enable"),
)  # fmt: skip
