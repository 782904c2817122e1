"""The hosts of an account and all that they are connected to, as the resources that the pack's rules judge."""

from collections.abc import Iterator, Sequence

from gatepost_policies.judge import UNKNOWN, Described
from gatepost_policies.topology import AWS_NAT, CONNECTOR, EIP, INSTANCE, REMOTE_NETWORK, SUBNET, TOKENS
from gatepost_policies.ways.aws import EGRESS_RULE, INGRESS_RULE

from .find import Host
from .pairs import Pairs, network_of
from .place import Place
from .shapes import GROUP, ROUTE_TABLE, host_props, shape

PARAMETER = "aws:ssm/parameter:Parameter"


def described(places: Sequence[Place], pairs: Pairs, roles: Sequence[Described]) -> list[Described]:
    """Return the resources of all regions. Hosts that only a name tells of are left out."""
    found = [one for place in places if any(host.sure for host in place.hosts) for one in _region(place, pairs)]
    return [*found, *roles]


def _region(place: Place, pairs: Pairs) -> Iterator[Described]:
    hosts = [host for host in place.hosts if host.sure]
    region = place.region
    for host in hosts:
        yield from _host(place, host, pairs)
    groups = {group for host in hosts for group in host.groups}
    known = {group["GroupId"]: group for group in place.groups or ()}
    unread = {"tags": UNKNOWN} if place.groups is None else {}
    for group in sorted(groups):
        answer = known.get(group, {"GroupId": group})
        yield shape(GROUP, group, answer, region=region, name=_called(answer, group), **unread)
    for rule in place.rules or ():
        if rule["GroupId"] in groups:
            kind = EGRESS_RULE if rule["IsEgress"] else INGRESS_RULE
            id = rule["SecurityGroupRuleId"]
            name = f"{id} of {_called(known.get(rule['GroupId']), rule['GroupId'])}"
            yield shape(kind, id, rule, region=region, name=name)
    subnets = {host.raw.get("SubnetId") for host in hosts}
    vpcs = {host.raw.get("VpcId") for host in hosts}
    nats = [nat for nat in place.nats or () if nat.get("VpcId") in vpcs and nat.get("State") == "available"]
    subnets |= {nat.get("SubnetId") for nat in nats}
    for subnet in place.subnets or ():
        if subnet["SubnetId"] in subnets:
            yield shape(SUBNET, subnet["SubnetId"], subnet, region=region)
    for table in place.tables or ():
        if table.get("VpcId") in vpcs:
            yield shape(ROUTE_TABLE, table["RouteTableId"], table, region=region)
    for nat in nats:
        yield shape(AWS_NAT, nat["NatGatewayId"], nat, region=region)
    used = {a.get("AllocationId") for nat in nats for a in nat.get("NatGatewayAddresses", ())}
    ids = {host.id for host in hosts}
    for address in place.addresses or ():
        if address.get("InstanceId") in ids or address.get("AllocationId") in used - {None}:
            yield shape(EIP, address.get("AllocationId") or address["PublicIp"], address, region=region)


def _called(group: object, id: str) -> str:
    name = group.get("GroupName") if isinstance(group, dict) else None
    return f"{id} ({name})" if name else id


def _host(place: Place, host: Host, pairs: Pairs) -> Iterator[Described]:
    """A host, and what says of which Remote Network it is: the pack follows the pair that a host boots with."""
    name, told = network_of(host, pairs)
    known = name or f"unknown, in {host.raw.get('VpcId')}"
    network = Described(type=REMOTE_NETWORK, id=known, props={"name": known, **told})
    connector = Described(type=CONNECTOR, id=host.id, refs={"remoteNetworkId": [network]})
    tokens = Described(type=TOKENS, id=host.id, refs={"connectorId": [connector]})
    pair = Described(type=PARAMETER, id=host.id, refs={"value": [tokens]})
    yield from (network, connector, tokens, pair)
    props = host_props(host, place.volumes)
    if place.addresses is None and host.public_ip:
        props["associatePublicIpAddress"] = UNKNOWN  # whether it is a fixed one is not known
    made = shape(INSTANCE, host.id, host.raw, region=place.region, **props)
    yield Described(type=made.type, id=made.id, props=made.props, refs={"userData": [pair]})
