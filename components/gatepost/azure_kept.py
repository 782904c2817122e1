"""What a network of Azure was first made with, kept so that a change of it is refused already in the preview."""

from collections.abc import Mapping

import pulumi

from .kept import MOVE, kept


def kept_range(
    name: str, *, cidr: str, region: str, group: pulumi.Input[str] | None, parent: pulumi.Resource
) -> pulumi.Output[str]:
    """``cidr``, but only while range, region and resource group are what the network was made with.

    A group that is no text is not compared. Raises ReplacementRefusedError, also in a preview.
    """
    asked = {"cidr": cidr, "region": region, "group": group if isinstance(group, str) else ""}

    def moved(first: Mapping[str, str]) -> str | None:
        changed = [key for key in asked if first[key] != asked[key]]
        if not changed:
            return None
        before, now = (", ".join(found[key] or "a group of its own" for key in changed) for found in (first, asked))
        return (
            f"The network {name} was made with {before}, and the program asks for {now}. It cannot be made anew beside "
            f"the old one, because NAT gateways hold its exit IPs. {MOVE}"
        )

    return kept(f"{name}-range", asked, moved, parent=parent).apply(lambda asked: asked["cidr"])
