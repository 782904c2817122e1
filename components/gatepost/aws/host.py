"""One EC2 instance that runs exactly one Connector, and the identity that opens exactly its token pair."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from ..boot.aws import AwsBoot
from ..labels import Labels
from ..site import plain_problems
from ..sizes import AWS_SIZE, aws_host_problems
from ..words import refuse

IMAGE_OWNER = "617935088040"
IMAGE_NAME = "twingate/images/hvm-ssd/twingate-amd64-*"
"""Twingate's own image; owner and name: terraform-provider-twingate ``docs/guides/aws-deployment-guide.md``."""
_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


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

    def __post_init__(self) -> None:
        refuse(plain_problems(self, "region", "slot", "generation", "image", "size", "volume_gib") or self._problems())

    def _problems(self) -> list[str]:
        problems = aws_host_problems(self.image, self.size)
        if not 8 <= self.volume_gib <= 1024:
            problems.append(f"volume_gib must be 8 to 1024 GiB, got {self.volume_gib}.")
        return problems

    def identity(self) -> tuple[pulumi.Input[str], ...]:
        """Everything that rebuilds the host: its plain settings as one text, and the subnet."""
        plain = {
            "boot": self.boot.identity(),
            "generation": self.generation,
            "image": self.image,
            "size": self.size,
            "volume_gib": self.volume_gib,
        }
        return (json.dumps(plain, sort_keys=True), self.subnet_id)


@dataclass(frozen=True, kw_only=True)
class HostArgs:
    """A host and the pair it runs with."""

    spec: HostSpec
    """What the host is. Plain, but for the subnet."""
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


class Host(pulumi.ComponentResource):
    """Instance without key pair, public address or inbound rule; IMDSv2 only, encrypted disk.

    The role belongs to the slot. Secret, permission and instance belong to the incarnation: they are made anew when
    the Connector is, beside the old ones, so that neither host is ever locked out of its own pair. Their names are
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
        reborn = pulumi.ResourceOptions(parent=self, replacement_trigger=args.connector_id)
        pair = pulumi.Output.json_dumps({"access_token": args.access_token, "refresh_token": args.refresh_token})
        secret = aws.ssm.Parameter(
            f"{name}-pair",
            type="SecureString",
            value=pulumi.Output.secret(pair),
            description="Token pair of one Twingate Connector",
            region=spec.region,
            tags=tags,
            opts=reborn,
        )
        opens = aws.iam.RolePolicy(f"{name}-opens-pair", role=role.name, policy=secret.arn.apply(_opens), opts=reborn)
        self.instance = aws.ec2.Instance(
            f"{name}-instance",
            ami=spec.image or self._newest(spec.region),
            instance_type=spec.size,
            subnet_id=spec.subnet_id,
            associate_public_ip_address=False,  # also where the subnet would give one
            vpc_security_group_ids=[args.security_group_id],
            iam_instance_profile=profile.name,
            user_data=secret.name.apply(spec.boot.render),
            user_data_replace_on_change=True,
            metadata_options=aws.ec2.InstanceMetadataOptionsArgs(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            root_block_device=aws.ec2.InstanceRootBlockDeviceArgs(
                encrypted=True, volume_type="gp3", volume_size=spec.volume_gib, delete_on_termination=True
            ),
            # Unlimited is what t3a has by default: without credits a busy Connector would fall to a tenth of a core.
            credit_specification=aws.ec2.InstanceCreditSpecificationArgs(cpu_credits="unlimited"),
            region=spec.region,
            tags=args.labels.tags(
                Name=args.labels.name(spec.slot), gatepost_slot=spec.slot, gatepost_generation=str(spec.generation)
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                # A pair that was minted anew (a new version) needs a host that reads it.
                replacement_trigger=pulumi.Output.all(args.connector_id, secret.version),
                depends_on=[opens],
                ignore_changes=[] if spec.image else ["ami"],
            ),
        )
        self.instance_id = self.instance.id
        self.private_ip = self.instance.private_ip
        self.register_outputs({"instance_id": self.instance_id, "private_ip": self.private_ip})

    def _newest(self, region: str) -> pulumi.Output[str]:
        return aws.ec2.get_ami_output(
            most_recent=True,
            owners=[IMAGE_OWNER],
            filters=[{"name": "name", "values": [IMAGE_NAME]}],
            region=region,
            opts=pulumi.InvokeOptions(parent=self),
        ).id


def _opens(arn: str) -> str:
    """Permission to read one parameter. No KMS statement: AWS's own key for parameters admits the account's users."""
    statement = {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
