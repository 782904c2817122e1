"""One row for each resource type: inputs that make one, and what a change of each input does."""

from sandbox.providers.place import IMAGE, MANAGED, OTHER_IMAGE, POLICY, TRUST
from sandbox.providers.row import (
    EC2_TAGS,
    REGION,
    TAGS,
    Row,
    association,
    attribute,
    connector,
    described_parameter,
    in_place,
    machine,
    pairs,
    parameter,
    profile,
    remote_network,
    replaces,
    role,
    route,
    rule_row,
    subnet,
    tags,
    volume_size,
    vpc_attribute,
)

ROWS = (
    Row(
        "aws:ec2/vpc:Vpc",
        lambda p: {"cidrBlock": "10.0.0.0/16", "tags": TAGS},
        (
            replaces("cidrBlock", "10.1.0.0/16"),
            replaces("instanceTenancy", "dedicated"),
            REGION,
            in_place("enableDnsSupport", False, vpc_attribute("enableDnsSupport")),
            in_place("enableDnsHostnames", True, vpc_attribute("enableDnsHostnames")),
            EC2_TAGS,
        ),
    ),
    Row(
        "aws:ec2/subnet:Subnet",
        lambda p: {"vpcId": p.vpc, "cidrBlock": "10.0.7.0/24", "availabilityZone": "eu-central-1a", "tags": TAGS},
        (
            replaces("vpcId", lambda p: p.other_vpc),
            replaces("cidrBlock", "10.0.8.0/24"),
            replaces("availabilityZone", "eu-central-1b"),
            REGION,
            in_place("mapPublicIpOnLaunch", True, lambda p, rid: subnet(p, rid)["MapPublicIpOnLaunch"]),
            EC2_TAGS,
        ),
    ),
    Row(
        "aws:ec2/internetGateway:InternetGateway",
        lambda p: {"vpcId": p.vpc, "tags": TAGS},
        (
            REGION,
            in_place(
                "vpcId",
                lambda p: p.other_vpc,
                lambda p, rid: p.ec2.describe_internet_gateways(InternetGatewayIds=[rid])["InternetGateways"][0][
                    "Attachments"
                ][0]["VpcId"],
            ),
            EC2_TAGS,
        ),
    ),
    Row(
        "aws:ec2/routeTable:RouteTable",
        lambda p: {"vpcId": p.vpc, "tags": TAGS},
        (replaces("vpcId", lambda p: p.other_vpc), REGION, EC2_TAGS),
    ),
    Row(
        "aws:ec2/natGateway:NatGateway",
        lambda p: {"subnetId": p.subnet, "allocationId": p.address, "tags": TAGS},
        (
            replaces("subnetId", lambda p: p.other_subnet),
            replaces("allocationId", lambda p: p.other_address),
            replaces("connectivityType", "private"),
            REGION,
            EC2_TAGS,
        ),
    ),
    Row(
        "aws:ec2/vpcDhcpOptions:VpcDhcpOptions",
        lambda p: {"domainNameServers": ["10.0.0.2"], "domainName": "a.example", "tags": TAGS},
        (
            replaces("domainNameServers", ["10.0.0.3"]),
            replaces("domainName", "b.example"),
            replaces("ntpServers", ["10.0.0.4"]),
            REGION,
            EC2_TAGS,
        ),
    ),
    Row(
        "aws:ec2/route:Route",
        lambda p: {"routeTableId": p.table, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": p.gateway},
        (
            replaces("routeTableId", lambda p: p.other_table),
            replaces("destinationCidrBlock", "10.3.0.0/16"),
            REGION,
            in_place(
                "natGatewayId",
                lambda p: p.nat,
                route("NatGatewayId"),
                drops="gatewayId",
                also=frozenset({"gatewayId"}),
            ),
            in_place(
                "networkInterfaceId",
                lambda p: p.interface,
                route("NetworkInterfaceId"),
                drops="natGatewayId",
                also=frozenset({"natGatewayId"}),
            ),
        ),
        found_by=lambda p: f"{p.table}_0.0.0.0/0",
    ),
    Row(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        lambda p: {"subnetId": p.subnet, "routeTableId": p.table},
        (
            replaces("subnetId", lambda p: p.other_subnet),
            REGION,
            in_place("routeTableId", lambda p: p.other_table, association),
        ),
        found_by=lambda p: f"{p.subnet}/{p.table}",
    ),
    Row(
        "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation",
        lambda p: {"vpcId": p.vpc, "dhcpOptionsId": p.options},
        (
            replaces("vpcId", lambda p: p.other_vpc),
            REGION,
            in_place(
                "dhcpOptionsId",
                lambda p: p.other_options,
                lambda p, rid: p.ec2.describe_vpcs(VpcIds=[p.vpc])["Vpcs"][0]["DhcpOptionsId"],
            ),
        ),
        found_by=lambda p: p.vpc,
    ),
    Row("aws:ec2/eip:Eip", lambda p: {"tags": TAGS}, (replaces("domain", "standard"), REGION, EC2_TAGS)),
    Row(
        "aws:ec2/eipAssociation:EipAssociation",
        lambda p: {"allocationId": p.address, "instanceId": p.instance},
        (
            replaces("allocationId", lambda p: p.other_address),
            replaces("instanceId", "i-0123456789abcdef0"),
            replaces("networkInterfaceId", lambda p: p.interface, drops="instanceId"),
            replaces("privateIpAddress", "10.0.1.77"),
            replaces("allowReassociation", True),
            REGION,
        ),
    ),
    Row(
        "aws:ec2/securityGroup:SecurityGroup",
        lambda p: {"vpcId": p.vpc, "description": "what", "tags": TAGS},
        (
            replaces("vpcId", lambda p: p.other_vpc),
            replaces("description", "else"),
            replaces("name", "by-hand"),
            REGION,
            in_place("revokeRulesOnDelete", True, None),
            EC2_TAGS,
        ),
    ),
    rule_row("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"),
    rule_row("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"),
    Row(
        "aws:iam/role:Role",
        lambda p: {"assumeRolePolicy": TRUST, "description": "what", "tags": TAGS},
        (
            replaces("name", "by-hand"),
            replaces("path", "/else/"),
            in_place("description", "else", lambda p, rid: role(p, rid)["Description"]),
            in_place("maxSessionDuration", 7200, lambda p, rid: role(p, rid)["MaxSessionDuration"]),
            in_place(
                "assumeRolePolicy",
                TRUST.replace("ec2.", "lambda."),
                lambda p, rid: role(p, rid)["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"],
                "lambda.amazonaws.com",
            ),
            tags(lambda p, rid: pairs(p.iam.list_role_tags(RoleName=rid)["Tags"])),
        ),
    ),
    Row(
        "aws:iam/rolePolicy:RolePolicy",
        lambda p: {"role": p.role, "policy": POLICY},
        (
            replaces("name", "by-hand"),
            replaces("role", lambda p: p.other_role),
            in_place(
                "policy",
                POLICY.replace("ListBucket", "GetObject"),
                lambda p, rid: p.iam.get_role_policy(RoleName=p.role, PolicyName=rid.partition(":")[2])[
                    "PolicyDocument"
                ]["Statement"][0]["Action"],
                "s3:GetObject",
            ),
        ),
    ),
    Row(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        lambda p: {"role": p.role, "policyArn": MANAGED},
        (
            replaces("role", lambda p: p.other_role),
            replaces("policyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ),
    ),
    Row(
        "aws:iam/instanceProfile:InstanceProfile",
        lambda p: {"role": p.role, "tags": TAGS},
        (
            replaces("name", "by-hand"),
            replaces("path", "/else/"),
            in_place("role", lambda p: p.other_role, lambda p, rid: profile(p, rid)["Roles"][0]["RoleName"]),
            tags(lambda p, rid: pairs(profile(p, rid)["Tags"])),
        ),
    ),
    Row(
        "aws:ssm/parameter:Parameter",
        lambda p: {"type": "SecureString", "value": "first", "description": "what", "tags": TAGS},
        (
            replaces("name", "/by/hand"),
            REGION,
            in_place("value", "second", lambda p, rid: parameter(p, rid)["Value"]),
            in_place("description", "else", lambda p, rid: described_parameter(p, rid)["Description"]),
            in_place("keyId", "alias/own", lambda p, rid: described_parameter(p, rid)["KeyId"]),
            in_place("dataType", "aws:ec2:image", lambda p, rid: parameter(p, rid)["DataType"]),
            in_place("tier", "Advanced", lambda p, rid: described_parameter(p, rid)["Tier"]),
            replaces("tier", "Standard"),
            in_place("type", "String", lambda p, rid: parameter(p, rid)["Type"]),
            tags(
                lambda p, rid: pairs(p.ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=rid)["TagList"])
            ),
        ),
    ),
    Row(
        "aws:ec2/instance:Instance",
        lambda p: {
            "ami": IMAGE,
            "instanceType": "t3a.micro",
            "subnetId": p.subnet,
            "vpcSecurityGroupIds": [p.group],
            "iamInstanceProfile": p.profile,
            "userData": "#!/bin/sh\n",
            "metadataOptions": {"httpTokens": "required", "httpEndpoint": "enabled", "httpPutResponseHopLimit": 1},
            "rootBlockDevice": {"encrypted": True, "volumeType": "gp3", "volumeSize": 8, "deleteOnTermination": True},
            "creditSpecification": {"cpuCredits": "unlimited"},
            "tags": TAGS,
        },
        (
            replaces("ami", OTHER_IMAGE),
            replaces("subnetId", lambda p: p.other_subnet),
            replaces("availabilityZone", "eu-central-1b"),
            replaces("associatePublicIpAddress", True),
            replaces("keyName", "key"),
            replaces("privateIp", "10.0.1.99"),
            REGION,
            replaces("instanceType", "t4g.micro"),
            replaces("rootBlockDevice", {"encrypted": False}),
            in_place("instanceType", "t3a.small", lambda p, rid: machine(p, rid)["InstanceType"]),
            in_place("userData", "#!/bin/bash\n", attribute("userData"), "IyEvYmluL2Jhc2gK"),
            in_place("userDataReplaceOnChange", True, None),
            replaces("userData", "#!/bin/zsh\n"),
            in_place(
                "vpcSecurityGroupIds",
                lambda p: [p.other_group],
                lambda p, rid: [g["GroupId"] for g in machine(p, rid)["SecurityGroups"]],
            ),
            in_place(
                "iamInstanceProfile",
                lambda p: p.other_profile,
                lambda p, rid: machine(p, rid)["IamInstanceProfile"]["Arn"].rpartition("/")[2],
            ),
            in_place(
                "metadataOptions",
                {"httpPutResponseHopLimit": 2},
                lambda p, rid: machine(p, rid)["MetadataOptions"]["HttpPutResponseHopLimit"],
                2,
            ),
            in_place("rootBlockDevice", {"volumeSize": 16}, volume_size, 16),
            in_place(
                "rootBlockDevice",
                {"deleteOnTermination": False},
                lambda p, rid: machine(p, rid)["BlockDeviceMappings"][0]["Ebs"]["DeleteOnTermination"],
                False,
            ),
            EC2_TAGS,
            in_place("disableApiTermination", True, attribute("disableApiTermination")),
            in_place("forceDestroy", True, None),
        ),
    ),
    Row(
        "twingate:index/twingateRemoteNetwork:TwingateRemoteNetwork",
        lambda p: {"location": "AWS"},
        (
            replaces("type", "EXIT"),
            in_place("name", lambda p: f"{p.name}-renamed", remote_network("name")),
            in_place("location", "AZURE", remote_network("location")),
        ),
    ),
    Row(
        "twingate:index/twingateConnector:TwingateConnector",
        lambda p: {"remoteNetworkId": p.network},
        (
            in_place("name", lambda p: f"{p.name}-renamed", connector("name")),
            in_place("statusUpdatesEnabled", False, connector("hasStatusNotificationsEnabled")),
        ),
    ),
    Row(
        "twingate:index/twingateConnectorTokens:TwingateConnectorTokens",
        lambda p: {"connectorId": p.connector, "keepers": {"generation": "1"}},
        (replaces("connectorId", lambda p: p.other_connector), replaces("keepers", {"generation": "2"})),
    ),
)
