"""The way out of an instance: firewall rules, routes, external addresses, NAT."""

from collections.abc import Iterator
from typing import Any

import pytest
from sandbox.gcp.cloud import PROJECT, ZONE, Cloud, nat
from sandbox.gcp.lab import Lab

from gatepost_sandbox.addresses import Destination, Need
from gatepost_sandbox.evidence import CONTROLLER, RELAYS, Exit

UDP = Need("udp", 1, 65535)

# --- the firewall


def test_a_network_without_rules_lets_everything_out(lab: Lab) -> None:
    firewalls = lab.cloud.compute.firewalls()
    for number in (0, 1, 2, "deny"):
        firewalls.delete(project=PROJECT, firewall=f"{lab.name}-{number}").execute()
    host = lab.launch()
    assert [host.egress_problem(need) for need in (CONTROLLER, *RELAYS)] == [None] * 3


@pytest.mark.parametrize(
    "change",
    [
        {"disabled": True},
        {"targetTags": ["other"]},
        {"allowed": [{"IPProtocol": "udp", "ports": ["2-65535"]}]},
        {"destinationRanges": ["0.0.0.0/1"]},
        {"priority": 65001},
        {"priority": 65000},  # a denial goes first at the same priority
    ],
)
def test_each_part_of_a_rule_counts(lab: Lab, change: dict[str, Any]) -> None:
    rule = f"{lab.name}-2"
    lab.cloud.compute.firewalls().patch(project=PROJECT, firewall=rule, body={"name": rule, **change}).execute()
    deny = f"{lab.name}-deny at priority 65000, deny (everything, 0.0.0.0/0)"
    host = lab.launch()
    assert host.egress_problem(UDP) == f"may not dial UDP 1-65535: firewall rule {deny} does not let it out"
    assert host.egress_problem(CONTROLLER) is None


def test_a_denial_of_private_addresses_does_not_matter(lab: Lab) -> None:
    body = {"denied": [{"IPProtocol": "all"}], "priority": 10, "destinationRanges": ["10.0.0.0/8", "192.168.0.0/16"]}
    lab.cloud.firewall(f"{lab.name}-private", lab.network, **body)
    host = lab.launch()
    assert host.egress_problem(CONTROLLER) is None
    (step, *_) = host.reach(Destination("10.1.2.3", "tcp", 443))
    assert (step.part, step.ok) == ("firewall", False)


def test_a_rule_may_name_service_accounts(lab: Lab) -> None:
    firewalls, deny = lab.cloud.compute.firewalls(), f"{lab.name}-deny"
    firewalls.delete(project=PROJECT, firewall=deny).execute()
    target = {"denied": [{"IPProtocol": "all"}], "priority": 1}
    lab.cloud.firewall(deny, lab.network, **target, targetServiceAccounts=["other@example.com"])
    assert lab.launch().egress_problem(CONTROLLER) is None
    lab.cloud.firewall(f"{deny}-2", lab.network, **target, targetServiceAccounts=[lab.email])
    assert lab.host().egress_problem(CONTROLLER) == (
        f"may not dial TCP 443: firewall rule {deny}-2 at priority 1, deny (everything, 0.0.0.0/0) does not let it out"
    )


# --- the exit


def nowhere(lab: Lab) -> str:
    return f"no route to the internet from subnetwork {lab.name}"


def test_an_own_address_goes_before_the_nat(lab: Lab) -> None:
    own = lab.cloud.address(f"{lab.name}-own")["address"]
    interfaces = [{"subnetwork": lab.subnetwork, "accessConfigs": [{"natIP": own}]}]
    assert lab.launch(networkInterfaces=interfaces).exit() == Exit(public_ip=own)


def test_without_a_nat_there_is_no_exit(lab: Lab) -> None:
    lab.set_nats()
    route = lab.cloud.compute.routes().list(project=PROJECT, filter=f"network={lab.network}").execute()["items"][0]
    text = f"{route['name']} sends 0.0.0.0/0 to default-internet-gateway, but the host has no external address and no "
    assert lab.launch().exit() == Exit(problem=f"{nowhere(lab)}: {text}Cloud NAT serves it")


def test_a_nat_for_other_subnetworks_is_none(lab: Lab) -> None:
    other = lab.cloud.subnetwork(f"{lab.name}-b", lab.network, "10.41.0.0/24")["selfLink"]
    lab.set_nats(nat("exit", lab.address["selfLink"], subnetworks=(other,)))
    host = lab.launch()
    assert host.exit().public_ip is None
    lab.set_nats(nat("exit", lab.address["selfLink"], subnetworks=(lab.subnetwork,)))
    assert lab.host().exit() == Exit(public_ip=lab.address["address"])


def test_a_nat_with_addresses_of_its_own_keeps_them(lab: Lab) -> None:
    lab.set_nats(nat("auto"))
    host = lab.launch()
    first = host.exit().public_ip
    lab.set_nats(nat("auto", minPortsPerVm=128))
    assert (lab.host().exit().public_ip, first == lab.address["address"]) == (first, False)


def test_a_nat_gives_each_host_its_ports_until_none_are_left(lab: Lab) -> None:
    second = lab.cloud.address(f"{lab.name}-2")
    lab.set_nats(nat("exit", lab.address["selfLink"], second["selfLink"], minPortsPerVm=32256))
    exits = [lab.launch(f"{lab.name}-{n}").exit() for n in range(5)]
    addresses = [lab.address["address"]] * 2 + [second["address"]] * 2
    assert [e.public_ip for e in exits] == [*addresses, None]
    full = f"Cloud NAT exit of router {lab.name} has no ports left for this host"
    assert exits[4].problem == f"{nowhere(lab)}: {full}"


def test_without_a_route_there_is_no_exit(lab: Lab) -> None:
    routes = lab.cloud.compute.routes()
    (route,) = routes.list(project=PROJECT, filter=f"network={lab.network}").execute()["items"]
    routes.delete(project=PROJECT, route=route["name"]).execute()
    problem = f"network {lab.name} sends 0.0.0.0/0 nowhere"
    assert lab.launch().exit() == Exit(problem=f"{nowhere(lab)}: {problem}")


def test_a_route_for_some_tags_is_for_those_only(lab: Lab) -> None:
    gateway = {"network": lab.network, "nextHopGateway": "global/gateways/default-internet-gateway"}
    appliance = lab.launch(f"{lab.name}-hop", canIpForward=True)
    body = {"network": lab.network, "destRange": "0.0.0.0/0", "priority": 1, "tags": ["connector"]}
    hop = f"zones/{ZONE}/instances/{lab.name}-hop"
    lab.cloud.insert("routes", {"name": f"{lab.name}-hop", **body, "nextHopInstance": hop})
    lab.cloud.insert("routes", {"name": f"{lab.name}-low", **gateway, "destRange": "0.0.0.0/0", "priority": 2000})
    assert appliance.exit().problem == (
        f"{nowhere(lab)}: {lab.name}-hop sends 0.0.0.0/0 to {lab.name}-hop, and what is behind it is not known here"
    )
    assert lab.launch(tags={"items": []}).exit() == Exit(public_ip=lab.address["address"])


# --- the boot text


def test_a_boot_text_may_keep_the_connector_from_the_controller(lab: Lab) -> None:
    text = "[Service]\nIPAddressDeny={}\nIPAddressAllow={}\n"
    told = "may not dial TCP 443: its boot text does not let it out, by IPAddressDeny (everything, {})"
    for number, (deny, allow, keeps) in enumerate(
        (
            ("10.0.0.0/8 169.254.169.254", "", None),
            ("any", "", "0.0.0.0/0"),
            ("8.0.0.0/8", "10.0.0.0/8", "8.0.0.0/8"),
            ("any", "0.0.0.0/0", None),
        )
    ):
        host = lab.launch(f"{lab.name}-{number}", script=lab.script() + text.format(deny, allow))
        assert host.egress_problem(CONTROLLER) == (keeps and told.format(keeps)), deny


# --- reach


def steps(lab: Lab, address: str, protocol: str = "tcp", port: int = 443) -> list[tuple[str, bool | None]]:
    return [(step.part, step.ok) for step in lab.host().reach(Destination(address, protocol, port))]


def test_the_way_to_a_destination(lab: Lab) -> None:
    lab.launch()
    assert steps(lab, "1.1.1.1") == [("firewall", True), ("route", True), ("exit", True)]
    assert steps(lab, "1.1.1.1", port=22) == [("firewall", False), ("route", True), ("exit", True)]
    assert steps(lab, "10.40.0.9") == [("firewall", True), ("route", True)]
    assert steps(lab, "10.99.0.9") == [("firewall", True), ("route", False)]
    assert steps(lab, "10.40.0.2") == [("host", True)]
    assert steps(lab, "169.254.169.254", port=80) == [("platform", True)]
    assert steps(lab, "169.254.1.1") == [("route", False)]


@pytest.fixture
def alone() -> Iterator[Lab]:
    """A lab in a Google Cloud of its own: every NAT there is counts."""
    with Cloud() as made:
        yield Lab(made, "alone")


def test_hosts_that_leave_alike_have_equal_surroundings(alone: Lab) -> None:
    whole = alone.launch().surroundings
    others = [
        alone.launch(f"{alone.name}-same"),
        alone.launch(f"{alone.name}-tag", tags={"items": ["connector", "x"]}),
        alone.launch(f"{alone.name}-account", serviceAccounts=[]),
        alone.launch(f"{alone.name}-deny", alone.script() + "IPAddressDeny=9.9.9.9\n"),
        alone.launch(
            f"{alone.name}-outer", networkInterfaces=[{"subnetwork": alone.subnetwork, "accessConfigs": [{}]}]
        ),
    ]
    assert [other.surroundings == whole for other in others] == [True, False, False, False, False]
    assert others[-1].surroundings is None


def test_hosts_that_need_more_than_one_address_are_like_no_other(alone: Lab) -> None:
    alone.set_nats(nat("exit", alone.address["selfLink"], minPortsPerVm=64512))
    assert [alone.launch().surroundings, alone.launch(f"{alone.name}-b").surroundings] == [None, None]
