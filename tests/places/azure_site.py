"""A network on Azure, as engine tests change it, and Microsoft's own clients at the sandbox."""

import json
import urllib.request
from typing import Any

from real_stack import Cloud, Stack
from sandbox.azure.cloud import VERSIONS, subnet
from sandbox.azure.official import Clients
from tokens import leaks

OLD, NEW = "twingate/connector:1.79.0", "twingate/connector:1.80.0"
REGION, SUBSCRIPTION = "westeurope", "00000000-0000-4000-8000-000000000001"
"""The subscription of every stack in a sandbox."""


def azure(stack: Stack, **over: Any) -> dict[str, Any]:
    """The stack's network, with a site on Azure alone; the site, to edit."""
    site = {
        "cloud": "azure",
        "region": REGION,
        "network": {"create": {"cidr": "10.60.0.0/24", "zones": ["1", "2"]}},
        "reach": [{"cidr": "10.0.0.0/8", "protocol": "tcp", "ports": 5432}],
        "connectors": {"a": {"zone": "1"}, "b": {"zone": "2"}},
        **over,
    }
    stack.networks["payments"]["sites"] = {"amsterdam": site}
    return site


def clients(cloud: Cloud) -> Clients:
    """azure-mgmt-resource, -network and -containerinstance at the sandbox."""
    return Clients(cloud.running.clouds["azure"], SUBSCRIPTION)


def name_and_group(rid: str) -> tuple[str, str]:
    """What the clients want to know of an id."""
    return rid.split("/")[4], rid.rpartition("/")[2]


def delete_host(stack: Stack, host: str) -> None:
    """What somebody does by hand; ``host`` is the id of a container group."""
    clients(stack.cloud).containers.container_groups.begin_delete(*name_and_group(host)).result()


def answers(stack: Stack) -> list[str]:
    """Everything that Azure shows of the stack's resources, as it comes."""
    url, shown = stack.cloud.running.clouds["azure"], []
    for rid in stack.ids().values():
        if "/providers/" in rid:
            with urllib.request.urlopen(f"{url}{rid}?api-version={VERSIONS[rid.split('/')[6]]}") as answer:  # noqa: S310
                shown.append(answer.read().decode())
    assert sum("TWINGATE_REFRESH_TOKEN" in text for text in shown) >= 2  # the groups are among them
    return shown


def pairs(stack: Stack) -> set[str]:
    """The tokens of the stack's Connectors, out of its state with all envelopes opened."""
    arguments = ("stack", "export", "--show-secrets", "--stack", stack.name)
    found = json.loads(stack.pulumi(*arguments).ok().text)["deployment"]["resources"]
    kept = [r["outputs"] for r in found if r["type"].endswith(":TwingateConnectorTokens")]
    tokens = {json.loads(pair[half]["plaintext"]) for pair in kept for half in ("accessToken", "refreshToken")}
    assert len(tokens) == 2 * len(kept) >= 4
    return tokens


def leaked(stack: Stack, *texts: str) -> list[str]:
    """Where a token of the stack is that must be in secure values and envelopes only."""
    return leaks(stack.cloud, pairs(stack), [*texts, stack.state(), *answers(stack)])


def given_network(cloud: Cloud, name: str, block: str, **over: Any) -> dict[str, Any]:
    """A network of somebody else in a resource group of its own: its ids, and its exit addresses."""
    made, place = clients(cloud), {"location": REGION}
    made.resources.resource_groups.create_or_update(name, place)
    network = made.network
    static = {**place, "sku": {"name": "Standard"}, "properties": {"publicIPAllocationMethod": "Static"}}
    address = network.public_ip_addresses.begin_create_or_update(name, "exit", static).result()
    way = {**place, "sku": {"name": "Standard"}, "properties": {"publicIpAddresses": [{"id": address.id}]}}
    gateway = network.nat_gateways.begin_create_or_update(name, "nat", way).result()
    guard = network.network_security_groups.begin_create_or_update(name, "guard", place).result()
    space = {"addressSpace": {"addressPrefixes": [block]}}
    vnet = network.virtual_networks.begin_create_or_update(name, "net", {**place, "properties": space}).result()
    part = {"properties": subnet(block, **{"natGateway": gateway.id, "networkSecurityGroup": guard.id, **over})}
    inner = network.subnets.begin_create_or_update(name, "net", "connectors", part).result()
    return {
        "resource_group": name,
        "vpc_id": vnet.id,
        "subnets": {"1": inner.id, "2": inner.id},
        "security_group_id": guard.id,
        "addresses": [address.ip_address],
    }


def adopt(site: dict[str, Any], network: dict[str, Any]) -> None:
    """Put the site into a network that exists."""
    site["network"] = {"adopt": {key: value for key, value in network.items() if key != "addresses"}}
    site["exit"] = {"kind": "adopt", "addresses": network["addresses"]}


def guards(stack: Stack, network: dict[str, Any]) -> int:
    """How many rules let something out in the network security group of somebody else."""
    name, group = name_and_group(network["security_group_id"])
    rules = clients(stack.cloud).network.network_security_groups.get(name, group).security_rules
    out = [r.destination_address_prefix for r in rules if (r.access, r.direction) == ("Allow", "Outbound")]
    assert sorted(out) in ([], ["10.0.0.0/8", "Internet", "Internet", "Internet"])
    return len(out)
