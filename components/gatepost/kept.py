"""What something was first made with, kept in the state, so that a change of it is refused already in the preview."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi

MOVE = (
    "To move without an outage, add a second site with the new network, wait until its Connectors are ALIVE, then "
    "remove this one."
)


class ReplacementRefusedError(pulumi.RunError):
    """A change would replace what cannot be replaced without an outage; nothing was touched."""


def kept(
    name: str,
    asked: Mapping[str, str],
    problem: Callable[[Mapping[str, str]], str | None],
    *,
    parent: pulumi.Resource,
    replace: bool = False,
) -> pulumi.Output[Mapping[str, str]]:
    """``asked``, unless ``problem`` has a sentence about what was asked first. With ``replace`` it is never asked.

    A ``pulumi.Stash`` remembers the first value. Raises ReplacementRefusedError, also in a preview. Wait for the result
    with whatever must not change before the check.
    """
    # The switch is part of the value: an update that was refused has written the new one, and the switch must still
    # make a difference after it.
    value = {**asked, "replace": str(replace)}
    opts = pulumi.ResourceOptions(parent=parent, replace_on_changes=["input"] if replace else None)
    stash = pulumi.Stash(name, opts, input=value)

    def check(first: Any) -> Mapping[str, str]:
        told = problem(first) if first and not replace else None
        if told:
            raise ReplacementRefusedError(f"{told} Nothing was changed.")
        return asked

    return stash.output.apply(check)


def kept_range(name: str, *, cidr: str, region: str, exit_kind: str, replace: bool, parent: pulumi.Resource) -> Any:
    """``cidr``, but only while range, region and exit are what the network was made with, or with ``replace``.

    A NAT gateway holds its address until it is gone, so a network cannot be made anew beside the old one under the same
    exit IPs; networks with exit ``direct`` can.
    """

    def problem(first: Mapping[str, str]) -> str | None:
        if first["exit"] != exit_kind:
            return (
                f"The network {name} was made for exit {first['exit']}, and the program asks for {exit_kind}. Its "
                f"subnets and routes cannot serve both, so hosts would lose their way out. {MOVE}"
            )
        if exit_kind == "direct" and first["region"] != region:
            return (
                f"The network {name} is in {first['region']}, and the program asks for {region}. Its exit IPs cannot "
                f"follow. {MOVE}"
            )
        if exit_kind == "direct" or (first["cidr"], first["region"]) == (cidr, region):
            return None
        return (
            f"The network {name} has the range {first['cidr']} in {first['region']}, and the program asks for "
            f"{cidr} in {region}. It cannot be made anew beside the old one, because NAT gateways hold its exit IPs. "
            f"{MOVE} Or set replace: true, which deletes the network and its hosts before it makes the new ones: every "
            "Connector of the site is away for some minutes."
        )

    asked = {"cidr": cidr, "region": region, "exit": exit_kind}
    return kept(f"{name}-range", asked, problem, parent=parent, replace=replace).apply(lambda asked: asked["cidr"])


def kept_nat_zone(
    cidr: pulumi.Output[str],
    name: str,
    args: Any,
    *,
    parent: pulumi.Resource,
    replace: bool = False,
    called: str = "{}",
    pin: str = "{}",
) -> pulumi.Output[str]:
    """``cidr``, but where the network has one NAT gateway only while that stands in the zone it was made in.

    ``args`` are the network's. Where it has one zone, its gateway is free to move, unless ``single_nat`` says that it
    stays the only one. ``called`` and ``pin`` are how a message names the zone and how settings spell it.
    """
    if len(args.exits) != 1 or (len(args.zones) == 1 and not args.single_nat):
        return cidr
    (zone,) = args.exits

    def elsewhere(first: Mapping[str, str]) -> str | None:
        if first["zone"] == zone:
            return None
        return (
            f"The only NAT gateway of {name} stands in {called.format(first['zone'])}, and the program asks for one in "
            f"{zone}. It holds the exit IP, which cannot be in two places. Pin it with zone: "
            f"{pin.format(first['zone'])}."
        )

    stands = kept(f"{name}-nat-zone", {"zone": zone}, elsewhere, parent=parent, replace=replace)
    return pulumi.Output.all(cidr, stands).apply(lambda both: both[0])
