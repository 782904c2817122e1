"""The Remote Network in Twingate: made, or an existing one taken over by its id."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_twingate as tg

from .egress import NETWORK_TYPES
from .kept import kept
from .labels import check_name
from .site import plain_problems
from .words import one_of, refuse

LOCATIONS = ("AWS", "AZURE", "GOOGLE_CLOUD", "ON_PREMISE", "OTHER")
"""Values of ``location``; source: terraform-provider-twingate ``docs/resources/remote_network.md``."""


@dataclass(frozen=True, kw_only=True)
class RemoteNetworkArgs:
    """Settings of a Remote Network."""

    title: str | None = None
    """Its name in Twingate; None: the component's name. Unique in the account. Plain: it is checked before creation."""
    location: str = "OTHER"
    """Where Twingate's console says that the network is: one of ``LOCATIONS``. It has no effect on traffic."""
    type: str = "REGULAR"
    """REGULAR, or EXIT for a network whose Connectors are exit nodes. A change makes a new Remote Network."""
    adopt: pulumi.Input[str] | None = None
    """Id of an existing Remote Network to use instead of making one. Nothing of it is changed, now or at destroy."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "title", "location", "type")
        if not problems:
            if self.title is not None:
                problems += check_name("twingate remote network", self.title)
            if self.location not in LOCATIONS:
                problems.append(one_of("The location", self.location, LOCATIONS))
            if self.adopt is not None and self.title is not None:
                problems.append("An adopted Remote Network keeps its own title. Leave title or adopt out.")
            if self.adopt == "":
                problems.append("RemoteNetworkArgs.adopt is empty. Give the id of a Remote Network, or leave it out.")
            if self.type not in NETWORK_TYPES:
                problems.append(one_of("The type of Remote Network", self.type, NETWORK_TYPES))
        refuse(problems)


class RemoteNetwork(pulumi.ComponentResource):
    """Twingate's logical network. Its Connectors are clustered and interchangeable."""

    remote_network_id: pulumi.Output[str]
    """Hand this to every site of the network."""
    title: pulumi.Output[str]
    """The network's name in Twingate."""

    def __init__(
        self, name: str, args: RemoteNetworkArgs | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        args = args or RemoteNetworkArgs()
        super().__init__("gatepost:index:RemoteNetwork", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        if args.adopt is None:
            network = tg.TwingateRemoteNetwork(
                f"{name}-network",
                name=args.title or name,
                location=args.location,
                type=self._kept_type(name, args),
                opts=child,
            )
            self.remote_network_id = network.id
        else:
            network = tg.TwingateRemoteNetwork.get(f"{name}-adopted", args.adopt, opts=child)
            self.remote_network_id = pulumi.Output.from_input(args.adopt)
        self.title = network.name
        self.register_outputs({"remote_network_id": self.remote_network_id, "title": self.title})

    def _kept_type(self, name: str, args: RemoteNetworkArgs) -> pulumi.Output[str]:
        """The type, while it is what the network was made with: another one needs another network and title."""

        def problem(first: Mapping[str, str]) -> str | None:
            if first["type"] == args.type:
                return None
            return (
                f"The Remote Network {name} is {first['type']}, and the program asks for {args.type}. Twingate cannot "
                "change it, and Connectors cannot move. Make a second Remote Network, then remove this one."
            )

        return kept(f"{name}-type", {"type": args.type}, problem, parent=self).apply(lambda asked: asked["type"])
