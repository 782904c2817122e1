"""What a created network was first made with, kept in the state, so that a change of it is refused in the preview."""

from typing import Any

import pulumi


class ReplacementRefusedError(pulumi.RunError):
    """A change would replace what cannot be replaced without an outage; nothing was touched."""


def kept_range(name: str, *, cidr: str, region: str, replace: bool, parent: pulumi.Resource) -> pulumi.Output[str]:
    """``cidr``, but only while it and the region are what the network was made with, or with ``replace``.

    A NAT gateway holds its address until it is gone, so a network cannot be made anew beside the old one under the same
    exit IPs. Raises ReplacementRefusedError, also in a preview. A ``pulumi.Stash`` remembers the first value.
    """
    asked = {"cidr": cidr, "region": region}
    opts = pulumi.ResourceOptions(parent=parent, replace_on_changes=["input"] if replace else None)
    kept = pulumi.Stash(f"{name}-range", opts, input=asked)

    def check(first: Any) -> str:
        if first and dict(first) != asked:
            raise ReplacementRefusedError(
                f"The network {name} has the range {first['cidr']} in {first['region']}, and the program asks for "
                f"{cidr} in {region}. It cannot be made anew beside the old one, because NAT gateways hold its exit "
                "IPs. Nothing was changed. To move without an outage, add a second site with the new range, wait until "
                "its Connectors are ALIVE, then remove this one. Or set replace: true, which deletes the network and "
                "its hosts before it makes the new ones: every Connector of the site is away for some minutes."
            )
        return cidr

    return kept.output.apply(check)
