"""The Twingate stand-in over HTTP: what it accepts, what it refuses and in which words."""

import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sandbox.helpers import Reply, post

from gatepost_sandbox.clock import Clock
from gatepost_sandbox.daemon import serve, url
from gatepost_sandbox.history import History
from gatepost_sandbox.twingate.api import Api
from gatepost_sandbox.twingate.store import RefusedError, Store
from gatepost_sandbox.world import World

KEY = "the-key"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Client:
    def __init__(self, address: str, clock: Clock) -> None:
        self.address, self.clock = address, clock

    def send(self, query: str, key: str = KEY, **variables: Any) -> Reply:
        return post(f"{self.address}/api/graphql/", {"query": query, "variables": variables}, X_API_KEY=key)

    def data(self, query: str, **variables: Any) -> Any:
        reply = self.send(query, **variables)
        assert (reply.status, reply.body.get("errors")) == (200, None)
        return reply.body["data"]

    def network(self, name: str) -> Any:
        query = "mutation($name: String!) { remoteNetworkCreate(name: $name) { ok error entity { id name } } }"
        return self.data(query, name=name)["remoteNetworkCreate"]

    def connector(self, network_id: str, name: str | None) -> Any:
        query = (
            "mutation($id: ID!, $name: String) { connectorCreate(remoteNetworkId: $id, name: $name)"
            " { ok error entity { id name } } }"
        )
        return self.data(query, id=network_id, name=name)["connectorCreate"]

    def tokens(self, connector_id: str) -> dict[str, str]:
        query = (
            "mutation($id: ID!) { connectorGenerateTokens(connectorId: $id)"
            " { ok error connectorTokens { accessToken refreshToken } } }"
        )
        return self.data(query, id=connector_id)["connectorGenerateTokens"]["connectorTokens"]

    def valid(self, tokens: dict[str, str]) -> int:
        address = f"{self.address}/api/v4/connector/validate_tokens"
        bearer = f"Bearer {tokens['accessToken']}"
        return post(address, {"refresh_token": tokens["refreshToken"]}, Authorization=bearer).status


@pytest.fixture
def api() -> Iterator[Client]:
    clock = Clock(lambda: NOON)
    world = World(Store(clock), {})
    server = serve(Api(world, History(world), KEY))
    yield Client(url(server), clock)
    server.shutdown()
    server.server_close()


def test_a_wrong_key_is_refused(api: Client) -> None:
    reply = api.send("{ remoteNetworks { totalCount } }", key="other")
    message = "The API key in X-API-KEY is missing or wrong."
    assert (reply.status, reply.body) == (401, {"errors": [{"message": message}]})


def test_an_unknown_field_is_refused(api: Client) -> None:
    reply = api.send("{ connectors { edges { node { ipAddress } } } }")
    messages = [error["message"] for error in reply.body["errors"]]
    assert reply.status == 400
    assert messages == ["Cannot query field 'ipAddress' on type 'Connector'."]


def test_a_wrong_enum_value_is_refused(api: Client) -> None:
    reply = api.send('mutation { remoteNetworkCreate(name: "net", location: GCP) { ok } }')
    assert reply.status == 400
    assert reply.body["errors"][0]["message"] == ("Value 'GCP' does not exist in 'RemoteNetworkLocation' enum.")


def test_what_is_no_json_object_is_refused(api: Client) -> None:
    reply = post(f"{api.address}/api/graphql/", ["query"], X_API_KEY=KEY)
    assert (reply.status, reply.body) == (400, {"error": "The body of the request is not a JSON object."})


def test_a_network_has_the_documented_defaults(api: Client) -> None:
    made = api.data(
        'mutation { remoteNetworkCreate(name: "net") { ok error entity'
        " { __typename name location networkType isActive createdAt connectors { totalCount } } } }"
    )
    assert made["remoteNetworkCreate"] == {
        "ok": True,
        "error": None,
        "entity": {
            "__typename": "RemoteNetwork",
            "name": "net",
            "location": "OTHER",
            "networkType": "REGULAR",
            "isActive": True,
            "createdAt": "2026-11-23T12:00:00+00:00",
            "connectors": {"totalCount": 0},
        },
    }


def test_an_update_changes_what_is_given_only(api: Client) -> None:
    network = api.network("net")["entity"]["id"]
    api.clock.advance(3600)
    query = (
        "mutation($id: ID!, $name: String) { remoteNetworkUpdate(id: $id, name: $name, location: AWS)"
        " { ok entity { id name location createdAt updatedAt } } }"
    )
    assert api.data(query, id=network, name=None)["remoteNetworkUpdate"]["entity"] == {
        "id": network,
        "name": "net",
        "location": "AWS",
        "createdAt": "2026-11-23T12:00:00+00:00",
        "updatedAt": "2026-11-23T13:00:00+00:00",
    }


def test_names_are_unique_in_the_account_and_not_short(api: Client) -> None:
    one, two = api.network("one")["entity"]["id"], api.network("two")["entity"]["id"]
    api.connector(one, "alpha")
    taken = "with the name '{}' exists already: names are unique in the whole account."
    short = "The name '{}' of a {} is too short: at least 3 characters."
    assert api.connector(two, "alpha") == {"ok": False, "error": "A Connector " + taken.format("alpha"), "entity": None}
    assert api.connector(two, "ab")["error"] == short.format("ab", "Connector")
    assert api.connector(two, "")["error"] == short.format("", "Connector")
    assert api.network("one")["error"] == "A Remote Network " + taken.format("one")
    assert api.network("o")["error"] == short.format("o", "Remote Network")


def test_a_connector_without_a_name_gets_one(api: Client) -> None:
    network = api.network("net")["entity"]["id"]
    first, second = (api.connector(network, None)["entity"]["name"] for _ in range(2))
    assert (first, second) == ("connector-2", "connector-3")


def test_a_connector_keeps_its_own_name_and_may_not_take_anothers(api: Client) -> None:
    network = api.network("net")["entity"]["id"]
    alpha, _ = (api.connector(network, name)["entity"]["id"] for name in ("alpha", "beta"))
    query = "mutation($id: ID!, $name: String) { connectorUpdate(id: $id, name: $name) { ok error entity { name } } }"
    assert api.data(query, id=alpha, name="alpha")["connectorUpdate"]["ok"] is True
    assert api.data(query, id=alpha, name="beta")["connectorUpdate"] == {
        "ok": False,
        "error": "A Connector with the name 'beta' exists already: names are unique in the whole account.",
        "entity": None,
    }


def test_connectors_do_not_move(api: Client) -> None:
    reply = api.send('mutation { connectorUpdate(id: "x", remoteNetworkId: "y") { ok } }')
    assert reply.status == 400
    assert (
        reply.body["errors"][0]["message"]
        == "Unknown argument 'remoteNetworkId' on field 'MutationsRoot.connectorUpdate'."
    )


def test_a_network_with_connectors_is_not_deleted(api: Client) -> None:
    network = api.network("net")["entity"]["id"]
    connector = api.connector(network, "alpha")["entity"]["id"]
    delete_network = "mutation($id: ID!) { remoteNetworkDelete(id: $id) { ok error } }"
    assert api.data(delete_network, id=network)["remoteNetworkDelete"] == {
        "ok": False,
        "error": "Remote Network 'net' still has the Connectors alpha. Delete them first.",
    }
    api.data("mutation($id: ID!) { connectorDelete(id: $id) { ok } }", id=connector)
    assert api.data(delete_network, id=network)["remoteNetworkDelete"] == {"ok": True, "error": None}
    assert api.data("query($id: ID!) { remoteNetwork(id: $id) { name } }", id=network) == {"remoteNetwork": None}


def test_unknown_ids(api: Client) -> None:
    assert api.data('{ connector(id: "nope") { name } }') == {"connector": None}
    assert api.data('mutation { connectorDelete(id: "nope") { ok error } }')["connectorDelete"] == {
        "ok": False,
        "error": "Connector with id 'nope' does not exist.",
    }
    assert api.connector("nope", "alpha")["error"] == "Remote Network with id 'nope' does not exist."


def test_a_new_pair_kills_the_old_one(api: Client) -> None:
    connector = api.connector(api.network("net")["entity"]["id"], "alpha")["entity"]["id"]
    first = api.tokens(connector)
    assert api.valid(first) == 200
    second = api.tokens(connector)
    mixed = {**second, "refreshToken": first["refreshToken"]}
    assert [api.valid(pair) for pair in (first, second, mixed)] == [401, 200, 401]
    api.data("mutation($id: ID!) { connectorDelete(id: $id) { ok } }", id=connector)
    assert api.valid(second) == 401


def test_pages_hold_together(api: Client) -> None:
    network = api.network("net")["entity"]["id"]
    names = [f"connector-{letter}" for letter in "abcde"]
    for name in names:
        api.connector(network, name)
    query = (
        "query($after: String) { connectors(first: 2, after: $after)"
        " { edges { node { name } } totalCount pageInfo { hasNextPage hasPreviousPage endCursor } } }"
    )
    seen, after, more = [], None, []
    for _ in range(3):
        page = api.data(query, after=after)["connectors"]
        seen += [edge["node"]["name"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        more.append((page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"], page["totalCount"]))
    assert (seen, more) == (names, [(False, True, 5), (True, True, 5), (True, False, 5)])


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ('{name: {eq: "web-one"}}', ["web-one"]),
        ('{name: {startsWith: "web"}}', ["web-one", "web-two"]),
        ('{name: {startsWith: "web", endsWith: "two"}}', ["web-two"]),
        ('{name: {in: ["db-one", "nope"]}}', ["db-one"]),
        ('{name: {regexp: "^..-"}}', ["db-one"]),
        ("{networkType: {in: [EXIT]}}", []),
    ],
)
def test_filters(api: Client, rule: str, names: list[str]) -> None:
    for name in ("web-one", "web-two", "db-one"):
        api.network(name)
    found = api.data(f"{{ remoteNetworks(filter: {rule}) {{ edges {{ node {{ name }} }} }} }}")["remoteNetworks"]
    assert [edge["node"]["name"] for edge in found["edges"]] == names


@pytest.fixture
def restless_threads() -> Iterator[None]:
    """Threads take turns as often as they can, so that a missing lock shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless_threads")
def test_the_store_keeps_names_unique_under_many_threads() -> None:
    store, refused = Store(), []
    network = store.create_network("net", "OTHER", "REGULAR", True)

    def make() -> None:
        for number in range(200):
            try:
                store.create_connector(network.id, f"connector-{number:03}", True)
            except RefusedError as error:
                refused.append(str(error))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connectors = store.connectors()
    assert (len(connectors), len({c.id for c in connectors}), len(refused)) == (200, 200, 1400)


def test_a_pair_shows_no_token_in_text() -> None:
    store = Store()
    network = store.create_network("net", "OTHER", "REGULAR", True)
    connector = store.create_connector(network.id, "alpha", True)
    pair = store.generate_pair(connector.id)
    shown = repr(store.connector(connector.id))
    assert (pair.access_token in shown, pair.refresh_token in shown) == (False, False)
    assert pair.access_token.count(".") == 2
