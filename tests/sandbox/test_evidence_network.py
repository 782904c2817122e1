"""Network ACLs, routes and gateways around a host: break one, and the reason says which."""

from collections.abc import Callable

import pytest
from sandbox.lab import ANYWHERE, ZONE, Lab

DEAD, RELAYS = "DEAD_HEARTBEAT_TOO_OLD", "DEAD_NO_RELAYS"  # it was alive before
ALIVE = ("ALIVE", "")
NO_ROUTE = "{host} has no route to the internet from subnet {private_subnet}: "
NO_443 = "{host} may not dial TCP 443: network ACL {acl} of "
IN, OUT = False, True


def acl(subnet: str, egress: bool, first: int, last: int, protocol: str = "6") -> Callable[[Lab], object]:
    return lambda lab: lab.own_acl(vars(lab)[subnet], (egress, protocol, first, last))


def route_away(table: str) -> Callable[[Lab], object]:
    return lambda lab: lab.ec2.delete_route(RouteTableId=vars(lab)[table], DestinationCidrBlock=ANYWHERE)


def lead_elsewhere(lab: Lab, **target: str) -> None:
    route_away("private_table")(lab)
    lab.route(ANYWHERE, **target)


def to_transit_gateway(lab: Lab) -> None:
    lab.transit = lab.transit_gateway(lab.private_subnet)
    lead_elsewhere(lab, TransitGatewayId=lab.transit)


def without_internet_gateway(lab: Lab) -> None:
    """AWS detaches one only after the last public address is gone."""
    lab.ec2.delete_nat_gateway(NatGatewayId=lab.nat)
    lab.ec2.release_address(AllocationId=lab.allocation)
    lab.relaunch(SubnetId=lab.public_subnet)
    lab.ec2.detach_internet_gateway(InternetGatewayId=lab.igw, VpcId=lab.vpc)


BREAKS: dict[str, tuple[Callable[[Lab], object], str, str]] = {
    "ACL out": (
        acl("private_subnet", OUT, 31000, 31000),
        RELAYS,
        "{host} may not dial TCP 30000-31000: network ACL {acl} of {private_subnet} does not let it out: "
        "entry 50 (TCP 31000, 0.0.0.0/0)",
    ),
    "ACL in": (
        acl("private_subnet", IN, 40000, 40000),
        DEAD,
        NO_443 + "{private_subnet} does not let the answers (TCP 32768-60999) in: entry 50 (TCP 40000, 0.0.0.0/0)",
    ),
    "ACL for UDP": (
        acl("private_subnet", IN, 40000, 40000, "17"),
        RELAYS,
        "{host} may not dial UDP 1-65535: network ACL {acl} of {private_subnet} does not let the answers "
        "(UDP 32768-60999) in: entry 50 (UDP 40000, 0.0.0.0/0)",
    ),
    "ACL of the NAT gateway, in": (
        acl("public_subnet", IN, 443, 443),
        DEAD,
        NO_443 + "{public_subnet} does not let the host's in: entry 50 (TCP 443, 0.0.0.0/0)",
    ),
    "ACL of the NAT gateway, out": (
        acl("public_subnet", OUT, 443, 443),
        DEAD,
        NO_443 + "{public_subnet} does not let it out: entry 50 (TCP 443, 0.0.0.0/0)",
    ),
    "ACL of the NAT gateway, answers in": (
        acl("public_subnet", IN, 1024, 1024),
        DEAD,
        NO_443 + "{public_subnet} does not let the answers (TCP 1024-65535) in: entry 50 (TCP 1024, 0.0.0.0/0)",
    ),
    "ACL of the NAT gateway, answers out": (
        acl("public_subnet", OUT, 60999, 60999),
        DEAD,
        NO_443 + "{public_subnet} does not let the answers (TCP 32768-60999) out to the host: "
        "entry 50 (TCP 60999, 0.0.0.0/0)",
    ),
    "no default route": (
        route_away("private_table"),
        DEAD,
        NO_ROUTE + "table {private_table} of {private_subnet} sends 0.0.0.0/0 nowhere",
    ),
    "NAT gateway deleted": (
        lambda lab: lab.ec2.delete_nat_gateway(NatGatewayId=lab.nat),
        DEAD,
        NO_ROUTE + "NAT gateway {nat} is deleted",
    ),
    "NAT subnet without a way out": (
        route_away("public_table"),
        DEAD,
        NO_ROUTE + "table {public_table} of {public_subnet} sends 0.0.0.0/0 nowhere",
    ),
    "internet gateway detached": (
        without_internet_gateway,
        DEAD,
        NO_ROUTE.replace("private", "public") + "internet gateway {igw} is not attached to {vpc}",
    ),
    "exit through a transit gateway": (
        to_transit_gateway,
        DEAD,
        NO_ROUTE + "table {private_table} of {private_subnet} sends 0.0.0.0/0 to {transit}, "
        "and what is behind it is not known here",
    ),
}


@pytest.mark.parametrize("case", BREAKS)
def test_each_break_has_its_reason(lab: Lab, case: str) -> None:
    break_it, state, reason = BREAKS[case]
    break_it(lab)
    assert lab.verdict() == (state, reason.format(**vars(lab)))


def test_an_acl_of_the_nat_gateways_subnet_does_not_concern_a_host_that_has_an_address(lab: Lab) -> None:
    lab.own_acl(lab.private_subnet, (OUT, "6", 443, 443))
    lab.relaunch(SubnetId=lab.public_subnet)
    address = lab.ec2.allocate_address(Domain="vpc")
    lab.ec2.associate_address(InstanceId=lab.host, AllocationId=address["AllocationId"])
    assert (lab.verdict(), lab.line()["public_ip"]) == (ALIVE, address["PublicIp"])


def test_an_acl_may_close_what_is_private_and_what_no_answer_comes_to(lab: Lab) -> None:
    acl = lab.own_acl(lab.private_subnet, (IN, "6", 1, 32767), (IN, "6", 61000, 65535), (OUT, "6", 25, 25))
    for number, cidr in enumerate(("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"), 10):
        lab.acl_entry(acl, number, OUT, "-1", "deny", cidr)
    assert lab.verdict() == ALIVE


def test_an_acl_that_lets_only_some_public_addresses_out(lab: Lab) -> None:
    acl = lab.own_acl(lab.private_subnet)
    lab.acl_entry(acl, 60, OUT, "6", "deny", "203.0.114.0/24", PortRange={"From": 443, "To": 443})
    reason = f"network ACL {acl} of {lab.private_subnet} does not let it out: entry 60 (TCP 443, 203.0.114.0/24)"
    assert lab.verdict() == (DEAD, f"{lab.host} may not dial TCP 443: {reason}")


def test_the_boot_text_says_which_ports_the_host_dials_from(lab: Lab) -> None:
    lab.own_acl(lab.private_subnet, (IN, "6", 10240, 10240))
    assert lab.verdict() == ALIVE
    lab.files["/etc/sysctl.d/90-gatepost.conf"] = "net.ipv4.ip_local_port_range = 10240 65535\n"
    lab.relaunch()
    assert "does not let the answers (TCP 10240-65535) in: entry 50 (TCP 10240" in lab.line()["reason"]


def test_a_default_route_in_two_halves_leads_out(lab: Lab) -> None:
    route_away("private_table")(lab)
    lab.route("0.0.0.0/1", NatGatewayId=lab.nat)
    lab.route("128.0.0.0/1", NatGatewayId=lab.nat)
    assert (lab.verdict(), lab.line()["public_ip"]) == (ALIVE, lab.exit_ip)
    assert lab.line()["zone"] == ZONE
