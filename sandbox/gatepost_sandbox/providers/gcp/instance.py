"""Compute Engine instances."""

from collections.abc import Iterable
from typing import Any, ClassVar

from ..kind import ApiError
from ..schema import Problem
from ..values import UNKNOWN, Props, has_unknown
from .base import LABEL_OUTPUTS, LABELS, PLACED, Compute, Labelled, by_link, by_set
from .client import COMPUTE, Gcp
from .images import resolved, same_image
from .links import full, last, same_link, same_set
from .network import subnetwork_link

SCRIPT = "startup-script"
_SCOPES = "https://www.googleapis.com/auth/"
_STOPPED = ("machineType", "serviceAccount", "shieldedInstanceConfig")
_SHIELDS = frozenset({"enableSecureBoot", "enableVtpm", "enableIntegrityMonitoring"})
_DISK = frozenset({"autoDelete", "deviceName", "initializeParams"})
_MUST_STOP = (
    "Changing the machineType, serviceAccount or shieldedInstanceConfig on a started instance requires stopping it. "
    "To acknowledge this, set allowStoppingForUpdate to true."
)


def _same_interfaces(old: Any, new: Any) -> bool:
    """Members that the program leaves out keep what the API chose; an external address does not."""
    olds, news = list(old or ()), list(new or ())

    def same(a: Props, b: Props) -> bool:
        links = all(same_link(a.get(k), b[k]) for k in ("network", "subnetwork") if b.get(k))
        plain = all(a.get(k) == b[k] for k in ("networkIp", "nicType", "stackType") if b.get(k))
        return links and plain and same_external(a, b)

    return len(olds) == len(news) and all(map(same, olds, news))


def same_external(old: Props, new: Props) -> bool:
    """Whether two interfaces have the same external addresses."""
    olds, news = old.get("accessConfigs") or [], new.get("accessConfigs") or []
    pairs = zip(olds, news, strict=False)
    return len(olds) == len(news) and all(
        a.get(k) == b[k] for a, b in pairs for k in ("natIp", "networkTier") if b.get(k)
    )


def _same_disk(old: Any, new: Any) -> bool:
    a, b = old or {}, new or {}
    plain = all(a.get(k) == b[k] for k in ("autoDelete", "deviceName") if b.get(k) is not None)
    have, want = a.get("initializeParams") or {}, b.get("initializeParams") or {}
    sizes = all(have.get(k) == want[k] for k in ("size", "labels") if want.get(k))
    kind = not want.get("type") or last(have.get("type")) == last(want["type"])
    return plain and sizes and kind and (not want.get("image") or same_image(have.get("image"), want["image"]))


def _same_account(old: Any, new: Any) -> bool:
    a, b = old or {}, new or {}
    scopes = [[_scope(s) for s in x.get("scopes") or ()] for x in (a, b)]
    return (not b.get("email") or a.get("email") == b["email"]) and same_set(*scopes)


class Instance(Labelled, Compute):
    """A virtual machine. Its type and its service account are changed with the machine stopped."""

    token = "gcp:compute/instance:Instance"
    source = "google/services/compute/resource_compute_instance.go"
    template = "projects/{project}/zones/{zone}/instances/{name}"
    fields: ClassVar = {"name": "name", "description": "description", "hostname": "hostname",
                        "canIpForward": "canIpForward", "deletionProtection": "deletionProtection"}  # fmt: skip
    more: ClassVar = {"selfLink": "selfLink", "creationTimestamp": "creationTimestamp", "instanceId": "id",
                      "cpuPlatform": "cpuPlatform", "currentStatus": "status",
                      "labelFingerprint": "labelFingerprint"}  # fmt: skip
    inputs = frozenset(
        {*fields, "machineType", "bootDisk", "networkInterfaces", "serviceAccount", "metadata",
         "metadataStartupScript", "tags", "labels", "shieldedInstanceConfig", "allowStoppingForUpdate", "zone", *PLACED}
    )  # fmt: skip
    nested: ClassVar = {"bootDisk": _DISK, "serviceAccount": frozenset({"email", "scopes"}),
                        "shieldedInstanceConfig": _SHIELDS}  # fmt: skip
    members: ClassVar = {
        "bootDisk.initializeParams": frozenset({"image", "size", "type", "labels"}),
        "networkInterfaces": frozenset({"network", "subnetwork", "networkIp", "accessConfigs", "nicType", "stackType"}),
        "networkInterfaces.accessConfigs": frozenset({"natIp", "networkTier"}),
    }
    outputs = frozenset(
        {*more, *LABEL_OUTPUTS, "metadataFingerprint", "tagsFingerprint", "shieldedInstanceConfig", "bootDisk",
         "networkInterfaces", "zone", "project", "deletionPolicy"}
    )  # fmt: skip
    recomputed: ClassVar = {
        **Labelled.recomputed, "labelFingerprint": LABELS, "tagsFingerprint": frozenset({"tags"}),
        "metadataFingerprint": frozenset({"metadata"}),
    }  # fmt: skip
    replaces = frozenset(
        {"name", "description", "hostname", "canIpForward", "bootDisk", "metadataStartupScript", "zone", "project"}
    )
    sometimes: ClassVar = {"networkInterfaces": "unless only external addresses change"}
    defaults: ClassVar = {"canIpForward": False, "deletionProtection": False}
    unreadable = frozenset({"allowStoppingForUpdate"})
    same: ClassVar = (
        by_link("machineType") | by_set("tags")
        | {"networkInterfaces": _same_interfaces, "bootDisk": _same_disk, "serviceAccount": _same_account}
    )  # fmt: skip

    def rules(self, news: Props) -> Iterable[Problem]:
        yield from super().rules(news)
        if news.get("metadataStartupScript") and SCRIPT in (news.get("metadata") or {}):
            text = f"The startup script of {self.token} is given twice: as metadataStartupScript and as metadata."
            yield "metadataStartupScript", text

    def forces_replacement(self, api: Gcp, changed: list[str], olds: Props, news: Props) -> frozenset[str]:
        old, new = olds.get("networkInterfaces") or [], news.get("networkInterfaces")
        if not isinstance(new, list) or new == UNKNOWN or len(old) != len(new):
            return self.replaces | {"networkInterfaces"}
        inner = [[{k: v for k, v in i.items() if k != "accessConfigs"} for i in side] for side in (old, new)]
        unknown = has_unknown(inner[1])
        same = not unknown and _same_interfaces(*inner)
        return self.replaces if same else self.replaces | {"networkInterfaces"}

    # --- create

    def body(self, api: Gcp, news: Props) -> Props:
        places = self.places(api, news)
        zone = f"zones/{places['zone']}"
        metadata = dict(news.get("metadata") or {})
        if news.get("metadataStartupScript"):
            metadata[SCRIPT] = news["metadataStartupScript"]
        body = super().body(api, news) | {
            "machineType": full(news["machineType"], f"{zone}/machineTypes"),
            "disks": [self._disk(api, news["bootDisk"], zone)],
            "networkInterfaces": [self._interface(api, i, places) for i in news["networkInterfaces"]],
            "metadata": {"items": _items(metadata)},
            "labels": api.all_labels(news.get("labels")),
            "tags": {"items": news.get("tags") or []},
        }
        if news.get("serviceAccount"):
            body["serviceAccounts"] = [_account(news["serviceAccount"])]
        if news.get("shieldedInstanceConfig"):
            body["shieldedInstanceConfig"] = news["shieldedInstanceConfig"]
        return body

    @staticmethod
    def _disk(api: Gcp, disk: Props, zone: str) -> Props:
        wanted = disk.get("initializeParams") or {}
        if not wanted.get("image"):
            raise ApiError("The sandbox models boot disks from an image only: set bootDisk.initializeParams.image.")
        params: Props = {"sourceImage": resolved(api, wanted["image"])}
        params |= {"diskSizeGb": str(wanted["size"])} if wanted.get("size") else {}
        params |= {"diskType": full(wanted["type"], f"{zone}/diskTypes")} if wanted.get("type") else {}
        params |= {"labels": wanted["labels"]} if wanted.get("labels") else {}
        auto = disk.get("autoDelete") is not False
        named = {"deviceName": disk["deviceName"]} if disk.get("deviceName") else {}
        return {"boot": True, "autoDelete": auto, "initializeParams": params, **named}

    @staticmethod
    def _interface(api: Gcp, interface: Props, places: dict[str, str]) -> Props:
        project, region = places["project"], places["zone"].rpartition("-")[0]
        sent: Props = {k: interface[k] for k in ("nicType", "stackType") if interface.get(k)}
        if interface.get("network"):
            sent["network"] = full(interface["network"], f"projects/{project}/global/networks")
        if interface.get("subnetwork"):
            sent["subnetwork"] = subnetwork_link(api, interface["subnetwork"], project, region)
        if interface.get("networkIp"):
            sent["networkIP"] = interface["networkIp"]
        sent["accessConfigs"] = [_config(config) for config in interface.get("accessConfigs") or ()]
        return sent

    # --- read

    def shown(self, api: Gcp, item: Props, known: Props) -> Props:
        metadata = {i["key"]: i.get("value", "") for i in item["metadata"].get("items", ())}
        script = metadata.pop(SCRIPT, None) if known.get("metadataStartupScript") else None
        accounts = item.get("serviceAccounts") or []
        return {
            **super().shown(api, item, known),
            **self.shown_labels(api, item, known),
            "machineType": last(item["machineType"]),
            "metadata": metadata,
            "metadataStartupScript": script,
            "metadataFingerprint": item["metadata"]["fingerprint"],
            "tags": item["tags"].get("items") or [],
            "tagsFingerprint": item["tags"]["fingerprint"],
            "serviceAccount": {k: accounts[0][k] for k in ("email", "scopes")} if accounts else None,
            "shieldedInstanceConfig": {k: item["shieldedInstanceConfig"][k] for k in sorted(_SHIELDS)},
            "networkInterfaces": [_read_interface(i) for i in item["networkInterfaces"]],
            "bootDisk": self._read_disk(api, item["disks"][0]),
        }

    @staticmethod
    def _read_disk(api: Gcp, attached: Props) -> Props:
        disk = api.get(COMPUTE + attached["source"].partition("/compute/v1/")[2])
        params = {"image": disk["sourceImage"], "size": int(disk["sizeGb"]), "type": last(disk["type"])}
        params |= {"labels": disk["labels"]} if disk.get("labels") else {}
        about = {k: attached[k] for k in ("autoDelete", "deviceName", "mode", "source")}
        return {**about, "initializeParams": params}

    # --- update and delete

    def change(self, api: Gcp, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        path = COMPUTE + rid
        stopping = [key for key in _STOPPED if key in changed]
        running = api.get(path)["status"] == "RUNNING"
        if stopping and running and not news.get("allowStoppingForUpdate"):
            raise ApiError(_MUST_STOP)
        if not LABELS.isdisjoint(changed):
            current = api.get(path)["labelFingerprint"]
            labels = {"labels": self.wanted_labels(api, state, news), "labelFingerprint": current}
            api.call("POST", f"{path}/setLabels", labels)
        if "metadata" in changed:
            kept = {SCRIPT: news["metadataStartupScript"]} if news.get("metadataStartupScript") else {}
            body = {"items": _items({**(news.get("metadata") or {}), **kept})}
            api.call("POST", f"{path}/setMetadata", body | {"fingerprint": api.get(path)["metadata"]["fingerprint"]})
        if "tags" in changed:
            body = {"items": news.get("tags") or [], "fingerprint": api.get(path)["tags"]["fingerprint"]}
            api.call("POST", f"{path}/setTags", body)
        if "deletionProtection" in changed:
            wanted = "true" if news.get("deletionProtection") else "false"
            api.call("POST", f"{path}/setDeletionProtection", None, deletionProtection=wanted)
        if "networkInterfaces" in changed:
            self._change_external(api, path, news["networkInterfaces"])
        if stopping and running:
            api.call("POST", f"{path}/stop")
        self._change_stopped(api, path, news, stopping)
        if stopping and running:
            api.call("POST", f"{path}/start")

    def _change_stopped(self, api: Gcp, path: str, news: Props, stopping: list[str]) -> None:
        zone = path.split("/")[5]
        if "machineType" in stopping:
            kind = {"machineType": full(news["machineType"], f"zones/{zone}/machineTypes")}
            api.call("POST", f"{path}/setMachineType", kind)
        if "serviceAccount" in stopping:
            api.call("POST", f"{path}/setServiceAccount", _account(news.get("serviceAccount") or {}))
        if "shieldedInstanceConfig" in stopping:
            api.call("PATCH", f"{path}/updateShieldedInstanceConfig", news.get("shieldedInstanceConfig") or {})

    @staticmethod
    def _change_external(api: Gcp, path: str, interfaces: list[Props]) -> None:
        """As the provider does it: every external address of a changed interface goes, then the new ones come."""
        for there, wanted in zip(api.get(path)["networkInterfaces"], interfaces, strict=True):
            if same_external(_read_interface(there), wanted):
                continue
            name = there["name"]
            for config in there.get("accessConfigs") or ():
                query = {"networkInterface": name, "accessConfig": config["name"]}
                api.call("POST", f"{path}/deleteAccessConfig", None, **query)
            for config in wanted.get("accessConfigs") or ():
                api.call("POST", f"{path}/addAccessConfig", _config(config), networkInterface=name)


def _config(config: Props) -> Props:
    sent = {"type": "ONE_TO_ONE_NAT", "natIP": config.get("natIp"), "networkTier": config.get("networkTier")}
    return {k: v for k, v in sent.items() if v}


def _read_interface(interface: Props) -> Props:
    names = {"network": "network", "subnetwork": "subnetwork", "networkIp": "networkIP", "name": "name",
             "nicType": "nicType", "stackType": "stackType"}  # fmt: skip
    configs = [{"natIp": c["natIP"], "networkTier": c["networkTier"]} for c in interface.get("accessConfigs") or ()]
    found = {key: interface[field] for key, field in names.items() if interface.get(field)}
    return {**found, "accessConfigs": configs}


def _items(values: Props) -> list[Props]:
    return [{"key": key, "value": value} for key, value in sorted(values.items())]


def _account(account: Props) -> Props:
    return (
        {"email": account.get("email"), "scopes": [_scope(s) for s in account.get("scopes") or ()]} if account else {}
    )


def _scope(scope: str) -> str:
    """A scope's full form; of the short ones, the one that everybody uses."""
    return scope if "://" in scope else _SCOPES + scope
