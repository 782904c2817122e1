"""AWS: Connector hosts have an approved size; more load is answered by more Connectors."""

from ..checks import AWS_HOSTS
from ..size_rule import sized

rule = sized(
    name="aws-ec2-size",
    cloud="aws",
    description="Connector hosts on EC2 have an approved size.",
    remediation="Set `instanceType` to 't3a.micro', or to another size that the setting `sizes` lists.",
    practice="BP17",
    types=AWS_HOSTS,
    key="instanceType",
    default=("t3a.*", "t3.*", "t4g.*", "m*.medium", "m*.large", "c*.medium", "c*.large"),
    what="instance types",
)
