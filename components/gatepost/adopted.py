"""What the clouds share when a given network is looked at, so that a preview refuses one that no host could live in."""

from collections.abc import Mapping, Sequence

import pulumi


def per_subnet(subnets: Mapping[str, pulumi.Input[str]], slots: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Subnets to look at: those given as text that hosts stand in, each with its zones and how many slots are in each.

    What gatepost made itself comes as Outputs, and needs no look. A zone without slots keeps nobody from an update.
    """
    found: dict[str, dict[str, int]] = {}
    for zone, subnet in subnets.items():
        if isinstance(subnet, str) and (count := slots.get(zone)):
            found.setdefault(subnet, {})[zone] = count
    return found


def fit(looks: Sequence[pulumi.Output[list[str]]]) -> pulumi.Output[None]:
    """Resolves when no look found a problem. Raises pulumi.RunError with all of them, also in a preview."""
    return pulumi.Output.all(*looks).apply(_refuse)


def _refuse(found: Sequence[Sequence[str]]) -> None:
    problems = [problem for some in found for problem in some]
    if problems:
        raise pulumi.RunError("\n".join(problems))
