"""The dev stack's network on Google Cloud, as engine tests change it, and Google's own clients at the sandbox."""

import base64
import json
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import compute_v1
from googleapiclient.discovery import build
from real_stack import Cloud, Stack
from sandbox.gcp.cloud import nat
from tokens import leaks

OLD, NEW = (f"projects/debian-cloud/global/images/debian-12-bookworm-v{day}" for day in (20260811, 20261006))
REGION = "europe-west3"
ZONES = [f"{REGION}-a", f"{REGION}-b"]
OWN, SHARED = "gatepost-sandbox", "acme-shared"
"""The project of the stacks, and that of networks which somebody else made."""


def google(stack: Stack, **over: Any) -> dict[str, Any]:
    """The dev stack's network, on Google Cloud instead of AWS; the site, to edit."""
    site = {
        "cloud": "gcp",
        "region": REGION,
        "network": {"create": {"cidr": "10.50.0.0/24", "zones": ZONES}},
        "reach": [{"cidr": "10.0.0.0/8", "protocol": "tcp", "ports": 5432}],
        "connectors": {"a": {"zone": ZONES[0]}, "b": {"zone": ZONES[1]}},
        **over,
    }
    stack.networks["payments"]["sites"] = {"frankfurt": site}
    return site


def client(cloud: Cloud, api: str = "compute") -> Any:
    """google-api-python-client at the sandbox."""
    path = "/compute/v1/" if api == "compute" else "/"
    options = {"api_endpoint": f"{cloud.running.clouds['gcp']}{path}"}
    return build(api, "v1", credentials=AnonymousCredentials(), client_options=options, static_discovery=True)


def rest(cloud: Cloud, collection: str) -> Any:
    """google-cloud-compute at the sandbox, over REST: the client of a collection such as ``Instances``."""
    made = getattr(compute_v1, f"{collection}Client")
    host = cloud.running.clouds["gcp"].removeprefix("http://")
    transport = made.get_transport_class("rest")
    return made(transport=transport(host=host, url_scheme="http", credentials=AnonymousCredentials()))


def instances(stack: Stack) -> list[dict[str, Any]]:
    """The instances of the stack, as the API shows them."""
    found = client(stack.cloud).instances().aggregatedList(project=OWN).execute()["items"].values()
    every = [instance for place in found for instance in place.get("instances", ())]
    return [i for i in every if i.get("labels", {}).get("gatepost-environment") == stack.name]


def delete_host(stack: Stack, host: str) -> None:
    """What somebody does by hand; ``host`` is the id of an instance."""
    _, project, _, zone, _, name = host.split("/")
    client(stack.cloud).instances().delete(project=project, zone=zone, instance=name).execute()


def leaked(stack: Stack, *texts: str) -> list[str]:
    """Where a token of the stacks is that must be in Secret Manager only."""
    secrets = client(stack.cloud, "secretmanager").projects().secrets()
    found = secrets.list(parent=f"projects/{OWN}").execute()["secrets"]
    payloads = [secrets.versions().access(name=f"{s['name']}/versions/latest").execute()["payload"] for s in found]
    tokens = {token for p in payloads for token in json.loads(base64.b64decode(p["data"])).values()}
    assert len(tokens) == 2 * len(found) >= 4
    shown = [json.dumps(instance) for instance in instances(stack)]
    assert len(shown) >= 2
    return leaks(stack.cloud, tokens, [*texts, stack.state(), *shown])


def given_network(cloud: Cloud, name: str, block: str) -> dict[str, Any]:
    """A network in the project of somebody else, shared with this one: its links, and its exit addresses."""
    compute, project = client(cloud), {"project": SHARED}
    compute.networks().insert(**project, body={"name": name, "autoCreateSubnetworks": False}).execute()
    vpc = f"projects/{SHARED}/global/networks/{name}"
    here = {**project, "region": REGION}
    compute.subnetworks().insert(**here, body={"name": name, "network": vpc, "ipCidrRange": block}).execute()
    compute.addresses().insert(**here, body={"name": name}).execute()
    address = compute.addresses().get(**here, address=name).execute()
    router = {"name": name, "network": vpc, "nats": [nat("exit", address["selfLink"])]}
    compute.routers().insert(**here, body=router).execute()
    subnet = f"projects/{SHARED}/regions/{REGION}/subnetworks/{name}"
    return {"vpc_id": vpc, "subnets": dict.fromkeys(ZONES, subnet), "addresses": [address["address"]]}


def adopt(site: dict[str, Any], network: dict[str, Any]) -> None:
    """Put the site into a network that exists."""
    site["network"] = {"adopt": {"vpc_id": network["vpc_id"], "subnets": network["subnets"]}}
    site["exit"] = {"kind": "adopt", "addresses": network["addresses"]}


def guards(stack: Stack, network: dict[str, Any]) -> int:
    """How many firewall rules the stack has in a network of somebody else; they are all in the project of that."""
    rules = {project: client(stack.cloud).firewalls().list(project=project).execute() for project in (OWN, SHARED)}
    ours = {p: [r for r in found.get("items", ()) if stack.name in r["targetTags"][0]] for p, found in rules.items()}
    assert ours[OWN] == []
    return sum(network["vpc_id"].endswith("/" + rule["network"].rpartition("/")[2]) for rule in ours[SHARED])


def given_exit(cloud: Cloud, name: str) -> tuple[dict[str, Any], str]:
    """An exit with an address that was made by hand, and that address."""
    given, here = client(cloud).addresses(), {"project": OWN, "region": REGION}
    given.insert(**here, body={"name": name}).execute()
    address = given.get(**here, address=name).execute()["address"]
    return {"kind": "nat", "addresses": ["a", "b"], "adopt": {"b": name}}, address
