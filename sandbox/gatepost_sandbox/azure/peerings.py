"""Peerings between virtual networks. A pair of them connects two networks; one alone connects nothing."""

from collections.abc import Iterator

from .call import Call, referred
from .errors import bad, not_modelled
from .networks import NETWORK, space
from .resources import Row
from .state import Props, State

KIND = f"{NETWORK}/virtualNetworkPeerings"
_COLLECTION = "virtualNetworkPeerings"
_OFF = ("allowForwardedTraffic", "allowGatewayTransit", "useRemoteGateways")


def _peering(call: Call, peering: Props, old: Props) -> None:
    given, own = peering["properties"], _owner(call.state, peering)
    remote = referred(call, given.get("remoteVirtualNetwork"), NETWORK, "remoteVirtualNetwork")
    if remote is None:
        text = f"Cannot parse the request. Peering {peering['name']} needs a remoteVirtualNetwork."
        raise bad("InvalidRequestFormat", text)
    if given.get("useRemoteGateways"):
        raise not_modelled("gateways of a remote virtual network")
    for other in call.state.below(own["id"], _COLLECTION):
        if other["id"].lower() != peering["id"].lower() and _remote(other) == remote["id"].lower():
            text = f"Peering {peering['name']} cannot be created or updated because peering {other['name']} of virtual "
            text += f"network {own['id']} already references remote virtual network {remote['id']}."
            raise bad("AnotherPeeringAlreadyReferencesRemoteVnet", text)
    for mine in space(own):
        for its in space(remote):
            if mine.overlaps(its):
                text = f"Cannot create or update peering {peering['id']}. Virtual networks {own['id']} and "
                text += f"{remote['id']} cannot be peered because their address spaces overlap. Overlapping address "
                raise bad("VnetAddressSpacesOverlap", f"{text}prefixes: {mine}, {its}.")
    given.setdefault("allowVirtualNetworkAccess", True)
    for member in _OFF:
        given.setdefault(member, False)


def _view(state: State, peering: Props) -> Props:
    remote = state.get(_remote(peering))
    if remote is None:
        return {"peeringState": "Disconnected"}
    blocks = {"addressPrefixes": [str(block) for block in space(remote)]}
    back = "Connected" if _back(state, peering) else "Initiated"
    return {"peeringState": back, "remoteAddressSpace": blocks, "remoteVirtualNetworkAddressSpace": blocks}


def peers(state: State, network: Props) -> Iterator[Props]:
    """The virtual networks that a network is connected with, and that it lets its traffic to."""
    for peering in state.below(network["id"], _COLLECTION):
        remote = state.get(_remote(peering))
        if remote and _back(state, peering) and peering["properties"]["allowVirtualNetworkAccess"]:
            yield remote


def _back(state: State, peering: Props) -> bool:
    """Whether the remote network has a peering back."""
    own = _owner(state, peering)["id"].lower()
    return any(_remote(other) == own for other in state.below(_remote(peering), _COLLECTION))


def _owner(state: State, peering: Props) -> Props:
    return state.found(peering["id"].rpartition(f"/{_COLLECTION}/")[0])


def _remote(peering: Props) -> str:
    return peering["properties"]["remoteVirtualNetwork"]["id"].lower()


ROWS = (Row(kind=KIND, model="VirtualNetworkPeering", settle=_peering, view=_view),)
