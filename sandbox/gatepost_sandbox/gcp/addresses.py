"""Reserved external addresses of regions."""

from collections.abc import Iterator

from .call import Call
from .errors import Refusal, invalid, not_modelled
from .resources import Collection, check_fingerprint, fingerprint, found, operation
from .state import Props, State, link


def _address(call: Call, address: Props, old: Props) -> None:
    if address.setdefault("addressType", "EXTERNAL") != "EXTERNAL":
        raise not_modelled(f"addresses of type {address['addressType']}")
    if address.setdefault("ipVersion", "IPV4") != "IPV4":
        raise not_modelled("IPv6 addresses")
    if address.get("address"):
        raise invalid("address", address["address"], "A given external address must be in use by an instance already.")
    if address.get("subnetwork") or address.get("network") or address.get("purpose"):
        raise Refusal(400, "subnetwork, network and purpose can be given for INTERNAL addresses only.")
    address.setdefault("networkTier", "PREMIUM")
    address["address"] = call.state.new_address()
    address["labelFingerprint"] = fingerprint(address.setdefault("labels", {}))


def users(state: State, address: Props) -> Iterator[str]:
    """Links of the instances and routers that have an address."""
    for text, kind in ((address["address"], "compute#instance"), (address["selfLink"], "compute#router")):
        for _, user in state.users(text):
            if user["kind"] == kind:
                yield user["selfLink"]


def reserved(state: State, project: str, region: str, text: str) -> Props | None:
    """The reservation of an address in a region."""
    there = f"projects/{project}/regions/{region}/addresses/"
    found = state.resources.having(("address", text))
    return next((address for name, address in found if name.startswith(there)), None)


def _view(state: State, name: str, address: Props) -> Props:
    found_users = list(users(state, address))
    return {"status": "IN_USE", "users": found_users} if found_users else {"status": "RESERVED"}


def _unused(call: Call, name: str, address: Props) -> None:
    for user in users(call.state, address):
        message = f"The address resource '{name}' is already being used by '{user.removeprefix(link(''))}'"
        raise Refusal(400, message, "resourceInUseByAnotherResource")


def set_labels(call: Call) -> Props:
    """Replace the labels of an address or of an instance."""
    name = call.name.rpartition("/")[0]
    resource = found(call, name)
    check_fingerprint(call.body.get("labelFingerprint"), resource["labelFingerprint"])
    resource["labels"] = call.body.get("labels") or {}
    resource["labelFingerprint"] = fingerprint(resource["labels"])
    return operation(call, name)


ROWS = (Collection(name="addresses", noun="address", settle=_address, before_delete=_unused, view=_view),)
