"""Cases of refusals: the table that they go to, and those about deletes and addresses."""

from collections.abc import Callable
from typing import Any

from sandbox.providers.place import Place

Case = Callable[[Place], tuple[Callable[[], Any], str]]
CASES: dict[tuple[str, str], Case] = {}
NO_PERMISSION = "You do not have permission to access the specified resource."


def refuses(operation: str, when: str) -> Callable[[Case], Case]:
    """The decorated function sets the scene; its answer is the refused call, and the words of the refusal."""

    def add(case: Case) -> Case:
        CASES[operation, when] = case
        return case

    return add


# --- delete what is used


@refuses("DeleteSecurityGroup", "an interface has it, or a rule of another group names it")
def group_of_an_interface(p: Place) -> Any:
    p.ec2.create_network_interface(SubnetId=p.subnet, Groups=[p.group])
    return lambda: p.ec2.delete_security_group(GroupId=p.group), f"resource {p.group} has a dependent object"


@refuses(
    "DeleteSubnet", "an interface is in it: of an instance, a NAT gateway, an endpoint, a transit gateway's attachment"
)
def subnet_with_an_instance(p: Place) -> Any:
    assert p.instance
    return (
        lambda: p.ec2.delete_subnet(SubnetId=p.subnet),
        f"The subnet '{p.subnet}' has dependencies and cannot be deleted.",
    )


@refuses("DeleteVpc", "anything is in it that AWS did not make with it")
def vpc_with_a_group(p: Place) -> Any:
    assert p.group
    return lambda: p.ec2.delete_vpc(VpcId=p.vpc), f"The vpc '{p.vpc}' has dependencies and cannot be deleted."


@refuses("DetachInternetGateway", "an interface of the VPC has a public address")
def gateway_of_public_addresses(p: Place) -> Any:
    assert p.nat
    words = (
        f"Network {p.vpc} has some mapped public address(es). "
        "Please unmap those public address(es) before detaching the gateway."
    )
    return lambda: p.ec2.detach_internet_gateway(InternetGatewayId=p.gateway, VpcId=p.vpc), words


@refuses("DeleteNatGateway", "it never existed (moto fails)")
def nat_gateway_that_never_was(p: Place) -> Any:
    gateway = "nat-0123456789abcdef0"
    return lambda: p.ec2.delete_nat_gateway(NatGatewayId=gateway), f"NAT gateway {gateway} was not found"


@refuses("DeleteTransitGatewayVpcAttachment", "it does not exist (moto fails)")
def attachment_that_is_not_there(p: Place) -> Any:
    gone = "tgw-attach-0123456789abcdef0"
    return (
        lambda: p.ec2.delete_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=gone),
        f"Transit Gateway Attachment {gone} was deleted or does not exist.",
    )


# --- addresses


@refuses("ReleaseAddress", "a NAT gateway holds it")
def released_address_of_a_nat_gateway(p: Place) -> Any:
    assert p.nat
    return lambda: p.ec2.release_address(AllocationId=p.address), NO_PERMISSION


@refuses("ReleaseAddress", "it is associated")
def released_address_of_an_instance(p: Place) -> Any:
    p.ec2.associate_address(AllocationId=p.address, InstanceId=p.instance)
    (held,) = p.ec2.describe_addresses(AllocationIds=[p.address])["Addresses"]
    return lambda: p.ec2.release_address(AllocationId=p.address), f"Address {held['PublicIp']} is in use."


@refuses("AssociateAddress", "a NAT gateway holds it, or the interface is one's")
def moved_address_of_a_nat_gateway(p: Place) -> Any:
    assert p.nat
    again = {"AllowReassociation": True}
    return lambda: p.ec2.associate_address(AllocationId=p.address, InstanceId=p.instance, **again), NO_PERMISSION


@refuses("AssociateAddress", "it is associated, and `AllowReassociation` is not true")
def address_of_another(p: Place) -> Any:
    held = p.ec2.associate_address(AllocationId=p.address, InstanceId=p.instance)["AssociationId"]
    return (
        lambda: p.ec2.associate_address(AllocationId=p.address, NetworkInterfaceId=p.interface),
        f"resource {p.address} is already associated with associate-id {held}",
    )


@refuses("AssociateAddress", "the interface has another one, and `AllowReassociation` is not true")
def second_address(p: Place) -> Any:
    p.ec2.associate_address(AllocationId=p.address, NetworkInterfaceId=p.interface)
    (held,) = p.ec2.describe_addresses(AllocationIds=[p.address])["Addresses"]
    return (
        lambda: p.ec2.associate_address(AllocationId=p.other_address, NetworkInterfaceId=p.interface),
        f"resource {p.interface} and {held['PrivateIpAddress']} is already associated with public address "
        f"{held['PublicIp']}",
    )


@refuses("DisassociateAddress", "a NAT gateway holds it")
def address_taken_from_a_nat_gateway(p: Place) -> Any:
    assert p.nat
    (held,) = p.ec2.describe_addresses(AllocationIds=[p.address])["Addresses"]
    return lambda: p.ec2.disassociate_address(AssociationId=held["AssociationId"]), NO_PERMISSION


@refuses(
    "CreateNatGateway",
    "the address is associated (AWS makes a gateway that fails with this reason; the sandbox says it at once)",
)
def nat_gateway_on_a_used_address(p: Place) -> Any:
    assert p.nat
    return (
        lambda: p.ec2.create_nat_gateway(SubnetId=p.other_subnet, AllocationId=p.address),
        f"Elastic IP address [{p.address}] is already associated",
    )
