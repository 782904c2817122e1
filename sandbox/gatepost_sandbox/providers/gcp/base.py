"""What Google types share: ids that are paths, places that default to the provider's, deletion policies, labels."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from ..kind import ApiError, Change, Kind, Stored
from ..schema import Problem
from ..values import UNKNOWN, Props, has_unknown
from .client import COMPUTE, Gcp, Gone
from .links import same_link, same_set

_POLICIES = ("DELETE", "PREVENT", "ABANDON")
_NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
Same = Callable[[Any, Any], bool]


class GcpKind(Kind):
    """A type of Google Cloud. Every one may have a project of its own and a deletion policy."""

    template: ClassVar[str]
    """The id, as the provider makes it: ``projects/{project}/global/networks/{name}``."""
    same: ClassVar[Mapping[str, Same]] = {}
    """Inputs that may be said in several ways, and when two of them mean the same."""
    members: ClassVar[Mapping[str, frozenset[str]]] = {}
    """Modelled members of inputs further down, by path without indices, such as ``networkInterfaces``."""
    lowercase: ClassVar[bool] = False
    """An automatic name is in lower case, and at most 63 letters long."""
    named: ClassVar[bool] = True
    """The input ``name`` must be one that Compute Engine takes."""

    # --- check

    def check(self, news: Props, olds: Props, name: str) -> list[Problem]:
        problems = super().check(news, olds, self._base(name))
        if problems or not self.named:
            return problems
        value = news.get("name")
        if isinstance(value, str) and value != UNKNOWN and not _NAME.fullmatch(value):
            text = "1 to 63 lowercase letters, digits and dashes, a letter first and no dash last"
            return [("name", f"The name {value!r} of {self.token} must have {text}.")]
        return []

    def rules(self, news: Props) -> Iterable[Problem]:
        yield from self._deletion_policy(news)
        for path, allowed in self.members.items():
            yield from self._member_problems(news, path.split("."), "", allowed)

    def _deletion_policy(self, news: Props) -> Iterable[Problem]:
        policy = news.get("deletionPolicy")
        if isinstance(policy, str) and policy not in (UNKNOWN, *_POLICIES):
            text = f"The input 'deletionPolicy' of {self.token} is {policy!r}; allowed: {', '.join(_POLICIES)}."
            yield "deletionPolicy", text

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

    def _base(self, name: str) -> str:
        return name.lower() if self.lowercase else name

    # --- diff

    def diff(self, api: Any, stored: Stored, news: Props, ignored: set[str]) -> Change:
        here = Stored(name=self._base(stored.name), inputs=stored.inputs, state=stored.state)
        return super().diff(api, here, news, ignored)

    def changed(self, api: Gcp, stored: Stored, news: Props) -> set[str]:
        keys = super().changed(api, stored, news)
        if "project" in self.inputs and not news.get("project"):
            keys -= {"project"}
            moved = api.places.get("project") not in (None, stored.state.get("project"))
            return keys | {"project"} if moved else keys
        return keys

    def _differs(self, key: str, stored: Stored, news: Props) -> bool:
        if not super()._differs(key, stored, news):
            return False
        new, same = news.get(key), self.same.get(key)
        old = stored.inputs[key] if key in stored.inputs else stored.state.get(key)
        return same is None or new is None or has_unknown(new) or not same(old, new)

    # --- calls

    def places(self, api: Gcp, props: Props) -> dict[str, str]:
        """Project, and region or zone where the id has one."""
        found = {"project": api.place("project", props.get("project"))}
        if "{region}" in self.template:
            found["region"] = api.region(props.get("region"))
        if "{zone}" in self.template:
            found["zone"] = api.place("zone", props.get("zone"))
        return found

    def id_of(self, api: Gcp, props: Props) -> str:
        """The id of a resource with these inputs."""
        return self.template.format_map({**props, **self.places(api, props)})

    def parsed(self, api: Gcp, rid: str) -> dict[str, str]:
        """What an id says; an import may give the last parts of one only."""
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(self.template))
        matched = re.fullmatch(pattern, rid)
        if matched:
            return matched.groupdict()
        names = re.findall(r"\{(\w+)\}", self.template)
        parts = rid.split("/")
        if len(parts) > len(names):
            raise ApiError(f"The id {rid!r} does not fit {self.template}, nor the last parts of its names.")
        given = dict(zip(names[-len(parts) :], parts, strict=True))
        return {**self.places(api, given), **given}

    def read(self, api: Gcp, rid: str, known: Props) -> Props | None:
        names = self.parsed(api, rid)
        try:
            item = self.item(api, self.template.format_map(names))
        except Gone:
            return None
        places = {k: v for k, v in names.items() if k in ("project", "region", "zone") and k in self.schema.inputs}
        kept = {"deletionPolicy": known.get("deletionPolicy") or "DELETE"} if "deletionPolicy" in self.inputs else {}
        about = {"id": self.template.format_map(names), **places, **kept}
        return about | self.shown(api, item, {**known, **names})

    def item(self, api: Gcp, rid: str) -> Props:
        """The API's answer for one id; raises Gone when there is none."""
        return api.get(COMPUTE + rid)

    def shown(self, api: Gcp, item: Props, known: Props) -> Props:
        """Inputs and outputs from the API's answer."""
        raise NotImplementedError(self.token)  # pragma: no cover - every kind says how

    def update(self, api: Gcp, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        rest = [key for key in changed if key != "deletionPolicy"]
        if rest:
            self.change(api, rid, state, news, rest)

    def change(self, api: Gcp, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        """Change something else than the deletion policy in place."""
        raise ApiError(f"{self.token} cannot change {', '.join(changed)} in place.")  # pragma: no cover

    def delete(self, api: Gcp, rid: str, state: Props) -> None:
        policy = state.get("deletionPolicy")
        if policy == "PREVENT":
            raise ApiError(f"cannot destroy {self.token} without setting deletionPolicy to DELETE in its state first.")
        if policy == "ABANDON":
            return
        try:
            self.remove(api, rid, state)
        except Gone:
            return

    def remove(self, api: Gcp, rid: str, state: Props) -> None:
        """Delete the resource; raises Gone when it is gone already."""
        api.call("DELETE", COMPUTE + rid)


class Compute(GcpKind):
    """A resource of Compute Engine whose inputs are fields of the API's."""

    fields: ClassVar[Mapping[str, str]] = {}
    """Input -> field of the API."""
    more: ClassVar[Mapping[str, str]] = {}
    """Output -> field of the API."""
    autoname = "name"

    def create(self, api: Gcp, news: Props) -> str:
        rid = self.id_of(api, news)
        api.call("POST", COMPUTE + rid.rpartition("/")[0], self.body(api, news))
        self.after_create(api, rid, news)
        return rid

    def body(self, api: Gcp, news: Props) -> Props:
        """What the insert call sends."""
        return {field: news[key] for key, field in self.fields.items() if news.get(key) is not None}

    def after_create(self, api: Gcp, rid: str, news: Props) -> None:
        """Calls that complete the resource."""

    def shown(self, api: Gcp, item: Props, known: Props) -> Props:
        found = {key: item.get(field) for key, field in {**self.fields, **self.more}.items()}
        return {key: [] if value is None and key in self.lists else value for key, value in found.items()}

    @property
    def lists(self) -> frozenset[str]:
        """Outputs that are lists, and empty where the API says nothing."""
        return frozenset()

    def link(self, value: str, api: Gcp, news: Props, collection: str) -> str:
        """A link as the API takes it, from a link or a bare name; ``collection`` such as ``global/networks``."""
        if "/" in value:
            return value
        return f"projects/{self.places(api, news)['project']}/{collection}/{value}"


class Labelled(GcpKind):
    """A type with labels. The provider's labels are added, and a change of those changes it too."""

    recomputed: ClassVar = {
        "effectiveLabels": frozenset({"labels", "pulumiLabels"}),
        "pulumiLabels": frozenset({"labels", "pulumiLabels"}),
    }

    def changed(self, api: Gcp, stored: Stored, news: Props) -> set[str]:
        keys, labels = super().changed(api, stored, news), news.get("labels")
        if not has_unknown(labels) and api.all_labels(labels) != (stored.state.get("pulumiLabels") or {}):
            keys |= {"effectiveLabels", "pulumiLabels"}
        return keys

    def shown_labels(self, api: Gcp, item: Props, known: Props) -> Props:
        """Labels that the program set, those that the provider set, and all there are."""
        there = item.get("labels") or {}
        own, ours = known.get("labels") or {}, known.get("pulumiLabels") or api.all_labels(known.get("labels"))
        return {
            "labels": {k: v for k, v in there.items() if k in own},
            "pulumiLabels": {k: v for k, v in there.items() if k in ours},
            "effectiveLabels": there,
        }

    @staticmethod
    def wanted_labels(api: Gcp, state: Props, news: Props) -> dict[str, str]:
        """All labels after a change: those of others stay."""
        ours = state.get("pulumiLabels") or {}
        others = {k: v for k, v in (state.get("effectiveLabels") or {}).items() if k not in ours}
        return {**others, **api.all_labels(news.get("labels"))}


LABELS = frozenset({"labels", "pulumiLabels", "effectiveLabels"})
LABEL_OUTPUTS = LABELS - {"labels"}
PLACED = frozenset({"project", "deletionPolicy"})


def by_link(*keys: str) -> dict[str, Same]:
    """Rows of ``same`` for inputs that are links."""
    return dict.fromkeys((*keys, "region", "zone"), same_link)


def by_set(*keys: str) -> dict[str, Same]:
    """Rows of ``same`` for inputs whose order does not matter."""
    return dict.fromkeys(keys, same_set)
