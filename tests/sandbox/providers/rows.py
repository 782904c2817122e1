"""One row for each resource type: inputs that make one, and what a change of each input does."""

from sandbox.providers.network_rows import NETWORK
from sandbox.providers.place import IMAGE, KEY_POLICY, MANAGED, OTHER_IMAGE, POLICY, TRUST
from sandbox.providers.row import (
    EC2_TAGS,
    REGION,
    TAGS,
    Row,
    attribute,
    connector,
    described_parameter,
    in_place,
    key,
    machine,
    pairs,
    parameter,
    profile,
    remote_network,
    replaces,
    role,
    tags,
    volume_size,
)

ROWS = (
    *NETWORK,
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
        "aws:kms/key:Key",
        lambda p: {"description": "what", "deletionWindowInDays": 7, "tags": TAGS},
        (
            REGION,
            in_place("description", "else", lambda p, rid: key(p, rid)["Description"]),
            in_place("deletionWindowInDays", 8, None),
            in_place(
                "enableKeyRotation",
                True,
                lambda p, rid: p.kms.get_key_rotation_status(KeyId=rid)["KeyRotationEnabled"],
            ),
            in_place(
                "policy", KEY_POLICY, lambda p, rid: p.kms.get_key_policy(KeyId=rid, PolicyName="default")["Policy"]
            ),
            tags(lambda p, rid: {t["TagKey"]: t["TagValue"] for t in p.kms.list_resource_tags(KeyId=rid)["Tags"]}),
            in_place("isEnabled", False, lambda p, rid: key(p, rid)["Enabled"]),
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
            in_place("keyId", lambda p: p.key, lambda p, rid: described_parameter(p, rid)["KeyId"]),
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
            replaces("rootBlockDevice", lambda p: {"kmsKeyId": p.key}),
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
        importable=False,  # no call gives a pair back
    ),
)
