"""Static public addresses that a site's traffic leaves from. They outlive networks and hosts."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import network

from ..azure_names import REGIONAL, WITHOUT_ZONES, checked, child_name, id_problems, zone_problems
from ..labels import Labels, check_key
from ..site import ExitRef, plain_problems
from ..words import refuse
from .adopted import fit_address
from .groups import group_of


@dataclass(frozen=True, kw_only=True)
class ExitIp:
    """One address: made, or an existing one by its id."""

    adopt: pulumi.Input[str] | None = None
    """Id (``/subscriptions/.../publicIPAddresses/exit``) of an existing static IPv4 address of the SKU Standard, in no
    other zone than its NAT gateway. It is only read: never changed, never released."""


@dataclass(frozen=True, kw_only=True)
class ExitIpsArgs:
    """Which addresses, and how they are kept. Raises ValueError with every problem."""

    region: str
    """Azure region of the addresses. Plain."""
    resource_group: pulumi.Input[str] | None = None
    """Azure only: name of an existing resource group for the addresses. None: one is made for them alone, because
    whoever deletes a group deletes all that is in it. Whether it is given is plain."""
    labels: Labels
    """Names and tags."""
    addresses: Mapping[str, ExitIp]
    """Addresses by key, the zone of their NAT gateway (``1``, or ``regional``); it becomes part of the resource's name.
    Plain."""
    protect: bool = False
    """Refuse to delete the addresses, whatever the program says. Plain."""
    retain: bool = False
    """Leave the addresses in the subscription when they leave the program or the stack is destroyed. Plain."""
    prefix: pulumi.Input[str] | None = None
    """Azure only: id of an existing zone-redundant public IP prefix that new addresses are taken from, for one range in
    allow-lists. It counts when an address is made, and never moves one. None: any address of Azure's."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "region", "labels", "addresses", "protect", "retain")
        if not problems:
            problems += zone_problems(self.region, ()) + id_problems(
                "ExitIpsArgs.prefix", self.prefix, "public IP prefix"
            )
            owners: dict[str, str] = {}
            for key, ip in self.addresses.items():
                problems += check_key("zone", key)
                if isinstance(ip.adopt, str) and (other := owners.setdefault(ip.adopt.lower(), key)) != key:
                    problems.append(
                        f"The adopted addresses {other!r} and {key!r} are one and the same, {ip.adopt!r}. Adopt "
                        "another one, or leave it out to get a new address."
                    )
                problems += id_problems(f"The adopted address {key!r}", ip.adopt, "public IP address")
            if not self.addresses:
                problems.append("ExitIpsArgs.addresses is empty. Give at least one, for example {'1': ExitIp()}.")
            if self.resource_group == "":
                problems.append("ExitIpsArgs.resource_group is empty. Give its name, or leave it out to make one.")
        refuse(problems)


class ExitIps(pulumi.ComponentResource):
    """Static IPv4 addresses of the SKU Standard by key. Adding or removing one touches no other.

    Where the region has zones, an address is in all of them and not in that of its NAT gateway alone: it survives the
    loss of that zone, and can serve a gateway in another one, while Azure never changes the zones of an address.
    """

    exits: Mapping[str, ExitRef]
    """Id and address by key."""
    addresses: pulumi.Output[dict[str, str]]
    """The IPv4 addresses by key, for allow-lists."""

    def __init__(self, name: str, args: ExitIpsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:azure:ExitIps", checked(name), None, opts)
        self._name, self._args = name, args
        self._kept = pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.retain)
        group = group_of(name, args, self._kept) if any(ip.adopt is None for ip in args.addresses.values()) else ""
        self.exits = {key: self._exit(key, ip, group) for key, ip in args.addresses.items()}
        self.addresses = pulumi.Output.all(**{key: ref.address for key, ref in self.exits.items()})
        self.register_outputs({"addresses": self.addresses})

    def _exit(self, key: str, ip: ExitIp, group: pulumi.Input[str]) -> ExitRef:
        args = self._args
        if ip.adopt is not None:
            # A name of its own: under the name of one that was made, the engine would release that one unprotected.
            # Read and not imported: Azure gives the version of an address also where the program does not, so that an
            # import without it would replace the address.
            network.PublicIPAddress.get(
                child_name(self._name, "adopted", key), ip.adopt, pulumi.ResourceOptions(parent=self)
            )
            return ExitRef(id=ip.adopt, address=fit_address(ip.adopt, key, args.region, args.labels, self))
        zonal = key != REGIONAL and args.region not in WITHOUT_ZONES
        made = network.PublicIPAddress(
            child_name(self._name, "ip", key),
            public_ip_allocation_method="Static",
            public_ip_address_version="IPv4",
            sku=network.PublicIPAddressSkuArgs(name="Standard", tier="Regional"),
            zones=["1", "2", "3"] if zonal else None,
            public_ip_prefix=None if args.prefix is None else network.SubResourceArgs(id=args.prefix),
            resource_group_name=group,
            location=args.region,
            tags=args.labels.tags(Name=args.labels.name("exit", key), gatepost_exit=key),
            opts=pulumi.ResourceOptions.merge(
                self._kept,
                # Neither changes in place, and both are kept rather than the address given up.
                pulumi.ResourceOptions(ignore_changes=["publicIPPrefix", "zones"]),
            ),
        )
        return ExitRef(id=made.id, address=made.ip_address.apply(lambda address: str(address or "")))
