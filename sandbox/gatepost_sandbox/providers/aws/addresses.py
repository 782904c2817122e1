"""Static public addresses, and what they are put on."""

from collections.abc import Iterable
from typing import ClassVar

from ..schema import Problem
from ..values import Props
from .base import AwsKind, Tagged, specification
from .client import Aws, Gone


class Eip(Tagged):
    """A static public address."""

    token = "aws:ec2/eip:Eip"
    source = "internal/service/ec2/ec2_eip.go"
    inputs = frozenset({"domain", "region", "tags"})
    outputs = frozenset({"allocationId", "publicIp", "instance", "arn", "domain", "region", "tagsAll"})
    replaces = frozenset({"domain", "region"})

    def create(self, api: Aws, news: Props) -> str:
        params = {"Domain": news.get("domain") or "vpc", **specification(api, "elastic-ip", news)}
        return api.call("ec2", news.get("region"), "allocate_address", **params)["AllocationId"]

    def read(self, api: Aws, rid: str, known: Props) -> Props | None:
        region = known.get("region") or api.region
        try:
            address = api.call("ec2", region, "describe_addresses", AllocationIds=[rid])["Addresses"][0]
        except Gone:
            return None
        return {
            "domain": address.get("Domain"),
            "allocationId": rid,
            "publicIp": address["PublicIp"],
            "instance": address.get("InstanceId") or "",
            "arn": f"arn:aws:ec2:{region}:{api.account}:elastic-ip/{rid}",
            "region": region,
            **api.read_tags(address.get("Tags"), known),
        }

    def delete(self, api: Aws, rid: str, state: Props) -> None:
        try:
            api.call("ec2", state.get("region"), "release_address", AllocationId=rid)
        except Gone:
            return


class EipAssociation(AwsKind):
    """An address on an instance or on a network interface."""

    token = "aws:ec2/eipAssociation:EipAssociation"
    source = "internal/service/ec2/ec2_eip_association.go"
    params: ClassVar = {"allocationId": "AllocationId", "instanceId": "InstanceId",
                        "networkInterfaceId": "NetworkInterfaceId", "privateIpAddress": "PrivateIpAddress"}  # fmt: skip
    inputs = frozenset({*params, "allowReassociation", "region"})
    needs = frozenset({"allocationId"})
    outputs = frozenset({*params, "publicIp", "region"})
    replaces = inputs
    unreadable = frozenset({"allowReassociation"})

    def rules(self, news: Props) -> Iterable[Problem]:
        given = [k for k in ("instanceId", "networkInterfaceId") if news.get(k) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            yield "instanceId", f"An address goes on either instanceId or networkInterfaceId, got {found}."

    def create(self, api: Aws, news: Props) -> str:
        params = {p: news[k] for k, p in self.params.items() if news.get(k) is not None}
        again = news.get("allowReassociation")
        params["AllowReassociation"] = True if again is None else again  # AWS's own default in a VPC
        return api.call("ec2", news.get("region"), "associate_address", **params)["AssociationId"]

    def read(self, api: Aws, rid: str, known: Props) -> Props | None:
        region = known.get("region") or api.region
        filters = [{"Name": "association-id", "Values": [rid]}]
        found = api.call("ec2", region, "describe_addresses", Filters=filters)["Addresses"]
        if not found:
            return None
        return {k: found[0].get(p) for k, p in {**self.params, "publicIp": "PublicIp"}.items()} | {"region": region}

    def delete(self, api: Aws, rid: str, state: Props) -> None:
        try:
            api.call("ec2", state.get("region"), "disassociate_address", AssociationId=rid)
        except Gone:
            return
