"""Ways out of a VPC into other networks: attachments of transit gateways and of VPN gateways."""

import zlib
from typing import ClassVar

from ..kind import Stored
from ..values import Props
from .base import AwsKind
from .client import Aws, Gone
from .network import Ec2


class TransitGatewayAttachment(Ec2):
    """A VPC on a transit gateway, by subnets of it."""

    token = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
    source = "internal/service/ec2/transitgateway_vpc_attachment.go"
    noun, tag_type = "TransitGatewayVpcAttachment", "transit-gateway-attachment"
    id_key = "TransitGatewayAttachmentId"
    params: ClassVar = {"transitGatewayId": "TransitGatewayId", "vpcId": "VpcId", "subnetIds": "SubnetIds"}
    reads: ClassVar = {"vpcOwnerId": "VpcOwnerId"}
    options: ClassVar = {"applianceModeSupport": "ApplianceModeSupport", "dnsSupport": "DnsSupport",
                         "ipv6Support": "Ipv6Support",
                         "securityGroupReferencingSupport": "SecurityGroupReferencingSupport"}  # fmt: skip
    inputs = frozenset({*params, *options, "region", "tags"})
    outputs = frozenset({"arn", "vpcOwnerId", "securityGroupReferencingSupport", "region", "tagsAll"})
    replaces = frozenset({"transitGatewayId", "vpcId", "region"})
    defaults: ClassVar = {"applianceModeSupport": "disable", "dnsSupport": "enable", "ipv6Support": "disable"}
    choices: ClassVar = dict.fromkeys(options, ("enable", "disable"))

    def create_params(self, api: Aws, news: Props) -> Props:
        given = {member: news[k] for k, member in self.options.items() if news.get(k)}
        return {p: news[k] for k, p in self.params.items()} | {"Options": given}

    def after_create(self, api: Aws, rid: str, news: Props) -> None:
        self.retag(api, rid, news.get("region"), api.all_tags(news.get("tags")), [])  # moto ignores TagSpecifications

    def changed(self, api: Aws, stored: Stored, news: Props) -> set[str]:
        keys = super().changed(api, stored, news)
        new, old = news.get("subnetIds"), stored.inputs.get("subnetIds") or ()
        return keys - {"subnetIds"} if isinstance(new, list) and sorted(new) == sorted(old) else keys

    def change(self, api: Aws, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        new, old = set(news["subnetIds"]), set(state.get("subnetIds") or ())
        moves = {"AddSubnetIds": sorted(new - old), "RemoveSubnetIds": sorted(old - new)}
        options = {member: news[k] for k, member in self.options.items() if news.get(k)}
        params = {"TransitGatewayAttachmentId": rid, "Options": options, **{k: v for k, v in moves.items() if v}}
        api.call("ec2", news.get("region"), "modify_transit_gateway_vpc_attachment", **params)

    def more(self, api: Aws, item: Props, region: str) -> Props:
        options = item.get("Options") or {}
        return {k: options.get(member) for k, member in self.options.items()}

    def read(self, api: Aws, rid: str, known: Props) -> Props | None:
        state = super().read(api, rid, known)
        if state and sorted(known.get("subnetIds") or ()) == sorted(state["subnetIds"]):
            state["subnetIds"] = known["subnetIds"]
        return state


class VpnGatewayAttachment(AwsKind):
    """A VPC on a VPN gateway. It cannot be imported: its id does not lead to what it joins."""

    token = "aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment"
    source = "internal/service/ec2/vpnsite_gateway_attachment.go"
    params: ClassVar = {"vpcId": "VpcId", "vpnGatewayId": "VpnGatewayId"}
    inputs = frozenset({*params, "region"})
    outputs = frozenset({"region"})
    replaces = inputs

    def create(self, api: Aws, news: Props) -> str:
        vpc, gateway = news["vpcId"], news["vpnGatewayId"]
        api.call("ec2", news.get("region"), "attach_vpn_gateway", VpcId=vpc, VpnGatewayId=gateway)
        return f"vpn-attachment-{zlib.crc32(f'{vpc}-{gateway}'.encode()):x}"

    def read(self, api: Aws, rid: str, known: Props) -> Props | None:
        region = known.get("region") or api.region
        if not known.get("vpnGatewayId"):
            return None
        found = api.call("ec2", region, "describe_vpn_gateways", VpnGatewayIds=[known["vpnGatewayId"]])["VpnGateways"]
        for attachment in (a for gateway in found for a in gateway.get("VpcAttachments") or ()):
            if attachment["VpcId"] == known["vpcId"] and attachment["State"] == "attached":
                return {k: known[k] for k in self.params} | {"region": region}
        return None

    def delete(self, api: Aws, rid: str, state: Props) -> None:
        if self.read(api, rid, state) is None:
            return
        try:
            params = {member: state[k] for k, member in self.params.items()}
            api.call("ec2", state.get("region"), "detach_vpn_gateway", **params)
        except Gone:
            return
