"""The sandbox's Azure served in this process, asked by plain requests, bodies as Azure's REST reference has them."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.refusing import send
from werkzeug.serving import make_server

from gatepost_sandbox.azure import Api, State

Props = dict[str, Any]
Limit = Callable[[str, int | None], None]
SUBSCRIPTION, LOCATION = "11111111-2222-3333-4444-555555555555", "westeurope"
VERSIONS = {"Microsoft.Network": "2024-05-01", "Microsoft.ContainerInstance": "2023-05-01"}
CONTAINERS = "Microsoft.ContainerInstance/containerGroups"
IMAGE = "twingate/connector:1"
STANDARD = {"name": "Standard"}
RULES = (("Tcp", "443"), ("Tcp", "30000-31000"), ("Udp", "1-65535"))


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any
    headers: dict[str, str]


class Cloud:
    """A served ``State``, and requests to it."""

    def __init__(self) -> None:
        self.state = State()
        self._server = make_server("127.0.0.1", 0, Api(self.state), threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Cloud":
        threading.Thread(target=self._server.serve_forever, args=(0.005,), daemon=True).start()  # seconds between looks
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def raw(self, method: str, path: str, body: Any = None) -> Reply:
        """A request as it is."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)  # noqa: S310 - always this process
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310
                text = answer.read()
                return Reply(answer.status, json.loads(text) if text else None, dict(answer.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, json.load(error), dict(error.headers))

    def call(self, method: str, rid: str, body: Any = None) -> Reply:
        """A request with the API version that fits the id."""
        namespace = rid.split("/")[6] if rid.count("/") > 5 else ""
        return self.raw(method, f"{rid}?api-version={VERSIONS.get(namespace, '2024-03-01')}", body)

    def put(self, rid: str, body: Props) -> Props:
        """Make or change a resource, wait for the operation; the resource."""
        reply = self.call("PUT", rid, body)
        assert reply.status in (200, 201), reply.body
        return self.get(rid)

    def get(self, rid: str) -> Props:
        reply = self.call("GET", rid)
        assert reply.status == 200, reply.body
        return reply.body

    def delete(self, rid: str) -> None:
        reply = self.call("DELETE", rid)
        assert reply.status in (202, 204), reply.body

    def refused(self, method: str, rid: str, body: Any = None) -> tuple[int, str, str]:
        """Status, code and message of a request that must be refused."""
        reply = self.call(method, rid, body)
        assert reply.status >= 400, reply.body
        return reply.status, reply.body["error"]["code"], reply.body["error"]["message"]

    def code(self, rid: str, body: Props) -> str:
        """The code of a PUT that must be refused with status 400."""
        status, code, _ = self.refused("PUT", rid, body)
        assert status == 400
        return code


class Direct(Cloud):
    """A ``State`` that is asked without a server, in the thread of the test."""

    def __init__(self) -> None:
        self.state = State()
        self._app = Api(self.state)

    def raw(self, method: str, path: str, body: Any = None) -> Reply:
        """A request as it is."""
        return Reply(*send(self._app, method, path, body), {})


class Place:
    """A resource group of its own, and ids and things in it."""

    def __init__(self, cloud: Cloud, name: str, location: str = LOCATION) -> None:
        self.cloud, self.name, self.location = cloud, name, location
        self.group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{name}"
        cloud.put(self.group, {"location": location})

    def rid(self, kind: str, name: str, namespace: str = "Microsoft.Network") -> str:
        return f"{self.group}/providers/{namespace}/{kind}/{name}"

    def container_id(self, name: str = "") -> str:
        return self.rid("containerGroups", name or self.name, "Microsoft.ContainerInstance")

    def network_body(self, *blocks: str, **more: Any) -> Props:
        space = {"addressPrefixes": list(blocks or ["10.60.0.0/16"])}
        return {"location": self.location, "properties": {"addressSpace": space, **more}}

    def network(self, name: str = "", *blocks: str, **more: Any) -> str:
        """The id of a virtual network."""
        return self.cloud.put(
            self.rid("virtualNetworks", name or self.name), self.network_body(*blocks, **more)
        )["id"]  # fmt: skip

    def subnet(self, network: str, name: str = "a", block: str = "10.60.1.0/24", **more: Any) -> str:
        """The id of a subnet that is delegated to container groups."""
        return self.cloud.put(f"{network}/subnets/{name}", {"properties": subnet(block, **more)})["id"]

    def vnet_with(self, *blocks: str, **more: Any) -> tuple[str, Props]:
        """The id and body of a virtual network that is not there yet."""
        return self.rid("virtualNetworks", "v"), self.network_body(*blocks, **more)

    def subnet_with(self, block: str = "10.60.1.0/24", **more: Any) -> tuple[str, Props]:
        """The id and body of a subnet that is not there yet, in a new network."""
        return f"{self.network()}/subnets/new", {"properties": subnet(block, **more)}

    def simple(self, kind: str, name: str = "", properties: Props | None = None, **more: Any) -> Props:
        """A resource of the network namespace."""
        body = {"location": self.location, "properties": properties or {}, **more}
        return self.cloud.put(self.rid(kind, name or self.name), body)

    def address(self, name: str = "", **more: Any) -> Props:
        return self.simple("publicIPAddresses", name, {"publicIPAllocationMethod": "Static"}, sku=STANDARD, **more)

    def gateway(self, name: str = "", *addresses: str, **more: Any) -> str:
        ids = [{"id": rid} for rid in addresses]
        return self.simple("natGateways", name, {"publicIpAddresses": ids}, **{"sku": STANDARD, **more})["id"]

    def rules(self, name: str = "", rules: list[Props] | None = None) -> str:
        """The id of a network security group."""
        return self.simple("networkSecurityGroups", name, {"securityRules": rules or []})["id"]

    def containers(self, subnet: str | None, name: str = "", **more: Any) -> Props:
        return self.cloud.put(self.container_id(name), self.containers_body(subnet, **more))

    def containers_body(self, subnet: str | None, *, zones: Any = None, **more: Any) -> Props:
        used = {"subnetIds": [{"id": subnet}]} if subnet else {}
        given = {"containers": [container()], "osType": "Linux", **used, **more}
        return {"location": self.location, "properties": given, **({"zones": zones} if zones else {})}


def subnet(block: str, delegated: str | None = CONTAINERS, **more: Any) -> Props:
    """The properties of a subnet."""
    delegations = [{"name": "groups", "properties": {"serviceName": delegated}}] if delegated else []
    links = {k: {"id": v} for k, v in more.items() if isinstance(v, str) and v.startswith("/subscriptions/")}
    return {"addressPrefix": block, "delegations": delegations, **more, **links}


def rule(name: str, priority: Any, access: Any = "Allow", **more: Any) -> Props:
    """A security rule for what goes out."""
    any_ = {"sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*"}
    given = {"protocol": "*", "direction": "Outbound", "destinationPortRange": "*", "priority": priority}
    return {"name": name, "properties": {**any_, **given, "access": access, **more}}


def container(name: str = "connector", image: str = IMAGE, **more: Any) -> Props:
    """A container of a group."""
    requests = {"cpu": 1, "memoryInGB": 2}
    return {"name": name, "properties": {"image": image, "resources": {"requests": requests}, **more}}


def variables(**values: str) -> list[Props]:
    """Environment variables: those that are tokens are secure."""
    return [{"name": k, "secureValue" if k.endswith("_TOKEN") else "value": v} for k, v in values.items()]
