"""Shared VPC: what belongs to a network lies in the network's project, and hosts lie in another one.

Whoever deploys needs roles/compute.securityAdmin (firewall rules) in the network's project and
roles/compute.networkUser on its subnetworks. Network tags are plain texts that hold across both projects.
Source: https://cloud.google.com/vpc/docs/shared-vpc and https://cloud.google.com/compute/docs/access/iam
"""

import pulumi

from ..gcp_names import project_of


def owner(vpc_id: pulumi.Input[str], project: str | None) -> pulumi.Input[str] | None:
    """The project of a firewall rule, route or DNS policy: the one that the network's id or self link names.

    ``project`` is used where that is a bare name. None: the provider's.
    """
    if isinstance(vpc_id, str):
        return project_of(vpc_id) or project
    found: pulumi.Output = pulumi.Output.from_input(vpc_id).apply(lambda link: project_of(str(link)) or project)
    return found
