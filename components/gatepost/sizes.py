"""Images and sizes of hosts that the clouds and Twingate have. Pure: settings and components share the checks."""

import re

from .placement import zone_region
from .words import one_of

AWS_SIZE = "t3a.micro"
"""Recommended by Twingate for hundreds of users: https://www.twingate.com/docs/connector-best-practices"""
AWS_IMAGE_OWNER = "617935088040"
AWS_IMAGE_NAME = "twingate/images/hvm-ssd/twingate-amd64-*"
"""Twingate's own image; owner and name: terraform-provider-twingate ``docs/guides/aws-deployment-guide.md``."""
_AWS_SIZE = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9-]+")
_AWS_IMAGE = re.compile(r"ami-[0-9a-f]{8,17}")
_GRAVITON = re.compile(r"(a1|[a-z]+[0-9]+g[a-z]*)\..+")
"""Families with ARM processors: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html"""
_AWS_KEY = re.compile(r"arn:aws[a-z-]*:kms:([a-z0-9-]+):[0-9]{12}:key/[A-Za-z0-9-]+")
"""ARN of a KMS key, its region as group 1: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html"""
_AWS_ABSENT = {
    "t3": {"me-central-1", "us-east-1e"},
    "t3a": {
        *("af-south-1", "ap-east-1", "ap-northeast-3", "ap-south-2", "ap-southeast-3", "ap-southeast-4"),
        *("ap-southeast-5", "ca-west-1", "eu-central-2", "eu-north-1", "eu-south-2", "me-central-1", "me-south-1"),
        *("ap-northeast-1c", "ap-northeast-2b", "ap-northeast-2d", "ca-central-1d", "eu-west-2d", "us-east-1e"),
    },
}
"""Regions and zones without a family of sizes. Source: the answers of EC2's DescribeInstanceTypeOfferings that moto
5.2.5 holds (``moto/ec2/resources/instance_type_offerings/availability-zone``)."""


def aws_host_problems(image: str | None, size: str) -> list[str]:
    """Sentences for what is no AMI id or no instance type, and for ARM without an image of one's own."""
    problems = []
    if not _AWS_SIZE.fullmatch(size):
        problems.append(f"The size must be an instance type such as {AWS_SIZE}, got {size!r}.")
    elif image is None and _GRAVITON.fullmatch(size):
        problems.append(
            f"The size {size!r} is ARM, and Twingate publishes its AMI for amd64 only. "
            f"Use an amd64 size such as {AWS_SIZE}, or give an image of your own."
        )
    if image is not None and not _AWS_IMAGE.fullmatch(image):
        problems.append(f"The image must be an AMI id such as ami-0123456789abcdef0, got {image!r}.")
    return problems


def aws_key_problems(key: str, region: str) -> list[str]:
    """Sentences for a KMS key that is not given by its ARN, or that is one of another region than the host's."""
    found = _AWS_KEY.fullmatch(key)
    if not found:
        return [
            "The KMS key must be the ARN of a key, such as arn:aws:kms:eu-central-1:123456789012:key/1234abcd-"
            f"12ab-34cd-56ef-1234567890ab, got {key!r}. "
            "An alias or a key id alone cannot be named in the policy that lets the host use the key."
        ]
    if found[1] != region:
        return [f"The KMS key is one of {found[1]}, but the host is in {region}. Use a key of {region}."]
    return []


def aws_zone_warning(size: str, zone: str) -> str | None:
    """A sentence when a t3a or t3 size is known to be absent from a zone; None when nothing is known against it.

    A warning only: the same zone has other names in other accounts
    (https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html), and AWS adds offers.
    Raises ValueError for what is no zone of AWS.
    """
    region = zone_region("aws", zone)
    family, _, rest = size.partition(".")
    absent = {name for name, places in _AWS_ABSENT.items() if places & {zone, region}}
    if family not in absent:
        return None
    where = f"any zone of {region}" if region in _AWS_ABSENT[family] else f"the zone {zone}"
    other = next((f"{name}.{rest}" for name in _AWS_ABSENT if name not in absent), None)
    fix = f"Use {other}" if other else "Use another zone or size"
    return (
        f"The size {size} was not offered in {where} when this was last looked up, so the host may not start there. "
        f"{fix}, or ask AWS what the zone has: aws ec2 describe-instance-type-offerings --region {region} "
        f"--location-type availability-zone --filters Name=location,Values={zone}"
    )


GCP_SIZE = "e2-small"
"""https://www.twingate.com/docs/gcp and https://www.twingate.com/docs/connector-best-practices"""
GCP_IMAGE_PROJECT = "debian-cloud"
GCP_IMAGE_FAMILY = "debian-12"
"""Debian for amd64: https://cloud.google.com/compute/docs/images/os-details"""
_GCP_IMAGE = re.compile(r"(https://www\.googleapis\.com/compute/v1/)?projects/[a-z0-9.:-]+/global/images/[a-z0-9-]+")
_GCP_SIZE = re.compile(r"([a-z0-9]+)-[a-z0-9-]+")
_GCP_FAMILIES = (
    *("e2", "f1", "g1", "n1", "custom", "n2", "n2d", "t2a", "t2d"),
    *("c2", "c2d", "c3", "c3d", "h3", "m1", "m2", "m3", "z3"),
)
"""Families of machine types (``custom`` is of N1) that boot from a pd-balanced disk:
https://cloud.google.com/compute/docs/machine-resource and
https://cloud.google.com/compute/docs/disks/persistent-disks#pd_machine_types"""
_GCP_HYPERDISK = ("c4", "c4a", "c4d", "h4d", "m4", "n4", "n4a", "n4d", "x4")
"""Families that take no persistent disk: https://cloud.google.com/compute/docs/disks/hyperdisks#machine-type-support"""
_GCP_GPU = ("a2", "a3", "a4", "a4x", "g2", "g4")
"""Families with accelerators, which cannot be moved while they run, as hosts are here:
https://cloud.google.com/compute/docs/accelerator-optimized-machines"""
_GCP_ARM = ("t2a",)
"""https://cloud.google.com/compute/docs/instances/arm-on-compute; C4A and N4A take no persistent disk."""
_GCP_KEY = re.compile(r"projects/[a-z0-9.:-]+/locations/([a-z0-9-]+)/keyRings/[\w-]+/cryptoKeys/[\w-]+")


def gcp_host_problems(image: str | None, size: str) -> list[str]:
    """Sentences for what is no image or no machine type, and for ARM without an image of one's own."""
    problems = _gcp_size_problems(image, size)
    if image is not None and not _GCP_IMAGE.fullmatch(image):
        problems.append(
            "The image must be one image, such as projects/debian-cloud/global/images/debian-12-bookworm-v20261110, "
            f"got {image!r}. A family is not one: it means another image tomorrow."
        )
    return problems


def _gcp_size_problems(image: str | None, size: str) -> list[str]:
    found = _GCP_SIZE.fullmatch(size)
    if not found:
        return [f"The size must be a machine type such as {GCP_SIZE}, got {size!r}."]
    family = found[1]
    if family in _GCP_HYPERDISK:
        why = f"boots from Hyperdisk only, and hosts have a pd-balanced disk. Use another size such as {GCP_SIZE}."
        return [f"The size {size!r} {why}"]
    if family in _GCP_GPU:
        return [f"The size {size!r} has accelerators, which a Connector has no use for. Use a size such as {GCP_SIZE}."]
    if family not in _GCP_FAMILIES:
        return [one_of(f"The machine family of the size {size!r},", family, _GCP_FAMILIES)]
    if image is None and family in _GCP_ARM:
        return [
            f"The size {size!r} is ARM, and the image {GCP_IMAGE_FAMILY} is for amd64. "
            f"Use an amd64 size such as {GCP_SIZE}, or give an image of your own."
        ]
    return []


def gcp_key_problems(key: str, region: str) -> list[str]:
    """Sentences for a Cloud KMS key that is not given by its id, or that lies elsewhere than in the host's region."""
    found = _GCP_KEY.fullmatch(key)
    if not found:
        example = f"projects/acme/locations/{region}/keyRings/ring/cryptoKeys/key"
        return [f"The KMS key must be the id of a key, such as {example} (without a version), got {key!r}."]
    if found[1] != region:
        return [f"The KMS key lies in {found[1]}, but the host is in {region}. Use a key of {region}."]
    return []


AZURE_IMAGE = "twingate/connector:1"
"""https://www.twingate.com/docs/azure"""
AZURE_CPU, AZURE_MEMORY_GB = 1.0, 2.0
"""https://www.twingate.com/docs/azure; Azure has no smaller group than 1 CPU and 1 GB."""
_AZURE_CPU, _AZURE_MEMORY = (1.0, 4.0), (1.0, 16.0)
"""Least and most of a Linux container group in a virtual network. Least:
https://learn.microsoft.com/azure/container-instances/container-instances-container-groups, most:
https://learn.microsoft.com/azure/container-instances/container-instances-resource-and-quota-limits"""
DOCKER_HUB = "index.docker.io"
"""The server of an image without a registry of its own."""
_AZURE_IMAGE = re.compile(
    r"(?:(?P<server>[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::[0-9]+)?)/)?[a-z0-9._-]+(?:/[a-z0-9._-]+)*"
    r"(?P<version>(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?)"
)


def azure_host_problems(image: str | None, cpu: float, memory_gb: float, registry: str | None = None) -> list[str]:
    """Sentences for what is no image, for CPUs and memory that container groups lack, and for a foreign registry.

    ``registry`` is the server that credentials are given for.
    """
    problems = []
    for what, value, unit, (least, most) in (
        ("cpu", cpu, "CPUs", _AZURE_CPU),
        ("memory_gb", memory_gb, "GB", _AZURE_MEMORY),
    ):
        if not least <= value <= most:
            problems.append(
                f"{what} must be {least:g} to {most:g} {unit}, which container groups have everywhere, got {value:g}."
            )
    found = _AZURE_IMAGE.fullmatch(AZURE_IMAGE if image is None else image)
    if found is None or not found["version"]:
        told = f"with a tag or a digest, such as {AZURE_IMAGE} or acme.azurecr.io/{AZURE_IMAGE}, got {image!r}."
        return [*problems, f"The image must be the Connector's {told}"]
    server = found["server"] or DOCKER_HUB
    if registry not in (None, server):
        problems.append(
            f"The credentials are for the registry {registry!r}, but the image is pulled from {server!r}. Change one."
        )
    return problems
