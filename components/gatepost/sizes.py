"""Images and sizes of hosts that the clouds and Twingate have. Pure: settings and components share the checks."""

import re

AWS_SIZE = "t3a.micro"
"""Recommended by Twingate for hundreds of users: https://www.twingate.com/docs/connector-best-practices"""
_AWS_SIZE = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9-]+")
_AWS_IMAGE = re.compile(r"ami-[0-9a-f]{8,17}")
_GRAVITON = re.compile(r"(a1|[a-z]+[0-9]+g[a-z]*)\..+")
"""Families with ARM processors: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html"""


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
