"""What Microsoft's own clients read back, against what the stack says."""

from typing import Any

from places.azure_site import REGION, clients, name_and_group
from real_stack import Stack

RULES = {
    ("Tcp", "Internet", "443"),
    ("Tcp", "Internet", "30000-31000"),
    ("Udp", "Internet", "1-65535"),
    ("Tcp", "10.0.0.0/8", "5432"),
}
"""What the site lets out."""


def check(stack: Stack) -> None:
    """azure-mgmt-network and -containerinstance show what was built, and agree with the outputs."""
    network = stack.outputs()["remote_networks"]["payments"]
    connectors = network["sites"]["amsterdam"]["connectors"]
    ids, made = stack.ids(), clients(stack.cloud)
    lines = stack.connectors()
    found: dict[str, Any] = {}
    for zone in ("1", "2"):
        address = made.network.public_ip_addresses.get(*name_and_group(ids[f"payments-amsterdam-exits-ip-{zone}"]))
        assert (address.sku.name, address.public_ip_allocation_method, address.location) == (
            "Standard", "Static", REGION)  # fmt: skip
        gateway = made.network.nat_gateways.get(*name_and_group(ids[f"payments-amsterdam-network-nat-{zone}"]))
        assert (gateway.sku.name, gateway.zones) == ("Standard", [zone])
        assert [used.id for used in gateway.public_ip_addresses] == [address.id]
        assert [used.id for used in gateway.subnets] == [ids[f"payments-amsterdam-network-subnet-{zone}"]]
        found[zone] = (address.ip_address, gateway.id)
    assert sorted(address for address, _ in found.values()) == network["exit_ips"]

    vnet = made.network.virtual_networks.get(*name_and_group(ids["payments-amsterdam-network-vnet"]))
    assert vnet.address_space.address_prefixes == ["10.60.0.0/24"]
    guard = ids["payments-amsterdam-network-guard"]
    subnets = {subnet.id: subnet for subnet in vnet.subnets}
    for zone, block in (("1", "10.60.0.0/26"), ("2", "10.60.0.64/26")):
        subnet = subnets.pop(ids[f"payments-amsterdam-network-subnet-{zone}"])
        assert (subnet.address_prefix, subnet.default_outbound_access) == (block, False)
        assert (subnet.nat_gateway.id, subnet.network_security_group.id) == (found[zone][1], guard)
        assert [d.service_name for d in subnet.delegations] == ["Microsoft.ContainerInstance/containerGroups"]
    assert subnets == {}

    rules = made.network.network_security_groups.get(*name_and_group(guard)).security_rules
    told = [(r.priority, r.protocol, r.destination_address_prefix, r.destination_port_range)
            for r in rules if (r.access, r.direction) == ("Allow", "Outbound")]  # fmt: skip
    assert (len(told), {row[1:] for row in told}) == (4, RULES)
    denied = {r.direction: r.priority for r in rules if r.access == "Deny"}
    assert denied["Outbound"] > max(row[0] for row in told)
    assert [r.name for r in rules if (r.access, r.direction) == ("Allow", "Inbound")] == []

    for said in connectors.values():
        host = made.containers.container_groups.get(*name_and_group(said["host_id"]))
        assert (host.id, host.zones, host.restart_policy, host.ip_address) == (
            said["host_id"], [said["zone"]], "Always", None)  # fmt: skip
        assert [used.id for used in host.subnet_ids] == [ids[f"payments-amsterdam-network-subnet-{said['zone']}"]]
        assert host.tags["gatepost-environment"] == stack.name
        (container,) = host.containers
        size = container.resources.requests
        assert (container.image, size.cpu, size.memory_in_gb) == ("twingate/connector:1", 1, 2)
        assert container.liveness_probe.exec_property.command == ["/connectorctl", "health"]
        values = {v.name: v.value for v in container.environment_variables}
        assert (values["TWINGATE_NETWORK"], {v.secure_value for v in container.environment_variables}) == (
            "sandbox", {None})  # fmt: skip
        assert {name for name, value in values.items() if value is None} == {
            "TWINGATE_ACCESS_TOKEN", "TWINGATE_REFRESH_TOKEN"}  # fmt: skip
        line = lines[said["connector"]]
        assert (line["public_ip"], line["host_id"], line["exposed"]) == (found[said["zone"]][0], host.id, [])
