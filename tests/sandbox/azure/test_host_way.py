"""The way out of a container group: security rules, routes, NAT gateways."""

import itertools
from functools import partial
from typing import Any

import pytest
from sandbox.azure.cloud import rule
from sandbox.azure.lab import Lab

from gatepost_sandbox.addresses import Destination, Need
from gatepost_sandbox.evidence import CONTROLLER, RELAYS, Exit

UDP = Need("udp", 1, 65535)
NOWHERE = "no route to the internet"


def allowed(lab: Lab) -> list[bool]:
    host = lab.host()
    return [host.egress_problem(need) is None for need in (CONTROLLER, *RELAYS)]


# --- security rules


@pytest.mark.parametrize("given", [{}, {"networkSecurityGroup": "empty"}])
def test_without_rules_of_its_own_a_subnet_lets_everything_out(lab: Lab, given: dict[str, str]) -> None:
    links = {k: lab.place.rules(v) for k, v in given.items()}
    lab.set_subnet(natGateway=lab.gateway, **links)
    lab.launch()
    assert allowed(lab) == [True] * 3


@pytest.mark.parametrize(
    "change",
    [
        {"access": "Deny"},
        {"direction": "Inbound"},
        {"protocol": "Tcp"},
        {"destinationPortRange": "2-65535"},
        {"destinationAddressPrefix": "0.0.0.0/1"},
        {"destinationAddressPrefix": "VirtualNetwork"},
        {"sourceAddressPrefix": "10.60.2.0/24"},
        {"sourcePortRange": "1024-65535"},
        {"priority": 4001},
    ],
)
def test_each_part_of_a_rule_counts(lab: Lab, change: dict[str, Any]) -> None:
    base = {"protocol": "Udp", "destinationPortRange": "1-65535", "destinationAddressPrefix": "Internet"}
    lab.set_rule(rule("allow-2", **{"priority": 202, **base, **change}))
    host = lab.launch()
    by = "allow-2 at priority 202" if change == {"access": "Deny"} else "deny at priority 4000"
    assert host.egress_problem(UDP) == f"may not dial UDP 1-65535: rule {by}, deny does not let it out"
    assert allowed(lab) == [True, True, False]


def test_a_rule_may_list_prefixes_and_ports(lab: Lab) -> None:
    given = rule(
        "allow-2",
        202,
        protocol="Udp",
        sourceAddressPrefixes=["10.60.9.0/24", "10.60.1.0/24"],
        destinationPortRanges=["1-100", "101-65535"],
        destinationAddressPrefixes=["0.0.0.0/1", "128.0.0.0/1"],
    )
    for key in ("sourceAddressPrefix", "destinationPortRange", "destinationAddressPrefix"):
        del given["properties"][key]
    lab.set_rule(given)
    lab.launch()
    assert allowed(lab) == [True] * 3


def test_a_denial_of_private_addresses_does_not_matter(lab: Lab) -> None:
    lab.set_rule(rule("private", 100, "Deny", destinationAddressPrefix="10.0.0.0/8"))
    host = lab.launch()
    assert host.egress_problem(CONTROLLER) is None
    assert host.reach(Destination("10.1.2.3", "tcp", 443))[0].ok is False


def test_the_default_rules_let_the_network_and_the_internet_out(lab: Lab) -> None:
    lab.cloud.delete(f"{lab.rules}/securityRules/deny")
    host = lab.launch()
    texts = {to: host.reach(Destination(to, "tcp", 22))[0].text for to in ("10.60.7.7", "1.1.1.1", "10.9.9.9")}
    assert texts == {
        "10.60.7.7": "rule AllowVnetOutBound at priority 65000, allow lets it out",
        "1.1.1.1": "rule AllowInternetOutBound at priority 65001, allow lets it out",
        "10.9.9.9": "rule DenyAllOutBound at priority 65500, deny does not let it out",
    }


def test_routes_of_ones_own_belong_to_the_virtual_network(lab: Lab) -> None:
    lab.cloud.delete(f"{lab.rules}/securityRules/deny")
    lab.set_subnet(**lab.links, routeTable=table(lab, ("10.9.0.0/16", "VirtualNetworkGateway")))
    lab.launch()
    assert steps(lab, "10.9.9.9", port=22) == [("firewall", True), ("route", True)]


def test_icmp_needs_a_rule_of_its_own(lab: Lab) -> None:
    lab.launch()
    assert steps(lab, "10.60.7.7", "icmp", 0)[0] == ("firewall", False)
    lab.set_rule(rule("ping", 100, protocol="Icmp", destinationAddressPrefix="10.60.0.0/16"))
    assert steps(lab, "10.60.7.7", "icmp", 0)[0] == ("firewall", True)


def test_a_rule_for_every_protocol_is_for_its_ports_only(lab: Lab) -> None:
    lab.set_rule(rule("web", 100, destinationPortRange="80", destinationAddressPrefix="10.60.0.0/16"))
    lab.launch()
    found = [steps(lab, "10.60.7.7", *to)[0] for to in (("tcp", 80), ("udp", 80), ("tcp", 81), ("icmp", 0))]
    assert [ok for _, ok in found] == [True, True, False, False]


# --- the exit


def table(lab: Lab, *routes: tuple[str, str]) -> str:
    listed = [
        {"name": f"r{n}", "properties": {"addressPrefix": block, "nextHopType": hop.split()[0],
                                         **({"nextHopIpAddress": hop.split()[1]} if " " in hop else {})}}
        for n, (block, hop) in enumerate(routes)
    ]  # fmt: skip
    return lab.place.simple("routeTables", "", {"routes": listed})["id"]


def test_without_a_nat_gateway_there_is_no_exit(lab: Lab) -> None:
    lab.set_subnet(networkSecurityGroup=lab.rules)
    text = "subnet a has no NAT gateway, and nothing else lets a container group out"
    assert lab.launch().exit() == Exit(problem=f"{NOWHERE}: {text}")


def test_a_nat_gateway_without_an_address_is_no_exit(lab: Lab) -> None:
    lab.place.gateway("")
    text = f"NAT gateway {lab.name} of subnet a has no address"
    assert lab.launch().exit() == Exit(problem=f"{NOWHERE}: {text}")


def test_a_prefix_gives_addresses_too(lab: Lab) -> None:
    prefix = lab.place.simple("publicIPPrefixes", "", {"prefixLength": 31}, sku={"name": "Standard"})
    given = {"publicIpPrefixes": [{"id": prefix["id"]}]}
    lab.place.simple("natGateways", "", given, sku={"name": "Standard"})
    block = prefix["properties"]["ipPrefix"]
    address = lab.launch().exit().public_ip or ""
    assert (block.rpartition(".")[0], block.rpartition("/")[2]) == (address.rpartition(".")[0], "31")


def test_a_route_of_ones_own_goes_before_the_gateway(lab: Lab) -> None:
    lab.set_subnet(**lab.links, routeTable=table(lab, ("0.0.0.0/0", "VirtualAppliance 10.60.9.4")))
    hop = f"route table {lab.name} sends 0.0.0.0/0 to VirtualAppliance 10.60.9.4"
    assert lab.launch().exit() == Exit(problem=f"{NOWHERE}: {hop}, and what is behind it is not known here")


def test_a_route_may_drop(lab: Lab) -> None:
    lab.set_subnet(**lab.links, routeTable=table(lab, ("8.0.0.0/6", "None"), ("8.8.8.0/24", "Internet")))
    assert lab.launch().exit() == Exit(public_ip=lab.address["properties"]["ipAddress"])
    assert steps(lab, "9.9.9.9") == [("firewall", True), ("route", False)]


def test_a_group_outside_a_network_goes_out_as_it_likes(lab: Lab) -> None:
    lab.place.containers(None)
    host = lab.host()
    (step,) = [s for s in host.reach(Destination("1.1.1.1", "tcp", 443)) if s.exit_ip]
    assert (host.exit(), host.private_ips) == (Exit(public_ip=step.exit_ip), ())
    assert step.text == f"{step.exit_ip} is the address that the far side sees; it changes at every start"


# --- reach


def steps(lab: Lab, address: str, protocol: str = "tcp", port: int = 443) -> list[tuple[str, bool | None]]:
    return [(step.part, step.ok) for step in lab.host().reach(Destination(address, protocol, port))]


def test_the_way_to_a_destination(lab: Lab) -> None:
    lab.set_rule(rule("inside", 300, destinationAddressPrefix="10.0.0.0/8"))
    lab.launch()
    assert steps(lab, "1.1.1.1") == [("firewall", True), ("route", True), ("exit", True)]
    assert steps(lab, "1.1.1.1", port=22) == [("firewall", False), ("route", True), ("exit", True)]
    assert steps(lab, "10.60.7.7") == [("firewall", True), ("route", True)]
    assert steps(lab, "10.99.0.9") == [("firewall", True), ("route", False)]
    assert steps(lab, "10.60.1.4") == [("host", True)]
    assert steps(lab, "169.254.169.254", port=80) == [("platform", True)]
    assert steps(lab, "169.254.1.1") == [("route", False)]


# --- what is kept between two looks


def test_groups_of_one_subnet_are_surrounded_alike(lab: Lab) -> None:
    first, second = lab.launch("a"), lab.launch("b")
    assert first.surroundings == second.surroundings == (lab.subnet, 0)
    lab.set_rule(rule("one", 100, sourceAddressPrefix="10.60.1.5"))
    assert lab.host("a").surroundings is None
    lab.place.containers(None, "outside")
    assert lab.host("outside").surroundings is None


def test_groups_that_leave_from_several_addresses_are_not(lab: Lab) -> None:
    lab.place.gateway("", lab.address["id"], lab.place.address("second")["id"])
    hosts = [lab.launch("a"), lab.launch("b")]
    assert {host.surroundings for host in hosts} == {(lab.subnet, 0), (lab.subnet, 1)}
    assert len({host.exit() for host in hosts}) == 2


def test_two_networks_are_kept_apart(lab: Lab) -> None:
    lab.launch()
    other = lab.place.subnet(lab.place.network("other", "10.80.0.0/16"), "a", "10.80.1.0/24", **lab.links)
    lab.place.containers(other, "far")
    far = lab.place.network("third", "10.90.0.0/16")
    for one, two in ((lab.network, far), (far, lab.network)):
        lab.cloud.put(f"{one}/virtualNetworkPeerings/p", {"properties": {"remoteVirtualNetwork": {"id": two}}})
    to = Destination("10.90.0.4", "tcp", 443)
    routes = [lab.host(name).reach(to)[1].ok for name in ("", "far")]
    assert routes == [True, False]


def test_what_is_seen_in_the_middle_of_a_write_is_forgotten(lab: Lab) -> None:
    state, seen = lab.cloud.state, itertools.count()
    look = partial(state.remembered, "key", lambda: next(seen))
    assert (look(), look()) == (0, 0)
    during: list[int] = []
    clock = state.clock
    state.clock = lambda: during.append(look()) or clock()
    lab.launch()
    state.clock = clock
    assert (during[0], look()) == (1, 2)
