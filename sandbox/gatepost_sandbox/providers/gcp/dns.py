"""Server policies of Cloud DNS."""

from typing import Any, ClassVar

from ..values import Props
from .base import PLACED, GcpKind
from .client import DNS, Gcp
from .links import same_set

_LINKS = "https://www.googleapis.com/compute/v1/"
_SERVER = frozenset({"ipv4Address", "forwardingPath"})


def _same_networks(old: Any, new: Any) -> bool:
    return same_set([n.get("networkUrl") for n in old or ()], [n.get("networkUrl") for n in new or ()])


def _same_servers(old: Any, new: Any) -> bool:
    """The servers are a set."""

    def plain(config: Any) -> list[Any]:
        servers = (config or {}).get("targetNameServers") or ()
        return sorted((s.get("ipv4Address"), s.get("forwardingPath") or "") for s in servers)

    return plain(old) == plain(new)


class Policy(GcpKind):
    token = "gcp:dns/policy:Policy"
    source = "google/services/dns/resource_dns_policy.go"
    template = "projects/{project}/policies/{name}"
    plain: ClassVar = ("name", "description", "enableInboundForwarding", "enableLogging")
    inputs = frozenset({*plain, "networks", "alternativeNameServerConfig", *PLACED})
    nested: ClassVar = {"alternativeNameServerConfig": frozenset({"targetNameServers"})}
    members: ClassVar = {
        "networks": frozenset({"networkUrl"}),
        "alternativeNameServerConfig.targetNameServers": _SERVER,
    }
    outputs = frozenset({"project", "deletionPolicy"})
    replaces = frozenset({"name", "project"})
    defaults: ClassVar = {"description": "Managed by Pulumi"}
    same: ClassVar = {"networks": _same_networks, "alternativeNameServerConfig": _same_servers}
    autoname, named = "name", False

    def create(self, api: Gcp, news: Props) -> str:
        rid = self.id_of(api, news)
        api.call("POST", DNS + rid.rpartition("/")[0], self._body(news))
        return rid

    def item(self, api: Gcp, rid: str) -> Props:
        return api.get(DNS + rid)

    def shown(self, api: Gcp, item: Props, known: Props) -> Props:
        servers = (item.get("alternativeNameServerConfig") or {}).get("targetNameServers") or ()
        found = [{k: server[k] for k in sorted(_SERVER) if k in server} for server in servers]
        return {
            **{key: item.get(key) for key in self.plain},
            "networks": [{"networkUrl": network["networkUrl"]} for network in item.get("networks") or ()],
            "alternativeNameServerConfig": {"targetNameServers": found} if found else None,
        }

    def change(self, api: Gcp, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        # No networks are said, no servers are not: the policy keeps those that the program drops.
        flags = {key: bool(news.get(key)) for key in ("enableInboundForwarding", "enableLogging")}
        api.call("PATCH", DNS + rid, {"networks": [], **self._body(news), **flags})

    def remove(self, api: Gcp, rid: str, state: Props) -> None:
        if state.get("networks"):
            api.call("PATCH", DNS + rid, {"networks": None})
        api.call("DELETE", DNS + rid)

    def _body(self, news: Props) -> Props:
        body = {key: news[key] for key in self.plain if news.get(key) is not None}
        if news.get("networks"):
            urls = [network["networkUrl"] for network in news["networks"]]
            body["networks"] = [{"networkUrl": u if u.startswith("https://") else _LINKS + u} for u in urls]
        if news.get("alternativeNameServerConfig"):
            servers = news["alternativeNameServerConfig"]["targetNameServers"]
            body["alternativeNameServerConfig"] = {
                "targetNameServers": [{k: v for k, v in server.items() if v} for server in servers]
            }
        return body
