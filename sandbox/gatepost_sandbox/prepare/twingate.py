"""Remote Networks that a fleet adopts, made with their ids."""

from gatepost_sandbox.prepare.lines import CannotError, Line, Lines, Want
from gatepost_sandbox.twingate.store import RefusedError, Store


class Twingate:
    """Makes Remote Networks."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def make(self, want: Want) -> Lines:
        """Make a Remote Network unless it is there. Raises CannotError."""
        found = self._store.network(want["id"])
        try:
            known = found or self._store.create_network(want["name"], "OTHER", want["type"], True, want["id"])
        except RefusedError as error:
            raise CannotError(f"Twingate refuses {want['id']}: {error}") from None
        if known.network_type != want["type"]:
            told = f"The Remote Network {want['id']} is there with the type {known.network_type}"
            raise CannotError(f"{told}, and the settings say {want['type']}. Change one.")
        yield Line(found is None, f"Remote Network {known.id} ({known.name})")

    def withhold(self, address: str) -> bool:
        """Twingate gives out no address."""
        return True
