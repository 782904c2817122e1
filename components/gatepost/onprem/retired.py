"""What may be retired: never the last living Connector of a slot."""

import re
from collections.abc import Mapping

import pulumi
import pulumi_twingate as tg

from .slots import SlotArgs


def retirable(
    site: str, slots: Mapping[str, SlotArgs], network: pulumi.Input[str], parent: pulumi.Resource
) -> pulumi.Output[None]:
    """Resolves when no slot would retire a living Connector before a later one lives; asks only where one retires.

    Connectors of other Remote Networks than ``network`` (an id) do not count: another stack may call its own alike.

    Raises pulumi.RunError with every such slot, also in a preview.
    """
    retiring = {key: slot.retire for key, slot in slots.items() if slot.retire}
    if not retiring:
        return pulumi.Output.from_input(None)

    def check(found: tg.GetTwingateConnectorsResult, own: str) -> None:
        states = {str(one.name): one.state for one in found.connectors or () if one.remote_network_id == own}
        told = [text for key, retire in retiring.items() for text in _cut_off(f"{site}-{key}", retire, states)]
        if told:
            raise pulumi.RunError("\n".join(told))

    found = tg.get_twingate_connectors_output(name_prefix=f"{site}-", opts=pulumi.InvokeOptions(parent=parent))
    return pulumi.Output.all(found, network).apply(lambda both: check(*both))


def _cut_off(slot: str, retire: int, states: Mapping[str, str]) -> list[str]:
    """A sentence when Connectors of a slot live only in generations that are to go."""
    generations = {name: re.fullmatch(rf"{re.escape(slot)}-(\d+)-[0-9a-f]+", name) for name in states}
    alive = {name: int(found[1]) for name, found in generations.items() if found and states[name] == "ALIVE"}
    going = [name for name, generation in alive.items() if generation <= retire]
    if not going or len(going) < len(alive):
        return []
    return [
        f"Retiring generation {retire} of {slot} would delete {going[0]}, which is ALIVE, and no later Connector of "
        f"the slot is. Run gatepost bundle {slot}-{retire + 1}, install it, and retire {retire} when Twingate shows it "
        "connected."
    ]
