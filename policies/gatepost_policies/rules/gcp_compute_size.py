"""Google Cloud: Connector hosts have an approved size; more load is answered by more Connectors."""

from ..checks import GCP_HOSTS
from ..size_rule import sized

rule = sized(
    name="gcp-compute-size",
    cloud="gcp",
    description="Connector hosts on Compute Engine have an approved size.",
    remediation="Set `machineType` to 'e2-small', or to another size that the setting `sizes` lists.",
    practice="BP18",
    types=GCP_HOSTS,
    key="machineType",
    default=("e2-small", "e2-medium", "*-standard-1", "*-standard-2", "*-standard-4"),
    what="machine types",
)
