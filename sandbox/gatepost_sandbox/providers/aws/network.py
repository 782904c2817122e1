"""VPC resources of the EC2 API. Each class is a row: the names the API uses, and what is special about the type."""

import re
from collections.abc import Mapping
from typing import ClassVar

from ..kind import ApiError
from ..values import Props
from .base import Tagged, specification
from .client import Aws, Gone


class Ec2(Tagged):
    """A resource with the usual EC2 calls: create_x, describe_xs by id, delete_x, tags."""

    noun: ClassVar[str]
    plural: ClassVar[str] = ""
    id_key: ClassVar[str] = ""
    tag_type: ClassVar[str]
    params: ClassVar[Mapping[str, str]] = {}
    """Input -> parameter of the create call, and member of the describe answer."""
    reads: ClassVar[Mapping[str, str]] = {}
    """Output -> member of the describe answer."""
    gone_states: ClassVar[tuple[str, ...]] = ("deleted", "deleting")

    def create(self, api: Aws, news: Props) -> str:
        made = api.call("ec2", news.get("region"), self._call("create"), **self.create_params(api, news))
        rid = made.get(self.noun, made)[self._id]
        self.after_create(api, rid, news)
        return rid

    def create_params(self, api: Aws, news: Props) -> Props:
        """Parameters of the create call."""
        params = {p: news[k] for k, p in self.params.items() if news.get(k) is not None}
        return params | specification(api, self.tag_type, news)

    def after_create(self, api: Aws, rid: str, news: Props) -> None:
        """Calls that complete the resource after the create call."""

    def item(self, api: Aws, rid: str, region: str | None) -> Props | None:
        """The describe answer for one id; None when it is gone."""
        plural = self.plural or f"{self.noun}s"
        try:
            found = api.call("ec2", region, f"describe_{_snake(plural)}", **{f"{self._id}s": [rid]})[plural]
        except Gone:
            return None
        return found[0] if found and found[0].get("State") not in self.gone_states else None

    def read(self, api: Aws, rid: str, known: Props) -> Props | None:
        region = known.get("region") or api.region
        item = self.item(api, rid, region)
        if item is None:
            return None
        state = {k: item.get(p) for k, p in {**self.params, **self.reads}.items()}
        state |= {"region": region} | api.read_tags(item.get("Tags"), known) | self.more(api, item, region)
        if "arn" in self.outputs:
            state["arn"] = f"arn:aws:ec2:{region}:{item.get('OwnerId', api.account)}:{self.tag_type}/{rid}"
        return state

    def more(self, api: Aws, item: Props, region: str) -> Props:
        """Properties that take more than a look into the describe answer."""
        return {}

    def delete(self, api: Aws, rid: str, state: Props) -> None:
        try:
            self.before_delete(api, rid, state)
            api.call_when_free("ec2", state.get("region"), self._call("delete"), **{self._id: rid})
        except Gone:
            return

    def before_delete(self, api: Aws, rid: str, state: Props) -> None:
        """Calls the provider makes so that the delete call can succeed."""

    @property
    def _id(self) -> str:
        return self.id_key or f"{self.noun}Id"

    def _call(self, verb: str) -> str:
        return f"{verb}_{_snake(self.noun)}"


class Vpc(Ec2):
    token = "aws:ec2/vpc:Vpc"
    source = "internal/service/ec2/vpc_.go"
    noun, tag_type = "Vpc", "vpc"
    params: ClassVar = {"cidrBlock": "CidrBlock", "instanceTenancy": "InstanceTenancy"}
    reads: ClassVar = {"ownerId": "OwnerId", "dhcpOptionsId": "DhcpOptionsId"}
    attributes: ClassVar = {"enableDnsSupport": "EnableDnsSupport", "enableDnsHostnames": "EnableDnsHostnames"}
    inputs = frozenset({*params, *attributes, "region", "tags"})
    needs = frozenset({"cidrBlock"})
    outputs = frozenset(
        {"arn", "ownerId", "dhcpOptionsId", "mainRouteTableId", "defaultRouteTableId", "defaultSecurityGroupId",
         "defaultNetworkAclId", "enableDnsHostnames", "region", "tagsAll"}
    )  # fmt: skip
    replaces = frozenset({"cidrBlock", "region"})
    sometimes: ClassVar = {"instanceTenancy": "unless it goes from dedicated to default"}
    defaults: ClassVar = {"instanceTenancy": "default", "enableDnsSupport": True}

    def forces_replacement(self, api: Aws, changed: list[str], olds: Props, news: Props) -> frozenset[str]:
        loosened = olds.get("instanceTenancy") == "dedicated" and news.get("instanceTenancy") == "default"
        return self.replaces if loosened else self.replaces | {"instanceTenancy"}

    def after_create(self, api: Aws, rid: str, news: Props) -> None:
        self.change(api, rid, {}, news, [k for k in self.attributes if news.get(k) is not None])

    def change(self, api: Aws, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        region = news.get("region")
        for key in changed:
            if key == "instanceTenancy":
                api.call("ec2", region, "modify_vpc_tenancy", VpcId=rid, InstanceTenancy=news[key])
            else:
                value = {self.attributes[key]: {"Value": bool(news.get(key))}}
                api.call("ec2", region, "modify_vpc_attribute", VpcId=rid, **value)

    def more(self, api: Aws, item: Props, region: str) -> Props:
        vpc = item["VpcId"]

        def attribute(member: str) -> bool:
            name = member[0].lower() + member[1:]
            return api.call("ec2", region, "describe_vpc_attribute", VpcId=vpc, Attribute=name)[member]["Value"]

        def first(operation: str, result: str, key: str, name: str, value: str) -> str | None:
            filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": name, "Values": [value]}]
            rows = api.call("ec2", region, operation, Filters=filters)[result]
            return rows[0][key] if rows else None

        table = first("describe_route_tables", "RouteTables", "RouteTableId", "association.main", "true")
        group = first("describe_security_groups", "SecurityGroups", "GroupId", "group-name", "default")
        return {k: attribute(member) for k, member in self.attributes.items()} | {
            "mainRouteTableId": table,
            "defaultRouteTableId": table,
            "defaultSecurityGroupId": group,
            "defaultNetworkAclId": first("describe_network_acls", "NetworkAcls", "NetworkAclId", "default", "true"),
        }


class Subnet(Ec2):
    token = "aws:ec2/subnet:Subnet"
    source = "internal/service/ec2/vpc_subnet.go"
    noun, tag_type = "Subnet", "subnet"
    params: ClassVar = {"vpcId": "VpcId", "cidrBlock": "CidrBlock", "availabilityZone": "AvailabilityZone"}
    reads: ClassVar = {
        "ownerId": "OwnerId", "availabilityZoneId": "AvailabilityZoneId", "mapPublicIpOnLaunch": "MapPublicIpOnLaunch"
    }  # fmt: skip
    inputs = frozenset({*params, "mapPublicIpOnLaunch", "region", "tags"})
    needs = frozenset({"cidrBlock"})
    outputs = frozenset({"arn", "ownerId", "availabilityZoneId", "availabilityZone", "region", "tagsAll"})
    replaces = frozenset({"vpcId", "cidrBlock", "availabilityZone", "region"})
    defaults: ClassVar = {"mapPublicIpOnLaunch": False}

    def after_create(self, api: Aws, rid: str, news: Props) -> None:
        if news.get("mapPublicIpOnLaunch"):
            self.change(api, rid, {}, news, ["mapPublicIpOnLaunch"])

    def change(self, api: Aws, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        value = {"Value": bool(news.get("mapPublicIpOnLaunch"))}
        api.call("ec2", news.get("region"), "modify_subnet_attribute", SubnetId=rid, MapPublicIpOnLaunch=value)


class InternetGateway(Ec2):
    token = "aws:ec2/internetGateway:InternetGateway"
    source = "internal/service/ec2/vpc_internet_gateway.go"
    noun, tag_type = "InternetGateway", "internet-gateway"
    inputs = frozenset({"vpcId", "region", "tags"})
    outputs = frozenset({"arn", "ownerId", "vpcId", "region", "tagsAll"})
    replaces = frozenset({"region"})

    def after_create(self, api: Aws, rid: str, news: Props) -> None:
        if news.get("vpcId"):
            self._attach("attach", api, rid, news)

    def change(self, api: Aws, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        self.before_delete(api, rid, state)
        self.after_create(api, rid, news)

    def more(self, api: Aws, item: Props, region: str) -> Props:
        attached = item.get("Attachments") or []
        return {"vpcId": attached[0]["VpcId"] if attached else None, "ownerId": item.get("OwnerId", api.account)}

    def before_delete(self, api: Aws, rid: str, state: Props) -> None:
        if state.get("vpcId"):
            try:
                self._attach("detach", api, rid, state)
            except ApiError as problem:
                if "Gateway.NotAttached" not in str(problem):
                    raise

    @staticmethod
    def _attach(verb: str, api: Aws, rid: str, props: Props) -> None:
        vpc, region = props["vpcId"], props.get("region")
        api.call_when_free("ec2", region, f"{verb}_internet_gateway", InternetGatewayId=rid, VpcId=vpc)


class RouteTable(Ec2):
    token = "aws:ec2/routeTable:RouteTable"
    source = "internal/service/ec2/vpc_route_table.go"
    noun, tag_type = "RouteTable", "route-table"
    params: ClassVar = {"vpcId": "VpcId"}
    reads: ClassVar = {"ownerId": "OwnerId"}
    inputs = frozenset({"vpcId", "region", "tags"})
    outputs = frozenset({"arn", "ownerId", "region", "tagsAll"})
    replaces = frozenset({"vpcId", "region"})


class NatGateway(Ec2):
    token = "aws:ec2/natGateway:NatGateway"
    source = "internal/service/ec2/vpc_nat_gateway.go"
    noun, tag_type = "NatGateway", "natgateway"
    params: ClassVar = {"subnetId": "SubnetId", "allocationId": "AllocationId", "connectivityType": "ConnectivityType"}
    inputs = frozenset({*params, "region", "tags"})
    needs = frozenset({"subnetId"})
    outputs = frozenset({"publicIp", "privateIp", "networkInterfaceId", "associationId", "region", "tagsAll"})
    replaces = frozenset({"subnetId", "allocationId", "connectivityType", "region"})
    defaults: ClassVar = {"connectivityType": "public"}

    def more(self, api: Aws, item: Props, region: str) -> Props:
        address = (item.get("NatGatewayAddresses") or [{}])[0]
        members = {"allocationId": "AllocationId", "publicIp": "PublicIp", "privateIp": "PrivateIp",
                   "networkInterfaceId": "NetworkInterfaceId", "associationId": "AssociationId"}  # fmt: skip
        return {k: address.get(m) for k, m in members.items()}


class DhcpOptions(Ec2):
    token = "aws:ec2/vpcDhcpOptions:VpcDhcpOptions"
    source = "internal/service/ec2/vpc_dhcp_options.go"
    noun, plural, tag_type = "DhcpOptions", "DhcpOptions", "dhcp-options"
    options: ClassVar = {"domainName": "domain-name", "domainNameServers": "domain-name-servers",
                         "ntpServers": "ntp-servers"}  # fmt: skip
    inputs = frozenset({*options, "region", "tags"})
    outputs = frozenset({"arn", "ownerId", "region", "tagsAll"})
    replaces = frozenset({*options, "region"})

    def create_params(self, api: Aws, news: Props) -> Props:
        given = {key: news[k] for k, key in self.options.items() if news.get(k)}
        values = {key: value if isinstance(value, list) else [value] for key, value in given.items()}
        return {"DhcpConfigurations": [{"Key": key, "Values": value} for key, value in values.items()]}

    def after_create(self, api: Aws, rid: str, news: Props) -> None:
        self.retag(api, rid, news.get("region"), api.all_tags(news.get("tags")), [])  # moto ignores TagSpecifications

    def more(self, api: Aws, item: Props, region: str) -> Props:
        found = {c["Key"]: [v["Value"] for v in c["Values"]] for c in item.get("DhcpConfigurations", ())}
        lists = {k: found.get(key) for k, key in self.options.items()}
        return {**lists, "domainName": (lists["domainName"] or [None])[0], "ownerId": item.get("OwnerId", api.account)}


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
