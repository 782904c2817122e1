"""Static public addresses that a site's traffic leaves from. They outlive networks and hosts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_gcp import compute

from ..gcp_names import checked, child_name, link_problems, path
from ..labels import Labels, check_key, check_name
from ..site import ExitRef, plain_problems
from ..words import refuse


@dataclass(frozen=True, kw_only=True)
class ExitIp:
    """One address: made, or an existing one by its name, id or self link."""

    adopt: pulumi.Input[str] | None = None
    """Name, id (``projects/acme/regions/europe-west3/addresses/exit``) or self link of an existing regional address of
    the PREMIUM tier; a name is one of the args' project and region. It is only read: never changed, never released."""


@dataclass(frozen=True, kw_only=True)
class ExitIpsArgs:
    """Which addresses, and how they are kept."""

    project: str | None = None
    """Google only: project of the addresses. None: the provider's. Plain."""
    region: str
    """Google Cloud region of the addresses. Plain."""
    labels: Labels
    """Names and labels."""
    addresses: Mapping[str, ExitIp]
    """Addresses by key, a zone (``europe-west3-a``) or a slot; it becomes part of the resource's name. Plain."""
    protect: bool = False
    """Refuse to delete the addresses, whatever the program says. Plain."""
    retain: bool = False
    """Leave the addresses in the project when they leave the program or the stack is destroyed. Plain."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "project", "region", "labels", "addresses", "protect", "retain")
        if not problems:
            for key, ip in self.addresses.items():
                problems += check_key("zone", key) + self._adopt_problems(key, ip.adopt)
            problems += self._twice()
            if not self.addresses:
                problems.append("ExitIpsArgs.addresses is empty. Give at least one, for example {'a': ExitIp()}.")
        refuse(problems)

    def _adopt_problems(self, key: str, adopt: object) -> list[str]:
        if isinstance(adopt, str) and not check_name("gcp resource", adopt):
            return []
        return link_problems(f"The adopted address {key!r}", adopt, "addresses", self.region)

    def _twice(self) -> Iterator[str]:
        """Addresses that are adopted by two keys, spelt as a name or as a link of the project."""
        first = dict[str, str]()
        for key, ip in self.addresses.items():
            if isinstance(ip.adopt, str):
                # All are of one project and region: an address serves its own project only.
                other = first.setdefault(ip.adopt.rpartition("/")[2], key)
                if other != key:
                    yield (
                        f"The adopted addresses {other!r} and {key!r} are one and the same, {ip.adopt!r}. "
                        "Adopt another one, or leave it out to get a new address."
                    )


class ExitIps(pulumi.ComponentResource):
    """Reserved regional addresses of the PREMIUM tier by key. Adding or removing one touches no other.

    ``protect`` and ``retain`` are options of the engine, as on every cloud. The provider's own ``deletionPolicy`` would
    say the same in the provider's words (PREVENT, ABANDON), but only an update of a program that still has the address
    can lift it.
    """

    exits: Mapping[str, ExitRef]
    """Id (self link of an adopted one) and address by key."""
    addresses: pulumi.Output[dict[str, str]]
    """The IPv4 addresses by key, for allow-lists."""

    def __init__(self, name: str, args: ExitIpsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:gcp:ExitIps", checked(name), None, opts)
        self.exits = {key: self._exit(name, key, ip, args) for key, ip in args.addresses.items()}
        self.addresses = pulumi.Output.all(**{key: ref.address for key, ref in self.exits.items()})
        self.register_outputs({"addresses": self.addresses})

    def _exit(self, name: str, key: str, ip: ExitIp, args: ExitIpsArgs) -> ExitRef:
        if ip.adopt is not None:
            where = pulumi.Output.from_input(ip.adopt).apply(lambda adopt: _id(adopt, args))
            # Region and project are in the id: given besides, they would keep the provider from reading the id.
            # A name of its own: under the name of one that was made, the engine would release that one unprotected.
            adopted = child_name(name, "adopted", key)
            found = compute.Address.get(adopted, where, opts=pulumi.ResourceOptions(parent=self))
            used = pulumi.Output.all(found.address, found.users, found.address_type)
            # By the link: what the provider imports by means nothing to Cloud NAT.
            return ExitRef(id=found.self_link, address=used.apply(lambda at: self._unless_taken(key, args, *at)))
        made = compute.Address(
            child_name(name, "ip", key),
            address_type="EXTERNAL",
            network_tier="PREMIUM",
            region=args.region,
            project=args.project,
            labels=args.labels.gcp_labels(gatepost_exit=key),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect, retain_on_delete=args.retain),
        )
        return ExitRef(id=made.id, address=made.address)

    def _unless_taken(
        self, key: str, args: ExitIpsArgs, address: str, users: Sequence[str] | None, kind: str | None
    ) -> pulumi.Output[str] | str:
        """The address, unless something else has it: with exit direct the slot's old host would go for nothing."""
        if kind not in (None, "EXTERNAL"):
            raise pulumi.RunError(
                f"The address {address} (exit {key!r}) is {kind}, and an exit must be EXTERNAL. Adopt another one."
            )
        user = next((user for user in users or () if "/routers/" not in user), None)  # Google looks after NATs
        if user is None:
            return address
        told = (
            f"The address {address} (exit {key!r}) is in use by {path(user)}, which is not the host of this slot, and "
            "Google gives it to nobody else. Adopt another address, or free this one first."
        )
        if "/instances/" not in user:
            raise pulumi.RunError(told)
        own = args.labels.gcp_labels(gatepost_slot=key)

        def check(host: compute.GetInstanceResult) -> str:
            if any(host.labels.get(name) != own[name] for name in own if name.startswith("gatepost-")):
                raise pulumi.RunError(told)
            return address

        return compute.get_instance_output(self_link=user, opts=pulumi.InvokeOptions(parent=self)).apply(check)


def _id(adopt: str, args: ExitIpsArgs) -> str:
    """What the provider imports by: a link without its host, or project (where given), region and name."""
    return path(adopt) if "/" in adopt else "/".join([*([args.project] if args.project else []), args.region, adopt])
