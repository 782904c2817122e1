"""Routes from the hosts' subnets to private destinations: transit gateways, peerings, VPN gateways, interfaces."""

import re
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from ..destinations import destination_problems
from ..labels import Labels
from ..site import plain_problems, region_problems, sentence
from ..words import refuse

_TARGETS: Mapping[str, tuple[str, str]] = {
    # Field of RouteTo: start of the id, and the argument of aws.ec2.Route.
    "transit_gateway_id": ("tgw", "transit_gateway_id"),
    "vpc_peering_connection_id": ("pcx", "vpc_peering_connection_id"),
    "vpn_gateway_id": ("vgw", "gateway_id"),
    "network_interface_id": ("eni", "network_interface_id"),
}


@dataclass(frozen=True, kw_only=True)
class RouteTo:
    """Where a destination leads: exactly one of the ids. Raises ValueError with every problem."""

    transit_gateway_id: pulumi.Input[str] | None = None
    """A transit gateway (``tgw-...``). One of another account must accept attachments by itself (auto accept)."""
    vpc_peering_connection_id: pulumi.Input[str] | None = None
    """An accepted peering of this VPC (``pcx-...``)."""
    vpn_gateway_id: pulumi.Input[str] | None = None
    """A virtual private gateway (``vgw-...``)."""
    network_interface_id: pulumi.Input[str] | None = None
    """An interface that forwards (``eni-...``), such as the one of an appliance."""
    attach: bool = True
    """Attach the VPC to the transit or VPN gateway; False: somebody else does, before the route is made. Without
    meaning for the other two. Plain."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "attach")
        given = [name for name in _TARGETS if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            problems.append(f"A RouteTo needs exactly one target, got {found}. Allowed: {', '.join(_TARGETS)}.")
        for name in given:
            value, (start, _) = getattr(self, name), _TARGETS[name]
            plain = not isinstance(value, pulumi.Output | Awaitable)
            if plain and not re.fullmatch(rf"{start}-([0-9a-f]{{8}}|[0-9a-f]{{17}})", str(value)):
                problems.append(f"RouteTo.{name} must be {start}- and 8 or 17 hexadecimal digits, got {value!r}.")
        refuse(problems)

    @property
    def target(self) -> tuple[str, pulumi.Input[str]]:
        """The field that is set, and its id."""
        return next((name, getattr(self, name)) for name in _TARGETS if getattr(self, name) is not None)


def gateways(routes: Mapping[str, RouteTo], kind: str) -> list[pulumi.Input[str]]:
    """The different gateways of a kind (a field of RouteTo) to attach. Two Outputs are one if they are one object."""
    found: list[pulumi.Input[str]] = []
    for to in routes.values():
        name, value = to.target
        if name == kind and to.attach and not any(value is f or (_plain(f) and value == f) for f in found):
            found.append(value)
    return found


def _plain(value: object) -> bool:
    return isinstance(value, str)


def route_problems(routes: Mapping[str, RouteTo], vpc: str | None = None) -> list[str]:
    """What is wrong with destinations and where they lead, as sentences; `vpc` is the VPC's range where it is known.

    A larger block around the VPC's range is fine, as are blocks inside each other: the longest prefix wins, and within
    the VPC AWS admits routes of its own kind only (https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html).
    """
    problems: list[str] = []
    seen: dict[str, str] = {}
    for destination in routes:
        problems += destination_problems(destination, seen, vpc, "the VPC's")
    if len(gateways(routes, "vpn_gateway_id")) > 1:
        problems.append(
            "The destinations lead to several VPN gateways, but a VPC has one at most. Keep one, or set attach=False."
        )
    if len([g for g in gateways(routes, "transit_gateway_id") if not _plain(g)]) > 1:
        problems.append(
            "The destinations lead to several transit gateways with Outputs for ids, which nothing tells them apart. "
            "Use one RouteTo for the same gateway, give the ids as text, or set attach=False."
        )
    return problems


def place_problems(given: Mapping[str, pulumi.Input[str]]) -> list[str]:
    """Sentences for empty ids, and for one id (plain, or the same Output) in two places."""
    problems = [
        f"{place} is empty. Give the id, or leave the zone out." for place, value in given.items() if value == ""
    ]
    places: dict[object, list[str]] = {}
    for place, value in given.items():
        if value != "":
            places.setdefault(value if _plain(value) else id(value), []).append(place)
    return problems + [
        f"{' and '.join(same)} are one and the same{f', {key!r}' if _plain(key) else ''}. Each needs one of its own."
        for key, same in places.items()
        if len(same) > 1
    ]


def ordinary(zones: Iterable[str]) -> list[str]:
    """The zones that a transit gateway can be attached in: no local zones.

    Source: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
    """
    return [zone for zone in zones if re.fullmatch(r"[a-z]+(-[a-z]+)+-[0-9]+[a-z]", zone)]


@dataclass(frozen=True, kw_only=True)
class RoutesArgs:
    """Destinations, and the tables that get a route to each of them."""

    region: str
    """AWS region of the VPC. Plain."""
    labels: Labels
    """Names and tags."""
    vpc_id: pulumi.Input[str]
    """VPC that is attached to the gateways."""
    tables: Mapping[str, pulumi.Input[str]]
    """Route table by zone, such as ``Network.route_table_ids``. A table of several zones is given for one of them.
    Plain keys."""
    attachment_subnets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Subnet by zone that a transit gateway is attached in; needed in every zone of ``tables`` but local zones, because
    hosts reach the gateway through their own zone only. Plain keys."""
    routes: Mapping[str, RouteTo]
    """Where each destination leads: private IPv4 blocks. Plain keys."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "region", "tables", "attachment_subnets", "routes")
        if not problems:
            strays = region_problems("aws", self.region, dict.fromkeys([*self.tables, *self.attachment_subnets]))
            problems += strays
            if not self.tables:
                problems.append("RoutesArgs.tables is empty. Give at least one, {'eu-central-1a': 'rtb-...'}.")
            if not self.routes:
                problems.append("RoutesArgs.routes is empty. Give at least one, or leave the component out.")
            for what in ("tables", "attachment_subnets"):
                ids = getattr(self, what)
                problems += place_problems({f"RoutesArgs.{what}[{zone!r}]": value for zone, value in ids.items()})
            problems += route_problems(self.routes) + ([] if strays else self._attachment_problems())
        refuse(problems)

    def _attachment_problems(self) -> list[str]:
        if not gateways(self.routes, "transit_gateway_id"):
            return []
        problems = []
        if local := self.attachment_subnets.keys() - ordinary(self.attachment_subnets):
            problems.append(
                f"RoutesArgs.attachment_subnets has the local zones {sentence(local)}, where AWS attaches no transit "
                "gateway. Leave them out."
            )
        if missing := set(ordinary(self.tables)) - self.attachment_subnets.keys():
            problems.append(
                f"RoutesArgs.attachment_subnets has no subnet in {sentence(missing)}, so hosts there could not reach "
                "the transit gateway. Give one for each of these zones, or set attach=False."
            )
        if not self.attachment_subnets and not missing:
            problems.append("RoutesArgs.attachment_subnets is empty, but a transit gateway needs at least one subnet.")
        return problems


class Routes(pulumi.ComponentResource):
    """Attachments of the VPC, and per destination and zone a route that waits for them.

    A transit gateway given by plain id has an attachment named by the id, so a move to another gateway attaches it,
    turns the routes over in place and detaches the old one last. One given by an Output has the attachment
    ``{name}-attachment-transit``. AWS refuses a second attachment of a VPC to one transit gateway
    (https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html): do not give the same gateway once as text
    and once as an Output. A VPC has one VPN gateway, with the attachment ``{name}-attachment-vpn``; another one takes
    its place with a break.
    """

    routes: Mapping[str, Sequence[aws.ec2.Route]]
    """The routes by zone, to wait for."""
    attachment_ids: pulumi.Output[dict[str, str]]
    """Transit gateway attachment by the gateway's id (``transit`` for one given as an Output), for its route tables."""

    def __init__(self, name: str, args: RoutesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:aws:Routes", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        subnets = args.attachment_subnets
        transit = {
            _key(gateway): aws.ec2transitgateway.VpcAttachment(
                f"{name}-attachment-{_key(gateway)}",
                transit_gateway_id=gateway,
                vpc_id=args.vpc_id,
                subnet_ids=[subnets[zone] for zone in sorted(subnets)],
                region=args.region,
                tags=args.labels.tags(Name=args.labels.name("transit")),
                opts=child,
            )
            for gateway in gateways(args.routes, "transit_gateway_id")
        }
        vpn = [
            aws.ec2.VpnGatewayAttachment(
                f"{name}-attachment-vpn",
                vpn_gateway_id=gateway,
                vpc_id=args.vpc_id,
                region=args.region,
                opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
            )
            for gateway in gateways(args.routes, "vpn_gateway_id")
        ]
        made: dict[str, list[aws.ec2.Route]] = {zone: [] for zone in args.tables}
        for destination, to in args.routes.items():
            kind, value = to.target
            waits = {"transit_gateway_id": [a for k, a in transit.items() if k == _key(value)], "vpn_gateway_id": vpn}
            for zone, table in args.tables.items():
                route = aws.ec2.Route(
                    f"{name}-{zone}-{re.sub('[./]', '-', destination)}",
                    route_table_id=table,
                    destination_cidr_block=destination,
                    region=args.region,
                    opts=pulumi.ResourceOptions(parent=self, depends_on=waits.get(kind, [])),
                    **{_TARGETS[kind][1]: value},
                )
                made[zone].append(route)
        self.routes = made
        self.attachment_ids = by_key({key: attachment.id for key, attachment in transit.items()})
        self.register_outputs({"attachment_ids": self.attachment_ids})


def _key(gateway: pulumi.Input[str]) -> str:
    return gateway if isinstance(gateway, str) else "transit"


def by_key(values: Mapping[str, pulumi.Output[str]]) -> pulumi.Output[dict[str, str]]:
    """One Output of all the values; of an empty dict for none (``Output.all()`` would give a list)."""
    return pulumi.Output.all(**values) if values else pulumi.Output.from_input({})
