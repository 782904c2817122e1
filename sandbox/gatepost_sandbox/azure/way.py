"""The way out of a container group: security rules, routes, NAT gateways.

What stands behind a next hop that is a machine or a gateway is not modelled.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from ipaddress import IPv4Address, summarize_address_range

from gatepost_sandbox.addresses import (
    ALL,
    PING,
    PUBLIC,
    Destination,
    Flow,
    Need,
    Rule,
    Step,
    decide,
    holds,
    one,
    public,
)
from gatepost_sandbox.evidence import Exit

from . import addresses, security
from .networks import network_of, space
from .peerings import peers
from .state import Props, State

RESOLVER, METADATA = "168.63.129.16", "169.254.169.254"
"""Answered by the platform, past all rules but those that name its service tags:
https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16"""
_PLATFORM = {RESOLVER: "AzurePlatformDNS", METADATA: "AzurePlatformIMDS"}
PROBE = "8.8.8.8"  # stands for "a public address" where a route is asked
ANYWHERE = "0.0.0.0/0"
_DROPPED = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
"""System routes with the next hop None: https://learn.microsoft.com/en-us/azure/virtual-network/virtual-networks-udr-overview."""
_EVERYTHING = (ANYWHERE,)
_ANY_SOURCE = {"*", ANYWHERE, "VirtualNetwork"}
"""What a rule may name as its source without looking at a single group."""
_NO_GROUP = Rule(ALL, 0, 65535, _EVERYTHING, True, "the subnet has no network security group, which")


class Way:
    """What surrounds one container group. Problems are clauses that follow its id, or ``has``."""

    def __init__(self, state: State, group: Props) -> None:
        self._state, self._group = state, group
        wanted = group["properties"].get("subnetIds") or []
        self.subnet: Props | None = state.get(wanted[0]["id"]) if wanted else None

    @property
    def surroundings(self) -> tuple[str, int] | None:
        """Groups with equal ones leave by the same rules, routes and address. None: this group is like no other."""
        group = self._used("networkSecurityGroup")
        sources = {
            prefix for row in self._outbound(group) for prefix in security.values(row, "source", "AddressPrefix")
        }
        if self.subnet is None or not sources <= _ANY_SOURCE:
            return None
        gateway = self._used("natGateway")
        return self.subnet["id"], self._group["_number"] % max(1, len(self._pool(gateway) if gateway else ()))

    def egress_problem(self, need: Need) -> str | None:
        """Which security rule keeps the host from dialling, or None."""
        verdict = decide(self._rules(), public(need))
        return None if verdict.ok else f"may not dial {need}: {_named(verdict.rule)} does not let it out"

    @property
    def has_resolver(self) -> bool:
        """Whether Azure's own resolver answers."""
        return all(self._platform_step(RESOLVER, Destination(RESOLVER, p, 53)).ok for p in ("tcp", "udp"))

    def exit(self) -> Exit:
        """The public address the traffic leaves from, or the problem."""
        steps = list(self._route_steps(PROBE))
        address = next((step.exit_ip for step in steps if step.exit_ip), None)
        if address:
            return Exit(public_ip=address)
        failed = next((step for step in steps if step.ok is False), None)
        why = failed.text if failed else f"{steps[-1].text}, and what is behind it is not known here"
        return Exit(problem=f"no route to the internet: {why}")

    def reach(self, destination: Destination) -> list[Step]:
        """What decides on the way to a destination."""
        address = destination.address
        if address in _PLATFORM:
            return [self._platform_step(address, destination)]
        if holds("169.254.0.0/16", address):
            return [Step("route", False, f"{address} is a link-local address, which no route leads to")]
        verdict = decide(self._rules(), _flow(destination))
        does = "lets" if verdict.ok else "does not let"
        firewall = Step("firewall", verdict.ok, f"{_named(verdict.rule)} {does} it out")
        return [firewall, *self._route_steps(address)]

    # --- security rules

    def _rules(self) -> tuple[Rule, ...]:
        """The rules for what goes out, in the order in which they decide."""
        group = self._used("networkSecurityGroup")
        if group is None:
            return (_NO_GROUP,)
        return tuple(rule for given in self._outbound(group) for rule in self._as_rules(given))

    def _outbound(self, group: Props | None) -> list[Props]:
        """The outbound rules of a network security group."""
        if group is None:
            return []
        return self._state.remembered(
            ("rules", group["id"]), lambda: security.rules_of(self._state, group, "Outbound")
        )  # fmt: skip

    def _as_rules(self, given: Props, tag: str | None = None) -> Iterator[Rule]:
        """One security rule; with ``tag``, only if it names that service tag as its destination."""
        about = given["properties"]
        allow = about["access"].lower() == "allow"
        prefixes = security.values(given, "destination", "AddressPrefix")
        if tag:
            prefixes = ["*"] if tag in prefixes else []
        cidrs = tuple(cidr for prefix in prefixes for cidr in self._cidrs(prefix))
        if not cidrs or not self._is_source(given, allow):
            return
        protocol = {"*": ALL}.get(about["protocol"], about["protocol"].lower())
        ident = f"rule {given['name']} at priority {about['priority']}, {about['access'].lower()}"
        for ports in security.values(given, "destination", "PortRange"):
            first, last = _span(ports)
            if protocol == "icmp":
                first, last = 0, 65535
            elif protocol == ALL and (first, last) != (0, 65535):
                yield from (Rule(p, first, last, cidrs, allow, ident) for p in ("tcp", "udp"))
                continue
            yield Rule(protocol, first, last, cidrs, allow, ident)

    def _is_source(self, given: Props, allow: bool) -> bool:
        """Whether a rule is for what this host sends, from any port: one that allows some ports only does not count."""
        spans = [_span(ports) for ports in security.values(given, "source", "PortRange")]
        if allow and (0, 65535) not in spans:
            return False
        own = self._group.get("_ip", "")
        prefixes = security.values(given, "source", "AddressPrefix")
        return any(holds(cidr, own) for prefix in prefixes for cidr in self._cidrs(prefix))

    def _cidrs(self, prefix: str) -> tuple[str, ...]:
        """The blocks that a prefix or a service tag of a rule means."""
        match prefix:
            case "*":
                return _EVERYTHING
            case "Internet":
                return _internet()
            case "VirtualNetwork":
                peered = (cidr for _, blocks in self._peered() for cidr in blocks)
                return (*self._space(), *peered, f"{RESOLVER}/32", *(r["addressPrefix"] for r in self._own_routes()))
            case "AzureLoadBalancer":
                return (f"{RESOLVER}/32",)
            case "AzurePlatformDNS" | "AzurePlatformIMDS":
                return ()
        return (prefix if "/" in prefix else f"{prefix}/32",)

    def _platform_step(self, address: str, destination: Destination) -> Step:
        tag, group = _PLATFORM[address], self._used("networkSecurityGroup")
        rules = tuple(rule for row in self._outbound(group) for rule in self._as_rules(row, tag))
        verdict = decide((*rules, replace(_NO_GROUP, id="the platform")), _flow(destination))
        if verdict.ok:
            return Step("platform", True, f"answers at {address}: no other rule and no route stands before it")
        return Step("firewall", False, f"{_named(verdict.rule)} to {tag} does not let it out")

    # --- routes

    def _route_steps(self, address: str) -> Iterator[Step]:
        outer = self._group.get("_outer")
        if outer:
            yield Step("exit", True, f"{outer} is the address that the far side sees; it changes at every start", outer)
            return
        block, hop, by = self._route(address)
        text = f"{by} sends {block} to {hop}"
        match hop:
            case "VnetLocal" | "VNetPeering":
                yield Step("route", True, text)
            case "VNetGlobalPeering":
                far = "which is in another region: container groups reach no network that is peered from there"
                yield Step("route", False, f"{text}, {far}")
            case "Internet" if any(holds(private, address) for private in _DROPPED):
                yield Step("route", False, f"{text}, but {address} is a private address")
            case "Internet":
                yield Step("route", True, text)
                yield self._exit_step()
            case "None":
                yield Step("route", False, f"{by} drops {block}")
            case _:
                yield Step("route", True, text)

    def _route(self, address: str) -> tuple[str, str, str]:
        """The block, the next hop and the table of the longest prefix; a route of one's own goes before the others."""
        system = [(cidr, "VnetLocal") for cidr in self._space()]
        system += [(cidr, hop) for hop, blocks in self._peered() for cidr in blocks]
        system += [(ANYWHERE, "Internet"), *((cidr, "None") for cidr in _DROPPED)]
        table = self._used("routeTable")
        own = (
            [(r["addressPrefix"], _hop(r), f"route table {table['name']}") for r in self._own_routes()] if table else []
        )
        found = [*own, *((cidr, hop, "a system route") for cidr, hop in system)]
        fitting = [row for row in found if holds(row[0], address)]
        return max(fitting, key=lambda row: int(row[0].partition("/")[2] or 32))  # the first of equals

    def _exit_step(self) -> Step:
        name = self.subnet["name"] if self.subnet else ""
        gateway = self._used("natGateway")
        if gateway is None:
            text = f"subnet {name} has no NAT gateway, and nothing else lets a container group out"
            return Step("exit", False, text)
        pool = self._pool(gateway)
        if not pool:
            return Step("exit", False, f"NAT gateway {gateway['name']} of subnet {name} has no address")
        mine = pool[self._group["_number"] % len(pool)]
        return Step("exit", True, f"NAT gateway {gateway['name']} goes out from {mine}, which the far side sees", mine)

    def _own_routes(self) -> list[Props]:
        table = self._used("routeTable")
        if table is None:
            return []
        return self._state.remembered(
            ("routes", table["id"]), lambda: [r["properties"] for r in self._state.below(table["id"], "routes")]
        )  # fmt: skip

    def _pool(self, gateway: Props) -> list[str]:
        return self._state.remembered(("pool", gateway["id"]), lambda: addresses.pool(self._state, gateway))

    def _space(self) -> tuple[str, ...]:
        return _blocks(network_of(self._state, self.subnet)) if self.subnet else ()

    def _peered(self) -> list[tuple[str, tuple[str, ...]]]:
        """The next hop to each peered network, and the blocks of that network."""
        if self.subnet is None:
            return []
        own = network_of(self._state, self.subnet)
        return self._state.remembered(
            ("peers", own["id"]), lambda: [(_peered_hop(own, peer), _blocks(peer)) for peer in peers(self._state, own)]
        )  # fmt: skip

    def _used(self, member: str) -> Props | None:
        """The resource that the subnet refers to in a member."""
        value = self.subnet["properties"].get(member) if self.subnet else None
        return self._state.get(value["id"]) if value and value.get("id") else None


def _blocks(network: Props) -> tuple[str, ...]:
    return tuple(map(str, space(network)))


def _peered_hop(own: Props, peer: Props) -> str:
    return "VNetPeering" if peer["location"] == own["location"] else "VNetGlobalPeering"


def _flow(destination: Destination) -> Flow:
    kind = PING if destination.protocol == "icmp" else destination.port
    return Flow(destination.protocol, kind, kind, one(destination.address))


def _span(ports: str) -> tuple[int, int]:
    first, _, last = ports.partition("-")
    return (0, 65535) if ports == "*" else (int(first), int(last or first))


def _hop(route: Props) -> str:
    hop = route.get("nextHopIpAddress")
    return f"{route['nextHopType']} {hop}" if hop else route["nextHopType"]


def _named(rule: Rule | None) -> str:
    return rule.id if rule else "no rule"


@cache
def _internet() -> tuple[str, ...]:
    """What the service tag Internet means: every public address."""
    blocks = (block for a, b in PUBLIC for block in summarize_address_range(IPv4Address(a), IPv4Address(b)))
    return tuple(map(str, blocks))
