"""The sandbox's Google Cloud served in this process, asked by Google's own client."""

import base64
import json
import threading
import urllib.error
import urllib.request
from functools import cached_property
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from sandbox.refusing import send
from werkzeug.serving import make_server

from gatepost_sandbox.gcp import Api, State

IN_USE = "resourceInUseByAnotherResource"
PROJECT, REGION, ZONE = "acme-dev", "europe-west3", "europe-west3-b"
HERE, SUBNETWORK = f"regions/{REGION}", f"regions/{REGION}/subnetworks/sub"
RULES = (("tcp", "443"), ("tcp", "30000-31000"), ("udp", "1-65535"))


class Cloud:
    """A served ``State``, and clients for it."""

    def __init__(self) -> None:
        self.state = State()
        self._server = make_server("127.0.0.1", 0, Api(self.state), threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Cloud":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @cached_property
    def compute(self) -> Any:
        return self._client("compute", "/compute/v1/")

    @cached_property
    def policies(self) -> Any:
        return self._client("dns").policies()

    @cached_property
    def iam(self) -> Any:
        return self._client("iam").projects().serviceAccounts()

    @cached_property
    def secrets(self) -> Any:
        return self._client("secretmanager").projects().secrets()

    @cached_property
    def projects(self) -> Any:
        return self._client("cloudresourcemanager").projects()

    def _client(self, api: str, path: str = "/") -> Any:
        options = {"api_endpoint": f"{self.url}{path}"}
        return build(api, "v1", credentials=AnonymousCredentials(), client_options=options, static_discovery=True)

    def raw(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and body of a request as it is."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)  # noqa: S310 - always this process
        try:
            with urllib.request.urlopen(request) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    # --- one thing each, in the project and region of the tests

    def insert(self, collection: str, body: dict[str, Any], **place: str) -> dict[str, Any]:
        """Insert a resource of Compute Engine; the resource."""
        resource = getattr(self.compute, collection)()
        done = resource.insert(project=PROJECT, body=body, **place).execute()
        assert (done["kind"], done["status"]) == ("compute#operation", "DONE")
        noun = {"addresses": "address"}.get(collection, collection[:-1])
        return resource.get(project=PROJECT, **place, **{noun: body["name"]}).execute()

    def network(self, name: str) -> dict[str, Any]:
        return self.insert("networks", {"name": name, "autoCreateSubnetworks": False})

    def subnetwork(self, name: str, network: str, block: str = "10.40.0.0/24", region: str = REGION) -> dict[str, Any]:
        return self.insert("subnetworks", {"name": name, "network": network, "ipCidrRange": block}, region=region)

    def address(self, name: str, region: str = REGION) -> dict[str, Any]:
        return self.insert("addresses", {"name": name}, region=region)

    def account(self, name: str) -> str:
        """The e-mail address of a new service account."""
        return self.iam.create(name=f"projects/{PROJECT}", body={"accountId": name}).execute()["email"]

    def secret(self, name: str, value: str | None = None) -> str:
        """The name of a new secret, with one version where there is a value."""
        body = {"replication": {"automatic": {}}}
        made = self.secrets.create(parent=f"projects/{PROJECT}", secretId=name, body=body).execute()["name"]
        if value is not None:
            self.add_version(made, value)
        return made

    def add_version(self, secret: str, value: str) -> str:
        body = {"payload": {"data": base64.b64encode(value.encode()).decode()}}
        return self.secrets.addVersion(parent=secret, body=body).execute()["name"]

    def grant(self, secret: str, member: str, role: str = "roles/secretmanager.secretAccessor", **more: Any) -> None:
        policy = {"bindings": [{"role": role, "members": [member], **more}]}
        self.secrets.setIamPolicy(resource=secret, body={"policy": policy}).execute()

    def router(self, name: str, network: str, nats: list[dict[str, Any]]) -> dict[str, Any]:
        return self.insert("routers", {"name": name, "network": network, "nats": nats}, region=REGION)

    def firewall(self, name: str, network: str, **more: Any) -> dict[str, Any]:
        return self.insert("firewalls", {"name": name, "network": network, "direction": "EGRESS", **more})

    def instance(self, name: str, subnetwork: str, **more: Any) -> dict[str, Any]:
        return self.insert("instances", machine(name, subnetwork, **more), zone=ZONE)


class Direct:
    """A ``State`` that is asked without a server, in the thread of the test: what most things stand on is there."""

    def __init__(self) -> None:
        self.state = State()
        self._app = Api(self.state)
        self.insert("global", "networks", name="net", autoCreateSubnetworks=False)
        self.insert(HERE, "subnetworks", name="sub", network="global/networks/net", ipCidrRange="10.40.0.0/24")
        self.insert(HERE, "addresses", name="ip")
        self.make("POST", f"/v1/projects/{PROJECT}/serviceAccounts", {"accountId": "runner"})
        self.make("POST", f"/v1/projects/{PROJECT}/secrets?secretId=s", {"replication": {"automatic": {}}})
        self.make("POST", f"/v1/projects/{PROJECT}/secrets/s:addVersion", {"payload": {"data": "eA=="}})

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and body of a request."""
        return send(self._app, method, path, body)

    def make(self, method: str, path: str, body: Any = None) -> Any:
        """The answer of a request that must be done."""
        status, answer = self.ask(method, path, body)
        assert status == 200, answer
        return answer

    def insert(self, place: str, collection: str, **body: Any) -> str:
        """Insert a resource of Compute Engine; its name from the place on, which other bodies may say."""
        self.make("POST", at(place, collection), body)
        return f"{place}/{collection}/{body['name']}"

    def instance(self, name: str = "vm", **more: Any) -> str:
        """The path of a new instance."""
        self.make("POST", at(f"zones/{ZONE}", "instances"), machine(name, SUBNETWORK, **more))
        return at(f"zones/{ZONE}", f"instances/{name}")


def at(place: str, collection: str, project: str = PROJECT) -> str:
    """A path of Compute Engine; ``place`` is global, or a region or zone with its kind."""
    return f"/compute/v1/projects/{project}/{place}/{collection}"


def machine(name: str, subnetwork: str, **more: Any) -> dict[str, Any]:
    """The body of an instance."""
    image = "projects/debian-cloud/global/images/family/debian-12"
    return {
        "name": name,
        "machineType": f"zones/{ZONE}/machineTypes/e2-small",
        "disks": [{"boot": True, "autoDelete": True, "initializeParams": {"sourceImage": image}}],
        "networkInterfaces": [{"subnetwork": subnetwork}],
        **more,
    }


def nat(name: str, *addresses: str, subnetworks: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """The body of a NAT on given addresses, for all subnetworks or for some."""
    listed = [{"name": link, "sourceIpRangesToNat": ["ALL_IP_RANGES"]} for link in subnetworks]
    ranges = "LIST_OF_SUBNETWORKS" if listed else "ALL_SUBNETWORKS_ALL_IP_RANGES"
    kind = {"natIpAllocateOption": "MANUAL_ONLY", "natIps": list(addresses)}
    kind = kind if addresses else {"natIpAllocateOption": "AUTO_ONLY"}
    return {
        "name": name,
        "sourceSubnetworkIpRangesToNat": ranges,
        **({"subnetworks": listed} if listed else {}),
        **kind,
        **more,
    }


def refusal(request: Any) -> tuple[int, str, str]:
    """Status, reason and message of a request that must be refused."""
    with pytest.raises(HttpError) as refused:
        request.execute()
    body = json.loads(refused.value.content)["error"]
    assert body["code"] == refused.value.resp.status
    return body["code"], body["errors"][0]["reason"], body["message"]


def refused(cloud: Cloud, collection: str, body: Any, **place: str) -> str:
    """The message of an insert that must be refused."""
    code, _, message = refusal(getattr(cloud.compute, collection)().insert(project=PROJECT, body=body, **place))
    assert code == 400
    return message


def delete(cloud: Cloud, collection: str, name: str, **place: str) -> Any:
    """The request that deletes a resource."""
    noun = {"addresses": "address"}.get(collection, collection[:-1])
    return getattr(cloud.compute, collection)().delete(project=PROJECT, **place, **{noun: name})
