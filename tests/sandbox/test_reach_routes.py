"""Where a private destination may lead: a transit gateway, a peering, a VPN gateway, a machine that forwards."""

from collections.abc import Callable

import pytest
from sandbox.lab import REGION, Lab

FAR = "10.9.0.5"


def attach_vpn_gateway(lab: Lab, attach: bool) -> str:
    made = lab.ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    if attach:
        lab.ec2.attach_vpn_gateway(VpcId=lab.vpc, VpnGatewayId=made)
    return made


def other_zone(lab: Lab) -> str:
    made = lab.ec2.create_subnet(VpcId=lab.vpc, CidrBlock="10.40.2.0/26", AvailabilityZone=f"{REGION}a")
    return made["Subnet"]["SubnetId"]


def appliance(lab: Lab, check: bool, stop: bool = False) -> str:
    """The interface of a machine that may forward."""
    lab.transit = lab.launch(UserData=None)
    (machine,) = lab.ec2.describe_instances(InstanceIds=[lab.transit])["Reservations"][0]["Instances"]
    interface = machine["NetworkInterfaces"][0]["NetworkInterfaceId"]
    if not check:
        lab.ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, SourceDestCheck={"Value": False})
    if stop:
        lab.ec2.stop_instances(InstanceIds=[lab.transit])
    return interface


def alone(lab: Lab) -> str:
    return lab.ec2.create_network_interface(SubnetId=lab.private_subnet)["NetworkInterface"]["NetworkInterfaceId"]


def detached(lab: Lab, delete: bool) -> str:
    """AWS makes a route to an attached transit gateway only; what happens to that afterwards is another matter."""
    gateway = lab.transit_gateway(lab.private_subnet)
    lab.route("10.9.0.0/16", TransitGatewayId=gateway)
    mine = [{"Name": "transit-gateway-id", "Values": [gateway]}]
    (link,) = lab.ec2.describe_transit_gateway_vpc_attachments(Filters=mine)["TransitGatewayVpcAttachments"]
    lab.ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=link["TransitGatewayAttachmentId"])
    if delete:
        lab.ec2.delete_transit_gateway(TransitGatewayId=gateway)
    return gateway


SENDS = "route table {private_table} of {private_subnet} sends 10.9.0.0/16 to "
TARGETS: dict[str, tuple[str, Callable[[Lab], str], bool, str]] = {
    "transit gateway": ("TransitGatewayId", lambda lab: lab.transit_gateway(lab.private_subnet), True, SENDS + "{to}"),
    "transit gateway, not attached": (
        "",
        lambda lab: detached(lab, delete=False),
        False,
        "route transit gateway {to} has no attachment in {vpc}",
    ),
    "transit gateway, other zone": (
        "TransitGatewayId",
        lambda lab: lab.transit_gateway(other_zone(lab)),
        False,
        "route transit gateway {to} is attached in eu-central-1a, not in eu-central-1b",
    ),
    "transit gateway, deleted": ("", lambda lab: detached(lab, True), False, "route transit gateway {to} is deleted"),
    "VPN gateway": ("GatewayId", lambda lab: attach_vpn_gateway(lab, True), True, SENDS + "{to}"),
    "VPN gateway, not attached": (
        "GatewayId",
        lambda lab: attach_vpn_gateway(lab, False),
        False,
        "route VPN gateway {to} is not attached to {vpc}",
    ),
    "peering": ("", lambda lab: lab.peer("10.9.0.0/16"), True, SENDS + "{to}"),
    "peering, not accepted": (
        "",
        lambda lab: lab.peer("10.9.0.0/16", accept=False),
        False,
        "route peering {to} is pending-acceptance, not active",
    ),
    "interface": ("NetworkInterfaceId", lambda lab: appliance(lab, check=False), True, SENDS + "{to}"),
    "interface, checked": (
        "NetworkInterfaceId",
        lambda lab: appliance(lab, check=True),
        False,
        "route interface {to} forwards nothing: its source/destination check is on",
    ),
    "interface, stopped": (
        "NetworkInterfaceId",
        lambda lab: appliance(lab, check=False, stop=True),
        False,
        "route interface {to} belongs to {transit}, which is stopped",
    ),
    "interface, alone": (
        "NetworkInterfaceId",
        alone,
        False,
        "route interface {to} belongs to no instance (a blackhole)",
    ),
}


@pytest.mark.parametrize("case", TARGETS)
def test_where_a_private_destination_may_lead(lab: Lab, case: str) -> None:
    kind, make, reached, step = TARGETS[case]
    lab.allow("tcp", 5432, 5432, "10.0.0.0/8")
    target = make(lab)
    if kind:
        lab.route("10.9.0.0/16", **{kind: target})
    assert lab.decided(f"{FAR}:5432/tcp") == (reached, step.format(**vars(lab), to=target))


def test_the_most_specific_route_decides(lab: Lab) -> None:
    lab.allow("tcp", 5432, 5432, "10.0.0.0/8")
    table = f"route table {lab.private_table} of {lab.private_subnet}"
    private = f"route it goes to {lab.igw}, but {FAR} is a private address"
    assert lab.decided(f"{FAR}:5432/tcp") == (False, private)
    gateway = lab.transit_gateway(lab.private_subnet)
    lab.route("10.0.0.0/8", TransitGatewayId=gateway)
    assert lab.decided(f"{FAR}:5432/tcp") == (True, f"{table} sends 10.0.0.0/8 to {gateway}")
    peering = lab.peer("10.9.0.0/24")
    assert lab.decided(f"{FAR}:5432/tcp") == (True, f"{table} sends 10.9.0.0/24 to {peering}")


def test_a_peering_leads_no_further_than_the_far_vpc(lab: Lab) -> None:
    lab.allow("tcp", 5432, 5432, "10.0.0.0/8")
    peering = lab.peer("10.9.0.0/24")
    lab.route("10.9.0.0/16", VpcPeeringConnectionId=peering)
    answer = lab.decided("10.9.1.5:5432/tcp")
    assert (answer[0], answer[1].replace("vpc-", "").endswith("only, which does not hold 10.9.1.5")) == (False, True)
