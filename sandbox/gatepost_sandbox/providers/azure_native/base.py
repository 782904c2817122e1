"""What all Azure types share: ids that are paths, whole bodies put, locations and names that default.

The rules follow pulumi-azure-native: ``provider/pkg/provider/provider.go`` (Check, Diff, Create, Read, Update),
``provider/pkg/gen/replacement.go`` (what forces a replacement). Nested members that only the service sets are not part
of the outputs here, unless the program leaves the whole input to the service.
"""

import re
import secrets
from collections.abc import Iterable
from typing import Any, ClassVar

from ..kind import ApiError, Change, Kind, Stored
from ..schema import Problem
from ..values import UNKNOWN, Props, has_unknown
from .client import Azure, Gone
from .shape import from_body, overlaid, same, settable, to_body

NETWORK = "2024-05-01"
"""Default API version of ``azure_native.network`` in 3.29."""
_GROUP = "/subscriptions/{subscription}/resourceGroups/{resourceGroupName}"


class AzureKind(Kind):
    """A type of Azure Resource Manager."""

    template: ClassVar[str]
    """The id below the resource group: ``/providers/Microsoft.Network/virtualNetworks/{virtualNetworkName}``."""
    version: ClassVar[str] = NETWORK
    fields: ClassVar[frozenset[str]]
    """Inputs that are members of the body, at the top or under ``properties``."""
    children: ClassVar[str | None] = None
    """An input with parts that may be resources of their own: an update without it keeps them."""
    hidden: ClassVar[frozenset[str]] = frozenset()
    """Members, at any depth, that the API takes and never shows."""
    child: ClassVar[bool] = False
    """A part of another resource: no location, and an automatic name without random digits."""
    sku_inside: ClassVar[bool] = False
    """The body has ``sku`` under ``properties``."""
    members: ClassVar[dict[str, frozenset[str]]] = {}
    """Modelled members of inputs further down, by path without indices, such as ``containers.resources``."""
    api: Azure | None = None
    """Set when the provider connects: the default location is that of the resource group."""

    source = "provider/pkg/gen/replacement.go"

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        if "template" in vars(cls):
            path = frozenset(re.findall(r"\{(\w+)\}", _GROUP + cls.template)) - {"subscription"}
            cls.autoname = re.findall(r"\{(\w+)\}", _GROUP + cls.template)[-1]
            cls.inputs = cls.fields | path
            cls.replaces = path | cls.replaces
            cls.outputs = cls.outputs | {"name", "type"}
            cls.recomputed = dict.fromkeys(cls.outputs - {"name"} - cls.fields, cls.inputs)

    # --- check

    def check(self, news: Props, olds: Props, name: str) -> list[Problem]:
        problems = [*self.schema.problems(news, self.inputs, self.nested), *self._common_rules(news), *self.rules(news)]
        problems = list(dict(problems).items())
        if problems:
            return problems
        for key, value in self.defaults.items():
            if news.get(key) is None:
                news[key] = value
        key = str(self.autoname)
        if news.get(key) is None:
            news[key] = olds.get(key) or (name if self.child else f"{name}{secrets.token_hex(4)}")
        news["azureApiVersion"] = self.version
        if "location" in self.inputs and news.get("location") is None:
            news["location"] = olds.get("location") or self._default_location(news)
            if news["location"] is None and key == "resourceGroupName":
                text = "Either set it explicitly or configure it with 'pulumi config set azure-native:location <value>'"
                return [("location", f"missing required property 'location'. {text}.")]
        return []

    def _default_location(self, news: Props) -> str | None:
        """That of the provider's settings, else that of the resource group."""
        group, own = news.get("resourceGroupName"), self.api.location if self.api else None
        if own or self.autoname == "resourceGroupName":
            return own
        if has_unknown(group):
            return UNKNOWN
        return self.api.group_location(str(group)) if self.api else None

    def rules(self, news: Props) -> Iterable[Problem]:
        for path, allowed in self.members.items():
            yield from self._member_problems(news, path.split("."), "", allowed)

    def _member_problems(self, value: Any, way: list[str], path: str, allowed: frozenset[str]) -> Iterable[Problem]:
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from self._member_problems(item, way, f"{path}[{index}]", allowed)
        elif isinstance(value, dict) and way:
            below = f"{path}.{way[0]}" if path else way[0]
            yield from self._member_problems(value.get(way[0]), way[1:], below, allowed)
        elif isinstance(value, dict):
            for key in sorted(k for k, v in value.items() if v is not None and k not in allowed):
                models = f"It models {', '.join(sorted(allowed))}."
                yield f"{path}.{key}", f"The sandbox does not model the input '{path}.{key}' of {self.token}. {models}"

    # --- diff

    def diff(self, api: Any, stored: Stored, news: Props, ignored: set[str]) -> Change:
        keys = sorted(self.changed(api, stored, news) - ignored)
        replaces = [k for k in keys if k in self.replaces and _forces(stored.inputs.get(k), news.get(k))]
        return Change(keys=keys, replaces=replaces, delete_first=bool(replaces) and not self._random(stored))

    def _random(self, stored: Stored) -> bool:
        """Whether the name is one with random digits: only then the new resource may come first."""
        value = str(stored.inputs.get(str(self.autoname), ""))
        return not self.child and re.fullmatch(re.escape(stored.name) + "[0-9a-f]{8}", value) is not None

    def _differs(self, key: str, stored: Stored, news: Props) -> bool:
        old, new = stored.inputs.get(key), news.get(key)
        if key == "azureApiVersion" and old is None:  # imported
            return False
        if key == "location" and isinstance(old, str) and isinstance(new, str):
            return _place(old) != _place(new)
        return not same(old, new)

    # --- calls

    def create(self, api: Azure, news: Props) -> str:
        rid = self.id_of(api, news)
        try:
            api.get(rid, self.version)
        except Gone:
            body = self.body(news)
            if self.children:
                body["properties"].setdefault(self.children, [])
            return api.call("PUT", rid, self.version, body)["id"]
        raise ApiError(f"cannot create already existing resource '{rid}'")

    def id_of(self, api: Azure, news: Props) -> str:
        """The id of a resource with these inputs."""
        return (_GROUP + self.template).format_map({**news, "subscription": api.subscription})

    def body(self, news: Props) -> Props:
        """What a PUT sends."""
        return to_body({k: news[k] for k in self.fields if news.get(k) is not None}, self.sku_inside)

    def read(self, api: Azure, rid: str, known: Props) -> Props | None:
        names = self._parsed(rid)
        try:
            found = api.get(rid, self.version)
        except Gone:
            return None
        state = from_body(found)
        shown = {k: state[k] for k in self.fields | self.outputs if k in state}
        given = {k: overlaid(known[k], shown.get(k), self.hidden) for k in self.fields if known.get(k) is not None}
        return {**shown, **given, **names, "id": found["id"], "azureApiVersion": self.version}

    def told(self, state: Props, stored: Props) -> Props:
        """Without what only the service sets; and what a program gave stays given, empty or not."""
        if not stored:
            return {k: settable(v) for k, v in super().told(state, stored).items()}
        return {k: settable(state[k], v) for k, v in stored.items() if state.get(k) is not None}

    def _parsed(self, rid: str) -> Props:
        """The inputs that an id says."""
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(_GROUP + self.template))
        matched = re.fullmatch(pattern, rid, re.IGNORECASE)
        if matched is None:
            raise ApiError(f"The id {rid!r} does not fit {_GROUP}{self.template}.")
        return {k: v for k, v in matched.groupdict().items() if k != "subscription"}

    def update(self, api: Azure, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        body = self.body(news)
        if self.children and news.get(self.children) is None:
            there = api.get(rid, self.version)["properties"].get(self.children)
            body["properties"][self.children] = there or []
        api.call("PUT", rid, self.version, body)

    def delete(self, api: Azure, rid: str, state: Props) -> None:
        try:
            api.call("DELETE", rid, self.version)
        except Gone:
            return


def _forces(old: Any, new: Any) -> bool:
    """Of an object, only members that are in both force a replacement: others are added or dropped in place."""
    if isinstance(old, dict) and isinstance(new, dict):
        return any(not same(old[k], new[k]) for k in old.keys() & new.keys())
    return True


def _place(location: str) -> str:
    return location.lower().replace(" ", "")
