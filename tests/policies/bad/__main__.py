"""A program that does nearly everything wrong, by raw resources alone. `test_bad_program.py` lists what is found."""

from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_gcp as gcp
import pulumi_twingate as twingate
from pulumi_azure_native import containerinstance, network, resources

ANYWHERE = "0.0.0.0/0"
stack = pulumi.get_stack()

# Twingate: exit nodes. One network has a single Connector, whose two hosts fail together.
net = twingate.TwingateRemoteNetwork("net", name=f"net-{stack}", type="EXIT")
wide = twingate.TwingateRemoteNetwork("wide", name=f"wide-{stack}", type="EXIT")


def pair(slot: str, remote: Any, **wrong: Any) -> twingate.TwingateConnectorTokens:
    connector = twingate.TwingateConnector(f"con-{slot}", remote_network_id=remote.id)
    return twingate.TwingateConnectorTokens(f"tokens-{slot}", connector_id=connector.id, **wrong)


aws_pair = pair("aws", net, keepers={"month": "2026-11"})
gcp_pair = pair("gcp", wide)
azure_pair = pair("azure", wide)


def script(tokens: twingate.TwingateConnectorTokens, more: str = "") -> pulumi.Output[str]:
    return pulumi.Output.concat("#!/bin/sh\n", more, "export TWINGATE_ACCESS_TOKEN=", tokens.access_token, "\n")


# AWS: two hosts of one pair, one role and one subnet, behind a group that is open both ways; one has a group more.
vpc = aws.ec2.Vpc("vpc", cidr_block="10.1.0.0/16")
subnet = aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.1.0.0/24", availability_zone="us-east-1a")
group = aws.ec2.SecurityGroup("group", vpc_id=vpc.id)
ports: Any = {"security_group_id": group.id, "ip_protocol": "tcp", "cidr_ipv4": ANYWHERE}
aws.vpc.SecurityGroupIngressRule("aws-in", from_port=22, to_port=22, **ports)
aws.vpc.SecurityGroupEgressRule("aws-out", from_port=0, to_port=65535, **ports)
address = aws.ec2.Eip("aws-ip", domain="vpc")
aws.ec2.NatGateway("aws-nat", allocation_id=address.id, subnet_id=subnet.id)
trust = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", '
trust += '"Principal": {"Service": "ec2.amazonaws.com"}}]}'
role = aws.iam.Role("role", assume_role_policy=trust)
opens = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}]}'
aws.iam.RolePolicy("opens", role=role.name, policy=opens)
profile = aws.iam.InstanceProfile("profile", role=role.name)
for slot in ("a", "b"):
    aws.ec2.Instance(
        f"aws-{slot}",
        ami="resolve:ssm:/aws/service/debian/latest",
        instance_type="x1.16xlarge",
        subnet_id=subnet.id,
        vpc_security_group_ids=[group.id] if slot == "a" else [group.id, "sg-0123456789abcdef0"],
        associate_public_ip_address=True,
        iam_instance_profile=profile.name,
        key_name="ops",
        root_block_device={"encrypted": False},
        user_data=script(aws_pair, "export TWINGATE_API_TOKEN=abc\n"),
    )

# Google Cloud: a host with a passing address and the project's account, open to the world.
gcp_network = gcp.compute.Network("gcp-net", auto_create_subnetworks=False)
gcp_subnet = gcp.compute.Subnetwork(
    "gcp-subnet", network=gcp_network.id, ip_cidr_range="10.2.0.0/24", region="asia-east1"
)
for name, direction, side in (("gcp-in", "INGRESS", "source_ranges"), ("gcp-out", "EGRESS", "destination_ranges")):
    allows: Any = [{"protocol": "tcp"}]
    ranges: Any = {side: [ANYWHERE]}
    gcp.compute.Firewall(name, network=gcp_network.id, direction=direction, allows=allows, **ranges)
gcp.compute.Instance(
    "gcp-a",
    machine_type="n2-standard-32",
    zone="asia-east1-a",
    boot_disk={"initialize_params": {"image": "debian-cloud/debian-12"}},
    network_interfaces=[{"network": gcp_network.id, "subnetwork": gcp_subnet.id, "access_configs": [{}]}],
    service_account={"scopes": ["cloud-platform"]},
    metadata_startup_script=script(gcp_pair),
)

gcp_address = gcp.compute.Address("gcp-ip", region="asia-east1")
router = gcp.compute.Router("gcp-router", network=gcp_network.id, region="asia-east1")
gcp.compute.RouterNat(
    "gcp-nat",
    router=router.name,
    region="asia-east1",
    nat_ip_allocate_option="MANUAL_ONLY",
    nat_ips=[gcp_address.self_link],
    source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
)

# Azure: a container that is too small, with its token in plain environment, no DNS server of its network, and an exit
# that changes.
place = resources.ResourceGroup("group-azure", location="chinaeast2")
here: Any = {"resource_group_name": place.name, "location": "chinaeast2"}
entry: Any = {
    "access": "Allow",
    "protocol": "Tcp",
    "source_address_prefix": "*",
    "source_port_range": "*",
    "destination_address_prefix": "*",
    "destination_port_range": "*",
}
rules = network.NetworkSecurityGroup(
    "azure-rules", security_rules=[{**entry, "name": "in", "direction": "Inbound", "priority": 200}], **here
)
network.SecurityRule(
    "azure-out",
    network_security_group_name=rules.name,
    resource_group_name=place.name,
    direction="Outbound",
    priority=300,
    **entry,
)
vnet = network.VirtualNetwork(
    "azure-net",
    address_space={"address_prefixes": ["10.3.0.0/16"]},
    dhcp_options={"dns_servers": ["10.3.0.4"]},
    **here,
)
standard: Any = {"sku": {"name": "Standard"}, **here}
azure_address = network.PublicIPAddress("azure-ip", public_ip_allocation_method="Dynamic", **standard)
azure_nat = network.NatGateway("azure-nat", public_ip_addresses=[{"id": azure_address.id}], **standard)
azure_subnet = network.Subnet(
    "azure-subnet",
    virtual_network_name=vnet.name,
    resource_group_name=place.name,
    address_prefix="10.3.1.0/24",
    network_security_group={"id": rules.id},
    nat_gateway={"id": azure_nat.id},
    delegations=[{"name": "groups", "service_name": "Microsoft.ContainerInstance/containerGroups"}],
)
containerinstance.ContainerGroup(
    "azure-a",
    os_type="Linux",
    subnet_ids=[{"id": azure_subnet.id}],
    containers=[
        {
            "name": "connector",
            "image": "twingate/connector:latest",
            "resources": {"requests": {"cpu": 0.5, "memory_in_gb": 0.5}},
            "environment_variables": [
                {"name": "TWINGATE_ACCESS_TOKEN", "value": azure_pair.access_token},
                {"name": "TWINGATE_API_KEY", "value": "abc"},
            ],
        }
    ],
    **here,
)
