"""Functions of the Twingate provider that programs call to find what already exists."""

import re

from ..kind import ApiError, Function
from ..values import Props
from .client import Client
from .kinds import CONNECTOR, NETWORK, connector, network


def _all(api: Client, field: str, members: str) -> list[Props]:
    """Every node of a connection, page by page."""
    nodes: list[Props] = []
    after = None
    while True:
        page = api.query(
            f"query($after: String) {{ {field}(first: 100, after: $after) "
            f"{{ edges {{ node {{ {members} }} }} pageInfo {{ endCursor hasNextPage }} }} }}",
            after=after,
        )[field]
        nodes += [edge["node"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return nodes
        after = page["pageInfo"]["endCursor"]


_FILTERS = {
    "name": lambda name, value: name == value,
    "nameContains": lambda name, value: value in name,
    "nameExclude": lambda name, value: name != value,
    "nameIns": lambda name, value: name in value,
    "namePrefix": lambda name, value: name.startswith(value),
    "nameRegexp": lambda name, value: re.search(value, name) is not None,
    "nameSuffix": lambda name, value: name.endswith(value),
}


def _named(found: list[Props], args: Props) -> list[Props]:
    given = [(test, args[k]) for k, test in _FILTERS.items() if args.get(k) is not None]
    return [one for one in found if all(test(one["name"], value) for test, value in given)]


def get_connectors(api: Client, args: Props) -> Props:
    """``get_twingate_connectors``: every Connector of the account, optionally by name."""
    found = [connector(node) for node in _all(api, "connectors", CONNECTOR)]
    return {**args, "id": "all-connectors", "connectors": _named(found, args)}


def get_connector(api: Client, args: Props) -> Props:
    """``get_twingate_connector``: one Connector by id."""
    found = api.query(f"query($id: ID!) {{ connector(id: $id) {{ {CONNECTOR} }} }}", id=args["id"])["connector"]
    if not found:
        raise ApiError(f"failed to read connector with id {args['id']}: not found")
    return connector(found)


def get_network(api: Client, args: Props) -> Props:
    """``get_twingate_remote_network``: one Remote Network by id or by name."""
    key = "id" if args.get("id") else "name"
    for node in _all(api, "remoteNetworks", NETWORK):
        if node[key] == args.get(key):
            return network(node)
    raise ApiError(f"failed to read remote network with {key} {args.get(key)}: not found")


def get_networks(api: Client, args: Props) -> Props:
    """``get_twingate_remote_networks``: every Remote Network, optionally by name."""
    found = [network(node) for node in _all(api, "remoteNetworks", NETWORK)]
    return {**args, "id": "all-remote-networks", "remoteNetworks": _named(found, args)}


_FILTER_ARGS = frozenset(_FILTERS)
FUNCTIONS = {
    f"twingate:index/{name}:{name}": Function(call, args)
    for name, call, args in (
        ("getTwingateConnector", get_connector, frozenset({"id"})),
        ("getTwingateConnectors", get_connectors, _FILTER_ARGS),
        ("getTwingateRemoteNetwork", get_network, frozenset({"id", "name"})),
        ("getTwingateRemoteNetworks", get_networks, _FILTER_ARGS),
    )
}
