"""One row for each resource type of the provider: inputs that make one, and what a change of each input does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.gcp.cloud import REGION, ZONE
from sandbox.gcp.place import Place
from sandbox.providers.engine import Props

from gatepost_sandbox.gcp.host import SCOPE

IMAGE = "projects/debian-cloud/global/images/debian-12-bookworm-v20260811"
REPLACES, IN_PLACE = True, False


@dataclass(frozen=True)
class Change:
    """The input ``key`` gets the value ``to``. ``also`` is what the diff names beside it."""

    key: str
    to: Callable[[Place], Any]
    replaces: bool
    also: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Row:
    """``found_by`` is the id for an import, where it is not the resource's own."""

    token: str
    inputs: Callable[[Place], Props]
    changes: tuple[Change, ...]
    found_by: Callable[[Place], str] | None = None


def new(key: str, to: Any) -> Change:
    return Change(key, to if callable(to) else lambda _: to, REPLACES)


def same(key: str, to: Any, also: tuple[str, ...] = ()) -> Change:
    return Change(key, to if callable(to) else lambda _: to, IN_PLACE, frozenset(also))


KEEP = same("deletionPolicy", "DELETE")
LABELS = same("labels", {"kept": "new", "came": "here"}, ("effectiveLabels", "pulumiLabels"))
PROJECT_ = new("project", "other-project")
REGION_ = new("region", "us-east1")
NAME = new("name", "other")
DESCRIBED = new("description", "else")
TCP = [{"protocol": "tcp", "ports": ["443"]}]


def machine(p: Place) -> Props:
    return {
        "name": f"{p.name}-vm",
        "machineType": "e2-small",
        "zone": ZONE,
        "bootDisk": {"autoDelete": True, "initializeParams": {"image": IMAGE, "size": 10, "type": "pd-balanced"}},
        "networkInterfaces": [{"subnetwork": p.subnetwork}],
        "serviceAccount": {"email": p.account, "scopes": ["cloud-platform"]},
        "metadata": {"block-project-ssh-keys": "true"},
        "metadataStartupScript": "echo one",
        "tags": ["a", "b"],
        "labels": {"kept": "old", "gone": "soon"},
        "shieldedInstanceConfig": {"enableSecureBoot": True},
        "allowStoppingForUpdate": True,
    }


def policy_row(token: str, where: Callable[[Place], Props], other: Change) -> Row:
    key, role = other.key, "roles/secretmanager.viewer"
    return Row(
        token,
        lambda p: {**where(p), "role": "roles/secretmanager.secretAccessor", "member": f"serviceAccount:{p.account}"},
        (other, new("role", role), new("member", lambda p: f"serviceAccount:{p.other_account}")),
        lambda p: f"{where(p)[key]} roles/secretmanager.secretAccessor serviceAccount:{p.account}",
    )


ROWS = (
    Row(
        "gcp:compute/network:Network",
        lambda p: {"name": f"{p.name}-n", "autoCreateSubnetworks": False, "description": "what"},
        (
            NAME, DESCRIBED, PROJECT_, KEEP,
            new("autoCreateSubnetworks", True),
            same("mtu", 1500),
            same("routingMode", "GLOBAL"),
            same("networkFirewallPolicyEnforcementOrder", "BEFORE_CLASSIC_FIREWALL"),
            same("deleteDefaultRoutesOnCreate", True),
        ),
    ),
    Row(
        "gcp:compute/subnetwork:Subnetwork",
        lambda p: {"name": f"{p.name}-s", "network": p.network, "ipCidrRange": "10.50.0.0/24", "region": REGION},
        (
            NAME, DESCRIBED, PROJECT_, REGION_, KEEP,
            new("network", lambda p: p.other_network),
            same("ipCidrRange", "10.50.0.0/23"),
            same("privateIpGoogleAccess", True),
            same("secondaryIpRanges", [{"rangeName": "pods", "ipCidrRange": "10.60.0.0/24"}]),
            same("logConfig", {"aggregationInterval": "INTERVAL_5_SEC", "flowSampling": 0.5}),
        ),
    ),
    Row(
        "gcp:compute/route:Route",
        lambda p: {"name": f"{p.name}-r", "network": p.network, "destRange": "10.0.0.0/8", "tags": ["a"],
                   "nextHopGateway": "default-internet-gateway"},
        (
            NAME, DESCRIBED, PROJECT_, KEEP,
            new("network", lambda p: p.other_network),
            new("destRange", "10.1.0.0/16"),
            new("priority", 2000),
            new("tags", ["b"]),
            new("nextHopGateway", "other-gateway"),
            new("nextHopIp", "10.40.0.9"),
            new("nextHopInstance", "some-instance"),
            new("nextHopVpnTunnel", "some-tunnel"),
            new("nextHopIlb", "some-balancer"),
        ),
    ),
    Row(
        "gcp:compute/address:Address",
        lambda p: {"name": f"{p.name}-a", "region": REGION, "description": "what",
                   "labels": {"kept": "old", "gone": "x"}},
        (
            NAME, DESCRIBED, PROJECT_, REGION_, KEEP, LABELS,
            new("addressType", "INTERNAL"),
            new("networkTier", "STANDARD"),
        ),
    ),
    Row(
        "gcp:compute/router:Router",
        lambda p: {"name": f"{p.name}-r", "network": p.network, "region": REGION},
        (NAME, PROJECT_, REGION_, KEEP, new("network", lambda p: p.other_network), same("description", "else")),
    ),
    Row(
        "gcp:compute/routerNat:RouterNat",
        lambda p: {"name": f"{p.name}-nat", "router": p.router, "region": REGION, "natIpAllocateOption": "MANUAL_ONLY",
                   "natIps": [p.address], "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
                   "subnetworks": [{"name": p.subnetwork, "sourceIpRangesToNats": ["ALL_IP_RANGES"]}]},
        (
            NAME, PROJECT_, REGION_, KEEP,
            new("router", lambda p: p.other_router),
            new("endpointTypes", ["ENDPOINT_TYPE_SWG"]),
            new("type", "PRIVATE"),
            same("natIps", lambda p: [p.other_address, p.address]),
            same("subnetworks", lambda p: [{"name": p.subnetwork, "sourceIpRangesToNats": ["PRIMARY_IP_RANGE"]}]),
            same("minPortsPerVm", 128),
            same("enableEndpointIndependentMapping", True),
            same("udpIdleTimeoutSec", 120),
            same("icmpIdleTimeoutSec", 60),
            same("tcpEstablishedIdleTimeoutSec", 600),
            same("tcpTransitoryIdleTimeoutSec", 60),
            same("tcpTimeWaitTimeoutSec", 60),
            same("logConfig", {"enable": True, "filter": "ERRORS_ONLY"}),
            same("autoNetworkTier", "STANDARD"),
        ),
    ),
    Row(
        "gcp:compute/firewall:Firewall",
        lambda p: {"name": f"{p.name}-f", "network": p.network, "direction": "EGRESS", "allows": TCP,
                   "destinationRanges": ["10.0.0.0/8", "11.0.0.0/8"], "targetTags": ["a"], "description": "why"},
        (
            NAME, PROJECT_, KEEP,
            same("network", lambda p: p.other_network),
            same("allows", [{"protocol": "udp", "ports": ["1-65535"]}, {"protocol": "icmp"}]),
            same("destinationRanges", ["10.0.0.0/8"]),
            same("targetTags", ["b", "c"]),
            same("priority", 900),
            same("disabled", True),
            same("description", "because"),
            same("logConfig", {"metadata": "EXCLUDE_ALL_METADATA"}),
        ),
    ),
    Row(
        "gcp:dns/policy:Policy",
        lambda p: {"name": f"{p.name}-d", "networks": [{"networkUrl": p.network}], "description": "what",
                   "alternativeNameServerConfig": {"targetNameServers": [{"ipv4Address": "10.40.0.2"}]}},
        (
            NAME, PROJECT_, KEEP,
            same("description", "else"),
            same("networks", lambda p: [{"networkUrl": p.other_network}, {"networkUrl": p.network}]),
            same("alternativeNameServerConfig",
                 {"targetNameServers": [{"ipv4Address": "9.9.9.9", "forwardingPath": "default"},
                                        {"ipv4Address": "10.40.0.3", "forwardingPath": "private"}]}),
            same("enableInboundForwarding", True),
            same("enableLogging", True),
        ),
    ),
    Row(
        "gcp:serviceaccount/account:Account",
        lambda p: {"accountId": f"{p.name}-account", "displayName": "one"},
        (
            PROJECT_, KEEP,
            new("accountId", "other-account"),
            same("displayName", "two"),
            same("description", "what"),
            same("disabled", True),
        ),
    ),
    policy_row(
        "gcp:projects/iAMMember:IAMMember", lambda p: {"project": f"{p.name}-project"}, new("project", "other-project")
    ),
    Row(
        "gcp:secretmanager/secret:Secret",
        lambda p: {"secretId": f"{p.name}-s", "replication": {"auto": {}}, "labels": {"kept": "old", "gone": "x"}},
        (
            PROJECT_, KEEP, LABELS,
            new("secretId", "other"),
            new("replication", {"userManaged": {"replicas": [{"location": REGION}]}}),
            same("annotations", {"why": "this"}),
            same("deletionProtection", False),
        ),
    ),
    Row(
        "gcp:secretmanager/secretVersion:SecretVersion",
        lambda p: {"secret": p.secret, "secretData": "hunter2"},
        (
            PROJECT_, KEEP,
            new("secret", lambda p: p.other_secret),
            new("secretData", "other"),
            new("isSecretDataBase64", True),
            same("enabled", False),
        ),
    ),
    policy_row(
        "gcp:secretmanager/secretIamMember:SecretIamMember",
        lambda p: {"secretId": p.secret},
        new("secretId", lambda p: p.other_secret),
    ),
    Row(
        "gcp:compute/instance:Instance",
        machine,
        (
            NAME, DESCRIBED, PROJECT_, KEEP, LABELS,
            new("zone", "us-east1-b"),
            new("hostname", "host.example.com"),
            new("canIpForward", True),
            new("metadataStartupScript", "echo two"),
            new("bootDisk", {"autoDelete": True, "initializeParams": {"image": "debian-cloud/debian-12-arm64"}}),
            new("networkInterfaces", lambda p: [{"subnetwork": p.other_subnetwork}]),
            same("machineType", "e2-medium"),
            same("serviceAccount", lambda p: {"email": p.other_account, "scopes": [SCOPE]}),
            same("metadata", {"block-project-ssh-keys": "false"}),
            same("tags", ["c"]),
            same("deletionProtection", True),
            same("deletionProtection", False),
            same("shieldedInstanceConfig", {"enableSecureBoot": False}),
            same("allowStoppingForUpdate", False),
        ),
    ),
)  # fmt: skip
