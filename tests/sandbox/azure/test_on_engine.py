"""What a program made on the real engine, read back with Microsoft's own clients; and where no secret may be."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from real_stack import Cloud, Stack
from sandbox.azure.official import Clients

pytestmark = pytest.mark.engine

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"  # that of every program in a sandbox
PROGRAM = Path(__file__).parent / "program"
OTHER_SECRETS = ["hunter2-registry", "hunter3-workspace"]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Cloud]:
    """A sandbox of its own."""
    made = Cloud(tmp_path / "home")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def stack(running: Cloud, tmp_path: Path) -> Stack:
    """The program's stack."""
    return Stack(running, tmp_path / "project", PROGRAM)


def test_microsofts_clients_read_what_the_outputs_say(running: Cloud, stack: Stack) -> None:
    texts = [stack.up().ok().text]
    told = stack.outputs()
    clients, group = Clients(running.running.clouds["azure"], SUBSCRIPTION), told["group"]
    shown = clients.resources.resource_groups.get(group)
    assert (shown.location, shown.tags) == ("westeurope", {"owner": title(stack)})

    address = clients.network.public_ip_addresses.get(group, told["address"])
    assert (address.ip_address, address.sku.name, address.public_ip_allocation_method, address.zones) == (
        told["exit"], "Standard", "Static", ["1", "2", "3"])  # fmt: skip
    gateway = clients.network.nat_gateways.get(group, told["gateway"])
    assert (gateway.id, gateway.sku.name, gateway.zones) == (told["ids"]["gateway"], "Standard", ["1"])
    assert [used.id for used in gateway.public_ip_addresses] == [address.id]
    assert [used.id for used in gateway.subnets] == [told["ids"]["subnet"]]
    rules = clients.network.network_security_groups.get(group, told["rules"])
    listed = sorted(rules.security_rules, key=lambda rule: rule.name)
    assert [(r.name, r.priority, r.protocol, r.destination_port_range) for r in listed] == [
        ("allow-200", 200, "Tcp", "443"), ("allow-201", 201, "Tcp", "30000-31000"), ("allow-202", 202, "Udp", "1-65535")
    ]  # fmt: skip
    (subnet,) = clients.network.virtual_networks.get(group, told["vnet"]).subnets
    assert (subnet.id, subnet.address_prefix, subnet.default_outbound_access) == (
        told["ids"]["subnet"], "10.60.1.0/27", False)  # fmt: skip
    assert (subnet.nat_gateway.id, subnet.network_security_group.id) == (gateway.id, rules.id)
    assert [d.service_name for d in subnet.delegations] == ["Microsoft.ContainerInstance/containerGroups"]

    host = clients.containers.container_groups.get(group, told["host"])
    assert (host.id, host.zones, host.restart_policy, [s.id for s in host.subnet_ids]) == (
        told["ids"]["host"], ["1"], "Always", [subnet.id])  # fmt: skip
    (container,) = host.containers
    assert (container.image, container.resources.requests.cpu, container.resources.requests.memory_in_gb) == (
        "twingate/connector:1", 1, 2)  # fmt: skip
    assert [(v.name, v.value, v.secure_value) for v in container.environment_variables] == [
        ("TWINGATE_NETWORK", "sandbox", None),
        ("TWINGATE_ACCESS_TOKEN", None, None),
        ("TWINGATE_REFRESH_TOKEN", None, None),
    ]
    (account,) = host.image_registry_credentials
    assert (account.server, account.username, account.password) == ("index.docker.io", "robot", None)
    assert (host.instance_view.state, container.instance_view.current_state.state) == ("Running", "Running")

    (line,) = running.connectors(title(stack)).values()
    assert (line["state"], line["public_ip"], line["host_id"], line["exposed"]) == ("ALIVE", told["exit"], host.id, [])
    stack.unchanged().ok()

    refresh = ("refresh", "--yes", "--skip-preview", "--stack", stack.name, "--color", "never")
    texts += [stack.pulumi(*refresh).ok().text, stack.unchanged().ok().text, stack.state()]
    texts += [answer(running, rid) for rid in json.loads(texts[-1])["deployment"]["resources"] if "/" in rid["urn"]]
    texts += [(running.path / "log").read_text(), json.dumps(running.calls())]
    assert [n for n, text in enumerate(texts) for secret in secrets(stack) if secret in text] == []

    stack.destroy().ok()
    assert list(clients.resources.resource_groups.list()) == []


def title(stack: Stack) -> str:
    """What the program calls its Remote Network."""
    return f"official-{stack.name}"


def secrets(stack: Stack) -> list[str]:
    """The tokens of the pair, and the other secrets of the program."""
    shown = stack.pulumi("stack", "output", "pair", "--json", "--show-secrets", "--stack", stack.name).ok().text
    found = [*json.loads(shown).values(), *OTHER_SECRETS]
    assert len(set(found)) == 4
    return found


def answer(running: Cloud, resource: Any) -> str:
    """What the sandbox's Azure says of a resource in the state; nothing for those of Twingate."""
    rid = str(resource.get("id", ""))
    if not rid.startswith("/subscriptions/"):
        return ""
    version = {"Microsoft.Network": "2024-05-01", "Microsoft.ContainerInstance": "2023-05-01"}
    namespace = rid.split("/")[6] if rid.count("/") > 5 else ""
    url = f"{running.running.clouds['azure']}{rid}?api-version={version.get(namespace, '2024-03-01')}"
    with urllib.request.urlopen(url) as found:  # noqa: S310 - the sandbox
        return found.read().decode()
