"""Keys of KMS."""

from typing import ClassVar

from ..values import Props
from .base import Tagged
from .client import Aws, Gone
from .identity import JsonText


class Key(JsonText, Tagged):
    """A key. Deleting one only schedules it; from then on it counts as gone."""

    token = "aws:kms/key:Key"
    source = "internal/service/kms/key.go"
    inputs = frozenset(
        {"description", "deletionWindowInDays", "enableKeyRotation", "isEnabled", "policy", "region", "tags"}
    )
    outputs = frozenset({"arn", "keyId", "description", "policy", "region", "tagsAll"})
    replaces = frozenset({"region"})
    defaults: ClassVar = {"enableKeyRotation": False, "isEnabled": True}
    unreadable = frozenset({"deletionWindowInDays"})
    document = "policy"

    def create(self, api: Aws, news: Props) -> str:
        members = {"description": "Description", "policy": "Policy"}
        params = {m: news[k] for k, m in members.items() if news.get(k)}
        tags = _tags(api.all_tags(news.get("tags")))
        made = api.call("kms", news.get("region"), "create_key", **params, **({"Tags": tags} if tags else {}))
        rid = made["KeyMetadata"]["KeyId"]
        self.change(api, rid, {}, news, [k for k in ("enableKeyRotation",) if news.get(k)])
        self.change(api, rid, {}, news, [k for k in ("isEnabled",) if not news.get(k)])
        return rid

    def read(self, api: Aws, rid: str, known: Props) -> Props | None:
        region = known.get("region") or api.region
        try:
            key = api.call("kms", region, "describe_key", KeyId=rid)["KeyMetadata"]
        except Gone:
            return None
        if key["KeyState"] == "PendingDeletion":
            return None
        policy = api.call("kms", region, "get_key_policy", KeyId=rid, PolicyName="default")["Policy"]
        rotation = api.call("kms", region, "get_key_rotation_status", KeyId=rid)
        tags = api.call("kms", region, "list_resource_tags", KeyId=rid).get("Tags") or []
        return {
            "arn": key["Arn"],
            "keyId": key["KeyId"],
            "description": key.get("Description") or None,
            "isEnabled": key["Enabled"],
            "enableKeyRotation": rotation["KeyRotationEnabled"],
            "policy": self.written(policy, known),
            "region": region,
            **api.read_tags([{"Key": t["TagKey"], "Value": t["TagValue"]} for t in tags], known),
        }

    def change(self, api: Aws, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        region = news.get("region")
        if "isEnabled" in changed and news.get("isEnabled"):
            api.call("kms", region, "enable_key", KeyId=rid)
        if "enableKeyRotation" in changed:
            rotate = "enable_key_rotation" if news.get("enableKeyRotation") else "disable_key_rotation"
            api.call("kms", region, rotate, KeyId=rid)
        if "description" in changed:
            api.call("kms", region, "update_key_description", KeyId=rid, Description=news.get("description") or "")
        if "policy" in changed:
            api.call("kms", region, "put_key_policy", KeyId=rid, PolicyName="default", Policy=news["policy"])
        if "isEnabled" in changed and not news.get("isEnabled"):  # last: a disabled key cannot be changed
            api.call("kms", region, "disable_key", KeyId=rid)

    def retag(self, api: Aws, rid: str, region: str | None, wanted: dict[str, str], gone: list[str]) -> None:
        if gone:
            api.call("kms", region, "untag_resource", KeyId=rid, TagKeys=gone)
        if wanted:
            api.call("kms", region, "tag_resource", KeyId=rid, Tags=_tags(wanted))

    def delete(self, api: Aws, rid: str, state: Props) -> None:
        if self.read(api, rid, state) is None:
            return
        days = state.get("deletionWindowInDays") or 30
        api.call("kms", state.get("region"), "schedule_key_deletion", KeyId=rid, PendingWindowInDays=days)


def _tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"TagKey": k, "TagValue": v} for k, v in sorted(tags.items())]
