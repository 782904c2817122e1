"""Remote Networks, Connectors and their token pairs as GraphQL requests.

Behaviour follows terraform-provider-twingate, which pulumi-twingate bridges: tokens are generated at create *and* at
delete, a read validates them and forgets a pair that is no longer valid, and a Connector cannot move between Remote
Networks.
"""

from collections.abc import Iterable
from typing import ClassVar

from ..kind import ApiError, Change, Kind, Stored
from ..schema import Problem
from ..values import Props
from .client import Client

CONNECTOR = "id name state hostname publicIP privateIPs version hasStatusNotificationsEnabled remoteNetwork { id }"
NETWORK = "id name location networkType"


class RemoteNetwork(Kind):
    """A logical network of Twingate."""

    token = "twingate:index/twingateRemoteNetwork:TwingateRemoteNetwork"
    source = "twingate/internal/provider/resource/remote-network.go"
    inputs = frozenset({"name", "location", "type"})
    outputs = frozenset({"name", "location", "type"})
    replaces = frozenset({"type"})
    choices: ClassVar = {
        "location": ("AWS", "AZURE", "GOOGLE_CLOUD", "ON_PREMISE", "OTHER"),
        "type": ("REGULAR", "EXIT"),
    }
    defaults: ClassVar = {"location": "OTHER", "type": "REGULAR"}
    autoname = "name"
    plugin_framework = True

    def create(self, api: Client, news: Props) -> str:
        made = api.mutate(
            "mutation($name: String!, $location: RemoteNetworkLocation, $type: RemoteNetworkType) "
            "{ remoteNetworkCreate(name: $name, location: $location, networkType: $type, isActive: true) "
            f"{{ ok error entity {{ {NETWORK} }} }} }}",
            **news,
        )
        return made["entity"]["id"]

    def read(self, api: Client, rid: str, known: Props) -> Props | None:
        found = api.query(f"query($id: ID!) {{ remoteNetwork(id: $id) {{ {NETWORK} }} }}", id=rid)["remoteNetwork"]
        return network(found) if found else None

    def update(self, api: Client, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        api.mutate(
            "mutation($id: ID!, $name: String, $location: RemoteNetworkLocation) "
            "{ remoteNetworkUpdate(id: $id, name: $name, location: $location) "
            f"{{ ok error entity {{ {NETWORK} }} }} }}",
            id=rid,
            name=news["name"],
            location=news["location"],
        )

    def delete(self, api: Client, rid: str, state: Props) -> None:
        if self.read(api, rid, state):
            api.mutate("mutation($id: ID!) { remoteNetworkDelete(id: $id) { ok error } }", id=rid)


class Connector(Kind):
    """A Connector's identity."""

    token = "twingate:index/twingateConnector:TwingateConnector"
    source = "twingate/internal/provider/resource/connector.go"
    inputs = frozenset({"name", "remoteNetworkId", "statusUpdatesEnabled"})
    outputs = frozenset({"name", "hostname", "privateIps", "publicIp", "state", "version", "statusUpdatesEnabled"})
    sometimes: ClassVar = {"remoteNetworkId": "never: a Connector cannot move, so the change is refused"}
    defaults: ClassVar = {"statusUpdatesEnabled": True}
    autoname = "name"
    plugin_framework = True

    def rules(self, news: Props) -> Iterable[Problem]:
        name = news.get("name")
        if isinstance(name, str) and len(name) < 3:
            yield "name", f"The name of a Connector must have at least 3 characters, got {len(name)}."

    def diff(self, api: Client, stored: Stored, news: Props, ignored: set[str]) -> Change:
        change = super().diff(api, stored, news, ignored)
        if "remoteNetworkId" in change.keys:
            raise ApiError("connectors cannot be moved between Remote Networks: create a new Connector instead.")
        return change

    def create(self, api: Client, news: Props) -> str:
        made = api.mutate(
            "mutation($network: ID!, $name: String, $notify: Boolean) { connectorCreate(remoteNetworkId: $network, "
            f"name: $name, hasStatusNotificationsEnabled: $notify) {{ ok error entity {{ {CONNECTOR} }} }} }}",
            network=news["remoteNetworkId"],
            name=news["name"],
            notify=news["statusUpdatesEnabled"],
        )
        return made["entity"]["id"]

    def read(self, api: Client, rid: str, known: Props) -> Props | None:
        found = api.query(f"query($id: ID!) {{ connector(id: $id) {{ {CONNECTOR} }} }}", id=rid)["connector"]
        return connector(found) if found else None

    def update(self, api: Client, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        api.mutate(
            "mutation($id: ID!, $name: String, $notify: Boolean) { connectorUpdate(id: $id, name: $name, "
            f"hasStatusNotificationsEnabled: $notify) {{ ok error entity {{ {CONNECTOR} }} }} }}",
            id=rid,
            name=news["name"],
            notify=news["statusUpdatesEnabled"],
        )

    def delete(self, api: Client, rid: str, state: Props) -> None:
        if self.read(api, rid, state):
            api.mutate("mutation($id: ID!) { connectorDelete(id: $id) { ok error } }", id=rid)


class ConnectorTokens(Kind):
    """The token pair of a Connector. Its id is the Connector's."""

    token = "twingate:index/twingateConnectorTokens:TwingateConnectorTokens"
    source = "twingate/internal/provider/resource/connector-tokens.go"
    inputs = frozenset({"connectorId", "keepers"})
    outputs = frozenset({"accessToken", "refreshToken"})
    replaces = frozenset({"connectorId", "keepers"})
    plugin_framework = True
    secret_outputs = frozenset({"accessToken", "refreshToken"})

    def create(self, api: Client, news: Props) -> str:
        news |= self._generate(api, news["connectorId"])  # no call gives a pair back: the state is its only copy
        return news["connectorId"]

    def read(self, api: Client, rid: str, known: Props) -> Props | None:
        access, refresh = known.get("accessToken"), known.get("refreshToken")
        if not access or not refresh or not api.valid(access, refresh):
            return None
        return {"connectorId": rid, "accessToken": access, "refreshToken": refresh, "keepers": known.get("keepers")}

    def delete(self, api: Client, rid: str, state: Props) -> None:
        if api.query("query($id: ID!) { connector(id: $id) { id } }", id=rid)["connector"]:
            self._generate(api, rid)  # as the vendor's provider does, "so the old ones are invalidated"

    @staticmethod
    def _generate(api: Client, connector: str) -> Props:
        made = api.mutate(
            "mutation($id: ID!) { connectorGenerateTokens(connectorId: $id) "
            "{ ok error connectorTokens { accessToken refreshToken } } }",
            id=connector,
        )
        return dict(made["connectorTokens"])


def connector(found: Props) -> Props:
    """A Connector of the API as the provider's properties."""
    members = {"id": "id", "name": "name", "state": "state", "hostname": "hostname", "publicIp": "publicIP",
               "privateIps": "privateIPs", "version": "version",
               "statusUpdatesEnabled": "hasStatusNotificationsEnabled"}  # fmt: skip
    empty = {"hostname": "", "publicIp": "", "version": "", "privateIps": []}
    known = {k: found[m] for k, m in members.items() if found[m] is not None}
    return {**empty, **known, "remoteNetworkId": found["remoteNetwork"]["id"]}


def network(found: Props) -> Props:
    """A Remote Network of the API as the provider's properties."""
    return {"id": found["id"], "name": found["name"], "location": found["location"], "type": found["networkType"]}
