"""AWS: no security group of a Connector host lets traffic in.

Judged are inline `ingress` entries that the program set, and both kinds of separate rule. An entry counts whatever its
source is, known or not. Network ACLs are not judged: they must let replies in.
"""

from ..nothing_in import nothing_in

rule = nothing_in(
    name="aws-ec2-no-ingress",
    cloud="aws",
    description="Security groups of Connector hosts let nothing in.",
    remediation="Remove `ingress` from the security group, and every SecurityGroupIngressRule and ingress "
    "SecurityGroupRule of it. Replies need no rule.",
)
