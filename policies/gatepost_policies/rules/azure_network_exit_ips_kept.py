"""Azure: the public addresses that Connectors leave by are protected: partners have them on their allow-lists."""

from ..kept_rule import kept
from ..topology import AZURE_ADDRESS

rule = kept(
    name="azure-network-exit-ips-kept",
    cloud="azure",
    type=AZURE_ADDRESS,
    description="Exit addresses on Azure are protected against deletion.",
    remediation="Set the resource option `protect` to true on the PublicIPAddress.",
)
