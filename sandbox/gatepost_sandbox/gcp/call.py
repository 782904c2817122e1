"""One request on its way through the sandbox, and how handlers are found: by the id of the method."""

from collections.abc import Callable
from dataclasses import dataclass

from .catalogue import REGIONS, ZONES
from .discovery import Method
from .errors import Refusal, invalid
from .state import Props, State, link, relative

_SERVICE = "/compute/v1/"


@dataclass(frozen=True)
class Call:
    """A request whose method, path, query and body are all right by Google's discovery document."""

    state: State
    method: Method
    path: str
    args: dict[str, str]
    query: dict[str, str]
    body: Props

    @property
    def project(self) -> str:
        """The project in the path."""
        return self.args["project"]

    @property
    def name(self) -> str:
        """The relative name of what the path is about."""
        return self.path.removeprefix(_SERVICE)

    def reference(self, value: object, field: str, collection: str, what: str) -> str:
        """The full link that a body's ``field`` means. Raises a Refusal when nothing is there."""
        name = relative(value, self.project)
        if name is None or name.split("/")[-2] != collection:
            raise invalid(field, value, f"The URL is malformed: it must be the link of a {what}.")
        if name not in self.state.resources:
            raise invalid(field, value, f"The referenced {what} resource cannot be found.")
        return link(name)

    def own_network(self, value: object, field: str = "network") -> str:
        """The full link of a network of the call's project, which firewall rules, routes and routers need.

        https://cloud.google.com/vpc/docs/shared-vpc
        """
        found = self.reference(value, field, "networks", "network")
        if (relative(found) or "").split("/")[1] != self.project:
            raise invalid(field, value, "Cross project referencing is not allowed for this resource.")
        return found


Handler = Callable[[Call], Props]


def place_problem(args: dict[str, str]) -> Refusal | None:
    """What is wrong with the zone or region of a path."""
    for field, known in (("zone", ZONES), ("region", REGIONS)):
        if field in args and args[field] not in known:
            message = f"Invalid value for field '{field}': '{args[field]}'. Unknown {field}."
            return Refusal(400, message)
    return None


def required(body: Props, *fields: str) -> None:
    """Raise a Refusal when the body lacks a field."""
    for field in fields:
        if body.get(field) in (None, "", [], {}):
            raise Refusal(400, f"Invalid value for field 'resource.{field}': ''. Required field '{field}' missing.")
