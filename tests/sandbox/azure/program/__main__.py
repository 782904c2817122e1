"""A Connector in a container group, by azure-native and twingate alone."""

from typing import Any

import pulumi
import pulumi_twingate as twingate
from pulumi_azure_native import containerinstance, network, resources

name = f"official-{pulumi.get_stack()}"
remote = twingate.TwingateRemoteNetwork("remote", name=name)
connector = twingate.TwingateConnector("connector", name=f"{name}-a", remote_network_id=remote.id)
tokens = twingate.TwingateConnectorTokens("tokens", connector_id=connector.id)

group = resources.ResourceGroup("group", location="westeurope", tags={"owner": name})
here: Any = {"resource_group_name": group.name, "location": group.location}
address = network.PublicIPAddress(
    "exit",
    public_ip_allocation_method="Static",
    public_ip_address_version="IPv4",
    sku=network.PublicIPAddressSkuArgs(name="Standard", tier="Regional"),
    zones=["1", "2", "3"],
    **here,
)
gateway = network.NatGateway(
    "nat",
    sku=network.NatGatewaySkuArgs(name="Standard"),
    zones=["1"],
    public_ip_addresses=[network.SubResourceArgs(id=address.id)],
    **here,
)
rules = network.NetworkSecurityGroup("rules", **here)
for priority, (protocol, ports) in enumerate((("Tcp", "443"), ("Tcp", "30000-31000"), ("Udp", "1-65535")), 200):
    network.SecurityRule(
        f"allow-{priority}",
        network_security_group_name=rules.name,
        resource_group_name=group.name,
        access="Allow",
        direction="Outbound",
        priority=priority,
        protocol=protocol,
        source_address_prefix="*",
        source_port_range="*",
        destination_address_prefix="Internet",
        destination_port_range=ports,
    )
vnet = network.VirtualNetwork(
    "net", address_space=network.AddressSpaceArgs(address_prefixes=["10.60.0.0/16"]), tags={"owner": name}, **here
)
subnet = network.Subnet(
    "subnet",
    virtual_network_name=vnet.name,
    resource_group_name=group.name,
    address_prefix="10.60.1.0/27",
    default_outbound_access=False,
    delegations=[network.DelegationArgs(name="groups", service_name="Microsoft.ContainerInstance/containerGroups")],
    nat_gateway=network.SubResourceArgs(id=gateway.id),
    network_security_group=network.NetworkSecurityGroupArgs(id=rules.id),
)
pair = {"TWINGATE_ACCESS_TOKEN": tokens.access_token, "TWINGATE_REFRESH_TOKEN": tokens.refresh_token}
host = containerinstance.ContainerGroup(
    "host",
    os_type="Linux",
    restart_policy="Always",
    subnet_ids=[containerinstance.ContainerGroupSubnetIdArgs(id=subnet.id)],
    zones=["1"],
    containers=[
        containerinstance.ContainerArgs(
            name="connector",
            image="twingate/connector:1",
            resources=containerinstance.ResourceRequirementsArgs(
                requests=containerinstance.ResourceRequestsArgs(cpu=1, memory_in_gb=2)
            ),
            environment_variables=[
                containerinstance.EnvironmentVariableArgs(name="TWINGATE_NETWORK", value="sandbox"),
                *(containerinstance.EnvironmentVariableArgs(name=k, secure_value=v) for k, v in pair.items()),
            ],
        )
    ],
    image_registry_credentials=[
        containerinstance.ImageRegistryCredentialArgs(
            server="index.docker.io", username="robot", password=pulumi.Output.secret("hunter2-registry")
        )
    ],
    diagnostics=containerinstance.ContainerGroupDiagnosticsArgs(
        log_analytics=containerinstance.LogAnalyticsArgs(
            workspace_id="11111111-2222-3333-4444-555555555555", workspace_key=pulumi.Output.secret("hunter3-workspace")
        )
    ),
    **here,
)
for key, made in {"group": group, "address": address, "gateway": gateway, "rules": rules, "vnet": vnet}.items():
    pulumi.export(key, made.name)
pulumi.export("ids", {"gateway": gateway.id, "rules": rules.id, "subnet": subnet.id, "host": host.id})
pulumi.export("exit", address.ip_address)
pulumi.export("host", host.name)
pulumi.export("pair", pulumi.Output.secret(pair))
