"""Cloud Routers, and NAT gateways: entries in a list of a router, changed by reading and writing the router."""

from collections.abc import Iterable
from typing import Any, ClassVar

from ..kind import ApiError
from ..schema import Problem
from ..values import Props
from .base import PLACED, Compute, GcpKind, by_link, by_set
from .client import COMPUTE, Gcp, Gone
from .links import full, last, same_link, same_set
from .network import subnetwork_link


class Router(Compute):
    token = "gcp:compute/router:Router"
    source = "google/services/compute/resource_compute_router.go"
    template = "projects/{project}/regions/{region}/routers/{name}"
    fields: ClassVar = {"name": "name", "network": "network", "description": "description"}
    more: ClassVar = {"selfLink": "selfLink", "creationTimestamp": "creationTimestamp"}
    inputs = frozenset({*fields, "region", *PLACED})
    needs = frozenset({"network"})
    outputs = frozenset({*more, "region", "project", "deletionPolicy"})
    replaces = frozenset({"name", "network", "region", "project"})
    same: ClassVar = by_link("network")
    autoname_limit, lowercase = 63, True

    def body(self, api: Gcp, news: Props) -> Props:
        return super().body(api, news) | {"network": self.link(news["network"], api, news, "global/networks")}

    def change(self, api: Gcp, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        api.call("PATCH", COMPUTE + rid, {"description": news.get("description") or ""})


def _same_subnetworks(old: Any, new: Any) -> bool:
    """Sets of entries, each with a link and a set of ranges."""
    olds, news = list(old or ()), list(new or ())

    def same(a: Props, b: Props) -> bool:
        return same_link(a.get("name"), b.get("name")) and all(
            same_set(a.get(k), b.get(k)) for k in ("sourceIpRangesToNats", "secondaryIpRangeNames")
        )

    return len(olds) == len(news) and all(any(same(o, n) for o in olds) for n in news)


class RouterNat(GcpKind):
    token = "gcp:compute/routerNat:RouterNat"
    source = "google/services/compute/resource_compute_router_nat.go"
    template = "{project}/{region}/{router}/{name}"
    plain: ClassVar = ("name", "natIpAllocateOption", "sourceSubnetworkIpRangesToNat", "minPortsPerVm",
                       "maxPortsPerVm", "enableDynamicPortAllocation", "enableEndpointIndependentMapping",
                       "udpIdleTimeoutSec", "icmpIdleTimeoutSec", "tcpEstablishedIdleTimeoutSec",
                       "tcpTransitoryIdleTimeoutSec", "tcpTimeWaitTimeoutSec", "logConfig", "autoNetworkTier",
                       "endpointTypes", "type")  # fmt: skip
    sets: ClassVar = ("natIps", "drainNatIps")
    inputs = frozenset({*plain, *sets, "subnetworks", "router", "region", *PLACED})
    nested: ClassVar = {"logConfig": frozenset({"enable", "filter"})}
    members: ClassVar = {
        "subnetworks": frozenset({"name", "sourceIpRangesToNats", "secondaryIpRangeNames"}),
    }
    outputs = frozenset(
        {"minPortsPerVm", "enableDynamicPortAllocation", "enableEndpointIndependentMapping", "autoNetworkTier",
         "endpointTypes", "region", "project", "deletionPolicy"}
    )  # fmt: skip
    replaces = frozenset({"name", "router", "region", "project", "endpointTypes", "type"})
    defaults: ClassVar = {
        "icmpIdleTimeoutSec": 30, "udpIdleTimeoutSec": 30, "tcpEstablishedIdleTimeoutSec": 1200,
        "tcpTransitoryIdleTimeoutSec": 30, "tcpTimeWaitTimeoutSec": 120, "type": "PUBLIC",
    }  # fmt: skip
    choices: ClassVar = {
        "natIpAllocateOption": ("MANUAL_ONLY", "AUTO_ONLY"),
        "sourceSubnetworkIpRangesToNat": (
            "ALL_SUBNETWORKS_ALL_IP_RANGES", "ALL_SUBNETWORKS_ALL_PRIMARY_IP_RANGES", "LIST_OF_SUBNETWORKS",
        ),
        "type": ("PUBLIC", "PRIVATE"),
    }  # fmt: skip
    same: ClassVar = by_link("router") | by_set(*sets) | {"subnetworks": _same_subnetworks}
    autoname, autoname_limit, lowercase = "name", 63, True

    def rules(self, news: Props) -> Iterable[Problem]:
        yield from super().rules(news)
        both = ("enableDynamicPortAllocation", "enableEndpointIndependentMapping")
        if all(news.get(key) is True for key in both):
            yield (
                both[0],
                f"The inputs {both[0]!r} and {both[1]!r} of {self.token} exclude each other; set one of them.",
            )

    def places(self, api: Gcp, props: Props) -> dict[str, str]:
        places = super().places(api, props)
        return {**places, "router": last(props["router"])} if props.get("router") else places

    def create(self, api: Gcp, news: Props) -> str:
        if news.get("drainNatIps"):
            raise ApiError("A new RouterNat cannot have drainNatIps: an address must have been in use before.")
        rid = self.id_of(api, news)

        def add(nats: list[Props]) -> list[Props]:
            if any(nat["name"] == news["name"] for nat in nats):
                raise ApiError(f"Error creating RouterNat, the NAT {news['name']!r} exists in the router already.")
            return [*nats, self._body(api, news)]

        self._write(api, rid, add)
        return rid

    def item(self, api: Gcp, rid: str) -> Props:
        names = self.parsed(api, rid)
        for nat in api.get(COMPUTE + Router.template.format_map({**names, "name": names["router"]})).get("nats", []):
            if nat["name"] == names["name"]:
                return nat
        raise Gone(f"The NAT {names['name']} was not found in the router {names['router']}")

    def parsed(self, api: Gcp, rid: str) -> dict[str, str]:
        parts = rid.split("/")
        if parts[0] == "projects" and len(parts) == 8:  # an id for an import
            rid = "/".join((parts[1], parts[3], parts[5], parts[7])) if parts[6] == "nats" else rid
        elif parts[0] == "projects" and len(parts) == 7:
            rid = "/".join((parts[1], parts[3], parts[5], parts[6]))
        return super().parsed(api, rid)

    def shown(self, api: Gcp, item: Props, known: Props) -> Props:
        given = known.get("router")
        router = given if given and last(given) == last(known["router"]) else known["router"]
        found = {key: item.get(key) for key in self.plain}
        found |= {key: item.get(key) or None for key in self.sets}
        entries = [_entry(entry) for entry in item.get("subnetworks") or ()]
        return found | {"subnetworks": entries or None, "router": last(router)}

    def change(self, api: Gcp, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        wanted = self._body(api, news)
        self._write(api, rid, lambda nats: [wanted if nat["name"] == wanted["name"] else nat for nat in nats])

    def remove(self, api: Gcp, rid: str, state: Props) -> None:
        name = self.parsed(api, rid)["name"]
        self._write(api, rid, lambda nats: [nat for nat in nats if nat["name"] != name])

    def _write(self, api: Gcp, rid: str, change: Any) -> None:
        names = self.parsed(api, rid)
        path = COMPUTE + Router.template.format_map({**names, "name": names["router"]})
        with api.locks[path]:
            api.call("PATCH", path, {"nats": change(api.get(path).get("nats", []))})

    def _body(self, api: Gcp, news: Props) -> Props:
        places = self.places(api, news)
        project, region = places["project"], places["region"]
        body = {key: news[key] for key in self.plain if news.get(key) is not None}
        for key in self.sets:
            if news.get(key):
                body[key] = [full(v, f"projects/{project}/regions/{region}/addresses") for v in news[key]]
        if news.get("subnetworks"):
            body["subnetworks"] = [
                {"name": subnetwork_link(api, entry["name"], project, region),
                 "sourceIpRangesToNat": entry["sourceIpRangesToNats"],
                 **({"secondaryIpRangeNames": names} if (names := entry.get("secondaryIpRangeNames")) else {})}
                for entry in news["subnetworks"]
            ]  # fmt: skip
        return body


def _entry(entry: Props) -> Props:
    found = {"name": entry["name"], "sourceIpRangesToNats": entry["sourceIpRangesToNat"]}
    names = entry.get("secondaryIpRangeNames")
    return {**found, "secondaryIpRangeNames": names} if names else found
