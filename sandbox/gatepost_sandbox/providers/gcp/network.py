"""Networks, subnetworks, routes and addresses."""

from ipaddress import ip_network
from typing import Any, ClassVar

from ..values import UNKNOWN, Props
from .base import LABEL_OUTPUTS, LABELS, PLACED, Compute, Labelled, by_link, by_set
from .client import COMPUTE, Gcp
from .links import full

_SELF = {"selfLink": "selfLink", "creationTimestamp": "creationTimestamp"}
ANYWHERE = "0.0.0.0/0"


class Network(Compute):
    token = "gcp:compute/network:Network"
    source = "google/services/compute/resource_compute_network.go"
    template = "projects/{project}/global/networks/{name}"
    fields: ClassVar = {"name": "name", "description": "description", "mtu": "mtu",
                        "autoCreateSubnetworks": "autoCreateSubnetworks",
                        "networkFirewallPolicyEnforcementOrder": "networkFirewallPolicyEnforcementOrder"}  # fmt: skip
    more: ClassVar = {"selfLink": "selfLink", "networkId": "id", "numericId": "id", "gatewayIpv4": "gatewayIPv4"}
    inputs = frozenset({*fields, "routingMode", "deleteDefaultRoutesOnCreate", *PLACED})
    outputs = frozenset({*more, "mtu", "routingMode", "project", "deletionPolicy"})
    replaces = frozenset({"name", "description", "autoCreateSubnetworks", "project"})
    defaults: ClassVar = {
        "autoCreateSubnetworks": True, "deleteDefaultRoutesOnCreate": False,
        "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL",
    }  # fmt: skip
    choices: ClassVar = {
        "routingMode": ("REGIONAL", "GLOBAL"),
        "networkFirewallPolicyEnforcementOrder": ("BEFORE_CLASSIC_FIREWALL", "AFTER_CLASSIC_FIREWALL"),
    }
    unreadable = frozenset({"deleteDefaultRoutesOnCreate"})
    autoname_limit, lowercase = 63, True

    def body(self, api: Gcp, news: Props) -> Props:
        mode = {"routingConfig": {"routingMode": news["routingMode"]}} if news.get("routingMode") else {}
        return super().body(api, news) | mode

    def after_create(self, api: Gcp, rid: str, news: Props) -> None:
        if news.get("deleteDefaultRoutesOnCreate"):
            project, link = self.places(api, news)["project"], api.get(COMPUTE + rid)["selfLink"]
            routes = api.get(f"{COMPUTE}projects/{project}/global/routes", filter=f"network={link}").get("items", [])
            for route in (r for r in routes if r["destRange"] == ANYWHERE):
                api.call("DELETE", f"{COMPUTE}projects/{project}/global/routes/{route['name']}")

    def shown(self, api: Gcp, item: Props, known: Props) -> Props:
        return super().shown(api, item, known) | {"routingMode": item["routingConfig"]["routingMode"]}

    def change(self, api: Gcp, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        body = self.body(api, {k: news.get(k) for k in changed})
        if body:
            api.call("PATCH", COMPUTE + rid, body)


_LOG = ("aggregationInterval", "flowSampling", "metadata", "filterExpr")


class Subnetwork(Compute):
    token = "gcp:compute/subnetwork:Subnetwork"
    source = "google/services/compute/resource_compute_subnetwork.go"
    template = "projects/{project}/regions/{region}/subnetworks/{name}"
    fields: ClassVar = {"name": "name", "network": "network", "ipCidrRange": "ipCidrRange",
                        "description": "description", "privateIpGoogleAccess": "privateIpGoogleAccess"}  # fmt: skip
    more: ClassVar = {**_SELF, "gatewayAddress": "gatewayAddress", "subnetworkId": "id", "purpose": "purpose",
                      "stackType": "stackType"}  # fmt: skip
    inputs = frozenset({*fields, "secondaryIpRanges", "logConfig", "region", *PLACED})
    nested: ClassVar = {"logConfig": frozenset(_LOG)}
    members: ClassVar = {"secondaryIpRanges": frozenset({"rangeName", "ipCidrRange"})}
    needs = frozenset({"ipCidrRange"})
    outputs = frozenset({*more, "privateIpGoogleAccess", "secondaryIpRanges", "region", "project", "deletionPolicy"})
    replaces = frozenset({"name", "network", "description", "region", "project"})
    sometimes: ClassVar = {"ipCidrRange": "unless the new range holds the old one"}
    recomputed: ClassVar = {"gatewayAddress": frozenset({"ipCidrRange"})}
    same: ClassVar = by_link("network")
    autoname_limit, lowercase = 63, True

    def forces_replacement(self, api: Gcp, changed: list[str], olds: Props, news: Props) -> frozenset[str]:
        new = news.get("ipCidrRange")
        grown = new != UNKNOWN and ip_network(olds["ipCidrRange"]).subnet_of(ip_network(str(new)))  # ty: ignore[invalid-argument-type]
        return self.replaces if grown else self.replaces | {"ipCidrRange"}

    def body(self, api: Gcp, news: Props) -> Props:
        body = super().body(api, news) | {"network": self.link(news["network"], api, news, "global/networks")}
        for key in ("secondaryIpRanges", "logConfig"):
            if news.get(key):
                body |= self._part(key, news)
        return body

    @staticmethod
    def _part(key: str, news: Props) -> Props:
        if key == "logConfig":
            return {key: {"enable": True, **news[key]} if news.get(key) else {"enable": False}}
        return {key: news.get(key) or []}

    def shown(self, api: Gcp, item: Props, known: Props) -> Props:
        log = item.get("logConfig") or {}
        found = {k: log[k] for k in _LOG if k in log} if log.get("enable") else None
        return super().shown(api, item, known) | {
            "secondaryIpRanges": item.get("secondaryIpRanges") or [], "logConfig": found
        }  # fmt: skip

    def change(self, api: Gcp, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        for key in changed:
            match key:
                case "ipCidrRange":
                    api.call("POST", f"{COMPUTE}{rid}/expandIpCidrRange", {"ipCidrRange": news[key]})
                case "privateIpGoogleAccess":
                    on = {"privateIpGoogleAccess": bool(news.get(key))}
                    api.call("POST", f"{COMPUTE}{rid}/setPrivateIpGoogleAccess", on)
                case _:
                    current = api.get(COMPUTE + rid)["fingerprint"]
                    api.call("PATCH", COMPUTE + rid, {**self._part(key, news), "fingerprint": current})


class Address(Labelled, Compute):
    token = "gcp:compute/address:Address"
    source = "google/services/compute/resource_compute_address.go"
    template = "projects/{project}/regions/{region}/addresses/{name}"
    fields: ClassVar = {"name": "name", "addressType": "addressType", "description": "description",
                        "networkTier": "networkTier"}  # fmt: skip
    more: ClassVar = {**_SELF, "address": "address", "addressId": "id", "labelFingerprint": "labelFingerprint"}
    inputs = frozenset({*fields, "labels", "region", *PLACED})
    outputs = frozenset({*more, *LABEL_OUTPUTS, "users", "networkTier", "region", "project", "deletionPolicy"})
    replaces = frozenset({*fields, "region", "project"})
    recomputed: ClassVar = {**Labelled.recomputed, "labelFingerprint": LABELS}
    defaults: ClassVar = {"addressType": "EXTERNAL"}
    choices: ClassVar = {"addressType": ("EXTERNAL", "INTERNAL"), "networkTier": ("PREMIUM", "STANDARD")}
    same: ClassVar = by_link()

    def body(self, api: Gcp, news: Props) -> Props:
        return super().body(api, news) | {"labels": api.all_labels(news.get("labels"))}

    def shown(self, api: Gcp, item: Props, known: Props) -> Props:
        users = {"users": item.get("users") or []}
        return super().shown(api, item, known) | users | self.shown_labels(api, item, known)

    def change(self, api: Gcp, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        current = api.get(COMPUTE + rid)["labelFingerprint"]
        body = {"labels": self.wanted_labels(api, state, news), "labelFingerprint": current}
        api.call("POST", f"{COMPUTE}{rid}/setLabels", body)


class Route(Compute):
    token = "gcp:compute/route:Route"
    source = "google/services/compute/resource_compute_route.go"
    template = "projects/{project}/global/routes/{name}"
    fields: ClassVar = {"name": "name", "network": "network", "destRange": "destRange", "priority": "priority",
                        "description": "description", "tags": "tags", "nextHopGateway": "nextHopGateway",
                        "nextHopIp": "nextHopIp", "nextHopInstance": "nextHopInstance",
                        "nextHopVpnTunnel": "nextHopVpnTunnel", "nextHopIlb": "nextHopIlb"}  # fmt: skip
    more: ClassVar = {**_SELF, "routeType": "routeType", "routeStatus": "routeStatus"}
    inputs = frozenset({*fields, *PLACED})
    outputs = frozenset({*more, "nextHopIp", "project", "deletionPolicy"})
    replaces = frozenset({*fields, "project"})
    defaults: ClassVar = {"priority": 1000}
    same: ClassVar = by_link("network", "nextHopGateway", "nextHopInstance", "nextHopVpnTunnel", "nextHopIlb") | by_set(
        "tags"
    )

    def body(self, api: Gcp, news: Props) -> Props:
        body = super().body(api, news) | {"network": self.link(news["network"], api, news, "global/networks")}
        if news.get("nextHopGateway"):
            body["nextHopGateway"] = full(news["nextHopGateway"], "global/gateways")
        return body


def subnetwork_link(api: Gcp, value: Any, project: str, region: str) -> str:
    """A subnetwork's link as the API takes it."""
    return full(value, f"projects/{project}/regions/{region}/subnetworks")
