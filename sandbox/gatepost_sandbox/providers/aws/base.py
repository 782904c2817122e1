"""What AWS types share: a region that defaults to the provider's, and tags that its default tags are added to."""

from typing import ClassVar

from ..kind import ApiError, Kind, Stored
from ..values import Props, has_unknown
from .client import Aws, tag_list

_TAGS = {"tags", "tagsAll"}


class AwsKind(Kind):
    """A type that may have a region of its own. A change of the provider's region moves the others."""

    def changed(self, api: Aws, stored: Stored, news: Props) -> set[str]:
        keys = super().changed(api, stored, news) - {"region"}
        moved = (news.get("region") or api.region) != (stored.state.get("region") or api.region)
        return keys | {"region"} if moved and "region" in self.inputs else keys


class Tagged(AwsKind):
    """A type with tags. A change of the provider's default tags changes it too."""

    recomputed: ClassVar = {"tagsAll": frozenset(_TAGS)}

    def changed(self, api: Aws, stored: Stored, news: Props) -> set[str]:
        keys = super().changed(api, stored, news)
        tags = news.get("tags")
        if not has_unknown(tags) and api.all_tags(tags) != (stored.state.get("tagsAll") or {}):
            keys.add("tagsAll")
        return keys

    def update(self, api: Aws, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        if not _TAGS.isdisjoint(changed):
            wanted = api.all_tags(news.get("tags"))
            self.retag(
                api, rid, news.get("region"), wanted, sorted((state.get("tagsAll") or {}).keys() - wanted.keys())
            )
        rest = [k for k in changed if k not in _TAGS]
        if rest:
            self.change(api, rid, state, news, rest)

    def retag(self, api: Aws, rid: str, region: str | None, wanted: dict[str, str], gone: list[str]) -> None:
        """Put the tags ``wanted`` and remove those named by ``gone``; this is EC2's way."""
        if gone:
            api.call("ec2", region, "delete_tags", Resources=[rid], Tags=[{"Key": key} for key in gone])
        if wanted:
            api.call("ec2", region, "create_tags", Resources=[rid], Tags=tag_list(wanted))

    def change(self, api: Aws, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        """Change something else than tags in place."""
        raise ApiError(f"{self.token} cannot change {', '.join(changed)} in place.")  # pragma: no cover


def specification(api: Aws, resource_type: str, news: Props) -> Props:
    """The parameter of EC2's create calls that carries the tags."""
    tags = tag_list(api.all_tags(news.get("tags")))
    return {"TagSpecifications": [{"ResourceType": resource_type, "Tags": tags}]} if tags else {}
