"""Static public addresses that a site's traffic leaves from. They outlive networks and hosts."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..labels import Labels, check_key
from ..site import ExitRef, plain_problems
from ..words import refuse


@dataclass(frozen=True, kw_only=True)
class ExitIp:
    """One address: made, or an existing one by its allocation id."""

    adopt: pulumi.Input[str] | None = None
    """Allocation id (``eipalloc-...``) of an existing address. It is only read: never changed, never released."""


@dataclass(frozen=True, kw_only=True)
class ExitIpsArgs:
    """Which addresses, and how they are kept."""

    region: str
    """AWS region of the addresses. Plain."""
    labels: Labels
    """Names and tags."""
    addresses: Mapping[str, ExitIp]
    """Addresses by key, a zone (``eu-central-1a``) or a slot; it becomes part of the resource's name. Plain."""
    protect: bool = False
    """Refuse to delete the addresses, whatever the program says. Plain."""
    retain: bool = False
    """Leave the addresses in the account when they leave the program or the stack is destroyed. Plain."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "region", "addresses", "protect", "retain")
        if not problems:
            problems += [p for key in self.addresses for p in check_key("zone", key)]
            if not self.addresses:
                problems.append("ExitIpsArgs.addresses is empty. Give at least one, for example {'a': ExitIp()}.")
        refuse(problems)


class ExitIps(pulumi.ComponentResource):
    """Elastic IP addresses by key. Adding or removing one touches no other."""

    exits: Mapping[str, ExitRef]
    """Allocation id and address by key."""
    addresses: pulumi.Output[dict[str, str]]
    """The IPv4 addresses by key, for allow-lists."""

    def __init__(self, name: str, args: ExitIpsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:aws:ExitIps", name, None, opts)
        self.exits = {key: self._exit(name, key, ip, args) for key, ip in args.addresses.items()}
        self.addresses = pulumi.Output.all(**{key: ref.address for key, ref in self.exits.items()})
        self.register_outputs({"addresses": self.addresses})

    def _exit(self, name: str, key: str, ip: ExitIp, args: ExitIpsArgs) -> ExitRef:
        if ip.adopt is not None:
            # A name of its own: under the name of one that was made, the engine would release that one unprotected.
            found = aws.ec2.Eip.get(
                f"{name}-adopted-{key}", ip.adopt, region=args.region, opts=pulumi.ResourceOptions(parent=self)
            )
            where = pulumi.Output.all(found.public_ip, found.instance)
            return ExitRef(id=ip.adopt, address=where.apply(lambda at: self._unless_taken(key, args, *at)))
        made = aws.ec2.Eip(
            f"{name}-ip-{key}",
            domain="vpc",
            region=args.region,
            tags=args.labels.tags(Name=args.labels.name("exit", key), gatepost_exit=key),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.retain),
        )
        return ExitRef(id=made.id, address=made.public_ip)

    def _unless_taken(
        self, key: str, args: ExitIpsArgs, address: str, instance: str | None
    ) -> pulumi.Output[str] | str:
        """The address, unless a host of somebody else has it: exit direct would take it away from there."""
        if not instance:
            return address  # free, or on a NAT gateway, which AWS takes it from for nobody
        owner = {**args.labels.tags(), "gatepost-slot": key}
        own = {name: owner[name] for name in owner if name.startswith("gatepost-")}

        def check(host: aws.ec2.GetInstanceResult) -> str:
            if {name: host.tags.get(name) for name in own} != own:
                raise pulumi.RunError(
                    f"The address {address} (exit {key!r}) is in use by the host {instance}, which is none of this "
                    "slot's: taking it over would cut that host off. Adopt another address, or free this one first."
                )
            return address

        invoke = pulumi.InvokeOptions(parent=self)
        return aws.ec2.get_instance_output(instance_id=instance, region=args.region, opts=invoke).apply(check)
