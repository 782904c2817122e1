"""VPC networks, subnetworks and routes."""

from ipaddress import IPv4Address, IPv4Network

from .call import Call, required
from .errors import Refusal, invalid, not_modelled
from .resources import Collection, fingerprint, found, operation
from .state import Props, State, link, new_name, relative

ANYWHERE = "0.0.0.0/0"
GATEWAY = "default-internet-gateway"
_HOPS = ("nextHopGateway", "nextHopInstance", "nextHopIp", "nextHopIlb", "nextHopVpnTunnel")


def _network(call: Call, network: Props, old: Props) -> None:
    if network.get("IPv4Range") or network.get("autoCreateSubnetworks") is not False:
        raise not_modelled("networks that make their subnetworks; set autoCreateSubnetworks to false")
    if not 1300 <= int(network.setdefault("mtu", 1460)) <= 8896:
        raise invalid("mtu", network["mtu"], "It must be 1300 to 8896.")
    network["routingConfig"] = {"routingMode": "REGIONAL"} | network.get("routingConfig", {})
    network.setdefault("networkFirewallPolicyEnforcementOrder", "AFTER_CLASSIC_FIREWALL")


def _default_route(call: Call, name: str, network: Props) -> None:
    """Every network gets a way to the internet; it goes with the network, or can be deleted before."""
    project, state = call.project, call.state
    route = f"projects/{project}/global/routes/{new_name('default-route')}"
    state.resources[route] = {
        "kind": "compute#route", "id": state.new_id(), "creationTimestamp": state.timestamp(),
        "name": route.rpartition("/")[2], "description": "Default route to the Internet.", "network": link(name),
        "destRange": ANYWHERE, "priority": 1000, "nextHopGateway": _gateway(project), "selfLink": link(route),
        "_default": True,
    }  # fmt: skip


def _drop_default_routes(call: Call, name: str, network: Props) -> None:
    for route, found_route in list(call.state.all("routes")):
        if found_route["network"] == link(name):
            del call.state.resources[route]


def subnetworks_of(state: State, network: str) -> list[Props]:
    """The subnetworks of a network, by its link."""
    return [subnetwork for _, subnetwork in state.all("subnetworks") if subnetwork["network"] == network]


def _view(state: State, name: str, network: Props) -> Props:
    found = [subnetwork["selfLink"] for subnetwork in subnetworks_of(state, link(name))]
    return {"subnetworks": found} if found else {}


def _subnetwork(call: Call, subnetwork: Props, old: Props) -> None:
    required(subnetwork, "network", "ipCidrRange")
    subnetwork["network"] = call.own_network(subnetwork["network"])
    if subnetwork.setdefault("purpose", "PRIVATE") not in ("PRIVATE", "PRIVATE_RFC_1918"):
        raise not_modelled(f"subnetworks for the purpose {subnetwork['purpose']}")
    if subnetwork.setdefault("stackType", "IPV4_ONLY") != "IPV4_ONLY":
        raise not_modelled("IPv6 in subnetworks")
    secondary = subnetwork.get("secondaryIpRanges") or []
    wanted = [("ipCidrRange", subnetwork["ipCidrRange"])]
    wanted += [(f"secondaryIpRanges[{i}].ipCidrRange", r.get("ipCidrRange")) for i, r in enumerate(secondary)]
    for position, (field, text) in enumerate(wanted):
        taken = [(_place(subnetwork), other) for _, other in wanted[:position]]
        taken += [p for s in subnetworks_of(call.state, subnetwork["network"]) for p in _ranges(s, subnetwork)]
        _check_range(field, text, taken)
    block = IPv4Network(subnetwork["ipCidrRange"])
    subnetwork["gatewayAddress"] = str(block[1])
    subnetwork.setdefault("privateIpGoogleAccess", False)
    subnetwork["fingerprint"] = fingerprint([subnetwork.get(k) for k in sorted(_MUTABLE_SUBNETWORK)])


def _ranges(subnetwork: Props, but: Props) -> list[tuple[str, str]]:
    if subnetwork["selfLink"] == but["selfLink"]:
        return []
    blocks = [subnetwork["ipCidrRange"], *(r["ipCidrRange"] for r in subnetwork.get("secondaryIpRanges") or [])]
    return [(_place(subnetwork), block) for block in blocks]


def _place(subnetwork: Props) -> str:
    return f"'{subnetwork['name']}' in region '{subnetwork['region'].rpartition('/')[2]}'"


def _check_range(field: str, text: object, taken: list[tuple[str, str]]) -> None:
    try:
        block = IPv4Network(str(text))
    except ValueError:
        raise invalid(
            field, text, "It must be an IPv4 range in CIDR notation that starts at its first address."
        ) from None
    if not 4 <= block.prefixlen <= 29:
        raise invalid(field, text, "The range must be /29 or larger, and /4 or smaller.")
    for place, other in taken:
        if block.overlaps(IPv4Network(other)):
            raise invalid(field, text, f"Invalid IPCidrRange: {text} conflicts with existing subnetwork {place}.")


def expand(call: Call) -> Props:
    """Give a subnetwork a larger range around its own."""
    name = call.name.rpartition("/")[0]
    subnetwork, wanted = found(call, name), str(call.body.get("ipCidrRange"))
    _check_range(
        "ipCidrRange",
        wanted,
        [p for s in subnetworks_of(call.state, subnetwork["network"]) for p in _ranges(s, subnetwork)],
    )
    old, new = IPv4Network(subnetwork["ipCidrRange"]), IPv4Network(wanted)
    if old == new or not old.subnet_of(new):
        raise invalid("ipCidrRange", wanted, f"It must hold the current range {old} and more.")
    subnetwork |= {"ipCidrRange": wanted, "gatewayAddress": str(new[1])}
    return operation(call, name)


def set_private_access(call: Call) -> Props:
    """Switch access to Google's APIs without an external address."""
    name = call.name.rpartition("/")[0]
    found(call, name)["privateIpGoogleAccess"] = bool(call.body.get("privateIpGoogleAccess"))
    return operation(call, name)


def _route(call: Call, route: Props, old: Props) -> None:
    route["network"] = call.own_network(route["network"])
    hops = [hop for hop in _HOPS if route.get(hop)]
    if len(hops) != 1:
        raise Refusal(400, f"Exactly one of {', '.join(_HOPS)} must be given, got {', '.join(hops) or 'none'}.")
    if not 0 <= int(route["priority"]) <= 65535:
        raise invalid("priority", route["priority"], "It must be 0 to 65535.")
    try:
        block = IPv4Network(route["destRange"])
    except ValueError:
        raise invalid("destRange", route["destRange"], "It must be an IPv4 range in CIDR notation.") from None
    for subnetwork in subnetworks_of(call.state, route["network"]):
        for place, taken in _ranges(subnetwork, route):
            if block.subnet_of(IPv4Network(taken)):
                why = f"It must not be the range of subnetwork {place} ({taken}) or a part of it."
                raise invalid("destRange", route["destRange"], why)
    value = route[hops[0]]
    match hops[0]:
        case "nextHopGateway":
            if relative(value, call.project) != relative(_gateway(call.project)):
                raise invalid("nextHopGateway", value, f"The only gateway is global/gateways/{GATEWAY}.")
            route["nextHopGateway"] = _gateway(call.project)
        case "nextHopInstance":
            route["nextHopInstance"] = call.reference(value, "nextHopInstance", "instances", "instance")
        case "nextHopIp":
            blocks = [IPv4Network(s["ipCidrRange"]) for s in subnetworks_of(call.state, route["network"])]
            if not is_address(value) or not any(IPv4Address(value) in block for block in blocks):
                raise invalid("nextHopIp", value, "It must be an address in a subnetwork of the network.")
        case "nextHopVpnTunnel":
            route["nextHopVpnTunnel"] = call.reference(value, "nextHopVpnTunnel", "vpnTunnels", "VPN tunnel")
            _in_network(call, route, "nextHopVpnTunnel", "_network")
        case "nextHopIlb":
            route["nextHopIlb"] = call.reference(value, "nextHopIlb", "forwardingRules", "forwarding rule")
            _in_network(call, route, "nextHopIlb", "network")
    route |= {"routeType": "STATIC", "routeStatus": "ACTIVE"}


def _in_network(call: Call, route: Props, field: str, network: str) -> None:
    if call.state.resources[relative(route[field]) or ""][network] != route["network"]:
        raise invalid(field, route[field], "The next hop must be in the network of the route.")


def is_address(text: object) -> bool:
    """Whether a text is an IPv4 address."""
    try:
        IPv4Address(str(text))
    except ValueError:
        return False
    return True


def _gateway(project: str) -> str:
    return link(f"projects/{project}/global/gateways/{GATEWAY}")


_MUTABLE_SUBNETWORK = frozenset({"privateIpGoogleAccess", "secondaryIpRanges", "logConfig", "enableFlowLogs", "role"})
ROWS = (
    Collection(
        name="networks",
        noun="network",
        settle=_network,
        mutable=frozenset({"routingConfig", "mtu", "networkFirewallPolicyEnforcementOrder"}),
        after_insert=_default_route,
        after_delete=_drop_default_routes,
        view=_view,
    ),
    Collection(name="subnetworks", noun="subnetwork", settle=_subnetwork, mutable=_MUTABLE_SUBNETWORK),
    Collection(name="routes", noun="route", settle=_route),
)
