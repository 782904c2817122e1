"""One EC2 instance that runs exactly one Connector, and the identity that opens exactly its token pair."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..boot.aws import AwsBoot
from ..labels import Labels
from ..site import plain_problems
from ..sizes import AWS_IMAGE_NAME, AWS_IMAGE_OWNER, AWS_SIZE, aws_host_problems, aws_key_problems
from ..triggers import pair_mark, trigger
from ..words import refuse

_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
_CHANNELS = [f"ssmmessages:{verb}{kind}Channel" for verb in ("Create", "Open") for kind in ("Control", "Data")]
_SESSION = {"Effect": "Allow", "Action": ["ssm:UpdateInstanceInformation", *_CHANNELS], "Resource": "*"}
_SESSIONS = json.dumps({"Version": "2012-10-17", "Statement": [_SESSION]})
"""What the agent needs for sessions, without logs of them in S3; these actions know no narrower resource. Source:
https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html"""


_OF_THE_IDENTITY = ["ami", "associatePublicIpAddress", "instanceType", "rootBlockDevice", "subnetId", "userData"]
"""Inputs that only a new incarnation changes. Compared by themselves they would rebuild a host under its old Connector
and pair, beside the old host: after a refresh that read other values, or in an update that targets the instance."""


@dataclass(frozen=True, kw_only=True)
class HostSpec:
    """What a host is, apart from the pair it runs with. Whatever is here belongs to its identity."""

    region: str
    """AWS region. Plain."""
    slot: str
    """The slot's key, for tags. Plain."""
    generation: int = 1
    """The slot's generation: raise it to rotate. Plain."""
    subnet_id: pulumi.Input[str]
    """Subnet of the host."""
    boot: AwsBoot
    """What the host runs when it starts. Plain."""
    image: str | None = None
    """AMI id. None: Twingate's newest image when the incarnation is made, and kept until the next one. Plain."""
    size: str = AWS_SIZE
    """Instance type. More load is answered by more Connectors, not by a bigger host. Plain."""
    volume_gib: int = 8
    """Size of the encrypted root disk in GiB, 8 to 1024. Plain."""
    kms_key: pulumi.Input[str] | None = None
    """ARN of a customer-managed KMS key of the region, for the root disk and the token pair. None: AWS's own keys.

    The key's own policy must admit the account (its root principal, as the default policy does), so that policies of
    roles count: the host's, and that of whoever runs Pulumi, who needs Encrypt and Decrypt for the pair, and
    CreateGrant, Decrypt, DescribeKey, GenerateDataKeyWithoutPlaintext and ReEncrypt for the disk.
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html"""
    public_address: bool = False
    """Whether the host gets a public address when it starts, in a subnet with a route to an internet gateway. Plain."""

    def __post_init__(self) -> None:
        names = ("region", "slot", "generation", "boot", "image", "size", "volume_gib", "public_address")
        refuse(plain_problems(self, *names) or self._problems())

    def _problems(self) -> list[str]:
        problems = aws_host_problems(self.image, self.size)
        if self.boot.region != self.region:
            problems.append(
                f"The host is in {self.region}, but its boot text reads the pair in {self.boot.region}. Change one."
            )
        if self.generation < 1:
            problems.append(f"generation must be a whole number from 1 upwards, got {self.generation}.")
        if isinstance(self.kms_key, str):
            problems += aws_key_problems(self.kms_key, self.region)
        if not 8 <= self.volume_gib <= 1024:
            problems.append(f"volume_gib must be 8 to 1024 GiB, got {self.volume_gib}.")
        return problems

    def identity(self) -> tuple[pulumi.Input[str], ...]:
        """Everything that rebuilds the host: its plain settings as one text, the subnet, and the key if any."""
        plain = {
            "boot": self.boot.identity(),
            "generation": self.generation,
            "image": self.image,
            "public_address": self.public_address,
            "size": self.size,
            "volume_gib": self.volume_gib,
        }
        key = () if self.kms_key is None else (self.kms_key,)
        return (json.dumps(plain, sort_keys=True), self.subnet_id, *key)


@dataclass(frozen=True, kw_only=True)
class HostArgs:
    """A host and the pair it runs with."""

    spec: HostSpec
    """What the host is. Plain, but for the subnet and the key."""
    labels: Labels
    """Names and tags."""
    security_group_id: pulumi.Input[str]
    """The site's firewall. It may change while the host stays."""
    connector_id: pulumi.Input[str]
    """The Connector this host runs. A new one rebuilds secret, permission and host beside the old."""
    access_token: pulumi.Input[str]
    """Half of the Connector's token pair. Secret: it goes to Systems Manager only."""
    refresh_token: pulumi.Input[str]
    """The other half. Secret."""
    sessions: bool = False
    """Lets people in by AWS Systems Manager Session Manager; changes in place. The image must run the SSM agent.

    Whoever may start a session (or Run Command, which takes the same channels) is root on the host and can read its
    pair. The managed policy AmazonSSMManagedInstanceCore would open every parameter of the account, so the role gets
    the few actions itself. After switching off, open sessions may last for an hour. Plain."""
    termination_protection: bool = False
    """Keeps people from terminating the host by console or API; changes in place. Pulumi still retires it. Plain."""

    def __post_init__(self) -> None:
        refuse(plain_problems(self, "spec", "labels", "sessions", "termination_protection"))


class Host(pulumi.ComponentResource):
    """Instance without key pair or inbound rule, and without a public address unless stated; IMDSv2, encrypted disk.

    The role belongs to the slot. Secret, permission and instance belong to the pair: they are made anew when it is,
    beside the old ones, so that no host is ever locked out of its own pair or reads another's. Their names are
    Pulumi's.
    """

    instance_id: pulumi.Output[str]
    """The instance."""
    private_ip: pulumi.Output[str]
    """Its address in the subnet."""
    instance: aws.ec2.Instance
    """The resource, for gates that wait for it."""

    def __init__(self, name: str, args: HostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:aws:Host", name, None, opts)
        spec, child = args.spec, pulumi.ResourceOptions(parent=self)
        tags = args.labels.tags(gatepost_slot=spec.slot)
        role = aws.iam.Role(f"{name}-role", assume_role_policy=_TRUST, tags=tags, opts=child)
        profile = aws.iam.InstanceProfile(f"{name}-profile", role=role.name, tags=tags, opts=child)
        if args.sessions:
            aws.iam.RolePolicy(f"{name}-sessions", role=role.name, policy=_SESSIONS, opts=child)
        pair = pulumi.Output.json_dumps({"access_token": args.access_token, "refresh_token": args.refresh_token})
        mark = pair_mark(args.access_token)
        secret = aws.ssm.Parameter(
            f"{name}-pair",
            type="SecureString",
            value=pulumi.Output.secret(pair),
            key_id=spec.kms_key,
            description="Token pair of one Twingate Connector",
            region=spec.region,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, replacement_trigger=trigger(args.connector_id, mark)),
        )
        follows = trigger(secret.arn)  # a new secret has a new name
        opens = aws.iam.RolePolicy(
            f"{name}-opens-pair",
            role=role.name,
            policy=pulumi.Output.all(secret.arn, spec.kms_key).apply(lambda given: _opens(*given)),
            opts=pulumi.ResourceOptions(parent=self, replacement_trigger=follows),
        )
        self.instance = aws.ec2.Instance(
            f"{name}-instance",
            ami=spec.image or self._newest(spec.region),
            instance_type=spec.size,
            subnet_id=spec.subnet_id,
            associate_public_ip_address=spec.public_address,  # whatever the subnet would give
            vpc_security_group_ids=[args.security_group_id],
            iam_instance_profile=profile.name,
            user_data=secret.name.apply(spec.boot.render),
            user_data_replace_on_change=True,
            metadata_options=aws.ec2.InstanceMetadataOptionsArgs(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            root_block_device=aws.ec2.InstanceRootBlockDeviceArgs(
                encrypted=True,
                kms_key_id=spec.kms_key,
                volume_type="gp3",
                volume_size=spec.volume_gib,
                delete_on_termination=True,
            ),
            # Unlimited is what t3a has by default: without credits a busy Connector would fall to a tenth of a core.
            credit_specification=aws.ec2.InstanceCreditSpecificationArgs(cpu_credits="unlimited"),
            # Stated also when off: without a value the provider would leave the protection on.
            disable_api_termination=args.termination_protection,
            force_destroy=args.termination_protection,
            region=spec.region,
            tags=args.labels.tags(
                Name=args.labels.name(spec.slot), gatepost_slot=spec.slot, gatepost_generation=str(spec.generation)
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                replacement_trigger=follows,
                depends_on=[opens],
                ignore_changes=_OF_THE_IDENTITY,
            ),
        )
        self.instance_id = self.instance.id
        self.private_ip = self.instance.private_ip
        self.register_outputs({"instance_id": self.instance_id, "private_ip": self.private_ip})

    def _newest(self, region: str) -> pulumi.Output[str]:
        return aws.ec2.get_ami_output(
            most_recent=True,
            owners=[AWS_IMAGE_OWNER],
            filters=[{"name": "name", "values": [AWS_IMAGE_NAME]}],
            region=region,
            opts=pulumi.InvokeOptions(parent=self),
        ).id


def _opens(arn: str, key: str | None) -> str:
    """Permission to read one parameter, and to use its key for that parameter alone.

    AWS's own key for parameters needs no statement: it admits the account's users. Encryption context of Parameter
    Store: https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html
    """
    statements: list[dict[str, object]] = [{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": arn}]
    if key is not None:
        only = {"StringEquals": {"kms:EncryptionContext:PARAMETER_ARN": arn}}
        statements.append({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key, "Condition": only})
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
