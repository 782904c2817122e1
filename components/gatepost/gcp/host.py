"""One Compute Engine instance that runs exactly one Connector, and the account that opens exactly its token pair."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_gcp import compute, secretmanager, serviceaccount

from ..boot.gcp import GcpBoot
from ..gcp_names import checked, child_name, link_problems
from ..labels import Labels
from ..labels import child_name as name_of_kind
from ..placement import zone_region
from ..site import plain_problems
from ..sizes import GCP_IMAGE_FAMILY, GCP_IMAGE_PROJECT, GCP_SIZE, gcp_host_problems, gcp_key_problems
from ..triggers import pair_mark, trigger
from ..words import refuse

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
"""What Secret Manager asks for (https://cloud.google.com/secret-manager/docs/accessing-the-api). The account's roles
decide, as Google advises: https://cloud.google.com/compute/docs/access/service-accounts"""


_OF_THE_IDENTITY = ["bootDisk", "machineType", "metadataStartupScript", "networkInterfaces", "zone"]
"""Inputs that only a new incarnation changes. Compared by themselves they would rebuild a host under its old Connector
and pair: after a refresh that read other values, or in an update that targets the instance."""


@dataclass(frozen=True, kw_only=True)
class HostSpec:
    """What a host is, apart from the pair it runs with. Whatever is here belongs to its identity."""

    project: str | None = None
    """Google only: project of the host, its account and its secret. None: the provider's. Plain."""
    zone: str
    """Zone of the host, such as ``europe-west3-b``. Plain."""
    slot: str
    """The slot's key, for labels. Plain."""
    generation: int = 1
    """The slot's generation: raise it to rotate. Plain."""
    subnet_id: pulumi.Input[str]
    """Subnetwork of the host, by id or self link."""
    boot: GcpBoot
    """What the host runs when it starts. Plain."""
    image: str | None = None
    """Image by id or self link: Debian 12 or a relative of it. None: the newest one of Debian 12 when the incarnation
    is made, and kept until the next one. Plain."""
    size: str = GCP_SIZE
    """Machine type of a family that boots from a pd-balanced disk (newer ones take Hyperdisk only); ARM needs an
    ``image``. More load is answered by more Connectors, not by a bigger host. Plain."""
    volume_gib: int = 10
    """Size of the boot disk (pd-balanced) in GiB, 10 to 1024. Plain."""
    regional_pair: bool = False
    """Google only: keeps the token pair in the host's region. False: Google replicates it wherever it likes. Plain."""
    kms_key: pulumi.Input[str] | None = None
    """Id of a customer-managed Cloud KMS key of the host's region, for the boot disk and the token pair, which then
    stays in the region as with ``regional_pair``. None: Google's own keys.

    The service agents of the project's number, ``service-N@compute-system.iam.gserviceaccount.com`` and
    ``service-N@gcp-sa-secretmanager.iam.gserviceaccount.com``, need roles/cloudkms.cryptoKeyEncrypterDecrypter on it.
    https://cloud.google.com/compute/docs/disks/customer-managed-encryption
    https://cloud.google.com/secret-manager/docs/cmek"""
    address: pulumi.Input[str] | None = None
    """Exit ``direct``: the slot's reserved IPv4 address. The old host is then deleted before the new one is made,
    because Google gives an address in use to nobody else. None: no public address."""

    def __post_init__(self) -> None:
        flows = ("subnet_id", "kms_key", "address")
        names = [name for name in self.__dataclass_fields__ if name not in flows]
        refuse(plain_problems(self, *names) or self._problems())

    @property
    def region(self) -> str:
        """The region of the zone."""
        return str(zone_region("gcp", self.zone))

    def _problems(self) -> list[str]:
        try:
            region = self.region
        except ValueError as wrong:
            return str(wrong).splitlines()
        problems = gcp_host_problems(self.image, self.size)
        problems += link_problems("HostSpec.subnet_id", self.subnet_id, "subnetworks", region)
        if self.generation < 1:
            problems.append(f"generation must be a whole number from 1 upwards, got {self.generation}.")
        if isinstance(self.kms_key, str):
            problems += gcp_key_problems(self.kms_key, region)
        if not 10 <= self.volume_gib <= 1024:
            problems.append(f"volume_gib must be 10 to 1024 GiB, got {self.volume_gib}.")
        return problems

    def identity(self) -> tuple[pulumi.Input[str], ...]:
        """Everything that rebuilds the host: its plain settings as one text, the subnetwork, and key and address."""
        plain = {
            "boot": self.boot.identity(),
            "generation": self.generation,
            "image": self.image,
            "project": self.project,
            "regional_pair": self.regional_pair,
            "size": self.size,
            "volume_gib": self.volume_gib,
            "zone": self.zone,
        }
        more = ("" if given is None else given for given in (self.kms_key, self.address))
        return (json.dumps(plain, sort_keys=True), self.subnet_id, *more)


@dataclass(frozen=True, kw_only=True)
class HostArgs:
    """A host and the pair it runs with."""

    spec: HostSpec
    """What the host is. Plain, but for the subnetwork, the key and the address."""
    labels: Labels
    """Names and labels."""
    network_tags: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Network tags that the site's firewall rules look for. They may change while the host stays."""
    connector_id: pulumi.Input[str]
    """The Connector this host runs. A new one rebuilds secret, permission and host beside the old."""
    access_token: pulumi.Input[str]
    """Half of the Connector's token pair. Secret: it goes to Secret Manager only."""
    refresh_token: pulumi.Input[str]
    """The other half. Secret."""

    def __post_init__(self) -> None:
        refuse(plain_problems(self, "spec", "labels"))


class Host(pulumi.ComponentResource):
    """Shielded VM without SSH keys, and without a public address unless one is given.

    The service account belongs to the slot and has no role but the one on its secret. Secret, permission and instance
    belong to the pair: they are made anew when it is, beside the old ones, so that no host is ever locked out of its
    own pair or reads another's. Their names are Pulumi's.

    Two things of AWS are missing. Google refuses to delete an instance with deletion protection, and neither the
    provider nor the engine takes it off before, so no rollout could retire its old hosts. A session through Identity-
    Aware Proxy needs an inbound rule for SSH, and nothing comes in.
    """

    instance_id: pulumi.Output[str]
    """The instance, ``projects/P/zones/Z/instances/NAME``."""
    private_ip: pulumi.Output[str]
    """Its address in the subnetwork."""
    instance: compute.Instance
    """The resource, for gates that wait for it."""

    def __init__(self, name: str, args: HostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:gcp:Host", checked(name), None, opts)
        spec, child = args.spec, pulumi.ResourceOptions(parent=self)
        labels = args.labels.gcp_labels(gatepost_slot=spec.slot)
        account = serviceaccount.Account(
            name_of_kind("gcp service account id", name, "account"),
            display_name=args.labels.name(spec.slot),
            description="Reads the token pair of one Twingate Connector, nothing else",
            project=spec.project,
            opts=child,
        )
        mark = pair_mark(args.access_token)
        secret = secretmanager.Secret(
            child_name(name, "pair"),
            replication=_replication(spec),
            labels=labels,
            project=spec.project,
            opts=pulumi.ResourceOptions(
                parent=self,
                replacement_trigger=trigger(args.connector_id, mark),
                delete_before_replace=False,  # what the provider would do when the replication changes
            ),
        )
        follows = trigger(secret.name)  # a new secret has a new name
        replaced = pulumi.ResourceOptions(parent=self, replacement_trigger=follows)
        pair = pulumi.Output.json_dumps({"access_token": args.access_token, "refresh_token": args.refresh_token})
        version = secretmanager.SecretVersion(
            child_name(name, "pair-version"),
            secret=secret.id,
            secret_data=pair,
            project=spec.project,  # else the provider's own counts as another one, and each update replaces it
            opts=replaced,
        )
        opens = secretmanager.SecretIamMember(
            child_name(name, "opens-pair"),
            secret_id=secret.id,
            role="roles/secretmanager.secretAccessor",
            member=account.member,
            project=spec.project,
            opts=replaced,
        )
        self.instance = compute.Instance(
            child_name(name, "instance"),
            zone=spec.zone,
            project=spec.project,
            machine_type=spec.size,
            boot_disk=compute.InstanceBootDiskArgs(
                auto_delete=True,
                kms_key_self_link=spec.kms_key,
                # No labels: the provider would replace the instance for another one.
                initialize_params=compute.InstanceBootDiskInitializeParamsArgs(
                    image=spec.image or self._newest(), size=spec.volume_gib, type="pd-balanced"
                ),
            ),
            network_interfaces=[
                compute.InstanceNetworkInterfaceArgs(
                    subnetwork=spec.subnet_id,
                    access_configs=[]
                    if spec.address is None
                    else [compute.InstanceNetworkInterfaceAccessConfigArgs(nat_ip=spec.address)],
                )
            ],
            service_account=compute.InstanceServiceAccountArgs(email=account.email, scopes=[SCOPE]),
            # This field and not the metadata key startup-script: another text replaces the instance (hosts do not
            # change), while the key would be changed in place and wait for somebody to reboot.
            metadata_startup_script=secret.name.apply(spec.boot.render),
            metadata={"block-project-ssh-keys": "TRUE", "enable-oslogin": "TRUE", "serial-port-enable": "FALSE"},
            shielded_instance_config=compute.InstanceShieldedInstanceConfigArgs(
                enable_secure_boot=True, enable_vtpm=True, enable_integrity_monitoring=True
            ),
            can_ip_forward=False,
            deletion_protection=False,
            tags=args.network_tags,
            labels=labels | args.labels.gcp_labels(gatepost_generation=str(spec.generation)),
            opts=pulumi.ResourceOptions(
                parent=self,
                replacement_trigger=follows,
                delete_before_replace=spec.address is not None,
                depends_on=[version, opens],
                ignore_changes=_OF_THE_IDENTITY,
            ),
        )
        self.instance_id = self.instance.id
        self.private_ip = self.instance.network_interfaces.apply(lambda interfaces: str(interfaces[0].network_ip))
        self.register_outputs({"instance_id": self.instance_id, "private_ip": self.private_ip})

    def _newest(self) -> pulumi.Output[str]:
        return compute.get_image_output(
            family=GCP_IMAGE_FAMILY, project=GCP_IMAGE_PROJECT, opts=pulumi.InvokeOptions(parent=self)
        ).self_link


def _replication(spec: HostSpec) -> secretmanager.SecretReplicationArgs:
    if not spec.regional_pair and spec.kms_key is None:
        return secretmanager.SecretReplicationArgs(auto=secretmanager.SecretReplicationAutoArgs())
    encryption = secretmanager.SecretReplicationUserManagedReplicaCustomerManagedEncryptionArgs
    replica = secretmanager.SecretReplicationUserManagedReplicaArgs(
        location=spec.region,
        customer_managed_encryption=None if spec.kms_key is None else encryption(kms_key_name=spec.kms_key),
    )
    return secretmanager.SecretReplicationArgs(
        user_managed=secretmanager.SecretReplicationUserManagedArgs(replicas=[replica])
    )
