"""Which public address an interface has: an Elastic IP address, or one that AWS gives to a running instance.

Importing this module changes moto. In moto an interface that lost its Elastic IP address keeps showing it, and a
stopped instance loses an Elastic IP address for ever. Source of the rules: "Amazon EC2 instance IP addressing"
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html) and AssociateAddress. One
difference: where an Elastic IP address is taken away from a running instance that was launched with an automatic one,
AWS gives the new automatic address after some minutes, the sandbox at once.
"""

from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import EC2Backend, elastic_ip_addresses, elastic_network_interfaces
from moto.ec2.models.elastic_network_interfaces import NetworkInterface

from gatepost_sandbox.refusals import addresses
from gatepost_sandbox.refusals.pool import Pool
from gatepost_sandbox.refusals.replacing import replacing

_POOL = Pool()


def next_address() -> str:
    """An address that nobody had. Raises AWS's error when there is none left."""
    address = _POOL.next()
    if address is None:
        raise EC2ClientError("InsufficientAddressCapacity", "There are not enough free addresses in this region.")
    return address


withhold = _POOL.withhold

elastic_ip_addresses.random_ip = next_address  # ty: ignore[invalid-assignment]  # moto's own are 127.x.y.z
elastic_network_interfaces.random_public_ip = next_address  # ty: ignore[invalid-assignment]


@replacing(NetworkInterface, "check_auto_public_ip")
def check_auto_public_ip(original: Any, self: Any) -> None:
    """A new automatic address, unless there is an Elastic IP address."""
    if getattr(self, "elastic", None) is None:
        original(self)


@replacing(NetworkInterface, "stop")
def stop(original: Any, self: Any) -> None:
    """A stopped instance keeps its Elastic IP address and loses any other."""
    if getattr(self, "elastic", None) is None:
        original(self)


@replacing(EC2Backend, "associate_address")
def associate_address(original: Any, self: Any, instance: Any = None, eni: Any = None, **more: Any) -> Any:
    """The address leaves where it was, and so does the one that it takes the place of."""
    to = eni or (instance.nics[0] if instance else None)
    moved = original(self, instance, eni, **more) if to is None else _find(self, more)
    if to is None or moved.eni is to:
        return moved
    old = getattr(to, "elastic", None)
    for address in (moved, old):
        if address is not None and address.eni is not None and more.get("reassociate"):
            self.disassociate_address(address=address.public_ip)
    original(self, instance, eni, **more)
    to.elastic, moved.instance = moved, to.instance
    return moved


def _find(ec2: Any, given: dict[str, Any]) -> Any:
    """The address; raises AWS's error for one that does not exist."""
    address, allocation = given.get("address"), given.get("allocation_id")
    return (ec2.address_by_ip([address]) if address else ec2.address_by_allocation([allocation]))[0]


@replacing(EC2Backend, "disassociate_address")
def disassociate_address(original: Any, self: Any, address: str = "", association_id: str = "") -> None:
    """The interface is free for another address."""
    found = self.address_by_ip([address]) if address else self.address_by_association([association_id])
    if found[0].eni is not None:
        found[0].eni.elastic = None
    original(self, address, association_id)


@replacing(EC2Backend, "delete_network_interface")
def delete_network_interface(original: Any, self: Any, eni_id: str) -> None:
    """An interface that goes leaves its Elastic IP address behind, free."""
    eni = self.enis.get(eni_id)
    if eni is not None:
        eni.public_ip_auto_assign = False
        if getattr(eni, "elastic", None) is not None:
            self.disassociate_address(address=eni.elastic.public_ip)
        eni.public_ip = None
    original(self, eni_id)


@replacing(EC2Backend, "create_nat_gateway")
def create_nat_gateway(original: Any, self: Any, *args: Any, **more: Any) -> Any:
    """The gateway's interface is AWS's own."""
    made = original(self, *args, **more)
    made._eni.interface_type, made._eni.requester_managed, made._eni.status = addresses.NAT, True, "in-use"
    return made


@replacing(EC2Backend, "delete_nat_gateway")
def delete_nat_gateway(original: Any, self: Any, nat_gateway_id: str) -> Any:
    """The gateway's interface goes with it, and the address is free again."""
    gone = original(self, nat_gateway_id)
    if gone._eni.id in self.enis:
        self.delete_network_interface(gone._eni.id)
    return gone
