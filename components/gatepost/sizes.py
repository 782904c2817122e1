"""Images and sizes of hosts that the clouds and Twingate have. Pure: settings and components share the checks."""

import re

from .placement import zone_region

AWS_SIZE = "t3a.micro"
"""Recommended by Twingate for hundreds of users: https://www.twingate.com/docs/connector-best-practices"""
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
GCP_IMAGE_FAMILY = "debian-12"
"""Debian for amd64: https://cloud.google.com/compute/docs/images/os-details"""
_GCP_IMAGE = re.compile(r"(https://www\.googleapis\.com/compute/v1/)?projects/[a-z0-9.:-]+/global/images/[a-z0-9-]+")
_GCP_SIZE = re.compile(r"[a-z0-9]+-[a-z0-9-]+")
_GCP_ARM = re.compile(r"(t2a|c4a|n4a)-.+")
_GCP_KEY = re.compile(r"projects/[a-z0-9.:-]+/locations/([a-z0-9-]+)/keyRings/[\w-]+/cryptoKeys/[\w-]+")


def gcp_host_problems(image: str | None, size: str) -> list[str]:
    """Sentences for what is no image or no machine type, and for ARM without an image of one's own."""
    problems = []
    if not _GCP_SIZE.fullmatch(size):
        problems.append(f"The size must be a machine type such as {GCP_SIZE}, got {size!r}.")
    elif image is None and _GCP_ARM.fullmatch(size):
        problems.append(
            f"The size {size!r} is ARM, and the image {GCP_IMAGE_FAMILY} is for amd64. "
            f"Use an amd64 size such as {GCP_SIZE}, or give an image of your own."
        )
    if image is not None and not _GCP_IMAGE.fullmatch(image):
        problems.append(
            "The image must be one image, such as projects/debian-cloud/global/images/debian-12-bookworm-v20261110, "
            f"got {image!r}. A family is not one: it means another image tomorrow."
        )
    return problems


def gcp_key_problems(key: str, region: str) -> list[str]:
    """Sentences for a Cloud KMS key that is not given by its id, or that lies elsewhere than in the host's region."""
    found = _GCP_KEY.fullmatch(key)
    if not found:
        example = f"projects/acme/locations/{region}/keyRings/ring/cryptoKeys/key"
        return [f"The KMS key must be the id of a key, such as {example} (without a version), got {key!r}."]
    if found[1] != region:
        return [f"The KMS key lies in {found[1]}, but the host is in {region}. Use a key of {region}."]
    return []
