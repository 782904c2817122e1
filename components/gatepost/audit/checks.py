"""What only a running account shows, and no rule of the pack judges: one row for each check."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Network
from typing import Any

from gatepost_policies.practices import PRACTICES

from ..egress import VENDOR_RULES, touches_private
from .find import Host
from .place import Place
from .report import Finding
from .routes import best, routes, target, way_out

INSTANCE = "aws:ec2/instance:Instance"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What the checks are held against."""

    image_days: int = 180
    """Oldest image, in days since it was made."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check of a host. `judge` yields sentences; nothing where the answers to tell are missing."""

    name: str
    severity: str
    practice: str
    """Key of the pack's PRACTICES."""
    judge: Callable[[Place, Host, Limits], Iterator[str]]


def _internet(place: Place, host: Host, _: Limits) -> Iterator[str]:
    found = way_out(place, host)
    if found and found.problem and host.state in ("pending", "running"):
        yield f"Instance '{host.id}' {found.problem}. Lead 0.0.0.0/0 to a NAT gateway that is available."


def _static(place: Place, host: Host, _: Limits) -> Iterator[str]:
    found = way_out(place, host)
    if found is None or not found.address or place.addresses is None:
        return
    if found.address not in {a.get("PublicIp") for a in place.addresses}:
        how = f"NAT gateway {found.nat}" if found.nat else "the subnet or at its start"
        yield (
            f"Instance '{host.id}' leaves by {found.address}, which it has from {how} and which is no Elastic IP of "
            "this account: it may change, and then no allow-list of partners fits. Use a NAT gateway with an Elastic "
            "IP, or give the host one of its own."
        )


def _reaches(place: Place, host: Host, _: Limits) -> Iterator[str]:
    """What its groups open in private ranges must be routed, at least a part of it, and not to the internet."""
    table = place.table(str(host.raw.get("SubnetId")), str(host.raw.get("VpcId")))
    if table is None or place.rules is None:
        return
    groups, seen = set(host.groups), set[str]()
    for rule in place.rules:
        cidr = rule.get("CidrIpv4")
        if rule["GroupId"] not in groups or not rule["IsEgress"] or not isinstance(cidr, str) or cidr in seen:
            continue
        seen.add(cidr)
        block = IPv4Network(cidr, strict=False)
        if not block.prefixlen or not touches_private(str(block)) or _vendors(rule):
            continue
        inner = [route for at, route in routes(table) if at.prefixlen and at.overlaps(block)]
        there = [r for r in [best(table, block), *inner] if r and not _leaves(place, target(r))]
        where = f"route table {table['RouteTableId']}"
        if not there:
            said = f"may dial {cidr} by its security group, but {where} has no route there"
            yield f"Instance '{host.id}' {said}: Resources there do not answer. Add the route, or remove the rule."
        elif all(r.get("State") == "blackhole" for r in there):
            said = f"may dial {cidr}, but {where} sends it to {target(there[0])}, which is gone (a blackhole)"
            yield f"Instance '{host.id}' {said}. Replace the route."


def _leaves(place: Place, goal: str) -> bool:
    """Whether a target leads to the internet, where no private address is."""
    inward = {nat["NatGatewayId"] for nat in place.nats or () if nat.get("ConnectivityType") == "private"}
    return goal.startswith(("igw-", "nat-", "eigw-")) and goal not in inward


def _vendors(rule: Mapping[str, Any]) -> bool:
    """Whether a rule is a part of the vendor's: those may be cut into blocks, private ones among them."""
    asked = (rule.get("IpProtocol"), rule.get("FromPort"), rule.get("ToPort"))
    return asked in {(row.protocol, row.first_port, row.last_port) for row in VENDOR_RULES}


def _age(place: Place, host: Host, limits: Limits) -> Iterator[str]:
    if place.images is None:
        return
    image, name = place.image(host), host.raw["ImageId"]
    if image is None:
        said = f"runs the image {name}, which is gone or not shared any more, so its age is not known"
        yield f"Instance '{host.id}' {said}. Make the host anew from Twingate's newest image."
        return
    days = (limits.now - datetime.fromisoformat(image["CreationDate"])).days
    if days > limits.image_days:
        yield (
            f"Instance '{host.id}' runs the image {name} ({image.get('Name')}), which is {days} days old; at most "
            f"{limits.image_days} are allowed. Make the host anew from a newer image, one host at a time."
        )


def _running(_: Place, host: Host, __: Limits) -> Iterator[str]:
    if host.state in ("stopping", "stopped"):
        yield (
            f"Instance '{host.id}' is {host.state}, so its Connector serves nobody. Start it, or terminate it and "
            "remove its Connector from Twingate."
        )


CHECKS = (
    Check(name="host-internet-route", severity="high", practice="BP13", judge=_internet),
    Check(name="host-reach-routes", severity="medium", practice="BP13", judge=_reaches),
    Check(name="host-static-exit", severity="medium", practice="BP14", judge=_static),
    Check(name="host-image-age", severity="medium", practice="images", judge=_age),
    Check(name="host-running", severity="medium", practice="BP24", judge=_running),
)


def check(place: Place, limits: Limits) -> Iterator[Finding]:
    """Yield what the checks find about the hosts of a region that are to be judged."""
    for row in CHECKS:
        for host in place.hosts:
            for text in row.judge(place, host, limits) if host.sure else ():
                yield Finding(
                    rule=row.name,
                    severity=row.severity,
                    region=place.region,
                    type=INSTANCE,
                    resource=host.id,
                    hosts=(host.id,),
                    text=text,
                    url=PRACTICES[row.practice].url,
                )
