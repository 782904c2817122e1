"""Google Cloud: the addresses that Connectors leave by are protected: partners have them on their allow-lists."""

from ..kept_rule import kept
from ..topology import GCP_ADDRESS

rule = kept(
    name="gcp-compute-exit-ips-kept",
    cloud="gcp",
    type=GCP_ADDRESS,
    description="Exit addresses on Google Cloud are protected against deletion.",
    remediation="Set the resource option `protect` to true on the gcp.compute.Address.",
)
