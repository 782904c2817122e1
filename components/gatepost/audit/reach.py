"""Whether hosts reach the Resources that settings list: the check of `gatepost plan`, held against what runs."""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from gatepost_policies.practices import PRACTICES

from ..plan.resources import EXIT_ONLY, resource_gaps
from ..reachability import Gap
from ..reachability import Place as Seen
from ..rule import ANYWHERE, Protocol, Rule, touches_private
from .checks import INSTANCE
from .find import Host
from .pairs import Pairs
from .place import Place
from .report import Finding
from .routes import led, routes, target, way_out

if TYPE_CHECKING:
    from ..stack_settings import StackSettings

NAME, SEVERITY, PRACTICE = "resource-reachable", "medium", "BP13"
_PROTOCOLS: Mapping[str, Protocol] = {"-1": "all", "tcp": "tcp", "udp": "udp", "icmp": "icmp"}
"""As AWS tells them, which has numbers for others: botocore's EC2 model, SecurityGroupRule."""
_OPEN = Rule(protocol="all", destination=ANYWHERE, kind="reach", reason="not known")


def unreached(places: Sequence[Place], pairs: Pairs, settings: "StackSettings") -> Iterator[Finding]:
    """Yield each Resource that a host of its Remote Network does not reach. What is not known is no finding."""
    for place in places:
        for host in place.hosts:
            key, network = _declared(host, pairs, settings) if host.sure else ("", None)
            if network is None or not network.resources:
                continue
            site = _site(host, network)
            seen = _seen(place, host, network.sites[site].dns if site else ())
            for resource in network.resources:
                for gap in resource_gaps(seen, resource, site):
                    if gap.known:
                        blocks = resource.target(site).known_blocks()
                        outside = network.type == "EXIT" and any(map(touches_private, blocks))
                        mend = EXIT_ONLY if outside else _mend(place, host, gap)
                        said = f"does not reach the Resource {gap.resource} of the Remote Network '{key}'"
                        yield _finding(place, host, f"Instance '{host.id}' {said}: {gap.text} {mend}")


def _finding(place: Place, host: Host, text: str) -> Finding:
    return Finding(
        rule=NAME,
        severity=SEVERITY,
        region=place.region,
        type=INSTANCE,
        resource=host.id,
        hosts=(host.id,),
        text=text,
        url=PRACTICES[PRACTICE].url,
    )


def _declared(host: Host, pairs: Pairs, settings: "StackSettings") -> tuple[str, Any]:
    """The Remote Network of a host in the settings: by gatepost's tags, else as Twingate says."""
    tags = (host.tags.get("gatepost-environment"), host.tags.get("gatepost-network"))
    one = pairs.by_host.get(host)
    for key, network in settings.fleet.remote_networks.items():
        if all(tags):
            ours = tags == (settings.environment, key)
        elif network.adopt:
            ours = one is not None and one.network_id == network.adopt
        else:
            ours = one is not None and one.network == (network.title or f"{key}-{settings.environment}")
        if ours:
            return key, network
    return "", None


def _site(host: Host, network: Any) -> str:
    """The key of a host's site: by its tag, else the only one in its region; empty where neither tells."""
    near = [key for key, site in network.sites.items() if site.cloud == "aws" and site.region == host.region]
    tagged = host.tags.get("gatepost-site", "")
    return tagged if tagged in near else near[0] if len(near) == 1 else ""


def _seen(place: Place, host: Host, dns: Sequence[str]) -> Seen:
    """The surroundings of a host, as the check takes them."""
    table = place.table(*_subnet(host))
    own = {str(cidr[2]) for cidr, route in routes(table or {}) if target(route) == "local"}
    out = way_out(place, host)
    return Seen(
        name=host.id,
        rules=_rules(place, host),
        ranges=led(place, table) if table else None,
        internet=not (out and out.problem and host.state in ("pending", "running")),
        dns=dns,
        resolver=next((server for server in dns if server in own), None),
        zones=None,
    )


def _subnet(host: Host) -> tuple[str, str]:
    return str(host.raw.get("SubnetId")), str(host.raw.get("VpcId"))


def _rules(place: Place, host: Host) -> list[Rule]:
    """What the security groups of a host let out. What nobody could read may let out everything.

    So may a group of another account, which is not told, and a group or a list of addresses at the far end of a rule.
    """
    told = {group["GroupId"] for group in place.groups or ()}
    if place.rules is None or (place.groups is not None and not told.issuperset(host.groups)):
        return [_OPEN]
    ours = [rule for rule in place.rules if rule["IsEgress"] and rule["GroupId"] in host.groups]
    return [made for rule in ours if not rule.get("CidrIpv6") for made in _rule(rule)]


def _rule(rule: Mapping[str, Any]) -> Iterator[Rule]:
    """A rule of a group; nothing where no Connector dials by it."""
    protocol, cidr = _PROTOCOLS.get(str(rule.get("IpProtocol"))), rule.get("CidrIpv4")
    first, last = rule.get("FromPort"), rule.get("ToPort")
    ports = (0, 0)
    if protocol in ("tcp", "udp"):
        whole = first in (None, -1)
        ports = (1, 65535) if whole else (max(int(first or 0), 1), int(last or 0))
    if protocol and ports[0] <= ports[1]:
        block = str(IPv4Network(cidr, strict=False)) if isinstance(cidr, str) else ANYWHERE
        yield Rule(
            protocol=protocol, destination=block, kind="reach", reason="group", first_port=ports[0], last_port=ports[1]
        )


def _mend(place: Place, host: Host, gap: Gap) -> str:
    """What to do in the account, and in the settings where these made it."""
    table = place.table(*_subnet(host)) or {}
    if gap.step == "resolve":
        return "Lead a route to a DNS server of the site (`dns`), and let out tcp and udp 53 to it."
    if gap.step == "allow":
        groups = " or ".join(host.groups)
        return f"Add the outbound rule to security group {groups} (gatepost: `reach` of the site, and `pulumi up`)."
    where = f"route table {table.get('RouteTableId')}"
    if not any(map(touches_private, gap.missing)):
        return f"Lead 0.0.0.0/0 in {where} to a NAT gateway that is available."
    return f"Add the route to {where} (gatepost: `routes` of the site's network, and `pulumi up`)."
