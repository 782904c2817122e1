"""What resources stand on, made with boto3 and GraphQL when a test first looks at it."""

import json
from functools import cached_property
from typing import Any

REGION = "eu-central-1"
IMAGE = "ami-0617935088040a001"
OTHER_IMAGE = "ami-0617935088040a002"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]}'
KEY_POLICY = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": '
    '"arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}]}'
)
MANAGED = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


class Place:
    """A corner of the account for one test. Each attribute is the id of something."""

    def __init__(self, sandbox: Any, name: str) -> None:
        self.sandbox, self.name = sandbox, name
        services = ("ec2", "iam", "ssm", "kms")
        self.ec2, self.iam, self.ssm, self.kms = (sandbox.client(service, REGION) for service in services)

    @cached_property
    def vpc(self) -> str:
        return self._vpc("10.0.0.0/16")

    @cached_property
    def other_vpc(self) -> str:
        return self._vpc("10.9.0.0/16")

    @cached_property
    def subnet(self) -> str:
        return self._subnet("10.0.1.0/24")

    @cached_property
    def other_subnet(self) -> str:
        return self._subnet("10.0.2.0/24")

    @cached_property
    def table(self) -> str:
        return self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]

    @cached_property
    def other_table(self) -> str:
        return self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]

    @cached_property
    def gateway(self) -> str:
        made = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=self.vpc)
        return made

    @cached_property
    def nat(self) -> str:
        made = self.ec2.create_nat_gateway(SubnetId=self.subnet, AllocationId=self.address)
        return made["NatGateway"]["NatGatewayId"]

    @cached_property
    def interface(self) -> str:
        made = self.ec2.create_network_interface(SubnetId=self.subnet)
        return made["NetworkInterface"]["NetworkInterfaceId"]

    @cached_property
    def transit_gateway(self) -> str:
        made = self.ec2.create_transit_gateway(Description=self.name)["TransitGateway"]["TransitGatewayId"]
        self.ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=made, VpcId=self.vpc, SubnetIds=[self.other_subnet]
        )
        return made

    @cached_property
    def free_transit_gateway(self) -> str:
        return self.ec2.create_transit_gateway(Description="free")["TransitGateway"]["TransitGatewayId"]

    @cached_property
    def vpn_gateway(self) -> str:
        return self.ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]

    @cached_property
    def peering(self) -> str:
        made = self.ec2.create_vpc_peering_connection(VpcId=self.vpc, PeerVpcId=self.other_vpc)
        return made["VpcPeeringConnection"]["VpcPeeringConnectionId"]

    @cached_property
    def acl(self) -> str:
        return self.ec2.create_network_acl(VpcId=self.vpc)["NetworkAcl"]["NetworkAclId"]

    @cached_property
    def other_acl(self) -> str:
        return self.ec2.create_network_acl(VpcId=self.vpc)["NetworkAcl"]["NetworkAclId"]

    @cached_property
    def key(self) -> str:
        """The ARN of it."""
        return self.kms.create_key(Description=self.name)["KeyMetadata"]["Arn"]

    @cached_property
    def options(self) -> str:
        return self._options("10.0.0.2")

    @cached_property
    def other_options(self) -> str:
        return self._options("10.0.0.3")

    @cached_property
    def address(self) -> str:
        return self.ec2.allocate_address(Domain="vpc")["AllocationId"]

    @cached_property
    def other_address(self) -> str:
        return self.ec2.allocate_address(Domain="vpc")["AllocationId"]

    @cached_property
    def group(self) -> str:
        return self._group("one")

    @cached_property
    def other_group(self) -> str:
        return self._group("two")

    @cached_property
    def role(self) -> str:
        return self._role("one")

    @cached_property
    def other_role(self) -> str:
        return self._role("two")

    @cached_property
    def profile(self) -> str:
        return self._profile("one")

    @cached_property
    def other_profile(self) -> str:
        return self._profile("two")

    @cached_property
    def instance(self) -> str:
        made = self.ec2.run_instances(
            ImageId=IMAGE, InstanceType="t3a.micro", MinCount=1, MaxCount=1, SubnetId=self.subnet
        )
        return made["Instances"][0]["InstanceId"]

    @cached_property
    def network(self) -> str:
        return self._network("one")

    @cached_property
    def other_network(self) -> str:
        return self._network("two")

    @cached_property
    def connector(self) -> str:
        return self._connector("one")

    @cached_property
    def other_connector(self) -> str:
        return self._connector("two")

    def graphql(self, query: str, **variables: Any) -> Any:
        """The one field of the answer."""
        (answer,) = self.sandbox.graphql(query, **variables).values()
        return answer

    def _vpc(self, cidr: str) -> str:
        return self.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]

    def _subnet(self, cidr: str) -> str:
        made = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=f"{REGION}a")
        return made["Subnet"]["SubnetId"]

    def _options(self, server: str) -> str:
        configuration = [{"Key": "domain-name-servers", "Values": [server]}]
        return self.ec2.create_dhcp_options(DhcpConfigurations=configuration)["DhcpOptions"]["DhcpOptionsId"]

    def _group(self, which: str) -> str:
        name = f"{self.name}-{which}"
        return self.ec2.create_security_group(GroupName=name, Description="x", VpcId=self.vpc)["GroupId"]

    def _role(self, which: str) -> str:
        name = f"{self.name}-role-{which}"
        return self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["RoleName"]

    def _profile(self, which: str) -> str:
        name = f"{self.name}-profile-{which}"
        self.iam.create_instance_profile(InstanceProfileName=name)
        self.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=self.role)
        return name

    def _network(self, which: str) -> str:
        made = self.graphql(
            "mutation($name: String!) { remoteNetworkCreate(name: $name) { entity { id } } }",
            name=f"{self.name}-network-{which}",
        )
        return made["entity"]["id"]

    def _connector(self, which: str) -> str:
        made = self.graphql(
            "mutation($id: ID!, $name: String) { connectorCreate(remoteNetworkId: $id, name: $name)"
            " { entity { id } } }",
            id=self.network,
            name=f"{self.name}-connector-{which}",
        )
        return made["entity"]["id"]
