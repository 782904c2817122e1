"""What is known of one region: its hosts, and what they are connected to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gatepost_policies.judge import UNKNOWN

from .calls import Reader
from .find import Host, find

Rows = list[Mapping[str, Any]] | None
"""Answers; None: not known."""


@dataclass(eq=False)
class Place:
    """One region."""

    region: str
    hosts: list[Host] = field(default_factory=list)
    images: Rows = None
    volumes: Rows = None
    groups: Rows = None
    rules: Rows = None
    """Rules of security groups. Those of a prefix list are told once for each block of it."""
    subnets: Rows = None
    tables: Rows = None
    nats: Rows = None
    addresses: Rows = None

    def table(self, subnet: str, vpc: str) -> Mapping[str, Any] | None:
        """Return the route table of a subnet: its own, else the main one of the VPC."""
        links = [(table, link) for table in self.tables or () for link in table.get("Associations", ())]
        own = next((table for table, link in links if link.get("SubnetId") == subnet), None)
        main = (table for table, link in links if link.get("Main") and table.get("VpcId") == vpc)
        return own or next(main, None)

    def image(self, host: Host) -> Mapping[str, Any] | None:
        """Return the image of a host; None where it is gone or not ours to see."""
        return next((i for i in self.images or () if i["ImageId"] == host.raw["ImageId"]), None)


def look(reader: Reader, *, perhaps: bool) -> Place:
    """Look at a region. What could not be asked is None, and noted by the reader."""
    hosts, images = find(reader, perhaps=perhaps)
    place = Place(reader.region, hosts, images)
    if not hosts:
        return place
    ids = sorted(host.id for host in hosts)
    vpcs = sorted({str(host.raw["VpcId"]) for host in hosts if host.raw.get("VpcId")})
    groups = sorted({group for host in hosts for group in host.groups})
    place.volumes = reader.each("DescribeVolumes", "attachment.instance-id", ids)
    place.groups = reader.each("DescribeSecurityGroups", "group-id", groups)
    place.rules = _rules(reader, groups)
    place.subnets = reader.each("DescribeSubnets", "vpc-id", vpcs)
    place.tables = reader.each("DescribeRouteTables", "vpc-id", vpcs)
    place.nats = reader.each("DescribeNatGateways", "vpc-id", vpcs)
    place.addresses = reader.ask("DescribeAddresses")
    return place


def _rules(reader: Reader, groups: list[str]) -> Rows:
    """The rules of groups, with the prefix lists of outbound ones written out; UNKNOWN for those nobody could read."""
    rules = reader.each("DescribeSecurityGroupRules", "group-id", groups)
    found: list[Mapping[str, Any]] = []
    for rule in rules or ():
        listed = rule.get("PrefixListId") if rule["IsEgress"] else None
        entries = reader.ask("GetManagedPrefixListEntries", PrefixListId=listed) if listed else None
        if listed and entries is None:
            found.append({**rule, "CidrIpv4": UNKNOWN})
        elif listed:
            rest = {key: value for key, value in rule.items() if key != "PrefixListId"}
            for entry in entries or ():
                family = "CidrIpv6" if ":" in entry["Cidr"] else "CidrIpv4"
                name = f"{rule['SecurityGroupRuleId']} ({listed}: {entry['Cidr']})"
                found.append({**rest, family: entry["Cidr"], "SecurityGroupRuleId": name})
        else:
            found.append(rule)
    return None if rules is None else found
