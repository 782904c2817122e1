"""The surroundings of one Connector on AWS, made with boto3 one call at a time, so that a test can break one."""

import base64
import json
from typing import Any

RULES = (("tcp", 443, 443), ("tcp", 30000, 31000), ("udp", 1, 65535))
ANYWHERE = "0.0.0.0/0"
REGION = "eu-central-1"
ZONE = "eu-central-1b"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


class Lab:
    """A Remote Network with one Connector, and a VPC with one host for it."""

    def __init__(self, sandbox: Any, name: str) -> None:
        self.sandbox, self.name = sandbox, name
        self.ec2, self.iam, self.ssm = (sandbox.client(service) for service in ("ec2", "iam", "ssm"))
        self.parameter = f"/gatepost/{name}/a"
        self.key = self.acl = self.host = ""
        self.arn = f"arn:aws:ssm:{REGION}:123456789012:parameter{self.parameter}"

    def build(self) -> None:
        """Make everything; the Connector is alive afterwards."""
        self.make_connector()
        self.make_network()
        self.make_role()
        self.store_pair()
        self.host = self.launch()

    def make_connector(self) -> None:
        network = self.sandbox.graphql(
            "mutation($name: String!) { remoteNetworkCreate(name: $name, location: AWS) { ok entity { id } } }",
            name=self.name,
        )
        self.network_id = network["remoteNetworkCreate"]["entity"]["id"]
        made = self.sandbox.graphql(
            "mutation($id: ID!, $name: String)"
            " { connectorCreate(remoteNetworkId: $id, name: $name) { entity { id } } }",
            id=self.network_id,
            name=f"{self.name}-a",
        )
        self.connector_id = made["connectorCreate"]["entity"]["id"]
        self.new_pair()

    def new_pair(self) -> None:
        made = self.sandbox.graphql(
            "mutation($id: ID!) { connectorGenerateTokens(connectorId: $id)"
            " { ok connectorTokens { accessToken refreshToken } } }",
            id=self.connector_id,
        )
        tokens = made["connectorGenerateTokens"]["connectorTokens"]
        self.access, self.refresh = tokens["accessToken"], tokens["refreshToken"]

    def make_network(self) -> None:
        ec2 = self.ec2
        self.vpc = ec2.create_vpc(CidrBlock="10.40.0.0/22")["Vpc"]["VpcId"]
        self.igw = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=self.igw, VpcId=self.vpc)
        self.public_subnet, self.public_table = self._subnet("10.40.0.0/26", GatewayId=self.igw)
        address = ec2.allocate_address(Domain="vpc")
        self.exit_ip = address["PublicIp"]
        nat = ec2.create_nat_gateway(SubnetId=self.public_subnet, AllocationId=address["AllocationId"])
        self.nat = nat["NatGateway"]["NatGatewayId"]
        self.private_subnet, self.private_table = self._subnet("10.40.1.0/26", NatGatewayId=self.nat)
        self.group = ec2.create_security_group(GroupName=self.name, Description="x", VpcId=self.vpc)["GroupId"]
        ec2.revoke_security_group_egress(GroupId=self.group, IpPermissions=[permission("-1", None, None)])
        for rule in RULES:
            self.allow(*rule)

    def _subnet(self, cidr: str, **target: str) -> tuple[str, str]:
        ec2 = self.ec2
        subnet = ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=ZONE)["Subnet"]["SubnetId"]
        table = ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        ec2.create_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE, **target)
        return subnet, table

    def allow(self, protocol: str, first: int, last: int, cidr: str = ANYWHERE) -> None:
        rule = permission(protocol, first, last, cidr)
        self.ec2.authorize_security_group_egress(GroupId=self.group, IpPermissions=[rule])

    def forbid(self, protocol: str, first: int, last: int) -> None:
        rule = permission(protocol, first, last)
        self.ec2.revoke_security_group_egress(GroupId=self.group, IpPermissions=[rule])

    def make_role(self) -> None:
        self.role = f"{self.name}-role"
        self.iam.create_role(RoleName=self.role, AssumeRolePolicyDocument=json.dumps(TRUST))
        self.put_policy("read", "Allow", "ssm:GetParameter", self.arn)
        self.iam.create_instance_profile(InstanceProfileName=self.role)
        self.iam.add_role_to_instance_profile(InstanceProfileName=self.role, RoleName=self.role)

    def put_policy(self, name: str, effect: str, action: str, resource: str) -> None:
        document = {"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": action, "Resource": resource}}
        self.iam.put_role_policy(RoleName=self.role, PolicyName=name, PolicyDocument=json.dumps(document))

    def store_pair(self, **more: str) -> None:
        value = json.dumps({"access_token": self.access, "refresh_token": self.refresh})
        self.ssm.put_parameter(Name=self.parameter, Value=value, Type="SecureString", Overwrite=True, **more)

    def boot_text(self) -> str:
        env = f"GATEPOST_SECRET_PARAMETER={self.parameter}\nGATEPOST_REGION={REGION}\n"
        files = [{"path": "/etc/gatepost/host.env", "permissions": "0600", "content": env}]
        return "#cloud-config\n" + json.dumps({"write_files": files})

    def launch(self, **changes: Any) -> str:
        image = self.ec2.describe_images(Owners=["617935088040"])["Images"][0]["ImageId"]
        wanted: dict[str, Any] = {
            "ImageId": image,
            "InstanceType": "t3a.micro",
            "SubnetId": self.private_subnet,
            "SecurityGroupIds": [self.group],
            "IamInstanceProfile": {"Name": self.role},
            "UserData": self.boot_text(),
            "TagSpecifications": [
                {
                    "ResourceType": "instance",
                    "Tags": [{"Key": "gatepost:site", "Value": "frankfurt"}, {"Key": "gatepost:slot", "Value": "a"}],
                }
            ],
            **changes,
        }
        given = {key: value for key, value in wanted.items() if value is not None}
        return self.ec2.run_instances(MinCount=1, MaxCount=1, **given)["Instances"][0]["InstanceId"]

    def line(self) -> dict[str, Any]:
        """What the status says of this Connector."""
        lines = [c for network in self.sandbox.status()["networks"] for c in network["connectors"]]
        return next(line for line in lines if line["id"] == self.connector_id)

    def verdict(self) -> tuple[str, str]:
        """State and reason."""
        line = self.line()
        return line["state"], line["reason"]


def permission(protocol: str, first: int | None, last: int | None, cidr: str = ANYWHERE) -> dict[str, Any]:
    ports = {} if first is None else {"FromPort": first, "ToPort": last}
    return {"IpProtocol": protocol, **ports, "IpRanges": [{"CidrIp": cidr}]}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
