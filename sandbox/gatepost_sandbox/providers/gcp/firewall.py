"""VPC firewall rules."""

from collections.abc import Iterable
from typing import Any, ClassVar

from ..schema import Problem
from ..values import Props
from .base import PLACED, Compute, by_link, by_set
from .client import COMPUTE, Gcp

_ENTRIES = {"allows": "allowed", "denies": "denied"}


def _same_entries(old: Any, new: Any) -> bool:
    """Sets of protocols with ports; the letters' case does not matter."""

    def plain(entries: Any) -> list[Any]:
        return sorted((str(e.get("protocol")).lower(), sorted(e.get("ports") or ())) for e in entries or ())

    return plain(old) == plain(new)


class Firewall(Compute):
    token = "gcp:compute/firewall:Firewall"
    source = "google/services/compute/resource_compute_firewall.go"
    template = "projects/{project}/global/firewalls/{name}"
    sets: ClassVar = ("destinationRanges", "sourceRanges", "sourceTags", "targetTags", "sourceServiceAccounts",
                      "targetServiceAccounts")  # fmt: skip
    fields: ClassVar = {"name": "name", "network": "network", "description": "description", "direction": "direction",
                        "priority": "priority", "disabled": "disabled", **{key: key for key in sets}}  # fmt: skip
    more: ClassVar = {"selfLink": "selfLink", "creationTimestamp": "creationTimestamp"}
    inputs = frozenset({*fields, *_ENTRIES, "logConfig", *PLACED})
    nested: ClassVar = {"logConfig": frozenset({"metadata"})}
    outputs = frozenset({*more, "destinationRanges", "direction", "project", "deletionPolicy"})
    replaces = frozenset({"name", "direction", "project"})
    defaults: ClassVar = {"priority": 1000}
    choices: ClassVar = {"direction": ("INGRESS", "EGRESS")}
    same: ClassVar = by_link("network") | by_set(*sets) | dict.fromkeys(_ENTRIES, _same_entries)

    def rules(self, news: Props) -> Iterable[Problem]:
        yield from super().rules(news)
        given = [key for key in _ENTRIES if news.get(key)]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            yield "allows", f"{self.token} needs exactly one of allows and denies, got {found}."
        sources = ("sourceRanges", "sourceTags", "sourceServiceAccounts")
        if news.get("direction", "INGRESS") == "INGRESS" and not any(key in news for key in sources):
            yield "sourceRanges", f"{self.token} with direction INGRESS needs one of {', '.join(sources)}."

    def body(self, api: Gcp, news: Props) -> Props:
        body = super().body(api, news) | {"network": self.link(news["network"], api, news, "global/networks")}
        for key, field in _ENTRIES.items():
            if news.get(key):
                body[field] = [_sent(entry) for entry in news[key]]
        log = news.get("logConfig")
        return body | {"logConfig": {"enable": True, **log} if log else {"enable": False}}

    def shown(self, api: Gcp, item: Props, known: Props) -> Props:
        entries = {key: [_read(e) for e in item[field]] for key, field in _ENTRIES.items() if item.get(field)}
        log = item.get("logConfig") or {}
        metadata = {"metadata": log.get("metadata", "INCLUDE_ALL_METADATA")} if log.get("enable") else None
        return super().shown(api, item, known) | entries | {"logConfig": metadata}

    def change(self, api: Gcp, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        dropped: Props = {key: [] for key in (*self.sets, *_ENTRIES.values()) if key != "destinationRanges"}
        dropped |= {"description": "", "disabled": False}
        api.call("PATCH", COMPUTE + rid, dropped | self.body(api, news))


def _sent(entry: Props) -> Props:
    return {"IPProtocol": entry["protocol"], **({"ports": entry["ports"]} if entry.get("ports") else {})}


def _read(entry: Props) -> Props:
    return {"protocol": entry["IPProtocol"], **({"ports": entry["ports"]} if entry.get("ports") else {})}
