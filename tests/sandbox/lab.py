"""The surroundings of one Connector on AWS, made with boto3 one call at a time, so that a test can break one."""

import base64
import json
import urllib.parse
import urllib.request
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
        self.settings = "TWINGATE_NETWORK=sandbox\n"
        self.files: dict[str, str] = {}
        self.key = self.acl = self.host = self.transit = ""
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
        self.exit_ip, self.allocation = address["PublicIp"], address["AllocationId"]
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
        texts = {"/etc/gatepost/host.env": env, "/etc/gatepost/connector.env": self.settings, **self.files}
        files = [{"path": path, "permissions": "0600", "content": text} for path, text in texts.items()]
        return "#cloud-config\n" + json.dumps({"write_files": files})

    def relaunch(self, **changes: Any) -> None:
        """Another host in the place of the first, for a change of what it boots with."""
        self.ec2.terminate_instances(InstanceIds=[self.host])
        self.host = self.launch(**changes)

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

    def own_acl(self, subnet: str, *denied: tuple[bool, str, int, int]) -> str:
        """A network ACL for one subnet that allows everything but some ports: (egress, protocol number, from, to)."""
        ec2 = self.ec2
        acl = ec2.create_network_acl(VpcId=self.vpc)["NetworkAcl"]["NetworkAclId"]
        for egress in (True, False):
            self.acl_entry(acl, 100, egress, "-1", "allow")
        for number, (egress, protocol, first, last) in enumerate(denied, 50):
            self.acl_entry(acl, number, egress, protocol, "deny", PortRange={"From": first, "To": last})
        found = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
        (link,) = (a for a in found["NetworkAcls"][0]["Associations"] if a["SubnetId"] == subnet)
        ec2.replace_network_acl_association(AssociationId=link["NetworkAclAssociationId"], NetworkAclId=acl)
        self.acl = acl
        return acl

    def acl_entry(
        self, acl: str, number: int, egress: bool, protocol: str, action: str, cidr: str = ANYWHERE, **more: Any
    ) -> None:
        self.ec2.create_network_acl_entry(
            NetworkAclId=acl,
            RuleNumber=number,
            Protocol=protocol,
            RuleAction=action,
            Egress=egress,
            CidrBlock=cidr,
            **more,
        )

    def route(self, cidr: str, **target: str) -> None:
        """A route of the private subnet."""
        self.ec2.create_route(RouteTableId=self.private_table, DestinationCidrBlock=cidr, **target)

    def transit_gateway(self, *subnets: str) -> str:
        """A transit gateway, attached to the VPC in some subnets."""
        gateway = self.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
        if subnets:
            self.ec2.create_transit_gateway_vpc_attachment(
                TransitGatewayId=gateway, VpcId=self.vpc, SubnetIds=list(subnets)
            )
        return gateway

    def peer(self, cidr: str, accept: bool = True) -> str:
        """A peering with a new VPC of this range, and a route that leads there."""
        ec2 = self.ec2
        far = ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        made = ec2.create_vpc_peering_connection(VpcId=self.vpc, PeerVpcId=far)["VpcPeeringConnection"]
        peering = made["VpcPeeringConnectionId"]
        if accept:
            ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
        self.route(cidr, VpcPeeringConnectionId=peering)
        return peering

    def reach(self, to: str) -> Any:
        """Whether this Connector's host could open a destination."""
        query = urllib.parse.urlencode({"connector": f"{self.name}-a", "to": to})
        page = f"{self.sandbox.running.twingate}/sandbox/reach?{query}"
        with urllib.request.urlopen(page) as response:  # noqa: S310 - always the sandbox
            return json.load(response)

    def decided(self, to: str) -> tuple[bool, str]:
        """Yes and the last step, or no and the first step that fails."""
        answer = self.reach(to)
        failed = [step for step in answer["steps"] if step["ok"] is False]
        step = (failed or answer["steps"][-1:])[0]
        assert answer["reached"] is not bool(failed)
        return answer["reached"], f"{step['part']} {step['text']}"

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
