"""The way out of an instance: firewall rules, routes, external addresses and Cloud NAT.

What stands behind a next hop is not modelled, nor are HA VPN, interconnect and peering.
"""

from collections.abc import Hashable, Iterator, Set

from gatepost_sandbox.addresses import ALL, PING, Destination, Flow, Need, Rule, Step, decide, holds, one, public
from gatepost_sandbox.evidence import Exit

from . import dns, routers
from .networks import ANYWHERE, GATEWAY, subnetworks_of
from .state import Props, State, link, relative

PROBE = "8.8.8.8"  # stands for "a public address" where a route is asked
METADATA = "169.254.169.254"
"""Always allowed, and answered on the machine below: metadata, DNS and NTP.
https://cloud.google.com/firewall/docs/firewalls"""
_PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "all": ALL}
_IMPLIED = Rule(ALL, 0, 65535, (ANYWHERE,), True, "the implied rule that allows egress")
_DEFAULT_PORTS = {False: 64, True: 32}  # per host, without and with dynamic allocation


class Server(str):
    """The address of a DNS server that Google's resolver asks; ``inside``: through the network, not the internet."""

    inside: bool

    def __new__(cls, address: str, *, inside: bool) -> "Server":
        """A server at an address."""
        server = super().__new__(cls, address)
        server.inside = inside
        return server


def apart(state: State) -> bool:
    """Whether no instance depends on another one: no route leads to one, and each NAT has ports for all on one address.

    Who gets which address depends on the instances before it only where one address is not enough.
    """
    routes = (route for _, route in state.all("routes"))
    if any(route.get("nextHopInstance") or route.get("nextHopIp") for route in routes):
        return False
    return _fit_on_one_address(state)


def _fit_on_one_address(state: State) -> bool:
    nats = (nat for _, router in state.all("routers") for nat in router.get("nats") or ())
    return state.resources.count(("all", "instances")) < min(map(_hosts_of_an_address, nats), default=1 << 16)


def _hosts_of_an_address(nat: Props) -> int:
    ports = int(nat.get("minPortsPerVm") or _DEFAULT_PORTS[bool(nat["enableDynamicPortAllocation"])])
    return routers.TCP_AND_UDP_PORTS // ports


class Way:
    """What surrounds one instance. Problems are clauses that follow the instance's id, or ``has``."""

    def __init__(self, state: State, instance: Props) -> None:
        self._state, self._instance = state, instance
        self._interface: Props = instance["networkInterfaces"][0]
        self._network: str = self._interface["network"]
        self._subnetwork: Props = state.resources[relative(self._interface["subnetwork"]) or ""]

    @property
    def surroundings(self) -> tuple[Hashable, ...] | None:
        """Instances with equal ones leave by the same rules, routes and address. None: this one is like no other."""
        if external(self._instance) or not _fit_on_one_address(self._state):
            return None
        accounts = (account["email"] for account in self._instance.get("serviceAccounts") or ())
        return self._subnetwork["selfLink"], frozenset(self._tags), frozenset(accounts)

    def egress_problem(self, need: Need) -> str | None:
        """Which firewall rule keeps the host from dialling, or None."""
        verdict = decide(self._rules(), public(need))
        return None if verdict.ok else f"may not dial {need}: firewall rule {verdict.rule} does not let it out"

    def exit(self) -> Exit:
        """The public address the traffic leaves from, or the problem."""
        steps = list(self._route_steps(PROBE))
        address = next((step.exit_ip for step in steps if step.exit_ip), None)
        if address:
            return Exit(public_ip=address)
        failed = next((step for step in steps if step.ok is False), None)
        why = failed.text if failed else f"{steps[-1].text}, and what is behind it is not known here"
        return Exit(problem=f"no route to the internet from subnetwork {self._subnetwork['name']}: {why}")

    def reach(self, destination: Destination) -> list[Step]:
        """What decides on the way to a destination."""
        address = destination.address
        if address == METADATA:
            return [Step("platform", True, f"{address} is the metadata server: no rule and no route stands before it")]
        if holds("169.254.0.0/16", address):
            return [Step("route", False, f"{address} is a link-local address, which no route leads to")]
        kind = PING if destination.protocol == "icmp" else destination.port
        verdict = decide(self._rules(), Flow(destination.protocol, kind, kind, one(address)))
        does = "lets" if verdict.ok else "does not let"
        firewall = Step("firewall", verdict.ok, f"rule {verdict.rule} {does} it out")
        return [firewall, *self._route_steps(address)]

    def servers(self) -> Iterator["Server"]:
        """The DNS servers that Google's resolver asks for the host, by the policy of its network."""
        for address, inside in dns.servers(self._state, self._network):
            yield Server(address, inside=inside)

    def forwarding(self, server: "Server") -> list[Step]:
        """What decides whether Google's resolver reaches a server: no firewall rule of the host, and no tag.

        Whether the server lets 35.199.192.0/19 in, and its answers find their way back there, is not modelled.
        https://cloud.google.com/dns/docs/server-policies-overview
        """
        if not server.inside:
            return [Step("platform", True, f"Google's resolver asks {server} through the internet")]
        steps = list(self._route_steps(server, tags=frozenset()))
        if any(step.part == "exit" for step in steps):
            return [Step("route", False, f"{steps[0].text}, but Google's resolver asks {server} in the network only")]
        return steps

    # --- firewall

    def _rules(self) -> tuple[Rule, ...]:
        """The rules that apply, in the order in which they decide: by priority, and denials first."""
        found = []
        for _, firewall in self._state.all("firewalls"):
            if self._applies(firewall):
                allow = bool(firewall.get("allowed"))
                order = (int(firewall["priority"]), allow, firewall["name"])
                found += [(order, rule) for rule in _rules_of(firewall, allow)]
        return (*(rule for _, rule in sorted(found, key=lambda pair: pair[0])), _IMPLIED)

    def _applies(self, firewall: Props) -> bool:
        if firewall["network"] != self._network or firewall["direction"] != "EGRESS" or firewall["disabled"]:
            return False
        if firewall.get("targetTags"):
            return not self._tags.isdisjoint(firewall["targetTags"])
        if firewall.get("targetServiceAccounts"):
            mine = {account["email"] for account in self._instance.get("serviceAccounts") or ()}
            return not mine.isdisjoint(firewall["targetServiceAccounts"])
        return True

    @property
    def _tags(self) -> set[str]:
        return set(self._instance["tags"].get("items") or ())

    # --- routes

    def _route_steps(self, address: str, tags: Set[str] | None = None) -> Iterator[Step]:
        for subnetwork in subnetworks_of(self._state, self._network):
            blocks = [subnetwork["ipCidrRange"], *(r["ipCidrRange"] for r in subnetwork.get("secondaryIpRanges") or ())]
            for block in blocks:
                if holds(block, address):
                    yield Step("route", True, f"of subnetwork {subnetwork['name']} ({block}) leads there")
                    return
        route = self._route(address, self._tags if tags is None else tags)
        if route is None:
            where = f"network {self._network.rpartition('/')[2]}"
            yield Step("route", False, f"{where} sends {ANYWHERE if address == PROBE else address} nowhere")
            return
        name, block = route["name"], route["destRange"]
        if route.get("nextHopGateway"):
            yield from self._internet_steps(f"{name} sends {block} to {GATEWAY}", address)
            return
        problem, hop = self._hop(route)
        yield Step("route", not problem, problem or f"{name} sends {block} to {hop}")

    def _route(self, address: str, tags: Set[str]) -> Props | None:
        """The most specific route that applies, and of those the one with the lowest priority."""
        found = [
            route
            for _, route in self._state.all("routes")
            if route["network"] == self._network
            and holds(route["destRange"], address)
            and (not route.get("tags") or not tags.isdisjoint(route["tags"]))
        ]
        order = sorted(found, key=lambda r: (-int(r["destRange"].partition("/")[2]), int(r["priority"]), r["name"]))
        return order[0] if order else None

    def _hop(self, route: Props) -> tuple[str | None, str]:
        """Why a next hop forwards nothing, or None; and its name."""
        for field, kind in (("nextHopVpnTunnel", "VPN tunnel"), ("nextHopIlb", "load balancer")):
            if route.get(field):  # it exists while the route does, which uses it
                return None, f"{kind} {route[field].rpartition('/')[2]}"
        wanted_ip, wanted = route.get("nextHopIp"), route.get("nextHopInstance")
        for name, instance in self._state.all("instances"):
            ips = {i["networkIP"] for i in instance["networkInterfaces"] if i["network"] == self._network}
            if link(name) == wanted or wanted_ip in ips:
                shown = f"{route['name']} goes to instance {instance['name']}"
                if instance["status"] != "RUNNING":
                    return f"{shown}, which is {instance['status']}", instance["name"]
                return (None if instance["canIpForward"] else f"{shown}, which may not forward"), instance["name"]
        return f"{route['name']} goes to {wanted_ip or wanted}, where no instance is", ""

    def _internet_steps(self, text: str, address: str) -> Iterator[Step]:
        if any(holds(block, address) for block in _PRIVATE):
            yield Step("route", False, f"{text}, but {address} is a private address")
            return
        yield Step("route", True, text)
        own = external(self._instance)
        if own:
            yield Step("exit", True, f"{own} is the address that the far side sees", own)
            return
        serving = next(routers.serving(self._state, self._subnetwork), None)
        if serving is None:
            yield Step("exit", False, f"{text}, but the host has no external address and no Cloud NAT serves it")
            return
        router, nat = serving
        named = f"Cloud NAT {nat['name']} of router {router['name']}"
        leased = self._leased(nat)
        if leased is None:
            yield Step("exit", False, f"{named} has no ports left for this host")
            return
        yield Step("exit", True, f"{named} goes out from {leased}, which the far side sees", leased)

    def _leased(self, nat: Props) -> str | None:
        """The address where the NAT keeps ports for this host: hosts get theirs in the order of their creation."""
        each, pool = _hosts_of_an_address(nat), routers.pool(self._state, nat)
        if self._state.resources.count(("all", "instances")) <= each:  # whoever they are, the first address has room
            return next(iter(pool), None)
        behind = [instance["id"] for instance in self._behind(nat)]
        position = behind.index(self._instance["id"]) // each
        return pool[position] if position < len(pool) else None

    def _behind(self, nat: Props) -> Iterator[Props]:
        served: dict[str, bool] = {}  # one answer for each subnetwork, not for each instance
        for _, instance in self._state.all("instances"):
            subnetwork = instance["networkInterfaces"][0]["subnetwork"]
            if subnetwork not in served:
                served[subnetwork] = self._serves(nat, subnetwork)
            mine = instance is self._instance
            if mine or (served[subnetwork] and instance["status"] == "RUNNING" and not external(instance)):
                yield instance

    def _serves(self, nat: Props, subnetwork: str) -> bool:
        found = self._state.resources.get(relative(subnetwork) or "")
        return found is not None and any(n is nat for _, n in routers.serving(self._state, found))


def external(instance: Props) -> str | None:
    """The external address of an instance."""
    configs = instance["networkInterfaces"][0].get("accessConfigs") or ()
    return next((config["natIP"] for config in configs if config["type"] == "ONE_TO_ONE_NAT"), None)


def _rules_of(firewall: Props, allow: bool) -> Iterator[Rule]:
    what = "allow" if allow else "deny"
    for entry in firewall["allowed" if allow else "denied"]:
        protocol = _PROTOCOLS.get(entry["IPProtocol"], entry["IPProtocol"])
        for text in entry.get("ports") or ("0-65535",):
            first, _, last = text.partition("-")
            ident = f"{firewall['name']} at priority {firewall['priority']}, {what}"
            yield Rule(protocol, int(first), int(last or first), tuple(firewall["destinationRanges"]), allow, ident)
