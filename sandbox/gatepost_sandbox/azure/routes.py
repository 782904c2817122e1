"""Route tables and their routes."""

from .call import Call
from .errors import Refusal, bad, not_modelled
from .networks import block, is_address, subnets_view
from .resources import Row
from .state import Props, State

KIND = "Microsoft.Network/routeTables"
APPLIANCE = "VirtualAppliance"


def _table(call: Call, table: Props, old: Props) -> None:
    table["properties"].setdefault("disableBgpRoutePropagation", False)


def _route(call: Call, route: Props, old: Props) -> None:
    given, name = route["properties"], route["name"]
    prefix = given.get("addressPrefix")
    if not prefix:
        raise bad("InvalidRequestFormat", f"Cannot parse the request. Route {name} needs an addressPrefix.")
    if prefix[:1].isalpha():
        raise not_modelled(f"routes to service tags such as {prefix}")
    block(prefix, route["id"])
    hop = given.get("nextHopIpAddress")
    if (given["nextHopType"] == APPLIANCE) != bool(hop) or (hop and not is_address(hop)):
        text = f"Route {name} has the next hop type {given['nextHopType']} and the next hop address {hop!r}. Only "
        raise bad("InvalidNextHopIpAddress", f"{text}{APPLIANCE} has one, which must be an IP address.")
    for other in call.state.below(route["id"].rpartition("/routes/")[0], "routes"):
        if other["id"].lower() != route["id"].lower() and other["properties"]["addressPrefix"] == prefix:
            text = f"Route {name} has the same address prefix {prefix} as route {other['name']}."
            raise bad("RouteConflict", f"{text} Each prefix may stand in a route table once.")


def _before_delete(state: State, table: Props) -> None:
    users = [user["id"] for user in state.users(table["id"])]
    if users:
        text = f"Route table {table['name']} is in use and cannot be deleted. It is used by {', '.join(users)}."
        raise Refusal(400, "InUseRouteTableCannotBeDeleted", text)


ROWS = (
    Row(kind=KIND, model="RouteTable", settle=_table, children="routes", before_delete=_before_delete,
        view=subnets_view),
    Row(kind=f"{KIND}/routes", model="Route", settle=_route),
)  # fmt: skip
