"""AWS: no SSH key pair on a Connector host."""

from pulumi_policy import Severity

from ..checks import AWS_HOSTS, must
from ..frame import Rule

rule = Rule(
    name="aws-ec2-no-key-pair",
    description="Connector hosts on EC2 have no SSH key pair.",
    practice="aws-ssh",
    remediation="Remove `keyName`. For access use AWS Systems Manager Session Manager, which needs no inbound rule.",
    severity=Severity.MEDIUM,
    clouds=("aws",),
    tags=("host", "access"),
    types=AWS_HOSTS,
    each=lambda host, _stack: must(
        host, "keyName", lambda name: name in (None, ""), "Remove it: nobody logs in by SSH where nothing comes in."
    ),
)
