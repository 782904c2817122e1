"""AWS: the Elastic IPs that Connectors leave by are protected: partners have them on their allow-lists."""

from ..kept_rule import kept
from ..topology import EIP

rule = kept(
    name="aws-ec2-exit-ips-kept",
    cloud="aws",
    type=EIP,
    description="Exit addresses on AWS are protected against deletion.",
    remediation="Set the resource option `protect` to true on the Elastic IP.",
)
