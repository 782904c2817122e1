"""EC2 resources that tie others together: routes and associations. Their ids are made as the vendor's provider does."""

import re
import zlib
from collections.abc import Iterable
from typing import Any, ClassVar

from ..kind import ApiError
from ..schema import Problem
from ..values import Props
from .base import AwsKind
from .client import Aws, Gone


class Route(AwsKind):
    """One route of a table."""

    token = "aws:ec2/route:Route"
    source = "internal/service/ec2/vpc_route.go"
    targets: ClassVar = {"gatewayId": "GatewayId", "natGatewayId": "NatGatewayId",
                         "transitGatewayId": "TransitGatewayId", "vpcPeeringConnectionId": "VpcPeeringConnectionId",
                         "networkInterfaceId": "NetworkInterfaceId"}  # fmt: skip
    inputs = frozenset({"routeTableId", "destinationCidrBlock", *targets, "region"})
    needs = frozenset({"destinationCidrBlock"})
    outputs = frozenset({"origin", "state", "region"})
    replaces = frozenset({"routeTableId", "destinationCidrBlock", "region"})

    def rules(self, news: Props) -> Iterable[Problem]:
        given = [k for k in self.targets if news.get(k) is not None]
        if len(given) != 1:
            options, found = ", ".join(self.targets), ", ".join(given) or "none"
            yield next(iter(self.targets)), f"A route needs exactly one of {options}, got {found}."

    def create(self, api: Aws, news: Props) -> str:
        table, cidr = news["routeTableId"], news["destinationCidrBlock"]
        api.call("ec2", news.get("region"), "create_route", RouteTableId=table, **self._call(news))
        return _route_id(table, cidr)

    def read(self, api: Aws, rid: str, known: Props) -> Props | None:
        region, table, cidr = known.get("region") or api.region, known.get("routeTableId"), None
        if table:
            cidr = known["destinationCidrBlock"]
        elif re.fullmatch(r"rtb-[0-9a-f]+_.+", rid):
            table, _, cidr = rid.partition("_")
        else:
            raise ApiError(f"A route is imported as ROUTE-TABLE-ID_DESTINATION, got {rid!r}.")
        try:
            tables = api.call("ec2", region, "describe_route_tables", RouteTableIds=[table])["RouteTables"]
        except Gone:
            return None
        for route in tables[0]["Routes"]:
            if route.get("DestinationCidrBlock") == cidr:
                return {k: route.get(member) for k, member in self.targets.items()} | {
                    "id": _route_id(table, cidr),
                    "routeTableId": table,
                    "destinationCidrBlock": cidr,
                    "origin": route.get("Origin"),
                    "state": route.get("State"),
                    "region": region,
                }
        return None

    def update(self, api: Aws, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        table = news["routeTableId"]
        api.call("ec2", news.get("region"), "replace_route", RouteTableId=table, **self._call(news))

    def delete(self, api: Aws, rid: str, state: Props) -> None:
        cidr, table = state["destinationCidrBlock"], state["routeTableId"]
        try:
            api.call("ec2", state.get("region"), "delete_route", RouteTableId=table, DestinationCidrBlock=cidr)
        except Gone:
            return

    def _call(self, news: Props) -> dict[str, Any]:
        target = {member: news[k] for k, member in self.targets.items() if news.get(k) is not None}
        return {"DestinationCidrBlock": news["destinationCidrBlock"], **target}


def _route_id(table: str, cidr: str) -> str:
    return f"r-{table}{zlib.crc32(cidr.encode())}"


class RouteTableAssociation(AwsKind):
    """A subnet uses a route table.

    A change in place gives the association a new id, and Pulumi keeps the old one; so the subnet is looked up too.
    """

    token = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    source = "internal/service/ec2/vpc_route_table_association.go"
    inputs = frozenset({"subnetId", "routeTableId", "region"})
    needs = frozenset({"subnetId"})
    outputs = frozenset({"region"})
    replaces = frozenset({"subnetId", "region"})

    def create(self, api: Aws, news: Props) -> str:
        params = {"RouteTableId": news["routeTableId"], "SubnetId": news["subnetId"]}
        return api.call("ec2", news.get("region"), "associate_route_table", **params)["AssociationId"]

    def read(self, api: Aws, rid: str, known: Props) -> Props | None:
        subnet, _, table = rid.partition("/") if "/" in rid else (known.get("subnetId"), "", None)
        found = self._find(api, known.get("region"), rid, subnet)
        if found is None or (table and table != found["RouteTableId"]):
            return None
        about = {"subnetId": found["SubnetId"], "routeTableId": found["RouteTableId"]}
        return about | {"id": found["RouteTableAssociationId"], "region": known.get("region") or api.region}

    def update(self, api: Aws, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        found = self._find(api, news.get("region"), rid, news["subnetId"]) or {"RouteTableAssociationId": rid}
        params = {"AssociationId": found["RouteTableAssociationId"], "RouteTableId": news["routeTableId"]}
        api.call("ec2", news.get("region"), "replace_route_table_association", **params)

    def delete(self, api: Aws, rid: str, state: Props) -> None:
        found = self._find(api, state.get("region"), rid, state["subnetId"])
        if found:
            rid = found["RouteTableAssociationId"]
            api.call("ec2", state.get("region"), "disassociate_route_table", AssociationId=rid)

    @staticmethod
    def _find(api: Aws, region: str | None, rid: str, subnet: str | None) -> Props | None:
        wanted = {"association.route-table-association-id": rid, "association.subnet-id": subnet}
        for name, value in wanted.items():
            filters = [{"Name": name, "Values": [value]}]
            tables = api.call("ec2", region, "describe_route_tables", Filters=filters)["RouteTables"] if value else ()
            for association in (a for table in tables for a in table["Associations"]):
                if value in (association["RouteTableAssociationId"], association.get("SubnetId")):
                    return association
        return None


class DhcpAssociation(AwsKind):
    """A VPC uses a set of DHCP options; without one it goes back to AWS's own."""

    token = "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation"
    source = "internal/service/ec2/vpc_dhcp_options_association.go"
    inputs = frozenset({"vpcId", "dhcpOptionsId", "region"})
    outputs = frozenset({"region"})
    replaces = frozenset({"vpcId", "region"})

    def create(self, api: Aws, news: Props) -> str:
        self._associate(api, news, news["dhcpOptionsId"])
        return f"{news['dhcpOptionsId']}-{news['vpcId']}"

    def read(self, api: Aws, rid: str, known: Props) -> Props | None:
        region, wanted = known.get("region") or api.region, known.get("dhcpOptionsId")
        try:
            vpc = api.call("ec2", region, "describe_vpcs", VpcIds=[known.get("vpcId") or rid])["Vpcs"][0]
        except Gone:
            return None
        options = vpc.get("DhcpOptionsId")
        if options in (None, "default") or options != (wanted or options):
            return None
        made = rid if wanted else f"{options}-{rid}"  # an import gives the id of the VPC
        return {"id": made, "vpcId": vpc["VpcId"], "dhcpOptionsId": options, "region": region}

    def update(self, api: Aws, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        self._associate(api, news, news["dhcpOptionsId"])

    def delete(self, api: Aws, rid: str, state: Props) -> None:
        try:
            self._associate(api, state, "default")
        except Gone:
            return

    @staticmethod
    def _associate(api: Aws, props: Props, options: str) -> None:
        region, vpc = props.get("region"), props["vpcId"]
        api.call("ec2", region, "associate_dhcp_options", DhcpOptionsId=options, VpcId=vpc)
