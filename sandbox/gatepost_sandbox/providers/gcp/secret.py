"""Secret Manager: secrets and their versions."""

import base64
from collections.abc import Iterable
from typing import Any, ClassVar

from ..kind import ApiError
from ..schema import Problem
from ..values import UNKNOWN, Props
from .base import LABEL_OUTPUTS, LABELS, PLACED, GcpKind, Labelled, by_link
from .client import V1, Gcp

_SECRET = "projects/{project}/secrets/{secretId}"


class Secret(Labelled):
    token = "gcp:secretmanager/secret:Secret"
    source = "google/services/secretmanager/resource_secret_manager_secret.go"
    template = _SECRET
    inputs = frozenset({"secretId", "replication", "labels", "annotations", "deletionProtection", *PLACED})
    nested: ClassVar = {"replication": frozenset({"auto", "userManaged"})}
    members: ClassVar = {
        "replication.auto": frozenset(),
        "replication.userManaged": frozenset({"replicas"}),
        "replication.userManaged.replicas": frozenset({"location"}),
    }
    outputs = frozenset({"name", "createTime", "effectiveAnnotations", *LABEL_OUTPUTS, "project", "deletionPolicy"})
    replaces = frozenset({"secretId", "replication", "project"})
    recomputed: ClassVar = {**Labelled.recomputed, "effectiveAnnotations": frozenset({"annotations"})}
    defaults: ClassVar = {"deletionProtection": False}
    unreadable = frozenset({"deletionProtection"})
    delete_first = True
    autoname, named = "secretId", False

    def rules(self, news: Props) -> Iterable[Problem]:
        yield from super().rules(news)
        replication = news.get("replication")
        if isinstance(replication, dict):
            given = [key for key, value in replication.items() if value is not None]
            if len(given) != 1:
                found = " and ".join(given) or "none"
                yield "replication", f"{self.token} needs exactly one of replication.auto and userManaged, got {found}."

    def create(self, api: Gcp, news: Props) -> str:
        rid, wanted = self.id_of(api, news), news["replication"]
        replication: Props = (
            {"automatic": {}} if wanted.get("auto") is not None else {"userManaged": wanted["userManaged"]}
        )
        body = {"replication": replication, "labels": api.all_labels(news.get("labels"))}
        if news.get("annotations"):
            body["annotations"] = news["annotations"]
        api.call("POST", V1 + rid.rpartition("/")[0], body, secretId=news["secretId"])
        return rid

    def item(self, api: Gcp, rid: str) -> Props:
        return api.get(V1 + rid)

    def shown(self, api: Gcp, item: Props, known: Props) -> Props:
        replication, annotations = item["replication"], item.get("annotations") or {}
        own = known.get("annotations") or {}
        managed = replication.get("userManaged")
        return {
            "secretId": item["name"].rpartition("/")[2],
            "name": item["name"],
            "createTime": item["createTime"],
            "replication": {"userManaged": managed} if managed else {"auto": {}},
            "annotations": {k: v for k, v in annotations.items() if k in own},
            "effectiveAnnotations": annotations,
            "deletionProtection": bool(known.get("deletionProtection")),
            **self.shown_labels(api, item, known),
        }

    def change(self, api: Gcp, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        body: Props = {}
        if not LABELS.isdisjoint(changed):
            body["labels"] = self.wanted_labels(api, state, news)
        if "annotations" in changed:
            body["annotations"] = news.get("annotations") or {}
        if body:
            api.call("PATCH", V1 + rid, body, updateMask=",".join(sorted(body)))

    def remove(self, api: Gcp, rid: str, state: Props) -> None:
        if state.get("deletionProtection"):
            raise ApiError(
                f"cannot destroy the secret {rid} without setting deletionProtection to false in its state first."
            )
        api.call("DELETE", V1 + rid)


class SecretVersion(GcpKind):
    token = "gcp:secretmanager/secretVersion:SecretVersion"
    source = "google/services/secretmanager/resource_secret_manager_secret_version.go"
    template = "projects/{project}/secrets/{secretId}/versions/{version}"
    inputs = frozenset({"secret", "secretData", "enabled", "isSecretDataBase64", "project", "deletionPolicy"})
    needs = frozenset({"secretData"})
    outputs = frozenset({"name", "version", "createTime", "destroyTime", "project"})
    replaces = frozenset({"secret", "secretData", "isSecretDataBase64", "project"})
    defaults: ClassVar = {"enabled": True, "isSecretDataBase64": False, "deletionPolicy": "DELETE"}
    same: ClassVar = by_link("secret")
    secret_outputs = frozenset({"secretData"})
    named = False

    def _deletion_policy(self, news: Props) -> Iterable[Problem]:
        policy, allowed = news.get("deletionPolicy"), ("DELETE", "DISABLE", "ABANDON", "PREVENT")
        if isinstance(policy, str) and policy not in (UNKNOWN, *allowed):
            text = f"The input 'deletionPolicy' of {self.token} is {policy!r}; allowed: {', '.join(allowed)}."
            yield "deletionPolicy", text

    def create(self, api: Gcp, news: Props) -> str:
        secret, data = news["secret"], str(news["secretData"])
        path = secret if "/" in secret else f"projects/{api.place('project', news.get('project'))}/secrets/{secret}"
        sent = data if news.get("isSecretDataBase64") else base64.b64encode(data.encode()).decode()
        made = api.call("POST", f"{V1}{path}:addVersion", {"payload": {"data": sent}})["name"]
        if news.get("enabled") is False:
            api.call("POST", f"{V1}{made}:disable", {})
        return made

    def item(self, api: Gcp, rid: str) -> Props:
        return api.get(V1 + rid)

    def read(self, api: Gcp, rid: str, known: Props) -> Props | None:
        state = super().read(api, rid, known)
        return None if state is None or state.pop("_destroyed") else state

    def shown(self, api: Gcp, item: Props, known: Props) -> Props:
        name, enabled = item["name"], item["state"] == "ENABLED"
        return {
            "_destroyed": item["state"] == "DESTROYED",
            "name": name,
            "version": name.rpartition("/")[2],
            "secret": known.get("secret") or name.partition("/versions/")[0],
            "createTime": item["createTime"],
            "enabled": enabled,
            "isSecretDataBase64": bool(known.get("isSecretDataBase64")),
            "secretData": self._data(api, name, known) if enabled else known.get("secretData"),
        }

    @staticmethod
    def _data(api: Gcp, name: str, known: Props) -> Any:
        data = api.get(f"{V1}{name}:access")["payload"]["data"]
        return data if known.get("isSecretDataBase64") else base64.b64decode(data).decode()

    def change(self, api: Gcp, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        api.call("POST", f"{V1}{rid}:{'disable' if news.get('enabled') is False else 'enable'}", {})

    def remove(self, api: Gcp, rid: str, state: Props) -> None:
        api.call("POST", f"{V1}{rid}:{'disable' if state.get('deletionPolicy') == 'DISABLE' else 'destroy'}", {})
