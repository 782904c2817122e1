"""Parameters of Systems Manager."""

from typing import ClassVar

from ..values import Props
from .base import Tagged
from .client import Aws, Gone, tag_list


class Parameter(Tagged):
    """A parameter; its value is secret whatever its type."""

    token = "aws:ssm/parameter:Parameter"
    source = "internal/service/ssm/parameter.go"
    params: ClassVar = {"name": "Name", "type": "Type", "value": "Value", "description": "Description",
                        "keyId": "KeyId", "tier": "Tier", "dataType": "DataType"}  # fmt: skip
    inputs = frozenset({*params, "region", "tags"})
    needs = frozenset({"value"})
    outputs = frozenset({"arn", "version", "name", "dataType", "tier", "keyId", "region", "tagsAll"})
    recomputed: ClassVar = {**Tagged.recomputed, "version": frozenset({"value"})}
    replaces = frozenset({"name", "region"})
    sometimes: ClassVar = {"tier": "when it goes from Advanced to another tier"}
    secret_outputs = frozenset({"value"})
    autoname = "name"

    def forces_replacement(self, api: Aws, changed: list[str], olds: Props, news: Props) -> frozenset[str]:
        return self.replaces | {"tier"} if olds.get("tier") == "Advanced" else self.replaces

    def create(self, api: Aws, news: Props) -> str:
        tags = tag_list(api.all_tags(news.get("tags")))
        api.call("ssm", news.get("region"), "put_parameter", **self._given(news), **({"Tags": tags} if tags else {}))
        return news["name"]

    def read(self, api: Aws, rid: str, known: Props) -> Props | None:
        region = known.get("region") or api.region
        try:
            found = api.call("ssm", region, "get_parameter", Name=rid, WithDecryption=True)["Parameter"]
        except Gone:
            return None
        filters = [{"Key": "Name", "Option": "Equals", "Values": [rid]}]
        about = api.call("ssm", region, "describe_parameters", ParameterFilters=filters)["Parameters"][0]
        tags = api.call("ssm", region, "list_tags_for_resource", ResourceType="Parameter", ResourceId=rid)["TagList"]
        return {
            "name": rid,
            "type": found["Type"],
            "value": found["Value"],
            "version": found["Version"],
            "arn": found["ARN"],
            "dataType": found.get("DataType"),
            "description": about.get("Description") or None,
            "tier": about.get("Tier") or "Standard",
            "keyId": about.get("KeyId"),
            "region": region,
            **api.read_tags(tags, known),
        }

    def change(self, api: Aws, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        api.call("ssm", news.get("region"), "put_parameter", **{"Description": "", **self._given(news)}, Overwrite=True)

    def retag(self, api: Aws, rid: str, region: str | None, wanted: dict[str, str], gone: list[str]) -> None:
        parameter = {"ResourceType": "Parameter", "ResourceId": rid}
        if gone:
            api.call("ssm", region, "remove_tags_from_resource", **parameter, TagKeys=gone)
        if wanted:
            api.call("ssm", region, "add_tags_to_resource", **parameter, Tags=tag_list(wanted))

    def delete(self, api: Aws, rid: str, state: Props) -> None:
        try:
            api.call("ssm", state.get("region"), "delete_parameter", Name=rid)
        except Gone:
            return

    def _given(self, news: Props) -> Props:
        return {m: news[k] for k, m in self.params.items() if news.get(k) is not None}
