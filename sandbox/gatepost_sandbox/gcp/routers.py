"""Cloud Routers and the NAT gateways in them."""

from collections.abc import Iterator

from . import addresses
from .call import Call, required
from .errors import Refusal, invalid, not_modelled
from .resources import Collection
from .state import Props, State, relative

_LISTED = "LIST_OF_SUBNETWORKS"
_PRIMARY = {"ALL_IP_RANGES", "PRIMARY_IP_RANGE"}
_DEFAULTS = {"type": "PUBLIC", "endpointTypes": ["ENDPOINT_TYPE_VM"], "autoNetworkTier": "PREMIUM",
             "enableEndpointIndependentMapping": False, "enableDynamicPortAllocation": False}  # fmt: skip
TCP_AND_UDP_PORTS = 64512
"""Ports of one address that NAT gives out (https://cloud.google.com/nat/docs/ports-and-addresses)."""


def _router(call: Call, router: Props, old: Props) -> None:
    required(router, "network")
    router["network"] = call.own_network(router["network"])
    before = {nat["name"]: nat for nat in old.get("nats", ())}
    seen: set[str] = set()
    for index, nat in enumerate(router.get("nats") or ()):
        field = f"nats[{index}]"
        if not nat.get("name") or nat["name"] in seen:
            raise invalid(f"{field}.name", nat.get("name", ""), "Each NAT of a router needs a name of its own.")
        seen.add(nat["name"])
        _nat(call, router, nat, field, before.get(nat["name"], {}))
    _check_shared(call.state, router)


def _nat(call: Call, router: Props, nat: Props, field: str, old: Props) -> None:
    if nat.get("type", "PUBLIC") != "PUBLIC" or nat.get("rules") or nat.get("sourceSubnetworkIpRangesToNat64"):
        raise not_modelled("private NAT, NAT64 and NAT rules")
    for key, value in _DEFAULTS.items():
        nat.setdefault(key, value)
    if nat["enableEndpointIndependentMapping"] and nat["enableDynamicPortAllocation"]:
        raise invalid(
            f"{field}.enableEndpointIndependentMapping", "true",
            "Endpoint-Independent Mapping and Dynamic Port Allocation cannot both be enabled.",
        )  # fmt: skip
    for name, low in (("minPortsPerVm", 2), ("maxPortsPerVm", 64)):
        if nat.get(name) is not None and not low <= int(nat[name]) <= 65536:
            raise invalid(f"{field}.{name}", nat[name], f"It must be {low} to 65536.")
    if nat.get("maxPortsPerVm") and not nat["enableDynamicPortAllocation"]:
        raise invalid(f"{field}.maxPortsPerVm", nat["maxPortsPerVm"], "It needs enableDynamicPortAllocation.")
    required(nat, "sourceSubnetworkIpRangesToNat", "natIpAllocateOption")
    _check_subnetworks(call, router, nat, field)
    if nat["natIpAllocateOption"] == "MANUAL_ONLY":
        _check_addresses(call, router, nat, field)
    elif nat.get("natIps"):
        raise invalid(f"{field}.natIps", nat["natIps"], "Addresses can be given with MANUAL_ONLY only.")
    else:
        nat["_automatic"] = old.get("_automatic") or call.state.new_address()


def _check_subnetworks(call: Call, router: Props, nat: Props, field: str) -> None:
    listed = nat.get("subnetworks") or []
    if bool(listed) != (nat["sourceSubnetworkIpRangesToNat"] == _LISTED):
        why = f"Subnetworks must be given with {_LISTED}, and only then."
        raise invalid(f"{field}.subnetworks", nat["sourceSubnetworkIpRangesToNat"], why)
    for index, entry in enumerate(listed):
        at = f"{field}.subnetworks[{index}]"
        entry["name"] = call.reference(entry.get("name"), f"{at}.name", "subnetworks", "subnetwork")
        subnetwork = call.state.resources[relative(entry["name"]) or ""]
        if subnetwork["network"] != router["network"] or subnetwork["region"] != router["region"]:
            raise invalid(f"{at}.name", entry["name"], "The subnetwork must be in the router's network and region.")
        if not entry.get("sourceIpRangesToNat"):
            raise invalid(f"{at}.sourceIpRangesToNat", "", "At least one kind of ranges must be given.")


def _check_addresses(call: Call, router: Props, nat: Props, field: str) -> None:
    if not nat.get("natIps"):
        raise invalid(f"{field}.natIps", "", "MANUAL_ONLY needs at least one address.")
    for key in ("natIps", "drainNatIps"):
        for index, value in enumerate(nat.get(key) or ()):
            at = f"{field}.{key}[{index}]"
            nat[key][index] = call.reference(value, at, "addresses", "address")
            address = call.state.resources[relative(nat[key][index]) or ""]
            if address["region"] != router["region"]:
                raise invalid(at, value, "The address must be in the router's region.")
            taken = [user for user in addresses.users(call.state, address) if user != router["selfLink"]]
            taken += [
                router["selfLink"]
                for other in router["nats"]
                if other is not nat and address["selfLink"] in other.get("natIps", ())
            ]
            if taken:
                raise Refusal(400, f"The address '{address['name']}' is already being used by '{taken[0]}'.",
                              "resourceInUseByAnotherResource")  # fmt: skip


def _check_shared(state: State, router: Props) -> None:
    """A subnetwork's primary range goes through one NAT only."""
    nats = [(router["name"], nat) for nat in router.get("nats") or ()]
    for _, other in state.all("routers"):
        if other["selfLink"] != router["selfLink"] and _same_place(other, router):
            nats += [(other["name"], nat) for nat in other.get("nats") or ()]
    covered: list[tuple[str, str, set[str] | None]] = []
    for owner, nat in nats:
        mine = _covers(nat)
        for theirs, name, links in covered:
            if mine is None or links is None or mine & links:
                both = f"NAT '{nat['name']}' of router '{owner}' and NAT '{name}' of router '{theirs}'"
                raise Refusal(400, f"{both} serve the same subnetwork ranges.")
        covered.append((owner, nat["name"], mine))


def _same_place(one: Props, other: Props) -> bool:
    return (one["network"], one["region"]) == (other["network"], other["region"])


def _covers(nat: Props) -> set[str] | None:
    """The subnetworks whose primary range a NAT serves; None for all of the network in the region."""
    if nat["sourceSubnetworkIpRangesToNat"] != _LISTED:
        return None
    return {entry["name"] for entry in nat["subnetworks"] if _PRIMARY & set(entry["sourceIpRangesToNat"])}


def serving(state: State, subnetwork: Props) -> Iterator[tuple[Props, Props]]:
    """The routers and NATs that a subnetwork's hosts go out through."""
    for _, router in state.all("routers"):
        if _same_place(router, subnetwork):
            for nat in router.get("nats") or ():
                covered = _covers(nat)
                if covered is None or subnetwork["selfLink"] in covered:
                    yield router, nat


def pool(state: State, nat: Props) -> list[str]:
    """The addresses that a NAT goes out from."""
    if nat["natIpAllocateOption"] != "MANUAL_ONLY":
        return [nat["_automatic"]]
    found = (state.resources.get(relative(value) or "") for value in nat["natIps"])
    return [address["address"] for address in found if address]


ROWS = (
    Collection(
        name="routers",
        noun="router",
        settle=_router,
        mutable=frozenset({"description", "bgp", "nats", "bgpPeers", "interfaces", "md5AuthenticationKeys"}),
    ),
)
